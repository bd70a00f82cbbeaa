"""What officers do on a review: restricted detail, the decision by two, its appeal, and the end."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from issuance.acts import Act
from issuance.models.reviews import Review
from issuance.services.reviews import decisions, ending, files
from issuance.services.reviews.decisions import Appeal, Proposal
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form
from issuance.web.reviews.parts import OFFICER, OPENERS, acting, done, page, recorded
from issuance.web.words import reviews as words

blueprint = Blueprint("deciding", __name__, url_prefix="/reviews/<uuid:review_id>")


@blueprint.post("/detail")
@allow(*OPENERS)
def invoke(review_id: UUID) -> ResponseReturnValue:
    """Keep the compelling reasons that the person invokes, as restricted detail."""
    said = gettext("Kept, for officers and supervisors of this centre alone.")
    return recorded(review_id, "detail", _reasons, _invoke, said)


def _reasons(form: Form) -> tuple[str, bool]:
    return form.text("compelling", limit=2000, lines=True), form.choice("accepted", ("yes", "no")) == "yes"


def _invoke(act: Act, review: Review, typed: tuple[str, bool]) -> None:
    files.invoke(act, review, typed[0], accepted=typed[1])


@blueprint.post("/proposal")
@allow(OFFICER)
def propose(review_id: UUID) -> ResponseReturnValue:
    """Propose the decision."""
    said = gettext("Proposed. Another decision officer reads the file and agrees.")
    return recorded(review_id, "proposal", _proposal, decisions.propose, said)


def _proposal(form: Form) -> Proposal:
    return Proposal(
        outcome=form.choice("decision", words.OUTCOMES),
        number=form.text("decision_number", limit=60),
        reasons=form.text("reasons", limit=2000, lines=True),
        leaves=form.ticked("leaves"),
    )


@blueprint.post("/agree")
@allow(OFFICER)
def agree(review_id: UUID) -> ResponseReturnValue:
    """A second officer agrees."""
    return _simply(review_id, decisions.agree, gettext("Decided. Print the decision, and deliver it."))


@blueprint.post("/decline")
@allow(OFFICER)
def decline(review_id: UUID) -> ResponseReturnValue:
    """The proposal is not agreed to, or taken back."""
    return _simply(review_id, decisions.decline, gettext("Declined. A decision is proposed anew."))


@blueprint.post("/appeal")
@allow(*OPENERS)
def appeal(review_id: UUID) -> ResponseReturnValue:
    """An appeal was lodged."""
    form = Form.sent()
    with form.catch():
        lodged = Appeal(form.date("appealed_on"), form.text("appeal_paper", limit=100))
        with acting(form, review_id) as (act, review):
            decisions.appeal(act, review, lodged)
            late = review.appeal_late
        return done(review_id, gettext("Recorded as late: the court says what becomes of it.") if late else _held())
    return page(review_id, appeal=form)


def _held() -> str:
    return str(gettext("Recorded. Nothing is final before its result."))


@blueprint.post("/result")
@allow(*OPENERS)
def settle(review_id: UUID) -> ResponseReturnValue:
    """The result of the appeal."""
    said = gettext("The result of the appeal is recorded.")
    return recorded(review_id, "result", _result, lambda act, row, typed: decisions.settle(act, row, *typed), said)


def _result(form: Form) -> tuple[str, Appeal]:
    result = form.choice("appeal_result", words.RESULTS)
    return result, Appeal(form.date("final_on"), form.text("final_paper", limit=100))


@blueprint.post("/final")
@allow(OFFICER)
def end(review_id: UUID) -> ResponseReturnValue:
    """The decision is final: what the status gives this person is void."""
    form = Form.sent()
    with form.catch():
        with acting(form, review_id) as (act, review):
            count = len(ending.withdraw(act, review))
        said = ngettext(
            "The protection has ended. %(num)d document of this person is void; nobody else's is.",
            "The protection has ended. %(num)d documents of this person are void; nobody else's are.",
            count,
        )
        return done(review_id, said)
    return page(review_id, final=form)


@blueprint.post("/stop")
@allow(*OPENERS)
def stop(review_id: UUID) -> ResponseReturnValue:
    """It was opened by mistake, and the person was not told."""
    said = gettext("The review is stopped. The person keeps the protection.")
    return recorded(review_id, "stop", lambda form: form.text("reason"), files.stop, said)


def _simply(review_id: UUID, what: Callable[[Act, Review], None], message: str) -> ResponseReturnValue:
    """An act that asks for nothing but that the page is the newest."""
    return recorded(review_id, "answer", lambda _form: None, lambda act, review, _nothing: what(act, review), message)
