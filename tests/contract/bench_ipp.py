"""A real IPP printer: `ippeveprinter` of CUPS."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from card_drivers.links.transport import Limits
from card_drivers.order import Order, Outcome
from card_drivers.printers.ipp import IppPrinter
from card_drivers.station import print_test
from card_drivers.station.journal import Journal
from card_drivers.station.laying import MediaSettings
from card_drivers.station.workbench import Workbench
from tests.contract.ippeve import IppEve, ippeve

HURRY = Limits(operation=3.0, exchange=5.0, answer=1024 * 1024)


def driver(uri: str, patience: float = 20.0, **how: Any) -> IppPrinter:
    how = {"paper": MediaSettings(without_uv=True)} | how
    return IppPrinter(uri, HURRY, patience=patience, poll=0.02, **how)


def make(printer: IppPrinter, order: Order, folder: Path) -> Outcome:
    journal = Journal(folder / f"{order.claim_id}.jsonl")
    try:
        journal.write("claim", order.claim_id)
        journal.write("order", order.claim_id, order_id=str(order.order_id))
        return printer.produce(order, Workbench(order, journal, None, None)).outcome
    finally:
        journal.close()


class IppBench:
    kinds = frozenset({"cards", "paper"})
    good = Outcome.DONE
    reader = None

    def __init__(self, eve: IppEve, folder: Path) -> None:
        self._eve = eve
        self._folder = folder
        self._before = 0
        self.printer = IppPrinter(eve.uri, patience=20, poll=0.02, paper=MediaSettings(without_uv=True))

    def taken(self) -> int:
        return len(self._eve.printed()) - self._before

    def empty_the_feeder(self) -> None:
        """Its last sheet: the engine reports the state after a job."""
        self._eve.behave('echo "STATE: +media-empty" >&2\n')
        print_test.run(self.printer, self._folder, uuid.uuid4())
        self._before = len(self._eve.printed())

    def fail_while_printing(self) -> None:
        self._eve.behave('echo "ERROR: jam" >&2\nexit 1\n')

    def switch_off(self) -> None:
        self._eve.switch_off()


@contextmanager
def bench(folder: Path) -> Iterator[IppBench]:
    with ippeve(folder) as eve:
        yield IppBench(eve, folder)
