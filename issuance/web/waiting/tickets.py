"""The door of the waiting room: a ticket for who comes, with an appointment or without; and who waits."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.clock import OFFICE_ZONE
from issuance.models.appointments import Purpose
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.appointments import bookings, tickets
from issuance.services.care import observations
from issuance.web.case import card
from issuance.web.case import papers as papers_of
from issuance.web.frame.auth import CLERKS, allow
from issuance.web.frame.current import current_actor, current_centre, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.waiting.slips import printed, tongues
from issuance.web.words.codes import PURPOSES
from printing import papers
from printing.papers.data import Purpose as PrintedPurpose

blueprint = Blueprint("tickets", __name__, url_prefix="/tickets")

QUEUES = (
    Queue(
        lazy_gettext("Waiting room"),
        "waiting.tickets.listed",
        CLERKS,
        tickets.count_waiting,
        key="w",
        group=Group.COUNTER,
    ),
)


@blueprint.get("")
@allow(*CLERKS)
def listed() -> ResponseReturnValue:
    """Who waits, as they will be called; and where tickets are given."""
    return _room(Form())


@blueprint.post("/arrive")
@allow(RoleName.CLERK)
def arrive() -> ResponseReturnValue:
    """A ticket for who comes with an appointment, found by its code or by the reference of the request."""
    form = Form.sent()
    with form.catch():
        code = form.text("code", limit=40)
        form.check()
        with current_office().act(current_actor()) as act:
            ticket = tickets.arrive(act, bookings.at_the_door(act, code), urgent=form.ticked("urgent"))
        return _shown(ticket.id)
    return _room(form)


@blueprint.post("/give")
@allow(RoleName.CLERK)
def give() -> ResponseReturnValue:
    """A ticket for who comes without an appointment."""
    form = Form.sent()
    with form.catch():
        purpose = form.choice("purpose", list(Purpose))
        form.check()
        with current_office().act(current_actor()) as act:
            here = centres.with_id(act, current_centre().id)
            ticket = tickets.give(act, here, Purpose(purpose), form.key(), urgent=form.ticked("urgent"))
        return _shown(ticket.id)
    return _room(form)


@blueprint.get("/<uuid:ticket_id>")
@allow(RoleName.CLERK)
def show(ticket_id: UUID) -> str:
    """One ticket, to be read over the desk, and printed."""
    with current_office().reading(current_actor()) as look:
        ticket = tickets.own(look, ticket_id)
        request = ticket.appointment.request if ticket.appointment else None
        spoken = papers_of.language_of(look, request) if request else ""
        return render_template(
            "waiting/ticket.html",
            ticket=ticket,
            purpose=PURPOSES[ticket.purpose],
            request=request,
            needs=card.needs_words(observations.needs_of(look, request.person)) if request else (),
            tongue=Form({"language": papers_of.written(spoken)}),
            tongues=tongues(papers.Ticket),
        )


@blueprint.get("/<uuid:ticket_id>/slip.pdf")
@allow(RoleName.CLERK)
def slip(ticket_id: UUID) -> Response:
    """The ticket on paper: its number, and a QR code that holds the code alone."""
    with current_office().reading(current_actor()) as look:
        ticket = tickets.own(look, ticket_id)
        said = papers.Ticket(
            code=ticket.code,
            purpose=cast(PrintedPurpose, str(ticket.purpose)),
            centre_name=current_centre().name,
            centre_address=current_centre().address,
            number=ticket.label,
            given_at=ticket.given_at.astimezone(OFFICE_ZONE),
        )
    return printed(said)


def _room(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        page = render_template(
            "waiting/room.html",
            form=form,
            key=Form().key(),
            rows=tickets.waiting(look),
            purposes=PURPOSES,
            now=look.clock.now(),
            board=url_for("public.board.show", centre=current_centre().code) if _has_board() else "",
            is_clerk=RoleName.CLERK in look.actor.roles,
        )
    return make_response(page, form.status)


def _has_board() -> bool:
    """Whether this process serves the pages of everybody too."""
    return "public.board.show" in current_app.view_functions


def _shown(ticket_id: UUID) -> ResponseReturnValue:
    flash(gettext("Given. Show or print it."), "done")
    return redirect(url_for("waiting.tickets.show", ticket_id=ticket_id), 303)
