"""The waiting room: capacity of centres, appointments, tickets. Of before there is none."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

BOOKED = sa.text("state = 'booked'")
APPOINTMENT_STATES = ("booked", "came", "missed", "cancelled")
TICKET_STATES = ("waiting", "called", "absent", "done")


def upgrade() -> None:
    _create_capacity()
    _create_appointments()
    _create_tickets()


def _create_capacity() -> None:
    op.create_table(
        "capacity",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("counters", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("reserve", sa.Integer, nullable=False),
        sa.UniqueConstraint("centre_id", "purpose"),
        sa.CheckConstraint("counters >= 0 AND minutes > 0 AND reserve BETWEEN 0 AND 99", name="can_be_worked"),
    )


def _create_appointments() -> None:
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("persons", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("code", sa.String, nullable=False, unique=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id")),
        _state(APPOINTMENT_STATES),
        sa.Column("state_by", sa.Uuid),
        sa.CheckConstraint("persons > 0 AND minutes > 0", name="takes_time"),
    )
    op.create_index("ix_appointment_centre_id_starts_at", "appointment", ["centre_id", "starts_at"])
    op.create_index("ix_appointment_starts_at", "appointment", ["starts_at"])
    op.create_index(
        "uq_appointment_one_booked",
        "appointment",
        ["request_id"],
        unique=True,
        sqlite_where=BOOKED,
        postgresql_where=BOOKED,
    )


def _create_tickets() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("code", sa.String, nullable=False, unique=True),
        sa.Column("appointment_id", sa.Uuid, sa.ForeignKey("appointment.id"), unique=True),
        sa.Column("first", sa.Boolean, nullable=False),
        sa.Column("turn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counter", sa.Integer),
        sa.Column("called_at", sa.DateTime(timezone=True)),
        _state(TICKET_STATES),
        sa.Column("state_by", sa.Uuid),
        sa.UniqueConstraint("centre_id", "day", "purpose", "number"),
    )
    op.create_index("ix_ticket_day", "ticket", ["day"])


def _state(states: tuple[str, ...]) -> sa.Column[str]:
    kind = sa.Enum(*states, native_enum=False, length=20, create_constraint=True, name="state")
    return sa.Column("state", kind, nullable=False)
