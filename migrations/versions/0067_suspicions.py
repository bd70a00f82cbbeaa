"""Documents that were shown and may be forged, and who was told. Nobody recorded any before."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"

OPEN = sa.text("outcome = ''")
PICTURED = sa.text("picture IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "suspicion",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id")),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("features", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("withheld", sa.Boolean, nullable=False),
        sa.Column("picture", sa.LargeBinary),
        sa.Column("picture_kind", sa.String, nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("grounds", sa.String, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.CheckConstraint("reported_by <> settled_by", op.f("ck_suspicion_another_settles")),
    )
    for column in ("number", "document_id", "centre_id"):
        op.create_index(f"ix_suspicion_{column}", "suspicion", [column])
    for name, columns, where in (
        ("ix_suspicion_open", ["centre_id", "reported_at"], OPEN),
        ("ix_suspicion_pictured", ["settled_at"], PICTURED),
    ):
        op.create_index(name, "suspicion", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "suspicion_told",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("suspicion_id", sa.Uuid, sa.ForeignKey("suspicion.id"), nullable=False),
        sa.Column("body", sa.String, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.UniqueConstraint("suspicion_id", "body"),
    )
