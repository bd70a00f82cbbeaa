"""What was told about a person to whom (Art 15(1)(c)): gathered from the acts that tell, noted where a paper was given.

`SOURCES` are the functions that know of some; one more is added there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE, office_day
from issuance.errors import Conflict, InvalidInput
from issuance.law.office.privacy import privacy
from issuance.models.audit import AuditEvent
from issuance.models.people import Person, PersonVersion
from issuance.models.privacy import Disclosure, Informed
from issuance.models.requests import IssuanceRequest
from issuance.services import centres, restrictions
from issuance.services.casework import persons
from issuance.services.feeds import disclosures as feeds
from issuance.services.persons import records, versions
from issuance.services.production import documents
from issuance.services.trust import events
from issuance.values import calendar, names
from issuance.values.codes import one_of

TOLD = ("identity", "picture", "address", "status", "validity", "papers")
"""What somebody notes as told, by code; files to bodies outside and referrals have codes of their own."""

NOTED = ("child_protection", "court", "prosecutor", "authority", "health", "other_state", "unhcr", "lawyer")
"""Who is told by a paper or a letter that somebody notes here."""

CHANGES = frozenset({"lodged", "kept", "regrouped"})
"""Why a version was made that corrects nothing of which somebody was told."""


@dataclass(frozen=True)
class Told:
    """Somebody was told something, once. `recipient` and `told` are codes, `body` its name; `at` the article."""

    when: dt.datetime
    recipient: str
    told: tuple[str, ...]
    body: str = ""

    @property
    def at(self) -> str:
        """By which article it was told."""
        return privacy().recipients[self.recipient].at


@dataclass(frozen=True)
class ToInform:
    """A body that was told something before this version of the person was made, and not yet of the change (Art 19)."""

    version: PersonVersion
    recipient: str
    body: str


Source = Callable[[Look, Person], Iterable[Told]]


def disclosed(look: Look, person: Person) -> list[Told]:
    """Everything that was told of a person, the newest first."""

    def ask() -> list[Told]:
        found = (told for source in SOURCES for told in source(look, person))
        return sorted(found, key=lambda told: told.when, reverse=True)

    return look.still((disclosed, person.id), ask)


def _by_acts(look: Look, person: Person) -> Iterator[Told]:
    """Checks by police, codes of the holder, and referrals to child protection, as the audit knows them."""
    for event in happened(look, person):
        if event.act in TELLING:
            recipient, told = TELLING[event.act]
            yield Told(event.at, recipient, told)


TELLING = {
    "person.opened_by_police": ("police", ("identity", "picture", "validity")),
    "confirmation.made": ("code_reader", ("validity",)),
    "person.guardian_asked_for": ("child_protection", ("identity",)),
    "observation.referred": ("authority", ("identity", "need")),
    "mandate.file_seen": ("body", ("identity", "status", "validity")),
    "mandate.status_told": ("lawyer", ("status",)),
}
"""The acts that tell somebody outside, with whom and what."""


def happened(look: Look, person: Person) -> list[AuditEvent]:
    """Everything that happened to a person, with their requests and documents, the oldest first."""
    mine, requests = _records(look, person), [request.id for request in persons.of_person(look, person)]
    made = _documents(look, person)
    return look.still((happened, person.id), lambda: events.life_line(look, *mine, *requests, *made))


def _records(look: Look, person: Person) -> list[UUID]:
    return [record.id for record in records.of(look, person)]


def _documents(look: Look, person: Person) -> list[UUID]:
    requests = [request.id for request in persons.of_person(look, person)]
    return [each.id for attempts in documents.of_requests(look, requests).values() for each in attempts]


def _noted(look: Look, person: Person) -> Iterator[Told]:
    for row in look.session.scalars(select(Disclosure).where(Disclosure.person_id == person.id)):
        when = dt.datetime.combine(row.told_on, dt.time(), OFFICE_ZONE)
        yield Told(when, row.recipient, tuple(row.told.split()), row.body)


def _by_feeds(look: Look, person: Person) -> Iterator[Told]:
    """What went to bodies outside in a file: the number of a document or a step of the case, and columns if any."""
    for each in feeds.of_records(look, _records(look, person), _documents(look, person)):
        if each.told_at:
            what = "number" if each.document_id else "case_step"
            yield Told(each.told_at, each.recipient.code, (what, *(["identity"] if each.columns else [])))


SOURCES: tuple[Source, ...] = (_by_acts, _by_feeds, _noted)
"""Who knows what was told."""


@dataclass(frozen=True)
class Note:
    """A body was told something on a day, as somebody notes it."""

    recipient: str
    body: str
    told: Collection[str]
    told_on: dt.date


def note(act: Act, request: IssuanceRequest, said: Note) -> Disclosure:
    """Note that a body was told something of the person of this case. InvalidInput names the field."""
    centres.check_own(act, request)
    one_of("recipient", said.recipient, NOTED)
    restrictions.check_told(act, request.person, said.recipient)
    told = [code for code in TOLD if code in set(said.told)]
    if not told:
        raise InvalidInput("told", "Say what the body was told.")
    calendar.check_past("told_on", said.told_on, act.clock.today())
    if not said.body.strip():
        raise InvalidInput("body", "Name the body that was told.")
    body = names.check_text("body", said.body.strip())
    row = Disclosure(
        person_id=request.person_id,
        centre_id=request.centre_id,
        recipient=said.recipient,
        body=body,
        told=" ".join(told),
        told_on=said.told_on,
        noted_by=act.actor.id,
        noted_at=act.clock.now(),
    )
    act.session.add(row)
    act.record("disclosure.noted", row, request, request.person, recipient=row.recipient)
    return row


# After a rectification (Art 19)


def to_inform(look: Look, person: Person) -> list[ToInform]:
    """Who is still to be told that something has changed, of which they were told before: the newest change first."""
    known = {(row.version_id, row.recipient, row.body) for row in _informed(look, person)}
    told = [each for each in disclosed(look, person) if privacy().recipients[each.recipient].to_inform]
    found: dict[tuple[UUID, str, str], ToInform] = {}
    for version in versions.of_person(look, person):
        if version.made_at is None or version.why in CHANGES:
            continue
        for each in told:
            key = (version.id, each.recipient, each.body)
            if key not in known and office_day(each.when) <= office_day(version.made_at):
                found.setdefault(key, ToInform(version, each.recipient, each.body))
    return list(found.values())


def inform(act: Act, request: IssuanceRequest, version_id: UUID, recipient: str, body: str) -> Informed:
    """Note that the body was told of the change. Conflict when it was, or there is nothing to tell it."""
    centres.check_own(act, request)
    waiting = [(each.version.id, each.recipient, each.body) for each in to_inform(act, request.person)]
    if (version_id, recipient, body) not in waiting:
        raise Conflict("This body was told already, or nothing changed for it. Open the page again.")
    row = Informed(
        person_id=request.person_id,
        version_id=version_id,
        recipient=recipient,
        body=body,
        informed_by=act.actor.id,
        informed_at=act.clock.now(),
    )
    act.session.add(row)
    act.record("disclosure.informed", row, request, request.person, recipient=recipient)
    return row


def _informed(look: Look, person: Person) -> Iterable[Informed]:
    return look.session.scalars(select(Informed).where(Informed.person_id == person.id))
