"""Orders made of small PDFs for the tests: what a face looks like is known here, not taken from our composer."""

from __future__ import annotations

import io
import uuid

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from card_drivers.order import AccessKeys, ChipPart, Face, Layer, Order

CARD = (85.6, 53.98)
DG1 = (
    bytes.fromhex("615d5f1f5a")
    + b"ARROUEXAMPLE000<<<<<<<<<<<<<<<9001014F3001014XXB<<<<<<<<<<<2SPECIMEN<<EXAMPLE<<<<<<<<<<<<<"[:90]
)
COM = bytes.fromhex("60135F0104303130375F36063034303030305C0161")
ACCESS = AccessKeys(document_number="EXAMPLE00", birth_date="900101", expiry_date="300101")
CHIP = ChipPart(profile="jmrtd-applet", files={"COM": COM, "DG1": DG1}, access=ACCESS)


def page(size_mm: tuple[float, float] = CARD, colour: str = "white", text: str = "", pages: int = 1) -> bytes:
    """A PDF filled with `colour`, with a black bar of 20 x 10 mm at the lower left corner when there is `text`."""
    width, height = (side * mm for side in size_mm)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(width, height), invariant=1)
    for _ in range(pages):
        if colour != "white":
            canvas.setFillColor(colour)
            canvas.rect(0, 0, width, height, stroke=0, fill=1)
        if text:
            canvas.setFillColor("black")
            canvas.rect(0, 0, 20 * mm, 10 * mm, stroke=0, fill=1)
            canvas.drawString(width / 3, height / 2, text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def face(name: str, size_mm: tuple[float, float] = CARD, colour: bytes | None = None) -> Face:
    layers = (
        Layer(name="colour", pdf=page(size_mm, "lightblue") if colour is None else colour),
        Layer(name="black", pdf=page(size_mm, text="SPECIMEN")),
    )
    combined = page(size_mm, "lightblue", "SPECIMEN")
    return Face(name=name, width_mm=size_mm[0], height_mm=size_mm[1], layers=layers, combined=combined)


def make_order(
    order_id: uuid.UUID | None = None,
    claim_id: uuid.UUID | None = None,
    chip: ChipPart | None = CHIP,
    stock: str = "card-chip",
    faces: tuple[Face, ...] | None = None,
) -> Order:
    return Order(
        order_id=order_id or uuid.uuid4(),
        claim_id=claim_id or uuid.uuid4(),
        document_type="RP-R",
        stock=stock,
        faces=faces or (face("front"), face("back")),
        chip=chip,
    )
