"""Appointments of the centre: the day, one of them, a new one, another time for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE, office_day
from issuance.models.appointments import Appointment, Purpose
from issuance.models.staff import Centre, RoleName
from issuance.services import centres
from issuance.services.appointments import bookings, slots
from issuance.services.appointments.bookings import MOST_PERSONS, Wanted
from issuance.services.appointments.slots import Day
from issuance.services.care import observations
from issuance.services.interpreters import booking
from issuance.values import references
from issuance.web.case import access, card
from issuance.web.case import papers as papers_of
from issuance.web.frame.auth import CLERKS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import clock_time
from issuance.web.frame.rail import Group, Queue
from issuance.web.waiting.slips import printed, tongues
from issuance.web.words.codes import PURPOSES
from issuance.web.words.languages import language_name
from printing import papers
from printing.papers.data import Purpose as PrintedPurpose

blueprint = Blueprint("appointments", __name__)

QUEUES = (Queue(lazy_gettext("Appointments"), "waiting.appointments.listed", CLERKS, key="a", group=Group.COUNTER),)

DAYS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Offered:
    """A slot that can still be booked: its moment in UTC as the form sends it, by the clock on the wall, its room."""

    value: str
    time: str
    persons: int


# The day


@blueprint.get("/appointments")
@allow(*CLERKS)
def listed() -> str:
    """The appointments of a day, by time; who missed theirs, for the supervisor."""
    return _day(Form())


@blueprint.post("/appointments/find")
@allow(*CLERKS)
def find() -> ResponseReturnValue:
    """Open the appointment of a code that was typed or scanned, or of a request's reference."""
    form = Form.sent()
    with form.catch():
        code = form.text("code", limit=40)
        form.check()
        with current_office().reading(current_actor()) as look:
            found = bookings.at_the_door(look, code).id
        return redirect(url_for("waiting.appointments.show", appointment_id=found), 303)
    return make_response(_day(form), form.status)


def _day(form: Form) -> str:
    with current_office().reading(current_actor()) as look:
        days = slots.open_days(look, _here(look), DAYS_SHOWN)
        day = _chosen(days[0] if days else look.clock.today())
        came, missed = bookings.came_and_missed(look)
        rows = bookings.listed(look, day)
        return render_template(
            "waiting/appointments.html",
            form=form,
            rows=rows,
            needs=_needs(look, rows),
            day=day,
            today=look.clock.today(),
            days=days,
            share=missed / (came + missed) if came + missed else None,
            purposes=PURPOSES,
        )


def _needs(look: Look, rows: Collection[Appointment]) -> dict[UUID, tuple[str, ...]]:
    """What is to be made ready for each of these appointments that know a request, by appointment."""
    persons = {row.id: row.request.person_id for row in rows if row.request}
    needs = observations.of_persons(look, set(persons.values()))
    return {key: card.needs_words(needs.get(person, ())) for key, person in persons.items()}


def _chosen(otherwise: dt.date) -> dt.date:
    """The day that the address names, if it is one and not years away."""
    try:
        day = dt.date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return otherwise
    return day if abs(day - otherwise) < dt.timedelta(days=366) else otherwise


# A new one


@blueprint.route("/appointments/book", methods=["GET", "POST"])
@allow(RoleName.CLERK)
def book() -> ResponseReturnValue:
    """An appointment for somebody who will lodge a request. Nobody asks who."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            wanted = _wanted(form, Purpose.LODGING)
            with current_office().act(current_actor()) as act:
                booked = bookings.book(act, _here(act), wanted)
            return _done(booked.id, gettext("Booked. Print the slip: its code is all that is kept."))
    with current_office().reading(current_actor()) as look:
        return _choice(look, form, url_for("waiting.appointments.book"))


@blueprint.route("/cases/<uuid:request_id>/appointment", methods=["GET", "POST"])
@allow(RoleName.CLERK)
def collect(request_id: UUID) -> ResponseReturnValue:
    """An appointment at which the document of a request is collected."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            wanted = _wanted(form, Purpose.COLLECTION)
            with access.acting(form, request_id, None) as (act, case):
                booked = bookings.book(act, _here(act), wanted, case)
            return _done(booked.id, gettext("Booked. Print the slip: its code is all that is kept."))
    access.open_case(request_id)
    with access.looking(request_id) as (look, case):
        if found := bookings.booked_for(look, case):
            return redirect(url_for("waiting.appointments.show", appointment_id=found.id), 303)
        here = url_for("waiting.appointments.collect", request_id=case.id)
        return _choice(look, form, here, Purpose.COLLECTION, card=card.card(look, case))


@blueprint.route("/appointments/<uuid:appointment_id>/move", methods=["GET", "POST"])
@allow(RoleName.CLERK)
def move(appointment_id: UUID) -> ResponseReturnValue:
    """Another time for the same persons."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            starts_at = _starts_at(form)
            form.check()
            with current_office().act(current_actor()) as act:
                bookings.move(act, bookings.own(act, appointment_id), starts_at)
            return _done(appointment_id, gettext("Moved. The code stays the same."))
    with current_office().reading(current_actor()) as look:
        row = bookings.own(look, appointment_id)
        here = url_for("waiting.appointments.move", appointment_id=row.id)
        return _choice(look, form, here, Purpose(row.purpose), moving=row)


def _wanted(form: Form, purpose: Purpose) -> Wanted:
    starts_at, persons = _starts_at(form), form.whole("persons", least=1, most=MOST_PERSONS)
    form.check()
    return Wanted(purpose, starts_at, persons or 0, form.key())


def _starts_at(form: Form) -> dt.datetime:
    """The slot that was chosen, in UTC."""
    try:
        return dt.datetime.strptime(form.value("starts_at"), SENT).replace(tzinfo=dt.UTC)
    except ValueError:
        form.refuse("starts_at", gettext("Choose one of the times."))
        return dt.datetime.min.replace(tzinfo=dt.UTC)


SENT = "%Y-%m-%dT%H:%MZ"


def _choice(
    look: Look,
    form: Form,
    here: str,
    purpose: Purpose = Purpose.LODGING,
    moving: Appointment | None = None,
    **more: object,
) -> ResponseReturnValue:
    """The slots of a day that have room, and the days around it."""
    centre = _here(look)
    days = [day for day in slots.open_days(look, centre, DAYS_SHOWN) if _is_ahead(look, centre, day)]
    day = _chosen(days[0] if days else look.clock.today())
    found = slots.day_of(look, centre, purpose, day, besides=(moving.id,) if moving else ())
    form.values.setdefault("key", str(form.key()))
    form.values.setdefault("persons", "1")
    page = render_template(
        "waiting/choose.html",
        form=form,
        here=here,
        purpose=PURPOSES[purpose],
        days=days,
        day=day,
        given=found.bookable,
        offered=list(_offered(look, found, moving)),
        moving=moving,
        most=MOST_PERSONS,
        **more,
    )
    return make_response(page, form.status)


def _is_ahead(look: Look, centre: Centre, day: dt.date) -> bool:
    return slots.slots_on(centre.opening_hours, day)[-1] >= look.clock.now()


def _offered(look: Look, day: Day, moving: Appointment | None) -> Iterator[Offered]:
    for slot in day.slots:
        room = day.free(slot) // day.given.minutes
        fits = day.has_room(slot, moving.persons if moving else 1)
        if slot >= look.clock.now() and fits:
            yield Offered(f"{slot:{SENT}}", clock_time(slot), room)


# One of them


@blueprint.get("/appointments/<uuid:appointment_id>")
@allow(*CLERKS)
def show(appointment_id: UUID) -> ResponseReturnValue:
    """One appointment: its code, and what may be done with it."""
    return _one(appointment_id, Form())


@blueprint.post("/appointments/<uuid:appointment_id>/cancel")
@allow(RoleName.CLERK)
def cancel(appointment_id: UUID) -> ResponseReturnValue:
    """They do not come: others have their time."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            bookings.cancel(act, bookings.own(act, appointment_id))
        return _done(appointment_id, gettext("Cancelled. Others can have this time."))
    return _one(appointment_id, form)


@blueprint.get("/appointments/<uuid:appointment_id>/slip.pdf")
@allow(RoleName.CLERK)
def slip(appointment_id: UUID) -> Response:
    """The slip with time and code; no name, no reference."""
    with current_office().reading(current_actor()) as look:
        row = bookings.own(look, appointment_id)
        said = papers.Appointment(
            code=row.code,
            purpose=cast(PrintedPurpose, str(row.purpose)),
            centre_name=row.centre.name,
            centre_address=row.centre.address,
            starts_at=row.starts_at.astimezone(OFFICE_ZONE),
            persons=row.persons,
        )
    return printed(said)


def _one(appointment_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        row = bookings.own(look, appointment_id)
        spoken = papers_of.language_of(look, row.request) if row.request else ""
        page = render_template(
            "waiting/appointment.html",
            form=form,
            row=row,
            needs=_needs(look, [row]).get(row.id, ()),
            code=references.grouped_code(row.code),
            purpose=PURPOSES[row.purpose],
            interpreter=booking.booked(look, row),
            tongue_needed=language_name(needed) if (needed := booking.language_of(row)) else "",
            is_today=office_day(row.starts_at) == look.clock.today(),
            is_clerk=RoleName.CLERK in look.actor.roles,
            tongue=Form({"language": papers_of.written(spoken)}),
            tongues=tongues(papers.Appointment),
        )
    return make_response(page, form.status)


def _done(appointment_id: UUID, said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("waiting.appointments.show", appointment_id=appointment_id), 303)


def _here(look: Look | Act) -> Centre:
    assert look.actor.centre_id
    return centres.with_id(look, look.actor.centre_id)
