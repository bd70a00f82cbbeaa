"""The operator of a desk: reads what the station wants on its page, and does it, in a thread of their own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from card_drivers.order import DeviceStatus
from card_drivers.simulators.machine import Blank, Simulation
from card_drivers.troubles import Trouble

LOOKS = 0.005  # seconds between two looks at the page
SETTINGS = {"encoder": {"beside": True, "feed_seconds": 0}}
FEED = ("desk-into-feeder", "desk-open-spine-top", "desk-open-spine-left")
AWAY = ("desk-other-card", "desk-not-this", "desk-used-card", "desk-unfit-card")


def set_up(folder: Path, **encoder: float) -> Path:
    """A station whose simulated reader stands beside its printer."""
    settings = {"encoder": SETTINGS["encoder"] | encoder}
    (folder / "settings.json").write_text(json.dumps({"revision": 0, "settings": settings}))
    return folder


class Operator:
    """Their hands: a heap of blanks, and the card they carry.

    `page` is everything that the station said so far, `instead` what they do once instead of a code's.
    """

    def __init__(self, folder: Path, page: Callable[[], Sequence[DeviceStatus]], blanks: list[Blank]) -> None:
        self.simulation = Simulation(folder / "simulator")
        self.blanks = list(blanks)
        self.hand: Blank | None = None
        self.instead: dict[str, Callable[[], None]] = {}
        self.wanted: list[str] = []
        self.failed: Exception | None = None
        self._page = page
        self._seen = 0
        self._read: Trouble | None = None

    def look(self) -> None:
        """Do what the page says, whenever it says something new."""
        said, is_new = self._page(), False
        while self._seen < len(said):
            wants = said[self._seen].wants
            self._seen += 1
            if wants == self._read:
                continue
            self._read, is_new = wants, True
            if wants is not None:
                self.wanted.append(wants.code)
        if is_new and self._read is not None:
            self._do(self._read.code)

    def _do(self, code: str) -> None:
        instead = self.instead.pop(code, None)
        instead() if instead else self.obey(code)

    def look_anew(self) -> None:
        """The station starts again: its first sentence is news, even when it is the last one of before."""
        self._read = None

    def obey(self, code: str) -> None:
        """As a patient operator does."""
        if code in ("desk-lay-blank", "desk-lay-booklet"):
            self.lay(self.blanks.pop(0))
        elif code in FEED:
            self.feed()
        elif code in ("desk-lay-back", "desk-lay-this"):
            self.lay(self.found())
        elif code in AWAY:
            self.put_aside()

    def lay(self, card: Blank) -> None:
        self.hand = None
        self.simulation.lay(card)

    def put_aside(self) -> None:
        self.simulation.take_off()
        self.hand = None

    def feed(self) -> None:
        """Off the reader, into the feeder; it may lie there already. The printer is never quicker than the hand."""
        card = self.hand or self.simulation.on_the_desk()
        if card is not None and not self.simulation.hopper():
            self.simulation.load([card])
        self.simulation.take_off()
        self.hand = None

    def found(self) -> Blank:
        """The card of the order, wherever it went."""
        if self.hand is not None:
            return self.hand
        here = self.simulation.on_the_desk()
        if here is not None:
            return here
        hopper = self.simulation.hopper()
        if hopper:
            self._empty_hopper()
            return hopper[0]
        job = self.simulation.machine().job
        assert job is not None
        return self.from_tray(job.order_id)

    def _empty_hopper(self) -> None:
        with self.simulation._machine() as machine:
            machine.hopper = []

    def from_tray(self, order_id: UUID) -> Blank:
        return Blank.model_validate_json((self.simulation.directory / "tray" / str(order_id) / "card.json").read_text())


@contextmanager
def working(operator: Operator) -> Iterator[Operator]:
    """The operator looks at the page until the block ends."""
    end = threading.Event()

    def look() -> None:
        try:
            while not end.wait(LOOKS):
                operator.look()
        except Exception as error:  # told by the test
            operator.failed = error

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield operator
    finally:
        end.set()
        thread.join()
        if operator.failed is not None:
            raise operator.failed
