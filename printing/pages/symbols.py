"""Bar codes as boxes and modules: Code 128 by python-barcode, QR by zxing-cpp, DataMatrix by our own `datamatrix`.

What draws a symbol is not what reads it: tests and quality check read with zxing-cpp.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import zxingcpp
from barcode.codex import Code128
from numpy.typing import NDArray
from PIL import Image

from printing.errors import ContentError, FitError
from printing.pages import datamatrix
from printing.pages.pdf import POINTS_PER_MM, Box, Modules

# Bars fall on whole dots of a 300 dpi card printer, or they blur into their neighbours.
DOT = 72 / 300
INSET = DOT / 10  # renderers round a picture's edges outwards: without it a rounding error costs a whole dot
QUIET_MODULES = 10  # ISO/IEC 15417: at least ten modules of white on each side
QR_QUIET_MODULES = 4
DATA_MATRIX_QUIET_MODULES = 1  # ISO/IEC 16022
# zxing-cpp's version number is the place of a square in this row, from 1.
DATA_MATRIX_SIZES = (10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40, 44, 48, 52, 64, 72, 80, 88, 96, 104, 120, 132, 144)
DATA_MATRIX = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.DataMatrix])
Bars = list[Box]


class _Code128(Code128):  # type: ignore[misc]
    """python-barcode takes the pair of digits 99 at the beginning for the switch of character sets that has its value
    (its issue 251) and leaves it out. A symbol that begins with pairs has no such switch there."""

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        return encoded if encoded[1] == 99 else super()._try_to_optimize(encoded)


def code128(text: str, box: Box, field: str = "code128") -> Bars:
    """The bars of a Code 128 symbol centred in a box (points), quiet zones inside it, modules of whole dots.

    FitError when even modules of two dots (0.17 mm) are too wide; ContentError for what is not printable ASCII.
    """
    if not text or not (text.isascii() and text.isprintable()):
        raise ContentError(field, "a Code 128 bar code holds printable ASCII only, and at least one character.")
    modules = _Code128(text).build()[0]
    x, y, width, height = box
    dots = int(width / DOT / (len(modules) + 2 * QUIET_MODULES))
    if dots < 2:
        raise FitError(field, len(text), width / POINTS_PER_MM, height / POINTS_PER_MM, 0)
    step = dots * DOT
    start = round((x + (width - step * len(modules)) / 2) / DOT) * DOT
    return [(start + at * step, y, length * step, height) for at, length in _bars(modules)]


def qr(text: str, box: Box) -> Bars:
    """The dark boxes of a QR code (error correction M) that fills a square box (points), quiet zone inside it.

    Letters beyond ASCII are UTF-8 and say so, or readers would guess at Latin-1 and Shift JIS.
    """
    eci = "Unknown" if text.isascii() else "UTF-8"
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", eci=eci)
    rows = ["".join("01"[int(module)] for module in row) for row in _dark(symbol)]
    x, y, side, _ = box
    step = side / (len(rows) + 2 * QR_QUIET_MODULES)
    return _squares(rows, x + QR_QUIET_MODULES * step, y + QR_QUIET_MODULES * step, step)


def data_matrix(data: bytes, modules: int, box: Box, module_mm: float, field: str = "seal") -> Modules:
    """A DataMatrix of `modules` x `modules`, centred in a box (points), quiet zone inside it.

    Modules are whole dots of a 300 dpi printer, as many as fit. FitError when that leaves them smaller than
    `module_mm` millimetres; ContentError for more bytes than the symbol holds.
    """
    return data_matrices([data], modules, box, module_mm, field)[0]


def data_matrices(
    messages: Sequence[bytes], modules: int, box: Box, module_mm: float, field: str = "seal"
) -> list[Modules]:
    """The same for many, of one size and at one place: far quicker than one by one."""
    if modules in datamatrix.CODEWORDS:
        symbols = datamatrix.encode_many(messages, modules, field)
    else:
        symbols = [_large(data, modules, field) for data in messages]
    square = _square(modules, box, module_mm, field, max(map(len, messages), default=0))
    return [Modules(rows, modules, square) for rows in symbols]


def _large(data: bytes, modules: int, field: str) -> bytes:
    """The rows of a DataMatrix of several blocks, as `datamatrix.encode_many` gives them."""
    version = DATA_MATRIX_SIZES.index(modules) + 1
    try:
        # eci="Unknown" leaves out the character set that takes three bytes of room and that seals do not have.
        symbol = zxingcpp.create_barcode(data, zxingcpp.BarcodeFormat.DataMatrix, version=version, eci="Unknown")
    except ValueError:
        raise datamatrix.does_not_fit(data, modules, field) from None
    return np.packbits(_dark(symbol), axis=1).tobytes()


def _square(modules: int, box: Box, module_mm: float, field: str, size: int) -> Box:
    """The symbol's own box within its room."""
    x, y, width, height = box
    dots = int(min(width, height) / DOT / (modules + 2 * DATA_MATRIX_QUIET_MODULES) + 1e-6)
    side = dots * DOT * modules
    if dots * DOT / POINTS_PER_MM < module_mm:
        raise FitError(field, size, width / POINTS_PER_MM, height / POINTS_PER_MM, 0)
    left, foot = (round((at + (room - side) / 2) / DOT) * DOT for at, room in ((x, width), (y, height)))
    return left + INSET, foot + INSET, side - 2 * INSET, side - 2 * INSET


def read_data_matrix(picture: Image.Image) -> bytes | None:
    """The bytes of the DataMatrix on a scan or photo, None if none is read.

    A second look at twice the size reads the few in a thousand that zxing-cpp misses at modules of four pixels.
    """
    grey = picture.convert("L")
    for scale in (1, 2):
        pixels = np.asarray(grey.resize((grey.width * scale, grey.height * scale), Image.Resampling.BICUBIC))
        if found := zxingcpp.read_barcodes(pixels, formats=DATA_MATRIX):
            return bytes(found[0].bytes)
    return None


def _dark(symbol: zxingcpp.Barcode) -> NDArray[np.bool_]:
    """The modules of a symbol from the top row down, a dark one True."""
    return np.asarray(zxingcpp.write_barcode_to_image(symbol, scale=1, add_quiet_zones=False)) < 128


def _squares(rows: list[str], left: float, foot: float, step: float) -> Bars:
    """The boxes of rows of modules of side `step`, whose lower left corner is at `left`, `foot`."""
    return [
        (left + at * step, foot + (len(rows) - 1 - index) * step, length * step, step)
        for index, row in enumerate(rows)
        for at, length in _bars(row)
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
