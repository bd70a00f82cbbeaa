"""Paper documents. Here: the receipt of a request, one A5 page in Romanian and English.

It is real text (searchable, read aloud by a phone), unlike the outlines of a card. It carries the least: no name, no
birth date, no nationality; the reference alone does not open the case, the status page also asks for the birth date.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from printing import fonts, symbols
from printing.errors import FitError, GlyphError
from printing.symbols import Bars

MARGIN = 34.0  # points, 12 mm
_ACCENT = (0.09, 0.36, 0.38)
_NEXT = (
    (
        "Păstrați acest bon. Nu îl arătați decât personalului inspectoratului.",
        "Keep this receipt. Show it to the inspectorate's staff only.",
    ),
    (
        "Urmăriți cererea: scanați codul sau deschideți adresa de mai sus, cu referința și data nașterii.",
        "Follow your request: scan the code or open the address above, with the reference and your date of birth.",
    ),
    (
        "Veniți la ghișeu când pagina arată „pregătit pentru ridicare”, cu acest bon și documentul vechi, dacă aveți.",
        "Come to the desk when the page says “ready for collection”, with this receipt and your old document, if any.",
    ),
)


@dataclass(frozen=True)
class Receipt:
    """What a receipt says. Dates are calendar days; `missing` is (Romanian, English) for each paper still to bring.

    `due_on` is None for a request without a deadline. `initials` tells a family's receipts apart and may be empty.
    """

    reference: str
    status_url: str
    document_ro: str
    document_en: str
    lodged_on: dt.date
    due_on: dt.date | None
    due_article_ro: str
    due_article_en: str
    centre_name: str
    centre_address: str
    initials: str = ""
    missing: tuple[tuple[str, str], ...] = ()


def receipt(data: Receipt) -> bytes:
    """The receipt as a one-page PDF; the same data gives the same bytes.

    FitError when the texts need more than the page, GlyphError for a character that the text face lacks.
    """
    _check_glyphs(data)
    output = io.BytesIO()
    canvas = Canvas(output, pagesize=A5, invariant=1, pageCompression=1, lang="ro")
    canvas.setTitle(f"Bon / Receipt {grouped(data.reference)}")
    canvas.setAuthor("Inspectoratul General pentru Imigrări")
    _Page(canvas).draw(data)
    canvas.showPage()
    canvas.save()
    return output.getvalue()


def grouped(reference: str) -> str:
    """The reference in groups of four, for reading aloud: `ABCD-EFGH-JKM`."""
    return "-".join(reference[at : at + 4] for at in range(0, len(reference), 4))


def _check_glyphs(data: Receipt) -> None:
    texts = {name: value for name, value in vars(data).items() if isinstance(value, str)}
    texts["missing"] = " ".join(text for pair in data.missing for text in pair)
    for name, value in texts.items():
        for character in value:
            if not (character.isprintable() and fonts.latin().covers(character)):
                raise GlyphError(
                    name,
                    character,
                    "%(character)s cannot be printed: the text face of %(package)s lacks it. Use Latin letters.",
                    package=fonts.NOTO,
                )


def _fonts() -> None:
    """Make the installed text face known to ReportLab; registering twice replaces like by like."""
    for style in ("regular", "bold", "italic"):
        name = f"Liman-{style}"
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(fonts.font_path(style))))


class _Page:
    """Sets blocks of text from the top of the page down."""

    def __init__(self, canvas: Canvas) -> None:
        _fonts()
        self.canvas = canvas
        self.width, self.top = A5[0] - 2 * MARGIN, A5[1] - MARGIN

    def draw(self, data: Receipt) -> None:
        """The whole receipt."""
        self._head()
        self._reference(data)
        self._facts(data)
        if data.missing:
            self._list("Lipsește încă / Still missing", data.missing)
        self._list("Ce urmează / What to do next", _NEXT)

    def _head(self) -> None:
        self._text("Inspectoratul General pentru Imigrări / <i>General Inspectorate for Immigration</i>", 8)
        self._text("<b>Confirmarea cererii</b> / <i>Receipt of your request</i>", 14, after=4)
        self.canvas.setStrokeColorRGB(*_ACCENT)
        self.canvas.setLineWidth(1.2)
        self.canvas.line(MARGIN, self.top, MARGIN + self.width, self.top)
        self.top -= 8

    def _reference(self, data: Receipt) -> None:
        """Reference in large type with its bar code below; the status page's QR code at the right."""
        side, top = 92.0, self.top
        self._bars(symbols.qr(data.status_url, (MARGIN + self.width - side, top - side, side, side)))
        width, self.width = self.width, self.width - side - 10
        self._text("Referință / <i>Reference</i>" + (f" · {_safe(data.initials)}" if data.initials else ""), 8)
        self._text(f"<b>{_safe(grouped(data.reference))}</b>", 22, after=4)
        bar_height = 34.0
        box = (MARGIN - 16, self.top - bar_height, self.width + 26, bar_height)
        self._bars(symbols.code128(data.reference, box, "reference"))
        self.width, self.top = width, top - side - 2
        self._text(f"Starea cererii / <i>Status</i>: {_safe(data.status_url)}", 7.5, after=6)

    def _facts(self, data: Receipt) -> None:
        self._pair("Document cerut / <i>Document asked for</i>", data.document_ro, data.document_en)
        self._pair("Depusă la / <i>Lodged on</i>", f"{data.lodged_on:%d.%m.%Y}", "")
        if data.due_on:
            self._pair("Termen / <i>Due by</i>", f"{data.due_on:%d.%m.%Y}", "")
            self._text(f"{_safe(data.due_article_ro)} / <i>{_safe(data.due_article_en)}</i>", 7.5, after=5)
        self._pair("Ghișeu / <i>Desk</i>", data.centre_name, data.centre_address)

    def _pair(self, caption: str, first: str, second: str) -> None:
        self._text(caption, 7.5, after=0)
        self._text(f"<b>{_safe(first)}</b>" + (f" / {_safe(second)}" if second else ""), 10, after=4)

    def _list(self, title: str, items: Sequence[tuple[str, str]]) -> None:
        self._text(f"<b>{title}</b>", 9, after=2)
        for number, (romanian, english) in enumerate(items, start=1):
            self._text(f"{number}. {_safe(romanian)}<br/><i>{_safe(english)}</i>", 8, after=2.5)
        self.top -= 3

    def _text(self, markup: str, size: float, after: float = 2) -> None:
        style = ParagraphStyle("text", fontName="Liman-regular", fontSize=size, leading=size * 1.3, splitLongWords=True)
        paragraph = Paragraph(_faces(markup), style)
        _, height = paragraph.wrap(self.width, self.top)
        if height > self.top - MARGIN / 2:
            raise FitError("receipt", len(markup), self.width / 72 * 25.4, (A5[1] - 2 * MARGIN) / 72 * 25.4, size)
        paragraph.drawOn(self.canvas, MARGIN, self.top - height)
        self.top -= height + after

    def _bars(self, bars: Bars) -> None:
        self.canvas.setFillColorRGB(0, 0, 0)
        for x, y, width, height in bars:
            self.canvas.rect(x, y, width, height, stroke=0, fill=1)


def _safe(text: str) -> str:
    """A text of data within the markup of a paragraph."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _faces(markup: str) -> str:
    for tag, style in (("b", "bold"), ("i", "italic")):
        markup = markup.replace(f"<{tag}>", f'<font name="Liman-{style}">').replace(f"</{tag}>", "</font>")
    return markup
