"""What holders told from the status page, until the office makes it an act of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.create_table(
        "told_loss",
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("noticed_on", sa.Date, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
