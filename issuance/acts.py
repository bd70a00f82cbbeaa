"""One act is one object: its session, its author, what it needs from the office, its audit event.

`with office.act(actor) as act:` is one transaction. Leaving it after a change without an event is Unrecorded, and
nothing is kept. `with office.reading(actor) as look:` only looks.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from functools import cache
from itertools import groupby
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import event, insert
from sqlalchemy.orm import ORMExecuteState, Session

from issuance import witness
from issuance.actors import Actor
from issuance.clock import Clock
from issuance.db import Base, uuid7
from issuance.models.audit import AuditEvent, AuditSubject, AuditUnlinked, AuditWitness
from issuance.models.feeds.hearing import CLOCK, LATER
from issuance.settings import Settings
from issuance.vault import Vault

Detail = str | int | bool | UUID
Asked = TypeVar("Asked")
COVERED = ("kind", "subject_id", "number", "says")
"""What of a witness its event's MAC covers."""


class Unrecorded(RuntimeError):
    """A defect: an act changed the register and wrote no event about it."""


class Unwitnessed(RuntimeError):
    """A defect: a watched row was changed where no event can keep what it says."""


class Surroundings(Protocol):
    """What an act takes from its office."""

    @property
    def clock(self) -> Clock:
        """Where it takes its time from."""

    @property
    def wall(self) -> Clock:
        """The machine's own clock, believed or not: for what only counts minutes."""

    @property
    def vault(self) -> Vault:
        """Where portraits, signatures and frozen content are kept encrypted; opened at first use."""

    @property
    def event_key(self) -> bytes:
        """The key of the MACs of events; read at first use."""

    @property
    def settings(self) -> Settings:
        """What the office chose."""


class Look:
    """One look at the register: a session, and who looks. The vault is opened at first use: public pages need none."""

    def __init__(self, session: Session, office: Surroundings, actor: Actor) -> None:
        self.session = session
        self.actor = actor
        self._office = office
        self._known: dict[Hashable, Any] = {}
        session.info[CLOCK] = office.clock

    def once(self, key: Hashable, ask: Callable[[], Asked]) -> Asked:
        """What `ask` answers, asked once in this look: of what does not change in it. A refusal is asked for again."""
        if key not in self._known:
            self._known[key] = ask()
        found: Asked = self._known[key]
        return found

    def still(self, key: Hashable, ask: Callable[[], Asked]) -> Asked:
        """`once`, of what an act may change: a look that writes nothing asks once, an act every time (ADR 0104)."""
        return self.once(key, ask)

    @property
    def clock(self) -> Clock:
        """Where acts take their time from."""
        return self._office.clock

    @property
    def wall(self) -> Clock:
        """The machine's own clock, believed or not: sessions end by it while the office's time is stopped."""
        return self._office.wall

    @property
    def vault(self) -> Vault:
        """Where portraits, signatures and frozen content are kept encrypted."""
        return self._office.vault

    @property
    def event_key(self) -> bytes:
        """The key of the MACs of events."""
        return self._office.event_key

    @property
    def settings(self) -> Settings:
        """What the office chose."""
        return self._office.settings


class Upkeep(Look):
    """What the office's own machinery writes: nobody acts, so no watched row may change (Unwitnessed)."""

    def __init__(self, session: Session, office: Surroundings, actor: Actor) -> None:
        super().__init__(session, office, actor)
        event.listen(session, "after_flush", self._check_flush)
        event.listen(session, "do_orm_execute", check_statement)

    def still(self, key: Hashable, ask: Callable[[], Asked]) -> Asked:
        """What `ask` answers now."""
        return ask()

    def _check_flush(self, session: Session, _context: Any) -> None:
        for kind, _ in witness.changed(session):
            raise Unwitnessed(f"a row of {kind} may change in an act alone: open one and record what happened")
        for row in session.dirty:
            if row.BY_MACHINE and _moved(row) and row.state not in row.BY_MACHINE:
                raise Unwitnessed(f"a row of {row.__tablename__} is {row.state} by an act alone, which says so")


class Act(Look):
    """One act: everything it changes is one transaction, and at least one event says so.

    What its watched rows say at the end is kept with its last event.
    """

    def __init__(self, session: Session, office: Surroundings, actor: Actor) -> None:
        super().__init__(session, office, actor)
        self._changed = False
        self._events: list[AuditEvent] = []
        self._written: set[tuple[str, UUID]] = set()
        self._last: list[Callable[[], None]] = []
        self._gathers = False
        event.listen(session, "after_flush", self._note_flush)
        event.listen(session, "do_orm_execute", self._note_statement)

    def still(self, key: Hashable, ask: Callable[[], Asked]) -> Asked:
        """What `ask` answers now."""
        return ask()

    def record(
        self, name: str, /, *subjects: Any, centre_id: UUID | None = None, reason: str = "", **details: Detail
    ) -> AuditEvent:
        """Write the event `name` about `subjects` (rows of ours).

        Centre and reason are the actor's own unless given. Events hold ids, codes and counts, never personal data:
        TypeError for a detail that is not a str, int, bool or UUID.
        """
        self.flush()  # gives new subjects their keys
        kinds = {subject.id: subject.__tablename__ for subject in subjects}
        written = AuditEvent(
            id=self._next_key(),
            at=self.clock.now(),
            act=name,
            actor_id=self.actor.id,
            actor_kind=self.actor.kind,
            centre_id=centre_id or self.actor.centre_id,
            reason=reason or self.actor.reason,
            details={key: _plain(key, value) for key, value in (details | self._by_roster()).items()},
            subjects=[AuditSubject(kind=kind, subject_id=key) for key, kind in kinds.items()],
        )
        self._events.append(written)
        return written

    def _by_roster(self) -> dict[str, Detail]:
        """By which entry of a roster the author works for this centre, and of which other one they are."""
        named: dict[str, Detail | None] = {"roster": self.actor.roster, "of_centre": self.actor.home}
        return {name: key for name, key in named.items() if key}

    def _next_key(self) -> UUID:
        """A key after that of the event before, so that the events of an act are linked in their order."""
        key = uuid7()
        return UUID(int=max(key.int, self._events[-1].id.int + 1)) if self._events else key

    def flush(self) -> None:
        """Write what was changed so far, unless it is `gathered`."""
        if not self._gathers:
            self.session.flush()

    def apart(self) -> AbstractContextManager[object]:
        """What the block adds is written alone: IntegrityError is about it. Not while rows are `gathered`."""
        return nullcontext() if self._gathers else self.session.begin_nested()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """The block is kept whole, or nothing of it when it raises, no event either."""
        count = len(self._events)
        try:
            with self.session.begin_nested():
                yield
        except BaseException:
            del self._events[count:]
            raise

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """What the block adds is written at its end, all rows of a table together; until then no look finds it.

        New rows must have their keys, and those that they name must be there or be gathered too.
        """
        self._gathers = True
        try:
            with self.session.no_autoflush:
                yield
        finally:
            self._gathers = False
        self.session.info[LATER] = {}
        try:
            self._write_gathered()
        finally:
            del self.session.info[LATER]

    def _write_gathered(self) -> None:
        gathered = sorted(self.session.new, key=lambda row: _places()[row.__tablename__])
        for row in gathered:
            if row in self.session:  # it may have gone with another
                self.session.expunge(row)
        for _, rows in groupby(gathered, key=type):
            self.session.add_all(rows)
            self.session.flush()
            self._tell_gathered()

    def _tell_gathered(self) -> None:
        """What is told of the rows that were written now."""
        later = self.session.info[LATER]
        for statement, rows in later.items():
            self.session.connection().execute(statement, rows)
        later.clear()

    def witness(self, kind: str, subject_ids: Iterable[UUID]) -> None:
        """Keep what these rows say with this act, though it did not change them."""
        self._written.update((kind, subject_id) for subject_id in subject_ids)

    def do_last(self, what: Callable[[], None]) -> None:
        """Do this at the end of the act: it writes rows that many acts write, and holds them as short as can be."""
        self._last.append(what)

    def close(self) -> None:
        """The end of the act, before it is committed; Unrecorded when it changed something and no event says so."""
        self.session.flush()
        if self._changed and not self._events:
            raise Unrecorded("this act changed the register without an event: act.record() says what happened")
        if self._events:
            self._write_events()
        for what in self._last:
            what()

    def _write_events(self) -> None:
        """Write the events, each with its MAC; the witnesses of all that changed go with the last one."""
        key, last = self.event_key, self._events[-1]
        witnesses = witness.of_rows(self.session, key, self._written, last.id)
        for written in self._events:
            said = [tuple(each[name] for name in COVERED) for each in witnesses] if written is last else []
            subjects = [(subject.kind, subject.subject_id) for subject in written.subjects]
            written.mac = witness.mac(key, witness.body(written, subjects), said)
        self.session.add_all(self._events)
        self.session.flush()
        self.session.execute(insert(AuditUnlinked), [{"event_id": written.id} for written in self._events])
        if witnesses:
            self.session.execute(insert(AuditWitness), witnesses)

    def _note_flush(self, session: Session, _context: Any) -> None:
        written = session.new or session.deleted or any(session.is_modified(row) for row in session.dirty)
        self._changed = self._changed or bool(written)
        self._written.update(witness.changed(session))

    def _note_statement(self, state: ORMExecuteState) -> None:
        self._changed = self._changed or state.is_insert or state.is_update or state.is_delete
        check_statement(state)


def _moved(row: Any) -> bool:
    """Whether the flush at hand writes another state of this row."""
    return bool(row._sa_instance_state.attrs["state"].history.has_changes())


@cache
def _places() -> dict[str, int]:
    """The tables by name, each after those that it names."""
    return {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}


def check_statement(state: ORMExecuteState) -> None:
    """Unwitnessed for a statement that changes rows of a watched table unseen: change them as objects."""
    if state.is_insert or state.is_update or state.is_delete:
        statement: Any = state.statement
        kind = statement.table.name
        if kind in witness.watched() and not (state.is_update and _is_unwatched(statement)):
            raise Unwitnessed(f"a statement changes rows of {kind} that no event would keep: change them as objects")


def _is_unwatched(statement: Any) -> bool:
    """Whether an update changes columns only that are not witnessed."""
    changed = {str(getattr(column, "key", column)) for column in statement._values or {}}
    columns = witness.watched()[statement.table.name].columns.values()
    return bool(changed) and changed.isdisjoint(getattr(column, "key", "") for column in columns)


def _plain(name: str, value: object) -> str | int | bool:
    """The detail as JSON holds it, the same on every database."""
    if isinstance(value, (UUID, StrEnum)):
        return str(value)
    if isinstance(value, (str, int)):
        return value
    raise TypeError(f"the audit detail {name} is a {type(value).__name__}: give an id, a code or a count")
