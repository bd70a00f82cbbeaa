"""What a final withdrawal does: an officer's act, never a timer's. It voids the documents of this person and of nobody
else (Law 122/2006, Art 104(2)), and what rests on the status afterwards is refused (ADR 0090)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.errors import RuleViolation
from issuance.law.documents import endings as law
from issuance.law.office.feeds import Happening
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.services import centres
from issuance.services.feeds import outbox
from issuance.services.life import endings
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.persons import people
from issuance.services.persons.versions import Made
from issuance.services.reviews import decisions, files
from issuance.services.rule_versions import types
from issuance.states import ENDED, ReviewState
from issuance.values.codes import Status

GROUND = "protection_ended"


def withdraw(act: Act, review: Review) -> list[Document]:
    """The decision is final: the documents that the status gives this person are void, and the status has ended.

    RuleViolation before that day, while an appeal waits, and after the end. Which documents it was.
    """
    centres.check_own(act, review)
    files.check_role(act, decisions.DECIDING, decisions.DECIDES)
    files.check_open(review)
    final_on = _check_final(act, review)
    people.lock(act, review.person)
    found = documents(act, review)
    outbox.tell(
        act,
        Happening.RIGHT_ENDED,
        review.person,
        ground=GROUND,
        order_to_leave=review.leaves,
        appeal_suspends=False,
        final_on=final_on,
    )
    for document in found:
        endings.end_with_protection(act, document, review.decision_number)
    if review.person.status == review.status:
        made = Made("review", review.decision_number, by=review.proposed_by, agreed_by=review.agreed_by)
        people.change(act, review.person, {"status": Status.ENDED}, made)
    review.final_on = final_on
    files.end(act, review, ReviewState.WITHDRAWN)
    act.record(
        "review.final",
        *(review, review.request, review.person, *found),
        decision=review.decision,
        on=final_on.isoformat(),
        voided=len(found),
        leaves=review.leaves,
    )
    return found


def _check_final(act: Act, review: Review) -> dt.date:
    final_on = decisions.final_from(review)
    if final_on is None or review.state not in (ReviewState.COMMUNICATED, ReviewState.APPEALED):
        raise RuleViolation(
            "E9",
            "Law 122/2006, Art 105",
            "The decision is not final: it was not delivered, or its appeal waits for a result.",
        )
    if act.clock.today() < final_on:
        raise RuleViolation(
            "E9",
            "Law 122/2006, Art 105",
            "The decision can be appealed against until the end of the term: it is final on %(day)s at the earliest.",
            day=f"{final_on:%d.%m.%Y}",
        )
    return final_on


def documents(look: Look, review: Review) -> list[Document]:
    """The documents of this person, and of no other, that the status gives and that have not ended."""
    query = select(Document).where(
        Document.person_id == review.person_id,
        Document.document_type.in_(given_by(look, review.status)),
        Document.state.in_(HELD_BY_HOLDER),
    )
    return list(look.session.scalars(query.order_by(Document.id)))


def resting(look: Look, review: Review) -> list[IssuanceRequest]:
    """The open requests of this person that rest on the status: after a final withdrawal they are refused."""
    query = select(IssuanceRequest).where(
        IssuanceRequest.person_id == review.person_id,
        IssuanceRequest.document_type.in_(given_by(look, review.status)),
        IssuanceRequest.state.not_in(ENDED),
    )
    return list(look.session.scalars(query.order_by(IssuanceRequest.id)))


def given_by(look: Look, status: str) -> Collection[str]:
    """The document types that this status gives, and that end with it."""
    today = look.clock.today()
    known = {code: kind for code, kind in types(look).items() if code in law.grounds()[GROUND].types}
    return [code for code, kind in known.items() if status in kind.rules_on(today).entitlement.statuses]


def check_not_withdrawn(look: Look, person: Person, document_type: str, decided_on: dt.date | None) -> None:
    """RuleViolation for a document that rests on a status which a final decision withdrew from this person.

    An open review keeps nobody from a document, and a decision after the final one grants protection anew.
    """
    if is_new(person):
        return
    ended = (Review.person_id == person.id, Review.state == ReviewState.WITHDRAWN)
    for review in look.session.scalars(select(Review).where(*ended).order_by(Review.final_on.desc())):
        assert review.final_on is not None
        is_later = decided_on is not None and decided_on > review.final_on
        if not is_later and document_type in given_by(look, review.status):
            raise RuleViolation(
                "E9",
                law.grounds()[GROUND].legal_basis.en,
                "A final decision of %(day)s ended the protection on which this document rests. Refuse the request,"
                " or give the newer decision that grants protection.",
                field="decision_number",
                day=f"{review.final_on:%d.%m.%Y}",
            )
