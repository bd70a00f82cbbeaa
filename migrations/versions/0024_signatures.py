"""What holders sign at lodging, to be printed.

Requests of before keep the rules of their lodging, which ask for no signature: nothing is missing from them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "signature",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, unique=True),
        sa.Column("picture_id", sa.Uuid, sa.ForeignKey("blob.id")),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("absence", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("taken_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(picture_id IS NULL) = (absence <> '')", op.f("ck_signature_picture_or_absence")),
    )
    op.create_index("ix_signature_picture_id", "signature", ["picture_id"])
