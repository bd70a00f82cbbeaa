"""Families: who is whose spouse, parent or responsible adult."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0017"


def upgrade() -> None:
    _create_links()


def _create_links() -> None:
    op.create_table(
        "family_link",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("relative_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("tie", sa.String, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("from_day", sa.Date),
        sa.Column("to_day", sa.Date),
        sa.Column("added_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_because", sa.String, nullable=False),
        sa.CheckConstraint("person_id <> relative_id", op.f("ck_family_link_of_two_persons")),
        sa.CheckConstraint(
            "to_day IS NULL OR from_day IS NULL OR from_day <= to_day", op.f("ck_family_link_begins_before_it_ends")
        ),
    )
    op.create_index("ix_family_link_relative_id", "family_link", ["relative_id"])
    is_open = sa.text("ended_at IS NULL")
    columns = ["person_id", "relative_id", "tie"]
    op.create_index(
        "uq_family_link_once", "family_link", columns, unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
