"""The blocks of a paper as slabs: facts, headings, texts, lists, tables, codes and places to sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from printing.errors import FitError
from printing.pages import pdf, symbols
from printing.pages.pdf import POINTS_PER_MM, Ops
from printing.papers.data import Words
from printing.papers.flow import Slab, space
from printing.papers.lines import Setting, isolated, one_line
from printing.papers.setting import ACCENT, BASELINE, BLACK, GREY, GUTTER, HAIRLINE, Column, Sheet, filled_box, turned
from printing.papers.wording import Block

INSPECTORATE = Words("Inspectoratul General pentru Imigrări", "General Inspectorate for Immigration")
_BULLET = "•"
_SIGNING_ROOM = 46.0


def letterhead(sheet: Sheet) -> Iterator[Slab]:
    """The inspectorate at the left, its centre at the right, a rule below."""
    form, small = sheet.format, sheet.format.caption
    sheet, wide = replace(sheet, language="ro"), form.measure * 0.6
    left = Column(form.margin, wide, Setting(small), GREY, "ro")
    name = replace(left, how=Setting(small + 2, "bold"), colour=ACCENT)
    english = replace(left, how=Setting(small, "italic"), language="en")
    right = Column(form.margin + wide + 12, form.measure - wide - 12, Setting(small), GREY, "ro", far=True)
    first, drawn = sheet.stack([(left, "ROMÂNIA")], small, "head", 0)
    first, more = sheet.stack([(name, INSPECTORATE.ro)], small + 2, "head", first)
    first, last = sheet.stack([(english, INSPECTORATE.en)], small, "head", first)
    second, centre = 0.0, list[Ops]()
    for field in ("centre_name", "centre_address"):
        if words := sheet.value(field, "ro"):
            second, lines = sheet.stack([(right, words)], small, field, second)
            centre += lines
    height = -min(first, second) + 7
    rule = filled_box((form.margin, -height, form.measure, 1.1), ACCENT)
    yield Slab(height, (pdf.joined([*drawn, *more, *last, *centre, rule]),))
    yield space(form.body * 1.4)


def title(sheet: Sheet) -> Iterator[Slab]:
    """The paper's title in its languages."""
    size = sheet.format.title
    columns = [
        replace(column, how=replace(column.how, style="bold" if at == 0 else "regular"))
        for at, column in enumerate(sheet.columns(size))
    ]
    cells = [(column, sheet.said(sheet.words.title, column.language)) for column in columns]
    yield from sheet.pair(cells, size, "title", keep=True)
    yield space(sheet.format.body * 0.8)


def heading(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """A heading, held on the page of what follows."""
    yield space(sheet.format.body * 0.9)
    columns = sheet.columns(sheet.format.heading, "bold", ACCENT)
    cells = [(column, sheet.said(block.texts, column.language)) for column in columns]
    yield from sheet.pair(cells, sheet.format.heading, "heading", keep=True)
    yield space(sheet.format.body * 0.15)


def text(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """A paragraph."""
    yield space(sheet.format.body * 0.3)
    cells = [(column, sheet.said(block.texts, column.language)) for column in sheet.columns(sheet.format.body)]
    yield from sheet.pair(cells, sheet.format.body, "text")
    yield space(sheet.format.body * 0.45)


def item(sheet: Sheet, block: Block, number: int) -> Iterator[Slab]:
    """One entry of a list, with a bullet or its number."""
    columns = _marked(sheet, f"{number}." if number else _BULLET)
    cells = [(column, sheet.said(block.texts, column.language)) for column in columns]
    yield from sheet.pair(cells, sheet.format.body, "item")
    yield space(sheet.format.body * 0.3)


def words(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """Phrases of the register as a list."""
    for name in block.names:
        phrases: tuple[Words, ...] = sheet.values[name]  # type: ignore[assignment]
        for at, phrase in enumerate(phrases, start=1):
            cells = []
            for column in _marked(sheet, f"{at}." if len(phrases) > 1 else _BULLET):
                said = phrase.of(column.language)
                written = column.language if said in (phrase.ro, phrase.local) else "en"
                cells.append((replace(column, how=sheet.setting(written, sheet.format.body), language=written), said))
            yield from sheet.pair(cells, sheet.format.body, name)
            yield space(sheet.format.body * 0.3)


def _marked(sheet: Sheet, mark: str) -> list[Column]:
    indent = sheet.format.body * (1.1 if mark == _BULLET else 1.6)
    return [replace(column, indent=indent, mark=mark) for column in sheet.columns(sheet.format.body)]


def facts(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """Captions and values, a hairline above each; Romanian captions at the left, the others at the right."""
    shown = [name for name in block.names if sheet.values[name] not in ("", None)]
    for name in shown:
        yield _fact(sheet, name)
    form = sheet.format
    yield Slab(1, (filled_box((form.margin, -0.5, form.measure, 0.5), HAIRLINE),))
    yield space(form.body * 0.7)


def _fact(sheet: Sheet, name: str) -> Slab:
    form, side = sheet.format, sheet.format.measure * 0.26
    value = Column(form.margin + side, form.measure - side * len(sheet.languages), Setting(form.value, "bold"), BLACK)
    drop = 2 + BASELINE * (sheet.leading(form.value) - sheet.leading(form.caption))
    reach, drawn = sheet.stack(_fact_values(sheet, name, value), form.value, name, -2)
    low, read = [reach], [list[Ops]() for _ in sheet.languages]
    for at, language in enumerate(sheet.languages):
        words = sheet.said(sheet.words.captions[name], language)
        reach, read[at] = sheet.stack([(_caption_column(sheet, language, side - 8), words)], form.caption, name, -drop)
        low.append(reach)
    rule = filled_box((form.margin, -0.5, form.measure, 0.5), HAIRLINE)
    read[0] = [rule, *read[0], *drawn]
    return Slab(2.5 - min(low), tuple(pdf.joined(parts) for parts in read))


def _caption_column(sheet: Sheet, language: str, width: float) -> Column:
    """Where captions stand: the Romanian ones against the left margin, the others against the right."""
    form, how = sheet.format, sheet.setting(language, sheet.format.caption)
    if language == "ro":
        return Column(form.margin, width, how, GREY, language)
    return Column(form.width - form.margin - width, width, how, GREY, language, far=not how.rtl)


def _fact_values(sheet: Sheet, name: str, column: Column) -> list[tuple[Column, str]]:
    """The value, and below it a phrase of the register in the other language."""
    found = sheet.values[name]
    lighter = replace(column, how=replace(column.how, style="regular"))
    if isinstance(found, tuple):
        return [(turned(lighter if at else column, line), line) for at, line in enumerate(found) if line]
    if not isinstance(found, Words):
        said = str(found)
        return [(turned(column, said), said)]
    cells = [(replace(column, language="ro"), found.ro)]
    if sheet.language != "ro" and (other := found.of(sheet.language)) != found.ro:
        cells.append((replace(turned(lighter, other), far=turned(lighter, other).how.rtl), other))
    return cells


def quote(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """A text that somebody wrote, a paragraph a line, beside a bar."""
    form = sheet.format
    yield space(form.body * 0.3)
    for name in block.names:
        for line in sheet.value(name, "ro").splitlines():
            column = Column(form.margin + 10, form.measure - 20, Setting(form.body + 0.5))
            for slab in sheet.pair([(turned(column, line), line)], form.body + 0.5, name):
                bar = filled_box((form.margin, -slab.height - 0.2, 2, slab.height + 0.4), ACCENT)
                yield replace(slab, columns=(pdf.joined([bar, *slab.columns]),))
    yield space(form.body * 0.7)


def table(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """Rows of cells below a head that every page repeats."""
    form = sheet.format
    unit = form.measure / sum(block.widths)
    lefts = [form.margin + unit * sum(block.widths[:at]) for at in range(len(block.widths))]
    columns = [Column(x, unit * share - 8, Setting(form.body)) for x, share in zip(lefts, block.widths, strict=True)]
    head = _head(sheet, block, columns)
    yield head
    for row in sheet.values[block.names[0]]:  # type: ignore[attr-defined]
        low, parts = 0.0, list[Ops]()
        for column, name in zip(columns, block.columns, strict=True):
            reach, drawn = sheet.stack(_cell(sheet, column, getattr(row, name)), form.body, name, -2)
            low, parts = min(low, reach), [*parts, *drawn]
        rule = filled_box((form.margin, low - 3, form.measure, 0.5), HAIRLINE)
        yield Slab(3.5 - low, (pdf.joined([*parts, rule]),), head=head)
    yield space(form.body * 0.7)


def _head(sheet: Sheet, block: Block, columns: Sequence[Column]) -> Slab:
    low, parts = 0.0, list[Ops]()
    for column, name in zip(columns, block.columns, strict=True):
        cells = [
            (replace(column, how=sheet.setting(language, sheet.format.caption), colour=GREY, language=language), words)
            for language in sheet.languages
            for words in [sheet.said(sheet.words.captions[name], language)]
        ]
        reach, drawn = sheet.stack(cells, sheet.format.caption, name, 0)
        low, parts = min(low, reach), [*parts, *drawn]
    rule = filled_box((sheet.format.margin, low - 2, sheet.format.measure, 0.9), ACCENT)
    return Slab(3 - low, (pdf.joined([*parts, rule]),), keep=True)


def _cell(sheet: Sheet, column: Column, value: object) -> list[tuple[Column, str]]:
    if isinstance(value, Words):
        other = value.of(sheet.language)
        said = value.ro if other == value.ro else f"{value.ro} / {other}"
    else:
        said = str(value)
    return [(column, said)]


def numbers(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """A list of numbers in columns, each row beginning with the place of its first."""
    form, across = sheet.format, int(block.widths[0])
    listed, counter = list[str](sheet.values[block.names[0]]), 34.0  # type: ignore[call-overload]
    width = (form.measure - counter) / across
    leading = form.body * 1.7
    for start in range(0, len(listed), across):
        place = one_line(str(start + 1), Setting(form.caption))
        parts = [] if start else [filled_box((form.margin, 0, form.measure, 0.4), HAIRLINE)]
        parts += [Ops(GREY), place.operators(form.margin + counter - 12 - place.width, -0.7 * leading), Ops(BLACK)]
        for at, number in enumerate(listed[start : start + across]):
            line = one_line(number, Setting(form.body), block.names[0])
            if line.width > width - 4:
                raise FitError(block.names[0], len(number), width / POINTS_PER_MM, leading / POINTS_PER_MM, form.body)
            parts.append(line.operators(form.margin + counter + at * width, -0.7 * leading))
        parts.append(filled_box((form.margin, -leading, form.measure, 0.4), HAIRLINE))
        yield Slab(leading, (pdf.joined(parts),))
    yield space(form.body)


def signatures(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """A line to sign on for each person, the name below it."""
    form, count = sheet.format, max(len(block.names), 2)
    width = (form.measure - GUTTER * (count - 1)) / count
    low, parts = 0.0, list[Ops]()
    for at, name in enumerate(block.names):
        x = form.margin + at * (width + GUTTER)
        cells = [
            (Column(x, width, sheet.setting(language, form.caption), GREY, language), words)
            for language in sheet.languages
            for words in [sheet.said(sheet.words.captions[name], language)]
        ]
        y, drawn = sheet.stack(cells, form.caption, name, -8)
        parts += [*drawn]
        low = min(low, y)
    foot = low - _SIGNING_ROOM
    reach = foot
    for at, name in enumerate(block.names):
        x = form.margin + at * (width + GUTTER)
        parts.append(filled_box((x, foot, width, 0.6), BLACK))
        if said := str(sheet.values.get(name, "")):
            y, drawn = sheet.stack(
                [(turned(Column(x, width, Setting(form.body)), said), said)], form.body, name, foot - 2
            )
            parts, reach = [*parts, *drawn], min(reach, y)
    yield Slab(6 - reach, (pdf.joined(parts),))


def codes(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """The reference in large type above its bar code, the status page's QR code at the right, its address below."""
    form, side = sheet.format, 92.0
    reference, address = str(sheet.values["reference"]), sheet.value("status_url", "ro")
    large = Column(form.margin, form.measure - side - 8, Setting(22, "bold"), BLACK)
    initials = f" · {sheet.value('initials', 'ro')}" if sheet.values["initials"] else ""
    y, captions = _captions(sheet, "reference", initials, large.width, 0)
    y, drawn = sheet.stack([(large, grouped(reference))], 18, "reference", y)
    bars = symbols.code128(reference, (form.margin - 16, y - 38, large.width + 20, 32), "reference")
    flush = round((bars[0][0] - form.margin) / symbols.DOT) * symbols.DOT  # the margin is quiet enough
    bars = [(x - flush, foot, width, height) for x, foot, width, height in bars]
    scanned = str(sheet.values.get("scan_url") or address)
    square = symbols.qr(scanned, (form.width - form.margin - side + 9, 6 - side, side, side))
    low, links = _captions(sheet, "status_url", f": {isolated(address)}", form.measure, min(y - 42, 6 - side))
    first = [captions[0], *drawn, pdf.rectangles(bars), pdf.rectangles(square), links[0]]
    yield Slab(-low, (pdf.joined(first), *map(pdf.joined, zip(captions[1:], links[1:], strict=True))))
    yield space(form.body * 0.7)


def slip(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """A value as large as `widths` says, and below it the QR code of another, both in the middle."""
    form, side = sheet.format, 96.0
    name, code = block.names
    line = one_line(str(sheet.values[name]), Setting(block.widths[0], "bold"), name)
    if line.width > form.measure:
        raise FitError(name, 1, form.measure / POINTS_PER_MM, form.height / POINTS_PER_MM, block.widths[0])
    square = symbols.qr(str(sheet.values[code]), ((form.width - side) / 2, -side, side, side))
    yield space(form.body * 0.5)
    large = line.operators((form.width - line.width) / 2, -0.8 * block.widths[0])
    yield Slab(block.widths[0], (pdf.joined([Ops(BLACK), large]),), keep=True)
    yield Slab(side, (pdf.joined([Ops(BLACK), pdf.rectangles(square)]),))


def bars(sheet: Sheet, block: Block, _: int) -> Iterator[Slab]:
    """Codes, each above its bar code (Code 128); one in groups of as many as `widths` says is in large type."""
    for name in block.names:
        code = str(sheet.values[name])
        size = int(block.widths[0]) if block.widths else len(code)
        said = "-".join(code[at : at + size] for at in range(0, len(code), size))
        yield _bar(sheet, name, said, Setting(22 if block.widths else 12, "bold"))
        yield space(sheet.format.body * 0.7)


def _bar(sheet: Sheet, name: str, said: str, how: Setting) -> Slab:
    form = sheet.format
    large = Column(form.margin, form.measure, how, BLACK)
    y, captions = _captions(sheet, name, "", large.width, 0)
    y, drawn = sheet.stack([(large, said)], 0.8 * how.size, name, y)
    symbol = symbols.code128(str(sheet.values[name]), (form.margin - 16, y - 44, form.measure / 2, 38), name)
    flush = round((symbol[0][0] - form.margin) / symbols.DOT) * symbols.DOT  # the margin is quiet enough
    lines = [(x - flush, foot, width, height) for x, foot, width, height in symbol]
    return Slab(50 - y, (pdf.joined([*captions, *drawn, pdf.rectangles(lines)]),))


def _captions(sheet: Sheet, name: str, more: str, width: float, y: float) -> tuple[float, list[Ops]]:
    """A line with the captions and what follows them; one that reads from right to left stands at its other end."""
    said = {language: sheet.said(sheet.words.captions[name], language) for language in sheet.languages}
    column = _caption_column(sheet, "ro", width)
    other = _caption_column(sheet, sheet.language, width * 0.3)
    if not other.how.rtl:
        y, drawn = sheet.stack([(column, " / ".join(said.values()) + more)], sheet.format.caption, name, y)
        return y, [pdf.joined(drawn)]
    column, other = replace(column, width=width * 0.7), replace(other, x=column.x + width - other.width)
    low, drawn = sheet.stack([(column, said["ro"] + more)], sheet.format.caption, name, y)
    reach, shown = sheet.stack([(other, said[sheet.language])], sheet.format.caption, name, y)
    return min(low, reach), [pdf.joined(drawn), pdf.joined(shown)]


def grouped(reference: str) -> str:
    """The reference in groups of four, for reading aloud: `ABCD-EFGH-JKM`."""
    return "-".join(reference[at : at + 4] for at in range(0, len(reference), 4))


KINDS: dict[str, Callable[[Sheet, Block, int], Iterator[Slab]]] = {
    "facts": facts,
    "heading": heading,
    "text": text,
    "item": item,
    "words": words,
    "quote": quote,
    "table": table,
    "numbers": numbers,
    "signatures": signatures,
    "codes": codes,
    "slip": slip,
    "bars": bars,
}
