"""What was taken of each hand. Requests of before have none, and none is asked of what is with the officer already."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "fingerprint",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("hand", sa.String, nullable=False),
        sa.Column("finger", sa.String, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("quality", sa.Integer),
        sa.Column("template_id", sa.Uuid, sa.ForeignKey("blob.id")),
        sa.Column("taken_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("uq_fingerprint_hand", "fingerprint", ["request_id", "hand"], unique=True)
    op.create_index("ix_fingerprint_template_id", "fingerprint", ["template_id"])
    kept = sa.text("template_id IS NOT NULL")
    op.create_index("ix_fingerprint_kept", "fingerprint", ["taken_at"], sqlite_where=kept, postgresql_where=kept)
