"""Texts set into their boxes: a value below its caption, shrunk, condensed or broken as its box allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from printing.errors import ContentError, LayoutError
from printing.faces.layout import Layout, Type, Value
from printing.pages import pdf, text
from printing.pages.pdf import Ops

CAPTION_HEIGHT = 1.25  # em
CAPTION_GAP = 0.25  # em
SIDES = {"left": 0.0, "centre": 0.5, "right": 1.0}
"""The share of the room that is left over which stands before a line."""


def set_value(layout: Layout, value: Value, content: str) -> Ops:
    """One field's value, below its caption's place; an empty optional field draws nothing at all."""
    if not content:
        return Ops("")
    above = (caption(layout, value),) if value.caption and value.optional else ()
    return pdf.joined((*above, *typeset(layout, value, content, value.value, bool(value.caption))))


def content_of(value: Value, values: Mapping[str, str], document_type: str) -> str:
    """What a value of the face says, of `values`; ContentError for a text that the document type does not have."""
    if value.value not in values and not value.optional:
        raise ContentError(value.value, "the document type %(type)s has no such text.", type=document_type)
    content = values.get(value.value, "")
    if value.part is not None:
        content = (content.split(" / ") + [""] * value.part)[value.part]
    return content.upper() if value.upper else content


@cache
def room_of(layout: Layout, how: Type, captioned: bool) -> tuple[float, float, text.Room]:
    """The lower left corner of a text's box and its room, in points, below the caption where it has one."""
    x, y, width, height = layout.points(how.box)
    height -= CAPTION_HEIGHT * layout.caption_size if captioned else 0
    return x, y, text.Room(width, height, how.size, how.minimum, how.lines, how.drop)


def typeset(layout: Layout, how: Type, content: str, name: str, captioned: bool = False) -> Iterator[Ops]:
    """The lines of a text in its box, below its caption where it has one; FitError names it by `name`."""
    x, y, room = room_of(layout, how, captioned)
    fitted = text.fit(content, room, style=how.style, field=name)
    for below, line in zip(reversed(range(len(fitted.lines))), fitted.lines, strict=True):
        start = x + (room.width - line.width * fitted.size * fitted.condensed) * SIDES[how.align]
        foot = y + how.drop * how.size + below * text.LINE_SPACING * fitted.size
        yield line.operators(start, foot, fitted.size, fitted.condensed)


@cache
def caption(layout: Layout, value: Value) -> Ops:
    """The caption in its languages, the second and third in italics after an oblique (Doc 9303-3, 3.3)."""
    x, y, width, height = layout.points(value.box)
    size = layout.caption_size
    parts = [
        text.shape(words if index == 0 else "/ " + words, style="regular" if index == 0 else "italic", field="caption")
        for index, words in enumerate(value.caption)
    ]
    whole = sum(part.width for part in parts) + CAPTION_GAP * (len(parts) - 1)
    if whole * size > width + 0.01:
        caption = repr(" / ".join(value.caption))
        raise LayoutError(
            "Layout %(name)s: the caption %(caption)s is too long for its box.", name=layout.name, caption=caption
        )
    at = x + (width - whole * size) * SIDES[value.align]
    drawn = []
    for part in parts:
        drawn.append(part.operators(at, y + height - 0.95 * size, size))
        at += (part.width + CAPTION_GAP) * size
    return pdf.joined(drawn)
