"""What two administrators do: roles from one day to another, tokens of stations; and centres that can be closed.

Roles of before are given from the day on which the office first said which go together (`roles.toml`); nobody
knows who gave them. A role is its name: the table `role` had nothing else.
"""

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op

from issuance.db import uuid7
from migrations.shared import add_column

revision = "0029"
down_revision = "0028"

SINCE = dt.date(2018, 5, 25)


def upgrade() -> None:
    _fill(_create_roles())
    op.drop_table("staff_role")
    op.drop_table("role")
    op.create_index("ix_staff_centre_id", "staff", ["centre_id", "full_name"])
    add_column("centre", sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()))
    add_column("station", sa.Column("token_by", sa.Uuid, sa.ForeignKey("staff.id")))
    two = ("ck_station_two_agree", "token_agreed_by <> token_by")
    add_column("station", sa.Column("token_agreed_by", sa.Uuid, sa.ForeignKey("staff.id")), two)


def _create_roles() -> sa.Table:
    table = op.create_table(
        "role_given",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("to_day", sa.Date),
        sa.Column("given_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("agreed_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("agreed_by <> given_by", name=op.f("ck_role_given_two_agree")),
        sa.CheckConstraint("to_day IS NULL OR from_day <= to_day", name=op.f("ck_role_given_begins_before_it_ends")),
    )
    op.create_index("ix_role_given_staff_id", "role_given", ["staff_id"])
    return table


def _fill(table: sa.Table) -> None:
    held = sa.table("staff_role", sa.column("staff_id", sa.Uuid), sa.column("role_id", sa.Uuid))
    role = sa.table("role", sa.column("id", sa.Uuid), sa.column("name", sa.String))
    rows = op.get_bind().execute(sa.select(held.c.staff_id, role.c.name).join(role, role.c.id == held.c.role_id))
    since = dt.datetime.combine(SINCE, dt.time(), dt.UTC)
    given = [_row(staff_id, name, since) for staff_id, name in rows]
    if given:
        op.bulk_insert(table, given)


def _row(staff_id: uuid.UUID, name: str, since: dt.datetime) -> dict[str, object]:
    days = {"from_day": SINCE, "given_at": since, "agreed_at": since}
    return {"id": uuid7(), "staff_id": staff_id, "role": name} | days
