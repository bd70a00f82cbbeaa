"""The ledger of blanks: received, placed at a station, bound to a document when their serial is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from uuid import UUID

from sqlalchemy import func, select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.models.documents import Document
from issuance.models.staff import Station
from issuance.models.stock import Blank
from issuance.states import BlankState, advance

NOT_HERE = "The blank that was read is not in this station's ledger. A person must look."
NOT_OURS = (
    "The ledger has no unused blank with this serial at a station of this centre. Look at the serial again;"
    " a document on a blank that is not ours is spoiled."
)
RANDOM_UID_DIGITS = 8
WAY_TO_STATION = (BlankState.IN_VAULT, BlankState.IN_TRANSIT, BlankState.AT_CENTRE, BlankState.AT_STATION)


def load_station(act: Act, station: Station, stock: str, serials: Iterable[str]) -> int:
    """Take new blanks into the ledger and put them into a station's feeder; returns how many were new."""
    wanted = list(serials)
    known = set(act.session.scalars(select(Blank.serial).where(Blank.serial.in_(wanted))))
    fresh = [serial for serial in wanted if serial not in known]
    blanks = [Blank(serial=it, stock=stock, centre_id=station.centre_id, station_id=station.id) for it in fresh]
    act.session.add_all(blanks)
    act.session.flush()  # they are received
    for blank, step in product(blanks, WAY_TO_STATION):
        advance(blank, step, actor=act.actor)
    if fresh:
        act.session.flush()
        act.record(
            "stock.loaded",
            station,
            centre_id=station.centre_id,
            stock=stock,
            count=len(fresh),
            first=fresh[0],
            last=fresh[-1],
        )
    return len(fresh)


def use_up(act: Act, blank: Blank, to: BlankState, *, station: Station, chip_uid: str | None) -> None:
    """A blank was used at this station for a document that the register lost; Conflict when it was used before.

    The lost time may have moved it there as well.
    """
    if blank.state in WAY_TO_STATION:
        for step in WAY_TO_STATION[WAY_TO_STATION.index(blank.state) + 1 :]:
            advance(blank, step, actor=act.actor)
    advance(blank, to, actor=act.actor)
    blank.centre_id, blank.station_id = station.centre_id, station.id
    if chip_uid and not is_bound(act, chip_uid):
        blank.chip_uid = lasting_uid(chip_uid)


@dataclass(frozen=True)
class BlankRead:
    """A blank as a device or a person read it: its serial, and the UID of its chip where it has one that was read."""

    serial: str
    chip_uid: str | None = None


def bind(act: Act, read: BlankRead, document: Document, to: BlankState, *, station: Station) -> Blank:
    """Bind the blank that was read to its document.

    Conflict when it is not in the ledger at this station, or, when a person read it, at any station of the centre.
    """
    blank = find(act, read.serial)
    by_person = act.actor.kind == "staff"
    if blank is None or blank.centre_id != station.centre_id or blank.state != BlankState.AT_STATION:
        raise _wrong(NOT_OURS if by_person else NOT_HERE)
    if blank.station_id != station.id and not by_person:
        raise _wrong(NOT_HERE)
    if document_types.get(document.document_type).number_source == "blank" and read.serial != document.number:
        raise _wrong(
            "This document is made in the booklet with its own number, and another was read. A person must look."
        )
    if blank.stock != document_types.get(document.document_type).stock:
        raise _wrong("The blank that was read is not of the stock for this document. A person must look.")
    uid = lasting_uid(read.chip_uid)
    if uid and act.session.scalar(select(Blank.id).where(Blank.chip_uid == uid, Blank.id != blank.id)):
        raise _wrong("The chip that was read belongs to another blank. A person must look.")
    blank.station_id, blank.document_id, blank.chip_uid = station.id, document.id, uid
    document.blank_serial, document.chip_uid = read.serial, uid
    advance(blank, to, actor=act.actor)
    return blank


def lasting_uid(chip_uid: str | None) -> str | None:
    """The UID in capitals as it is bound; None for a random one, which the chip changes each time it is powered.

    Random are four bytes that begin with 08 (ISO/IEC 14443-3, 6.5.4): most eMRTDs, since a lasting UID can be traced.
    """
    uid = (chip_uid or "").upper()
    return None if not uid or (len(uid) == RANDOM_UID_DIGITS and uid.startswith("08")) else uid


def is_bound(look: Look, chip_uid: str) -> bool:
    """Whether a chip with this UID was bound to a document before; a random one cannot be known."""
    uid = lasting_uid(chip_uid)
    return uid is not None and look.session.scalar(select(Blank.id).where(Blank.chip_uid == uid)) is not None


def find(look: Look, serial: str) -> Blank | None:
    """The blank with this serial, wherever it is."""
    return look.session.scalar(select(Blank).where(Blank.serial == serial))


def _wrong(message: str) -> Conflict:
    return Conflict(message, field="blank_serial")


def spoil(act: Act, document: Document) -> None:
    """A document was rejected after printing: its blank is spoiled and waits to be destroyed."""
    blank = act.session.scalar(select(Blank).where(Blank.document_id == document.id))
    if blank is not None:
        advance(blank, BlankState.SPOILED, actor=act.actor)


def spend_on_test(act: Act, serial: str, *, station: Station) -> bool:
    """A test print used this blank: it is spoiled. False for one that is not in this station's ledger."""
    blank = find(act, serial)
    if blank is None or blank.station_id != station.id or blank.state != BlankState.AT_STATION:
        return False
    advance(blank, BlankState.SPOILED, actor=act.actor)
    return True


def left_at(look: Look, stations: Iterable[Station]) -> dict[UUID | None, dict[str, int]]:
    """Blanks in the feeders of stations, by station and stock."""
    left: dict[UUID | None, dict[str, int]] = {station.id: {} for station in stations}
    query = (
        select(Blank.station_id, Blank.stock, func.count())
        .where(Blank.station_id.in_(left), Blank.state == BlankState.AT_STATION)
        .group_by(Blank.station_id, Blank.stock)
        .order_by(Blank.stock)
    )
    for station_id, stock, count in look.session.execute(query):
        left[station_id][stock] = count
    return left
