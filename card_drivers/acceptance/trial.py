"""One acceptance: the test cards are made, a person reads and measures them, the machine is asked how it is.

Every card takes a blank, so its steps are journalled beside the station's own journal; what a trial before left in the
machine is cleared first. A check that nobody wants to make is skipped by the word `skip`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from card_drivers.acceptance import cards
from card_drivers.acceptance.cards import TestCard
from card_drivers.acceptance.report import Check, Used
from card_drivers.device import ChipEncoder, DeviceError, KeyService, Leave
from card_drivers.order import Abilities, ChannelKeys, ChannelRequest, ChipFound, ChipPart, Order, Outcome, ReadRequest
from card_drivers.station import reading
from card_drivers.station.journal import Journal
from card_drivers.station.printer import CardPrinter
from card_drivers.station.workbench import Workbench
from card_drivers.troubles import english

JOURNAL = "acceptance.jsonl"
"""The journal of test cards, in the station's folder."""

SKIP = "skip"
LINE_TOLERANCE, PLACE_TOLERANCE = 0.5, 1.0  # mm, by a ruler
LEAST_GREYS = 6
Ask = Callable[[str], str]


@dataclass
class Trial:
    """A printer, the encoder at its chip position, and the person who answers."""

    printer: CardPrinter
    encoder: ChipEncoder | None
    folder: Path
    ask: Ask
    stock: str = ""
    checks: list[Check] = field(default_factory=list)
    blanks: list[Used] = field(default_factory=list)

    def run(self, abilities: Abilities, chip: ChipPart | None, keys: KeyService | None) -> None:
        """Everything, one after the other. DeviceError when the machine cannot say what became of an earlier card."""
        size = abilities.sizes[0] if abilities.sizes else cards.CARD
        card = cards.draw(size, abilities.faces, self.stock, None)
        if self._make(card.order, None):
            self._look_at(card, abilities.reads_serial)
            self._ask_printer(card.order.order_id)
        if chip is not None:
            self._try_chip(cards.draw(size, 1, self.stock, chip).order, chip, _Lender(keys))
        self._watch()

    def _clear(self) -> None:
        """What became of a card whose trial was interrupted."""
        with closing(Journal(self.folder / JOURNAL)) as journal:
            claim = journal.open_claim
            if claim is None:
                return
            if claim.begun and claim.order_id is not None:
                answer = self.printer.recover(claim.order_id)
                self.blanks.append(Used(outcome=answer.outcome, blank_serial=answer.blank_serial))
            journal.write("closed", claim.claim_id)

    def _make(self, order: Order, register: _Lender | None) -> bool:
        """Make one card; whether it lies in the output tray."""
        self._clear()
        self.ask("A blank is taken now. Press Enter.")
        with closing(Journal(self.folder / JOURNAL)) as journal:
            journal.write("claim", order.claim_id)
            journal.write("order", order.claim_id, order_id=str(order.order_id))
            bench = Workbench(order, journal, self.encoder, register)
            try:
                result = self.printer.produce(order, bench)
            except DeviceError as error:
                result = bench.result(error.outcome, error.trouble)
            if result.outcome is not Outcome.UNKNOWN:  # else the next trial asks the machine again
                journal.write("closed", order.claim_id)
        used = Used(
            outcome=result.outcome,
            blank_serial=result.blank_serial,
            chip_uid=result.chip_uid,
            message=result.message,
        )
        self.blanks.append(used)
        found = f"{result.outcome} {result.message}".strip()
        self._note("the card is made", str(Outcome.DONE), found, result.outcome is Outcome.DONE)
        return result.outcome is Outcome.DONE

    def _look_at(self, card: TestCard, reads_serial: bool) -> None:
        self._compare("symbol on the front", "Scan the symbol on the front", card.front)
        self._compare("letters on the front", "Type the eight large letters on the front", card.letters)
        if card.back:
            self._compare("symbol on the back", "Scan the symbol on the back", card.back)
        self._measure("long line", "How long is the long line, in mm?", cards.LONG, LINE_TOLERANCE)
        self._measure("short line", "How long is the short line, in mm?", cards.SHORT, LINE_TOLERANCE)
        place = "How far is the corner of both lines from the {} edge of the card, in mm?"
        self._measure("left margin", place.format("left"), cards.LEFT, PLACE_TOLERANCE)
        self._measure("upper margin", place.format("upper"), cards.TOP, PLACE_TOLERANCE)
        steps = f"How many of the {cards.GREYS} grey steps can be told apart?"
        self._measure("grey steps", steps, cards.GREYS, cards.GREYS - LEAST_GREYS)
        colours = ", ".join(cards.COLOURS)
        self._compare("colour fields", f"Are the fields {colours}, from the left? yes or no", "yes")
        serial = self.blanks[-1].blank_serial
        if reads_serial and serial is not None:
            self._compare("serial of the blank", "Type the serial on the back of the blank", serial)

    def _ask_printer(self, order_id: UUID) -> None:
        """After a lost link nothing else says what became of a card."""
        try:
            found = str(self.printer.recover(order_id).outcome)
        except DeviceError as error:
            found = str(error)
        self._note("the printer knows its last card", str(Outcome.DONE), found, found == Outcome.DONE)

    def _try_chip(self, order: Order, chip: ChipPart, register: _Lender) -> None:
        """Written, compared and locked by its profile while it is made; then read as anybody would who holds it."""
        if not self._make(order, register):
            return
        self.ask("Lay the card with the chip on the reader and press Enter.")
        request = ReadRequest(read_id=order.order_id, order_id=order.order_id, access=chip.access)
        read = reading.read(self.encoder, request)
        wrong = [name for name, data in chip.files.items() if read.files.get(name) != data]
        found = english(read.trouble) or (f"differs: {', '.join(wrong)}" if wrong else "as written")
        self._note(f"chip, opened by {read.opened_by or 'nothing'}", "as written", found, not wrong)

    def _watch(self) -> None:
        """The states that keep orders from a machine that cannot make them."""
        self._state("cover open", "Open the cover of the printer", ("cover-open", "door-open"))
        self._state("feeder empty", "Close it, take every blank out", ("media-empty", "media-needed"))
        self._state("ready again", "Put the blanks back, look that everything is closed", ())

    def _state(self, what: str, hands: str, reasons: tuple[str, ...]) -> None:
        expected = f"stopped: {' or '.join(reasons)}" if reasons else "idle"
        if self.ask(f"{hands}, then press Enter.").strip().lower() == SKIP:
            return self._note(what, expected, SKIP, None)
        try:
            status = self.printer.status()
        except DeviceError as error:
            return self._note(what, expected, str(error), False)
        said = {reason.removesuffix("-report") for reason in status.reasons}
        good = status.state == "stopped" and not said.isdisjoint(reasons) if reasons else status.state == "idle"
        return self._note(what, expected, f"{status.state}: {', '.join(status.reasons)}".rstrip(": "), good)

    def _compare(self, what: str, question: str, expected: str) -> None:
        found = " ".join(self.ask(f"{question}:").split())
        good = None if found.lower() == SKIP else found.casefold() == expected.casefold()
        self._note(what, expected, found, good)

    def _measure(self, what: str, question: str, expected: float, tolerance: float) -> None:
        while True:
            found = self.ask(question).strip()
            if found.lower() == SKIP:
                return self._note(what, f"{expected:g}", SKIP, None)
            number = _number(found)
            if number is not None:
                return self._note(what, f"{expected:g}", f"{number:g}", abs(number - expected) <= tolerance)

    def _note(self, what: str, expected: str, found: str, good: bool | None) -> None:
        self.checks.append(Check(what=what, expected=expected, found=found, good=good))


class _Lender:
    """Nobody ordered a test card: it may always be made, and `keys` open its chip."""

    def __init__(self, keys: KeyService | None) -> None:
        self._keys = keys

    def leave(self, order: Order) -> Leave:
        """Always."""
        return Leave(math.inf)

    def check_chip(self, found: ChipFound) -> None:
        """The card itself says whether it is blank."""

    def channel_keys(self, request: ChannelRequest) -> ChannelKeys:
        """Of the keys that the command was given."""
        assert self._keys is not None, "the command asks for keys before a blank is taken"
        return self._keys.channel_keys(request)


def _number(text: str) -> float | None:
    """A number as people write it, with a comma or a point."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
