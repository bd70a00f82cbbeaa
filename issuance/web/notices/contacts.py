"""Where the person of a case is written to, and what was; and the addresses that the centre has to ask for anew."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.errors import InvalidInput
from issuance.models.notices import ChannelName, Contact, Notice
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.mandates import giving
from issuance.services.notices import channels, contacts, outbox, representatives, texts, turn
from issuance.states import NoticeState
from issuance.web.case import access
from issuance.web.case.access import acting
from issuance.web.case.card import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.codes import CHANNELS, NOTICE_KINDS, NOTICE_STATES, SMS_REACHED
from issuance.web.words.languages import language_name

blueprint = Blueprint("contacts", __name__)

QUEUES = (
    Queue(
        lazy_gettext("Wrong addresses"),
        "notices.contacts.listed",
        (RoleName.CLERK,),
        contacts.count_refused,
        group=Group.FOLLOW_UP,
    ),
)


@blueprint.get("/wrong-addresses")
@allow(RoleName.CLERK)
def listed() -> str:
    """The persons of the centre to whom a notice could not be delivered, those who wait longest first."""
    with current_office().reading(current_actor()) as look:
        return render_template("notices/refused.html", rows=contacts.refused(look), channels=CHANNELS)


@blueprint.get("/cases/<uuid:request_id>/contacts")
@allow(RoleName.CLERK)
def show(request_id: UUID) -> ResponseReturnValue:
    """Where the person of this case is written to. The opening is recorded."""
    access.open_case(request_id)
    offered = channels.names(current_office().settings)
    return _page(request_id, Form({"channel": offered[0] if len(offered) == 1 else ""}))


@blueprint.post("/cases/<uuid:request_id>/contacts")
@allow(RoleName.CLERK)
def give(request_id: UUID) -> ResponseReturnValue:
    """The person agrees to be written to at an address."""
    form = Form.sent()
    with form.catch():
        channel, address = form.choice("channel", CHANNELS), form.text("address", limit=254)
        if not form.ticked("agrees"):
            raise InvalidInput("agrees", "Ask the person, and tick it when they agree. Without it nothing is sent.")
        with acting(form, request_id, None) as (act, found):
            contacts.give(act, found, channel, address)
        return _done(request_id, gettext("The address is kept. A first notice goes there now."))
    return _page(request_id, form)


@blueprint.post("/cases/<uuid:request_id>/contacts/<uuid:contact_id>/withdraw")
@allow(RoleName.CLERK)
def withdraw(request_id: UUID, contact_id: UUID) -> ResponseReturnValue:
    """The person does not want to be written to there any more."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id, None) as (act, found):
            contacts.withdraw(act, found, contact_id)
        return _done(request_id, gettext("Nothing is sent there any more. The address is deleted."))
    return _page(request_id, form)


def _done(request_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("notices.contacts.show", request_id=request_id), 303)


def _page(request_id: UUID, form: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, found):
        page = render_template(
            "notices/contacts.html",
            case=found,
            card=card(look, found),
            form=form,
            rows=_rows(look, found),
            written=outbox.of_request(look, found),
            offered=options((name, CHANNELS[name]) for name in channels.names(look.settings)),
            tongue=language_name(texts.language_for(found.person.language)),
            channels=CHANNELS,
            kinds=NOTICE_KINDS,
            said=_said,
        )
    return make_response(page, form.status)


def _rows(look: Look, found: IssuanceRequest) -> list[tuple[Contact, str, str]]:
    """The contacts that hold and those that wait for their code, with their addresses, and who acts for the person."""
    own = [*contacts.live(look, found.person).values(), *contacts.asked(look, found.person)]
    shown = {row.id: row.shown for row in giving.of(look, found.person)}
    acting = representatives.live(look, found.person).items()
    rows = [(each, "") for each in own] + [(each, shown[key]) for key, each in acting]
    return [(each, contacts.address_of(look, each), who) for each, who in rows]


def _said(row: Notice) -> str:
    """What became of a notice, in words."""
    if row.reason == turn.DAMAGED:
        return str(NOTICE_STATES[row.reason])
    on_its_way = row.channel == ChannelName.SMS and row.state == NoticeState.ACCEPTED
    return str(SMS_REACHED[row.delivery_report] if on_its_way else NOTICE_STATES[row.state])
