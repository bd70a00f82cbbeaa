"""What the supervisor finds out about blanks: cards of stacks that are in doubt, and blanks where they may not be."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.models.stock import Blank, Stack, StackCard, StrayBlank
from issuance.models.supply import Why
from issuance.services.centres import ELSEWHERE
from issuance.services.lists import in_order
from issuance.services.stock import ledger, losses, moves, stack_cards
from issuance.services.stock.ledger import BlankRead
from issuance.services.stock.strays import Kind
from issuance.states import BlankState, CardState, DocumentState, advance


class Way(StrEnum):
    """What became of a blank."""

    USED = "used"
    """The spoiled document lies on the blank that was scanned."""

    HERE = "here"
    """The blank is here, and nothing is on it."""

    MISSING = "missing"
    """Nobody finds the blank."""

    FOUND = "found"
    """It was missing, and the supervisor has it in hand."""

    NOTED = "noted"
    """The ledger is right: what was found is written down."""


WAYS: Mapping[Kind, tuple[Way, ...]] = {
    Kind.NOT_IN_STACK: (Way.HERE, Way.MISSING),
    Kind.UNREADABLE: (Way.USED, Way.NOTED),
    Kind.MISSING: (Way.FOUND, Way.NOTED),
}
"""What a supervisor may say of a stray blank; of all other kinds that it is noted."""


def ways_of(row: StrayBlank) -> tuple[Way, ...]:
    """What may have become of this one."""
    return WAYS.get(Kind(row.kind), (Way.NOTED,))


def ways_of_card(card: StackCard) -> tuple[Way, ...]:
    """What may have become of this card: a spoiled document is scanned, if it can be."""
    return (Way.USED, Way.MISSING) if stack_cards.is_unscanned(card.document) else (Way.HERE, Way.MISSING)


def listed(look: Look) -> list[StackCard]:
    """What the supervisor of the centre has to find: the blanks of spoiled documents, and blanks of no document."""
    query = _of_centre(look, select(StackCard.id)).order_by(StackCard.stack_id, StackCard.place)
    return in_order(look, StackCard, look.session.scalars(query).all())


def count(look: Look) -> Select[int]:
    """How many there are of those, as a query."""
    return select(func.count()).select_from(_of_centre(look, select(StackCard.id)).subquery())


def _of_centre(look: Look, query: Select[UUID]) -> Select[UUID]:
    spoiled = Document.blank_serial.is_(None) & (Document.state == DocumentState.CANCELLED)
    nobodys = or_(Document.id.is_(None), Document.blank_serial.is_not(None)) & Blank.state.in_(stack_cards.UNUSED)
    return (
        query.join(Stack, Stack.id == StackCard.stack_id)
        .join(Station, Station.id == Stack.station_id)
        .join(Blank, Blank.id == StackCard.blank_id)
        .outerjoin(Document, Document.id == StackCard.document_id)
        .where(StackCard.state == written(CardState.DOUBTED), Station.centre_id == look.actor.centre_id)
        .where(or_(spoiled, nobodys))
    )


def to_scan(look: Look, station: Station) -> list[StackCard]:
    """What was taken at this station and is in doubt: it must be scanned, at its check or by a supervisor."""
    query = select(StackCard).join(Stack, Stack.id == StackCard.stack_id).where(Stack.station_id == station.id)
    query = query.where(StackCard.state == written(CardState.DOUBTED))
    return list(look.session.scalars(query.order_by(StackCard.stack_id, StackCard.place)))


def serials(look: Look, station: Station) -> list[str]:
    """Their serials."""
    return [card.blank.serial for card in to_scan(look, station)]


def opened(look: Look, card_id: UUID) -> StackCard:
    """A card in doubt of the actor's own centre; NotFound otherwise."""
    card = look.session.get(StackCard, card_id)
    if card is None or card.state != CardState.DOUBTED or card.stack.station.centre_id != look.actor.centre_id:
        raise NotFound("There is no such card in doubt in your centre. Open the list again.")
    return card


def settle(act: Act, card: StackCard, way: Way, serial: str, found: str) -> None:
    """The supervisor found a card in doubt, or says that it is lost; `serial` as scanned from a spoiled card.

    Conflict while its document waits for its check, or for who looks at a held job: it is scanned there.
    """
    if card.stack.station.centre_id != act.actor.centre_id:
        raise NotAllowed(ELSEWHERE)
    document = card.document
    if document is not None and stack_cards.is_unscanned(document) and document.state != DocumentState.CANCELLED:
        raise Conflict("A document was made on one of these cards. Scan its back at the check, or settle its held job.")
    _check(way, ways_of_card(card), found)
    if way is Way.USED and document is not None:
        _scan(act, document, serial, card.stack.station)
    else:
        _lose(act, card.blank, way)
        advance(card, CardState.ENDED, actor=act.actor)
    subjects = [document] if document else []
    act.record("stock.card_settled", card.stack, *subjects, reason=found.strip(), way=way, blank=card.blank.serial)


def settle_stray(act: Act, row: StrayBlank, way: Way, serial: str, found: str) -> None:
    """The supervisor looked where a blank came from, and writes what was `found`; `serial` of one that was read now."""
    if row.centre_id != act.actor.centre_id:
        raise NotAllowed(ELSEWHERE)
    if row.settled_at is not None:
        raise Conflict("This was settled meanwhile. Open the list again.")
    _check(way, ways_of(row), found)
    if way is Way.USED:
        document = act.session.get_one(Document, row.document_id)
        _scan(act, document, serial, _made_at(act, document))
    else:
        _settle_blank(act, ledger.find(act, row.serial), way, found)
    row.settled_at, row.settled_by, row.found = act.clock.now(), act.actor.id, found.strip()
    act.record("stock.stray_settled", row, reason=found.strip(), kind=row.kind, way=way, blank=row.serial)


def _check(way: Way, may_be: tuple[Way, ...], found: str) -> None:
    if way not in may_be:
        raise InvalidInput("way", "Choose one of the options.")
    if not found.strip():
        raise InvalidInput("found", "Say where you looked and what you found.")


def _made_at(look: Look, document: Document) -> Station:
    query = select(Station).join(PrintJob, PrintJob.station_id == Station.id)
    return look.session.scalars(query.where(PrintJob.document_id == document.id)).one()


def _scan(act: Act, document: Document, serial: str, station: Station) -> None:
    if not serial.strip():
        raise InvalidInput("blank_serial", "Scan the serial from the spoiled card.")
    read = BlankRead(ledger.named(act, serial), document.chip_uid)
    stack_cards.bind(act, read, document, BlankState.SPOILED, station=station)


def _settle_blank(act: Act, blank: Blank | None, way: Way, found: str) -> None:
    if blank is not None and way is Way.FOUND:
        losses.find(act, blank, found)
    elif blank is not None:
        _lose(act, blank, way)


def _lose(act: Act, blank: Blank, way: Way) -> None:
    """A blank that nobody finds is missing, unless the ledger knows meanwhile where it went."""
    if way is Way.MISSING and not stack_cards.is_accounted(blank):
        moves.within(act, blank, BlankState.MISSING, Why.LOST)
