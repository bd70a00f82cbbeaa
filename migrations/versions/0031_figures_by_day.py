"""Hand-overs by day; which the figures of an office count."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_index("ix_hand_over_at", "hand_over", ["at"])
