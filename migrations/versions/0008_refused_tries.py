"""Refused tries are counted in a row a window, not told one event each."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "refusal",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_index("ix_refusal_account_id", "refusal", ["account_id"])
    op.create_index("ix_refusal_since", "refusal", ["since"])
