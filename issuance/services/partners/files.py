"""The files that a body may see: those of persons whose mandate with consent holds today; each look is told (E12)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.mandates import Body, Mandate
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.services.care import protection
from issuance.services.life.validity import Standing, standing
from issuance.services.mandates import asking, bodies, uses
from issuance.services.reviews import files as reviews

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A document of the file, and what it is today."""

    document: Document
    standing: Standing


@dataclass(frozen=True, slots=True)
class File:
    """What a body sees of a person, and by which mandate."""

    person: Person
    mandate: Mandate
    requests: list[IssuanceRequest]
    documents: list[Shown]
    reviews: list[Review]


def body_of(look: Look) -> Body:
    """The body whose account looks. NotAllowed for an account that is nobody's, and where the body ended."""
    body = bodies.seeing(look)
    if body is None:
        raise NotAllowed("This account belongs to no body that acts for persons. Ask the administrator of the office.")
    return body


def listed(look: Look, before: UUID | None = None) -> list[Mandate]:
    """The mandates by which the body sees a file today, the newest first, from the one after `before` on.

    One more than a page holds, when there are more; none for an account that is nobody's.
    """
    body = bodies.seeing(look)
    if body is None:
        return []
    query = select(Mandate).where(Mandate.body_id == body.id, asking.holds("see_file", look.clock.today()))
    query = query.where(Mandate.person_id.not_in(protection.hidden(look)))
    if before is not None:
        query = query.where(Mandate.id < before)
    return list(look.session.scalars(query.order_by(Mandate.id.desc()).limit(PAGE_ROWS + 1)))


def open_file(act: Act, mandate_id: UUID) -> None:
    """The body looks at the file of a mandate: recorded, and told to the person. NotFound when it may not today."""
    mandate = _mandate(act, mandate_id)
    uses.note(act, mandate, "file_seen")
    act.record("mandate.file_seen", mandate, mandate.person, kind=mandate.kind)


def file(look: Look, mandate_id: UUID) -> File:
    """What the body sees. NotFound as of `open_file`."""
    mandate = _mandate(look, mandate_id)
    asked = select(IssuanceRequest).where(IssuanceRequest.person_id == mandate.person_id)
    requests = list(look.session.scalars(asked.order_by(IssuanceRequest.id.desc())))
    made = select(Document).where(Document.person_id == mandate.person_id).order_by(Document.id.desc())
    shown = [Shown(each, standing(look, each)) for each in look.session.scalars(made)]
    hidden = (Standing.IN_THE_MAKING, Standing.CANCELLED)
    seen = [each for each in shown if each.standing not in hidden]
    return File(mandate.person, mandate, requests, seen, reviews.of_person(look, mandate.person))


def _mandate(look: Look, mandate_id: UUID) -> Mandate:
    found, body = look.session.get(Mandate, mandate_id), body_of(look)
    if found is not None and found.person_id in protection.hidden(look):
        found = None  # a protected record is none to who is not named
    if found is None or found.body_id != body.id or not asking.may(look, found, "see_file", look.clock.today()):
        raise NotFound("There is no such file for you. Open the list again.")
    return found
