"""ReportLab at its best: rl_accel, no ASCII85, pictures by path, the fixed texts of a face as one form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import BinaryIO

import _rl_accel  # noqa: F401 - it must be there: ReportLab would go on without it
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from tests.bench.pages import Face, Page, Text

rl_config.useA85 = 0


def write(pages: Sequence[Page], out: BinaryIO) -> None:
    """The pages as one PDF."""
    _register(pages[0].face)
    canvas = Canvas(out)
    for face in {page.face: None for page in pages}:
        canvas.beginForm(f"face{id(face)}", 0, 0, face.width, face.height)
        _texts(canvas, face.fixed)
        canvas.endForm()
    for page in pages:
        canvas.setPageSize((page.face.width, page.face.height))
        canvas.doForm(f"face{id(page.face)}")
        _texts(canvas, page.texts)
        for path, box in page.pictures:
            canvas.drawImage(path, *box)
        canvas.showPage()
    canvas.save()


def _texts(canvas: Canvas, texts: Iterable[Text]) -> None:
    for x, y, size, style, words in texts:
        canvas.setFont(style, size)
        canvas.drawString(x, y, words)


@cache
def _register(face: Face) -> None:
    for style, path in face.fonts.items():
        pdfmetrics.registerFont(TTFont(style, path))
