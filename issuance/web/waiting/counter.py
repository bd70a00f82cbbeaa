"""A counter: who is called there, the next one, who was not there."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.models.appointments import Purpose, Ticket
from issuance.models.staff import RoleName
from issuance.services.appointments import tickets
from issuance.services.appointments.tickets import LAST_COUNTER, Seat
from issuance.services.care import observations
from issuance.web.case import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.codes import PURPOSES

blueprint = Blueprint("counter", __name__, url_prefix="/counter")

QUEUES = (Queue(lazy_gettext("My counter"), "waiting.counter.show", (RoleName.CLERK,), key="c", group=Group.COUNTER),)

COUNTER, FOR = "counter", "counter_for"
"""Where the session keeps at which counter one sits today, and for what."""


@blueprint.get("")
@allow(RoleName.CLERK)
def show() -> ResponseReturnValue:
    """Who is called here and who waits; or the question at which counter one sits."""
    return _page(Form())


@blueprint.post("/sit")
@allow(RoleName.CLERK)
def sit() -> ResponseReturnValue:
    """Sit down at a counter, for one purpose or for all; without a number leave it."""
    form = Form.sent()
    with form.catch():
        number = form.whole("counter", least=1, most=LAST_COUNTER, required=False)
        chosen = form.choice("purpose", list(Purpose), required=False)
        form.check()
        session[COUNTER], session[FOR] = number, chosen
        return redirect(url_for("waiting.counter.show"), 303)
    return _page(form)


@blueprint.post("/next")
@allow(RoleName.CLERK)
def following() -> ResponseReturnValue:
    """Call whose turn it is; who is at the counter is done."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            tickets.call_next(act, _seat(form.value("seen")))
        return redirect(url_for("waiting.counter.show"), 303)
    return _page(form)


@blueprint.post("/<uuid:ticket_id>/again")
@allow(RoleName.CLERK)
def again(ticket_id: UUID) -> ResponseReturnValue:
    """Call somebody once more."""
    return _do(ticket_id, lambda act, ticket: tickets.call_again(act, ticket, _seat("").counter))


@blueprint.post("/<uuid:ticket_id>/absent")
@allow(RoleName.CLERK)
def absent(ticket_id: UUID) -> ResponseReturnValue:
    """Who was called is not there."""
    return _do(ticket_id, tickets.absent, gettext("Noted. They can be called again while the day lasts."))


@blueprint.post("/<uuid:ticket_id>/done")
@allow(RoleName.CLERK)
def done(ticket_id: UUID) -> ResponseReturnValue:
    """Who was called is done, and nobody is called yet."""
    return _do(ticket_id, tickets.done, gettext("Done."))


def _do(ticket_id: UUID, what: Callable[[Act, Ticket], None], said: str = "") -> ResponseReturnValue:
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            what(act, tickets.own(act, ticket_id))
        if said:
            flash(said, "done")
        return redirect(url_for("waiting.counter.show"), 303)
    return _page(form)


def _seat(seen: str) -> Seat:
    """Where one sits; Conflict while that was not said."""
    if not session.get(COUNTER):
        raise Conflict("Say first at which counter you sit.")
    return Seat(session[COUNTER], _purposes(), UUID(seen) if _is_key(seen) else None)


def _is_key(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _purposes() -> tuple[Purpose, ...]:
    return (Purpose(session[FOR]),) if session.get(FOR) else tuple(Purpose)


def _needs(look: Look, called: Ticket | None) -> tuple[str, ...]:
    """What who is called needs, where the ticket knows a request."""
    case = called.appointment.request if called and called.appointment else None
    return card.needs_words(observations.needs_of(look, case.person)) if case else ()


def _page(form: Form) -> ResponseReturnValue:
    number = session.get(COUNTER)
    with current_office().reading(current_actor()) as look:
        called = tickets.at_counter(look, number) if number else None
        page = render_template(
            "waiting/counter.html",
            form=form,
            number=number,
            called=called,
            needs=_needs(look, called),
            rows=tickets.waiting(look, _purposes()),
            absent=tickets.not_there(look),
            chosen=PURPOSES[session[FOR]] if session.get(FOR) else gettext("For all"),
            purposes=PURPOSES,
        )
    return make_response(page, form.status)
