"""Parcels of finished cards that come from a bureau."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"

OPEN = sa.text("received_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "bureau_parcel",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False),
        sa.Column("seal", sa.String, nullable=False),
        sa.Column("counted_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("received_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("received_by <> counted_by", op.f("ck_bureau_parcel_two_acknowledge")),
        sa.CheckConstraint(
            "(received_by IS NULL) = (received_at IS NULL)", op.f("ck_bureau_parcel_acknowledged_by_somebody")
        ),
    )
    op.create_index(
        "ix_bureau_parcel_open",
        "bureau_parcel",
        ["centre_id", "counted_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "bureau_card",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("parcel_id", sa.Uuid, sa.ForeignKey("bureau_parcel.id"), nullable=False),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), nullable=False, unique=True),
    )
    op.create_index("ix_bureau_card_parcel_id", "bureau_card", ["parcel_id"])
