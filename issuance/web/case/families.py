"""The family of a person as pages about a case show it: who, their cases, and whether their documents hold today."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from issuance.acts import Look
from issuance.models.documents import Document
from issuance.models.people import FamilyLink, Person
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import cases
from issuance.services.life.validity import Standing, standing
from issuance.services.persons import family
from issuance.states import RequestState

TIES: dict[str, Any] = {
    "spouse": lazy_gettext("Spouse"),
    "child": lazy_gettext("Child"),
    "parent": lazy_gettext("Parent"),
    "responsible_adult": lazy_gettext("Responsible adult"),
    "ward": lazy_gettext("Minor in the person's care"),
}
SOURCES: dict[str, Any] = {
    "person": lazy_gettext("The person"),
    "relative": lazy_gettext("The relative"),
    "case_handling": lazy_gettext("Case handling"),
    "authority": lazy_gettext("Another authority"),
}
WHY_ENDED: dict[str, Any] = {
    "over": lazy_gettext("It is over"),
    "mistaken": lazy_gettext("It never was: recorded by mistake"),
}


MANDATE_KINDS: dict[str, Any] = {
    "representative": lazy_gettext("Representative who accompanies"),
    "guardian": lazy_gettext("Guardian, appointed"),
    "family": lazy_gettext("Member of the family"),
    "lawyer": lazy_gettext("Lawyer"),
    "organisation": lazy_gettext("Organisation"),
    "unhcr": lazy_gettext("UNHCR"),
}
"""Why somebody acts for a person (`families.toml`)."""

SCOPES: dict[str, Any] = {
    "see_status": lazy_gettext("ask how far it is"),
    "receive_notices": lazy_gettext("receive notices"),
    "collect": lazy_gettext("be present when a minor collects"),
    "sign": lazy_gettext("sign"),
    "see_file": lazy_gettext("see the file"),
}
"""What a mandate allows."""

USES: dict[str, Any] = {
    "status_told": lazy_gettext("was told how far it is"),
    "collected": lazy_gettext("was present when the document was collected"),
    "receipt_signed": lazy_gettext("signed for the document"),
    "rights_signed": lazy_gettext("signed the notice of rights"),
    "file_seen": lazy_gettext("looked at the file"),
}
"""What was done by a mandate."""


@dataclass(frozen=True, slots=True)
class FamilyDocument:
    """A document of a relative, and what it is today."""

    number: str
    document_type: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """A relative with what the register has of them; `link` says on what it rests."""

    person: Person
    tie: str
    link: FamilyLink
    cases: list[IssuanceRequest]
    documents: list[FamilyDocument]


def members(look: Look, person: Person) -> list[FamilyMember]:
    """The family of the person; who was family once comes last."""
    found = family.relatives(look, person)
    if not found:
        return []
    ids = {relative.person.id for relative in found}
    cases_of, documents_of = _cases(look, ids), _documents(look, ids)
    return [
        FamilyMember(
            relative.person,
            str(TIES[relative.tie]),
            relative.link,
            cases_of.get(relative.person.id, []),
            documents_of.get(relative.person.id, []),
        )
        for relative in found
    ]


def cases_together(look: Look, person: Person) -> list[IssuanceRequest]:
    """Every request of the person's household that its reader may open, the oldest first."""
    query = select(IssuanceRequest).where(
        IssuanceRequest.person_id.in_(family.household(look, person)), *cases.open_to(look)
    )
    return list(look.session.scalars(query.order_by(IssuanceRequest.id)))


def next_ready(look: Look, together: Iterable[IssuanceRequest]) -> IssuanceRequest | None:
    """The next of a household's requests whose document waits here for its holder."""
    here = (case for case in together if case.centre_id == look.actor.centre_id)
    return next((case for case in here if case.state == RequestState.READY), None)


def _cases(look: Look, people: Collection[UUID]) -> dict[UUID, list[IssuanceRequest]]:
    query = select(IssuanceRequest).where(IssuanceRequest.person_id.in_(people), *cases.open_to(look))
    found: dict[UUID, list[IssuanceRequest]] = {}
    for case in look.session.scalars(query.order_by(IssuanceRequest.id)):
        found.setdefault(case.person_id, []).append(case)
    return found


def _documents(look: Look, people: Collection[UUID]) -> dict[UUID, list[FamilyDocument]]:
    """What was handed over; what is still made is seen in its case."""
    query = select(Document).where(Document.person_id.in_(people)).order_by(Document.id)
    query = query.options(lazyload(Document.request), lazyload(Document.person))
    found: dict[UUID, list[FamilyDocument]] = {}
    for document in look.session.scalars(query):
        now = standing(look, document)
        if now not in (Standing.IN_THE_MAKING, Standing.CANCELLED):
            shown = FamilyDocument(document.number, document.document_type, now)
            found.setdefault(document.person_id, []).append(shown)
    return found
