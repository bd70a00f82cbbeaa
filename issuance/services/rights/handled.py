"""What case handling told of a person's case: its decision, appeal and flags, read only here (R1, E15)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.models.exchange import CaseProposal, HandledCase
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.persons import people, records
from issuance.services.persons.versions import Made


def case_of(look: Look, person: Person) -> HandledCase | None:
    """The case of this person, whichever of its records it was told of; the newest of several."""
    if is_new(person):
        return None
    ids = [record.id for record in records.of(look, person)]
    query = select(HandledCase).where(HandledCase.person_id.in_(ids)).order_by(HandledCase.id.desc())
    return look.session.scalar(query.limit(1))


def granted(look: Look, person: Person) -> HandledCase | None:
    """The case by which case handling told that the person was granted protection."""
    case = case_of(look, person)
    return case if case and case.granted else None


def confirms(look: Look, person: Person, status: str, decision: tuple[str, dt.date | None]) -> bool:
    """Whether case handling told this very decision, number and day: then nobody types it a second time."""
    case = granted(look, person)
    return case is not None and (case.granted, case.decision_number, case.decided_on) == (status, *decision)


def take_status(act: Act, person_id: UUID, status: str) -> None:
    """Who asks for the document of a grant that case handling told has its status from now on. A part of an act.

    Whether there is such a person is asked where the request is lodged.
    """
    found = act.session.get(Person, person_id)
    if found is None:
        return
    person = records.owner(act, found)
    case = granted(act, person)
    if case and case.granted == status and person.status != status:
        people.change(act, person, {"status": status}, Made("lodged"))


def proposals(look: Look, person: Person) -> list[CaseProposal]:
    """What case handling says of the person otherwise, and nobody here settled, the oldest first."""
    ids = [record.id for record in records.of(look, person)]
    query = select(CaseProposal).where(CaseProposal.person_id.in_(ids), CaseProposal.settled_at.is_(None))
    return list(look.session.scalars(query.order_by(CaseProposal.id)))


def newest_request(look: Look, person: Person) -> IssuanceRequest | None:
    """The last request of the person, at whose centre what is told of the person is seen."""
    query = select(IssuanceRequest).where(IssuanceRequest.person_id == person.id)
    return look.session.scalar(query.order_by(IssuanceRequest.id.desc()).limit(1))
