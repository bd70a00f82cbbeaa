"""Which station a job is meant for, and which stations stepped aside from a request.

A station of the release before has not said what it can make: it says so with its next status, within 30 seconds, and
claims nothing until then.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    add_column("print_job", sa.Column("wanted_station_id", sa.Uuid, sa.ForeignKey("station.id")))
    op.create_table(
        "step_aside",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("document_type", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.JSON),
        sa.UniqueConstraint("station_id", "request_id"),
    )
    op.create_index("ix_step_aside_until", "step_aside", ["until"])
