"""The contract of every printer driver, against its real counterpart or our emulator of it.

The drivers are found as the station finds them. The bench of driver NAME is `tests/contract/bench_NAME.py`: a function
`bench(folder)`, a context that gives a `Bench`. A new driver is on this suite as soon as its file is there.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from card_drivers.device import (
    Answer,
    CardRejected,
    ConfigurationError,
    DeviceError,
    DeviceOffline,
    SuppliesOut,
)
from card_drivers.links import raster
from card_drivers.order import Face, Order, Outcome, Result
from card_drivers.station import equipment
from card_drivers.station.journal import Journal
from card_drivers.station.workbench import Workbench
from tests import composed
from tests.contract.bench import Bench
from tests.unit.station.documents import Manager

pytestmark = pytest.mark.contract


def bench_module(driver: str) -> ModuleType:
    """The module with the bench of a driver, which fails the suite without one."""
    name = f"tests.contract.bench_{driver}"
    if importlib.util.find_spec(name) is None:
        pytest.fail(f"Driver {driver} has no bench: write {name.replace('.', '/')}.py.")
    return importlib.import_module(name)


@pytest.fixture(params=equipment.names("printer"))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with bench_module(request.param).bench(tmp_path) as found:
        yield found


def feeders() -> list[str]:
    """The drivers whose device takes cards from a feeder, by the word of their bench."""
    benches = {driver: vars(bench_module(driver)).values() for driver in equipment.names("printer")}
    return [driver for driver, found in benches.items() if any("cards" in getattr(one, "kinds", ()) for one in found)]


def refuses(bench: Bench, order: Order, folder: Path) -> bool:
    """Whether the order is refused, as what this device cannot do by its nature, before anything is taken."""
    with pytest.raises(ConfigurationError):
        make(bench, order, folder)
    return (steps(order, folder), bench.taken()) == ([], 0)


def made(bench: Bench, order: Order) -> dict[str, str]:
    """The digests of a good result: of nothing while it is not made."""
    return {} if bench.good is Outcome.SENT else order.digests()


def make(bench: Bench, order: Order, folder: Path) -> Result:
    """Produce an order on the bench with a journal of its own."""
    journal = Journal(folder / f"{order.claim_id}.jsonl")
    try:
        journal.write("claim", order.claim_id)
        journal.write("order", order.claim_id, order_id=str(order.order_id))
        return bench.printer.produce(order, Workbench(order, journal, bench.reader, Manager()))  # type: ignore[arg-type]
    finally:
        journal.close()


def steps(order: Order, folder: Path) -> list[tuple[str, str]]:
    """What the journal of an order says of its steps."""
    lines = (folder / f"{order.claim_id}.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    return [(entry["event"], entry["step"]) for entry in entries if entry["event"] in ("begin", "end")]


def test_makes_a_document_of_two_faces(bench: Bench, tmp_path: Path) -> None:
    order = composed.order()
    result = make(bench, order, tmp_path)
    assert (result.order_id, result.claim_id, result.outcome) == (order.order_id, order.claim_id, bench.good)
    assert (result.step, result.message) == (None, "")
    assert result.digests == made(bench, order)
    assert bench.taken() == 1


def test_makes_a_document_with_a_chip_or_refuses_it(bench: Bench, tmp_path: Path) -> None:
    order = composed.with_chip()
    if "chips" not in bench.kinds:
        assert refuses(bench, order, tmp_path)
        return
    result = make(bench, order, tmp_path)
    assert (result.outcome, result.digests) == (bench.good, made(bench, order))
    assert result.chip_uid or bench.good is Outcome.SENT


def test_every_step_is_journalled_before_and_after(bench: Bench, tmp_path: Path) -> None:
    order = composed.order()
    make(bench, order, tmp_path)
    found = steps(order, tmp_path)
    assert found
    assert found[::2] == [("begin", name) for _, name in found[1::2]]
    assert {event for event, _ in found[1::2]} == {"end"}


def test_status_is_idle_and_takes_nothing(bench: Bench) -> None:
    status = bench.printer.status()
    assert (status.state, status.reasons) == ("idle", ())
    assert bench.taken() == 0


def test_prints_paper_or_refuses_it(bench: Bench, tmp_path: Path) -> None:
    order = composed.order("RC")
    if "paper" not in bench.kinds:
        assert refuses(bench, order, tmp_path)
        return
    assert make(bench, order, tmp_path).outcome is bench.good
    assert bench.taken() == 1


def test_makes_several_one_after_the_other(bench: Bench, tmp_path: Path) -> None:
    orders = [composed.order() for _ in range(3)]
    assert [make(bench, order, tmp_path).order_id for order in orders] == [order.order_id for order in orders]
    assert bench.taken() == 3
    assert [bench.printer.recover(order.order_id).outcome for order in orders[-1:]] == [bench.good]


@pytest.mark.parametrize("bench", feeders(), indirect=True)
def test_no_blanks_consumes_nothing_and_is_told(bench: Bench, tmp_path: Path) -> None:
    bench.empty_the_feeder()
    with pytest.raises(SuppliesOut, match=r"[Ll]oad|refill") as caught:
        make(bench, composed.order(), tmp_path)
    assert caught.value.outcome is Outcome.NOT_STARTED
    status = bench.printer.status()
    assert status.state == "stopped"
    assert [reason.removesuffix("-report") for reason in status.reasons] == ["media-empty"]
    assert bench.taken() == 0


@pytest.mark.parametrize("bench", feeders(), indirect=True)
def test_a_failure_while_printing_spoils_the_blank(bench: Bench, tmp_path: Path) -> None:
    bench.fail_while_printing()
    order = composed.order()
    with pytest.raises(CardRejected) as caught:
        make(bench, order, tmp_path)
    assert caught.value.outcome is Outcome.SPOILED
    assert ("end", "print") not in steps(order, tmp_path)
    assert bench.printer.recover(order.order_id).outcome is Outcome.SPOILED
    assert bench.taken() == 1


def test_a_device_that_is_off_consumes_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.switch_off()
    with pytest.raises(DeviceOffline, match=r"[Ss]witch|[Cc]onnect"):
        make(bench, composed.order(), tmp_path)
    with pytest.raises(DeviceError):
        bench.printer.status()
    with pytest.raises(DeviceOffline):
        bench.printer.recover(uuid.uuid4())
    assert bench.taken() == 0


def test_recovers_its_last_order_without_printing_again(bench: Bench, tmp_path: Path) -> None:
    order = composed.order()
    serial = make(bench, order, tmp_path).blank_serial
    answer = bench.printer.recover(order.order_id)
    assert answer == Answer(bench.good, serial)
    assert bench.taken() == 1


def test_an_order_it_never_saw_is_not_done(bench: Bench) -> None:
    assert bench.printer.recover(uuid.uuid4()).outcome in (Outcome.NOT_STARTED, Outcome.UNKNOWN)


def badly(pdf: bytes) -> Face:
    """The front of a card with another page."""
    (front, _) = composed.faces("RP-R")
    return front.model_copy(update={"layers": (front.layers[0].model_copy(update={"pdf": pdf}),), "combined": pdf})


def resized(width_mm: float, height_mm: float) -> Face:
    """The front of a card that says another size."""
    return composed.faces("RP-R")[0].model_copy(update={"width_mm": width_mm, "height_mm": height_mm})


def two_pages() -> bytes:
    """Both faces of a card in one PDF."""
    return raster.lay([(face.combined, face, raster.Laying(face.page_mm)) for face in composed.faces("RP-R")])


BAD_FACES: dict[str, Callable[[], Face]] = {
    "no PDF": lambda: badly(b"%PNG"),
    "an empty file": lambda: badly(b""),
    "two pages": lambda: badly(two_pages()),
    "another size": lambda: badly(composed.faces("RC")[0].combined),
    "a truncated PDF": lambda: badly(composed.faces("RP-R")[0].combined[:200]),
    "as large as a room": lambda: resized(4000.0, 3000.0),
    "no size": lambda: resized(0.0, 53.98),
    "not a number": lambda: resized(85.6, float("nan")),
}


@pytest.mark.parametrize("what", BAD_FACES)
def test_a_bad_order_is_refused_before_a_blank_is_taken(bench: Bench, tmp_path: Path, what: str) -> None:
    order = composed.order(faces=(BAD_FACES[what](),))
    with pytest.raises(ConfigurationError) as caught:
        make(bench, order, tmp_path)
    assert caught.value.outcome is Outcome.NOT_STARTED
    assert steps(order, tmp_path) == []
    assert bench.taken() == 0
