"""A paper from its data and its words: what flows over its pages, a foot and, on a specimen, the word across."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from reportlab.platypus import Flowable

from printing.errors import ContentError
from printing.pages import fonts, pdf, text
from printing.pages.pdf import Drawing, Form, Ink, Ops
from printing.papers import blocks
from printing.papers.blocks import grouped
from printing.papers.data import Paper, Words
from printing.papers.flowables import flowed
from printing.papers.lines import Setting, one_line
from printing.papers.setting import FORMATS, GREY, HAIRLINE, Format, Sheet, filled_box
from printing.papers.wording import Block, Wording, wording


@dataclass(frozen=True, slots=True)
class Composed:
    """A paper as it is printed: its title and its pages, to be written alone or after other pages."""

    title: str
    drawings: tuple[Drawing, ...]

    def pdf(self) -> bytes:
        """The pages as a PDF; the same paper gives the same bytes."""
        return pdf.render(self.drawings, self.title)


def languages(paper: type[Paper]) -> tuple[str, ...]:
    """The languages in which a paper can be given, Romanian first."""
    return wording(paper.file).languages


def compose(paper: Paper, language: str = "en", *, specimen: bool = False) -> Composed:
    """The paper in Romanian, and beside it in `language` ("ro" for Romanian alone).

    ContentError for a language it does not have, GlyphError naming field and character, FitError for a word longer
    than its line.
    """
    words = wording(paper.file)
    if language not in words.languages:
        message = "%(language)s is no language of this paper. It is written in: %(languages)s."
        raise ContentError("language", message, language=language, languages=", ".join(words.languages))
    sheet = Sheet(words, FORMATS[words.format], language, _said(words, language, values(paper)))
    form = sheet.format
    pages = flowed(list(_story(sheet)), form, paper.file)
    marks = [_page(sheet, drawn, f"{at} / {len(pages)}", specimen) for at, drawn in enumerate(pages, start=1)]
    edge = (0.0, 0.0, form.width, form.height)
    heading = " / ".join(dict.fromkeys(words.title[language] for language in sheet.languages))
    return Composed(heading, tuple(Drawing(form.width, form.height, edge, page) for page in marks))


def values(paper: Paper) -> dict[str, object]:
    """What a paper shows, by name: days as DD.MM.YYYY, phrases and lists as they are, None as nothing.

    `centre` is its name and address together, `code` the reference in groups.
    """
    names = [field.name for field in dataclasses.fields(paper)]
    kinds = type(paper).__mro__
    names += [name for kind in kinds for name, member in vars(kind).items() if isinstance(member, property)]
    shown = {name: _shown(name, getattr(paper, name)) for name in names}
    shown["centre"] = (shown["centre_name"], shown["centre_address"])
    return shown | {"code": grouped(str(shown["reference"]))} if "reference" in shown else shown


def _said(words: Wording, language: str, shown: dict[str, object]) -> dict[str, object]:
    """The values with their codes in words; ContentError for an unknown code."""
    for field, codes in words.phrases.items():
        code = shown[field]
        if code and code not in codes:
            raise ContentError(field, "%(code)s is none of: %(codes)s.", code=code, codes=", ".join(codes))
        if code:
            texts = codes[str(code)]
            shown[field] = Words(texts["ro"], texts["en"], texts[language])
    return shown


def _shown(name: str, value: object) -> object:
    """One value, its characters checked so that a refusal names it."""
    match value:
        case dt.datetime():
            return f"{value:%d.%m.%Y, %H:%M}"
        case dt.date():
            return f"{value:%d.%m.%Y}"
        case None | False:
            return ""
        case int():
            return str(value)
    for words in (value.ro, value.en, value.local) if isinstance(value, Words) else [value]:
        for line in words.splitlines() if isinstance(words, str) else []:
            text.shape(line, field=name)
    return value


def _story(sheet: Sheet) -> Iterator[Flowable]:
    """The whole paper from the top down. Places to sign stay with the text before them."""
    yield from blocks.letterhead(sheet)
    yield from blocks.title(sheet)
    number, said = 0, [block for block in sheet.words.blocks if _is_said(sheet, block)]
    for block, following in zip_longest(said, said[1:]):
        number = number + 1 if block.number else 0
        held = following is not None and following.kind == "signatures" and block.kind in ("text", "item")
        for part in blocks.KINDS[block.kind](sheet, block, number):
            if held:
                part.keepWithNext = True
            yield part


def _is_said(sheet: Sheet, block: Block) -> bool:
    wanted = not block.when or sheet.values[block.when]
    return bool(wanted) and not (block.unless and sheet.values[block.unless])


def _page(sheet: Sheet, drawn: Ops, number: str, specimen: bool) -> tuple[pdf.Mark, ...]:
    content = Ink.of(pdf.joined([drawn, _foot(sheet, number, specimen)]))
    return (_across(sheet.format), content) if specimen else (content,)


def _foot(sheet: Sheet, number: str, specimen: bool) -> Ops:
    """What paper it is and of which case, so that loose pages find together; the page at the right."""
    form, how = sheet.format, Setting(sheet.format.caption - 0.5)
    y = form.margin * 0.5 + 8
    parts = [sheet.words.title["ro"]]
    parts += [str(sheet.values[name]) for name in sheet.words.foot]
    left = one_line(" · ".join(["SPECIMEN"] * specimen + parts), how, "foot")
    right = one_line(number, how)
    rule = filled_box((form.margin, y + 11, form.measure, 0.5), HAIRLINE)
    shown = [left.operators(form.margin, y), right.operators(form.width - form.margin - right.width, y)]
    return pdf.joined([rule, Ops(GREY), *shown])


@cache
def _across(form: Format) -> Form:
    """The word SPECIMEN in outline along the diagonal."""
    word = text.shape("SPECIMEN", style="bold")
    angle = math.atan2(form.height, form.width) * 0.95
    size = 0.72 * math.hypot(form.width, form.height) / word.width
    cos, sin, unit = math.cos(angle), math.sin(angle), fonts.latin("bold").units / size
    return Form.of(
        Ops(
            f"q 0.8 G {0.8 * unit:.2f} w 1 j\n"
            f"{cos:.5f} {sin:.5f} {-sin:.5f} {cos:.5f} {form.width / 2:.2f} {form.height / 2:.2f} cm\n"
            f"{text.outlines('SPECIMEN', -word.width * size / 2, -0.36 * size, size, style='bold')}\nQ"
        )
    )
