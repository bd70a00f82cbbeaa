"""Interpreters: who is in the list, who is free, one of them at one appointment at a time, and what a move does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.errors import InvalidInput, NotAllowed, NotFound, Raced
from issuance.models.appointments import Appointment
from issuance.models.audit import AuditEvent
from issuance.models.interpreters import Interpreter, InterpreterSlot
from issuance.models.requests import IssuanceRequest
from issuance.services.appointments import bookings, retention
from issuance.services.appointments.capacity import Given
from issuance.services.casework import requests
from issuance.services.interpreters import booking, register
from issuance.services.interpreters.register import Known
from tests.fixtures.databases import on_sqlite
from tests.integration.appointments.shared import TOMORROW, at, book, give, wanted
from tests.people import LAYLA, SmallOffice, changed

RANA = Known("Haddad Rana", ["ar", "fr"], "Mo-Fr 09:00-12:00", dt.date(2026, 11, 2))
OMAR = changed(LAYLA, given_names="Omar", native_name="", birth_date="1980-02-02", case_reference="2026/TM/0002")
LONG = Given(4, 45, 0)
"""An appointment takes two half hours."""


def add(office: SmallOffice, known: Known = RANA, role: str = "supervisor") -> UUID:
    with office.act(office.actors[role]) as act:
        return register.add(act, known).id


def appointment(office: SmallOffice, hour: int = 9, lodging: Any = LAYLA) -> UUID:
    """Somebody comes with what is missing."""
    request_id = office.lodge(lodging)
    with office.act(office.actors["clerk"]) as act:
        requests.wait_for(act, act.session.get_one(IssuanceRequest, request_id), ["residence"])
    return book(office, wanted(at(hour)), request_id).id


def free(office: SmallOffice, key: UUID) -> list[str]:
    with office.reading(office.actors["clerk"]) as look:
        return [row.name for row in booking.free(look, look.session.get_one(Appointment, key))]


def interpret(office: SmallOffice, key: UUID, who: UUID | None) -> None:
    with office.act(office.actors["clerk"]) as act:
        booking.book(act, act.session.get_one(Appointment, key), who)


def booked(office: SmallOffice, key: UUID) -> tuple[str, list[dt.datetime]]:
    with office.reading() as look:
        slots = look.session.scalars(select(InterpreterSlot).where(InterpreterSlot.appointment_id == key))
        times = [slot.starts_at for slot in slots.all()]
        row = booking.booked(look, look.session.get_one(Appointment, key))
        return row.name if row else "", sorted(times)


def test_who_speaks_the_language_and_works_then_is_free_until_booked(office: SmallOffice) -> None:
    give(office, LONG)
    rana = add(office)
    add(office, replace(RANA, name="Ivanenko Petro", languages=["uk"]))
    add(office, replace(RANA, name="Late Lina", hours="Mo-Fr 09:00-09:44"))
    add(office, replace(RANA, name="Later Lina", from_day=TOMORROW + dt.timedelta(days=1)))
    add(office, replace(RANA, name="Gone Gina", to_day=TOMORROW - dt.timedelta(days=1)))
    first, second = appointment(office), appointment(office, lodging=OMAR)
    assert free(office, first) == free(office, second) == ["Haddad Rana"]
    interpret(office, first, rana)
    assert booked(office, first) == ("Haddad Rana", [at(9), at(9, 30)])
    assert (free(office, first), free(office, second)) == (["Haddad Rana"], [])
    with pytest.raises(InvalidInput) as refused:
        interpret(office, second, rana)
    assert (refused.value.field, booked(office, second)) == ("interpreter", ("", []))


def test_the_second_half_hour_of_another_is_not_free_either(office: SmallOffice) -> None:
    give(office, LONG)
    rana = add(office)
    interpret(office, appointment(office), rana)
    key = appointment(office, 10, OMAR)
    assert free(office, key) == ["Haddad Rana"]
    with office.act(office.actors["clerk"]) as act:
        bookings.move(act, act.session.get_one(Appointment, key), at(9, 30))
    assert free(office, key) == []


def test_one_interpreter_is_not_twice_at_a_time_by_the_table_itself(office: SmallOffice) -> None:
    give(office, LONG)
    rana, first, second = add(office), appointment(office), appointment(office, lodging=OMAR)
    interpret(office, first, rana)
    with pytest.raises((IntegrityError, Raced)), office.act(office.actors["clerk"]) as act:
        act.session.add(InterpreterSlot(interpreter_id=rana, appointment_id=second, starts_at=at(9, 30)))


def test_a_moved_appointment_takes_its_interpreter_along_or_gives_the_time_back(office: SmallOffice) -> None:
    give(office, LONG)
    rana, key = add(office), appointment(office)
    interpret(office, key, rana)
    move(office, key, 10)
    assert booked(office, key) == ("Haddad Rana", [at(10), at(10, 30)])
    move(office, key, 14)  # after her hours
    assert booked(office, key) == ("", [])
    with office.reading() as look:
        events = look.session.scalars(select(AuditEvent.act).where(AuditEvent.act.startswith("interpreter."))).all()
    assert sorted(events) == ["interpreter.added", "interpreter.booked", "interpreter.released"]


def move(office: SmallOffice, key: UUID, hour: int) -> None:
    with office.act(office.actors["clerk"]) as act:
        bookings.move(act, act.session.get_one(Appointment, key), at(hour))


def test_a_cancelled_appointment_and_one_sent_away_give_the_time_back(office: SmallOffice) -> None:
    give(office, LONG)
    rana, first, second = add(office), appointment(office), appointment(office, lodging=OMAR)
    interpret(office, first, rana)
    with office.act(office.actors["clerk"]) as act:
        bookings.cancel(act, act.session.get_one(Appointment, first))
    interpret(office, second, rana)
    with office.act(office.actors["clerk"]) as act:
        booking.send_away(act, act.session.get_one(Appointment, second))
    with pytest.raises(NotFound), office.act(office.actors["clerk"]) as act:
        booking.send_away(act, act.session.get_one(Appointment, second))
    assert booked(office, second) == ("", [])


@on_sqlite
def test_who_speaks_romanian_and_who_is_not_known_need_none(office: SmallOffice) -> None:
    give(office, LONG)
    add(office, replace(RANA, languages=["ro", "ar"]))
    assert free(office, appointment(office, lodging=changed(LAYLA, language="ro"))) == []
    assert free(office, book(office, wanted(at(9))).id) == []


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"languages": []}, "languages"),
        ({"hours": "always"}, "opening_hours"),
        ({"to_day": dt.date(2026, 11, 1)}, "to_day"),
    ],
)
def test_an_entry_names_what_is_wrong(office: SmallOffice, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(office, replace(RANA, **changes))
    assert refused.value.field == field


def test_a_name_is_once_in_a_centre_and_another_centre_changes_nothing(office: SmallOffice) -> None:
    rana = add(office)
    with pytest.raises(InvalidInput) as refused:
        add(office)
    assert refused.value.field == "name"
    elsewhere = replace(office.actors["supervisor"], centre_id=UUID(int=7))
    with pytest.raises(NotAllowed), office.act(elsewhere) as act:
        register.change(act, act.session.get_one(Interpreter, rana), RANA)
    with office.act(office.actors["supervisor"]) as act:
        register.change(act, register.own(act, rana), replace(RANA, languages=["uk"]))
    with office.reading(office.actors["clerk"]) as look:
        assert (register.names_of(look, "uk"), register.names_of(look, "ar")) == (["Haddad Rana"], [])
        assert register.names_of(look, "u") == []


def test_slots_go_with_their_appointment(office: SmallOffice) -> None:
    give(office, LONG)
    interpret(office, appointment(office), add(office))
    office.clock.advance(dt.timedelta(days=40))
    office.keep_time()
    with office.act(office.actors["clerk"]) as act:
        retention.forget(act)
    with office.reading() as look:
        assert look.session.scalars(select(InterpreterSlot)).all() == []
        assert look.session.scalars(select(Appointment)).all() == []


def test_two_appointments_that_overlap_share_a_half_hour_whenever_they_begin(office: SmallOffice) -> None:
    """Hours of the centre that changed let appointments begin at a quarter past."""
    give(office, LONG)
    key = appointment(office)
    with office.reading() as look:
        row = look.session.get_one(Appointment, key)
        at_nine = booking._times(row)
        look.session.expunge(row)
    row.starts_at += dt.timedelta(minutes=15)
    assert booking._times(row) == at_nine == [at(9), at(9, 30)]
    row.minutes = 46
    assert booking._times(row) == [at(9), at(9, 30), at(10)]
