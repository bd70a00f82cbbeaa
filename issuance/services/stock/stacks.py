"""Stacks of blanks: declared when they are put into a feeder, counted when they are taken out or the shift ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.production import PrintJob
from issuance.models.staff import RoleName, Shift, Station
from issuance.models.stock import Blank, Stack, StackCard
from issuance.models.supply import Why
from issuance.services import centres
from issuance.services.stock import ledger, moves, places, serials, stack_cards, strays
from issuance.services.stock.strays import Kind, Stray
from issuance.states import BlankState, CardState, JobState, advance


@dataclass(frozen=True)
class Declared:
    """What was put into the feeder: the serial that is fed first, the last one, and those between that are absent."""

    first: str
    last: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counted:
    """What a count found: whether the expected card lay on top, how many documents are bound now, how many in doubt."""

    agreed: bool
    bound: int
    doubted: int


@dataclass(frozen=True)
class Pile:
    """The open stacks of one stock at a station: what was declared, and how many cards are left, taken and in doubt."""

    stock: str
    stacks: tuple[Stack, ...]
    left: int
    taken: int
    doubted: int


def declare(act: Act, station: Station, said: Declared) -> Stack:
    """The operator put a stack behind what lies in the feeder.

    InvalidInput for a range that is none; Stray for the first card that may not lie there, which is named.
    """
    centres.check_own(act, station)
    _check_works_here(act, station)
    if stack_cards.reads_serials(station):
        raise Conflict("This station reads the serial of each blank by itself: it needs no stack.")
    stack_cards.lock(act, station)
    present, absent = _sorted_out(act, said)
    blanks = [_usable(act, serial, station) for serial in present]
    stock = _one_stock(blanks)
    stack = Stack(
        station=station,
        stock=stock,
        first=present[0],
        last=present[-1],
        declared_by=act.actor.id,
        declared_at=act.clock.now(),
    )
    act.session.add(stack)
    place = max((card.place for card in stack_cards.in_order(act, station, stock)), default=0)
    for number, blank in enumerate(blanks, place + 1):
        _put_in(act, blank, station)
        act.session.add(StackCard(stack=stack, blank=blank, place=number))
    for serial in absent:
        _tell_missing(act, serial, stock, station)
    act.record(
        "stock.stack_declared",
        stack,
        station,
        centre_id=station.centre_id,
        stock=stock,
        count=len(blanks),
        first=stack.first,
        last=stack.last,
        missing=len(absent),
    )
    return stack


def _check_works_here(look: Look, station: Station) -> None:
    """NotAllowed for who is neither the operator of the open shift nor a supervisor; Conflict without a shift."""
    shift = look.session.scalar(select(Shift).where(Shift.station_id == station.id, Shift.closed_at.is_(None)))
    if shift is None:
        raise Conflict("No operator has opened a shift on this station. Open one first.")
    if look.actor.id != shift.operator_id and RoleName.SUPERVISOR not in look.actor.roles:
        raise NotAllowed("Only the operator of the shift or a supervisor says what lies in the feeder.")


def _sorted_out(look: Look, said: Declared) -> tuple[list[str], list[str]]:
    """The serials that lie in the stack, in the order in which they are fed, and those that do not."""
    first, last, *missing = (ledger.named(look, typed) for typed in (said.first, said.last, *said.missing))
    everything = serials.between(first, last)
    for serial in missing:
        if serial not in everything:
            raise InvalidInput("missing", "%(serial)s is not between the first and the last serial.", serial=serial)
    present = [serial for serial in everything if serial not in missing]
    if not present:
        raise InvalidInput("missing", "No card of this stack would be left. Scan the first and the last one again.")
    return present, missing


def _usable(act: Act, serial: str, station: Station) -> Blank:
    """The blank with this serial, if it may lie in a feeder of this station; Stray."""
    try:
        blank = ledger.unused(act, serial, station)
    except Stray as stray:
        raise Stray(stray.kind, serial, NOT_THERE) from stray
    card = stack_cards.card_of(act, serial)
    if card is not None and card.stack.station_id != station.id:
        raise Stray(Kind.IN_STACK, serial, AT_ANOTHER)
    if card is not None:
        raise Stray(Kind.IN_STACK, serial, DECLARED_BEFORE)
    if blank.station_id not in (None, station.id):
        raise Stray(Kind.ELSEWHERE, serial, OF_ANOTHER)
    return blank


NOT_THERE = (
    "Blank %(serial)s cannot lie in this stack: the ledger has no unused blank of this serial here. If it is not among"
    " the cards, name it as missing."
)
AT_ANOTHER = "Blank %(serial)s lies in a stack that was declared at another station. Look at the serials again."
DECLARED_BEFORE = "Blank %(serial)s was declared in a stack before, which was not counted or is in doubt."
OF_ANOTHER = "Blank %(serial)s belongs to another station by the ledger. Look where it came from."
OTHER_STOCK = "Blank %(serial)s is of another stock than the first card. Declare each stock by itself."


def _one_stock(blanks: Sequence[Blank]) -> str:
    stock = blanks[0].stock
    for blank in blanks:
        if blank.stock != stock:
            raise Stray(Kind.OTHER_STOCK, blank.serial, OTHER_STOCK)
    return stock


def _put_in(act: Act, blank: Blank, station: Station) -> None:
    if blank.state == BlankState.AT_CENTRE:
        moves.move(act, blank, places.of_station(act, station), Why.LOADED)


def _tell_missing(act: Act, serial: str, stock: str, station: Station) -> None:
    """A gap that the ledger knows is none; a blank that should be there goes to the supervisor."""
    blank = ledger.find(act, serial)
    if blank is not None and blank.stock == stock and blank.state in stack_cards.UNUSED:
        strays.keep(act, Kind.NOT_IN_STACK, serial, station=station)


def open_on(look: Look, station: Station) -> list[Pile]:
    """What was declared at this station and not counted yet, by stock."""
    query = select(Stack).where(Stack.station_id == station.id, Stack.closed_at.is_(None))
    found = look.session.scalars(query.order_by(Stack.stock, Stack.declared_at, Stack.id)).all()
    by_stock = {
        stock: tuple(stack for stack in found if stack.stock == stock)
        for stock in dict.fromkeys(it.stock for it in found)
    }
    return [_pile(look, station, stock, stacks) for stock, stacks in by_stock.items()]


def _pile(look: Look, station: Station, stock: str, stacks: tuple[Stack, ...]) -> Pile:
    query = select(StackCard.state, func.count()).where(StackCard.stack_id.in_([stack.id for stack in stacks]))
    counts = {state: number for state, number in look.session.execute(query.group_by(StackCard.state))}
    left = loaded(look, station)[stock]
    doubted = counts.get(CardState.DOUBTED, 0)
    return Pile(stock, stacks, left, sum(counts.values()) - counts.get(CardState.WAITING, 0), doubted)


def loaded(look: Look, station: Station) -> dict[str, int]:
    """How many blanks of each stock a station without a reader has in its feeders, as far as the register knows."""
    return ledger.left_at(look, [station])[station.id]


def uncounted(look: Look, stations: Iterable[Station]) -> set[UUID]:
    """Which of these stations have stacks that were not counted yet."""
    ids = [station.id for station in stations]
    return set(
        look.session.scalars(select(Stack.station_id).where(Stack.station_id.in_(ids), Stack.closed_at.is_(None)))
    )


def check_none(look: Look, station: Station) -> None:
    """Conflict while a stack of this station was not counted."""
    if uncounted(look, [station]):
        raise Conflict("Say first which card lies on top of each stack that was declared at this station.")


def count(act: Act, station: Station, stock: str, top: str | None) -> Counted:
    """The operator says which card of a stock is fed next: "" for an empty feeder, None when nobody looked.

    When it is the one that is expected, what is provisional is bound; else every document since the last card that was
    scanned where it was expected is in doubt, and must be scanned. The stacks end.
    """
    centres.check_own(act, station)
    _check_works_here(act, station)
    stack_cards.lock(act, station)
    cards = stack_cards.in_order(act, station, stock)
    if not cards:
        raise Conflict("No stack of this stock is declared at this station. Open the page again.")
    if _makes_one(act, station):
        raise Conflict("This station makes a document just now. Count when it is finished.")
    serial = ledger.named(act, top) if top else top
    counted = _close(act, cards, serial)
    stacks = {card.stack.id: card.stack for card in cards}.values()
    act.record(
        "stock.stack_counted",
        *stacks,
        station,
        centre_id=station.centre_id,
        stock=stock,
        top="?" if serial is None else serial,
        agreed=counted.agreed,
        bound=counted.bound,
        doubted=counted.doubted,
    )
    return counted


def _makes_one(look: Look, station: Station) -> bool:
    """Whether a card may lie between the feeder and the tray."""
    in_hand = (PrintJob.state == written(JobState.CLAIMED), PrintJob.leave_at.is_not(None))
    return look.session.scalar(select(PrintJob.id).where(PrintJob.station_id == station.id, *in_hand)) is not None


def _close(act: Act, cards: Sequence[StackCard], top: str | None) -> Counted:
    waiting = [card for card in cards if card.state == CardState.WAITING]
    lies = _place_of(cards, top)
    expected = min((card.place for card in waiting if not stack_cards.is_accounted(card.blank)), default=None)
    agreed = top is not None and lies == expected
    sure_to = max(card.place for card in cards) if agreed else stack_cards.last_confirmed(cards)
    bound = _settle_taken(act, cards, sure_to)
    for card in waiting:
        is_gone = not agreed and top is not None and (lies is None or card.place < lies)
        advance(card, CardState.DOUBTED if is_gone else CardState.ENDED, actor=act.actor)
    stack_cards.end_if_known(act, cards)
    for stack in {card.stack.id: card.stack for card in cards}.values():
        stack.top = top
        stack.closed_at, stack.closed_by = act.clock.now(), act.actor.id
    return Counted(agreed, bound, sum(card.state == CardState.DOUBTED for card in cards))


def _place_of(cards: Iterable[StackCard], top: str | None) -> int | None:
    """The place of the card that lies on top; Stray for one that is no unused card of these stacks."""
    if not top:
        return None
    for card in cards:
        if card.blank.serial == top and not stack_cards.is_accounted(card.blank):
            return card.place
    raise Stray(Kind.UNKNOWN, top, "Blank %(serial)s is no unused card of the stacks declared here. Look again.")


def _settle_taken(act: Act, cards: Iterable[StackCard], sure_to: int) -> int:
    """Bind what is provisional up to a place, and doubt what is behind it; how many were bound."""
    bound = 0
    for card in cards:
        if card.state == CardState.PROVISIONAL:
            if card.place <= sure_to and not stack_cards.is_accounted(card.blank):
                stack_cards.make_definite(act, card)
                bound += 1
            else:
                advance(card, CardState.DOUBTED, actor=act.actor)
    return bound


def end_unseen(act: Act) -> int:
    """A restore: nobody knows what was fed since the back-up. Every open stack ends, what was taken is in doubt."""
    stacks = act.session.scalars(select(Stack).where(Stack.closed_at.is_(None))).all()
    for stack in stacks:
        stack.closed_at, stack.closed_by = act.clock.now(), act.actor.id
        for card in act.session.scalars(select(StackCard).where(StackCard.stack_id == stack.id)).all():
            if card.state == CardState.PROVISIONAL:
                advance(card, CardState.DOUBTED, actor=act.actor)
            elif card.state == CardState.WAITING:
                advance(card, CardState.ENDED, actor=act.actor)
    return len(stacks)
