"""A document of before is kept as what it is: a document, of a request that nobody lodged here.

So whatever looks at documents - loss, lists, verifier, renewal, search, decrees, statistics - needs to know nothing of
it. What made it is not here: it has no print job and no hand-over, its attempt is 0, and its content has no portrait.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE
from issuance.db import uuid7
from issuance.document_types import Rules
from issuance.errors import Conflict
from issuance.models.documents import Document
from issuance.models.endings import Ending, LossReport
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services import centres
from issuance.services.legacy.entries import Entry, State
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.persons import keys, people, versions
from issuance.services.rule_versions import rules_today, version_of
from issuance.services.statistics.alike import BEFORE
from issuance.services.statistics.requests import OF_BEFORE
from issuance.states import DocumentState, RequestState, begin
from issuance.values import references
from issuance.values.codes import Kind
from printing.content import DocumentContent

STATES = {
    State.VALID: DocumentState.VALID,
    State.LOST: DocumentState.LOST,
    State.STOLEN: DocumentState.STOLEN,
    State.ENDED: DocumentState.VOIDED,
}
GROUND = "before"
"""Why a document ended of which only that is known (`endings.toml`)."""


def is_known(look: Look, entry: Entry) -> bool:
    """Whether a file before brought this very document. Conflict when another one has its number."""
    found = look.session.scalar(select(Document).where(Document.number == entry.number))
    if found is None:
        return False
    said = (found.attempt, found.document_type, found.issue_date, found.expiry_date)
    if said == (BEFORE, entry.document_type, entry.issue_date, entry.expiry_date):
        return True
    raise Conflict("The register has another document of this number. Compare both.", field="number")


def check(look: Look, entry: Entry, *, is_stranger: bool) -> Person | None:
    """Whose document it is, None for somebody new. Refused is what `keep` would refuse.

    `is_stranger`: the register knows nobody alike (`persons.strangers`).
    """
    rules, _ = _grounds(look, entry)
    rules.check_status(entry.identity.status)
    if is_stranger:
        return None
    person = keys.meant(look, entry.identity)
    if person is None and (keys.numbered(look, entry.identity) or people.similar(look, entry.identity)):
        raise Conflict(
            "Somebody alike is in the register. Write the CNP or the Eurodac reference that both have, and the name as"
            " the register has it; or let the desk ask for this document when its holder comes.",
            field="family_name",
        )
    if person is not None and entry.state is State.VALID:
        _check_is_only(look, entry, person)
    return person


def _grounds(look: Look, entry: Entry) -> tuple[Rules, Centre]:
    """By which rules it is kept and of which centre it is, asked once a batch."""
    key = (_grounds, entry.document_type, entry.centre)
    return look.once(key, lambda: (rules_today(look, entry.document_type), centres.named(look, entry.centre)))


def _check_is_only(look: Look, entry: Entry, person: Person) -> None:
    """Conflict while the person has another document of this group (E15, E21, E24)."""
    group = document_types.get(entry.document_type).exclusive
    mine = Document.person_id == person.id, Document.exclusive == group, Document.state.in_(HELD_BY_HOLDER)
    if number := look.session.scalar(select(Document.number).where(*mine).limit(1)):
        raise Conflict(
            "This person has %(number)s, which has not ended. Write in the line of the older one when it ended.",
            field="state",
            number=number,
        )


def keep(act: Act, entry: Entry, *, is_stranger: bool) -> Document:
    """Keep one document of before, with its person; a part of an act, which it records."""
    person = check(act, entry, is_stranger=is_stranger)
    if person is None:
        person, version = people.add_stranger(act, entry.identity)
    else:
        version = versions.newest(act, person)
    request = _request(act, entry, person)
    request.person_version = version
    act.session.add(request)
    act.session.flush()
    document = _document(act, entry, request)
    act.session.add(document)
    act.session.flush()
    _end(act, entry, document)
    act.record("document.taken_over", request, document, person, centre_id=request.centre_id, how=entry.state)
    return document


def _request(look: Look, entry: Entry, person: Person) -> IssuanceRequest:
    rules, centre = _grounds(look, entry)
    days: dict[str, Any] = dict.fromkeys(("lodged_on", "due_on", "ended_on"), entry.issue_date)
    request = IssuanceRequest(
        id=uuid7(),
        reference=references.new_reference(),
        person=person,
        centre=centre,
        centre_id=centre.id,
        document_type=entry.document_type,
        kind=Kind.FIRST,
        rule_version=look.once((version_of, entry.document_type), lambda: version_of(look, rules)),
        entitlement_source=OF_BEFORE,
        retained_since=min((day for day in (entry.expiry_date, entry.ended_on) if day), default=None),
        missing=[],
        **days,
    )
    begin(request, RequestState.DELIVERED)
    return request


def _document(act: Act, entry: Entry, request: IssuanceRequest) -> Document:
    content = _content(entry, request)
    blob = act.vault.put(act.session, request.id, "content", content.model_dump_json().encode())
    document = Document(
        id=uuid7(),
        number=entry.number,
        document_type=entry.document_type,
        exclusive=document_types.get(entry.document_type).exclusive,
        request=request,
        person=request.person,
        issue_date=entry.issue_date,
        expiry_date=entry.expiry_date,
        content_id=blob.id,
        attempt=BEFORE,
    )
    begin(document, STATES[entry.state])
    return document


def _content(entry: Entry, request: IssuanceRequest) -> DocumentContent:
    latin, said = entry.identity.latin, entry.identity
    return DocumentContent(
        document_number=entry.number,
        family_name=latin.family_name,
        given_names=latin.given_names,
        native_name=said.native_name,
        birth_date=said.birth_date,
        birth_place=latin.birth_place,
        sex=said.sex,
        nationality=said.nationality,
        other_nationalities=tuple(said.other_nationalities.split()),
        issue_date=entry.issue_date,
        expiry_date=entry.expiry_date,
        place_of_issue=request.centre.name,
        personal_number=said.checked_cnp or "",
    )


def _end(act: Act, entry: Entry, document: Document) -> None:
    """How it ended, and on which day: at noon, since nobody knows the hour."""
    if entry.ended_on is None:
        return
    at = dt.datetime.combine(entry.ended_on, dt.time(12), OFFICE_ZONE).astimezone(dt.UTC)
    if entry.state is State.ENDED:
        act.session.add(Ending(document=document, ground=GROUND, at=at, by=act.actor.id))
        return
    act.session.add(
        LossReport(
            document=document,
            centre_id=document.request.centre_id,
            kind=entry.state,
            source="somebody_else",
            noticed_on=entry.ended_on,
            in_time=True,
            reported_at=at,
            outcome=entry.state,
            settled_at=at,
        )
    )
