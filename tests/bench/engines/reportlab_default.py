"""ReportLab as people write it: a canvas, `drawImage`, `TTFont`, default settings, without the accelerator."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO

sys.modules["_rl_accel"] = None  # type: ignore[assignment]  # it is there for the tuned one

from reportlab.lib.utils import ImageReader  # noqa: E402
from reportlab.pdfbase import pdfmetrics  # noqa: E402
from reportlab.pdfbase.ttfonts import TTFont  # noqa: E402
from reportlab.pdfgen.canvas import Canvas  # noqa: E402

from tests.bench.pages import Face, Page  # noqa: E402


def write(pages: Sequence[Page], out: BinaryIO) -> None:
    """The pages as one PDF."""
    _register(pages[0].face)
    canvas = Canvas(out)
    for page in pages:
        canvas.setPageSize((page.face.width, page.face.height))
        for x, y, size, style, words in page.every_text:
            canvas.setFont(style, size)
            canvas.drawString(x, y, words)
        for path, box in page.pictures:
            canvas.drawImage(ImageReader(io.BytesIO(Path(path).read_bytes())), *box)
        canvas.showPage()
    canvas.save()


@cache
def _register(face: Face) -> None:
    for style, path in face.fonts.items():
        pdfmetrics.registerFont(TTFont(style, path))
