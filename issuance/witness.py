"""What the audit keeps of watched rows, and the MAC that every event carries from the moment it is written.

A model names in `WITNESSED` what of its rows only an act may change. At the end of an act each such row is read back,
and what it says is kept beside the act's last event: codes, counts and ids in clear, everything else as a digest under
the office's event key, bound to column and row. The event's MAC is over all of that (ADR 0025).
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, func, select
from sqlalchemy.orm import Mapper, Session

from issuance import models
from issuance.db import Base
from issuance.models.audit import AuditWitness

EVENT, VALUE = b"liman audit event\n", b"liman audit value\n"
DIGEST_BYTES = 16
AT_ONCE = 500
"""How many rows are read back by one statement."""

Says = dict[str, str | int | None]
"""What a row says, by attribute: a code, count, id or digest."""


class Written(Protocol):
    """An event, as a row of the database or as an object."""

    id: Any
    at: Any
    act: Any
    actor_id: Any
    actor_kind: Any
    centre_id: Any
    reason: Any
    details: Any


@dataclass(frozen=True, eq=False)
class Watched:
    """A table whose rows the audit sees; `kind` is its name, `columns` what is witnessed, by attribute."""

    kind: str
    table: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    lists: frozenset[str]
    """Which of them are names of other rows, in whatever order the database gives."""

    def rows(self) -> Select[Any]:
        """Its rows: `id`, and what is witnessed."""
        return select(self.table.c.id, *(column.label(name) for name, column in self.columns.items()))

    def newest(self) -> ColumnElement[int]:
        """The number of a row's newest witness; NULL when nobody witnessed it."""
        mine = (AuditWitness.kind == self.kind, AuditWitness.subject_id == self.table.c.id)
        return select(func.max(AuditWitness.number)).where(*mine).correlate(self.table).scalar_subquery()

    @cached_property
    def witnessed(self) -> Select[Any]:
        """Its rows, each with the number of its `newest` witness."""
        return self.rows().add_columns(self.newest().label("newest"))

    def says(self, key: bytes, row: Any) -> Says:
        """What a row of `rows` says."""
        return {name: _said(key, f"{self.kind}.{name}\0{row.id}", self._value(row, name)) for name in self.columns}

    def _value(self, row: Any, name: str) -> Any:
        value = getattr(row, name)
        return sorted(value.split()) if name in self.lists else value


@cache
def watched() -> Mapping[str, Watched]:
    """Every watched table, by name; the same order everywhere."""
    for module in iter_modules(models.__path__, "issuance.models."):
        import_module(module.name)
    kinds = [_watch(mapper) for mapper in Base.registry.mappers if mapper.class_.WITNESSED]
    return {kind.kind: kind for kind in sorted(kinds, key=lambda kind: kind.kind)}


def _watch(mapper: Mapper[Any]) -> Watched:
    table = mapper.local_table
    names: tuple[str, ...] = mapper.class_.WITNESSED
    lists = frozenset(name for name in names if name in mapper.relationships)
    columns = {name: _names(mapper, name) if name in lists else mapper.columns[name] for name in names}
    return Watched(str(table.name), table, columns, lists)  # type: ignore[attr-defined]


def _names(mapper: Mapper[Any], name: str) -> ColumnElement[str]:
    """The names at the other end of a many-to-many relation, in one value."""
    relation = mapper.relationships[name]
    assert relation.secondaryjoin is not None
    joined = select(func.aggregate_strings(relation.target.c.name, " "))
    joined = joined.where(relation.primaryjoin, relation.secondaryjoin).correlate(mapper.local_table)
    return func.coalesce(joined.scalar_subquery(), "")


def changed(session: Session) -> Iterator[tuple[str, UUID]]:
    """The watched rows that the flush at hand writes: kind and id."""
    for row in (*session.new, *session.deleted, *session.dirty):
        if row.WITNESSED and (row not in session.dirty or _differs(row)):
            yield row.__tablename__, row.id


def _differs(row: Any) -> bool:
    attributes = row._sa_instance_state.attrs
    return any(attributes[name].history.has_changes() for name in row.WITNESSED)


def of_rows(session: Session, key: bytes, written: Iterable[tuple[str, UUID]], event_id: UUID) -> list[dict[str, Any]]:
    """The witnesses of these rows as they are now, to be inserted with the event; sorted."""
    ids: dict[str, set[UUID]] = defaultdict(set)
    for kind, subject_id in written:
        ids[kind].add(subject_id)
    return [
        {"kind": kind, "event_id": event_id} | witness
        for kind in sorted(ids)
        for some in _some(sorted(ids[kind]))
        for witness in _of_kind(session, key, watched()[kind], some)
    ]


def _some(ids: list[UUID]) -> Iterator[list[UUID]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _of_kind(session: Session, key: bytes, kind: Watched, ids: list[UUID]) -> Iterator[dict[str, Any]]:
    rows = session.execute(kind.witnessed.where(kind.table.c.id.in_(ids))).all()
    for row in rows:
        yield {"subject_id": row.id, "number": (row.newest or 0) + 1, "says": kind.says(key, row)}
    if gone := set(ids) - {row.id for row in rows}:
        yield from _of_gone(session, kind, gone)


def _of_gone(session: Session, kind: Watched, ids: set[UUID]) -> Iterator[dict[str, Any]]:
    numbers = select(AuditWitness.subject_id, func.max(AuditWitness.number)).group_by(AuditWitness.subject_id)
    for subject_id, newest in session.execute(
        numbers.where(AuditWitness.kind == kind.kind, AuditWitness.subject_id.in_(ids))
    ):
        yield {"subject_id": subject_id, "number": newest + 1, "says": None}


def _said(key: bytes, place: str, value: Any) -> str | int | None:
    """A value as a witness keeps it; `place` is its column and row, so that equal values have unequal digests."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, UUID | StrEnum):
        return str(value)
    said = VALUE + place.encode() + b"\0" + canonical(value)
    return hmac.digest(key, said, "sha256")[:DIGEST_BYTES].hex()


def _plain(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return value.hex() if isinstance(value, bytes) else str(value)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8: the same bytes for the same value."""
    return _encode(value).encode()


def body(event: Written, subjects: Iterable[tuple[str, UUID]]) -> dict[str, Any]:
    """An event and its subjects as links and MACs read them."""
    return {
        "id": str(event.id),
        "at": _plain(event.at),
        "act": event.act,
        "actor": [event.actor_kind, str(event.actor_id)],
        "centre": str(event.centre_id),
        "reason": event.reason,
        "details": event.details,
        "subjects": sorted([kind, str(subject_id)] for kind, subject_id in subjects),
    }


def mac(key: bytes, body: Mapping[str, Any], witnesses: Iterable[tuple[str, UUID, int, Says | None]]) -> str:
    """HMAC-SHA256 in hexadecimal over an event and its witnesses (kind, subject, number, what it says)."""
    listed = sorted([kind, str(subject_id), number, says] for kind, subject_id, number, says in witnesses)
    return hmac.digest(key, EVENT + canonical({**body, "witnesses": listed}), "sha256").hex()
