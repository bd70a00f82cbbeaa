"""A test card: a frame at the edge, a grey wedge and the words TEST PRINT, without a chip and without anybody's data.

It takes a blank, so it is journalled beside the station's journal, and one test is printed once however often it is
asked for.
"""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageDraw

from card_drivers.device import DeviceError
from card_drivers.order import ErrandDone, Face, Layer, Order, Outcome, Result, Size
from card_drivers.station.journal import Journal, OpenClaim
from card_drivers.station.printer import CardPrinter
from card_drivers.station.workbench import Workbench, result_from

JOURNAL = "test-print.jsonl"
"""The journal of test prints, in the station's folder."""

CARD = Size(width_mm=85.6, height_mm=53.98)
CARD_BLEED_MM = (0.21, 0.44)
DPI = 300


def run(printer: CardPrinter, folder: Path, test_id: UUID, stock: str = "") -> Result:
    """Print it, or say again how it went. `stock` "" takes the next blank, whatever it is."""
    with closing(Journal(folder / JOURNAL)) as journal:
        claim = journal.open_claim
        if claim is None or claim.claim_id != test_id:
            return _printed(printer, journal, order(test_id, stock, _medium(printer)))
        return _outcome(printer, journal, claim)


def errand(printer: CardPrinter, folder: Path, test_id: UUID) -> ErrandDone:
    """Print the test that the register asked for; what it is answered."""
    try:
        return answer(run(printer, folder, test_id))
    except DeviceError as error:
        return ErrandDone(test_print=test_id, trouble=error.trouble)


def answer(result: Result) -> ErrandDone:
    """What the register is told of a test print."""
    wrong = None if result.outcome is Outcome.DONE else result.trouble
    return ErrandDone(test_print=result.order_id, blank_serial=result.blank_serial, trouble=wrong)


def last(printer: CardPrinter, folder: Path) -> Result | None:
    """How the last test print went, which the register may not have heard; DeviceError when the device must say."""
    if not (folder / JOURNAL).exists():
        return None
    with closing(Journal(folder / JOURNAL)) as journal:
        claim = journal.open_claim
        return None if claim is None or claim.order_id is None else _outcome(printer, journal, claim)


def is_decided(folder: Path) -> bool:
    """Whether it is known what became of the last test print; else the device has still to say."""
    with closing(Journal(folder / JOURNAL)) as journal:
        return journal.open_claim is not None and journal.open_claim.result is not None


def _outcome(printer: CardPrinter, journal: Journal, claim: OpenClaim) -> Result:
    """What was decided, or what the device says of a test print that was interrupted."""
    if claim.result is not None:
        return claim.result
    answer = printer.recover(claim.claim_id)
    if answer.blank_serial is not None:
        journal.write("note", claim.claim_id, blank_serial=answer.blank_serial)
    return _kept(journal, result_from(journal, answer.outcome, "print", answer.trouble))


def _kept(journal: Journal, result: Result) -> Result:
    """The result, written down unless the device may still say otherwise."""
    if result.outcome is not Outcome.UNKNOWN:
        journal.write("result", result.claim_id, result=result.model_dump(mode="json"))
    return result


def _printed(printer: CardPrinter, journal: Journal, test: Order) -> Result:
    journal.write("claim", test.claim_id)
    journal.write("order", test.claim_id, order_id=str(test.order_id))
    workbench = Workbench(test, journal, None, None)
    try:
        result = printer.produce(test, workbench)
    except DeviceError as error:
        result = workbench.result(error.outcome, error.trouble)
    return _kept(journal, result)


def _medium(printer: CardPrinter) -> Size:
    """A card where it prints cards, else the first of its media. A printer that is away says so when it is to print."""
    try:
        sizes = printer.abilities().sizes
    except DeviceError:
        return CARD
    return CARD if not sizes or any(CARD.is_like(size) for size in sizes) else sizes[0]


def order(test_id: UUID, stock: str, size: Size = CARD) -> Order:
    """One face of this size, wider than high, as an order."""
    bleed = CARD_BLEED_MM if size == CARD else (0.0, 0.0)
    height, width = sorted((size.width_mm, size.height_mm))
    document = _drawn((width, height), bleed)
    layer = Layer(name="colour", pdf=document)
    face = Face(name="front", width_mm=width, height_mm=height, bleed_mm=bleed, layers=(layer,), combined=document)
    return Order(order_id=test_id, claim_id=test_id, document_type="TEST", stock=stock, faces=(face,))


def _drawn(size_mm: tuple[float, float], bleed_mm: tuple[float, float]) -> bytes:
    """The edge of the medium, words, and steps of grey."""
    across, down = (round(bleed / 25.4 * DPI) for bleed in bleed_mm)
    width, height = (round((side + 2 * bleed) / 25.4 * DPI) for side, bleed in zip(size_mm, bleed_mm, strict=True))
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((across, down, width - across - 1, height - down - 1), outline="black", width=4)
    for step in range(16):
        draw.rectangle((60 + step * 55, 400, 115 + step * 55, 560), fill=(step * 17,) * 3)
    draw.text((60, 80), "TEST PRINT", fill="black", font_size=120)
    pdf = io.BytesIO()
    picture.save(pdf, format="PDF", resolution=DPI)
    return pdf.getvalue()
