"""What the person of a case needs, which the desk sees; and why, read with a reason that is recorded (ADR 0093)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.law.persons import care
from issuance.services.care import observations, referrals
from issuance.services.care.observations import NOTING, Observed, Reason
from issuance.web.case import access, card
from issuance.web.case.access import acting
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language

blueprint = Blueprint("needs", __name__)

WHY_ENDED: dict[str, Any] = {
    "over": lazy_gettext("It is over"),
    "mistaken": lazy_gettext("It never was so"),
}
SHARES: dict[str, Any] = {
    "need": lazy_gettext("nothing, only what is needed"),
    "category": lazy_gettext("the vulnerability"),
    "note": lazy_gettext("the vulnerability and the note"),
}
SOURCES: dict[str, Any] = {
    "staff": lazy_gettext("noted here"),
    "case_handling": lazy_gettext("case handling"),
    "desk": lazy_gettext("ticked at the lodging"),
    "before": lazy_gettext("case handling or desk, before these pages"),
}
ENDINGS: dict[str, Any] = WHY_ENDED | {"lapsed": lazy_gettext("Its last day is over")}


@blueprint.get("/cases/<uuid:request_id>/needs")
@allow(*NOTING)
def show(request_id: UUID) -> ResponseReturnValue:
    """What the person of this case needs. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id)


@blueprint.post("/cases/<uuid:request_id>/needs")
@allow(*NOTING)
def note(request_id: UUID) -> ResponseReturnValue:
    """Note what was observed."""
    form = Form.sent()
    with form.catch():
        observed = Observed(
            category=form.choice("category", care.offered()),
            indicator=form.choice("indicator", care.indicators()),
            needs=form.choices("needs", care.needs()),
            other_need=form.text("other_need", required=False, limit=100),
            seen_on=form.date("seen_on", required=False),
            until=form.date("until", required=False),
            note=form.text("note", required=False, limit=2000, lines=True),
        )
        with acting(form, request_id, None) as (act, case):
            observations.note(act, case, observed)
        return _done(request_id, gettext("Noted. The desk sees what is needed, and not why."))
    return _page(request_id, note=form)


@blueprint.post("/cases/<uuid:request_id>/needs/<uuid:observation_id>/end")
@allow(*NOTING)
def end(request_id: UUID, observation_id: UUID) -> ResponseReturnValue:
    """It holds no more, or never did."""
    form = Form.sent()
    with form.catch():
        because = form.choice("because", WHY_ENDED)
        with acting(form, request_id, None) as (act, case):
            row = observations.observation_of(act, case.person, observation_id)
            observations.end(act, case, row, because)
        return _done(request_id, gettext("Noted. What it called for is not shown any more."))
    return _page(request_id, end=form)


@blueprint.post("/cases/<uuid:request_id>/needs/reasons")
@allow(*NOTING)
def reasons(request_id: UUID) -> ResponseReturnValue:
    """Read why. It is answered at once and has no address: nobody comes upon it by going back."""
    form = Form.sent()
    with form.catch():
        why = form.text("why")
        with acting(form, request_id, None) as (act, case):
            found = observations.read(act, case, why)

        return _page(request_id, found=found)
    return _page(request_id, why=form)


def _done(request_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("care.needs.show", request_id=request_id), 303)


def _page(request_id: UUID, found: list[Reason] | None = None, **sent: Form) -> ResponseReturnValue:
    tongue = language()
    usual = {"needs": [care.AHEAD]}
    with access.looking(request_id) as (look, case):
        page = render_template(
            "care/needs.html",
            case=case,
            card=card.card(look, case),
            found=found,
            can_read=observations.may_read(look, case.person),
            forms={"note": Form(usual), "end": Form(), "why": Form(), "refer": Form({"shares": "need"})} | sent,
            referrals=referrals.of(look, [each.row for each in found or ()]),
            recipients=_titles(care.recipients()),
            shares=options(SHARES.items()),
            shares_words=SHARES,
            title=lambda kind, code: care.title(kind, code, tongue),
            needs_words=card.needs_words,
            categories=_titles(care.offered()),
            indicators=_titles(care.indicators()),
            needs=_titles(care.needs()),
            why_ended=options(WHY_ENDED.items()),
            sources=SOURCES,
            endings=ENDINGS,
            basis=care.care().legal_basis.text(tongue),
        )
    answer = make_response(page, max((form.status for form in sent.values()), default=200))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _titles(known: dict[str, Any]) -> list[tuple[str, str]]:
    return [(code, each.title.text(language())) for code, each in known.items()]
