"""The papers of a review as PDF, in Romanian and a language that the person reads: notice, invitation, decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, request

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.errors import Conflict
from issuance.law.persons import withdrawal as law
from issuance.models.reviews import Review
from issuance.models.staff import Staff
from issuance.services.reviews import decisions, files, terms
from issuance.web.case.papers import written
from issuance.web.case.specimen import sentence_about
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.reviews.parts import DESK
from printing import papers
from printing.errors import PrintingError
from printing.papers import Paper, Renunciation, ReviewDecision, ReviewInvitation, Words

blueprint = Blueprint("papers", __name__, url_prefix="/reviews/<uuid:review_id>")


@blueprint.get("/notice.pdf")
@allow(*DESK)
def notice(review_id: UUID) -> Response:
    """The written notice of Art 103. It names the person, so its opening is recorded."""
    return _pdf(review_id, notice_of)


@blueprint.get("/invitation.pdf")
@allow(*DESK)
def invitation(review_id: UUID) -> Response:
    """The invitation to the interview that is fixed."""
    return _pdf(review_id, invitation_of)


@blueprint.get("/decision.pdf")
@allow(*DESK)
def decision(review_id: UUID) -> Response:
    """The decision, once two officers took it, with how to appeal."""
    return _pdf(review_id, decision_of)


@blueprint.get("/explanation.pdf")
@allow(*DESK)
def explanation(review_id: UUID) -> Response:
    """What a renunciation means."""
    return _pdf(review_id, explanation_of)


def _pdf(review_id: UUID, of: Callable[[Look, Review], Paper]) -> Response:
    office = current_office()
    with office.act(current_actor()) as act:
        files.read(act, review_id)
    with office.reading(current_actor()) as look:
        review = files.own(look, review_id)
        data = of(look, review)
    try:
        composed = papers.compose(data, _language(review))
    except PrintingError as error:
        raise Conflict("The paper cannot be printed. %(why)s", why=sentence_about(error)) from error
    answer = Response(composed.pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{data.file}.pdf"'
    return answer


# What each says.


def notice_of(look: Look, review: Review) -> Paper:
    """What the notice says: the grounds and the new elements, never the restricted detail."""
    statement = terms.last_day("hearing", look.clock.today(), review.procedure).day
    return papers.Review(
        **_shared(look, review),
        status=cast(Any, review.status),
        purpose=cast(Any, review.kind),
        procedure=cast(Any, review.procedure),
        opened_on=review.opened_at.astimezone(OFFICE_ZONE).date(),
        grounds=_grounds(review),
        facts=review.why,
        interview_at=_local(review),
        interview_place=review.interview_place if review.interview_at else "",
        statement_by=statement,
    )


def invitation_of(look: Look, review: Review) -> Paper:
    """What the invitation says; Conflict while no interview is fixed."""
    at = _local(review)
    if at is None:
        raise Conflict("No interview is fixed. Fix its day and place first.")
    return ReviewInvitation(**_shared(look, review), interview_at=at, interview_place=review.interview_place)


def decision_of(look: Look, review: Review) -> Paper:
    """What the decision says; Conflict before two officers took it."""
    decided = decisions.agreed_on(review)
    if decided is None or review.proposed_by is None or review.agreed_by is None:
        raise Conflict("Two officers have not decided yet. Open the review again.")
    ends, term = review.decision != "maintained", law.term("appeal", decided)
    days = term.accelerated if review.procedure == "accelerated" else term.regular
    return ReviewDecision(
        **_shared(look, review) | {"officer": _name(look, review.proposed_by)},
        status=cast(Any, review.status),
        outcome=cast(Any, review.decision),
        decision_number=review.decision_number,
        decided_on=decided,
        grounds=_grounds(review),
        reasons=review.reasons,
        appeal_days=days if ends else None,
        leaves=review.leaves,
        second_officer=_name(look, review.agreed_by),
    )


def explanation_of(look: Look, review: Review) -> Paper:
    """What the explanation says; Conflict for a review that is of no renunciation."""
    if not review.renounces:
        raise Conflict("This review rests on another ground: there is no renunciation to explain.")
    told = review.explained_on or look.clock.today()
    return Renunciation(
        **_shared(look, review),
        status=cast(Any, review.status),
        given_on=told,
        given_by=_name(look, look.actor.id) if look.actor.id else "",
        interpreter=review.explained_interpreter,
    )


def _shared(look: Look, review: Review) -> dict[str, Any]:
    case = review.request
    return {
        "reference": case.reference,
        "holder": review.person.full_name,
        "officer": _name(look, review.opened_by),
        "centre_name": case.centre.name,
        "centre_address": case.centre.address,
    }


def _name(look: Look, staff_id: UUID | None) -> str:
    return look.session.get_one(Staff, staff_id).full_name


def _grounds(review: Review) -> tuple[Words, ...]:
    languages = ("ro", "en", _language(review))
    return tuple(Words(*map(law.grounds()[code].in_, languages)) for code in review.ground_codes)


def _language(review: Review) -> str:
    """That of the paper beside Romanian: which was asked for, or the person's."""
    return written(request.args.get("language", review.person.language))


def _local(review: Review) -> dt.datetime | None:
    return review.interview_at.astimezone(OFFICE_ZONE) if review.interview_at else None
