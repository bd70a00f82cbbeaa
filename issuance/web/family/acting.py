"""What those who act for a person are told and may see: a status at the window, notices by e-mail, the file (E12)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.errors import InvalidInput
from issuance.models.staff import RoleName
from issuance.services.mandates import consents, giving, uses
from issuance.services.notices import representatives
from issuance.web import consenting
from issuance.web.case import access
from issuance.web.case.access import acting
from issuance.web.case.card import card
from issuance.web.family.mandate_page import done, page
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form

blueprint = Blueprint("acting", __name__, url_prefix="/cases/<uuid:request_id>/mandates/<uuid:mandate_id>")


@blueprint.post("/status-told")
@allow(RoleName.CLERK)
def tell(request_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """At the window whoever holds the mandate was told how far the request is."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id, None) as (act, found):
            who = uses.tell_status(act, found, mandate_id).shown
        return done(request_id, gettext("Recorded: %(who)s was told how far the request is.", who=who))
    return page(request_id, act=form)


@blueprint.post("/address")
@allow(RoleName.CLERK)
def write_to(request_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """Whoever holds the mandate agrees to be written to at an e-mail address."""
    form = Form.sent()
    with form.catch():
        address = form.text("address", limit=254)
        if not form.ticked("agrees"):
            raise InvalidInput("agrees", "Ask who acts for the person, and tick it when they agree.")
        with acting(form, request_id, None) as (act, found):
            representatives.give(act, found, mandate_id, address)
        return done(request_id, gettext("The address is kept. A first notice goes there now."))
    return page(request_id, act=form)


@blueprint.get("/consent")
@allow(RoleName.CLERK)
def read(request_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """The text that is read to the person before they consent, beside Romanian. The opening is recorded."""
    access.open_case(request_id)
    return _consent(request_id, mandate_id, Form())


@blueprint.post("/consent")
@allow(RoleName.CLERK)
def consent(request_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """The person consents that the file is seen by this mandate."""
    form = Form.sent()
    with form.catch():
        said = consenting.said(form)
        with acting(form, request_id, None) as (act, found):
            consents.record(act, found, giving.mandate_of(act, found, mandate_id), said)
        return done(request_id, gettext("The consent is recorded. It can be withdrawn on any day."))
    return _consent(request_id, mandate_id, form)


@blueprint.post("/consent/withdraw")
@allow(RoleName.CLERK)
def withdraw(request_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """The person takes the consent back."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id, None) as (act, found):
            consents.withdraw(act, found, giving.mandate_of(act, found, mandate_id))
        return done(request_id, gettext("The consent has ended. The file is closed to them from now on."))
    return page(request_id, act=form)


def _consent(request_id: UUID, mandate_id: UUID, form: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, found):
        row = giving.mandate_of(look, found, mandate_id)
        page = render_template(
            "family/consent.html",
            case=found,
            card=card(look, found),
            row=row,
            live=consents.live(look, row),
            **consenting.beside(look, form, found.person),
        )
    return make_response(page, form.status)
