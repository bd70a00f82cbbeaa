"""The test set: one card to scan, read and measure, and the content of a test chip. Nobody's data.

Places are millimetres from the upper left corner of the printed side. Codes are drawn by lot, so that a card of an
earlier test is not taken for this one.
"""

from __future__ import annotations

import io
import secrets
import uuid
from dataclasses import dataclass
from typing import Literal

import zxingcpp
from PIL import Image, ImageDraw

from card_drivers.chips import tlv
from card_drivers.chips.profile import Profile
from card_drivers.order import AccessKeys, ChipPart, Face, Layer, Order, Size

DPI = 300
CARD = Size(width_mm=85.6, height_mm=53.98)
LEFT, TOP, LONG, SHORT = 8.0, 6.0, 70.0, 30.0
GREYS = 8
COLOURS = ("red", "green", "blue", "black")
LETTERS = "ACDEFHJKLMNPRTUVWXY34679"  # none that is taken for another
SYMBOL = (60.0, 11.0)
SYMBOL_SCALE = 5  # pixels a module: 0.42 mm
PICTURE_BYTES = 16_000
CARD_ACCESS = bytes.fromhex("31143012060A04007F0007020204020202010202010C")
"""PACE with generic mapping, AES-128 and P-256 (Doc 9303-11, 9.2)."""


@dataclass(frozen=True)
class TestCard:
    """A card, and what is to be read from it; `back` is "" on a card with one printed side."""

    order: Order
    front: str
    letters: str
    back: str


def draw(size: Size, faces: int, stock: str, chip: ChipPart | None) -> TestCard:
    """A new test card of this size, with its own codes."""
    test_id = uuid.uuid4()
    front, back = (f"LIMAN {secrets.token_hex(4).upper()}" for _ in range(2))
    letters = "".join(secrets.choice(LETTERS) for _ in range(8))
    sides = [_face("front", size, *_front(size, front, letters))]
    if faces > 1:
        sides.append(_face("back", size, *_back(size, back)))
    order = Order(order_id=test_id, claim_id=test_id, document_type="TEST", stock=stock, faces=tuple(sides), chip=chip)
    return TestCard(order, front, letters, back if faces > 1 else "")


def chip_content(name: str, profile: Profile) -> ChipPart:
    """What a test chip of the profile takes: a specimen's zone and a picture of noise; its keys are not tried."""
    number = "".join(secrets.choice("0123456789") for _ in range(6))
    zone = f"I<UTOTEST{number}".ljust(30, "<") + "9001011F3001018UTO".ljust(30, "<") + "SPECIMEN<<TEST".ljust(30, "<")
    version = tlv.encode(0x5F01, b"0108") + tlv.encode(0x5F36, b"040000")
    files = {
        "COM": tlv.encode(0x60, version + tlv.encode(0x5C, b"\x61\x75")),
        "DG1": tlv.encode(0x61, tlv.encode(0x5F1F, zone.encode())),
        "DG2": tlv.encode(0x75, secrets.token_bytes(PICTURE_BYTES)),
    }
    if "CardAccess" in profile.files:
        files["CardAccess"] = CARD_ACCESS
    can = number if profile.opened_by == "PACE" else ""
    access = AccessKeys(document_number=f"TEST{number[:5]}", birth_date="900101", expiry_date="300101", can=can)
    return ChipPart(profile=name, files=files, access=access)


def _pixels(millimetres: float) -> int:
    return round(millimetres / 25.4 * DPI)


def _blank(size: Size, mode: Literal["RGB", "L"]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new(mode, (_pixels(size.width_mm), _pixels(size.height_mm)), "white")
    return picture, ImageDraw.Draw(picture)


def _box(left: float, top: float, width: float, height: float) -> tuple[int, int, int, int]:
    return _pixels(left), _pixels(top), _pixels(left + width), _pixels(top + height)


def _front(size: Size, code: str, letters: str) -> tuple[Image.Image, Image.Image]:
    """Colour: grey steps and fields. Black: two lines to measure, the symbol, the letters."""
    colour, draw = _blank(size, "RGB")
    for step in range(GREYS):
        draw.rectangle(_box(12 + 5 * step, 10, 5, 8), fill=(step * 255 // (GREYS - 1),) * 3)
    for number, name in enumerate(COLOURS):
        draw.rectangle(_box(12 + 10 * number, 22, 10, 8), fill=name)
    black, pen = _blank(size, "L")
    pen.line((_pixels(LEFT), _pixels(TOP), _pixels(LEFT + LONG), _pixels(TOP)), fill=0, width=4)
    pen.line((_pixels(LEFT), _pixels(TOP), _pixels(LEFT), _pixels(TOP + SHORT)), fill=0, width=4)
    pen.text((_pixels(12), _pixels(34)), letters, fill=0, font_size=_pixels(6))
    pen.text((_pixels(12), _pixels(44)), "TEST CARD", fill=0, font_size=_pixels(4))
    black.paste(_symbol(code), (_pixels(SYMBOL[0]), _pixels(SYMBOL[1])))
    return colour, black


def _back(size: Size, code: str) -> tuple[Image.Image, Image.Image]:
    colour, draw = _blank(size, "RGB")
    draw.rectangle(_box(12, 10, 40, 8), fill="lightgrey")
    black, pen = _blank(size, "L")
    pen.text((_pixels(12), _pixels(24)), "THIS SIDE UP", fill=0, font_size=_pixels(4))
    black.paste(_symbol(code), (_pixels(SYMBOL[0]), _pixels(SYMBOL[1])))
    return colour, black


def _symbol(text: str) -> Image.Image:
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix)
    return Image.fromarray(zxingcpp.write_barcode_to_image(barcode, scale=SYMBOL_SCALE, add_quiet_zones=True))


def _face(name: str, size: Size, colour: Image.Image, black: Image.Image) -> Face:
    both = colour.copy()
    both.paste((0, 0, 0), (0, 0), black.point(lambda value: 255 - value))
    layers = (Layer(name="colour", pdf=_pdf(colour)), Layer(name="black", pdf=_pdf(black)))
    return Face(name=name, width_mm=size.width_mm, height_mm=size.height_mm, layers=layers, combined=_pdf(both))


def _pdf(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PDF", resolution=DPI)
    return buffer.getvalue()
