"""The end of a document: by its successor's hand-over, on a ground of the law, or given back damaged."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.law.documents import endings as law
from issuance.law.documents.endings import Ground
from issuance.models.documents import Document
from issuance.models.endings import Ending
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.feeds import outbox
from issuance.services.life import extensions, loss
from issuance.services.life.validity import HELD_BY_HOLDER, Standing
from issuance.states import DocumentState, advance

WHY_NOT_GIVEN_BACK = ("lost", "stolen", "elsewhere", "refused")
"""Why an old document is not on the table at the hand-over of its successor."""

SUCCESSIONS = {"tid_issued": "replaced", "permit_handed_over": "replaced"}
"""The ground of what ends a document when its successor is handed over."""


# Succession: a document that is handed over ends those that exclude it


@dataclass(frozen=True)
class OldDocuments:
    """What became of the old documents: the `numbers` that lie on the table, and `why_not` the others; codes."""

    numbers: frozenset[str] = frozenset()
    why_not: str = ""


def old_documents(look: Look, request: IssuanceRequest) -> list[Document]:
    """What the person has that ends when this request's document is handed over (E15, E21, E24): of its group."""
    query = select(Document).where(
        Document.person_id == request.person_id,
        Document.exclusive == document_types.get(request.document_type).exclusive,
        Document.state.in_(HELD_BY_HOLDER),
        Document.request_id != request.id,
    )
    return list(look.session.scalars(query.order_by(Document.id)))


def check_given_back(asked: Collection[str], said: OldDocuments) -> None:
    """InvalidInput unless each number lies on the table, or it is said why not, and nothing else does."""
    if strange := said.numbers - set(asked):
        raise InvalidInput(
            "surrendered_number",
            "%(number)s is no document of this person that ends now. Scan those that are named above.",
            number=", ".join(sorted(strange)),
        )
    missing = set(asked) - said.numbers
    if missing and said.why_not not in WHY_NOT_GIVEN_BACK:
        raise InvalidInput(
            "surrendered_number",
            "Take back %(numbers)s first: scan its number, or say below why it is not there.",
            numbers=", ".join(sorted(missing)),
        )


def succeed(act: Act, old: Collection[Document], said: OldDocuments, identity_confirmed_by: str) -> None:
    """End the old documents before the new one becomes valid, in the hand-over's own event."""
    for document in old:
        if document.number in said.numbers:
            _give_back(act, document, law.grounds()["replaced"])
        elif said.why_not in loss.KINDS:
            loss.settle_as(act, document, said.why_not, identity_confirmed_by)
        else:
            _end(act, document, law.grounds()["replaced"], binned=False)
    act.session.flush()


# On a ground


def end(act: Act, document: Document, ground_code: str, evidence: str, *, given_back: bool) -> None:
    """A document ends on a ground that the actor's role may state, with the number or day of the paper that says so.

    InvalidInput names the field; Conflict when the document is not the holder's any more.
    """
    centres.check_own(act, document.request)
    ground = law.stated(ground_code, document.document_type, act.actor.roles)
    _end_on(act, document, ground, evidence, given_back=given_back)


def end_at_border(act: Act, document: Document, ground_code: str, evidence: str) -> None:
    """The same at the border, where the document of any centre ends and stays with its holder. NotAllowed elsewhere."""
    if RoleName.BORDER_POLICE not in act.actor.roles:
        raise NotAllowed("Border police look documents up at the border. At the centre, search for the case.")
    ground = law.stated(ground_code, document.document_type, act.actor.roles)
    _end_on(act, document, ground, evidence, given_back=False)


def end_with_protection(act: Act, document: Document, decision_number: str) -> None:
    """Its protection ended by a final decision: the document does, of whichever centre. A part of that act."""
    _end_on(act, document, law.grounds()["protection_ended"], decision_number, given_back=False)


def _end_on(act: Act, document: Document, ground: Ground, evidence: str, *, given_back: bool) -> None:
    if not evidence.strip():
        raise InvalidInput("evidence", "Give the number and the date of the paper that says so.")
    if document.state not in HELD_BY_HOLDER:
        raise Conflict("This document has ended already, or was never handed over. Open it to see what happened.")
    if given_back:
        _give_back(act, document, ground, evidence.strip())
    else:
        _end(act, document, ground, evidence.strip(), binned=False)
    if ground.ends_right:
        outbox.end_right(act, document, ground.code)
    act.record(
        "document.ended",
        document,
        document.request,
        centre_id=document.request.centre_id,
        ground=ground.code,
        given_back=given_back,
        reason=evidence.strip(),
    )


def offered(document: Document, roles: Collection[str]) -> list[Ground]:
    """The grounds that somebody with these roles may state of this document."""
    if document.state not in HELD_BY_HOLDER:
        return []
    return [ground for ground in law.grounds().values() if ground.is_for(document.document_type, roles)]


def ending_of(look: Look, document: Document) -> Ending | None:
    """How this document ended, if by such an act."""
    return look.session.scalar(select(Ending).where(Ending.document_id == document.id))


def endings_of(look: Look, document_ids: Collection[UUID]) -> dict[UUID, Ending]:
    """How each of these documents ended by an act, by document; those that did not are left out."""
    found = look.session.scalars(select(Ending).where(Ending.document_id.in_(document_ids)))
    return {ending.document_id: ending for ending in found}


def has_happened(event: str, ending: Ending | None, standing: Standing) -> bool:
    """Whether this event of the type's `rules.ends` is what ended the document."""
    if event == "expiry":
        return standing == Standing.EXPIRED
    return ending is not None and ending.ground == SUCCESSIONS.get(event, event)


def _give_back(act: Act, document: Document, ground: Ground, evidence: str = "") -> None:
    """It lies on the table and goes into the bin; a report of its loss is settled by that."""
    if (report := loss.open_report(act, document)) is not None:
        loss.settle_found(act, report)
    _end(act, document, ground, evidence, binned=True)


def _end(act: Act, document: Document, ground: Ground, evidence: str = "", *, binned: bool) -> None:
    suspended = document.state == DocumentState.SUSPENDED
    state = "voided" if suspended else ground.given_back if binned else ground.kept
    advance(document, DocumentState(state), actor=act.actor)
    extensions.count_term(act, document)
    act.session.add(
        Ending(
            document=document,
            ground=ground.code,
            evidence=evidence,
            at=act.clock.now(),
            by=act.actor.id,
            binned_at=act.actor.centre_id if binned else None,
        )
    )
