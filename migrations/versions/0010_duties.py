"""Duties kept apart over the whole life of a document; leave to do two of them; who works at another centre.

The duties of rows that are there are filled in. Two that one person did, which earlier releases let pass, stand beside
each other by an override that nobody gave: a supervisor sees it and closes it.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

from migrations.shared import change_table_on_sqlite

revision = "0010"
down_revision = "0009"

ON_REQUEST = sa.text("document_id IS NULL AND override_id IS NULL")
ON_DOCUMENT = sa.text("document_id IS NOT NULL AND override_id IS NULL")
AT_BOTH_ENDS = sa.text("duty IN ('lodging', 'hand_over') AND override_id IS NULL")
REPLACED_CHECKS = {
    "approver_is_not_hander_over": "decided_by <> handed_over_by",
    "enroller_is_not_approver": "enrolled_by <> decided_by",
    "enroller_is_not_hander_over": "enrolled_by <> handed_over_by",
    "lodger_is_not_approver": "lodged_by <> decided_by",
    "lodger_is_not_hander_over": "lodged_by <> handed_over_by",
}
DESK_ACTS = ("person.spelling_confirmed", "portrait.accepted", "portrait.reused", "request.complete")


class Did(NamedTuple):
    """Who did which duty, as rows of the releases before tell it."""

    request_id: uuid.UUID
    document_id: uuid.UUID | None
    staff_id: uuid.UUID
    duty: str


def upgrade() -> None:
    _fill(*_create_duties(), list(dict.fromkeys(_done())))
    _create_roster()
    for name, condition in REPLACED_CHECKS.items():
        _drop_check("request", name, condition)
    _forget_operator_of_check()


def _create_duties() -> tuple[sa.Table, sa.Table]:
    override_table = op.create_table(
        "duty_override",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, index=True),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id")),
        sa.Column("duty", sa.String, nullable=False),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("given_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("closed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("given_by <> staff_id", name="giver_is_another"),
        sa.CheckConstraint("closed_by <> staff_id", name="closer_is_not_asker"),
        sa.CheckConstraint("closed_by <> given_by", name="closer_is_not_giver"),
    )
    duty_table = op.create_table(
        "duty",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, index=True),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), index=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("duty", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("override_id", sa.Uuid, sa.ForeignKey("duty_override.id"), unique=True),
    )
    for name, first, where in (
        ("uq_duty_on_request", "request_id", ON_REQUEST),
        ("uq_duty_on_document", "document_id", ON_DOCUMENT),
        ("uq_duty_at_both_ends", "request_id", AT_BOTH_ENDS),
    ):
        op.create_index(name, "duty", [first, "staff_id"], unique=True, sqlite_where=where, postgresql_where=where)
    return override_table, duty_table


def _create_roster() -> None:
    op.create_table(
        "roster",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False, index=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False, index=True),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("to_day", sa.Date, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("given_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("from_day <= to_day", name="begins_before_it_ends"),
        sa.CheckConstraint("given_by <> staff_id", name="giver_is_another"),
    )


def _table(name: str, *keys: str, **others: type[sa.types.TypeEngine[object]]) -> sa.TableClause:
    columns = [sa.column(key, sa.Uuid) for key in keys]
    return sa.table(name, *columns, *(sa.column(key, kind) for key, kind in others.items()))


REQUEST = _table("request", "id", "lodged_by", "enrolled_by", "decided_by")
PORTRAIT = _table("portrait", "request_id", "accepted_by")
EVENT = _table("audit_event", "id", "actor_id", act=sa.String, actor_kind=sa.String)
SUBJECT = _table("audit_subject", "event_id", "subject_id", kind=sa.String)
DOCUMENT = _table("document", "id", "request_id")
JOB = _table("print_job", "document_id", "operator_id")
CHECK = _table("quality_check", "document_id", "officer_id")
HAND_OVER = _table("hand_over", "document_id", "clerk_id")


def _done() -> Iterator[Did]:
    """What was done, in the order of a document's life."""
    nothing = sa.null().label("document_id")
    for who in (REQUEST.c.lodged_by, REQUEST.c.enrolled_by):
        yield from _rows(sa.select(REQUEST.c.id, nothing, who).where(who.is_not(None)), "lodging")
    accepted = sa.select(PORTRAIT.c.request_id, nothing, PORTRAIT.c.accepted_by)
    yield from _rows(accepted.where(PORTRAIT.c.accepted_by.is_not(None)), "case")
    acts = sa.select(SUBJECT.c.subject_id, nothing, EVENT.c.actor_id).join_from(
        EVENT, SUBJECT, SUBJECT.c.event_id == EVENT.c.id
    )
    acts = acts.where(EVENT.c.act.in_(DESK_ACTS), EVENT.c.actor_kind == "staff", SUBJECT.c.kind == "request")
    yield from _rows(acts, "case")
    decided = REQUEST.c.decided_by
    yield from _rows(sa.select(REQUEST.c.id, nothing, decided).where(decided.is_not(None)), "decision")
    of_request = DOCUMENT.c.request_id == REQUEST.c.id
    approved = sa.select(DOCUMENT.c.request_id, DOCUMENT.c.id, decided).join_from(DOCUMENT, REQUEST, of_request)
    yield from _rows(approved.where(decided.is_not(None)), "decision")
    for rows, who, duty in (
        (JOB, JOB.c.operator_id, "operation"),
        (CHECK, CHECK.c.officer_id, "check"),
        (HAND_OVER, HAND_OVER.c.clerk_id, "hand_over"),
    ):
        of_document = rows.c.document_id == DOCUMENT.c.id
        did = sa.select(DOCUMENT.c.request_id, DOCUMENT.c.id, who).join_from(rows, DOCUMENT, of_document)
        yield from _rows(did.where(who.is_not(None)), duty)


def _rows(query: sa.Select[tuple[uuid.UUID, uuid.UUID | None, uuid.UUID]], duty: str) -> Iterator[Did]:
    for request_id, document_id, staff_id in op.get_bind().execute(query):
        yield Did(request_id, document_id, staff_id, duty)


def _fill(override_table: sa.Table, duty_table: sa.Table, done: list[Did]) -> None:
    """A row each; one of the desk says everything done there; a second duty of one person has an override."""
    at = dt.datetime.now(dt.UTC)
    kept: set[tuple[uuid.UUID, uuid.UUID]] = set()
    desk = {(each.request_id, each.staff_id) for each in done if each.duty == "lodging"}
    duties, overrides = [], []
    for each in done:
        person = (each.request_id, each.staff_id)
        if each.duty == "case" and person in desk:
            continue
        taken = {(each.document_id or each.request_id, each.staff_id)}
        is_second = bool(taken & kept) or (each.duty == "hand_over" and person in desk)
        row = {"id": uuid.uuid4(), **each._asdict(), "at": at, "override_id": None}
        if is_second:
            row["override_id"] = uuid.uuid4()
            overrides.append({"id": row["override_id"], **each._asdict(), "why": "", "asked_at": at, "reason": ""})
        kept |= taken
        duties.append(row)
    op.bulk_insert(override_table, overrides)
    op.bulk_insert(duty_table, duties)


def _drop_check(table: str, name: str, condition: str) -> None:
    full = f"ck_{table}_{name}"
    if op.get_bind().dialect.name == "sqlite":
        change_table_on_sqlite(table, f"\tCONSTRAINT {full} CHECK ({condition}), \n", "")
    else:
        op.drop_constraint(op.f(full), table)


def _forget_operator_of_check() -> None:
    """`quality_check.operator_id` was there for its constraint alone. SQLite drops no column that a key is on."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_column("quality_check", "operator_id")
        return
    kept = "id, document_id, officer_id, checked_at, readings, passed, reason"
    op.execute(f"CREATE TEMPORARY TABLE kept_check AS SELECT {kept} FROM quality_check")  # noqa: S608
    op.drop_table("quality_check")
    op.create_table(
        "quality_check",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), nullable=False, index=True),
        sa.Column("officer_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("readings", sa.JSON, nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
    op.execute(f"INSERT INTO quality_check ({kept}) SELECT {kept} FROM kept_check")  # noqa: S608
    op.drop_table("kept_check")
