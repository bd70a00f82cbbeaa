"""Reads a page back as machines do, and says what on it is not of its record.

The DataMatrix by zxing-cpp and its signature by the certificate; the MRZ letter by letter against OCR-B as Pillow draws
it; the portrait against its own file and against those of its neighbours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from printing.content import DocumentContent, mrz_of
from printing.faces import layout
from printing.pages import symbols
from printing.seals import document_seal, seal
from printing.seals.encoding import SealError
from tests.bench import records
from tests.bench.placed import OCR_B, mrz_places
from tests.bench.records import Record

DPI = 300
DOT = DPI / 72
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
READ_AT = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
NEIGHBOURS = 12
FACES_ALIKE = 25
"""Levels of grey by which a portrait in print may differ from its file: another cut of it, smaller."""
_CELL, _ABOVE, _MARGIN = (40, 30), 34, 3  # dots of a letter's cell, of which above the baseline; how far it may stray
_THUMB = (12, 16)

Grey = NDArray[np.float32]


class Page(NamedTuple):
    """A page's pixels at 300 dpi, and the face that it should show."""

    pixels: Image.Image
    chosen: layout.Layout
    face: layout.Face


def problems(pdf: Path, expected: Mapping[int, int], folder: Path, kind: str) -> list[str]:
    """What is wrong with documents of a file, by their place in it; `expected` names the record of each place."""
    chosen = layout.load(records.template(kind).layout)
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for place, index in expected.items():
            for side, face in enumerate(chosen.faces):
                number = place * len(chosen.faces) + side
                if number >= len(document):
                    found.append(f"page {number + 1} is missing")
                    continue
                picture = document[number].render(scale=DOT, grayscale=True).to_pil().convert("L")
                found += [
                    f"page {number + 1}: {what}" for what in _wrong(Page(picture, chosen, face), folder, kind, index)
                ]
    return found


def has_text(pdf: Path, content: DocumentContent) -> bool:
    """Whether number and name on the first page can be selected as text."""
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage().get_text_range()
    return content.document_number in text and content.family_name.upper() in text


def _wrong(page: Page, folder: Path, kind: str, index: int) -> Iterator[str]:
    expected = records.record(folder, kind, index)
    if page.face.mrz and (zone := mrz_of(*expected)):
        lines = read_zone(page, len(zone.to_lines()[0]))
        if lines != list(zone.to_lines()):
            yield f"the MRZ reads {lines} and not {list(zone.to_lines())}"
    if page.face.seal:
        yield from _seal(page, expected)
    if page.face.portrait:
        yield from _portrait(page, folder, index)


def read_zone(page: Page, length: int) -> list[str]:
    """The lines of the MRZ on a face, each of so many letters, as they stand there."""
    return [_line(page.pixels, *place, length) for place in mrz_places(page.chosen, page.face)]


def _seal(page: Page, expected: Record) -> Iterator[str]:
    assert page.face.seal
    data = symbols.read_data_matrix(_crop(page, page.face.seal))
    if data is None:
        yield "no DataMatrix is read"
        return
    printed = document_seal.printed_fields(*expected)
    try:
        verification = seal.verify(data, [records.certificate()], printed, at=READ_AT)
    except SealError as error:
        yield f"the seal is none: {error.part}"
        return
    if verification.verdict is not seal.Verdict.VALID:
        yield f"the seal is judged: {verification.verdict}, {verification.differences}"


def _portrait(page: Page, folder: Path, index: int) -> Iterator[str]:
    """The portrait must be more like its own file than like any of its neighbours."""
    assert page.face.portrait
    shown = _thumb(_crop(page, page.face.portrait))
    near = range(max(0, index - NEIGHBOURS), index + NEIGHBOURS)
    unlike = {other: float(np.abs(shown - _thumb_of(records.portrait(folder, other))).mean()) for other in near}
    if unlike[index] > min(unlike.values()) or unlike[index] > FACES_ALIKE:
        yield "the portrait is not that of the record"


def _crop(page: Page, box: layout.Box) -> Image.Image:
    x, y, width, height = page.chosen.points(box)
    top = page.chosen.page[1] - y - height
    return page.pixels.crop((round(x * DOT), round(top * DOT), round((x + width) * DOT), round((top + height) * DOT)))


def _thumb(picture: Image.Image) -> Grey:
    return np.asarray(picture.convert("L").resize(_THUMB, Image.Resampling.BOX), np.float32)


@cache
def _thumb_of(path: Path) -> Grey:
    with Image.open(path) as opened:
        opened.draft("L", (75, 100))  # an eighth: quick to decode
        return _thumb(opened)


def _line(pixels: Image.Image, x: float, y: float, count: int) -> str:
    """Letters of OCR-B at 7.2 points each from x, y (points, y of the baseline from below)."""
    baseline = round(pixels.height - y * DOT)
    return "".join(_letter(pixels, round((x + 7.2 * at) * DOT), baseline) for at in range(count))


def _letter(pixels: Image.Image, left: int, baseline: int) -> str:
    """The letter whose picture differs least from what is there, wherever it stands within the margin."""
    high, wide = _CELL
    top = baseline - _ABOVE
    cell = pixels.crop((left - _MARGIN, top - _MARGIN, left + wide + _MARGIN, top + high + _MARGIN))
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(cell, np.float32), _CELL).reshape(-1, high * wide)
    alphabet = _alphabet()
    # |w - a|^2 without the part that is the same for all letters in a window
    unlike = (windows**2).sum(1)[:, None] - 2 * windows @ alphabet.T + (alphabet**2).sum(1)
    return ALPHABET[int(unlike.min(0).argmin())]


@cache
def _alphabet() -> NDArray[Any]:
    """Each letter as a row of pixels, black on white, drawn by Pillow."""
    font = ImageFont.truetype(OCR_B, 7.2 / 0.723 * DOT)
    rows = []
    for letter in ALPHABET:
        cell = Image.new("L", _CELL[::-1], 255)
        ImageDraw.Draw(cell).text((0, _ABOVE), letter, fill=0, font=font, anchor="ls")
        rows.append(np.asarray(cell, np.float32).ravel())
    return np.stack(rows)
