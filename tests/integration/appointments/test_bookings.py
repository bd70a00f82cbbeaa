"""Appointments: what fits is booked once, what does not is told why; moved, cancelled, missed, forgotten."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from issuance import tasks
from issuance.acts import Act
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.appointments import Appointment, Ticket
from issuance.models.audit import AuditEvent
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services import centres
from issuance.services.appointments import bookings, tickets
from issuance.services.appointments.bookings import Wanted
from issuance.services.appointments.capacity import Given
from issuance.states import AppointmentState
from tests.integration.appointments.shared import COLLECTION, LODGING, at, book, give, here, wanted
from tests.people import Case, SmallOffice


def days_pass(office: SmallOffice, days: int) -> None:
    office.clock.advance(dt.timedelta(days=days))
    office.keep_time()


def states(office: SmallOffice) -> list[str]:
    with office.reading() as look:
        return [row.state for row in look.session.scalars(select(Appointment).order_by(Appointment.starts_at))]


def last_event(office: SmallOffice) -> AuditEvent:
    with office.reading() as look:
        return look.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()


def test_a_lodging_is_booked_for_nobody_in_particular(office: SmallOffice) -> None:
    give(office)
    row = book(office, wanted(at(9), 2))
    assert (row.minutes, row.request_id, len(row.code), row.state) == (20, None, 9, AppointmentState.BOOKED)
    event = last_event(office)
    assert (event.act, event.details) == ("appointment.booked", {"purpose": "lodging", "persons": 2})
    assert [subject.kind for subject in event.subjects] == ["appointment"]


def test_a_slot_takes_what_fits_and_no_more(office: SmallOffice) -> None:
    give(office)
    book(office, wanted(at(9), 2))
    with pytest.raises(InvalidInput, match="no room for 1") as refused:
        book(office, wanted(at(9)))
    assert refused.value.field == "starts_at"
    book(office, wanted(at(9, 30)))
    with pytest.raises(InvalidInput, match="no room"):
        book(office, wanted(at(9, 30), 2))


def test_both_purposes_have_their_own_counters(office: SmallOffice, checked: Case) -> None:
    give(office)
    book(office, wanted(at(9), 2))
    assert book(office, wanted(at(9), 2, COLLECTION), checked.request_id).request_id == checked.request_id


@pytest.mark.parametrize(
    ("starts_at", "persons", "field"),
    [
        (at(9), 0, "persons"),
        (at(9), 99, "persons"),
        (at(9, day=dt.date(2026, 11, 2)), 1, "starts_at"),
        (at(9, 10), 1, "starts_at"),
        (at(12, 30), 1, "starts_at"),
        (at(9, day=dt.date(2026, 11, 7)), 1, "starts_at"),
        (at(9, day=dt.date(2026, 11, 30)), 1, "starts_at"),
        (at(9, day=dt.date(2027, 2, 1)), 1, "starts_at"),
    ],
    ids=["nobody", "99", "past", "between slots", "at noon", "saturday", "holiday", "far ahead"],
)
def test_what_cannot_be_booked_is_told_beside_its_field(
    office: SmallOffice, starts_at: dt.datetime, persons: int, field: str
) -> None:
    give(office, Given(50, 5))
    with pytest.raises(InvalidInput) as refused:
        book(office, wanted(starts_at, persons))
    assert refused.value.field == field
    assert states(office) == []


def test_a_centre_that_said_nothing_gives_none(office: SmallOffice) -> None:
    with pytest.raises(InvalidInput, match="gives no appointments"):
        book(office, wanted(at(9)))


def test_a_closed_centre_gives_none(office: SmallOffice) -> None:
    give(office)
    with office.database.transaction() as session:
        session.scalars(select(Centre).where(Centre.code == "timisoara")).one().active = False
    with office.act(office.actors["clerk"]) as act, pytest.raises(Conflict, match="closed"):
        bookings.book(act, centres.any_named(act, "timisoara"), wanted(at(9)))


def test_nobody_books_for_another_centre(office: SmallOffice) -> None:
    with office.act(office.actors["clerk"]) as act, pytest.raises(NotAllowed):
        bookings.book(act, centres.named(act, "galati"), wanted(at(9)))


def test_a_form_that_is_sent_twice_books_once(office: SmallOffice) -> None:
    give(office)
    key = uuid4()
    first, second = (book(office, wanted(at(9), 2, key=key)) for _ in range(2))
    assert (first.id, first.code) == (second.id, second.code)
    assert len(states(office)) == 1


def test_a_document_is_collected_by_one_appointment_and_when_it_is_ready(office: SmallOffice, checked: Case) -> None:
    give(office)
    book(office, wanted(at(9), purpose=COLLECTION), checked.request_id)
    with pytest.raises(Conflict, match="has an appointment"):
        book(office, wanted(at(10), purpose=COLLECTION), checked.request_id)
    assert "request" in {subject.kind for subject in last_event(office).subjects}


def test_what_is_not_ready_is_not_collected(office: SmallOffice, complete: Case) -> None:
    give(office)
    with pytest.raises(Conflict, match="not ready"):
        book(office, wanted(at(9), purpose=COLLECTION), complete.request_id)
    with pytest.raises(InvalidInput, match="Open its case"):
        book(office, wanted(at(9), purpose=COLLECTION))
    with pytest.raises(InvalidInput):
        book(office, wanted(at(9), purpose=LODGING), complete.request_id)


def test_it_moves_with_its_code_and_leaves_room(office: SmallOffice) -> None:
    give(office)
    code = book(office, wanted(at(9), 2)).code
    with office.act(office.actors["clerk"]) as act:
        bookings.move(act, bookings.with_code(act, code.lower()), at(9, 30))
    book(office, wanted(at(9), 2))
    with office.act(office.actors["clerk"]) as act, pytest.raises(InvalidInput, match="no room"):
        bookings.move(act, bookings.with_code(act, code), at(9))


def test_a_cancelled_one_is_over_and_its_time_free(office: SmallOffice) -> None:
    give(office)
    code = book(office, wanted(at(9), 2)).code
    with office.act(office.actors["clerk"]) as act:
        bookings.cancel(act, bookings.with_code(act, code))
    with office.act(office.actors["clerk"]) as act, pytest.raises(Conflict):
        bookings.cancel(act, bookings.with_code(act, code))
    with office.act(office.actors["clerk"]) as act, pytest.raises(Conflict, match="is over"):
        bookings.move(act, bookings.with_code(act, code), at(10))
    book(office, wanted(at(9), 2))


@pytest.mark.parametrize("text", ["", "K7W-MP3-XQ2", "234", "ABCD-EFGH-JKM", "\x00"])
def test_a_wrong_code_finds_nothing(office: SmallOffice, text: str) -> None:
    give(office)
    book(office, wanted(at(9)))
    with office.reading(office.actors["clerk"]) as look, pytest.raises(InvalidInput) as refused:
        bookings.with_code(look, text)
    assert refused.value.field == "code"


def test_two_who_want_the_last_minutes_are_one_who_has_them(office: SmallOffice) -> None:
    """Each holds its transaction open until the other has begun: on SQLite the second one waits to begin."""
    give(office)
    book(office, wanted(at(9)))
    begun, told = threading.Barrier(2), list[Any]()

    def want(who: str) -> None:
        begun.wait(30)
        try:
            with office.act(office.actors[who]) as act:
                told.append(bookings.book(act, here(act), wanted(at(9))))
        except Exception as error:
            told.append(error)

    threads = [threading.Thread(target=want, args=[who]) for who in ("clerk", "second_clerk")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    refused = [each for each in told if isinstance(each, Exception)]
    assert (len(told), len(refused)) == (2, 1), told
    assert "no room for 1 at this time any more" in str(refused[0])
    assert len(states(office)) == 2


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_the_second_waits_until_the_first_has_booked(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock both would read the same room: the first stops after reading it until the second is there."""
    give(office)
    reading, second_is_there, told = threading.Event(), threading.Event(), list[Any]()
    room = bookings._room

    def slow_room(act: Act, centre: Any, want: Wanted, request: IssuanceRequest | None) -> int:
        minutes = room(act, centre, want, request)
        reading.set()
        second_is_there.wait(1)
        return minutes

    def want(who: str) -> None:
        try:
            told.append(book_as(office, who))
        except Exception as error:
            told.append(error)

    monkeypatch.setattr(bookings, "_room", slow_room)
    first = threading.Thread(target=want, args=["clerk"])
    first.start()
    assert reading.wait(30)
    second = threading.Thread(target=want, args=["second_clerk"])
    second.start()
    first.join(60)
    second_is_there.set()
    second.join(60)
    assert {type(each) for each in told} == {Appointment, InvalidInput}, told


def book_as(office: SmallOffice, who: str) -> Appointment:
    with office.act(office.actors[who]) as act:
        return bookings.book(act, here(act), wanted(at(9), 2))


def test_who_did_not_come_is_noted_after_the_day_and_forgotten_after_thirty(office: SmallOffice) -> None:
    give(office)
    book(office, wanted(at(9)))
    kept = book(office, wanted(at(10)))
    days_pass(office, 1)
    tasks.end_appointments(office)
    assert states(office) == ["booked", "booked"], "the day is not over"
    with office.act(office.actors["clerk"]) as act:
        tickets.arrive(act, bookings.with_code(act, kept.code))
    days_pass(office, 1)
    tasks.end_appointments(office)
    assert states(office) == ["missed", "came"]
    assert last_event(office).details == {"count": 1}
    with office.reading(office.actors["supervisor"]) as look:
        assert bookings.came_and_missed(look) == (1, 1)
    days_pass(office, 29)
    tasks.end_appointments(office)
    assert len(states(office)) == 2
    days_pass(office, 1)
    tasks.end_appointments(office)
    assert states(office) == []
    with office.reading() as look:
        assert look.session.scalars(select(Ticket)).all() == []


def test_a_destroyed_appointment_leaves_its_request(office: SmallOffice, checked: Case) -> None:
    give(office)
    book(office, wanted(at(9), purpose=COLLECTION), checked.request_id)
    days_pass(office, 32)
    tasks.end_appointments(office)
    assert states(office) == []
    with office.reading() as look:
        assert look.session.get_one(IssuanceRequest, checked.request_id).state == "ready"
