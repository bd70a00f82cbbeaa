"""Feeds: what bodies outside are told. What happened before is told by background work, not here."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"

MOMENT = sa.DateTime(timezone=True)
UNSENT = "file_id IS NULL"
LIVE = "ended_at IS NULL"


def upgrade() -> None:
    _create_files()
    _create_rows()
    _create_lines()
    _create_allowances()
    op.create_table(
        "feed_history",
        sa.Column("recipient", sa.String, primary_key=True),
        sa.Column("after", sa.Uuid),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("ended_at", MOMENT),
    )


def _create_files() -> None:
    op.create_table(
        "feed_file",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("encrypted", sa.Boolean, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("signature", sa.LargeBinary),
        sa.Column("signed_at", MOMENT),
        sa.Column("unanswered", sa.Integer, nullable=False),
        sa.Column("fetched_at", MOMENT),
        sa.Column("resent_at", MOMENT),
        sa.Column("settled_at", MOMENT),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", MOMENT),
        sa.Column("push_refused", sa.Integer),
        sa.UniqueConstraint("recipient", "number"),
        sa.CheckConstraint("0 <= unanswered AND unanswered <= rows", name="answered_within_its_rows"),
        sa.CheckConstraint("(signed_at IS NULL) = (signature IS NULL)", name="signed_has_a_signature"),
    )
    _create_index("ix_feed_file_unsigned", "feed_file", ["recipient", "number"], "signed_at IS NULL")
    _create_index("ix_feed_file_unsettled", "feed_file", ["recipient", "number"], "settled_at IS NULL")
    _create_index("ix_feed_file_held", "feed_file", ["recipient"], "push_refused IS NOT NULL")


def _create_rows() -> None:
    op.create_table(
        "feed_row",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("nth", sa.Integer, nullable=False),
        sa.Column("fact", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("says", sa.JSON, nullable=False),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id")),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("history", sa.Boolean, nullable=False),
        sa.Column("file_id", sa.Uuid, sa.ForeignKey("feed_file.id")),
        sa.Column("columns", sa.String, nullable=False),
        sa.Column("acknowledged_at", MOMENT),
        sa.Column("refused", sa.String, nullable=False),
        sa.UniqueConstraint("recipient", "subject", "nth"),
        sa.CheckConstraint("nth >= 1", name="counts_from_one"),
        sa.CheckConstraint("refused = '' OR file_id IS NOT NULL", name="refused_was_sent"),
    )
    _create_index("ix_feed_row_unsent", "feed_row", ["recipient", "nth", "id"], UNSENT)
    _create_index("ix_feed_row_oldest", "feed_row", ["recipient", "id"], UNSENT)
    refused = "refused <> '' AND acknowledged_at IS NULL"
    _create_index("ix_feed_row_refused", "feed_row", ["recipient", "id"], refused)
    _create_index("ix_feed_row_person_id", "feed_row", ["person_id", "id"], "person_id IS NOT NULL")
    op.create_index("ix_feed_row_document_id", "feed_row", ["document_id", "id"])
    op.create_index("ix_feed_row_file_id", "feed_row", ["file_id"])


def _create_lines() -> None:
    op.create_table(
        "feed_line",
        sa.Column("file_id", sa.Uuid, sa.ForeignKey("feed_file.id"), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("row_id", sa.Uuid, sa.ForeignKey("feed_row.id"), nullable=False),
        sa.Column("answered", sa.Boolean, nullable=False),
    )
    op.create_index("ix_feed_line_row_id", "feed_line", ["row_id"])
    op.create_table(
        "feed_receipt",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("file_id", sa.Uuid, sa.ForeignKey("feed_file.id"), nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.UniqueConstraint("file_id", "digest"),
    )


def _create_allowances() -> None:
    op.create_table(
        "feed_allowance",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("legal_basis", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("agreed_at", MOMENT),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", MOMENT),
        sa.CheckConstraint("agreed_by <> asked_by", name="two_agree"),
        sa.CheckConstraint("what <> 'personal' OR legal_basis <> ''", name="personal_has_a_basis"),
    )
    _create_index("uq_feed_allowance_live", "feed_allowance", ["recipient", "what"], LIVE, unique=True)
    op.create_index("ix_feed_allowance_digest", "feed_allowance", ["digest"])


def _create_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    written = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=written, postgresql_where=written)
