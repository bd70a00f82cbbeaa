"""CUPS's own reader and writer of page rasters (libcups), through ctypes: an oracle that shares no line with ours."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import tempfile
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_uint, c_void_p
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tests.counterparts import missing

READ = 0
GREY_SPACES = {0, 18}  # CUPS_CSPACE_W, CUPS_CSPACE_SW


class Header(ctypes.Structure):
    """`cups_page_header2_t` of cups/raster.h."""

    _fields_ = (
        *((name, c_char * 64) for name in ("MediaClass", "MediaColor", "MediaType", "OutputType")),
        *((name, c_uint) for name in ("AdvanceDistance", "AdvanceMedia", "Collate", "CutMedia", "Duplex")),
        ("HWResolution", c_uint * 2),
        ("ImagingBoundingBox", c_uint * 4),
        *((name, c_uint) for name in ("InsertSheet", "Jog", "LeadingEdge")),
        ("Margins", c_uint * 2),
        *((name, c_uint) for name in ("ManualFeed", "MediaPosition", "MediaWeight", "MirrorPrint", "NegativePrint")),
        *((name, c_uint) for name in ("NumCopies", "Orientation", "OutputFaceUp")),
        ("PageSize", c_uint * 2),
        *((name, c_uint) for name in ("Separations", "TraySwitch", "Tumble", "cupsWidth", "cupsHeight")),
        *((f"cups{name}", c_uint) for name in ("MediaType", "BitsPerColor", "BitsPerPixel", "BytesPerLine")),
        *((f"cups{name}", c_uint) for name in ("ColorOrder", "ColorSpace", "Compression", "RowCount", "RowFeed")),
        *((f"cups{name}", c_uint) for name in ("RowStep", "NumColors")),
        ("cupsBorderlessScalingFactor", ctypes.c_float),
        ("cupsPageSize", ctypes.c_float * 2),
        ("cupsImagingBBox", ctypes.c_float * 4),
        ("cupsInteger", c_uint * 16),
        ("cupsReal", ctypes.c_float * 16),
        ("cupsString", (c_char * 64) * 16),
        *((name, c_char * 64) for name in ("cupsMarkerType", "cupsRenderingIntent", "cupsPageSizeName")),
    )


class _Media(ctypes.Structure):
    """`pwg_media_t` of cups/pwg.h."""

    _fields_ = (("pwg", c_char_p), ("legacy", c_char_p), ("ppd", c_char_p), ("width", c_int), ("length", c_int))


@dataclass
class Page:
    """One page as CUPS reads it."""

    header: Any
    picture: Image.Image


def _library() -> Any:
    name = ctypes.util.find_library("cups")
    if name is None:
        missing("libcups is not installed: page rasters are read by it. `make test` as root installs cups-ipp-utils.")
    cups = ctypes.CDLL(name)
    cups.cupsRasterOpen.restype, cups.cupsRasterOpen.argtypes = c_void_p, [c_int, c_int]
    cups.cupsRasterReadHeader2.argtypes = [c_void_p, POINTER(Header)]
    cups.cupsRasterReadPixels.argtypes = [c_void_p, c_char_p, c_uint]
    cups.cupsRasterClose.argtypes = [c_void_p]
    names = (c_char_p, c_int, c_int, c_char_p, c_char_p)
    cups.cupsRasterInitPWGHeader.argtypes = [POINTER(Header), POINTER(_Media), *names]
    return cups


def read(data: bytes) -> list[Page]:
    """Every page of a raster. AssertionError for what CUPS does not read to its last byte."""
    cups = _library()
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        stream = cups.cupsRasterOpen(file.fileno(), READ)
        assert stream, "no raster"
        pages = []
        header = Header()
        while cups.cupsRasterReadHeader2(stream, byref(header)):
            pages.append(Page(Header.from_buffer_copy(header), _pixels(cups, stream, header)))
        cups.cupsRasterClose(stream)
        assert os.lseek(file.fileno(), 0, os.SEEK_CUR) == len(data), "not read to its end"
    return pages


def _pixels(cups: Any, stream: int, header: Any) -> Image.Image:
    length = header.cupsBytesPerLine
    line = ctypes.create_string_buffer(length)
    lines = []
    for _ in range(header.cupsHeight):
        assert cups.cupsRasterReadPixels(stream, line, length) == length, "a line is missing"
        lines.append(line.raw)
    mode = "L" if header.cupsColorSpace in GREY_SPACES else "RGB"
    return Image.frombytes(mode, (header.cupsWidth, header.cupsHeight), b"".join(lines))


def expected_header(size_mm: tuple[float, float], resolution: tuple[int, int], kind: str, sides: str, back: str) -> Any:
    """What CUPS itself would write before a page: it follows PWG 5102.4 too, without us."""
    cups, header = _library(), Header()
    media = _Media(b"", b"", b"", *(round(side * 100) for side in size_mm))
    names = (kind.encode(), *resolution, sides.encode(), back.encode())
    assert cups.cupsRasterInitPWGHeader(byref(header), byref(media), *names), "CUPS refuses it"
    return header
