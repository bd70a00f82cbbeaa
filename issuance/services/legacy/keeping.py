"""A document of before is kept as what it is: a document, of a request that nobody lodged here.

So whatever looks at documents - loss, lists, verifier, renewal, search, decrees, statistics - needs to know nothing of
it. What made it is not here: it has no print job and no hand-over, its attempt is 0, and its content has no portrait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE
from issuance.db import uuid7
from issuance.document_types import Rules
from issuance.errors import Conflict
from issuance.models.documents import BEFORE, Document
from issuance.models.endings import Ending, LossReport
from issuance.models.people import Person, PersonVersion
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services import centres
from issuance.services.imports import lines
from issuance.services.imports.lines import Decision
from issuance.services.legacy.entries import Entry, State
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.persons import keys, people, records, versions
from issuance.services.rule_versions import rules_today, version_of
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


def known(look: Look, entries: Iterable[Entry]) -> dict[str, bool]:
    """Of the numbers of these that the register has, whether a file before brought that very document."""
    said = {entry.number: _said(entry) for entry in entries}
    found = look.session.scalars(select(Document).where(Document.number.in_(said)))
    return {row.number: _kept(row) == said[row.number] for row in found}


def _said(entry: Entry) -> tuple[object, ...]:
    return BEFORE, entry.document_type, entry.issue_date, entry.expiry_date


def _kept(row: Document) -> tuple[object, ...]:
    return row.attempt, row.document_type, row.issue_date, row.expiry_date


def taken() -> Conflict:
    """The refusal of a number that another document has."""
    return Conflict("The register has another document of this number. Compare both.", field="number")


def check_rules(look: Look, entry: Entry) -> None:
    """What its type's rules and the list of centres refuse of it, whosever it is."""
    rules, _ = _grounds(look, entry)
    rules.check_status(entry.identity.status)


def whose(look: Look, entry: Entry, decision: Decision | None) -> Person | None:
    """Whose document it is, as its numbers and names or somebody's decision say; None for somebody new.

    Undecided while somebody alike was not decided on; Conflict for a number that is another's.
    """
    chosen = lines.person_of(look, entry, decision)
    person = people.meant_or_new(look, entry.identity, chosen)
    return person if chosen else None


def _grounds(look: Look, entry: Entry) -> tuple[Rules, Centre]:
    """By which rules it is kept and of which centre it is, asked once a batch."""
    key = (_grounds, entry.document_type, entry.centre)
    return look.once(key, lambda: (rules_today(look, entry.document_type), centres.named(look, entry.centre)))


def held(look: Look, persons: Collection[UUID]) -> dict[tuple[UUID, str], str]:
    """The number of the document that each of these persons has of each group, and that has not ended."""
    columns = (Document.person_id, Document.exclusive, Document.number)
    query = select(*columns).where(Document.person_id.in_(persons), Document.state.in_(HELD_BY_HOLDER))
    return {(person_id, group): number for person_id, group, number in look.session.execute(query)}


def number_of(look: Look, entry: Entry, person: Person) -> str | None:
    """The number of the document of this group that the person has and that has not ended."""
    return held(look, [person.id]).get((person.id, group_of(entry)))


def check_only(entry: Entry, number: str | None) -> None:
    """Conflict for a valid one while the person has this other document of its group (E15, E21, E24)."""
    if entry.state is State.VALID and number:
        raise Conflict(
            "This person has %(number)s, which has not ended. Write in the line of the older one when it ended.",
            field="state",
            number=number,
        )


def group_of(entry: Entry) -> str:
    """Of which documents one person has one at a time."""
    return document_types.get(entry.document_type).exclusive


def keep_one(act: Act, entry: Entry, decision: Decision | None) -> Document:
    """Keep one document of before, whose person is sought; a part of an act, which it records."""
    check_rules(act, entry)
    person = whose(act, entry, decision)
    if person is None:
        person, version = people.add_stranger(act, entry.identity)
        if decision:
            records.keep_two(act, person, decision.shown)
    else:
        check_only(entry, number_of(act, entry, person))
        version = versions.newest(act, person)
        keys.remember(act, person, entry.identity)
    return keep(act, entry, version, person)


def keep(act: Act, entry: Entry, version: PersonVersion, person: Person) -> Document:
    """Keep one document of before that was checked, of this person; a part of an act, which it records."""
    request = _request(act, entry, person)
    request.person_version = version
    act.session.add(request)
    document = _document(act, entry, request)
    act.session.add(document)
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
    blob = act.vault.put_first(act.session, request.id, "content", content.model_dump_json().encode())
    document = Document(
        id=uuid7(),
        number=entry.number,
        document_type=entry.document_type,
        exclusive=group_of(entry),
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
