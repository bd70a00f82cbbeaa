"""WeasyPrint: one page of HTML for each page, texts placed by CSS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from typing import BinaryIO

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from tests.bench.pages import Face, Page, Text


def write(pages: Sequence[Page], out: BinaryIO) -> None:
    """The pages as one PDF."""
    css, fonts = _style(pages[0].face)
    body = "".join(f"<section>{''.join(_elements(page))}</section>" for page in pages)
    HTML(string=f"<!doctype html><html lang=ro><meta charset=utf-8><title>Batch</title>{body}").write_pdf(
        out, stylesheets=[css], font_config=fonts
    )


def _elements(page: Page) -> Iterable[str]:
    for text in page.every_text:
        yield _text(text, page.face)
    for path, (x, y, width, height) in page.pictures:
        top = page.face.height - y - height
        place = f"left:{x:.3f}pt;top:{top:.3f}pt;width:{width:.3f}pt;height:{height:.3f}pt"
        yield f'<img alt="" src="file://{path}" style="{place}">'


def _text(text: Text, face: Face) -> str:
    ascent, descent = face.ascents[text.style]
    top = face.height - text.y - ascent * text.size
    place = f"left:{text.x:.3f}pt;top:{top:.3f}pt;font:{text.size:.3f}pt/{ascent + descent:.4f} {text.style}"
    return f'<p style="{place}">{escape(text.words)}</p>'


@cache
def _style(face: Face) -> tuple[CSS, FontConfiguration]:
    fonts = FontConfiguration()
    files = "".join(f"@font-face{{font-family:{name};src:url(file://{path})}}" for name, path in face.fonts.items())
    page = f"@page{{size:{face.width:.3f}pt {face.height:.3f}pt;margin:0}}"
    rules = (
        f"section{{position:relative;height:{face.height - 0.01:.3f}pt;break-after:page}}"
        "section:last-child{break-after:auto}"
        "p,img{position:absolute;margin:0;white-space:pre;image-rendering:crisp-edges}"
    )
    return CSS(string=files + page + f"body{{margin:0}}{rules}", font_config=fonts), fonts
