"""Protected identities: marked from a case, who is named kept by supervisors, who tried shown to them (ADR 0093)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act, Look
from issuance.models.care import Protection
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.care import protection
from issuance.services.care.protection import Naming
from issuance.values import references
from issuance.web.case import access, card
from issuance.web.case.access import acting
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("protected", __name__)

SUPERVISORS = (RoleName.SUPERVISOR,)
QUEUES = (
    Queue(
        lazy_gettext("Protected records: who tried"),
        "care.protected.listed",
        SUPERVISORS,
        protection.unseen,
        urgent=True,
        group=Group.FOLLOW_UP,
    ),
)

MOST_NAMED = 5
"""How many are named at once when a record is marked; others are added to the list."""


@blueprint.route("/cases/<uuid:request_id>/protection", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def mark(request_id: UUID) -> ResponseReturnValue:
    """Mark the identity as protected, and name who opens it beside oneself."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            why = form.text("reason", limit=1000, lines=True)
            named = [Naming(email) for email in form.text("named", required=False, lines=True).split()]
            if len(named) > MOST_NAMED:
                form.refuse("named", gettext("At most %(most)s at once. Add the others afterwards.", most=MOST_NAMED))
            with acting(form, request_id, None) as (act, case):
                key = protection.mark(act, case, why, named).id
            return _done(key, gettext("Protected. Only the named open it from now on."))
    access.open_case(request_id)
    with access.looking(request_id) as (look, case):
        if row := protection.of(look, case.person):
            return redirect(url_for("care.protected.show", protection_id=row.id), 303)
        page = render_template("care/mark.html", form=form, case=case, card=card.card(look, case), most=MOST_NAMED)
        return make_response(page, form.status)


@blueprint.get("/protected")
@allow(*SUPERVISORS)
def listed() -> str:
    """The protected records of the centre: whose they are, only to the named; and how many tried."""
    with current_office().reading(current_actor()) as look:
        rows = protection.kept(look)
        return render_template(
            "care/protected.html",
            rows=[(row, _reference(look, row)) for row in rows],
            tried=protection.unseen_of(look, rows),
        )


@blueprint.get("/protected/<uuid:protection_id>")
@allow(*SUPERVISORS)
def show(protection_id: UUID) -> ResponseReturnValue:
    """One protected record: who is named, who tried."""
    return _page(protection_id)


@blueprint.post("/protected/<uuid:protection_id>/named")
@allow(*SUPERVISORS)
def name(protection_id: UUID) -> ResponseReturnValue:
    """Name somebody who opens it."""
    form = Form.sent()
    with form.catch():
        email, first = form.text("email", limit=200), form.date("from_day", required=False)
        naming = Naming(email, first, form.date("to_day", required=False))
        _act(form, protection_id, lambda act, row: protection.name(act, row, naming))
        return _done(protection_id, gettext("Named."))
    return _page(protection_id, form)


@blueprint.post("/protected/<uuid:protection_id>/named/<uuid:named_id>/end")
@allow(*SUPERVISORS)
def unname(protection_id: UUID, named_id: UUID) -> ResponseReturnValue:
    """Somebody opens it no more."""
    form = Form.sent()
    with form.catch():
        _act(form, protection_id, lambda act, row: protection.unname(act, row, named_id))
        return _done(protection_id, gettext("They do not open it any more."))
    return _page(protection_id, form)


@blueprint.post("/protected/<uuid:protection_id>/seen")
@allow(*SUPERVISORS)
def seen(protection_id: UUID) -> ResponseReturnValue:
    """Who tried was looked at."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            protection.see(act, protection.own(act, protection_id))
        return _done(protection_id, gettext("Kept that you looked at them."))
    return _page(protection_id, form)


@blueprint.post("/protected/<uuid:protection_id>/end")
@allow(*SUPERVISORS)
def end(protection_id: UUID) -> ResponseReturnValue:
    """The identity is protected no more."""
    form = Form.sent()
    with form.catch():
        _act(form, protection_id, protection.end)
        flash(gettext("The record is open again to everybody whose work it is."), "done")
        return redirect(url_for("care.protected.listed"), 303)
    return _page(protection_id, form)


def _act(form: Form, protection_id: UUID, what: Callable[[Act, Protection], object]) -> None:
    form.check()
    with current_office().act(current_actor()) as act:
        what(act, protection.own(act, protection_id))


def _reference(look: Look, row: Protection) -> str:
    """The reference of the case, for who is named."""
    if row.person_id in protection.hidden(look):
        return ""
    return references.grouped(look.session.get_one(IssuanceRequest, row.request_id).reference)


def _page(protection_id: UUID, form: Form | None = None) -> ResponseReturnValue:
    form = form or Form()
    with current_office().reading(current_actor()) as look:
        row = protection.own(look, protection_id)
        reference = _reference(look, row)
        page = render_template(
            "care/record.html",
            form=form,
            row=row,
            reference=reference,
            why=protection.why(look, row) if reference else "",
            named=protection.named(look, row),
            tried=protection.attempts(look, row),
        )
    return make_response(page, form.status)


def _done(protection_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("care.protected.show", protection_id=protection_id), 303)
