"""Later versions of the rules that two administrators of an office agree to."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

IN_USE = "kept_id IS NOT NULL AND ended_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "rule_draft",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document_type", sa.String, nullable=False),
        sa.Column("applies_from", sa.Date, nullable=False),
        sa.Column("base_id", sa.Uuid, sa.ForeignKey("rule_version.id"), nullable=False),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("drafted_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("agreed_at", sa.DateTime(timezone=True)),
        sa.Column("kept_id", sa.Uuid, sa.ForeignKey("rule_version.id")),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("why", sa.String, nullable=False),
        sa.CheckConstraint("agreed_by <> drafted_by", name=op.f("ck_rule_draft_two_agree")),
        sa.CheckConstraint("(agreed_at IS NULL) = (kept_id IS NULL)", name=op.f("ck_rule_draft_agreed_is_kept")),
    )
    op.create_index("ix_rule_draft_kept_id", "rule_draft", ["kept_id"])
    in_use = sa.text(IN_USE)
    op.create_index(
        "uq_rule_draft_follows",
        "rule_draft",
        ["base_id"],
        unique=True,
        sqlite_where=in_use,
        postgresql_where=in_use,
    )
    op.create_index("ix_request_lodged", "request", ["document_type", "lodged_on"])
