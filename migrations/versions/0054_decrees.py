"""Decrees: acts that say of a class of documents that it holds longer than is printed."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.create_table(
        "decree",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("article", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("gazette_day", sa.Date, nullable=False),
        sa.Column("types", sa.JSON, nullable=False),
        sa.Column("printed_from", sa.Date),
        sa.Column("printed_to", sa.Date),
        sa.Column("until", sa.Date),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("over_from", sa.Date),
        sa.Column("replaces_id", sa.Uuid, sa.ForeignKey("decree.id")),
        sa.Column("written_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("agreed_at", sa.DateTime(timezone=True)),
        sa.Column("declined_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("declined_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("agreed_by <> written_by", op.f("ck_decree_two_agree")),
        sa.CheckConstraint("printed_from <= printed_to", op.f("ck_decree_begins_before_it_ends")),
        sa.CheckConstraint("until >= printed_to", op.f("ck_decree_takes_nothing_away")),
        sa.CheckConstraint("until IS NOT NULL OR replaces_id IS NOT NULL", op.f("ck_decree_does_something")),
    )
    _partial("uq_decree_one_follows", "decree", ["replaces_id"], "declined_at IS NULL", unique=True)
    _partial("ix_document_holds", "document", ["document_type", "expiry_date", "id"], "state = 'valid'")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    said = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=said, postgresql_where=said)
