"""What a proof looks at in rows: each watched row says what the last act about it left, and none is gone or new."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, null, select
from sqlalchemy.orm import aliased

from issuance import witness
from issuance.acts import Look
from issuance.models.audit import AuditEvent, AuditWitness
from issuance.services.trust.audit_walk import Fault, Finding, Walk
from issuance.witness import Watched

BATCH = 500
START = str(UUID(int=0))


def check(look: Look, walk: Walk, name: str, at: str | None) -> str | None:
    """The next rows of a table, each with its newest witness."""
    kind = witness.watched()[name]
    mine = (AuditWitness.kind == name) & (AuditWitness.subject_id == kind.table.c.id)
    query = kind.rows().add_columns(
        AuditWitness.says.label("left"), AuditWitness.event_id.label("by"), AuditEvent.id.label("event")
    )
    query = query.outerjoin(AuditWitness, mine & (AuditWitness.number == kind.newest()))
    query = query.outerjoin(AuditEvent, AuditEvent.id == AuditWitness.event_id)
    after = UUID(at or START)
    rows = look.session.execute(query.where(kind.table.c.id > after).order_by(kind.table.c.id).limit(BATCH)).all()
    for row in rows:
        _check_row(look, walk, kind, row)
    walk.rows += len(rows)
    return str(rows[-1].id) if len(rows) == BATCH else None


def _check_row(look: Look, walk: Walk, kind: Watched, row: Any) -> None:
    place = str(row.id)
    if row.left is None:
        if kind.kind not in walk.pending or row.by is not None:
            walk.note(Finding(kind.kind, place, "", Fault.ROW_UNWITNESSED))
        return
    if row.event is None:
        walk.note(Finding(kind.kind, place, "", Fault.WITNESS_ALONE, str(row.by)))
    says = kind.says(look.event_key, row)
    for column in sorted(set(says) & set(row.left)):
        if says[column] != row.left[column]:
            walk.note(Finding(kind.kind, place, column, Fault.ROW_CHANGED, str(row.by)))


def check_gone(look: Look, walk: Walk, name: str, at: str | None) -> str | None:
    """The next rows that acts left and that are no more."""
    table = witness.watched()[name].table
    query = select(AuditWitness.subject_id, AuditWitness.event_id)
    query = query.outerjoin(table, table.c.id == AuditWitness.subject_id)
    gone = query.where(AuditWitness.kind == name, table.c.id.is_(None), AuditWitness.subject_id > UUID(at or START))
    left = gone.where(AuditWitness.says.is_not(null()), AuditWitness.number == _newest())
    rows = look.session.execute(left.order_by(AuditWitness.subject_id).limit(BATCH)).all()
    for subject_id, event_id in rows:
        walk.note(Finding(name, str(subject_id), "", Fault.ROW_DELETED, str(event_id)))
    return str(rows[-1].subject_id) if len(rows) == BATCH else None


def _newest() -> ColumnElement[int]:
    """The number of the newest witness of the same row."""
    other = aliased(AuditWitness)
    same = (other.kind == AuditWitness.kind) & (other.subject_id == AuditWitness.subject_id)
    return select(func.max(other.number)).where(same).correlate(AuditWitness).scalar_subquery()
