"""What a road is, and how one is told where it leads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select

from issuance.db import Base
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.states import DocumentState, RequestState
from tests.crash.floor import Floor
from tests.crash.points import move

HOUR, DAY = 3600.0, 86400.0
Beside = Callable[[Floor], AbstractContextManager[object]]


@dataclass(frozen=True)
class Road:
    """One way through the office, and what lies on it."""

    prepare: Callable[[Floor], None]
    go: Callable[[Floor], None]
    meets: frozenset[str] = field(default_factory=frozenset)
    beside: Beside = nullcontext
    """What is there from before the server starts until it ended."""


ROADS: dict[str, Road] = {}


def road(
    prepare: Callable[[Floor], None], *meets: str, beside: Beside = nullcontext
) -> Callable[[Callable[[Floor], None]], None]:
    """The decorated function is the road of its name; `meets` are points, moves as `table a > b > c` for a chain."""

    def register(go: Callable[[Floor], None]) -> None:
        found = frozenset(each for line in meets for each in _each(line))
        ROADS[go.__name__] = Road(prepare, go, found, beside)

    return register


def _each(line: str) -> list[str]:
    if " > " not in line:
        return [line]
    table, _, rest = line.partition(" ")
    states = rest.split(" > ")
    return [move(table, start, end) for start, end in pairwise(states)]


def requests(floor: Floor, *states: RequestState) -> list[UUID]:
    """The requests in these states, the oldest first."""
    query = select(IssuanceRequest.id).where(IssuanceRequest.state.in_(states)).order_by(IssuanceRequest.id)
    with floor.office.reading() as look:
        return list(look.session.scalars(query))


def documents(floor: Floor, *states: DocumentState) -> list[UUID]:
    """The documents in these states, the oldest first."""
    query = select(Document.id).where(Document.state.in_(states)).order_by(Document.id)
    with floor.office.reading() as look:
        return list(look.session.scalars(query))


def newest(floor: Floor, kind: type[Base]) -> UUID:
    """The newest row of a kind."""
    rows: Any = kind
    with floor.office.reading() as look:
        return UUID(str(look.session.scalars(select(rows.id).order_by(rows.id.desc())).all()[0]))


def nothing(_: Floor) -> None:
    """Nothing is prepared."""
