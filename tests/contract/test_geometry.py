"""Printed pixels, measured: on every way to a medium the machine readable zone stands where the layout has it.

Each way at each resolution and turn that its settings offer; what an IPP printer or a bureau gets is a PDF, which
another program than ours draws.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image

from card_drivers.links.raster import Turn
from card_drivers.order import Order, Outcome
from card_drivers.printers import evolis, simulator
from card_drivers.printers.ipp import IppPrinter
from card_drivers.simulators.machine import Blank, Simulation
from card_drivers.station.journal import Journal
from card_drivers.station.laying import MediaSettings
from card_drivers.station.printer import CardPrinter
from card_drivers.station.workbench import Workbench
from tests import composed, measured
from tests.contract.bench_bureau import bureau, identities
from tests.contract.bench_evolis import driver as evolis_driver
from tests.contract.evolis_emulator import print_center
from tests.contract.ippeve import IppEve, ippeve
from tests.counterparts import require
from tests.measured import WITHIN_MM, Fed

pytestmark = pytest.mark.contract

TURNS: tuple[Turn, ...] = get_args(Turn)
CODES = ("RP-R", "TD-C", "RT")  # a card, a page of a booklet, a sheet


def choices(settings: type, name: str) -> tuple[str, ...]:
    """The values that a setting may have."""
    found: tuple[str, ...] = get_args(settings.model_fields[name].annotation)  # type: ignore[attr-defined]
    return found


def dots(resolution: str) -> tuple[int, int]:
    across, down = map(int, resolution.split("x"))
    return across, down


def readable(code: str) -> tuple[Order, tuple[float, float]]:
    """An order for the face with the zone alone, and where its layout has the line of names."""
    side, names = measured.names_of(code)
    return composed.order(code, faces=composed.faces(code)[side : side + 1]), names


def make(printer: CardPrinter, order: Order, folder: Path) -> None:
    journal = Journal(folder / f"{order.claim_id}.jsonl")
    try:
        journal.write("claim", order.claim_id)
        journal.write("order", order.claim_id, order_id=str(order.order_id))
        assert printer.produce(order, Workbench(order, journal, None, None)).outcome in (Outcome.DONE, Outcome.SENT)
    finally:
        journal.close()


def assert_in_place(picture: Image.Image, fed: Fed, code: str) -> None:
    order, names = readable(code)
    right, down = measured.off_by(picture, fed, order.faces[0], names)
    assert (abs(right) <= WITHIN_MM, abs(down) <= WITHIN_MM) == (True, True), f"{right:.2f} {down:.2f} mm off"


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("resolution", choices(simulator.Settings, "resolution"))
def test_the_simulator(tmp_path: Path, resolution: str, turn: Turn) -> None:
    """With bleed or trimmed, mirrored or not, by turns; a card, and what is larger where the pixels are few."""
    over_edge, mirrored = turn in (0, 90), turn in (90, 180)
    values = {"over_edge": over_edge, "resolution": resolution, "turn_front": turn, "mirrored": mirrored}
    codes = CODES if resolution == "300x300" else CODES[:1]
    simulation = Simulation(tmp_path)
    simulation.load([Blank(stock=composed.order(code).stock) for code in codes])
    for code in codes:
        order, _ = readable(code)
        make(simulator.SimulatedPrinter(simulation, simulator.Settings.model_validate(values)), order, tmp_path)
        (file,) = (tmp_path / "tray").glob(f"*{order.order_id}*/{order.faces[0].name}-black.png")
        with Image.open(file) as picture:
            assert_in_place(picture, Fed(dots(resolution), turn, mirrored), code)


@pytest.mark.parametrize("turn", [0, 180])
@pytest.mark.parametrize("resolution", choices(evolis.Settings, "resolution"))
def test_the_bitmap_that_an_evolis_receives(tmp_path: Path, resolution: str, turn: int) -> None:
    order, _ = readable("RP-R")
    with print_center() as service:
        make(evolis_driver(service, tmp_path, resolution=resolution, turn_front=turn), order, tmp_path)
        (card,) = service.printer.tray
    assert_in_place(card.panels["front", "resin"], Fed(dots(resolution), turn), "RP-R")


@pytest.fixture(scope="module")
def eve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IppEve]:
    with ippeve(tmp_path_factory.mktemp("eve")) as running:
        yield running


@pytest.mark.parametrize("code", CODES[:2])
@pytest.mark.parametrize(("over_edge", "turn"), list(product([True, False], TURNS)))
def test_the_pdf_that_an_ipp_printer_receives(
    eve: IppEve, tmp_path: Path, over_edge: bool, turn: Turn, code: str
) -> None:
    order, _ = readable(code)
    paper = MediaSettings(without_uv=True, over_edge=over_edge, turn_front=turn, mirrored=turn == 90)
    before = len(eve.printed())
    make(IppPrinter(eve.uri, patience=20, poll=0.02, paper=paper), order, tmp_path)
    (pdf,) = eve.printed()[before:]
    for dpi in ((300, 300), (300, 600), (1200, 1200))[: 3 if code == "RP-R" else 1]:
        assert_in_place(measured.poppler(pdf, tmp_path, dpi), Fed(dpi, turn, turn == 90), code)


@pytest.mark.parametrize("code", CODES)
def test_the_file_of_a_bureau(tmp_path: Path, code: str) -> None:
    """Opened by openssl with the bureau's key, drawn by poppler."""
    order, _ = readable(code)
    make(bureau(tmp_path), order, tmp_path)
    file, key = tmp_path / "bureau" / "outbox" / f"{order.claim_id}.p7m", identities() / "site"
    openssl = [require("openssl", "an implementation of CMS that is not ours"), "cms", "-inform", "DER"]
    opened = ["-decrypt", "-binary", "-in", str(file), "-recip", f"{key}/certificate.pem", "-inkey", f"{key}/key.pem"]
    signed = subprocess.run([*openssl, *opened], check=True, capture_output=True).stdout
    unsigned = [*openssl, "-verify", "-binary", "-noverify"]
    sent = Order.model_validate_json(subprocess.run(unsigned, check=True, capture_output=True, input=signed).stdout)
    (face,) = sent.faces
    assert face.bleed_mm == order.faces[0].bleed_mm
    black = next(layer.pdf for layer in face.layers if layer.name == "black")
    for dpi in ((300, 300), (300, 600), (1200, 1200)):
        assert_in_place(measured.poppler(black, tmp_path, dpi), Fed(dpi), code)
