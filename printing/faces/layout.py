"""Faces as data: what stands where on a document, in millimetres from the upper left corner of the trimmed face.

Read from `printing/faces/layouts/NAME.toml`. An unknown key, field or a missing one is a LayoutError that names it, and
so is a box that leaves the face or lies on another: texts, microtext, portrait, signature, chip symbol and fine line
keep apart, and all keep out of where machines read. Ghost and ultraviolet ink may lie under the rest: one is pale, the
other unseen.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from printing.errors import LayoutError
from printing.pages.pdf import POINTS_PER_MM

FOLDER = Path(__file__).with_name("layouts")
CONTENT = ("document_number", "family_name", "given_names", "native_name", "birth_place", "sex", "nationality",
           "place_of_issue", "authority", "issuing_state", "personal_number", "address", "reference",
           "access_number")  # fmt: skip
VALUES = (*CONTENT, "birth_date", "issue_date", "expiry_date", "document_code", "declared_identity", "nationalities")
ValueName = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(sorted(VALUES))}|text\.[a-z_]+)$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
Millimetres = Annotated[float, Field(gt=0, le=500)]
Points = Annotated[float, Field(gt=0, le=100)]
Strands = Annotated[int, Field(ge=1, le=40)]
Waves = Annotated[float, Field(ge=2, le=500)]
_TOUCHING = 0.01  # mm by which neighbours may overlap: less than a dot


class Box(NamedTuple):
    """x, y of the upper left corner, width and height, all in millimetres."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Whether the boxes share more than an edge."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        along = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return min(across, along) > _TOUCHING

    def within(self, other: Box) -> bool:
        """Whether the other box holds this one."""
        left, top = self.x - other.x + _TOUCHING, self.y - other.y + _TOUCHING
        return min(left, top) >= 0 and max(left + self.width - other.width, top + self.height - other.height) <= (
            2 * _TOUCHING
        )


def _real(box: Box) -> Box:
    if not all(map(math.isfinite, box)) or min(box.width, box.height) <= 0:
        raise ValueError("a box is [x, y, width, height] in millimetres, and has a width and a height")
    return box


Place = Annotated[Box, AfterValidator(_real)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Type(_Data):
    """How a text is set: size and smallest size in points, style, alignment, baseline drop in em.

    One that does not fit is shrunk, then condensed, then broken into up to `lines` lines (`text.fit`).
    """

    box: Place
    size: Points = 8
    minimum: Points = 6
    style: Literal["regular", "bold", "italic"] = "regular"
    align: Literal["left", "centre", "right"] = "left"
    lines: Annotated[int, Field(ge=1, le=20)] = 1
    drop: float = 0.25

    def __hash__(self) -> int:
        return hash(self.box)


class Label(Type):
    """A fixed text of the face."""

    text: str


class Value(Type):
    """A field: its value below its caption (the languages in order). `upper` sets it in capitals.

    `part` takes one language of a text written as `Romanian / English / French`, counted from 0.
    An empty `optional` field leaves no caption either (Doc 9303-3, 3.3).
    """

    value: ValueName
    caption: tuple[str, ...] = ()
    part: Annotated[int, Field(ge=0)] | None = None
    upper: bool = False
    optional: bool = False

    @property
    def of_the_type(self) -> bool:
        """Whether it is one of the type's own words, the same on all its documents."""
        return self.value.startswith("text.")


class MrzPlace(_Data):
    """Where the machine readable zone stands (Doc 9303-4 figure 3, 9303-5 figure 6), millimetres.

    `left`: left edge of the first character; `foot`: centre line of the last line above the lower edge;
    `spacing`: between centre lines; `height`: of the zone.
    """

    left: Millimetres
    foot: Millimetres
    spacing: Millimetres
    height: Millimetres


class AccessNumberPlace(_Data):
    """The card access number in OCR-B: left edge of the first digit, centre line above the foot (9303-5, 3.2.3)."""

    left: Millimetres
    foot: Millimetres


class UltravioletPlace(_Data):
    """Name and number in an ink that only ultraviolet light shows, line under line of `size` points in a box."""

    box: Place
    size: Points = 5


class Rope(_Data):
    """A guilloche band: `strands` sine lines of `period` mm between envelopes `swing` mm around height `y`."""

    y: float
    swing: float
    period: Waves = 12
    strands: Strands = 9
    slope: float = 0


class Rosette(_Data):
    """A guilloche ring around x, y, in two halves that touch; `hollow` is the share of its radius that is left plain.

    Around a ghost it is its frame.
    """

    x: float
    y: float
    radius: Millimetres
    petals: Annotated[int, Field(ge=3, le=90)]
    strands: Strands = 4
    hollow: Annotated[float, Field(ge=0.2, lt=1)] = 0.66


class Microtext(_Data):
    """Words over and over on one line, in letters as high as the box: a line to the eye, words under a glass."""

    text: Annotated[str, StringConstraints(min_length=1)]
    box: Place
    colour: Colour


class Band(_Data):
    """A flat pale area."""

    box: Place
    colour: Colour


class Background(_Data):
    """The static ground of a face: rainbow inks from left to right, guilloche ropes and rosettes, flat bands over them.

    Two printings in register, each with its rainbow: of neighbouring strands one is of `inks`, one of `second`, and so
    are the outer and inner half of a rosette. The ground fills `area`, or the whole face with its bleed. Where machines
    read, and inside rosettes, it is `plain`.
    """

    inks: Annotated[tuple[Colour, ...], Field(min_length=2)]
    second: Annotated[tuple[Colour, ...], Field(min_length=2)]
    area: Place | None = None
    plain: Colour = "#ffffff"
    tint: float = 0.2
    bands: tuple[Band, ...] = ()
    ropes: tuple[Rope, ...] = ()
    rosettes: tuple[Rosette, ...] = ()
    microtext: tuple[Microtext, ...] = ()


def _portrait_box(box: Box | None) -> Box | None:
    """Doc 9303-5, field 13: 32 x 26 to 45 x 35 mm; and 45 : 35, as the picture is cropped and never stretched."""
    if box and not (26 <= box.width <= 35 and 32 <= box.height <= 45 and abs(box.height / box.width - 45 / 35) < 0.01):
        raise ValueError("the portrait is 35 : 45, from 26 x 32 to 35 x 45 mm (Doc 9303-5, 4.1.1.1 field 13)")
    return box


class Face(_Data):
    """One side of a document.

    `seal` is the room of the DataMatrix with its quiet zone. `fine_line` is filled with name and number, over and over,
    in letters as high as the box: at 0.25 mm a line to the eye, and readable under a glass from 600 dpi on.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    labels: tuple[Label, ...] = ()
    values: tuple[Value, ...] = ()
    portrait: Annotated[Place | None, AfterValidator(_portrait_box)] = None
    ghost: Place | None = None
    signature: Place | None = None
    mrz: MrzPlace | None = None
    access_number: AccessNumberPlace | None = None
    code128: Place | None = None
    seal: Place | None = None
    chip_symbol: Place | None = None
    fine_line: Place | None = None
    ultraviolet: UltravioletPlace | None = None

    def __hash__(self) -> int:
        return hash(self.name)

    def machine_zones(self, layout: Layout) -> tuple[Box, ...]:
        """Where machines read: nothing but the symbol itself may be printed there."""
        return tuple(self.zones(layout).values())

    def zones(self, layout: Layout) -> dict[str, Box]:
        """The machine zones by name."""
        zones = {name: box for name in ("code128", "seal") if (box := getattr(self, name)) is not None}
        if self.mrz:
            across, along = layout.bleed
            top = layout.height - self.mrz.height
            zones["mrz"] = Box(-across, top, layout.width + 2 * across, self.mrz.height + along)
        if self.access_number:
            left, foot = self.access_number.left, self.access_number.foot
            zones["access_number"] = Box(left - 1, layout.height - foot - 2.5, 6 * 2.54 + 2, 5)
        return zones


class Layout(_Data):
    """The faces of one document, all of one size. `bleed` is printed beyond the edge: left/right, top/bottom."""

    name: str
    width: Millimetres
    height: Millimetres
    bleed: tuple[float, float] = (0, 0)
    caption_size: float = 5
    faces: tuple[Face, ...]
    backgrounds: dict[str, Background]

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def page(self) -> tuple[float, float]:
        """Width and height in points, bleed included: the size of the PDF page."""
        return (
            (self.width + 2 * self.bleed[0]) * POINTS_PER_MM,
            (self.height + 2 * self.bleed[1]) * POINTS_PER_MM,
        )

    @property
    def trim(self) -> tuple[float, float, float, float]:
        """The document's edge on the page: left, bottom, right, top in points."""
        across, along = self.bleed[0] * POINTS_PER_MM, self.bleed[1] * POINTS_PER_MM
        return across, along, self.page[0] - across, self.page[1] - along

    def points(self, box: Box) -> tuple[float, float, float, float]:
        """A box as x, y of its lower left corner, width, height in page points."""
        return (
            (self.bleed[0] + box.x) * POINTS_PER_MM,
            (self.bleed[1] + self.height - box.y - box.height) * POINTS_PER_MM,
            box.width * POINTS_PER_MM,
            box.height * POINTS_PER_MM,
        )

    def text_names(self) -> frozenset[str]:
        """The words this layout asks of the document type (`Template.texts`); optional ones are not among them."""
        names = (value.value for face in self.faces for value in face.values if not value.optional)
        return frozenset(name.removeprefix("text.") for name in names if name.startswith("text."))


@cache
def load(name: str) -> Layout:
    """The layout of that name. `like` in the file takes every key it does not have itself from another layout."""
    if name not in _known():
        message = "There is no layout %(name)s; there are %(known)s."
        raise LayoutError(message, name=repr(name), known=", ".join(_known()))
    return parse(name, _read(FOLDER / f"{name}.toml"))


def parse(name: str, data: dict[str, Any]) -> Layout:
    """Check the data of a layout; LayoutError names the first key that is wrong."""
    try:
        layout = Layout(name=name, **data)
    except ValidationError as error:
        first = error.errors()[0]
        where = _where(data, first["loc"])
        message = "Layout %(name)s: %(where)s: %(problem)s."
        raise LayoutError(message, name=name, where=where, problem=first["msg"]) from None
    missing = [face.name for face in layout.faces if face.name not in layout.backgrounds]
    if missing:
        message = "Layout %(name)s: backgrounds.%(face)s: missing for the face of that name."
        raise LayoutError(message, name=name, face=missing[0])
    for face in layout.faces:
        _check_places(layout, face)
    return layout


Named = tuple[str, Box]


def _check_places(layout: Layout, face: Face) -> None:
    """LayoutError naming the face and the box that leaves it, or the two that lie on each other."""
    across, along = layout.bleed
    whole = Box(-across, -along, layout.width + 2 * across, layout.height + 2 * along)
    apart, under, zones = list(_apart(layout, face)), list(_under(face)), list(face.zones(layout).items())
    for name, box in (*apart, *under, *zones):
        if not box.within(whole):
            message = "Layout %(name)s, face %(face)s: %(one)s at %(at)s leaves the face; move it."
            raise LayoutError(message, name=layout.name, face=face.name, one=name, at=list(box))
    for (one, first), (other, second) in (*combinations((*apart, *zones), 2), *product(zones, under)):
        if first.overlaps(second):
            message = "Layout %(name)s, face %(face)s: %(one)s at %(at)s and %(other)s at %(there)s overlap; move one."
            at, there = list(first), list(second)
            raise LayoutError(message, name=layout.name, face=face.name, one=one, at=at, other=other, there=there)


def _apart(layout: Layout, face: Face) -> Iterator[Named]:
    """What keeps apart from each other, by name."""
    yield from ((repr(label.text), label.box) for label in face.labels)
    for value in face.values:
        yield value.value if value.part is None else f"{value.value} ({value.part})", value.box
    places = ("portrait", "signature", "chip_symbol", "fine_line")
    yield from ((name, box) for name in places if (box := getattr(face, name)) is not None)
    yield from ((repr(words.text), words.box) for words in layout.backgrounds[face.name].microtext)


def _under(face: Face) -> Iterator[Named]:
    """What may lie under the rest, but not where machines read."""
    if face.ghost:
        yield "ghost", face.ghost
    if face.ultraviolet:
        yield "ultraviolet", face.ultraviolet.box


def _where(data: Any, place: Sequence[int | str]) -> str:
    """The place of an error with the names of faces and values instead of their numbers."""
    named = []
    for step in place:
        try:
            data = data[step]
        except (LookupError, TypeError):  # a key that is missing, or the part of a value
            data = None
        own = data if isinstance(data, dict) else {}
        named.append(next((str(own[key]) for key in ("name", "value", "text") if key in own), str(step)))
    return ".".join(named)


def _read(path: Path, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LayoutError("Layout %(name)s: %(problem)s.", name=path.stem, problem=error) from None
    if (like := data.pop("like", None)) is None:
        return data
    if like in seen or like not in _known():
        message = "Layout %(name)s: like: %(like)s is no other layout."
        raise LayoutError(message, name=path.stem, like=repr(like))
    return _read(FOLDER / f"{like}.toml", (*seen, path.stem, like)) | data


def _known() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))
