"""The time that is trusted, the keys that belong to the register, and what stations are asked and found.

Nothing is trusted yet: `set-up` takes the time of its clock and the keys that are there.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

THE_CLOCK = UUID("0192f0c1-7e1a-7b9e-9a55-1d1c0f6a2b12")


def upgrade() -> None:
    op.create_table(
        "clock_stop",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("confirmed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("resumed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("resumed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("confirmed_by <> resumed_by", name="two_persons"),
    )
    clock = op.create_table(
        "office_clock",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("trusted_at", sa.DateTime(timezone=True)),
        sa.Column("boot", sa.String, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("stop_id", sa.Uuid, sa.ForeignKey("clock_stop.id")),
    )
    op.bulk_insert(clock, [{"id": THE_CLOCK, "trusted_at": None, "boot": "", "seconds": 0.0, "stop_id": None}])
    op.create_table(
        "key_fingerprint",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("fingerprint", sa.String, nullable=False),
    )
    op.create_table(
        "station_resume",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False, index=True),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
    )
    op.add_column("print_test", sa.Column("blank_serial", sa.String))
    op.add_column("print_test", sa.Column("blank_known", sa.Boolean))
