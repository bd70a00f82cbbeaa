"""What those who act for a person are told and may see: a status at the window, notices by e-mail, the file (E12)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.errors import InvalidInput
from issuance.law.persons.consent import consent_text
from issuance.models.staff import RoleName
from issuance.services.interpreters import register
from issuance.services.mandates import consents, giving, uses
from issuance.services.mandates.consents import Said
from issuance.services.notices import representatives
from issuance.services.persons import notices
from issuance.web.case import access
from issuance.web.case.access import acting
from issuance.web.case.card import card
from issuance.web.family.mandate_page import done, page
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import RIGHT_TO_LEFT, endonym, language
from issuance.web.words.languages import CODES, language_name, languages

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
        said = Said(
            language=form.choice("consent_language", CODES),
            version=form.text("text_version", limit=20),
            interpreter=form.text("interpreter", limit=100, required=False),
            day=form.date("given_on", required=False),
        )
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
        asked = form.value("consent_language") or request.args.get("language", "")
        spoken = asked if asked in CODES else found.person.language
        own = notices.text_language(spoken)
        page = render_template(
            "family/consent.html",
            case=found,
            card=card(look, found),
            row=row,
            live=consents.live(look, row),
            form=form,
            text=consent_text(),
            language=language(),
            spoken=spoken,
            spoken_name=language_name(spoken),
            choices=languages(),
            chosen=Form({"language": spoken}),
            own=own,
            own_name=endonym(own),
            own_direction="rtl" if own in RIGHT_TO_LEFT else "ltr",
            needs_interpreter=consents.needs_interpreter(spoken),
            interpreters=register.names_of(look, spoken),
        )
    return make_response(page, form.status)
