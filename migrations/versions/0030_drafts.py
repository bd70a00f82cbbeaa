"""What clerks typed and did not send yet, encrypted; and the index by which a passport finds its request."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("encrypted", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("account_id", "place"),
    )
    op.create_index("ix_draft_kept_at", "draft", ["kept_at"])
    shown = sa.text("travel_document_number <> ''")
    op.create_index(
        "ix_request_travel_document",
        "request",
        ["travel_document_number"],
        sqlite_where=shown,
        postgresql_where=shown,
    )
