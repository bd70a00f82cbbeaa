"""Batches, files of case handling and the waiting room: what people do, and the roads of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from card_drivers.order import Result
from issuance.actors import SYSTEM
from issuance.acts import Act
from issuance.background import enqueue
from issuance.chores import files as chores
from issuance.db import Base
from issuance.errors import Conflict
from issuance.models.appointments import Appointment, Purpose, Ticket
from issuance.models.batches import Batch
from issuance.models.files import ImportedFile
from issuance.models.staff import Centre
from issuance.services import centres
from issuance.services.appointments import bookings, capacity, slots, tickets
from issuance.services.appointments.bookings import Wanted
from issuance.services.appointments.capacity import Given
from issuance.services.appointments.tickets import Seat
from issuance.services.batches import choosing, running
from issuance.services.batches.choosing import Plan
from issuance.services.imports import checking, deciding, files
from issuance.services.imports.lines import Decision
from issuance.states import AppointmentState, BatchState, FileState
from tests.crash import people
from tests.crash.floor import TID, Floor
from tests.crash.people import act, direct
from tests.crash.roads.blanks import centre
from tests.crash.roads.road import newest, nothing, road
from tests.integration.imports.test_lines import FIRST, NEXT, file_of
from tests.people import SmallOffice


def is_in(floor: Floor, kind: type[Base], *states: Any) -> Callable[[], bool]:
    """Whether the newest row of a kind is in one of these states."""
    rows: Any = kind

    def so() -> bool:
        with floor.office.reading() as look:
            return look.session.scalars(select(rows.state).order_by(rows.id.desc())).all()[0] in states

    return so


# Batches


@direct
def make_batch(office: SmallOffice, key: UUID) -> None:
    with office.act(office.actors["operator"]) as act:
        choosing.make(act, Plan((key,)))


@act("operator", Batch)
def start_batch(act: Act, batch: Batch) -> None:
    running.start(act, batch)


@act("operator", Batch)
def pause_batch(act: Act, batch: Batch) -> None:
    running.pause(act, batch)


@act("operator", Batch)
def cancel_batch(act: Act, batch: Batch) -> None:
    running.cancel(act, batch)


def _two_queued(floor: Floor) -> None:
    for _ in range(2):
        floor.office.carry("queued", floor.person(TID))


@road(_two_queued, "batch planned > running > paused > running > done")
def a_batch(floor: Floor) -> None:
    floor.do("make_batch", floor.office.station.id)
    key = newest(floor, Batch)
    for name in ("start_batch", "pause_batch", "start_batch"):
        floor.do(name, key)
    floor.start_station()
    floor.wait(floor.rests, "both are made")
    floor.wait(is_in(floor, Batch, BatchState.DONE), "the batch is done")


def _paused_and_made(floor: Floor) -> None:
    """A batch that was paused while a station made its last job."""
    office = floor.office
    office.carry("queued", floor.person(TID))
    people.ACTS["make_batch"](office, office.station.id)
    people.ACTS["start_batch"](office, newest(floor, Batch))
    claim = office.claim()
    assert claim is not None
    made = floor.by_hand(office.leave(office.order(claim)))
    people.ACTS["pause_batch"](office, newest(floor, Batch))
    assert office.report(Result.model_validate(made)) is None


@road(_paused_and_made, "batch paused > done")
def a_paused_batch(floor: Floor) -> None:
    floor.wait(is_in(floor, Batch, BatchState.DONE), "the batch is done")


@road(_two_queued, "batch planned > cancelled", "batch running > cancelled", "batch paused > cancelled")
def cancelled_batches(floor: Floor) -> None:
    for names in ((), ("start_batch",), ("start_batch", "pause_batch")):
        floor.do("make_batch", floor.office.station.id)
        key = newest(floor, Batch)
        for name in (*names, "cancel_batch"):
            floor.do(name, key)


# Files


@direct
def bring_file(office: SmallOffice, key: UUID, *, data: bytes, check: bool = True) -> None:
    """As the page does: read outside the transaction, and checked by a task."""
    brought = files.prepare(office.vault, data)
    with office.act(office.actors["supervisor"]) as act:
        file_id = files.bring(act, brought).id
        if check:
            enqueue(act.session, files.CHECK, clock=act.clock, file_id=str(file_id))


@act("supervisor", ImportedFile)
def lodge_file(act: Act, file: ImportedFile) -> None:
    files.begin_lodging(act, file.id)
    enqueue(act.session, files.LODGE, clock=act.clock, file_id=str(file.id))


@act("supervisor", ImportedFile)
def pause_file(act: Act, file: ImportedFile) -> None:
    files.pause(act, file.id)


@act("supervisor", ImportedFile)
def stop_file(act: Act, file: ImportedFile) -> None:
    files.stop(act, file.id)


@act("supervisor", ImportedFile)
def decide_file(act: Act, file: ImportedFile) -> None:
    open_lines = list(deciding.open_lines(act, file.id))
    decided = {line: Decision(None, frozenset(each.id for each in alike)) for line, _, alike, _ in open_lines}
    if not decided:
        raise Conflict("Nothing of this file waits for a decision.")
    deciding.decide(act, file.id, decided)
    enqueue(act.session, files.LODGE, clock=act.clock, file_id=str(file.id))


ALIKE = file_of(FIRST, NEXT | {"birth_place": "Halab"})
"""Two lines that name somebody alike: the second is decided on."""

OTHER = [file_of(FIRST | {"case_reference": f"2026/TM/95{number:02}", "note": "x" * number}) for number in range(6)]
HOPELESS = file_of(FIRST | {"birth_date": "yesterday"})


@road(nothing, "file uploaded > checking > checked > lodging > done > lodging")
def a_file(floor: Floor) -> None:
    floor.do("bring_file", centre(floor), data=ALIKE)
    key = newest(floor, ImportedFile)
    floor.wait(is_in(floor, ImportedFile, FileState.CHECKED), "it is checked")
    floor.do("lodge_file", key)
    floor.wait(is_in(floor, ImportedFile, FileState.DONE), "it is lodged")
    floor.do("decide_file", key)
    floor.wait(is_in(floor, ImportedFile, FileState.DONE), "what was decided is lodged")


@road(nothing, "file checking > refused")
def a_hopeless_file(floor: Floor) -> None:
    floor.do("bring_file", centre(floor), data=HOPELESS)
    floor.wait(is_in(floor, ImportedFile, FileState.REFUSED), "it is refused")


def _files_everywhere(floor: Floor) -> None:
    """One file uploaded, one in its check, one checked, and three being lodged: their tasks wait for nobody."""
    office = floor.office
    for number, data in enumerate(OTHER):
        people.ACTS["bring_file"](office, centre(floor), data=data, check=False)
        key = newest(floor, ImportedFile)
        if number == 1:
            with office.act(SYSTEM) as act:
                checking.begin(act, key)
        while number > 1 and chores.check_next(office, key):
            pass
        if number > 2:
            with office.act(office.actors["supervisor"]) as act:
                files.begin_lodging(act, key)


@road(
    _files_everywhere,
    *(f"file {state} > stopped" for state in ("uploaded", "checking", "checked", "lodging", "paused")),
    "file lodging > paused > lodging",
)
def stopped_files(floor: Floor) -> None:
    with floor.office.reading() as look:
        uploaded, checking_, checked, lodging, paused, again = look.session.scalars(
            select(ImportedFile.id).order_by(ImportedFile.id)
        )
    for key in (uploaded, checking_, checked, lodging):
        floor.do("stop_file", key)
    for key, end in ((paused, "stop_file"), (again, "lodge_file")):
        floor.do("pause_file", key)
        floor.do(end, key)
    floor.wait(is_in(floor, ImportedFile, FileState.DONE), "the last one is lodged")


# The waiting room


@act("clerk", Centre)
def give_ticket(act: Act, centre: Centre, *, ticket: UUID) -> None:
    tickets.give(act, centre, Purpose.LODGING, ticket)


@direct
def call_next(office: SmallOffice, key: UUID) -> None:
    with office.act(office.actors["clerk"]) as act:
        tickets.call_next(act, Seat(1, tuple(Purpose)))


@act("clerk", Ticket)
def call_again(act: Act, ticket: Ticket) -> None:
    tickets.call_again(act, ticket, 1)


@act("clerk", Ticket)
def absent(act: Act, ticket: Ticket) -> None:
    tickets.absent(act, ticket)


@act("clerk", Ticket)
def end_ticket(act: Act, ticket: Ticket) -> None:
    tickets.done(act, ticket)


@road(nothing, "ticket waiting > called > absent > called > done")
def waiting_room(floor: Floor) -> None:
    key = uuid4()
    floor.do("give_ticket", centre(floor), ticket=key)
    floor.do("call_next", centre(floor))
    for name in ("absent", "call_again", "end_ticket"):
        floor.do(name, key)


@act("clerk", Appointment)
def cancel_appointment(act: Act, appointment: Appointment) -> None:
    bookings.cancel(act, appointment)


@act("clerk", Appointment)
def arrive(act: Act, appointment: Appointment) -> None:
    tickets.arrive(act, appointment)


def _three_booked(floor: Floor) -> None:
    office = floor.office
    with office.act(office.actors["administrator"]) as act:
        here = centres.with_id(act, centre(floor))
        capacity.give(act, here, {Purpose.LODGING: Given(5, 10, 0), Purpose.COLLECTION: Given(5, 10, 0)})
    with office.act(office.actors["clerk"]) as act:
        here = centres.with_id(act, centre(floor))
        tomorrow = next(day for day in slots.open_days(act, here, 3) if day > act.clock.today())
        at = slots.day_of(act, here, Purpose.LODGING, tomorrow).slots[0]
        for _ in range(3):
            bookings.book(act, here, Wanted(Purpose.LODGING, at, 1, uuid4()))


@road(_three_booked, *(f"appointment booked > {end}" for end in ("came", "missed", "cancelled")))
def appointments(floor: Floor) -> None:
    with floor.office.reading() as look:
        rows = list(look.session.scalars(select(Appointment).order_by(Appointment.id)))
    (first, at), (second, _), (third, _) = ((row.id, row.starts_at) for row in rows)
    floor.do("cancel_appointment", first)
    floor.later((at - floor.office.clock.now()).total_seconds() + 60)
    floor.do("arrive", second)
    floor.later(dt.timedelta(days=2).total_seconds())
    floor.wait(lambda: _state(floor, third) == AppointmentState.MISSED, "it is missed")


def _state(floor: Floor, key: UUID) -> Any:
    with floor.office.reading() as look:
        return look.session.get_one(Appointment, key).state
