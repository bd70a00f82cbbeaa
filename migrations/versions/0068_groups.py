"""Groups that are brought in together, and the lists of their members. Nobody recorded any before."""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0068"
down_revision = "0067"

OPEN = sa.text("closed_at IS NULL")
THERE = sa.text("left_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "resettlement_group",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("sender", sa.String, nullable=False),
        sa.Column("sender_number", sa.String, nullable=False),
        sa.Column("expected_on", sa.Date, nullable=False),
        sa.Column("brought_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.UniqueConstraint("sender", "sender_number"),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", op.f("ck_resettlement_group_closed_by_somebody")
        ),
    )
    op.create_index("ix_resettlement_group_centre", "resettlement_group", ["centre_id", "id"])
    op.create_index(
        "ix_resettlement_group_open",
        "resettlement_group",
        ["centre_id", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "group_member",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("group_id", sa.Uuid, sa.ForeignKey("resettlement_group.id"), nullable=False),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.Column("left_because", sa.String, nullable=False),
        sa.Column("left_by", sa.Uuid),
        sa.UniqueConstraint("group_id", "place"),
        sa.UniqueConstraint("group_id", "request_id"),
        sa.CheckConstraint("(left_at IS NULL) = (left_because = '')", op.f("ck_group_member_left_with_a_reason")),
    )
    op.create_index(
        "uq_group_member_one_group",
        "group_member",
        ["person_id"],
        unique=True,
        sqlite_where=THERE,
        postgresql_where=THERE,
    )
    for column in ("request_id", "person_id"):
        op.create_index(f"ix_group_member_{column}", "group_member", [column])
    add_column("imported_file", sa.Column("group_id", sa.Uuid, sa.ForeignKey("resettlement_group.id")))
    of_a_group = sa.text("group_id IS NOT NULL")
    op.create_index(
        "ix_imported_file_group",
        "imported_file",
        ["group_id", "id"],
        sqlite_where=of_a_group,
        postgresql_where=of_a_group,
    )
