"""Orders with tiny faces, for tests of what the station does with an order whatever it looks like."""

from __future__ import annotations

import io
import uuid

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from card_drivers.order import AccessKeys, ChipPart, Face, Layer, Order

DG1 = (
    bytes.fromhex("615d5f1f5a")
    + b"ARROUEXAMPLE000<<<<<<<<<<<<<<<9001014F3001014XXB<<<<<<<<<<<2SPECIMEN<<EXAMPLE<<<<<<<<<<<<<"[:90]
)
COM = bytes.fromhex("60135F0104303130375F36063034303030305C0161")
ACCESS = AccessKeys(document_number="EXAMPLE00", birth_date="900101", expiry_date="300101")
CHIP = ChipPart(profile="jmrtd-applet", files={"COM": COM, "DG1": DG1}, access=ACCESS)


def page(size_mm: tuple[float, float], text: str = "") -> bytes:
    """A white PDF with a black bar of 20 x 10 mm at the lower left corner when there is `text`."""
    width, height = (side * mm for side in size_mm)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(width, height), invariant=1)
    if text:
        canvas.rect(0, 0, 20 * mm, 10 * mm, stroke=0, fill=1)
        canvas.drawString(width / 3, height / 2, text)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


TINY = page((20, 20), "EXAMPLE")
SMALL = (
    Face(
        name="front",
        width_mm=20,
        height_mm=20,
        layers=(Layer(name="colour", pdf=TINY), Layer(name="black", pdf=TINY)),
        combined=TINY,
    ),
)
"""One face as small as can be, for tests that are not of what is printed; those take `tests.composed`."""


def make_order(
    order_id: uuid.UUID | None = None,
    claim_id: uuid.UUID | None = None,
    chip: ChipPart | None = CHIP,
    stock: str = "card-chip",
    faces: tuple[Face, ...] = SMALL,
) -> Order:
    return Order(
        order_id=order_id or uuid.uuid4(),
        claim_id=claim_id or uuid.uuid4(),
        document_type="RP-R",
        stock=stock,
        faces=faces,
        chip=chip,
    )
