"""Why somebody is vulnerable and what they need, each with its day; identities that only named persons see.

Whoever was flagged stays so, by an open observation whose source is `before`: nobody kept who flagged them, or when.
Its day is that of the first lodging that is kept, or of this upgrade.
"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from issuance.db import uuid7
from migrations.shared import add_column

revision = "0061"
down_revision = "0060"

OPEN = sa.text("ended_at IS NULL")
AT_ONCE = 500


def upgrade() -> None:
    add_column("person", sa.Column("hides_place", sa.Boolean, nullable=False, server_default=sa.false()))
    observation = _create_observations()
    _create_referrals()
    _create_protections()
    _keep_flags(observation)


def _create_observations() -> sa.Table:
    table = op.create_table(
        "observation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id")),
        sa.Column("category", sa.String, nullable=False),
        sa.Column("indicator", sa.String, nullable=False),
        sa.Column("needs", sa.String, nullable=False),
        sa.Column("other_need", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("seen_on", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("note_id", sa.Uuid, sa.ForeignKey("blob.id")),
        sa.Column("observed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_because", sa.String, nullable=False),
        sa.CheckConstraint("until IS NULL OR seen_on <= until", name="begins_before_it_ends"),
        sa.CheckConstraint("note_id IS NULL OR request_id IS NOT NULL", name="note_has_a_key"),
    )
    for column in ("person_id", "request_id", "note_id"):
        op.create_index(f"ix_observation_{column}", "observation", [column])
    _index("uq_observation_open", "observation", ["person_id", "category"], OPEN, unique=True)
    _index("ix_observation_until", "observation", ["until"], sa.text("ended_at IS NULL AND until IS NOT NULL"))
    return table


def _create_referrals() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("observation_id", sa.Uuid, sa.ForeignKey("observation.id"), nullable=False),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("shares", sa.String, nullable=False),
        sa.Column("referred_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("referred_at", sa.DateTime(timezone=True), nullable=False),
    )
    for column in ("person_id", "observation_id"):
        op.create_index(f"ix_referral_{column}", "referral", [column])


def _create_protections() -> None:
    op.create_table(
        "protection",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("reason_id", sa.Uuid, sa.ForeignKey("blob.id"), nullable=False),
        sa.Column("marked_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    for column in ("person_id", "centre_id", "reason_id"):
        op.create_index(f"ix_protection_{column}", "protection", [column])
    _index("uq_protection_one_open", "protection", ["person_id"], OPEN, unique=True)
    _create_named()


def _create_named() -> None:
    op.create_table(
        "protection_named",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("protection_id", sa.Uuid, sa.ForeignKey("protection.id"), nullable=False),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("is_marker", sa.Boolean, nullable=False),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("to_day", sa.Date),
        sa.Column("named_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("to_day IS NULL OR from_day <= to_day", name="begins_before_it_ends"),
        sa.CheckConstraint("is_marker OR staff_id <> named_by", name="named_by_another"),
    )
    for column in ("protection_id", "staff_id"):
        op.create_index(f"ix_protection_named_{column}", "protection_named", [column])
    _index("uq_protection_named_open", "protection_named", ["protection_id", "staff_id"], OPEN, unique=True)
    op.create_table(
        "protection_attempt",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("protection_id", sa.Uuid, sa.ForeignKey("protection.id"), nullable=False),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_protection_attempt_protection_id", "protection_attempt", ["protection_id"])
    _index("ix_protection_attempt_unseen", "protection_attempt", ["protection_id"], sa.text("seen_at IS NULL"))


def _index(name: str, table: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _keep_flags(observation: sa.Table) -> None:
    """An open observation for everybody who is flagged, whose place goes on to be hidden."""
    person = sa.table("person", sa.column("id", sa.Uuid), sa.column("vulnerable"), sa.column("hides_place"))
    request = sa.table("request", sa.column("person_id", sa.Uuid), sa.column("lodged_on", sa.Date))
    now, bind = dt.datetime.now(dt.UTC), op.get_bind()
    first = sa.select(sa.func.min(request.c.lodged_on)).where(request.c.person_id == person.c.id).scalar_subquery()
    flagged = bind.execute(sa.select(person.c.id, first).where(person.c.vulnerable == sa.true())).all()
    rows = [
        {
            "id": uuid7(),
            "version": 1,
            "person_id": person_id,
            "category": "flagged",
            "indicator": "",
            "needs": "ahead no_public_place",
            "other_need": "",
            "source": "before",
            "seen_on": lodged_on or now.date(),
            "observed_at": now,
            "ended_because": "",
        }
        for person_id, lodged_on in flagged
    ]
    for start in range(0, len(rows), AT_ONCE):
        op.bulk_insert(observation, rows[start : start + AT_ONCE])
    bind.execute(sa.update(person).where(person.c.vulnerable == sa.true()).values(hides_place=sa.true()))
