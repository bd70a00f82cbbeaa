"""The blocks of a paper as flowables: facts, headings, texts, lists, tables, codes and places to sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from reportlab.platypus import Flowable

from printing.errors import FitError
from printing.pages import pdf, symbols
from printing.pages.pdf import POINTS_PER_MM, Ops
from printing.papers.data import Words
from printing.papers.flowables import Beside, Drawn, Quoted, Text, grid
from printing.papers.lines import Setting, isolated, one_line
from printing.papers.setting import ACCENT, ACCENTED, BASELINE, BLACK, GREY, GUTTER, HAIR, Column, Sheet, turned
from printing.papers.wording import Block, Texts, places

INSPECTORATE = Words("Inspectoratul General pentru Imigrări", "General Inspectorate for Immigration")
_BULLET = "•"
_SIGNING_ROOM = 46.0
_EVERY, _FIRST, _LAST = ((0, 0), (-1, -1)), ((0, 0), (-1, 0)), ((0, -1), (-1, -1))  # cells of a table


def letterhead(sheet: Sheet) -> Iterator[Flowable]:
    """The inspectorate at the left, its centre at the right, a rule below."""
    form, small = sheet.format, sheet.format.caption
    sheet, wide = replace(sheet, language="ro"), form.measure * 0.6
    office = [
        Text(sheet.column(small, "ro", colour=GREY), "ROMÂNIA", "head", own=True),
        Text(sheet.column(small + 2, "ro", "bold", ACCENT), INSPECTORATE.ro, "head", own=True),
        Text(sheet.column(small, "en", "italic", GREY), INSPECTORATE.en, "head", own=True),
    ]
    right = replace(sheet.column(small, "ro", colour=GREY), far=True)
    named = [(field, sheet.value(field, "ro")) for field in ("centre_name", "centre_address")]
    centre = [Text(right, words, field) for field, words in named if words]
    style = (("LINEBELOW", *_LAST, 1.1, ACCENTED), ("BOTTOMPADDING", *_EVERY, 6.5), ("LEFTPADDING", (1, 0), (1, 0), 12))
    yield grid([(office, centre)], (wide, form.measure - wide), *style, spaceAfter=form.body * 1.4 + 0.5)


def title(sheet: Sheet) -> Iterator[Flowable]:
    """The paper's title in its languages."""
    columns = sheet.columns(sheet.format.title)
    columns[0] = replace(columns[0], how=replace(columns[0].how, style="bold"))
    yield _beside(sheet, columns, sheet.words.title, "title", after=sheet.format.body * 0.8, keep=True)


def heading(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """A heading, held on the page of what follows."""
    columns, body = sheet.columns(sheet.format.heading, "bold", ACCENT), sheet.format.body
    yield _beside(sheet, columns, block.texts, "heading", before=body * 0.9, after=body * 0.15, keep=True)


def text(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """A paragraph."""
    body = sheet.format.body
    yield _beside(sheet, sheet.columns(body), block.texts, "text", before=body * 0.3, after=body * 0.45)


def item(sheet: Sheet, block: Block, number: int) -> Iterator[Flowable]:
    """One entry of a list, with a bullet or its number."""
    columns = _marked(sheet, f"{number}." if number else _BULLET)
    yield _beside(sheet, columns, block.texts, "item", after=sheet.format.body * 0.3)


def _beside(
    sheet: Sheet, columns: Sequence[Column], texts: Texts, field: str,
    *, before: float = 0, after: float = 0, keep: bool = False,
) -> Beside:  # fmt: skip
    """A sentence of the paper in its languages, side by side."""
    return Beside(*(_said(sheet, column, texts, field) for column in columns), before=before, after=after, keep=keep)


def _said(sheet: Sheet, column: Column, texts: Texts, field: str) -> Text:
    """A sentence of the paper in the column's language."""
    return Text(column, sheet.said(texts, column.language), field, own=not places(texts[column.language]))


def words(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """Phrases of the register as a list."""
    for name in block.names:
        phrases: tuple[Words, ...] = sheet.values[name]  # type: ignore[assignment]
        for at, phrase in enumerate(phrases, start=1):
            texts = []
            for column in _marked(sheet, f"{at}." if len(phrases) > 1 else _BULLET):
                said = phrase.of(column.language)
                written = column.language if said in (phrase.ro, phrase.local) else "en"
                how = sheet.setting(written, sheet.format.body)
                texts.append(Text(replace(column, how=how, language=written), said, name))
            yield Beside(*texts, after=sheet.format.body * 0.3)


def _marked(sheet: Sheet, mark: str) -> list[Column]:
    indent = sheet.format.body * (1.1 if mark == _BULLET else 1.6)
    return [replace(column, indent=indent, mark=mark) for column in sheet.columns(sheet.format.body)]


def facts(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """Captions and values, a hairline above each; Romanian captions at the left, the others at the right."""
    form, side = sheet.format, sheet.format.measure * 0.26
    rows = [_fact(sheet, name) for name in block.names if sheet.values[name] not in ("", None)]
    widths = [side, form.measure - side * len(sheet.languages), side][: 1 + len(sheet.languages)]
    drop = BASELINE * (sheet.leading(form.value) - sheet.leading(form.caption))  # level with the value's first line
    rules = ("LINEABOVE", *_EVERY, 0.5, HAIR), ("LINEBELOW", *_LAST, 0.5, HAIR)
    above = ("TOPPADDING", *_EVERY, 2.2 + drop), ("TOPPADDING", (1, 0), (1, -1), 2.2), ("BOTTOMPADDING", *_EVERY, 2.3)
    between = ("RIGHTPADDING", (0, 0), (0, -1), 8), ("LEFTPADDING", (2, 0), (-1, -1), 8)
    if rows:
        yield grid(rows, widths, *rules, *above, *between, spaceAfter=form.body * 0.7 + 1)


def _fact(sheet: Sheet, name: str) -> list[object]:
    columns = (_caption_column(sheet, language) for language in sheet.languages)
    captions = [_said(sheet, column, sheet.words.captions[name], name) for column in columns]
    return [captions[0], _fact_values(sheet, name), *captions[1:]]


def _caption_column(sheet: Sheet, language: str) -> Column:
    """How captions look: the Romanian ones stand against the left margin, the others against the right."""
    column = sheet.column(sheet.format.caption, language, colour=GREY)
    return column if language == "ro" else replace(column, far=not column.how.rtl, read=1)


def _fact_values(sheet: Sheet, name: str) -> list[Text]:
    """The value, and below it a phrase of the register in the other language."""
    found, column = sheet.values[name], sheet.column(sheet.format.value, style="bold")
    lighter = sheet.column(sheet.format.value)
    if not isinstance(found, Words):
        lines = [line for line in (found if isinstance(found, tuple) else [str(found)]) if line]
        return [Text(turned(lighter if at else column, line), line, name) for at, line in enumerate(lines)]
    texts = [Text(replace(column, language="ro"), found.ro, name)]
    if sheet.language != "ro" and (other := found.of(sheet.language)) != found.ro:
        lighter = turned(lighter, other)
        texts.append(Text(replace(lighter, far=lighter.how.rtl), other, name))
    return texts


def quote(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """A text that somebody wrote, a paragraph a line, beside a bar."""
    body = sheet.format.body
    column = replace(sheet.column(body + 0.5), indent=10)
    lines = [(name, line) for name in block.names for line in sheet.value(name, "ro").splitlines()]
    for at, (name, line) in enumerate(lines, start=1):
        before, after = body * 0.3 * (at == 1), body * 0.7 * (at == len(lines))
        yield Quoted(Text(turned(column, line), line, name), before=before, after=after)


def table(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """Rows of cells below a head that every page repeats."""
    form, column = sheet.format, sheet.column(sheet.format.body)
    rows: list[list[object]] = [[_captions(sheet, name) for name in block.columns]]
    for row in sheet.values[block.names[0]]:  # type: ignore[attr-defined]
        rows.append([Text(column, _cell(sheet, getattr(row, name)), name) for name in block.columns])
    widths = [form.measure / sum(block.widths) * share for share in block.widths]
    rules = ("LINEBELOW", *_EVERY, 0.5, HAIR), ("LINEBELOW", *_FIRST, 0.9, ACCENTED)
    paddings = ("RIGHTPADDING", *_EVERY, 8), ("TOPPADDING", (0, 1), (-1, -1), 2.7), ("BOTTOMPADDING", *_EVERY, 2.8)
    head = ("BOTTOMPADDING", *_FIRST, 1.6)
    yield grid(rows, widths, *rules, *paddings, head, repeatRows=1, spaceAfter=form.body * 0.7)


def _captions(sheet: Sheet, name: str) -> list[Text]:
    """The captions of a value, one language under another."""
    columns = (sheet.column(sheet.format.caption, language, colour=GREY) for language in sheet.languages)
    return [_said(sheet, column, sheet.words.captions[name], name) for column in columns]


def _cell(sheet: Sheet, value: object) -> str:
    if not isinstance(value, Words):
        return str(value)
    other = value.of(sheet.language)
    return value.ro if other == value.ro else f"{value.ro} / {other}"


def numbers(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """A list of numbers in columns, each row beginning with the place of its first."""
    form, across, name, counter = sheet.format, int(block.widths[0]), block.names[0], 34.0
    listed, leading = list[str](sheet.values[name]), form.body * 1.7  # type: ignore[call-overload]
    place = replace(sheet.column(form.caption, colour=GREY), leading=leading, far=True)
    column = replace(sheet.column(form.body), leading=leading)
    rows: list[list[object]] = [
        [Text(place, str(at + 1), name), *(Text(column, number, name) for number in listed[at : at + across])]
        for at in range(0, len(listed), across)
    ]
    if rows:
        rows[-1] += [()] * (across + 1 - len(rows[-1]))
        rules = ("LINEBELOW", *_EVERY, 0.4, HAIR), ("LINEABOVE", *_FIRST, 0.4, HAIR)
        paddings = ("RIGHTPADDING", *_EVERY, 4), ("RIGHTPADDING", (0, 0), (0, -1), 12)
        widths = [counter] + [(form.measure - counter) / across] * across
        yield grid(rows, widths, *rules, *paddings, spaceAfter=form.body)


def signatures(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """A line to sign on for each person, the name below it."""
    form, count = sheet.format, max(len(block.names), 2)
    width = (form.measure - GUTTER * (count - 1)) / count
    column, paddings = sheet.column(form.body), (("TOPPADDING", *_FIRST, 8), ("TOPPADDING", *_LAST, 2))
    rows: list[list[object]] = [[()] * (2 * count - 1) for _ in range(2)]
    style: list[tuple[object, ...]] = [("NOSPLIT", *_EVERY), ("BOTTOMPADDING", *_FIRST, _SIGNING_ROOM)]
    for at, name in zip(range(0, 2 * count, 2), block.names, strict=False):
        said = str(sheet.values.get(name, ""))
        rows[0][at], rows[1][at] = _captions(sheet, name), Text(turned(column, said), said, name) if said else ()
        style.append(("LINEABOVE", (at, 1), (at, 1), 0.6, (0, 0, 0)))
    yield grid(rows, [width, *[GUTTER, width] * (count - 1)], *paddings, *style, spaceAfter=6)


def codes(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """The reference in large type above its bar code, the status page's QR code at the right, its address below."""
    measure, side = sheet.format.measure, 92.0
    reference, address = str(sheet.values["reference"]), sheet.value("status_url", "ro")
    initials = f" · {sheet.value('initials', 'ro')}" if sheet.values["initials"] else ""
    left = [
        _caption_line(sheet, "reference", initials),
        Text(_large(sheet, 22, 18), grouped(reference), "reference"),
        _bar_code(reference, "reference", measure - side + 12, 32),
    ]
    scanned = str(sheet.values.get("scan_url") or address)
    square = Drawn(side - 9, side - 6, lambda box: pdf.rectangles(symbols.qr(scanned, (*box[:2], side, side))))
    style = (("RIGHTPADDING", (0, 0), (0, 0), 17), ("BOTTOMPADDING", (0, 0), (0, 0), 4))
    yield _held(grid([(left, square)], (measure - side + 9, side - 9), *style))
    yield _caption_line(sheet, "status_url", f": {isolated(address)}", sheet.format.body * 0.7)


def slip(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """A value as large as `widths` says, and below it the QR code of another, both in the middle."""
    form, size, side = sheet.format, block.widths[0], 96.0
    name, code = block.names
    line = one_line(str(sheet.values[name]), Setting(size, "bold"), name)
    if line.width > form.measure:
        raise FitError(name, 1, form.measure / POINTS_PER_MM, form.height / POINTS_PER_MM, size)

    def large(box: pdf.Box) -> Ops:
        return pdf.joined([Ops(BLACK), line.operators(box[0] + (box[2] - line.width) / 2, box[1] + 0.2 * size)])

    def square(box: pdf.Box) -> Ops:
        return pdf.rectangles(symbols.qr(str(sheet.values[code]), (box[0] + (box[2] - side) / 2, box[1], side, side)))

    yield _held(Drawn(form.measure, size, large, before=form.body * 0.5))
    yield Drawn(form.measure, side, square)


def bars(sheet: Sheet, block: Block, _: int) -> Iterator[Flowable]:
    """Codes, each above its bar code (Code 128); one in groups of as many as `widths` says is in large type."""
    form = sheet.format
    for name in block.names:
        code = str(sheet.values[name])
        size, group = (22, int(block.widths[0])) if block.widths else (12, len(code))
        said = "-".join(code[at : at + group] for at in range(0, len(code), group))
        yield _held(_caption_line(sheet, name))
        yield Beside(Text(_large(sheet, size, 0.8 * size), said, name), keep=True)
        yield _bar_code(code, name, form.measure / 2, 38, form.body * 0.7 + 6)


def _held(part: Flowable) -> Flowable:
    """The flowable, kept on the page of what follows."""
    part.keepWithNext = True
    return part


def _large(sheet: Sheet, size: float, leaded: float) -> Column:
    """How a code looks, with the leading of smaller type."""
    return replace(sheet.column(size, style="bold"), leading=sheet.leading(leaded))


def _bar_code(code: str, name: str, width: float, height: float, after: float = 0) -> Drawn:
    """A code as Code 128, some white above it; at the left the margin is quiet enough."""

    def drawn(box: pdf.Box) -> Ops:
        symbol = symbols.code128(code, (box[0] - 16, box[1], width, height), name)
        flush = round((symbol[0][0] - box[0]) / symbols.DOT) * symbols.DOT
        return pdf.rectangles([(x - flush, foot, wide, high) for x, foot, wide, high in symbol])

    return Drawn(width - 16, height + 6, drawn, after=after)


def _caption_line(sheet: Sheet, name: str, more: str = "", after: float = 0) -> Beside:
    """A line with the captions and what follows them; one that reads from right to left stands at its other end."""
    said = {language: sheet.said(sheet.words.captions[name], language) for language in sheet.languages}
    column, other = _caption_column(sheet, "ro"), _caption_column(sheet, sheet.language)
    if not other.how.rtl:
        return Beside(Text(column, " / ".join(said.values()) + more, name), after=after)
    texts = Text(column, said["ro"] + more, name), Text(other, said[sheet.language], name)
    return Beside(*texts, shares=(0.7, 0.3), after=after)


def grouped(reference: str) -> str:
    """The reference in groups of four, for reading aloud: `ABCD-EFGH-JKM`."""
    return "-".join(reference[at : at + 4] for at in range(0, len(reference), 4))


KINDS: dict[str, Callable[[Sheet, Block, int], Iterator[Flowable]]] = {
    kind.__name__: kind
    for kind in (facts, heading, text, item, words, quote, table, numbers, signatures, codes, slip, bars)
}
