"""Blanks at stations: which one may be used there, bound to a document when its serial is read, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, exists, func, select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.models.stock import Blank, Stack, StackCard
from issuance.models.supply import Why
from issuance.services.stock import moves, places, strays
from issuance.services.stock.strays import Kind, Stray
from issuance.states import CARDS_OPEN, BlankState, CardState, DocumentState

UNKNOWN = (
    "The ledger has no blank %(serial)s. Look at the serial again; a document on a blank that is not ours is spoiled."
)
USED = "Blank %(serial)s is no unused blank: it was used, spoiled or lost before. Look at the serial again."
OF_ANOTHER_CENTRE = "Blank %(serial)s belongs to another centre. Keep it apart; the supervisor looks."
NOT_HERE = "Blank %(serial)s is not in this station's ledger. A person must look."
OTHER_BOOKLET = "This document is made in the booklet with its own number, and %(serial)s was read. A person must look."
OTHER_STOCK = "Blank %(serial)s is not of the stock for this document. A person must look."
WAS_MISSING = "Blank %(serial)s was declared missing. Keep it apart; the supervisor looks where it was."
RANDOM_UID_DIGITS = 8
AT_ONCE = 500
"""Serials of one question to the database."""
WAY_TO_STATION = (
    BlankState.RECEIVED,
    BlankState.IN_VAULT,
    BlankState.IN_TRANSIT,
    BlankState.AT_CENTRE,
    BlankState.AT_STATION,
)


def take_up(act: Act, station: Station, stock: str, serial: str) -> Blank:
    """A blank that came while the register was lost: a station's journal tells it. It is taken for this station's."""
    (blank,) = moves.receive(act, [serial], moves.Incoming(stock, station.centre_id, Why.RESTORED))
    _bring(act, blank, station)
    return blank


def use_up(act: Act, blank: Blank, to: BlankState, *, station: Station, chip_uid: str | None) -> None:
    """A blank was used at this station for a document that the register lost; Conflict when it was used before.

    The lost time may have moved it there as well.
    """
    _bring(act, blank, station)
    moves.move(act, blank, places.of_centre(act, to, station.centre_id), Why.RESTORED)
    blank.station_id = station.id
    if chip_uid and not is_bound(act, chip_uid):
        blank.chip_uid = lasting_uid(chip_uid)


def _bring(act: Act, blank: Blank, station: Station) -> None:
    """The moves to this station's feeder, of which the register knows nothing any more."""
    if blank.state in WAY_TO_STATION[:-1]:
        for step in WAY_TO_STATION[WAY_TO_STATION.index(blank.state) + 1 : -1]:
            moves.move(act, blank, places.of_centre(act, step, station.centre_id), Why.RESTORED)
        moves.move(act, blank, places.of_station(act, station), Why.RESTORED)


@dataclass(frozen=True)
class BlankRead:
    """A blank as a device or a person read it: its serial, and the UID of its chip where it has one that was read."""

    serial: str
    chip_uid: str | None = None


def bind(act: Act, read: BlankRead, document: Document, to: BlankState, *, station: Station) -> Blank:
    """Bind the blank that was read to its document.

    Stray when it is not in the ledger at this station, or, when a person read it, at any station of the centre.
    """
    by_person = act.actor.kind == "staff"
    blank = unused(act, read.serial, station)
    if blank.state != BlankState.AT_STATION or (blank.station_id != station.id and not by_person):
        raise Stray(Kind.ELSEWHERE, read.serial, NOT_HERE)
    if document_types.get(document.document_type).number_source == "blank" and read.serial != document.number:
        raise Stray(Kind.OTHER_BOOKLET, read.serial, OTHER_BOOKLET)
    if blank.stock != document_types.get(document.document_type).stock:
        raise Stray(Kind.OTHER_STOCK, read.serial, OTHER_STOCK)
    uid = lasting_uid(read.chip_uid)
    if uid and act.session.scalar(select(Blank.id).where(Blank.chip_uid == uid, Blank.id != blank.id)):
        raise _chip_of_another()
    blank.station_id, blank.document_id, blank.chip_uid = station.id, document.id, uid
    document.blank_serial, document.chip_uid = read.serial, uid
    moves.within(act, blank, to, Why.MADE)
    return blank


def unused(look: Look, serial: str, station: Station) -> Blank:
    """The blank of the station's centre with this serial, if nothing was made on it yet; Stray says what is wrong."""
    blank = find(look, serial)
    if blank is None:
        raise Stray(Kind.UNKNOWN, serial, NOT_HERE if look.actor.kind == "station" else UNKNOWN)
    check_not_missing(blank)
    if blank.centre_id != station.centre_id:
        raise Stray(Kind.ELSEWHERE, serial, OF_ANOTHER_CENTRE)
    if blank.state not in (BlankState.AT_CENTRE, BlankState.AT_STATION):
        raise Stray(Kind.USED, serial, USED)
    return blank


def check_not_missing(blank: Blank) -> None:
    """Stray for a blank that was declared missing: whoever has it in hand keeps it apart."""
    if blank.state == BlankState.MISSING:
        raise Stray(Kind.MISSING, blank.serial, WAS_MISSING)


def keep_chip(act: Act, document: Document, chip_uid: str | None) -> None:
    """Remember the chip of a document whose blank is not known yet; Conflict when it is another document's."""
    uid = lasting_uid(chip_uid)
    if uid is None or uid == document.chip_uid:
        return
    if is_bound(act, uid):
        raise _chip_of_another()
    document.chip_uid = uid


def lasting_uid(chip_uid: str | None) -> str | None:
    """The UID in capitals as it is bound; None for a random one, which the chip changes each time it is powered.

    Random are four bytes that begin with 08 (ISO/IEC 14443-3, 6.5.4): most eMRTDs, since a lasting UID can be traced.
    """
    uid = (chip_uid or "").upper()
    return None if not uid or (len(uid) == RANDOM_UID_DIGITS and uid.startswith("08")) else uid


def is_bound(look: Look, chip_uid: str) -> bool:
    """Whether a chip with this UID was bound to a document before; a random one cannot be known."""
    uid = lasting_uid(chip_uid)
    if uid is None:
        return False
    bound = (select(column).where(column == uid).limit(1) for column in (Blank.chip_uid, Document.chip_uid))
    return any(look.session.scalar(query) is not None for query in bound)


def find(look: Look, serial: str) -> Blank | None:
    """The blank with this serial, wherever it is."""
    return look.session.scalar(select(Blank).where(Blank.serial == serial))


def those(look: Look, typed: Sequence[str]) -> dict[str, Blank]:
    """The blanks that were meant, each by what was typed or scanned; without what the ledger does not know."""
    known: dict[str, Blank] = {}
    for start in range(0, len(typed), AT_ONCE):
        words = {spelling for word in typed[start : start + AT_ONCE] for spelling in (word, word.upper())}
        known |= {blank.serial: blank for blank in look.session.scalars(select(Blank).where(Blank.serial.in_(words)))}
    meant = {word: known.get(word) or known.get(word.upper()) for word in typed}
    return {word: blank for word, blank in meant.items() if blank is not None}


def named(look: Look, typed: str) -> str:
    """The serial of the ledger that was meant: a person may type it in small letters."""
    serial = typed.strip()
    known = look.session.scalars(select(Blank.serial).where(Blank.serial.in_({serial, serial.upper()}))).all()
    return serial if serial in known or not known else known[0]


def _chip_of_another() -> Conflict:
    return Conflict("The chip that was read belongs to another blank. A person must look.", field="blank_serial")


def spoil(act: Act, document: Document) -> None:
    """A document was rejected after printing: its blank is spoiled and waits to be destroyed.

    One that nobody could read, and that no stack knows, goes to the supervisor's list.
    """
    blank = act.session.scalar(select(Blank).where(Blank.document_id == document.id))
    if blank is not None:
        moves.within(act, blank, BlankState.SPOILED, Why.REJECTED)
    elif is_numbered(document.document_type) and not _is_in_stack(act, document):
        strays.keep(act, Kind.UNREADABLE, "", station=None, document=document)


def _is_in_stack(look: Look, document: Document) -> bool:
    return look.session.scalar(select(StackCard.id).where(StackCard.document_id == document.id)) is not None


def is_numbered(document_type_code: str) -> bool:
    """Whether this type is printed on numbered blanks: everything but office paper."""
    return document_types.get(document_type_code).form != "paper"


def spend_on_test(act: Act, serial: str, *, station: Station) -> bool:
    """A test print used this blank: it is spoiled. False for one that is not in this station's ledger."""
    blank = find(act, serial)
    if blank is not None and blank.state == BlankState.MISSING:
        strays.keep(act, Kind.MISSING, serial, station=station)
    if blank is None or blank.station_id != station.id or blank.state != BlankState.AT_STATION:
        return False
    moves.within(act, blank, BlankState.SPOILED, Why.TESTED)
    return True


def left_at(look: Look, stations: Iterable[Station]) -> dict[UUID | None, dict[str, int]]:
    """Blanks in the feeders of stations, by station and stock.

    Where a stack was declared, what is left of it; else what the ledger has there, less those that are out of their
    feeder as far as their stack knows, and the documents whose blank was not scanned yet.
    """
    left: dict[UUID | None, dict[str, int]] = {station.id: {} for station in stations}
    if not left:
        return left
    for station_id, stock, count in look.session.execute(_at_stations(left)):
        left[station_id][stock] = count
    gone = [(station_id, stock, count) for station_id, stock, count in look.session.execute(_taken(left))]
    for station_id, document_type, count in look.session.execute(_unscanned()):
        gone.append((station_id, document_types.get(document_type).stock, count))
    for station_id, stock, count in gone:
        if stock in left.get(station_id, {}):
            left[station_id][stock] = max(0, left[station_id][stock] - count)
    for station_id, stock, count in look.session.execute(_in_stacks(left)):
        left[station_id][stock] = count
    return left


def _at_stations(stations: Iterable[UUID | None]) -> Select[UUID | None, str, int]:
    """What the ledger has at these stations."""
    return (
        select(Blank.station_id, Blank.stock, func.count())
        .where(Blank.station_id.in_(stations), Blank.state == BlankState.AT_STATION)
        .group_by(Blank.station_id, Blank.stock)
        .order_by(Blank.stock)
    )


def _taken(stations: Iterable[UUID | None]) -> Select[UUID | None, str, int]:
    """Blanks that the ledger has at these stations, and that are out of their feeder as far as their stack knows."""
    open_cards = StackCard.state.in_([written(state) for state in CARDS_OPEN])  # as the index says it
    return (
        select(Blank.station_id, Blank.stock, func.count())
        .join(StackCard, StackCard.blank_id == Blank.id)
        .where(open_cards, StackCard.state != CardState.WAITING)
        .where(Blank.station_id.in_(stations), Blank.state == BlankState.AT_STATION)
        .group_by(Blank.station_id, Blank.stock)
    )


def _unscanned() -> Select[UUID | None, str, int]:
    """Documents that were made at each station on nobody knows which blank, and took no place in a stack.

    They wait for their check: few, and not to be looked for among all jobs of a station.
    """
    is_made = Document.state == written(DocumentState.PERSONALISED)
    made = select(Document.id, Document.document_type, Document.blank_serial).where(is_made).cte("made")
    made = made.prefix_with("MATERIALIZED")
    return (
        select(PrintJob.station_id, made.c.document_type, func.count())
        .join(made, made.c.id == PrintJob.document_id)
        .where(made.c.blank_serial.is_(None), ~exists().where(StackCard.document_id == made.c.id))
        .group_by(PrintJob.station_id, made.c.document_type)
    )


def _in_stacks(stations: Iterable[UUID | None]) -> Select[UUID, str, int]:
    """What waits in the open stacks of these stations; 0 where a stack is used up."""
    return (
        select(Stack.station_id, Stack.stock, func.count(Blank.id))
        .outerjoin(StackCard, (StackCard.stack_id == Stack.id) & (StackCard.state == CardState.WAITING))
        .outerjoin(Blank, (Blank.id == StackCard.blank_id) & (Blank.state == BlankState.AT_STATION))
        .where(Stack.station_id.in_(stations), Stack.closed_at.is_(None))
        .group_by(Stack.station_id, Stack.stock)
    )
