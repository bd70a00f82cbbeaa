"""Appointments made, moved, cancelled and missed: at the desk by staff, by who has the code anywhere (ADR 0050)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import joinedload

from issuance.acts import Act, Look
from issuance.clock import office_day
from issuance.db import wait_turn, written
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.appointments import Appointment, Purpose
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services import centres
from issuance.services.appointments import slots
from issuance.services.appointments.slots import AHEAD, Day, midnight
from issuance.services.interpreters import booking
from issuance.states import AppointmentState, RequestState, advance
from issuance.values import references

MOST_PERSONS = 12
"""Of one appointment; who are more make two."""

MOST = 500
"""How many missed appointments one act notes."""

TO_COLLECT = (RequestState.READY, RequestState.UNCOLLECTED)
TO_SPEAK = (RequestState.INCOMPLETE, RequestState.REFUSED)
"""Whose holders come to those who lodge: with what is missing, or to hear why not."""

WRONG_CODE = "There is no appointment with this code here. Compare it with the paper, letter by letter."


class Begins(Protocol):
    """What is wanted from when on."""

    @property
    def purpose(self) -> Purpose:
        """What somebody comes for."""

    @property
    def starts_at(self) -> dt.datetime:
        """The slot with which it begins."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who comes when: `key` is the appointment's id, so that a form that is sent twice books once."""

    purpose: Purpose
    starts_at: dt.datetime
    persons: int
    key: UUID


def book(act: Act, centre: Centre, wanted: Wanted, request: IssuanceRequest | None = None) -> Appointment:
    """An appointment at a centre, to lodge or to speak or, with the `request` that is ready, to collect.

    InvalidInput names the field: the past, a closed day, a slot that is full, too many persons.
    """
    centres.check_here(act, centre)
    lock(act, centre.id)
    if booked := act.session.get(Appointment, wanted.key):
        return booked
    if not centre.active:
        raise Conflict("This centre is closed. Nobody makes an appointment there.")
    if wanted.purpose == Purpose.COLLECTION or request is not None:
        _check_request(act, centre, wanted.purpose, request)
    if not 1 <= wanted.persons <= MOST_PERSONS:
        message = "Give a number of persons from 1 to %(most)s; who are more make two appointments."
        raise InvalidInput("persons", message, most=MOST_PERSONS)
    row = Appointment(
        id=wanted.key,
        centre=centre,
        purpose=wanted.purpose,
        starts_at=wanted.starts_at,
        persons=wanted.persons,
        minutes=_room(act, centre, wanted, request),
        code=references.new_code(),
        request=request,
        state_by=act.actor.id,
    )
    act.session.add(row)
    act.record("appointment.booked", *_about(row), centre_id=centre.id, purpose=row.purpose, persons=row.persons)
    return row


def move(act: Act, appointment: Appointment, starts_at: dt.datetime) -> None:
    """Another time for the same persons. InvalidInput as of `book`; Conflict for one that is over."""
    _begin(act, appointment)
    if appointment.state != AppointmentState.BOOKED:
        raise Conflict("This appointment is over. Make a new one.")
    wanted = Wanted(Purpose(appointment.purpose), starts_at, appointment.persons, appointment.id)
    appointment.minutes = _room(act, appointment.centre, wanted, appointment.request)
    appointment.starts_at = starts_at
    booking.follow(act, appointment)
    act.record("appointment.moved", *_about(appointment), centre_id=appointment.centre_id)


def cancel(act: Act, appointment: Appointment) -> None:
    """They do not come: others have their time. Conflict for one that is over."""
    _begin(act, appointment)
    advance(appointment, AppointmentState.CANCELLED, actor=act.actor)
    booking.follow(act, appointment)
    act.record("appointment.cancelled", *_about(appointment), centre_id=appointment.centre_id)


def come(act: Act, appointment: Appointment) -> None:
    """They are there: a part of the act that gives the ticket. InvalidInput on another day, Conflict when over."""
    if office_day(appointment.starts_at) != act.clock.today():
        day = f"{office_day(appointment.starts_at):%d.%m.%Y}"
        message = "This appointment is on %(day)s. Move it, or give a ticket without appointment."
        raise InvalidInput("code", message, day=day)
    advance(appointment, AppointmentState.CAME, actor=act.actor)


def note_missed(act: Act) -> int:
    """Note whom nobody saw on the day of their appointment; how many, at most MOST."""
    query = select(Appointment).where(
        Appointment.state == AppointmentState.BOOKED, Appointment.starts_at < midnight(act.clock.today())
    )
    rows = act.session.scalars(query.limit(MOST).with_for_update(of=Appointment)).all()
    for row in rows:
        advance(row, AppointmentState.MISSED, actor=act.actor)
    for centre_id in dict.fromkeys(row.centre_id for row in rows):
        theirs = [row for row in rows if row.centre_id == centre_id]
        act.record("appointment.missed", *theirs, centre_id=centre_id, count=len(theirs))
    return len(rows)


def lock(act: Act, centre_id: UUID) -> None:
    """Let acts of one waiting room, and what its holders choose, pass one at a time: SQLite has one writer anyway."""
    take_turn(act, centre_id)
    act.session.execute(select(Centre.id).where(Centre.id == centre_id).with_for_update(key_share=True))


def take_turn(look: Look, centre_id: UUID) -> None:
    """The half of `lock` for the public pages, whose role locks no row of ours."""
    wait_turn(look.session, f"waiting room {centre_id}")


def is_too_late(needed_by: dt.date | None, starts_at: dt.datetime) -> bool:
    """Whether who needs something by a day comes after it."""
    return needed_by is not None and office_day(starts_at) > needed_by


def check_in_time(request: IssuanceRequest, starts_at: dt.datetime) -> None:
    """InvalidInput for a time that comes after the day on which the holder leaves the country with the document."""
    if is_too_late(request.needed_by, starts_at):
        assert request.needed_by
        until = f"{request.needed_by:%d.%m.%Y}"
        raise InvalidInput(
            "starts_at", "The person needs the document by %(day)s. Choose a time until then.", day=until
        )


# Looking


def with_code(look: Look, text: str) -> Appointment:
    """The appointment with a typed or scanned code; staff find those of their centre. InvalidInput for no such code."""
    query = select(Appointment).where(Appointment.code == (references.normalise_code(text) or ""))
    row = look.session.scalar(query)
    if row is None or (look.actor.kind == "staff" and row.centre_id != look.actor.centre_id):
        raise InvalidInput("code", WRONG_CODE)
    return row


def at_the_door(look: Look, text: str) -> Appointment:
    """Whose code, or whose request's reference, somebody shows who is there. InvalidInput when nothing is booked so."""
    reference = references.normalise(text)
    if reference is None:
        return with_code(look, text)
    query = (
        select(Appointment)
        .join(Appointment.request)
        .where(
            IssuanceRequest.reference == reference,
            Appointment.centre_id == look.actor.centre_id,
            Appointment.state.in_((AppointmentState.BOOKED, AppointmentState.CAME)),
        )
    )
    row = look.session.scalar(query.order_by(Appointment.starts_at.desc()).limit(1))
    if row is None:
        message = "No appointment belongs to this reference here. Give a ticket without appointment."
        raise InvalidInput("code", message)
    return row


def own(look: Look, appointment_id: UUID) -> Appointment:
    """The appointment of the actor's own centre with this id; NotFound also for another centre's."""
    row = look.session.get(Appointment, appointment_id)
    if row is None or row.centre_id != look.actor.centre_id:
        raise NotFound("There is no such appointment in your centre. Open the list again.")
    return row


def booked_for(look: Look, request: IssuanceRequest) -> Appointment | None:
    """The appointment at which its holder comes; None while there is none."""
    return look.session.scalar(select(Appointment).where(booked_of(request.id)))


def booked_of(request_id: object) -> ColumnElement[bool]:
    """The appointment that is booked for a request, if there is one; found by its own index."""
    return and_(Appointment.request_id == request_id, Appointment.state == written(AppointmentState.BOOKED))


def listed(look: Look, day: dt.date) -> list[Appointment]:
    """The appointments of the actor's centre on a day, by time; those that were cancelled are left out."""
    query = select(Appointment).where(
        *slots.of_day(_own_centre(look), day), Appointment.state != AppointmentState.CANCELLED
    )
    rows = look.session.scalars(
        query.order_by(Appointment.starts_at, Appointment.id).options(joinedload(Appointment.request))
    )
    return list(rows)


def next_ones(look: Look, count: int) -> list[Appointment]:
    """Who comes next today to the actor's centre, by time: at most `count`."""
    today = look.clock.today()
    query = select(Appointment).where(
        *slots.of_day(_own_centre(look), today), Appointment.state == AppointmentState.BOOKED
    )
    rows = look.session.scalars(
        query.order_by(Appointment.starts_at, Appointment.id).limit(count).options(joinedload(Appointment.request))
    )
    return list(rows)


def came_and_missed(look: Look) -> tuple[int, int]:
    """How many appointments of the actor's centre were kept, and how many missed, among those that are still known."""
    query = select(Appointment.state, func.count()).where(
        Appointment.centre_id == look.actor.centre_id, Appointment.starts_at < midnight(look.clock.today())
    )
    counts = {state: number for state, number in look.session.execute(query.group_by(Appointment.state))}
    return counts.get(AppointmentState.CAME, 0), counts.get(AppointmentState.MISSED, 0)


# What an act checks


def _begin(act: Act, appointment: Appointment) -> None:
    centres.check_own(act, appointment)
    lock(act, appointment.centre_id)
    act.session.refresh(appointment, with_for_update=True)


def _own_centre(look: Look) -> UUID:
    assert look.actor.centre_id
    return look.actor.centre_id


def _check_request(act: Act, centre: Centre, purpose: Purpose, request: IssuanceRequest | None) -> None:
    if request is None or (purpose != Purpose.COLLECTION and request.state not in TO_SPEAK):
        raise InvalidInput("purpose", "Only a document that is ready is collected by appointment. Open its case.")
    centres.check_own(act, request)
    if request.centre_id != centre.id:
        raise InvalidInput("centre", "This document lies at another centre. Make the appointment there.")
    if request.state not in (TO_COLLECT if purpose == Purpose.COLLECTION else TO_SPEAK):
        raise Conflict("This document is not ready. An appointment to collect it can be made when it is.")
    if booked_for(act, request):
        raise Conflict("This request has an appointment already. Move or cancel that one.")


def _room(act: Act, centre: Centre, wanted: Wanted, request: IssuanceRequest | None) -> int:
    """The minutes that the appointment takes; InvalidInput when its time is no slot, is over, or has no room, or when
    the holder of `request` needs the document before it."""
    if request:
        check_in_time(request, wanted.starts_at)
    day = day_for(act, centre, wanted, besides=(wanted.key,))
    if not day.has_room(wanted.starts_at, wanted.persons):
        message = "There is no room for %(persons)s at this time any more. Choose another one."
        raise InvalidInput("starts_at", message, persons=wanted.persons)
    return wanted.persons * day.given.minutes


def day_for(act: Act, centre: Centre, wanted: Begins, besides: Collection[UUID]) -> Day:
    """The day of the time that is wanted, without these appointments; InvalidInput when it is no slot, or is over."""
    now = act.clock.now()
    if wanted.starts_at < now:
        raise InvalidInput("starts_at", "This time has passed. Choose a later one.")
    if wanted.starts_at > now + dt.timedelta(days=AHEAD):
        raise InvalidInput("starts_at", "Choose a time within the next %(days)s days.", days=AHEAD)
    day = slots.day_of(act, centre, wanted.purpose, office_day(wanted.starts_at), besides=besides)
    if not day.bookable:
        raise InvalidInput("starts_at", "The centre gives no appointments for this. Its administrator says how many.")
    if wanted.starts_at not in day.slots:
        raise InvalidInput("starts_at", "The centre is closed at this time. Choose one of the times shown.")
    return day


def _about(row: Appointment) -> list[object]:
    """What an event about it is about: it, and the request whose document is collected."""
    return [row, row.request] if row.request else [row]
