"""Addresses at which holders sign on a phone. They last minutes: requests of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "phone_pad",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, unique=True),
        sa.Column("token_digest", sa.String, nullable=False, unique=True),
        sa.Column("opened_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawing_id", sa.Uuid, sa.ForeignKey("blob.id")),
    )
    op.create_index("ix_phone_pad_ends_at", "phone_pad", ["ends_at"])
    op.create_index("ix_phone_pad_drawing_id", "phone_pad", ["drawing_id"])
