"""Cards of stacks of which nobody knows where they went, until the supervisor found them or says that they are lost."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.staff import Station
from issuance.models.stock import Blank, Stack, StackCard
from issuance.services.centres import ELSEWHERE
from issuance.services.lists import in_order
from issuance.services.stock import ledger, places
from issuance.services.stock.ledger import BlankRead
from issuance.states import BlankState, CardState, DocumentState, advance


class Way(StrEnum):
    """What became of a card in doubt."""

    USED = "used"
    """The spoiled document lies on the card that was scanned."""

    HERE = "here"
    """The blank is here, and nothing is on it."""

    MISSING = "missing"
    """Nobody finds the blank."""


def listed(look: Look) -> list[StackCard]:
    """What the supervisor of the centre has to find: spoiled documents on which blank, and blanks without a document."""
    query = _of_centre(look, select(StackCard.id)).order_by(StackCard.stack_id, StackCard.place)
    return in_order(look, StackCard, look.session.scalars(query).all())


def count(look: Look) -> int:
    """How many there are of those."""
    return look.session.scalar(select(func.count()).select_from(_of_centre(look, select(StackCard.id)).subquery())) or 0


def _of_centre(look: Look, query: Select[UUID]) -> Select[UUID]:
    spoiled = Document.blank_serial.is_(None) & (Document.state == DocumentState.CANCELLED)
    nobodys = or_(Document.id.is_(None), Document.blank_serial.is_not(None)) & Blank.state.in_(places.UNUSED)
    return (
        query.join(Stack, Stack.id == StackCard.stack_id)
        .join(Station, Station.id == Stack.station_id)
        .join(Blank, Blank.id == StackCard.blank_id)
        .outerjoin(Document, Document.id == StackCard.document_id)
        .where(StackCard.state == written(CardState.DOUBTED), Station.centre_id == look.actor.centre_id)
        .where(or_(spoiled, nobodys))
    )


def to_scan(look: Look, station: Station) -> list[StackCard]:
    """What was taken at this station and is in doubt: whose document must be scanned, at its check or by a supervisor."""
    query = select(StackCard).join(Stack, Stack.id == StackCard.stack_id).where(Stack.station_id == station.id)
    query = query.where(StackCard.state == written(CardState.DOUBTED))
    return list(look.session.scalars(query.order_by(StackCard.stack_id, StackCard.place)))


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
    is_spoiled = places.is_unscanned(document) and document is not None and document.state == DocumentState.CANCELLED
    if places.is_unscanned(document) and not is_spoiled:
        raise Conflict("A document was made on one of these cards. Scan its back at the check, or settle its held job.")
    if not found.strip():
        raise InvalidInput("found", "Say where you looked and what you found.")
    if way is Way.USED:
        _scan(act, card, serial)
    else:
        if way is Way.MISSING and not places.is_accounted(card.blank):
            advance(card.blank, BlankState.MISSING, actor=act.actor)
        advance(card, CardState.ENDED, actor=act.actor)
    subjects = [document] if document else []
    act.record("stock.card_settled", card.stack, *subjects, reason=found.strip(), way=way, blank=card.blank.serial)


def _scan(act: Act, card: StackCard, serial: str) -> None:
    document = card.document
    if document is None or document.blank_serial is not None:
        raise InvalidInput("way", "No spoiled document is missing its card here. Choose another way.")
    if not serial.strip():
        raise InvalidInput("blank_serial", "Scan the serial from the spoiled card.")
    read = BlankRead(ledger.named(act, serial), document.chip_uid)
    places.bind(act, read, document, BlankState.SPOILED, station=card.stack.station)
