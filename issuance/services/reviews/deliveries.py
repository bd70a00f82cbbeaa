"""Papers of a review that were delivered: the notice, an invitation, the decision (Law 122/2006, Art 103 to 105)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.clock import office_day
from issuance.errors import Conflict, InvalidInput
from issuance.law.office import text_reviews
from issuance.models.reviews import Review, ReviewDelivery
from issuance.services import centres
from issuance.services.reviews import files, terms
from issuance.states import ReviewState
from issuance.values.calendar import check_past
from issuance.values.codes import one_of

HOW = ("at_the_desk", "at_home", "by_post", "to_representative", "posted_at_the_door")
"""How a paper came to the person."""


@dataclass(frozen=True)
class Delivered:
    """A paper was delivered: when, how, in which language beside Romanian, through whom, signed or refused."""

    on: dt.date | None
    how: str
    language: str
    interpreter: str = ""
    signed: bool = True


def notify(act: Act, review: Review, delivered: Delivered) -> ReviewDelivery:
    """The written notice was delivered (Art 103(1))."""
    _check(act, review, (ReviewState.OPENED,), "The notice of this review was delivered already.")
    row = row_of(act, review, "notice", delivered)
    row.interview_at = _in_time(review, row.delivered_on)
    review.notified_on = row.delivered_on
    terms.move(act, review, ReviewState.NOTIFIED)
    terms.note(act, review, "notice")
    _keep(act, review, row)
    act.record("review.notified", review, review.request, review.person, **said(row))
    return row


def invite(act: Act, review: Review, delivered: Delivered) -> ReviewDelivery:
    """The invitation to the interview that is fixed was delivered (Art 103(4))."""
    _check(act, review, (ReviewState.NOTIFIED,), "Nobody is invited now: the notice comes first, the hearing once.")
    if review.interview_at is None:
        raise Conflict("No interview is fixed. Fix its day and place first.")
    row = row_of(act, review, "invitation", delivered)
    row.interview_at = _in_time(review, row.delivered_on)
    if row.interview_at is None:
        due = terms.last_day("preparation", row.delivered_on, review.procedure)
        raise InvalidInput(
            "delivered_on",
            "The interview is too early for this delivery: nobody is heard before %(day)s (%(article)s). Fix a later"
            " interview, and deliver its invitation.",
            day=f"{due.day:%d.%m.%Y}",
            article=due.term.legal_basis.en,
        )
    _keep(act, review, row)
    act.record("review.invited", review, review.request, review.person, **said(row))
    return row


def communicate(act: Act, review: Review, delivered: Delivered) -> ReviewDelivery:
    """The decision was delivered: the term of the appeal begins (Art 105); protection that is kept ends the review."""
    _check(act, review, (ReviewState.AGREED,), "There is no decision to deliver. Open the review again.")
    row = row_of(act, review, "decision", delivered)
    assert review.agreed_at is not None
    if row.delivered_on < office_day(review.agreed_at):
        raise InvalidInput("delivered_on", "The decision was taken later than this day. Correct the day.")
    review.communicated_on = row.delivered_on
    if review.decision == "maintained":
        files.end(act, review, ReviewState.MAINTAINED)
    else:
        review.appeal_until = terms.last_day("appeal", row.delivered_on, review.procedure).day
        terms.move(act, review, ReviewState.COMMUNICATED)
    terms.note(act, review, "communication")
    _keep(act, review, row)
    act.record("review.communicated", review, review.request, review.person, **said(row))
    return row


def of(look: Look, review: Review) -> list[ReviewDelivery]:
    """What was delivered, in its order."""
    query = select(ReviewDelivery).where(ReviewDelivery.review_id == review.id).order_by(ReviewDelivery.id)
    return list(look.session.scalars(query))


def is_invited(look: Look, review: Review) -> bool:
    """Whether somebody was invited in time to the interview that is fixed."""
    return review.interview_at is not None and any(row.interview_at == review.interview_at for row in of(look, review))


def _check(act: Act, review: Review, states: Collection[ReviewState], otherwise: str) -> None:
    centres.check_own(act, review)
    files.check_role(act, files.DESK, "A clerk or a decision officer delivers papers. Ask one.")
    if review.state not in states:
        raise Conflict(otherwise)


def row_of(act: Act, review: Review, what: str, delivered: Delivered) -> ReviewDelivery:
    """The delivery as it is kept; InvalidInput names the field."""
    if delivered.on is None:
        raise InvalidInput("delivered_on", "Say on which day the paper was delivered.")
    check_past("delivered_on", delivered.on, act.clock.today())
    if delivered.on < office_day(review.opened_at):
        raise InvalidInput("delivered_on", "The review was opened later than this day. Correct the day.")
    return ReviewDelivery(
        review_id=review.id,
        what=what,
        delivered_on=delivered.on,
        how=one_of("how", delivered.how, HOW),
        language=files.required("language", delivered.language, "Say in which language the person was told."),
        interpreter=_interpreter(delivered),
        signed=delivered.signed,
        recorded_by=act.actor.id,
        recorded_at=act.clock.now(),
    )


def _interpreter(delivered: Delivered) -> str:
    """Who explained it; a translation that nobody has read does not do without (ADR 0080)."""
    interpreter = delivered.interpreter.strip()
    if not interpreter and text_reviews.is_by_machine(delivered.language):
        raise InvalidInput(
            "interpreter",
            "Nobody has read this translation, so an interpreter explains the paper (Law 122/2006, Art 103(2)). Name"
            " who it was, or choose a language that the person understands.",
        )
    return interpreter


def _in_time(review: Review, delivered_on: dt.date) -> dt.datetime | None:
    """The interview that is fixed, when who is told on this day has the days to prepare for it."""
    if review.interview_at is None:
        return None
    earliest = terms.last_day("preparation", delivered_on, review.procedure).day
    return review.interview_at if office_day(review.interview_at) >= earliest else None


def _keep(act: Act, review: Review, row: ReviewDelivery) -> None:
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        raise Conflict("This paper was delivered already. Open the review again.") from error


def said(row: ReviewDelivery) -> dict[str, Any]:
    """What the event of a delivery says of it."""
    return {"language": row.language, "how": row.how, "signed": row.signed, "on": row.delivered_on.isoformat()}
