"""Stations with keys and one life, orders given once with leave, and reports that contradict what is settled.

What a station has in hand when the office upgrades was given by the release before, which asked for no leave: it counts
as given. A station enrols its keys with the token it has, when it starts next.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0014"
down_revision = "0013"

CLAIMS_PER_HOUR = "240"
TYPED = sa.text("entitlement_source = 'hand'")
UNSETTLED = sa.text("settled_at IS NULL")
WITH_A_STATION = "('claimed', 'sent', 'held')"


def upgrade() -> None:
    for column in (
        sa.Column("signing_key", sa.LargeBinary),
        sa.Column("sealing_key", sa.LargeBinary),
        sa.Column("instance", sa.Uuid),
        sa.Column("ended_well", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("doubted_at", sa.DateTime(timezone=True)),
        sa.Column("bureau", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("claims_per_hour", sa.Integer, nullable=False, server_default=CLAIMS_PER_HOUR),
    ):
        add_column("station", column)
    op.execute("UPDATE station SET bureau = true WHERE id IN (SELECT station_id FROM print_job WHERE state = 'sent')")
    for name in ("claimed_at", "fetched_at", "leave_at"):
        op.add_column("print_job", sa.Column(name, sa.DateTime(timezone=True)))
    op.create_index("ix_print_job_claimed", "print_job", ["station_id", "claimed_at"])
    two = ("ck_print_job_two_saw_that_it_did_not_start", "not_started_by <> resolved_by")
    add_column("print_job", sa.Column("not_started_by", sa.Uuid, sa.ForeignKey("staff.id")), two)
    op.execute(
        "UPDATE print_job SET claimed_at = lease_until, fetched_at = lease_until, leave_at = lease_until"  # noqa: S608
        f" WHERE state IN {WITH_A_STATION} AND lease_until IS NOT NULL"
    )
    for name, columns in (("ix_request_typed", ["lodged_on"]), ("ix_request_typed_here", ["centre_id", "lodged_on"])):
        op.create_index(name, "request", columns, sqlite_where=TYPED, postgresql_where=TYPED)
    op.create_table(
        "station_instance",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False),
        sa.Column("instance", sa.Uuid, nullable=False, unique=True),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True)),
        sa.Column("past_at", sa.DateTime(timezone=True)),
        sa.Column("chosen_by", sa.Uuid, sa.ForeignKey("staff.id")),
    )
    op.create_index("ix_station_instance_station_id", "station_instance", ["station_id"])
    op.create_table(
        "contradiction",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("job_id", sa.Uuid, sa.ForeignKey("print_job.id"), nullable=False),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False),
        sa.Column("instance", sa.Uuid),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("found", sa.String, nullable=False, server_default=""),
    )
    op.create_index(
        "ix_contradiction_open", "contradiction", ["job_id"], sqlite_where=UNSETTLED, postgresql_where=UNSETTLED
    )
