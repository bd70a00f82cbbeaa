"""What gateways of SMS tell of messages, until the office puts it down; and by which of their ids one is found."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.create_table(
        "told_receipt",
        sa.Column("notice_id", sa.Uuid, sa.ForeignKey("notice.id"), primary_key=True),
        sa.Column("says", sa.String, primary_key=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
    called = sa.text("gateway_id <> ''")
    op.create_index("ix_notice_gateway_id", "notice", ["gateway_id"], sqlite_where=called, postgresql_where=called)
