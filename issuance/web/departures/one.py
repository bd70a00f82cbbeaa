"""The departure of the holder of a case: noted by a clerk, agreed by a supervisor, withdrawn (ADR 0101)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act
from issuance.law.documents import departures as law
from issuance.models.departures import Departure
from issuance.models.staff import RoleName
from issuance.services.clocks import departures as listed
from issuance.services.departures import noting
from issuance.services.departures.noting import MOST_NOTE, NOTING, Leaving
from issuance.states import ENDED
from issuance.web.case import access, card
from issuance.web.case.access import acting
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import language

blueprint = Blueprint("one", __name__, url_prefix="/cases/<uuid:request_id>/departure")

ENDINGS: dict[str, Any] = {
    "handed_over": lazy_gettext("the document was handed over"),
    "withdrawn": lazy_gettext("withdrawn"),
    "refused": lazy_gettext("not agreed to"),
    "over": lazy_gettext("the request ended"),
}
"""How a departure ended."""


@blueprint.get("")
@allow(*NOTING)
def show(request_id: UUID) -> ResponseReturnValue:
    """The departure of this case, and those before. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id, Form())


@blueprint.post("")
@allow(*NOTING)
def note(request_id: UUID) -> ResponseReturnValue:
    """Note on which day the person leaves, why, and which paper shows it."""
    form = Form.sent()
    with form.catch():
        leaving = Leaving(
            leaves_on=form.date("leaves_on"),
            ground=form.choice("ground", law.grounds()),
            evidence=form.choice("evidence", law.evidence()),
            note=form.text("note", required=False, limit=MOST_NOTE, lines=True),
        )
        with acting(form, request_id, None) as (act, case):
            noting.note(act, case, leaving)
        return _done(request_id, gettext("Noted. It goes ahead once a supervisor agrees who did not note it."))
    return _page(request_id, form)


@blueprint.post("/<uuid:departure_id>/agree")
@allow(RoleName.SUPERVISOR)
def agree(request_id: UUID, departure_id: UUID) -> ResponseReturnValue:
    """A supervisor agrees."""
    return _settle(request_id, departure_id, noting.agree, gettext("Agreed. The request goes ahead of others."))


@blueprint.post("/<uuid:departure_id>/withdraw")
@allow(*NOTING)
def withdraw(request_id: UUID, departure_id: UUID) -> ResponseReturnValue:
    """It is not needed any more, or not agreed to."""
    return _settle(request_id, departure_id, noting.withdraw, gettext("Withdrawn. The request waits as the others do."))


def _settle(
    request_id: UUID, departure_id: UUID, what: Callable[[Act, Departure], None], message: str
) -> ResponseReturnValue:
    form = Form.sent()
    with form.catch():
        with acting(form, request_id, None) as (act, case):
            what(act, noting.of_case(act, case, departure_id))
        return _done(request_id, message)
    return _page(request_id, form)


def _done(request_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("departures.one.show", request_id=request_id), 303)


def _page(request_id: UUID, form: Form) -> ResponseReturnValue:
    tongue = language()
    with access.looking(request_id) as (look, case):
        rows = noting.of(look, case)
        running = next((row for row in rows if row.ended_at is None), None)
        page = render_template(
            "departures/one.html",
            case=case,
            card=card.card(look, case),
            form=form,
            running=running,
            earlier=[row for row in rows if row is not running],
            notes=noting.notes(look, rows),
            too_late=listed.comes_too_late(look, [running] if running else []).get(case.id),
            is_open=case.state not in ENDED,
            may_agree=running is not None and _may_agree(running),
            ground_words={code: each.title.text(tongue) for code, each in law.grounds().items()},
            evidence_words={code: each.text(tongue) for code, each in law.evidence().items()},
            basis={code: each.legal_basis.text(tongue) for code, each in law.grounds().items()},
            endings=ENDINGS,
            rules=law.departure_rules_on(look.clock.today()),
            today=look.clock.today(),
            language=tongue,
        )
        return make_response(page, form.status)


def _may_agree(row: Departure) -> bool:
    actor = current_actor()
    return row.waits and RoleName.SUPERVISOR in actor.roles and row.noted_by != actor.id
