"""Roads of requests, documents, jobs and stations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, select, text

from card_drivers.order import Order, Outcome, Result
from issuance.actors import SYSTEM
from issuance.db import UtcDateTime
from issuance.models.documents import Document
from issuance.models.production import ChipRead
from issuance.models.staff import Station
from issuance.models.stations import PrintTest
from issuance.models.stock import Blank, StrayBlank
from issuance.services.stations import devices, tokens
from issuance.services.stock import strays
from issuance.services.supply import handing
from issuance.states import BlankState, DocumentState, JobState, RequestState
from tests.crash.floor import TID, Floor, result
from tests.crash.roads.road import DAY, HOUR, documents, requests, road
from tests.people import LAYLA

# The desk


def _four_lodged(floor: Floor) -> None:
    for _ in range(4):
        floor.office.lodge(floor.person())


@road(
    _four_lodged,
    "request lodged > incomplete > complete > incomplete > withdrawn",
    "request lodged > complete > refused",
    "request lodged > withdrawn",
    "request complete > withdrawn",
)
def desk(floor: Floor) -> None:
    first, second, third, fourth = requests(floor, RequestState.LODGED)
    for act in ("wait_for", "enrol", "send_back", "withdraw"):
        floor.do(act, first)
    floor.do("enrol", second)
    floor.do("refuse", second)
    floor.do("withdraw", third)
    floor.do("enrol", fourth)
    floor.do("withdraw", fourth)


def _two_complete(floor: Floor) -> None:
    for _ in range(2):
        floor.office.carry("complete", floor.person())


def _spoiled_once(floor: Floor) -> None:
    """Two whose first attempt was not started: their next one waits in the queue."""
    queued(2)(floor)
    for _ in range(2):
        claim = floor.office.claim()
        assert claim is not None
        order = floor.office.leave(floor.office.order(claim))
        not_made = result(order, Outcome.NOT_STARTED, trouble={"code": "no-blank-taken"})
        assert floor.office.report(Result.model_validate(not_made)) is None


@road(_spoiled_once, "request in_production > complete", "request in_production > withdrawn")
def begun_and_taken_back(floor: Floor) -> None:
    first, second = requests(floor, RequestState.IN_PRODUCTION)
    floor.do("take_back", first)
    floor.do("withdraw", second)


def _approved_at_noon(floor: Floor) -> None:
    """Approved, and nothing prepares it for some minutes."""
    floor.office.carry("approved", floor.person(TID))
    table, column, name = ("task", "due_at", "name")
    if not floor.url.startswith("sqlite"):
        table, column, name = ("procrastinate_jobs", "scheduled_at", "task_name")
    statement = text(f"UPDATE {table} SET {column} = :at WHERE {name} = 'prepare'")
    later = floor.office.clock.now() + dt.timedelta(minutes=50)
    with floor.database.transaction() as session:
        session.execute(statement.bindparams(bindparam("at", later, type_=UtcDateTime())))


@road(_approved_at_noon, "job preparing > cancelled")
def stopped_before_it_was_prepared(floor: Floor) -> None:
    (key,) = requests(floor, RequestState.APPROVED)
    floor.do("take_back", key)


@road(
    _two_complete,
    "request complete > approved > complete",
    "request approved > withdrawn",
    "job preparing > queued > cancelled",
    "document prepared > cancelled",
)
def taken_back(floor: Floor) -> None:
    first, second = requests(floor, RequestState.COMPLETE)
    for key, end in ((first, "take_back"), (second, "withdraw")):
        floor.do("approve", key)
        floor.wait(lambda: not floor.jobs(JobState.PREPARING), "it is prepared")
        floor.do(end, key)


# Making


def _approved(floor: Floor) -> None:
    """One with a chip and one without, the shift is open."""
    floor.office.carry("queued", floor.person(LAYLA))
    floor.office.carry("queued", floor.person(TID))


def _plain(floor: Floor) -> None:
    """One without a chip: it takes half the time."""
    floor.office.carry("queued", floor.person(TID))


@road(
    _plain,
    "request approved > in_production > ready > delivered",
    "document prepared > personalised > checked > valid",
    "job queued > claimed > done",
    "blank at_station > consumed",
    "ledger made",
    *("claim", "order", "leave", "note", "result", "closed"),
    *(f"{event} {step}" for event in ("begin", "end") for step in ("feed", "print", "eject")),
    *("address enrolment", "address start", "address registration", "address status", "address errand"),
    *("address claim", "address order", "address result"),
)
def plain(floor: Floor) -> None:
    floor.start_station()
    floor.wait(floor.rests, "it is made")
    _give(floor)


@road(
    _approved,
    *(f"{event} {step}" for event in ("begin", "end") for step in ("encode", "lock")),
    *("address leave", "address chip", "address channel"),
)
def chipped(floor: Floor) -> None:
    floor.start_station()
    floor.wait(floor.rests, "both are made")
    _give(floor)


def _give(floor: Floor) -> None:
    """What is made is checked and handed over."""
    for key in documents(floor, DocumentState.PERSONALISED):
        floor.do("check", key)
    for key in requests(floor, RequestState.READY):
        floor.do("hand_over", key)


@road(_plain, "address end")
def evening(floor: Floor) -> None:
    floor.start_station()
    floor.wait(floor.rests, "it is made")
    floor.running["s1"].terminate()
    floor.until(lambda: not floor.running["s1"].is_alive(), "the station ends")
    del floor.running["s1"]


def _jam(floor: Floor) -> None:
    _plain(floor)
    floor.machine().directory.joinpath("faults.json").write_text('{"conditions": [], "events": ["jam"]}')


@road(
    _jam,
    "job claimed > spoiled",
    "blank at_station > spoiled",
    *("begin reject", "end reject"),
)
def spoiled(floor: Floor) -> None:
    floor.start_station()
    floor.wait(floor.rests, "both are made")


def _no_blank(floor: Floor) -> None:
    floor.office.carry("queued", floor.person(TID))
    floor.machine().directory.joinpath("faults.json").write_text('{"conditions": [], "events": ["no-blank"]}')


@road(_no_blank, "job claimed > not_started")
def nothing_taken(floor: Floor) -> None:
    floor.start_station()
    floor.wait(lambda: documents(floor, DocumentState.CANCELLED), "it was not started")
    floor.machine().directory.joinpath("faults.json").write_text('{"conditions": [], "events": []}')
    floor.wait(floor.rests, "it is made")


def _two_made(floor: Floor) -> None:
    for _ in range(2):
        floor.made()


@road(
    _two_made,
    "document personalised > cancelled",
    "document checked > cancelled",
    "blank consumed > spoiled",
    "ledger rejected",
    "request ready > in_production",
)
def found_wrong(floor: Floor) -> None:
    first, second = documents(floor, DocumentState.PERSONALISED)
    floor.do("check", first, good=False)
    floor.do("check", second)
    (ready,) = requests(floor, RequestState.READY)
    floor.do("find_wrong", ready)


# Held


def _claimed_only(floor: Floor) -> None:
    floor.office.carry("claimed", floor.person())


@road(_claimed_only, "job claimed > not_started > queued")
def never_fetched(floor: Floor) -> None:
    floor.later(HOUR)
    floor.wait(lambda: floor.jobs(JobState.QUEUED), "it is offered again")


def queued(count: int, lodging: Any = TID) -> Callable[[Floor], None]:
    def prepare(floor: Floor) -> None:
        for _ in range(count):
            floor.office.carry("queued", floor.person(lodging))

    return prepare


def one_more(floor: Floor) -> Order:
    """The station gets an order and the leave to make it; not by its own program, which lives in no folder."""
    claim = floor.office.claim()
    assert claim is not None
    return floor.office.leave(floor.office.order(claim))


def tell(floor: Floor, said: dict[str, Any]) -> None:
    floor.do("tell", floor.office.station.id, said=said)


@road(
    queued(4),
    "job claimed > held > done",
    "job held > spoiled",
    "job held > not_started",
)
def held(floor: Floor) -> None:
    for tray in ("tray", "reject", ""):
        order = one_more(floor)
        if tray:
            floor.by_hand(order, tray)
        tell(floor, result(order, Outcome.UNKNOWN, trouble={"code": "card-perhaps-inside"}))
        floor.wait(lambda: not floor.held(), "somebody saw to it")
    order = one_more(floor)
    told = floor.by_hand(order)
    tell(floor, result(order, Outcome.UNKNOWN, trouble={"code": "card-perhaps-inside"}))
    tell(floor, told)  # it knows after all


def _bureau(floor: Floor) -> None:
    """The station of the office sends away; its machine is the bureau's."""
    office = floor.office
    with office.act(SYSTEM) as act:
        centre = act.session.get_one(Station, office.station.id).centre
        office.memory.station, _ = tokens.add_station(act, "bureau", centre, bureau=True)
        office.memory.station.status = office.station.status
        here = act.session.get_one(Station, office.station.id)
        lying = select(Blank.serial).where(Blank.station_id == here.id, Blank.state == BlankState.AT_STATION)
        serials = act.session.scalars(lying).all()
        handing.take_out(act, here, serials)
        handing.load(act, office.memory.station, serials)
    office.station = office.memory.station
    office.open_shift()
    queued(4, LAYLA)(floor)  # a bureau makes no TID


@road(
    _bureau,
    "job claimed > sent > done",
    "job sent > spoiled",
    "job sent > not_started",
    "job sent > held > sent",
)
def sent_away(floor: Floor) -> None:
    for end in ("tray", "reject", "late", ""):
        order = one_more(floor)
        if end == "late":
            floor.later(HOUR)
            floor.wait(lambda: floor.jobs(JobState.HELD), "its lease is over")
        tell(floor, result(order, Outcome.SENT))
        if end == "late":
            floor.do("stop_waiting", order.order_id)
            end = "tray"
        not_made = result(order, Outcome.NOT_STARTED, trouble={"code": "no-blank-taken"})
        tell(floor, floor.by_hand(order, end) if end else not_made)
    floor.wait(lambda: not floor.jobs(JobState.PREPARING), "what is made anew is prepared")
    while floor.jobs(JobState.QUEUED):
        floor.offer_again(0.0)
        order = one_more(floor)
        tell(floor, result(order, Outcome.SENT))
        tell(floor, floor.by_hand(order))


# Afterwards


def _delivered(count: int) -> Callable[[Floor], None]:
    def prepare(floor: Floor) -> None:
        for _ in range(count):
            floor.delivered()

    return prepare


@road(
    _delivered(6),
    "document valid > suspended > valid",
    "document suspended > lost",
    "document suspended > stolen",
    "document suspended > voided",
    "document valid > voided",
    "document valid > surrendered > destroyed",
    "document valid > damaged > destroyed",
    *("destruction.counted", "destruction.witnessed"),
)
def ended(floor: Floor) -> None:
    lost, stolen, void, dead, back, broken = documents(floor, DocumentState.VALID)
    for act in ("report_loss", "find_lost", "lift", "report_loss"):
        floor.do(act, lost)
    floor.do("confirm_loss", lost, kind="lost")
    floor.do("report_loss", stolen)
    floor.do("confirm_loss", stolen, kind="stolen")
    floor.do("report_loss", void)
    floor.do("end", void, ground="death", given_back=False)
    floor.do("end", dead, ground="death", given_back=False)
    for key, ground in ((back, "death"), (broken, "damaged")):
        floor.do("end", key, ground=ground, given_back=True)
        floor.do("count_bin", key)
        floor.do("witness_bin", key)


def _two_ready(floor: Floor) -> None:
    for _ in range(2):
        _, document = floor.made(LAYLA)
        floor.office.check(document, floor.office.readings(document))


@road(_two_ready, "request ready > uncollected > ready", "request uncollected > closed", "document checked > cancelled")
def nobody_came(floor: Floor) -> None:
    first, second = requests(floor, RequestState.READY)
    floor.later(400 * DAY)
    floor.wait(lambda: len(requests(floor, RequestState.UNCOLLECTED)) == 2, "both are noted")
    floor.do("bring_back", first)
    floor.do("discard", second)


# Blanks and errands


def _one_is_gone(floor: Floor) -> None:
    """The ledger has a blank that lies in no feeder, and the supervisor's list names it."""
    path = floor.machine().directory / "machine.json"
    machine = floor.machine().machine()
    machine.hopper = [blank for blank in machine.hopper if blank.serial != "card-19"]
    path.write_text(machine.model_dump_json())
    with floor.office.act(floor.office.actors["operator"]) as act:
        station = act.session.get_one(Station, floor.office.station.id)
        strays.keep(act, strays.Kind.NOT_IN_STACK, "card-19", station=station)
        act.record("stock.stack_declared", station, count=0)


@road(_one_is_gone, "blank at_station > missing", "stock.stray_settled")
def missing(floor: Floor) -> None:
    with floor.office.reading() as look:
        key = look.session.scalars(select(StrayBlank.id)).one()
    floor.do("settle_stray", key, way="missing")


def _errands(floor: Floor) -> None:
    """A test print is wanted, and what lies on the reader."""
    _approved(floor)
    office = floor.office
    with office.act(office.actors["operator"]) as act:
        devices.ask_test(act, act.session.get_one(Station, office.station.id))


@road(_errands, "address errand_done", "address send_reading", "ledger tested")
def errands(floor: Floor) -> None:
    floor.start_station()
    floor.wait(floor.rests, "both are made")
    with floor.office.reading() as look:
        made = Document.document_type == "RP-R", Document.state == DocumentState.PERSONALISED
        key = look.session.scalars(select(Document.id).where(*made)).one()
    floor.do("ask_for_chip", key)
    floor.wait(lambda: _is_answered(floor), "the chip is read, and the test printed")


def _is_answered(floor: Floor) -> bool:
    with floor.office.reading() as look:
        asked = [look.session.scalars(select(each.answered_at)).first() for each in (ChipRead, PrintTest)]
    return None not in asked
