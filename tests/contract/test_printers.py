"""The contract of every printer driver: the same tests against the simulator and against a real IPP printer."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from card_drivers.device import (
    Answer,
    CardPrinter,
    CardRejected,
    ConfigurationError,
    DeviceError,
    DeviceOffline,
    SuppliesOut,
)
from card_drivers.encoders.simulator import SimulatedReader
from card_drivers.journal import Journal
from card_drivers.order import Order, Outcome, Result
from card_drivers.printers.ipp import IppPrinter
from card_drivers.printers.simulator import SimulatedPrinter
from card_drivers.production import Production
from card_drivers.simulation import Blank, Simulation
from tests.contract.ippeve import IppEve, ippeve
from tests.unit.card_drivers.orders import face, make_order, page

pytestmark = pytest.mark.contract


class Bench(Protocol):
    """A printer on the bench, and hands that break it."""

    printer: CardPrinter
    reader: SimulatedReader | None

    def taken(self) -> int:
        """Blanks taken from the feeder since the bench was set up."""

    def empty_the_feeder(self) -> None: ...

    def fail_while_printing(self) -> None: ...

    def switch_off(self) -> None: ...


class SimulatorBench:
    def __init__(self, folder: Path) -> None:
        self._simulation = Simulation(folder)
        cards = [Blank(serial=f"RP{n:03d}", stock="card-chip", uid=f"04{n:012x}") for n in range(6)]
        self._simulation.load([*cards, *[Blank(stock="paper-a4")] * 4])
        self.printer: CardPrinter = SimulatedPrinter(self._simulation)
        self.reader: SimulatedReader | None = SimulatedReader(self._simulation)

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


class IppBench:
    def __init__(self, eve: IppEve, folder: Path) -> None:
        self._eve = eve
        self._folder = folder
        self._before = 0
        self.printer: CardPrinter = IppPrinter(eve.uri, patience=20, poll=0.02)
        self.reader: SimulatedReader | None = None

    def taken(self) -> int:
        return len(self._eve.printed()) - self._before

    def empty_the_feeder(self) -> None:
        """Its last sheet: the engine reports the state after a job."""
        self._eve.behave('echo "STATE: +media-empty" >&2\n')
        make(self, make_order(chip=None), self._folder)
        self._before = len(self._eve.printed())

    def fail_while_printing(self) -> None:
        self._eve.behave('echo "ERROR: jam" >&2\nexit 1\n')

    def switch_off(self) -> None:
        self._eve.switch_off()


@pytest.fixture(params=["simulator", "ipp"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "simulator":
        yield SimulatorBench(tmp_path)
    else:
        with ippeve(tmp_path) as eve:
            yield IppBench(eve, tmp_path)


def make(bench: Bench, order: Order, folder: Path) -> Result:
    """Produce an order on the bench with a journal of its own."""
    journal = Journal(folder / f"{order.claim_id}.jsonl")
    try:
        journal.write("claim", order.claim_id)
        journal.write("order", order.claim_id, order_id=str(order.order_id))
        return bench.printer.produce(order, Production(order, journal, bench.reader))
    finally:
        journal.close()


def steps(order: Order, folder: Path) -> list[tuple[str, str]]:
    """What the journal of an order says of its steps."""
    lines = (folder / f"{order.claim_id}.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    return [(entry["event"], entry["step"]) for entry in entries if entry["event"] in ("begin", "end")]


def test_makes_a_document_of_two_faces(bench: Bench, tmp_path: Path) -> None:
    order = make_order(chip=None)
    result = make(bench, order, tmp_path)
    assert (result.order_id, result.claim_id, result.outcome) == (order.order_id, order.claim_id, Outcome.DONE)
    assert (result.step, result.message) == (None, "")
    assert result.digests == order.digests()
    assert bench.taken() == 1


def test_every_step_is_journalled_before_and_after(bench: Bench, tmp_path: Path) -> None:
    order = make_order(chip=None)
    make(bench, order, tmp_path)
    found = steps(order, tmp_path)
    assert ("begin", "print") in found
    assert found[::2] == [("begin", name) for _, name in found[1::2]]
    assert {event for event, _ in found[1::2]} == {"end"}


def test_status_is_idle_and_takes_nothing(bench: Bench) -> None:
    status = bench.printer.status()
    assert (status.state, status.reasons) == ("idle", ())
    assert bench.taken() == 0


def test_prints_paper_without_chip(bench: Bench, tmp_path: Path) -> None:
    order = make_order(chip=None, stock="paper-a4", faces=(face("front", (210.0, 297.0)),))
    assert make(bench, order, tmp_path).outcome is Outcome.DONE
    assert bench.taken() == 1


def test_makes_several_one_after_the_other(bench: Bench, tmp_path: Path) -> None:
    orders = [make_order(chip=None) for _ in range(3)]
    assert [make(bench, order, tmp_path).order_id for order in orders] == [order.order_id for order in orders]
    assert bench.taken() == 3
    assert [bench.printer.recover(order.order_id).outcome for order in orders[-1:]] == [Outcome.DONE]


def test_no_blanks_consumes_nothing_and_is_told(bench: Bench, tmp_path: Path) -> None:
    bench.empty_the_feeder()
    with pytest.raises(SuppliesOut, match=r"load|refill") as caught:
        make(bench, make_order(chip=None), tmp_path)
    assert caught.value.outcome is Outcome.NOT_STARTED
    status = bench.printer.status()
    assert status.state == "stopped"
    assert [reason.removesuffix("-report") for reason in status.reasons] == ["media-empty"]
    assert bench.taken() == 0


def test_a_failure_while_printing_spoils_the_blank(bench: Bench, tmp_path: Path) -> None:
    bench.fail_while_printing()
    order = make_order(chip=None)
    with pytest.raises(CardRejected) as caught:
        make(bench, order, tmp_path)
    assert caught.value.outcome is Outcome.SPOILED
    assert ("end", "print") not in steps(order, tmp_path)
    assert bench.printer.recover(order.order_id).outcome is Outcome.SPOILED
    assert bench.taken() == 1


def test_a_device_that_is_off_consumes_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.switch_off()
    with pytest.raises(DeviceOffline, match=r"[Ss]witch it on"):
        make(bench, make_order(chip=None), tmp_path)
    with pytest.raises(DeviceError):
        bench.printer.status()
    with pytest.raises(DeviceOffline):
        bench.printer.recover(uuid.uuid4())
    assert bench.taken() == 0


def test_recovers_its_last_order_without_printing_again(bench: Bench, tmp_path: Path) -> None:
    order = make_order(chip=None)
    serial = make(bench, order, tmp_path).blank_serial
    answer = bench.printer.recover(order.order_id)
    assert answer == Answer(Outcome.DONE, serial)
    assert bench.taken() == 1


def test_an_order_it_never_saw_is_not_done(bench: Bench) -> None:
    assert bench.printer.recover(uuid.uuid4()).outcome in (Outcome.NOT_STARTED, Outcome.UNKNOWN)


BAD_FACES = {
    "no PDF": face("front", colour=b"%PNG"),
    "an empty file": face("front", colour=b""),
    "two pages": face("front", colour=page(pages=2)),
    "another size": face("front", colour=page((100.0, 100.0))),
    "a truncated PDF": face("front", colour=page()[:200]),
    "as large as a room": face("front", (4000.0, 3000.0)),
    "no size": face("front").model_copy(update={"width_mm": 0.0}),
    "not a number": face("front").model_copy(update={"height_mm": float("nan")}),
}


@pytest.mark.parametrize("what", BAD_FACES)
def test_a_bad_order_is_refused_before_a_blank_is_taken(bench: Bench, tmp_path: Path, what: str) -> None:
    bad = BAD_FACES[what]
    order = make_order(chip=None, faces=(bad.model_copy(update={"combined": bad.layers[0].pdf}),))
    with pytest.raises(ConfigurationError) as caught:
        make(bench, order, tmp_path)
    assert caught.value.outcome is Outcome.NOT_STARTED
    assert steps(order, tmp_path) == []
    assert bench.taken() == 0
