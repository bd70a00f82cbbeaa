"""The interpreters of the centre, as its supervisors look after them; and one of them at an appointment."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.clock import office_day
from issuance.models.interpreters import Interpreter
from issuance.models.staff import RoleName
from issuance.services.appointments import bookings
from issuance.services.interpreters import booking, register
from issuance.services.interpreters.register import Known
from issuance.web.frame.auth import CLERKS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.languages import CODES, language_name, languages

blueprint = Blueprint("interpreters", __name__)

QUEUES = (Queue(lazy_gettext("Interpreters"), "waiting.interpreters.listed", CLERKS, group=Group.COUNTER),)


# The register


@blueprint.get("/interpreters")
@allow(*CLERKS)
def listed() -> str:
    """The interpreters of the centre: what they speak, when, and what they are booked for today."""
    with current_office().reading(current_actor()) as look:
        rows, today = register.listed(look), look.clock.today()
        return render_template(
            "waiting/interpreters.html",
            rows=[(row, _spoken(row), booking.of_day(look, row, today)) for row in rows],
            today=today,
            keeps=RoleName.SUPERVISOR in look.actor.roles,
        )


@blueprint.route("/interpreters/add", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def add() -> ResponseReturnValue:
    """Somebody interprets at this centre from now on."""
    form = Form.sent() if request.method == "POST" else Form({"from_day": current_office().clock.today().isoformat()})
    if request.method == "POST":
        with form.catch():
            known = _known(form)
            with current_office().act(current_actor()) as act:
                register.add(act, known)
            return _done(gettext("The interpreter is in the list."))
    return _form(form, None)


@blueprint.route("/interpreters/<uuid:interpreter_id>", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def change(interpreter_id: UUID) -> ResponseReturnValue:
    """Other languages, hours or days of an interpreter."""
    form = Form.sent()
    with current_office().reading(current_actor()) as look:
        row = register.own(look, interpreter_id)
    if request.method == "POST":
        with form.catch():
            known = _known(form)
            with current_office().act(current_actor()) as act:
                register.change(act, register.own(act, interpreter_id), known)
            return _done(gettext("Changed. What is booked stays booked."))
    else:
        form = Form(_values(row))
    return _form(form, row)


def _known(form: Form) -> Known:
    """What the form says. FormRefused names what is missing."""
    name, spoken = form.text("name", limit=100), form.choices("languages", CODES)
    hours, from_day = form.text("opening_hours", limit=200), form.date("from_day")
    to_day = form.date("to_day", required=False)
    form.check()
    assert from_day
    return Known(name, spoken, hours, from_day, to_day)


def _values(row: Interpreter) -> dict[str, object]:
    days = {"from_day": row.from_day.isoformat(), "to_day": row.to_day.isoformat() if row.to_day else ""}
    return {"name": row.name, "languages": row.languages.split(), "opening_hours": row.hours, **days}


def _form(form: Form, row: Interpreter | None) -> ResponseReturnValue:
    page = render_template("waiting/interpreter.html", form=form, row=row, languages=languages())
    return make_response(page, form.status)


def _spoken(row: Interpreter) -> str:
    return ", ".join(language_name(code) for code in row.languages.split())


def _done(said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("waiting.interpreters.listed"), 303)


# At an appointment


@blueprint.route("/appointments/<uuid:appointment_id>/interpreter", methods=["GET", "POST"])
@allow(RoleName.CLERK)
def choose(appointment_id: UUID) -> ResponseReturnValue:
    """Who is free at the time of this appointment and speaks the person's language; one of them is booked."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            with current_office().act(current_actor()) as act:
                chosen = booking.book(act, bookings.own(act, appointment_id), form.id("interpreter")).name
            return _back(appointment_id, gettext("Booked: %(name)s interprets.", name=chosen))
    with current_office().reading(current_actor()) as look:
        row = bookings.own(look, appointment_id)
        found = booking.free(look, row)
        page = render_template(
            "waiting/interpret.html",
            form=form,
            row=row,
            tongue=language_name(booking.language_of(row)) if booking.language_of(row) else "",
            booked=booking.booked(look, row),
            free=[(each.id, each.name, each.hours) for each in found],
            day=office_day(row.starts_at),
        )
    return make_response(page, form.status)


@blueprint.post("/appointments/<uuid:appointment_id>/interpreter/release")
@allow(RoleName.CLERK)
def release(appointment_id: UUID) -> ResponseReturnValue:
    """No interpreter is at this appointment any more."""
    with current_office().act(current_actor()) as act:
        booking.send_away(act, bookings.own(act, appointment_id))
    return _back(appointment_id, gettext("No interpreter is booked any more."))


def _back(appointment_id: UUID, said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("waiting.appointments.show", appointment_id=appointment_id), 303)
