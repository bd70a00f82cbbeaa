"""What an officer approves together: the requests of a bulk, and which of them were drawn to be looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "bulk",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("officer_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("document_type", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.Column("stopped_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_bulk_officer", "bulk", ["officer_id", "day"])
    op.create_table(
        "bulk_case",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("bulk_id", sa.Uuid, sa.ForeignKey("bulk.id"), nullable=False, index=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("drawn", sa.Boolean, nullable=False),
        sa.Column("seen", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.UniqueConstraint("request_id", "day"),
    )
