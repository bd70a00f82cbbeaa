"""One act is one object: its session, its author, what it needs from the office, its audit event.

`with office.act(actor) as act:` is one transaction. Leaving it after a change without an event is Unrecorded, and
nothing is kept. `with office.reading(actor) as look:` only looks.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from issuance.actors import Actor
from issuance.clock import Clock
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.settings import Settings
from issuance.vault import Vault

Detail = str | int | bool | UUID


class Unrecorded(RuntimeError):
    """A defect: an act changed the register and wrote no event about it."""


class Surroundings(Protocol):
    """What an act takes from its office."""

    @property
    def clock(self) -> Clock:
        """Where it takes its time from."""

    @property
    def vault(self) -> Vault:
        """Where portraits, signatures and frozen content are kept encrypted; opened at first use."""

    @property
    def settings(self) -> Settings:
        """What the office chose."""


class Look:
    """One look at the register: a session, and who looks. The vault is opened at first use: public pages need none."""

    def __init__(self, session: Session, office: Surroundings, actor: Actor) -> None:
        self.session = session
        self.actor = actor
        self._office = office

    @property
    def clock(self) -> Clock:
        """Where acts take their time from."""
        return self._office.clock

    @property
    def vault(self) -> Vault:
        """Where portraits, signatures and frozen content are kept encrypted."""
        return self._office.vault

    @property
    def settings(self) -> Settings:
        """What the office chose."""
        return self._office.settings


class Act(Look):
    """One act: everything it changes is one transaction, and at least one event says so."""

    def __init__(self, session: Session, office: Surroundings, actor: Actor) -> None:
        super().__init__(session, office, actor)
        self._changed = self._recorded = False
        event.listen(session, "after_flush", self._note_flush)
        event.listen(session, "do_orm_execute", self._note_statement)

    def record(
        self, name: str, /, *subjects: Any, centre_id: UUID | None = None, reason: str = "", **details: Detail
    ) -> AuditEvent:
        """Write the event `name` about `subjects` (rows of ours).

        Centre and reason are the actor's own unless given. Events hold ids, codes and counts, never personal data:
        TypeError for a detail that is not a str, int, bool or UUID.
        """
        self.session.flush()  # gives new subjects their keys
        kinds = {subject.id: subject.__tablename__ for subject in subjects}
        written = AuditEvent(
            at=self.clock.now(),
            act=name,
            actor_id=self.actor.id,
            actor_kind=self.actor.kind,
            centre_id=centre_id or self.actor.centre_id,
            reason=reason or self.actor.reason,
            details={key: _plain(key, value) for key, value in (details | self._by_roster()).items()},
            subjects=[AuditSubject(kind=kind, subject_id=key) for key, kind in kinds.items()],
        )
        self.session.add(written)
        self._recorded = True
        return written

    def _by_roster(self) -> dict[str, Detail]:
        """By which entry of a roster the author works at this centre."""
        return {"roster": self.actor.roster} if self.actor.roster else {}

    def close(self) -> None:
        """The end of the act, before it is committed; Unrecorded when it changed something and no event says so."""
        self.session.flush()
        if self._changed and not self._recorded:
            raise Unrecorded("this act changed the register without an event: act.record() says what happened")

    def _note_flush(self, session: Session, _context: Any) -> None:
        written = session.new or session.deleted or any(session.is_modified(row) for row in session.dirty)
        self._changed = self._changed or bool(written)

    def _note_statement(self, state: ORMExecuteState) -> None:
        self._changed = self._changed or state.is_insert or state.is_update or state.is_delete


def _plain(name: str, value: object) -> str | int | bool:
    """The detail as JSON holds it, the same on every database."""
    if isinstance(value, (UUID, StrEnum)):
        return str(value)
    if isinstance(value, (str, int)):
        return value
    raise TypeError(f"the audit detail {name} is a {type(value).__name__}: give an id, a code or a count")
