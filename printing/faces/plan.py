"""A face compiled to a plan: what its documents have alike is computed once, of a person only the letters are set.

A field knows where its line stands and how far it may reach at its full size, in font units. A Latin text that stays
within that is set by pairs of letters (`pairs`); every other one takes the long way of `fields` and `text.fit`, which
shapes, shrinks, condenses and breaks. Both ways give the same operators.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache, partial
from typing import NamedTuple

from printing.content import DocumentContent, barcode_of
from printing.errors import LayoutError
from printing.faces import fields
from printing.faces.layout import Face, Layout, Value
from printing.mrz import Mrz
from printing.pages import fonts, pairs, pdf, symbols, text
from printing.pages.pdf import POINTS_PER_MM, Ops

# OCR-B size 1: ten characters to the inch (Doc 9303-3, 4.4). The font's glyphs are 0.723 em wide.
OCR_B_PITCH = 7.2
OCR_B_SIZE = OCR_B_PITCH / 0.723
OCR_B_BEARING = 0.113  # em, left of the black of most letters
OCR_B_MIDDLE = 0.35  # em, the centre line of capitals above their baseline
ALIKE = frozenset(
    ("sex", "nationality", "issuing_state", "document_code", "place_of_issue", "authority", "issue_date", "expiry_date",
     "declared_identity", "nationalities")
)  # fmt: skip
"""Values that many documents have alike and that point to nobody: they are set once and remembered."""
_REMEMBERED = 128
_ZONE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
Setting = Callable[[str], Ops]
Zone = Callable[[], Mrz | None]


@cache
def of(layout: Layout, face: Face, document_type: str) -> Plan:
    """The plan of a type's face, made once a process."""
    return Plan(layout, face, document_type)


class Plan:
    """How to set what is read of a person on one face."""

    def __init__(self, layout: Layout, face: Face, document_type: str) -> None:
        self._layout, self._face, self._type = layout, face, document_type
        self._fields = [(value, _setting(layout, value)) for value in face.values if not value.of_the_type]
        zone, number = face.mrz, face.access_number
        # Three lines, from the lowest one up: the zone of the type says how many there are.
        self._zone = [_ocr_b(layout, zone.left, zone.foot + at * zone.spacing) for at in range(3)] if zone else []
        self._access_number = _ocr_b(layout, number.left, number.foot) if number else None

    def personal(self, content: DocumentContent, values: Mapping[str, str], zone: Zone) -> Ops:
        """The texts of this person, the zone and the bar code; the first that cannot be set is refused."""
        return pdf.joined((Ops("0 g"), *self._parts(content, values, zone)))

    def _parts(self, content: DocumentContent, values: Mapping[str, str], zone: Zone) -> Iterator[Ops]:
        for value, setting in self._fields:
            yield setting(fields.content_of(value, values, self._type))
        if self._zone:
            yield from self._zone_lines(zone())
        if self._access_number:
            yield self._access_number(content.access_number)
        if self._face.code128:
            yield pdf.rectangles(symbols.code128(barcode_of(content), self._layout.points(self._face.code128)))

    def _zone_lines(self, zone: Mrz | None) -> Iterator[Ops]:
        if zone is None:
            message = "Layout %(name)s has an MRZ, but %(type)s declares none."
            raise LayoutError(message, name=self._layout.name, type=self._type)
        lines = zone.to_lines()
        yield from (setting(line) for setting, line in zip(reversed(self._zone[: len(lines)]), lines, strict=True))


def _setting(layout: Layout, value: Value) -> Setting:
    """How a field is set: what points to nobody is remembered."""
    setting = _Field(layout, value).set
    return lru_cache(_REMEMBERED)(setting) if value.value in ALIKE else setting


class _Limits(NamedTuple):
    """How far a line may reach in font units so that it stands in its room at the full `size` (points), for certain.

    One unit less than what would fit: there no rounding is in doubt.
    """

    size: float
    wide: int
    top: int
    bottom: int

    @classmethod
    def of(cls, room: text.Room, units: int) -> _Limits:
        """The limits of a single line in a room."""
        size = text.steps(room.size)
        foot, scale = room.drop * room.size, units / size
        wide = int(room.width * scale) - 1 if size >= room.minimum else 0
        return cls(size, wide, int((room.height - foot) * scale) - 1, 1 - int(foot * scale))


class _Field:
    """One value of a face: the limits of its line, and what of its operators is always the same."""

    def __init__(self, layout: Layout, value: Value) -> None:
        self._long_way = partial(fields.set_value, layout, value)
        self._x, y, self._room = fields.room_of(layout, value, bool(value.caption))
        self._font, self._pairs = fonts.latin(value.style), pairs.of(value.style)
        self._limits = _Limits.of(self._room, self._font.units)
        self._before = fields.SIDES[value.align]
        caption = fields.caption(layout, value) if value.caption and value.optional else Ops("")
        above = f"{caption.code}\n" if caption.code else ""
        self._caption = caption.letters
        self._head = f"{above}BT\n/{self._font.name} {self._limits.size:g} Tf 1 0 0 1 "
        self._tail = f" {y + value.drop * value.size:.3f} Tm["

    def set(self, said: str) -> Ops:
        """As `fields.set_value`."""
        if not text.PLAIN.fullmatch(said) or (self._room.lines > 1 and " / " in said):
            return self._long_way(said)
        line, limits = self._pairs.set(said), self._limits
        wide = sum(line.moves)
        if wide > limits.wide or line.top > limits.top or line.bottom < limits.bottom:
            return self._long_way(said)
        code = f"{self._head}{self._start(wide, line.moves[0]):.3f}{self._tail}{line.letters}]TJ\nET"
        return Ops(code, (*self._caption, (self._font.name, line.codes)))

    def _start(self, wide: int, bearing: int) -> float:
        """Where the first letter's origin is, to whose left its black reaches by `bearing`."""
        units, size = self._font.units, self._limits.size
        width = (wide - bearing) / units + bearing / units
        return self._x + (self._room.width - width * size) * self._before + bearing / units * size


def _ocr_b(layout: Layout, left: float, foot: float) -> Setting:
    """A line of OCR-B size 1, its first character's black at `left`, its centre line `foot` above the edge (mm)."""
    x = (layout.bleed[0] + left) * POINTS_PER_MM - OCR_B_BEARING * OCR_B_SIZE
    y = (layout.bleed[1] + foot) * POINTS_PER_MM - OCR_B_MIDDLE * OCR_B_SIZE
    font = fonts.ocr_b()
    known = text.fixed_pitch(_ZONE_LETTERS, font, OCR_B_PITCH / OCR_B_SIZE)  # refuses a font without them
    glyphs = str.maketrans(dict(zip(_ZONE_LETTERS, re.findall("[0-9a-f]{4}", known.shown[0].letters), strict=True)))
    head = f"BT\n/{font.name} {OCR_B_SIZE:g} Tf 1 0 0 1 {x:.3f} {y:.3f} Tm[<"

    def set_line(line: str) -> Ops:
        letters = line.translate(glyphs)
        return Ops(f"{head}{letters}>]TJ\nET", ((font.name, bytes.fromhex(letters)),))

    return set_line
