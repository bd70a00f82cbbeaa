"""Tickets: one for who comes, in the order of ADR 0050; called once, again, not there; and what the board shows."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select

from issuance.clock import FixedClock
from issuance.errors import Conflict, InvalidInput, NotFound, StaleState
from issuance.models.appointments import Purpose, Ticket
from issuance.models.audit import AuditEvent
from issuance.models.requests import IssuanceRequest
from issuance.services.appointments import board, bookings, tickets
from issuance.services.appointments.board import Called
from issuance.services.appointments.capacity import Given
from issuance.services.appointments.tickets import Seat
from issuance.values import references
from tests.integration.appointments.shared import COLLECTION, LODGING, TOMORROW, at, book, give, here, wanted
from tests.people import Case, SmallOffice

ALL = tuple(Purpose)


@pytest.fixture(autouse=True)
def morning(office: SmallOffice) -> FixedClock:
    """Nine o'clock of a day with appointments, at a centre that gives them."""
    give(office, Given(5, 10))
    at_nine(office)
    return office.clock


def at_nine(office: SmallOffice) -> None:
    office.clock.advance(at(9) - office.clock.now())
    office.keep_time()


def minutes_pass(office: SmallOffice, minutes: int) -> None:
    office.clock.advance(dt.timedelta(minutes=minutes))


def walk_in(office: SmallOffice, purpose: Purpose = LODGING, key: UUID | None = None, **more: Any) -> str:
    with office.act(office.actors["clerk"]) as act:
        return tickets.give(act, here(act), purpose, key or uuid4(), **more).label


def arrive(office: SmallOffice, code: str, **more: Any) -> str:
    with office.act(office.actors["clerk"]) as act:
        return tickets.arrive(act, bookings.at_the_door(act, code), **more).label


def booked(office: SmallOffice, hour: int, minute: int = 0) -> str:
    return book(office, wanted(at(hour, minute))).code


def next_at(office: SmallOffice, counter: int = 1, seen: UUID | None = None, purposes: Any = ALL) -> Ticket:
    with office.act(office.actors["clerk"]) as act:
        return tickets.call_next(act, Seat(counter, purposes, seen))


def order(office: SmallOffice) -> list[str]:
    with office.reading(office.actors["clerk"]) as look:
        return [ticket.label for ticket in tickets.waiting(look)]


def shown(office: SmallOffice) -> list[Called]:
    with office.reading() as look:
        return board.called(look, "timisoara")


def test_numbers_count_by_day_and_purpose(office: SmallOffice) -> None:
    assert [walk_in(office, each) for each in (LODGING, COLLECTION, LODGING)] == ["A001", "C001", "A002"]
    office.clock.advance(dt.timedelta(days=1))
    office.keep_time()
    assert walk_in(office) == "A001"


def test_a_form_that_is_sent_twice_gives_one_ticket(office: SmallOffice) -> None:
    key = uuid4()
    assert (walk_in(office, key=key), walk_in(office, key=key), walk_in(office)) == ("A001", "A001", "A002")


def test_who_has_an_appointment_comes_in_its_slot_before_the_others(office: SmallOffice) -> None:
    now, soon = booked(office, 9), booked(office, 9, 30)
    assert walk_in(office) == "A001"
    assert (arrive(office, soon), arrive(office, now)) == ("A002", "A003")
    assert order(office) == ["A003", "A001", "A002"], "its slot has begun; came without; too early"
    minutes_pass(office, 30)
    assert order(office) == ["A003", "A002", "A001"]


def test_who_is_late_comes_as_if_without_one(office: SmallOffice) -> None:
    late = booked(office, 9)
    minutes_pass(office, 29)
    walk_in(office)
    minutes_pass(office, 1)
    arrive(office, late)
    assert order(office) == ["A001", "A002"]


def test_who_cannot_wait_counts_as_due_on_arrival(office: SmallOffice) -> None:
    due = booked(office, 9)
    minutes_pass(office, 5)
    walk_in(office)
    walk_in(office, urgent=True)
    arrive(office, due)
    assert order(office) == ["A003", "A002", "A001"]


def test_a_ticket_is_given_once_for_an_appointment_of_today(office: SmallOffice) -> None:
    code = booked(office, 9, 30)
    assert (arrive(office, code), arrive(office, code.lower())) == ("A001", "A001")
    tomorrow = book(office, wanted(at(9, day=TOMORROW + dt.timedelta(days=1)))).code
    with pytest.raises(InvalidInput, match=r"is on 04\.11\.2026") as refused:
        arrive(office, tomorrow)
    assert refused.value.field == "code"


def test_a_cancelled_appointment_gives_no_ticket(office: SmallOffice) -> None:
    code = booked(office, 9, 30)
    with office.act(office.actors["clerk"]) as act:
        bookings.cancel(act, bookings.with_code(act, code))
    with pytest.raises(Conflict):
        arrive(office, code)


def test_calling_the_next_ends_the_one_before(office: SmallOffice) -> None:
    walk_in(office)
    walk_in(office)
    first = next_at(office)
    second = next_at(office, seen=first.id)
    with office.reading() as look:
        states = {row.number: row.state for row in look.session.scalars(select(Ticket))}
        said = look.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (states, second.label) == ({1: "done", 2: "called"}, "A002")
    assert (said.act, said.details) == ("ticket.called", {"ticket": "A002", "counter": 1})
    assert {subject.subject_id for subject in said.subjects} == {first.id, second.id}
    with pytest.raises(Conflict, match="Nobody waits"):
        next_at(office, seen=second.id)


def test_a_second_press_calls_nobody(office: SmallOffice) -> None:
    walk_in(office)
    walk_in(office)
    next_at(office)
    with pytest.raises(StaleState, match="called at this counter meanwhile"):
        next_at(office)
    assert order(office) == ["A002"]


def test_a_counter_for_one_purpose_calls_no_other(office: SmallOffice) -> None:
    walk_in(office, LODGING)
    walk_in(office, COLLECTION)
    assert next_at(office, purposes=(COLLECTION,)).label == "C001"


@pytest.mark.parametrize("counter", [0, 100])
def test_a_counter_has_a_number(office: SmallOffice, counter: int) -> None:
    walk_in(office)
    with pytest.raises(InvalidInput) as refused:
        next_at(office, counter)
    assert refused.value.field == "counter"


def test_who_was_not_there_is_called_again_while_the_day_lasts(office: SmallOffice) -> None:
    walk_in(office)
    called = next_at(office)
    with office.act(office.actors["clerk"]) as act:
        tickets.absent(act, tickets.own(act, called.id))
    assert shown(office) == []
    with office.act(office.actors["clerk"]) as act:
        tickets.call_again(act, tickets.own(act, called.id), 2)
    assert shown(office) == [Called("A001", 2)]
    with office.act(office.actors["clerk"]) as act, pytest.raises(Conflict, match="Another counter"):
        tickets.call_again(act, tickets.own(act, called.id), 1)
    with office.act(office.actors["clerk"]) as act:
        tickets.done(act, tickets.own(act, called.id))
    with office.act(office.actors["clerk"]) as act, pytest.raises(Conflict, match="not called, or is done"):
        tickets.call_again(act, tickets.own(act, called.id), 2)
    office.clock.advance(dt.timedelta(days=1))
    with office.reading(office.actors["clerk"]) as look, pytest.raises(NotFound):
        tickets.own(look, called.id)


def test_the_board_shows_the_last_calls_first_and_no_more_than_fit(office: SmallOffice) -> None:
    for counter in range(1, board.ROWS + 3):
        walk_in(office)
        next_at(office, counter)
        minutes_pass(office, 1)
    assert [each.counter for each in shown(office)] == list(range(board.ROWS + 2, 2, -1))
    with office.act(office.actors["clerk"]) as act:
        third = act.session.scalars(select(Ticket).where(Ticket.number == 3)).one()
        tickets.call_again(act, third, 3)
    assert shown(office)[0] == Called("A003", 3)


def test_the_board_is_one_statement_and_knows_its_centres(office: SmallOffice) -> None:
    walk_in(office)
    next_at(office)
    asked = list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.extend([statement] * (statement != "BEGIN"))

    event.listen(office.database.engine, "before_cursor_execute", note)
    assert shown(office) == [Called("A001", 1)]
    event.remove(office.database.engine, "before_cursor_execute", note)
    assert len(asked) == 1
    with office.reading() as look:
        assert board.called(look, "galati") == []
        for nobody in ("", "nowhere", "Timisoara'--"):
            with pytest.raises(NotFound):
                board.called(look, nobody)


def test_two_counters_call_two_persons(office: SmallOffice) -> None:
    for _ in range(2):
        walk_in(office)
    begun, called = threading.Barrier(2), list[Any]()

    def call(counter: int) -> None:
        begun.wait(30)
        try:
            called.append(next_at(office, counter).label)
        except Exception as error:
            called.append(error)

    threads = [threading.Thread(target=call, args=[counter]) for counter in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(str, called)) == ["A001", "A002"]


def test_two_at_the_door_get_two_numbers(office: SmallOffice) -> None:
    begun, given = threading.Barrier(2), list[Any]()

    def ask() -> None:
        begun.wait(30)
        try:
            given.append(walk_in(office))
        except Exception as error:
            given.append(error)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(str, given)) == ["A001", "A002"]


def test_a_collection_is_found_by_the_reference_of_its_request(office: SmallOffice, checked: Case) -> None:
    book(office, wanted(at(9, 30), purpose=COLLECTION), checked.request_id)
    with office.reading() as look:
        reference = look.session.get_one(IssuanceRequest, checked.request_id).reference
    assert arrive(office, references.grouped(reference)) == "C001"
    with pytest.raises(InvalidInput, match="No appointment belongs") as refused:
        arrive(office, references.new_reference())
    assert refused.value.field == "code"
