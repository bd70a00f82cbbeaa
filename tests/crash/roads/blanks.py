"""What people do with blanks that no document is on, and the roads of it: every move of the ledger (ADR 0058)."""

from __future__ import annotations

import shutil
from uuid import UUID

from sqlalchemy import select

from card_drivers.simulators.machine import Blank as Loaded
from issuance.acts import Act
from issuance.errors import Conflict
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Centre, Station
from issuance.models.stock import Blank
from issuance.models.supply import Delivery
from issuance.services.life import minutes
from issuance.services.stock import losses, rejects
from issuance.services.supply import deliveries, destruction, handing
from issuance.services.supply.deliveries import Manifest
from issuance.services.supply.destruction import BLANKS
from issuance.services.supply.handing import Step
from issuance.states import DocumentState
from tests.crash import people
from tests.crash.floor import Floor
from tests.crash.people import act, direct
from tests.crash.roads.road import nothing, road
from tests.people import SmallOffice

NEW = [f"CT{number:02}" for number in range(1, 7)]


@act("supervisor", Centre)
def announce(act: Act, centre: Centre, *, serials: list[str]) -> None:
    deliveries.announce(act, centre, Manifest("AV 12/2026", "card", serials))


@act("operator", Delivery)
def count_delivery(act: Act, delivery: Delivery, *, serials: list[str]) -> None:
    deliveries.count(act, delivery, serials)


@act("supervisor", Centre)
def hand(act: Act, centre: Centre, *, step: str, serials: list[str]) -> None:
    handing.hand(act, centre, Step(step), serials)


@act("operator", Station)
def load(act: Act, station: Station, *, serials: list[str]) -> None:
    handing.load(act, station, serials)


@act("operator", Station)
def take_out(act: Act, station: Station, *, serials: list[str]) -> None:
    handing.take_out(act, station, serials)


@act("supervisor", Centre)
def lose(act: Act, centre: Centre, *, serials: list[str]) -> None:
    losses.declare(act, centre, serials, "Looked everywhere.")


@act("supervisor", Blank)
def find(act: Act, blank: Blank) -> None:
    losses.find(act, blank, "behind the safe")


@act("operator", Blank)
def clear(act: Act, blank: Blank, *, fit: bool) -> None:
    losses.clear(act, blank, fit=fit)


@act("supervisor", Blank)
def see(act: Act, blank: Blank) -> None:
    rejects.see(act, blank, blank.serial, "It lay in the bin.")


@direct
def begin_destruction(office: SmallOffice, key: UUID, *, serials: list[str]) -> None:
    with office.act(office.actors["operator"]) as act:
        destruction.begin(act, serials)


@direct
def witness_destruction(office: SmallOffice, key: UUID) -> None:
    with office.act(office.actors["supervisor"]) as act:
        row = minutes.waiting(act, BLANKS)
        if row is None:
            raise Conflict("No destruction waits.")
        destruction.witness(act, row, "shredded")


@direct
def give_up_destruction(office: SmallOffice, key: UUID) -> None:
    with office.act(office.actors["operator"]) as act:
        row = minutes.waiting(act, BLANKS)
        if row is None:
            raise Conflict("No destruction waits.")
        destruction.give_up(act, row)


# Roads


def centre(floor: Floor) -> UUID:
    """The centre of the office."""
    return UUID(str(floor.office.station.centre_id))


def blank(floor: Floor, serial: str) -> UUID:
    """The blank with this serial."""
    with floor.office.reading() as look:
        return look.session.scalars(select(Blank.id).where(Blank.serial == serial)).one()


def delivery(floor: Floor) -> UUID:
    """The newest delivery."""
    with floor.office.reading() as look:
        return look.session.scalars(select(Delivery.id).order_by(Delivery.id.desc())).all()[0]


def pull_out(floor: Floor, serial: str) -> None:
    """Somebody takes a blank out of the feeder."""
    machine = floor.machine().machine()
    machine.hopper = [each for each in machine.hopper if each.serial != serial]
    (floor.machine().directory / "machine.json").write_text(machine.model_dump_json())


@road(
    nothing,
    "blank received > in_vault > in_transit > at_centre > at_station > at_centre > in_transit > in_vault",
    "blank received > missing",
    *(f"stock.{event}" for event in ("delivery_announced", "delivery_counted", "handed_out", "taken_over")),
    *(f"stock.{event}" for event in ("loaded", "taken_out", "handed_back", "locked_away")),
    *(f"ledger {why}" for why in ("announced", "counted", "handed_out", "taken_over", "loaded", "taken_out")),
    *(f"ledger {why}" for why in ("handed_back", "locked_away")),
)
def supplied(floor: Floor) -> None:
    here, station = centre(floor), floor.office.station.id
    floor.do("announce", here, serials=NEW)
    floor.do("count_delivery", delivery(floor), serials=NEW[:-1])
    floor.do("hand", here, step=Step.HAND_OUT, serials=NEW[:4])
    floor.do("hand", here, step=Step.TAKE_OVER, serials=NEW[:3], by="operator")
    floor.do("load", station, serials=NEW[:2])
    floor.machine().load([Loaded(serial=serial, stock="card") for serial in NEW[:2]])
    pull_out(floor, NEW[1])
    floor.do("take_out", station, serials=[NEW[1]])
    floor.do("hand", here, step=Step.HAND_BACK, serials=[NEW[1]], by="operator")
    floor.do("hand", here, step=Step.LOCK_AWAY, serials=[NEW[1]])


def _everywhere(floor: Floor) -> None:
    """CT01 in the vault, CT02 on its way, CT03 in the machines' room, and a spoiled one in the reject bin."""
    office, here = floor.office, centre(floor)
    people.ACTS["announce"](office, here, serials=NEW)
    people.ACTS["count_delivery"](office, delivery(floor), serials=NEW)
    people.ACTS["hand"](office, here, step=Step.HAND_OUT, serials=NEW[1:3])
    people.ACTS["hand"](office, here, step=Step.TAKE_OVER, serials=NEW[2:3], by="operator")
    rejected(floor)


def rejected(floor: Floor) -> None:
    """A document that was found wrong: its card is spoiled."""
    _, document = floor.made()
    people.ACTS["check"](floor.office, document, good=False)


def in_the_bin(floor: Floor) -> str:
    """The serial of the rejected card, which somebody takes out of the tray."""
    query = select(PrintJob.id, Document.blank_serial).join(Document, Document.id == PrintJob.document_id)
    with floor.office.reading() as look:
        order, serial = look.session.execute(query.where(Document.state == DocumentState.CANCELLED)).one()
    for card in floor.machine().directory.glob(f"tray/{order}*"):
        shutil.rmtree(card)
    return str(serial)


@road(
    _everywhere,
    "blank in_vault > missing > found > in_vault",
    "blank in_transit > missing",
    "blank at_centre > missing",
    "blank spoiled > missing",
    "blank found > spoiled",
    *("stock.missing_declared", "stock.blank_found", "stock.found_cleared"),
    *("ledger lost", "ledger found", "ledger cleared"),
)
def lost_and_found(floor: Floor) -> None:
    here = centre(floor)
    for serial in (*NEW[:3], in_the_bin(floor)):
        floor.do("lose", here, serials=[serial])
    for serial, fit in ((NEW[0], True), (NEW[1], False)):
        floor.do("find", blank(floor, serial))
        floor.do("clear", blank(floor, serial), fit=fit)


def spoiled_serial(floor: Floor) -> str:
    """The serial of the card that was rejected."""
    query = select(Document.blank_serial).where(Document.state == DocumentState.CANCELLED)
    with floor.office.reading() as look:
        return str(look.session.scalars(query).one())


@road(rejected, "stock.spoiled_seen")
def seen_in_the_bin(floor: Floor) -> None:
    floor.do("see", blank(floor, spoiled_serial(floor)))


@road(
    rejected,
    "blank spoiled > destroyed",
    *("destruction.blanks_counted", "destruction.given_up", "destruction.blanks_witnessed", "ledger destroyed"),
)
def shredded(floor: Floor) -> None:
    serial = in_the_bin(floor)
    for end in ("give_up_destruction", "witness_destruction"):
        floor.do("begin_destruction", centre(floor), serials=[serial])
        floor.do(end, centre(floor))
