"""A test card: a frame at the edge, a grey wedge and the words TEST PRINT, without a chip and without anybody's data.

It takes a blank, so it is journalled beside the station's journal, and one test is printed once however often it is
asked for.
"""

from __future__ import annotations

import io
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageDraw

from card_drivers.device import DeviceError
from card_drivers.order import Face, Layer, Order, Outcome, Result
from card_drivers.station.journal import Journal
from card_drivers.station.printer import CardPrinter
from card_drivers.station.workbench import Workbench, result_from

JOURNAL = "test-print.jsonl"
"""The journal of test prints, in the station's folder."""

CARD_MM = (85.6, 53.98)


def run(printer: CardPrinter, folder: Path, test_id: UUID, stock: str = "") -> Result:
    """Print it, or say again how it went. `stock` "" takes the next blank, whatever it is."""
    journal = Journal(folder / JOURNAL)
    try:
        claim = journal.open_claim
        if claim is None or claim.claim_id != test_id:
            return _printed(printer, journal, order(test_id, stock))
        if claim.result is None:
            answer = printer.recover(test_id)
            return result_from(journal, answer.outcome, "print", answer.trouble)
        return claim.result
    finally:
        journal.close()


def _printed(printer: CardPrinter, journal: Journal, test: Order) -> Result:
    journal.write("claim", test.claim_id)
    journal.write("order", test.claim_id, order_id=str(test.order_id))
    workbench = Workbench(test, journal, None, None)
    try:
        result = printer.produce(test, workbench)
    except DeviceError as error:
        result = workbench.result(error.outcome, error.trouble)
    if result.outcome is not Outcome.UNKNOWN:
        journal.write("result", test.claim_id, result=result.model_dump(mode="json"))
    return result


def order(test_id: UUID, stock: str) -> Order:
    """The card as an order of one face."""
    width, height = (round(side / 25.4 * 300) for side in CARD_MM)
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width - 1, height - 1), outline="black", width=4)
    for step in range(16):
        draw.rectangle((60 + step * 55, 400, 115 + step * 55, 560), fill=(step * 17,) * 3)
    draw.text((60, 80), "TEST PRINT", fill="black", font_size=120)
    pdf = io.BytesIO()
    picture.save(pdf, format="PDF", resolution=300)
    document = pdf.getvalue()
    layer = Layer(name="colour", pdf=document)
    face = Face(name="front", width_mm=CARD_MM[0], height_mm=CARD_MM[1], layers=(layer,), combined=document)
    return Order(order_id=test_id, claim_id=test_id, document_type="TEST", stock=stock, faces=(face,))
