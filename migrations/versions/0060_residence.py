"""Where people live, from one day to another, and requests for family reunification, of which there are none yet.

The history begins with what the versions of each person say, and invents no day.

An address that was said became a residence: who said it, when, and until another was said. Since when the person lived
there nobody asked, so that stays open, as does whether a text means a centre.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from itertools import groupby
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"

BUCHAREST = ZoneInfo("Europe/Bucharest")
BATCH = 1000
MOVES = {"lodged": "lodged", "residence": "desk"}
CURRENT = sa.text("ended_at IS NULL")
LEAVING = sa.text("ended_at IS NULL AND leaves_on IS NOT NULL")
UNSAID = sa.text("reported_on > due_on AND late_because = ''")
STATES = ("asked", "incomplete", "complete", "decided", "travelled", "closed")
OPEN = sa.text("state <> 'closed'")
OF_A_MEMBER = (
    *("tie", "family_name", "given_names", "native_name", "birth_date", "birth_place", "sex", "nationality"),
    "language",
)

person = sa.table("person", sa.column("id", sa.Uuid), sa.column("address", sa.String))
version = sa.table(
    "person_version",
    *(sa.column(name, sa.Uuid) for name in ("person_id", "made_by")),
    *(sa.column(name, sa.String) for name in ("address", "why", "evidence")),
    sa.column("number", sa.Integer),
    sa.column("made_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    residence = _create()
    rows: list[dict[str, object]] = []
    for row in _found():
        rows.append(row)
        if len(rows) == BATCH:
            op.bulk_insert(residence, rows)
            rows = []
    op.bulk_insert(residence, rows)
    _create_indexes()
    _create_reunifications()


def _create() -> sa.Table:
    return op.create_table(
        "residence",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("house_id", sa.Uuid, sa.ForeignKey("centre.id")),
        *(sa.Column(name, sa.Date) for name in ("moved_on", "moved_out_on", "leaves_on", "reported_on")),
        sa.Column("reported_by", sa.String, nullable=False),
        sa.Column("term", sa.String, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("late_because", sa.String, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id")),
        sa.Column("recorded_in", sa.Uuid, sa.ForeignKey("centre.id")),
        sa.Column("recorded_by", sa.Uuid, sa.ForeignKey("staff.id")),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("recorded_at", "ended_at")),
        sa.UniqueConstraint("person_id", "number"),
        sa.CheckConstraint("(house_id IS NULL) <> (address = '')", op.f("ck_residence_address_or_house")),
        sa.CheckConstraint(
            "moved_out_on IS NULL OR moved_on IS NULL OR moved_on <= moved_out_on", op.f("ck_residence_begins_first")
        ),
        sa.CheckConstraint("moved_out_on IS NULL OR ended_at IS NOT NULL", op.f("ck_residence_left_when_ended")),
    )


def _create_indexes() -> None:
    for name, columns, where, unique in (
        ("uq_residence_current", ["person_id"], CURRENT, True),
        ("ix_residence_leaving", ["house_id", "leaves_on"], LEAVING, False),
        ("ix_residence_unsaid", ["recorded_in", "reported_on"], UNSAID, False),
    ):
        op.create_index(name, "residence", columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _create_reunifications() -> None:
    states = sa.Enum(*STATES, name="state", native_enum=False, length=20, create_constraint=True)
    op.create_table(
        "reunification",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reference", sa.String, nullable=False, unique=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("ex_officio", sa.Boolean, nullable=False),
        sa.Column("entered_on", sa.Date),
        sa.Column("asked_on", sa.Date, nullable=False),
        sa.Column("state", states, nullable=False),
        sa.Column("state_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("missing", sa.String, nullable=False),
        sa.Column("taken_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("decided_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("decided_on", sa.Date),
        sa.Column("closed_because", sa.String, nullable=False),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> taken_by", op.f("ck_reunification_two_decide")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_on IS NULL)", op.f("ck_reunification_decided_by_somebody")),
        sa.CheckConstraint(
            "state NOT IN ('decided', 'travelled') OR decided_by IS NOT NULL", op.f("ck_reunification_decided")
        ),
    )
    for column in ("request_id", "person_id"):
        op.create_index(f"ix_reunification_{column}", "reunification", [column])
    op.create_index("ix_reunification_open", "reunification", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "reunification_member",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reunification_id", sa.Uuid, sa.ForeignKey("reunification.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in OF_A_MEMBER),
        sa.Column("married_on", sa.Date),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in ("unmarried", "dependent")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("evidence", "outcome", "reason")),
        sa.Column("title_id", sa.Uuid, sa.ForeignKey("request.id"), unique=True),
        sa.Column("relative_id", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("entered_on", sa.Date),
        sa.UniqueConstraint("reunification_id", "number"),
        sa.CheckConstraint("outcome IN ('', 'approved', 'refused')", op.f("ck_reunification_member_outcome")),
        sa.CheckConstraint(
            "outcome <> 'refused' OR reason <> ''", op.f("ck_reunification_member_refused_with_a_reason")
        ),
        sa.CheckConstraint(
            "title_id IS NULL OR outcome = 'approved'", op.f("ck_reunification_member_title_when_approved")
        ),
        sa.CheckConstraint(
            "(title_id IS NULL) = (relative_id IS NULL)", op.f("ck_reunification_member_title_of_somebody")
        ),
    )
    op.create_index("ix_reunification_member_relative_id", "reunification_member", ["relative_id"])


def _found() -> Iterator[dict[str, object]]:
    """A row for each address that the register said of a person, one after another."""
    columns = [version.c[name] for name in ("address", "why", "evidence", "made_at", "made_by")]
    joined = person.outerjoin(version, version.c.person_id == person.c.id)
    query = sa.select(person.c.id, person.c.address.label("now"), *columns).select_from(joined)
    query = query.order_by(person.c.id, version.c.number)
    found = op.get_bind().execute(query.execution_options(yield_per=BATCH))
    for key, said in groupby(found, key=lambda row: row.id):
        yield from _of_person(key, list(said))


def _of_person(key: uuid.UUID, said: list[sa.Row]) -> Iterator[dict[str, object]]:
    known = [(row.address, row) for row in said if row.address is not None] or [(said[0].now, None)]
    changes = [each for at, each in enumerate(known) if at == 0 or each[0] != known[at - 1][0]]
    ends = [made.made_at for _, made in changes[1:] if made]
    numbers = iter(range(1, len(changes) + 1))
    for (address, made), ended_at in zip(changes, [*ends, None], strict=True):
        if address:
            yield _row(key, next(numbers), address, made) | {"ended_at": _utc(ended_at)}


def _row(key: uuid.UUID, number: int, address: str, made: sa.Row | None) -> dict[str, object]:
    at = _utc(made.made_at) if made else None
    return {
        "id": uuid.uuid4(),
        "version": 1,
        "person_id": key,
        "number": number,
        "address": address,
        "reported_on": at.astimezone(BUCHAREST).date() if at else None,
        "reported_by": MOVES.get(made.why, "kept" if made.why == "kept" else "corrected") if made else "kept",
        "term": "",
        "late_because": "",
        "evidence": made.evidence if made and made.why == "residence" else "",
        "recorded_by": made.made_by if made else None,
        "recorded_at": at,
    }


def _utc(at: dt.datetime | None) -> dt.datetime | None:
    """SQLite gives moments back without their zone."""
    return at.replace(tzinfo=dt.UTC) if at and at.tzinfo is None else at
