"""What the signers counted by themselves, as the register heard it, and what of it each closed day had."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"


def upgrade() -> None:
    op.create_table(
        "signer_count",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("head", sa.String, nullable=False),
        sa.Column("kept", sa.Integer, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_signer_count_purpose", "signer_count", ["purpose"])
    op.create_table(
        "day_signer",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("day_id", sa.Uuid, sa.ForeignKey("stock_day.id"), nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("counted", sa.Integer, nullable=False),
        sa.Column("kept", sa.Integer, nullable=False),
        sa.Column("total_counted", sa.Integer, nullable=False),
        sa.Column("total_kept", sa.Integer, nullable=False),
        sa.UniqueConstraint("day_id", "purpose"),
    )
