"""Who somebody is, hidden from readers who are not named (ADR 0093): the rows of a protected person say nothing.

A look of the staff wears a veil: as a person, a version of one or a request is loaded, what tells who it is is replaced
in memory. So no list, paper or page can forget to ask. An act, which shows nothing, sees the rows as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Select, event, exists, or_, select, union_all
from sqlalchemy.orm import Session, object_session
from sqlalchemy.orm.attributes import set_committed_value

from issuance.actors import Actor
from issuance.clock import Clock
from issuance.models.care import Named, Protection
from issuance.models.people import Person, PersonVersion
from issuance.models.requests import IssuanceRequest

WORN = "veil"
"""Where a session has its veil."""

SAID = "[protejat · protected]"
"""The name of a protected person, in both languages of the staff."""

OF_A_HOLDER: Mapping[str, object] = {
    "family_name": SAID,
    "given_names": "",
    "native_name": "",
    "mrz_name": "",
    "birth_date": "XXXX-XX-XX",
    "birth_place": "",
    "sex": "X",
    "nationality": "XXX",
    "other_nationalities": "",
    "address": "",
    "eurodac_reference": None,
    "cnp": None,
    "evidence": "",
    "language": "ro",
}
OF_A_REQUEST: Mapping[str, object] = {
    "case_reference": None,
    "decision_number": "",
    "decision_reason": "",
    "note": "",
    "phone": "",
    "travel_document_number": "",
    "travel_document_state": "",
}


def hidden_from(staff_id: UUID | None, clock: Clock) -> Select[UUID]:
    """The persons who are protected, and of whom this account is not named today, as a query: few."""
    today = clock.today()
    mine = (Named.protection_id == Protection.id, Named.staff_id == staff_id, Named.ended_at.is_(None))
    holds = (Named.from_day <= today, or_(Named.to_day.is_(None), Named.to_day >= today))
    open_ones = select(Protection.person_id).where(Protection.ended_at.is_(None))
    return open_ones.where(~exists().where(*mine, *holds).correlate(Protection))


class Veil:
    """What is hidden from one reader in one session; asked once, when somebody is loaded first."""

    def __init__(self, actor: Actor, clock: Clock) -> None:
        self._actor, self._clock = actor, clock
        self._ids: frozenset[UUID] | None = None
        self._lifted = False

    def ids(self, session: Session) -> frozenset[UUID]:
        """The persons that are hidden, and every record that was merged into one."""
        if self._ids is None:
            owners = hidden_from(self._actor.id, self._clock).subquery()
            merged = select(Person.id).where(Person.merged_into.in_(select(owners.c.person_id)))
            found = session.connection().execute(union_all(select(owners.c.person_id), merged))
            self._ids = frozenset(row[0] for row in found)
        return self._ids

    def cover(self, session: Session, row: Any) -> None:
        """Hide what a row says, if it is about somebody who is hidden."""
        if self._lifted:
            return
        of_whom = row.__dict__.get("id" if isinstance(row, Person) else "person_id")
        if of_whom in self.ids(session):
            masks = OF_A_REQUEST if isinstance(row, IssuanceRequest) else OF_A_HOLDER
            for name, value in masks.items():
                if name in row.__dict__:
                    set_committed_value(row, name, value)

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """What the block loads is compared, and not shown."""
        self._lifted = True
        try:
            yield
        finally:
            self._lifted = False


def wear(session: Session, actor: Actor, clock: Clock) -> None:
    """From now on this session hides what this reader may not see; machines, and the office itself, show nothing."""
    if actor.kind == "staff":
        session.info[WORN] = Veil(actor, clock)


def worn(session: Session) -> Veil | None:
    """The veil that this session wears; None for an act."""
    veil: Veil | None = session.info.get(WORN)
    return veil


@contextmanager
def comparing(session: Session) -> Iterator[None]:
    """Compare rows as they are: what is found is covered again (`cover`) before it leaves."""
    veil = session.info.get(WORN)
    if veil is None:
        yield
        return
    with veil.lifted():
        yield


def cover(session: Session, rows: Iterable[Person]) -> None:
    """Hide these, which were compared."""
    if veil := session.info.get(WORN):
        for row in rows:
            veil.cover(session, row)


def _loaded(row: Any, context: Any, _names: object = None) -> None:
    session = context.session if context else object_session(row)  # an update of many refreshes without a context
    if session and (veil := session.info.get(WORN)):
        veil.cover(session, row)


for _kind in (Person, PersonVersion, IssuanceRequest):
    event.listen(_kind, "load", _loaded)
    event.listen(_kind, "refresh", _loaded)
