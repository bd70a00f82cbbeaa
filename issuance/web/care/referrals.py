"""The paper that refers the person of a case to who can help; it is drawn at once and kept nowhere."""

from __future__ import annotations

from uuid import UUID

from babel import Locale
from flask import Blueprint, Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from issuance.errors import Conflict
from issuance.law.persons import care
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff
from issuance.services.care import observations, referrals
from issuance.services.care.observations import NOTING, Reason
from issuance.services.care.referrals import SHARES, Wanted
from issuance.web.case.access import acting
from issuance.web.case.card import needs_words
from issuance.web.case.specimen import sentence_about
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import partial_day
from printing import papers
from printing.errors import PrintingError
from printing.papers import Referral, Words

blueprint = Blueprint("referrals", __name__)

ON_PAPER = ("ro", "en")


@blueprint.post("/cases/<uuid:request_id>/needs/<uuid:observation_id>/referral")
@allow(*NOTING)
def refer(request_id: UUID, observation_id: UUID) -> ResponseReturnValue:
    """Refer the person, which is recorded; the answer is the paper."""
    form = Form.sent()
    with form.catch():
        recipient, shares = form.choice("recipient", care.recipients()), form.choice("shares", SHARES)
        wanted = Wanted(recipient, shares, form.ticked("consents"))
        with acting(form, request_id, None) as (act, case):
            row = observations.observation_of(act, case.person, observation_id)
            why = referrals.refer(act, case, row, wanted)
            clerk = act.session.get_one(Staff, act.actor.id).full_name
            data = referral_of(case, why, wanted, clerk)
        return _paper(data)
    for said in (*form.problems, *form.errors.values()):
        flash(said, "stop")
    return redirect(url_for("care.needs.show", request_id=request_id), 303)


def _paper(data: Referral) -> Response:
    try:
        composed = papers.compose(data, "en")
    except PrintingError as error:
        raise Conflict("The paper cannot be printed. %(why)s", why=sentence_about(error)) from error
    answer = Response(composed.pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="referral.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def referral_of(case: IssuanceRequest, why: Reason, wanted: Wanted, clerk: str) -> Referral:
    """What the paper says."""
    person, row = case.person, why.row
    needs = [*row.needs.split(), *([f"other: {row.other_need}"] if row.other_need else [])]
    said = [code for code in needs if code != care.OTHER]
    category = _words("category", row.category)
    return Referral(
        reference=case.reference,
        recipient=_words("recipient", wanted.recipient),
        holder=person.full_name,
        born_on=partial_day(person.birth_date),
        spoken=Words(*(Locale(each).languages.get(person.language, person.language) for each in ON_PAPER)),
        needs=Words(*("; ".join(needs_words(said, each)) for each in ON_PAPER)),
        clerk=clerk,
        centre_name=case.centre.name,
        centre_address=case.centre.address,
        why=category if wanted.shares != "need" else None,
        note=why.note or "",
    )


def _words(kind: care.Kind, code: str) -> Words:
    return Words(*(care.title(kind, code, each) for each in ON_PAPER))
