"""The simulator is its own counterpart: product code, with its script of faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from card_drivers.encoders.simulator import SimulatedReader
from card_drivers.order import Outcome
from card_drivers.printers.simulator import SimulatedPrinter
from card_drivers.simulators.machine import Blank, Simulation


class SimulatorBench:
    kinds = frozenset({"cards", "paper", "chips"})
    good = Outcome.DONE

    def __init__(self, folder: Path) -> None:
        self._simulation = Simulation(folder)
        cards = [Blank(serial=f"RP{n:03d}", stock="card-chip", uid=f"04{n:012x}") for n in range(6)]
        self._simulation.load([*cards, *[Blank(stock="paper-a4")] * 4])
        self.printer = SimulatedPrinter(self._simulation)
        self.reader = SimulatedReader(self._simulation)

    def taken(self) -> int:
        return 10 - len(self._simulation.hopper())

    def empty_the_feeder(self) -> None:
        self._script({"conditions": ["feeder-empty"]})

    def fail_while_printing(self) -> None:
        self._script({"events": ["jam"]})

    def switch_off(self) -> None:
        self._script({"conditions": ["offline"]})

    def _script(self, faults: dict[str, list[str]]) -> None:
        (self._simulation.directory / "faults.json").write_text(json.dumps(faults))


@contextmanager
def bench(folder: Path) -> Iterator[SimulatorBench]:
    yield SimulatorBench(folder)
