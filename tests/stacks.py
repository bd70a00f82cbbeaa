"""Permits from the tray of a machine that reads no serial, and stacks of blanks: what tests of both share."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from card_drivers.order import Outcome, Result
from issuance.actors import SYSTEM
from issuance.models.documents import Document
from issuance.models.staff import Centre, Station
from issuance.models.stock import Blank, StackCard
from issuance.services.lists import number
from issuance.services.production import quality
from issuance.services.stations import tokens
from issuance.services.stock import doubts, stacks, strays
from issuance.services.stock.doubts import Way
from issuance.services.stock.stacks import Counted, Declared
from issuance.services.trust import audit_proofs
from tests.people import LAYLA, Case, SmallOffice, able, changed

NAMES = ("Layla", "Amina", "Nour", "Sara", "Zahra", "Mariam")


def without_serials(office: SmallOffice) -> SmallOffice:
    """The office with a station that makes everything and neither reads a serial nor knows what lies in it."""
    with office.upkeep() as look:
        here = look.session.get_one(Station, office.station.id)
        here.status = office.station.status = able(reads_serial=False, stocks=None)
    return office


def declare(office: SmallOffice, first: str, last: str, *missing: str, station: Station | None = None) -> UUID:
    with office.act(office.actors["operator"]) as act:
        here = act.session.get_one(Station, (station or office.station).id)
        return stacks.declare(act, here, Declared(first, last, missing)).id


def cards(office: SmallOffice, first: int, last: int) -> UUID:
    return declare(office, f"card-chip-{first}", f"card-chip-{last}")


def print_one(office: SmallOffice, number: int = 0, outcome: Outcome = Outcome.DONE) -> Case:
    """One permit from lodging to the tray of a machine that reads no serial."""
    lodging = changed(LAYLA, given_names=NAMES[number], native_name="", case_reference=f"2026/TM/{7000 + number}")
    case = office.carry("claimed", lodging)
    report(office, case, outcome)
    return case


def report(office: SmallOffice, case: Case, outcome: Outcome = Outcome.DONE, serial: str | None = None) -> None:
    """What a machine says of the claim of this case, without the serial of a blank unless it read one."""
    assert case.claim is not None
    order = office.order(case.claim)
    if outcome is not Outcome.NOT_STARTED:
        office.leave(order)
    made = Result(
        order_id=order.order_id,
        claim_id=order.claim_id,
        outcome=outcome,
        blank_serial=serial,
        chip_uid=f"04{order.order_id.hex[-12:]}" if order.chip else None,
        digests=order.digests() if outcome is Outcome.DONE else {},
        step="print" if outcome is Outcome.SPOILED else None,
    )
    assert office.report(made) is None


def scan(office: SmallOffice, case: Case, serial: str, who: str = "quality_officer", number: str = "") -> str:
    with office.act(office.actors[who]) as act:
        return quality.scan(act, act.session.get_one(Document, case.document_id), number or case.number, serial)


def finish(office: SmallOffice, case: Case) -> None:
    """The check and the hand-over."""
    assert case.document_id is not None
    assert office.check(case.document_id, office.readings(case.document_id))
    office.hand_over(case.request_id, case.number)


def count(office: SmallOffice, top: str | None, stock: str = "card-chip", who: str = "operator") -> Counted:
    with office.act(office.actors[who]) as act:
        return stacks.count(act, act.session.get_one(Station, office.station.id), stock, top)


def document(office: SmallOffice, case: Case) -> Document:
    with office.database.reading() as session:
        return session.get_one(Document, case.document_id)


def blank(office: SmallOffice, serial: str) -> Blank:
    with office.database.reading() as session:
        return session.scalars(select(Blank).where(Blank.serial == serial)).one()


def states(office: SmallOffice) -> dict[str, str]:
    """Every card of every stack by its serial."""
    with office.database.reading() as session:
        found = session.scalars(select(StackCard).order_by(StackCard.id)).unique()
        return {card.blank.serial.removeprefix("card-chip-"): str(card.state) for card in found}


def left(office: SmallOffice, stock: str = "card-chip") -> int:
    with office.reading() as look:
        return stacks.loaded(look, office.station)[stock]


def told(office: SmallOffice) -> list[tuple[str, str]]:
    with office.reading(office.actors["supervisor"]) as look:
        return [(row.kind, row.serial) for row in strays.listed(look)]


def in_doubt(office: SmallOffice) -> list[str]:
    with office.reading(office.actors["supervisor"]) as look:
        found = [card.blank.serial for card in doubts.listed(look)]
        assert len(found) == number(look, doubts.count(look))
        return found


def settle(office: SmallOffice, serial: str, way: Way, scanned: str = "") -> None:
    with office.act(office.actors["supervisor"]) as act:
        (card,) = (card for card in doubts.listed(act) if card.blank.serial == serial)
        doubts.settle(act, card, way, scanned, "looked in the trays")


def add_station(office: SmallOffice, name: str, centre: str) -> Station:
    with office.act(SYSTEM) as act:
        place = act.session.scalars(select(Centre).where(Centre.code == centre)).one()
        return tokens.add_station(act, name, place)[0]


def proved(office: SmallOffice) -> bool:
    """Whether every watched row says what its events say."""
    walk, more = audit_proofs.begin(), True
    while more:
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
    return not walk.findings()
