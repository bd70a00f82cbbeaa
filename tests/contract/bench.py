"""What the contract of the printers wants of a bench: a printer, and hands that break it."""

from __future__ import annotations

from typing import Protocol

from card_drivers.device import ChipEncoder
from card_drivers.order import Outcome
from card_drivers.station.printer import CardPrinter


class Bench(Protocol):
    """A printer on the bench. `kinds` is what it does by its nature: cards, paper, chips; `good` how that ends."""

    printer: CardPrinter
    reader: ChipEncoder | None
    kinds: frozenset[str]
    good: Outcome

    def taken(self) -> int:
        """Blanks taken from the feeder since the bench was set up; files sent."""

    def empty_the_feeder(self) -> None: ...

    def fail_while_printing(self) -> None: ...

    def switch_off(self) -> None: ...
