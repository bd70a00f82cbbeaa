"""Where a person lives: the history, a move, the end of a housing, and why a move was told late (E11)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Look
from issuance.law.persons.residence import late_reasons, residence_rules_on, typed
from issuance.models.requests import IssuanceRequest
from issuance.models.residence import Residence
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.evidence import papers
from issuance.services.housing import lists, moving
from issuance.services.housing.moving import Said
from issuance.services.residence import history
from issuance.web.case import access
from issuance.web.case.access import acting, same_person
from issuance.web.case.card import card
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language
from issuance.web.residence.words import REPORTED, reasons, ways

blueprint = Blueprint("places", __name__, url_prefix="/cases/<uuid:request_id>/lives")

DESK = (RoleName.CLERK, RoleName.SUPERVISOR)


@blueprint.get("")
@allow(*DESK)
def show(request_id: UUID) -> ResponseReturnValue:
    """Everywhere the person of this case lived, and the form of a move. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id)


@blueprint.post("")
@allow(RoleName.CLERK)
def move(request_id: UUID) -> ResponseReturnValue:
    """The person lives elsewhere."""
    form = Form.sent()
    with form.catch():
        said = _said(form)
        with acting(form, request_id, same_person) as (act, found):
            row = moving.move(act, found, said)
            late = row.is_late
        words = gettext("The move is recorded. It was told late: that is kept with it, and hinders nothing.")
        return _done(request_id, words if late else gettext("The residence is recorded."))
    return _page(request_id, move=form)


def _said(form: Form) -> Said:
    return Said(
        address=form.text("address", required=False),
        house=form.text("house", required=False, limit=40),
        moved_on=form.date("moved_on", required=False),
        leaves_on=form.date("leaves_on", required=False),
        reported_on=form.date("reported_on"),
        reported_by=form.choice("reported_by", typed()),
        evidence=form.text("evidence", required=False),
        late_because=form.choice("late_because", late_reasons(), required=False),
    )


@blueprint.post("/left")
@allow(RoleName.CLERK)
def leave(request_id: UUID) -> ResponseReturnValue:
    """The person lives there no more, and nobody knows where instead."""
    form = Form.sent()
    with form.catch():
        on = form.date("moved_out_on", required=False)
        with acting(form, request_id, same_person) as (act, found):
            moving.leave(act, found, on)
        return _done(request_id, gettext("Recorded. The office does not know now where the person lives."))
    return _page(request_id, leave=form)


@blueprint.post("/until")
@allow(RoleName.CLERK)
def announce(request_id: UUID) -> ResponseReturnValue:
    """The last day of a housing is known, or is not any more."""
    form = Form.sent()
    with form.catch():
        day = form.date("leaves_on", required=False)
        with acting(form, request_id, None) as (act, found):
            moving.announce(act, found, day)
        return _done(request_id, gettext("The last day of the housing is recorded."))
    return _page(request_id, until=form)


@blueprint.post("/<uuid:residence_id>/late")
@allow(*DESK)
def explain(request_id: UUID, residence_id: UUID) -> ResponseReturnValue:
    """Why this move was told late."""
    form = Form.sent()
    with form.catch():
        because = form.choice("because", late_reasons())
        with acting(form, request_id, None) as (act, found):
            moving.explain(act, found, residence_id, because)
        return _done(request_id, gettext("The reason is recorded."))
    return _page(request_id, **{f"late-{residence_id}": form})


def _done(request_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("residence.places.show", request_id=request_id), 303)


def _page(request_id: UUID, **sent: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, found):
        now, rows = history.current(look, found.person), lists.of(look, found.person)
        if "move" in sent and sent["move"].stale:
            sent["move"].compare({"address": found.person.address}, found.person.version)
        page = render_template(
            "residence/places.html",
            case=found,
            card=card(look, found),
            now=now,
            missing=history.is_missing(look, found),
            rows=[(row, _article(row)) for row in rows],
            forms=_forms(look, found, now, rows) | sent,
            outdated=lists.outdated(look, found.person),
            replacement=residence_rules_on(look.clock.today()).replacement.legal_basis.text(language()),
            scans=[each for each in papers.attached(look, found) if each.code == "proof_of_residence"],
            is_clerk=RoleName.CLERK in look.actor.roles,
            houses=options((house.code, house.name) for house in centres.listed(look) if house.active),
            reported=REPORTED,
            ways=ways(),
            reasons=reasons(),
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))


def _forms(look: Look, found: IssuanceRequest, now: Residence | None, rows: list[Residence]) -> dict[str, Form]:
    """The forms of the page as they begin."""
    version = {"version": found.person.version}
    today = look.clock.today().isoformat()
    until = {"leaves_on": now.leaves_on.isoformat()} if now and now.leaves_on else {}
    late = {f"late-{row.id}": Form({"because": row.late_because}) for row in rows if row.is_late}
    begun = Form(version | {"reported_on": today, "reported_by": "desk"})
    return {"move": begun, "leave": Form(version), "until": Form(until)} | late


def _article(row: Residence) -> str:
    """The article of the term by which the move was to be told."""
    if row.moved_on is None or not row.term:
        return ""
    rules = residence_rules_on(row.moved_on)
    return (rules.review if row.term == "review" else rules.otherwise).legal_basis.text(language())
