"""Roads: what a small office does so that every move of a state, every step of a station and every address is met.

`prepare` is done once, without a server; `go` is done by the people and machines of a running office. `meets` says
which points lie on the road, and `test_points.py` that none is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select

from card_drivers.order import Order, Outcome
from card_drivers.simulators.machine import Blank as Loaded
from issuance.actors import SYSTEM
from issuance.models.documents import Document
from issuance.models.production import ChipRead
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Station
from issuance.models.stock import Blank, StrayBlank
from issuance.services.stations import devices, tokens
from issuance.services.stock import strays
from issuance.states import DocumentState, JobState, RequestState
from tests.crash.floor import TID, Floor, result
from tests.crash.points import move
from tests.people import LAYLA

HOUR, DAY = 3600.0, 86400.0


@dataclass(frozen=True)
class Road:
    """One way through the office, and what lies on it."""

    prepare: Callable[[Floor], None]
    go: Callable[[Floor], None]
    meets: frozenset[str] = field(default_factory=frozenset)


ROADS: dict[str, Road] = {}


def road(prepare: Callable[[Floor], None], *meets: str) -> Callable[[Callable[[Floor], None]], None]:
    """The decorated function is the road of its name; `meets` are points, moves as `table a > b > c` for a chain."""

    def register(go: Callable[[Floor], None]) -> None:
        found = frozenset(each for line in meets for each in _each(line))
        ROADS[go.__name__] = Road(prepare, go, found)

    return register


def _each(line: str) -> list[str]:
    if " > " not in line:
        return [line]
    table, _, rest = line.partition(" ")
    states = rest.split(" > ")
    return [move(table, start, end) for start, end in pairwise(states)]


def requests(floor: Floor, *states: RequestState) -> list[UUID]:
    """The requests in these states, the oldest first."""
    query = select(IssuanceRequest.id).where(IssuanceRequest.state.in_(states)).order_by(IssuanceRequest.id)
    with floor.office.reading() as look:
        return list(look.session.scalars(query))


def documents(floor: Floor, *states: DocumentState) -> list[UUID]:
    """The documents in these states, the oldest first."""
    query = select(Document.id).where(Document.state.in_(states)).order_by(Document.id)
    with floor.office.reading() as look:
        return list(look.session.scalars(query))


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


def _queued(count: int, lodging: Any = TID) -> Callable[[Floor], None]:
    def prepare(floor: Floor) -> None:
        for _ in range(count):
            floor.office.carry("queued", floor.person(lodging))

    return prepare


def _one_more(floor: Floor) -> Order:
    """The station gets an order and the leave to make it; not by its own program, which lives in no folder."""
    claim = floor.office.claim()
    assert claim is not None
    return floor.office.leave(floor.office.order(claim))


def _tell(floor: Floor, said: dict[str, Any]) -> None:
    floor.do("tell", floor.office.station.id, said=said)


@road(
    _queued(4),
    "job claimed > held > done",
    "job held > spoiled",
    "job held > not_started",
)
def held(floor: Floor) -> None:
    for tray in ("tray", "reject", ""):
        order = _one_more(floor)
        if tray:
            floor.by_hand(order, tray)
        _tell(floor, result(order, Outcome.UNKNOWN, trouble={"code": "card-perhaps-inside"}))
        floor.wait(lambda: not floor.held(), "somebody saw to it")
    order = _one_more(floor)
    told = floor.by_hand(order)
    _tell(floor, result(order, Outcome.UNKNOWN, trouble={"code": "card-perhaps-inside"}))
    _tell(floor, told)  # it knows after all


def _bureau(floor: Floor) -> None:
    """The station of the office sends away; its machine is the bureau's."""
    office = floor.office
    with office.act(SYSTEM) as act:
        centre = act.session.get_one(Station, office.station.id).centre
        office.memory.station, _ = tokens.add_station(act, "bureau", centre, bureau=True)
        office.memory.station.status = office.station.status
        here = act.session.get_one(Station, office.station.id)
        for blank in act.session.scalars(select(Blank).where(Blank.station_id == here.id)):
            blank.station_id = office.memory.station.id
        act.record("stock.loaded", office.memory.station, stock="card", count=1)
    office.station = office.memory.station
    office.open_shift()
    _queued(4, LAYLA)(floor)  # a bureau makes no TID


@road(
    _bureau,
    "job claimed > sent > done",
    "job sent > spoiled",
    "job sent > not_started",
    "job sent > held > sent",
)
def sent_away(floor: Floor) -> None:
    for end in ("tray", "reject", "late", ""):
        order = _one_more(floor)
        if end == "late":
            floor.later(HOUR)
            floor.wait(lambda: floor.jobs(JobState.HELD), "its lease is over")
        _tell(floor, result(order, Outcome.SENT))
        if end == "late":
            floor.do("stop_waiting", order.order_id)
            end = "tray"
        not_made = result(order, Outcome.NOT_STARTED, trouble={"code": "no-blank-taken"})
        _tell(floor, floor.by_hand(order, end) if end else not_made)
    floor.wait(lambda: not floor.jobs(JobState.PREPARING), "what is made anew is prepared")
    while floor.jobs(JobState.QUEUED):
        floor.offer_again(0.0)
        order = _one_more(floor)
        _tell(floor, result(order, Outcome.SENT))
        _tell(floor, floor.by_hand(order))


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


def _nothing(_: Floor) -> None: ...


@road(_nothing, "blank received > in_vault > in_transit > at_centre > at_station")
def loaded(floor: Floor) -> None:
    serials = [f"card-{number}" for number in range(20, 25)]
    floor.do("load", floor.office.station.id, serials=serials)
    floor.machine().load([Loaded(serial=serial, stock="card") for serial in serials])


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


@road(_one_is_gone, "blank at_station > missing")
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


@road(_errands, "address errand_done", "address send_reading")
def errands(floor: Floor) -> None:
    floor.start_station()
    floor.wait(floor.rests, "both are made")
    with floor.office.reading() as look:
        made = Document.document_type == "RP-R", Document.state == DocumentState.PERSONALISED
        key = look.session.scalars(select(Document.id).where(*made)).one()
    floor.do("ask_for_chip", key)
    floor.wait(lambda: _is_answered(floor), "the chip is read")


def _is_answered(floor: Floor) -> bool:
    with floor.office.reading() as look:
        return look.session.scalars(select(ChipRead.answered_at)).first() is not None


NO_ACT = "no act makes this move yet"
IN_THE_HAND_OVER = "of the old document, in the transaction of ready > delivered of the new one"
UNREACHED: dict[str, str] = {
    **dict.fromkeys(
        (
            *(f"blank {place} > missing" for place in ("received", "in_vault", "in_transit", "at_centre")),
            *("blank consumed > missing", "blank spoiled > missing", "blank missing > found"),
            *("blank in_transit > in_vault", "blank at_centre > in_transit", "blank at_station > at_centre"),
            "blank spoiled > destroyed",
        ),
        NO_ACT,
    ),
    **dict.fromkeys((f"document valid > {end}" for end in ("replaced", "lost", "stolen")), IN_THE_HAND_OVER),
    "job preparing > cancelled": "as queued > cancelled, in the same act; the server prepares before a person can act",
    "job preparing > held": "a restore holds what was open (tests/integration/recovery)",
    "job queued > held": "a restore holds what was open (tests/integration/recovery)",
    "request in_production > complete": "no act makes this move: a claimed request is not taken back",
    "request in_production > withdrawn": "an attempt after a spoiled one: as approved > withdrawn, in the same act",
    "address waits": "an order on the desk waits for hands (tests/unit/station, ADR 0033)",
    "address journal": "after a restore (tests/integration/recovery)",
    "begin back": "an order on the desk (tests/contract/test_faults_killed.py kills it at every write)",
    "end back": "an order on the desk (tests/contract/test_faults_killed.py)",
    "begin send": "the folder of a bureau's station (tests/contract/bench_bureau.py)",
    "end send": "the folder of a bureau's station (tests/contract/bench_bureau.py)",
}
"""Points to which no road leads, and why."""
