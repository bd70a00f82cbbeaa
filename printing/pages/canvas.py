"""ReportLab's canvas, which shows text that HarfBuzz shaped, in the fonts of our own pages.

ReportLab draws lines, areas, paths and clips, and lays out what flows over pages. Its own text knows neither OCR-B
(CFF outlines) nor scripts whose letters join; so text comes as a `text.Line`. What was drawn is taken as operators and
becomes a `Form` or the page of a `Drawing`; no file is ever written from here.
"""

from __future__ import annotations

import io

from reportlab.pdfgen import canvas

from printing.pages.pdf import Letters, Ops
from printing.pages.text import Line


class Canvas(canvas.Canvas):
    """A page of so many points, with its origin at the lower left."""

    _code: list[str]

    def __init__(self, width: float, height: float) -> None:
        super().__init__(io.BytesIO(), pagesize=(width, height), pageCompression=0)
        self._letters: Letters = ()

    def show(self, line: Line, x: float, y: float, size: float, condensed: float = 1.0) -> None:
        """Show a shaped line from x, y on, `size` points high, in the fill colour."""
        self.put(line.operators(x, y, size, condensed))

    def put(self, drawn: Ops) -> None:
        """Add what was drawn elsewhere."""
        self.addLiteral(drawn.code)
        self._letters += drawn.letters

    def taken(self) -> Ops:
        """All that was drawn since it was last taken."""
        drawn = Ops("\n".join(self._code), self._letters)
        self._code, self._letters = [], ()
        return drawn
