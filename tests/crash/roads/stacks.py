"""Stacks of cards at a machine that reads no serial: each document takes the next place, until a scan or a count."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import select

from card_drivers.order import Outcome
from issuance.acts import Act
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.models.stock import Blank, StackCard
from issuance.services.production import quality
from issuance.services.stock import doubts, stacks
from issuance.services.stock.doubts import Way
from issuance.services.stock.stacks import Declared
from issuance.states import JobState
from tests.crash.floor import Floor, result
from tests.crash.people import act
from tests.crash.roads.blanks import pull_out
from tests.crash.roads.documents import one_more, queued, tell
from tests.crash.roads.road import road
from tests.stacks import without_serials

FIRST, LAST = "card-1", "card-9"


@act("operator", Station)
def declare_stack(act: Act, station: Station, *, first: str, last: str) -> None:
    stacks.declare(act, station, Declared(first, last))


@act("operator", Station)
def count_stack(act: Act, station: Station, *, top: str) -> None:
    stacks.count(act, station, "card", top)


@act("quality_officer", Document)
def scan_card(act: Act, document: Document, *, serial: str) -> None:
    quality.scan(act, document, document.number, serial)


@act("supervisor", StackCard)
def settle_card(act: Act, card: StackCard, *, way: str) -> None:
    doubts.settle(act, card, Way(way), "", "Looked everywhere.")


# Roads


def _without_a_reader(floor: Floor) -> None:
    """The machine reads no serials, and three people wait for it."""
    settings = {"revision": 0, "settings": {"printer": {"reads_serials": False}}}
    (floor.folder / "s1" / "settings.json").write_text(json.dumps(settings))
    queued(3)(floor)
    without_serials(floor.office)


def _declared(floor: Floor) -> None:
    floor.do("declare_stack", floor.office.station.id, first=FIRST, last=LAST)


def _scanned(floor: Floor, order: UUID) -> None:
    """The officer scans the card of an order, which lies in the tray."""
    floor.do("scan_card", document_of(floor, order), serial=floor.card(order)[0])


def document_of(floor: Floor, order: UUID) -> UUID:
    """The document of an order."""
    with floor.office.reading() as look:
        return look.session.get_one(PrintJob, order).document_id


def _counted(floor: Floor) -> None:
    """The operator says which card lies on top now."""
    floor.do("count_stack", floor.office.station.id, top=_top(floor))


def _top(floor: Floor) -> str:
    return next(str(blank.serial) for blank in floor.machine().hopper() if blank.stock == "card")


@road(
    _without_a_reader,
    "card waiting > provisional > confirmed",
    "card provisional > ended",
    "card waiting > ended",
    *("stock.stack_declared", "stock.stack_counted"),
)
def a_stack(floor: Floor) -> None:
    _declared(floor)
    floor.start_station()
    floor.wait(floor.rests, "all are made")
    _scanned(floor, floor.jobs(JobState.DONE)[0].id)
    _counted(floor)


def _by_hand(floor: Floor) -> None:
    """The same station, whose program lives in no folder until all is told."""
    queued(5)(floor)
    without_serials(floor.office)


@road(
    _by_hand,
    "card waiting > doubted > waiting",
    "card doubted > provisional",
    "card doubted > confirmed",
    "card provisional > doubted > ended",
    *("stock.card_disagreed", "stock.card_settled"),
)
def a_stack_in_doubt(floor: Floor) -> None:
    _declared(floor)
    _unknown(floor)
    floor.wait(lambda: not floor.held(), "somebody saw that it took no card")
    tell(floor, _unknown(floor, made=True))  # it knows after all
    _unknown(floor, made=True)
    floor.wait(lambda: not floor.held(), "somebody typed its serial")
    _scanned(floor, _told(floor))
    lost = _top(floor)
    pull_out(floor, lost)  # two were fed at once, and one fell behind the machine
    _scanned(floor, _told(floor))
    floor.do("settle_card", _place(floor, lost), way=Way.MISSING)
    _counted(floor)


def _told(floor: Floor) -> UUID:
    """The machine makes an order, reads no serial, and says so; which order."""
    order = one_more(floor)
    tell(floor, {**floor.by_hand(order), "blank_serial": None})
    return order.order_id


def _unknown(floor: Floor, *, made: bool = False) -> dict[str, Any]:
    """A station that does not know how an order ended says so; what it would say when it did."""
    order = one_more(floor)
    report = {**floor.by_hand(order), "blank_serial": None} if made else {}
    tell(floor, result(order, Outcome.UNKNOWN, trouble={"code": "card-perhaps-inside"}))
    return report


def _place(floor: Floor, serial: str) -> UUID:
    with floor.office.reading() as look:
        query = select(StackCard.id).join(Blank, Blank.id == StackCard.blank_id).where(Blank.serial == serial)
        return look.session.scalars(query).one()
