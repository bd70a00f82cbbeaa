"""Batches of print jobs with their pools, and trays. What waits is in no batch, and claimed as before."""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0040"
down_revision = "0039"

STATES = "'planned', 'running', 'paused', 'done', 'cancelled'"
OPEN = "state IN ('planned', 'running', 'paused')"


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("state_by", sa.Uuid),
        sa.CheckConstraint(f"state IN ({STATES})", name="state"),
        sa.UniqueConstraint("centre_id", "number"),
    )
    where = sa.text(OPEN)
    op.create_index("ix_batch_open", "batch", ["centre_id", "position"], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_batch_ended", "batch", ["centre_id", "ended_at"])
    op.create_table(
        "batch_station",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("batch_id", sa.Uuid, sa.ForeignKey("batch.id"), nullable=False),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False, index=True),
        sa.UniqueConstraint("batch_id", "station_id"),
    )
    op.create_table(
        "tray",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("batch_id", sa.Uuid, sa.ForeignKey("batch.id"), nullable=False),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("code", sa.String, nullable=False, unique=True),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("batch_id", "number"),
    )
    op.create_table(
        "tray_card",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tray_id", sa.Uuid, sa.ForeignKey("tray.id"), nullable=False),
        sa.Column("job_id", sa.Uuid, sa.ForeignKey("print_job.id"), nullable=False, unique=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.UniqueConstraint("tray_id", "place"),
    )
    _jobs()


def _jobs() -> None:
    add_column("print_job", sa.Column("batch_id", sa.Uuid, sa.ForeignKey("batch.id")))
    add_column("print_job", sa.Column("rank", sa.BigInteger, nullable=False, server_default="1000000000000"))
    parked = ("ck_print_job_parked_in_a_batch", "batch_id IS NOT NULL OR NOT parked")
    add_column("print_job", sa.Column("parked", sa.Boolean, nullable=False, server_default=sa.false()), parked)
    waits = sa.text("state = 'queued'")
    columns = ["centre_id", "parked", "priority", "rank", "lodged_on", "turn_id", "id"]
    op.create_index("ix_print_job_claimable", "print_job", columns, sqlite_where=waits, postgresql_where=waits)
    some = sa.text("batch_id IS NOT NULL")
    op.create_index("ix_print_job_batch", "print_job", ["batch_id", "state"], sqlite_where=some, postgresql_where=some)
