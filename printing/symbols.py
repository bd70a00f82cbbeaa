"""Bar codes as vector boxes: Code 128 by python-barcode, QR by zxing-cpp."""

from __future__ import annotations

import numpy as np
import zxingcpp
from barcode.codex import Code128

from printing.errors import ContentError, FitError
from printing.pdf import POINTS_PER_MM

# Bars fall on whole dots of a 300 dpi card printer, or they blur into their neighbours.
DOT = 72 / 300
QUIET_MODULES = 10  # ISO/IEC 15417: at least ten modules of white on each side
QR_QUIET_MODULES = 4
Bars = list[tuple[float, float, float, float]]


def code128(text: str, box: tuple[float, float, float, float], field: str = "code128") -> Bars:
    """The bars of a Code 128 symbol centred in a box (points), quiet zones inside it, modules of whole dots.

    FitError when even modules of two dots (0.17 mm) are too wide; ContentError for what is not printable ASCII.
    """
    if not text or not (text.isascii() and text.isprintable()):
        raise ContentError(field, "a Code 128 bar code holds printable ASCII only, and at least one character.")
    modules = Code128(text).build()[0]
    x, y, width, height = box
    dots = int(width / DOT / (len(modules) + 2 * QUIET_MODULES))
    if dots < 2:
        raise FitError(field, len(text), width / POINTS_PER_MM, height / POINTS_PER_MM, 0)
    step = dots * DOT
    start = round((x + (width - step * len(modules)) / 2) / DOT) * DOT
    return [(start + at * step, y, length * step, height) for at, length in _bars(modules)]


def qr(text: str, box: tuple[float, float, float, float]) -> Bars:
    """The dark boxes of a QR code (error correction M) that fills a square box (points), quiet zone inside it."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    rows = np.asarray(zxingcpp.write_barcode_to_image(symbol, scale=1, add_quiet_zones=False)) < 128
    x, y, side, _ = box
    step = side / (len(rows) + 2 * QR_QUIET_MODULES)
    return [
        (x + (at + QR_QUIET_MODULES) * step, y + side - (index + 1 + QR_QUIET_MODULES) * step, length * step, step)
        for index, row in enumerate(rows)
        for at, length in _bars("".join("01"[int(dark)] for dark in row))
    ]


def _bars(modules: str) -> list[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    runs, at = [], 0
    while (at := modules.find("1", at)) >= 0:
        end = modules.find("0", at)
        end = len(modules) if end < 0 else end
        runs.append((at, end - at))
        at = end
    return runs
