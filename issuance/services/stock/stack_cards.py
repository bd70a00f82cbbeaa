"""The places of a declared stack, and the documents that took them: provisionally, until a card is scanned or counted.

Nothing is bound again in silence: a card that is another one than the order of the stack said puts every card in doubt
that was taken since the last one that was scanned where it was expected, and all that follow (ADR 0031).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from card_drivers.order import DeviceStatus
from issuance import document_types
from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.models.stock import Blank, Stack, StackCard
from issuance.services.stock import ledger
from issuance.services.stock.ledger import BlankRead
from issuance.services.stock.strays import Kind, Stray
from issuance.states import CARDS_OPEN, BlankState, CardState, DocumentState, advance

UNUSED = (BlankState.AT_CENTRE, BlankState.AT_STATION)


def reads_serials(station: Station) -> bool:
    """Whether the station's device reads the serial of each blank by itself."""
    status = DeviceStatus.model_validate(station.status) if station.status else None
    return status is not None and status.abilities is not None and status.abilities.reads_serial


def lock(act: Act, station: Station) -> None:
    """Whatever else happens to the stacks of this station waits."""
    act.session.get_one(Station, station.id, with_for_update={"of": Station})


def in_order(look: Look, station: Station, stock: str) -> Sequence[StackCard]:
    """The cards of the open stacks of a stock at a station, in the order in which they are fed."""
    query = select(StackCard).join(Stack, Stack.id == StackCard.stack_id)
    query = query.where(Stack.station_id == station.id, Stack.stock == stock, Stack.closed_at.is_(None))
    return look.session.scalars(query.order_by(StackCard.place)).all()


def taken_by(look: Look, document: Document) -> StackCard | None:
    """The place that this document took."""
    return look.session.scalar(select(StackCard).where(StackCard.document_id == document.id))


def card_of(look: Look, serial: str) -> StackCard | None:
    """The card of a stack that has this serial, unless it is over."""
    query = select(StackCard).join(Blank, Blank.id == StackCard.blank_id)
    is_open = StackCard.state.in_([written(state) for state in CARDS_OPEN])  # as the index says it
    return look.session.scalar(query.where(Blank.serial == serial, is_open))


def take(act: Act, document: Document, *, station: Station, sure: bool = True) -> bool:
    """The next card of the station's stack is this document's; False where none was declared, or all are taken.

    Provisionally; in doubt when nobody is `sure` that it took one, or when the stack itself is in doubt.
    """
    lock(act, station)
    card = taken_by(act, document) or _next(act, station, document_types.get(document.document_type).stock)
    if card is None:
        return False
    card.document = document
    is_known = sure and not card.stack.doubted and card.stack.closed_at is None
    to = CardState.PROVISIONAL if is_known else CardState.DOUBTED
    if card.state != to:
        advance(card, to, actor=act.actor)
    return True


def _next(look: Look, station: Station, stock: str) -> StackCard | None:
    waiting = (card for card in in_order(look, station, stock) if card.state == CardState.WAITING)
    return next((card for card in waiting if card.blank.state == BlankState.AT_STATION), None)


def doubt(act: Act, job: PrintJob) -> None:
    """Nobody knows whether this job took a card: one keeps its place for it until somebody looked."""
    if job.leave_at is not None and job.station_id is not None and ledger.is_numbered(job.document.document_type):
        take(act, job.document, station=act.session.get_one(Station, job.station_id), sure=False)


def give_back(act: Act, document: Document) -> None:
    """The document took no card after all. What was taken behind it is one place off, and in doubt."""
    card = taken_by(act, document)
    if card is None:
        return
    lock(act, card.stack.station)
    card.document = None
    following = [each for each in _beside(act, card) if each.place > card.place and each.document is not None]
    if following or card.stack.closed_at is not None or card.stack.doubted:
        _put_in_doubt(act, card, following)
    else:
        advance(card, CardState.WAITING, actor=act.actor)


def _beside(look: Look, card: StackCard) -> Sequence[StackCard]:
    """The cards that are fed from the same pile; none once it was counted."""
    return in_order(look, card.stack.station, card.stack.stock) if card.stack.closed_at is None else ()


def bind(act: Act, read: BlankRead, document: Document, to: BlankState, *, station: Station) -> str:
    """Bind the blank that was read to its document; the serial that the stack had said, "" when it said no other.

    Stray for a blank that may not be here; Conflict when the document is on another.
    """
    lock(act, station)
    if document.blank_serial is not None:
        raise Conflict("This document is on blank %(serial)s already.", serial=document.blank_serial)
    expected, found = taken_by(act, document), card_of(act, read.serial)
    if found is not None and found.stack.closed_at is None and found.stack.station_id != station.id:
        raise Stray(
            Kind.IN_STACK, read.serial, "Blank %(serial)s lies in a stack that was declared at another station."
        )
    ledger.bind(act, read, document, to, station=station)
    if expected is not None and expected is found:
        advance(expected, CardState.CONFIRMED, actor=act.actor)
        return ""
    return _disagree(act, document, expected, found) if expected or found else ""


def _disagree(act: Act, document: Document, expected: StackCard | None, found: StackCard | None) -> str:
    """The document is on another card than its place said: what is beside it is in doubt."""
    news = expected is None or expected.state == CardState.PROVISIONAL
    for card in filter(None, (expected, found)):
        beside = _beside(act, card)
        confirmed = last_confirmed(beside, before=card.place)
        _put_in_doubt(act, card, [each for each in beside if each.place > confirmed])
    end_if_known(act, filter(None, (expected, found)))
    said = expected.blank.serial if expected else ""
    act.record(
        "stock.card_disagreed",
        document,
        *{card.stack.id: card.stack for card in (expected, found) if card}.values(),
        expected=said,
        read=document.blank_serial or "",
    )
    return said if news else ""


def last_confirmed(cards: Iterable[StackCard], *, before: int | None = None) -> int:
    """The last place that was scanned where it was expected; 0 for none."""
    return max(
        (card.place for card in cards if card.state == CardState.CONFIRMED and (before is None or card.place < before)),
        default=0,
    )


def _put_in_doubt(act: Act, card: StackCard, others: Iterable[StackCard]) -> None:
    """This card and those of the `others` that documents took; nothing that is taken from here on is known either."""
    all_of_them = (card, *others)
    for each in all_of_them:
        if each.state == CardState.PROVISIONAL or (each is card and each.state == CardState.WAITING):
            advance(each, CardState.DOUBTED, actor=act.actor)
    for stack in {each.stack.id: each.stack for each in all_of_them}.values():
        stack.doubted = stack.doubted or stack.closed_at is None


def end_if_known(act: Act, cards: Iterable[StackCard]) -> None:
    """A card in doubt is over when its blank and its document are both accounted for."""
    for card in cards:
        if card.state == CardState.DOUBTED and is_accounted(card.blank) and not is_unscanned(card.document):
            advance(card, CardState.ENDED, actor=act.actor)


def is_accounted(blank: Blank) -> bool:
    """Whether the ledger knows where this blank went."""
    return blank.state not in UNUSED


def is_unscanned(document: Document | None) -> bool:
    """Whether nobody knows yet on which blank this document is."""
    return document is not None and document.blank_serial is None


def make_definite(act: Act, card: StackCard) -> None:
    """The count agrees: the document is on the card of its place."""
    document = card.document
    assert document is not None, "a provisional card is somebody's"
    to = BlankState.SPOILED if document.state == DocumentState.CANCELLED else BlankState.CONSUMED
    ledger.bind(act, BlankRead(card.blank.serial, document.chip_uid), document, to, station=card.stack.station)
    advance(card, CardState.ENDED, actor=act.actor)
