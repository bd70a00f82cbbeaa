"""Addresses that holders give at the status page, and a way back to a lost reference. The desk's are as they were."""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column, change_table_on_sqlite

revision = "0057"
down_revision = "0056"

LIVE = sa.text("withdrawn_at IS NULL AND code_until IS NULL")
ASKED = sa.text("withdrawn_at IS NULL AND code_until IS NOT NULL")
FOUND = sa.text("address_digest <> '' AND withdrawn_at IS NULL")


def upgrade() -> None:
    _let_holders_give()
    _create_boxes()


def _let_holders_give() -> None:
    if op.get_bind().dialect.name == "sqlite":
        change_table_on_sqlite("contact", "given_by CHAR(32) NOT NULL", "given_by CHAR(32)")
    else:
        op.alter_column("contact", "given_by", nullable=True)
    for name in ("address_digest", "code_digest"):
        add_column("contact", sa.Column(name, sa.String, nullable=False, server_default=sa.text("''")))
    add_column("contact", sa.Column("code_until", sa.DateTime(timezone=True)))
    op.drop_index("uq_contact_one_live", "contact")
    mine = ["person_id", "channel"]
    _create_index("uq_contact_one_live", mine, LIVE, unique=True)
    _create_index("uq_contact_one_asked", mine, ASKED, unique=True)
    _create_index("ix_contact_code_until", ["code_until"], ASKED)
    _create_index("ix_contact_address_digest", ["address_digest"], FOUND)


def _create_index(name: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, "contact", columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _create_boxes() -> None:
    op.create_table(
        "told_contact",
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "told_code",
        sa.Column("contact_id", sa.Uuid, sa.ForeignKey("contact.id"), primary_key=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "told_lost_reference",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("birth_date", sa.String, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
