"""Forms that families filled in before they came, until they are lodged or 14 days are over."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.create_table(
        "ahead_form",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("encrypted", sa.LargeBinary, nullable=False),
        sa.Column("sender", sa.String, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_ahead_form_made_at", "ahead_form", ["made_at"])
    op.create_index("ix_ahead_form_sender", "ahead_form", ["sender"])
