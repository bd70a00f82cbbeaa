"""The media of an IPP printer (PWG 5100.7): which it has, and how a job asks for one of them.

Sizes are in hundredths of a millimetre, the shorter side first, as printers give them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from card_drivers.device import ConfigurationError
from card_drivers.links import raster
from card_drivers.links.ipp_message import Attributes, Tag, Value, every, one
from card_drivers.links.page_raster import Sides
from card_drivers.order import Abilities, Face, Ink, Size

MARGINS = ("media-bottom-margin", "media-left-margin", "media-right-margin", "media-top-margin")
MEDIA_ATTRIBUTES = (
    "media-col-ready",
    "media-col-supported",
    "media-size-supported",
    "print-scaling-supported",
    "printer-resolution-default",
    "sides-supported",
    *(f"{name}-supported" for name in MARGINS),
)
DOTS_PER_INCH = 3  # the unit of a resolution (RFC 8011, 5.1.16)

HALF_TURN_ON: dict[raster.Turn, raster.Turn] = {0: 180, 90: 270, 180: 0, 270: 90}


@dataclass(frozen=True)
class Medium:
    """One medium: its size, and the other members of `media-col` by which the printer tells it from others."""

    size: Size
    named: Attributes

    def described(self) -> dict[str, tuple[Value, ...]]:
        """The collection that asks for it."""
        short, long = (round(side * 100) for side in (self.size.width_mm, self.size.height_mm))
        sides = {"x-dimension": (Value(Tag.INTEGER, short),), "y-dimension": (Value(Tag.INTEGER, long),)}
        return {"media-size": (Value(Tag.BEGIN_COLLECTION, sides),), **self.named}


class Paper(Protocol):
    """How the media of a printer are printed (`card_drivers.station.laying.MediaSettings`)."""

    @property
    def over_edge(self) -> bool:
        """Whether faces are printed with their bleed."""

    @property
    def without_uv(self) -> bool:
        """Whether an ultraviolet layer is left out."""

    @property
    def sizes(self) -> tuple[Size, ...]:
        """What lies in it; empty when the printer is to say."""

    def laying(self, face: Face, side: int) -> raster.Laying:
        """How a face lies on its medium, as the front (`side` 0) or the back."""


@dataclass(frozen=True)
class Sheet:
    """The faces of an order on one medium: how the job asks for it, which edge turns over, a PDF with a page a face."""

    template: Attributes
    sides: Sides
    pdf: bytes


def abilities(printer: Attributes, paper: Paper) -> Abilities:
    """What a printer makes by its settings and by what it says."""
    uv: tuple[Ink, ...] = ("uv",) if paper.without_uv else ()
    return Abilities(
        sizes=_sizes(media(printer), paper),
        faces=2 if flips(printer) else 1,
        dpi=dpi(printer),
        inks=("colour", "black", "fine", *uv),
    )


def sheet(faces: Sequence[Face], printer: Attributes, paper: Paper) -> Sheet:
    """One copy on one medium with every face. ConfigurationError when the printer cannot make it."""
    if not paper.without_uv and any(layer.name == "uv" for face in faces for layer in face.layers):
        raise ConfigurationError("printer-no-uv")
    medium, sides = _chosen(faces[0], media(printer), paper), _sides(len(faces), printer)
    laid = [(face.combined, face, _laying(face, side, medium, paper, sides)) for side, face in enumerate(faces)]
    template = {
        "copies": (Value(Tag.INTEGER, 1),),
        "sides": (Value(Tag.KEYWORD, sides),),
        "media-col": (Value(Tag.BEGIN_COLLECTION, medium.described()),),
    }
    if "none" in every(printer, "print-scaling-supported"):
        template["print-scaling"] = (Value(Tag.KEYWORD, "none"),)
    return Sheet(template, sides, raster.lay(laid))


def media(printer: Attributes) -> tuple[Medium, ...]:
    """What a printer says it has: what lies in it first, then what it also takes. Ranges of sizes are no media."""
    takes = {str(name) for name in every(printer, "media-col-supported")}
    ready = [_medium(entry, _named(entry, takes)) for entry in every(printer, "media-col-ready")]
    margins = {name: value for name in MARGINS if name in takes and (value := _least(printer, name)) is not None}
    others = [_medium({"media-size": (Value(Tag.BEGIN_COLLECTION, size),)}, margins)
              for size in every(printer, "media-size-supported")]  # fmt: skip
    return tuple(medium for medium in (*ready, *others) if medium is not None)


def flips(printer: Attributes) -> tuple[Sides, ...]:
    """How it prints the back, the best first for what is read as a card is: turned over like a leaf of a book.

    That edge is the short one, for faces wider than high. Empty when it prints one side only.
    """
    said = [str(side) for side in every(printer, "sides-supported")]
    wanted: tuple[Sides, ...] = ("two-sided-short-edge", "two-sided-long-edge")
    return tuple(side for side in wanted if side in said or not said)


def dpi(printer: Attributes) -> tuple[int, int] | None:
    """Its resolution across and down; None when it says none in dots an inch."""
    resolution = one(printer, "printer-resolution-default")
    if not isinstance(resolution, tuple) or len(resolution) != 3 or resolution[2] != DOTS_PER_INCH:
        return None
    return resolution[0], resolution[1]


def _sizes(found: Sequence[Medium], paper: Paper) -> tuple[Size, ...]:
    """The sizes that may be asked for; empty for any."""
    return paper.sizes or tuple(dict.fromkeys(medium.size for medium in found))


def _chosen(face: Face, found: Sequence[Medium], paper: Paper) -> Medium:
    """The printer's own medium of the face's size. ConfigurationError when there is none."""
    size = Size(width_mm=face.width_mm, height_mm=face.height_mm)
    sizes = _sizes(found, paper)
    if sizes and not any(size.is_like(one) for one in sizes):
        raise ConfigurationError("printer-no-medium", size=f"{size.width_mm:g} x {size.height_mm:g}")
    own = next((medium for medium in found if medium.size.is_like(size)), None)
    return own or Medium(_upright(next((one for one in sizes if size.is_like(one)), size)), {})


def _sides(faces: int, printer: Attributes) -> Sides:
    if faces == 1:
        return "one-sided"
    if faces > len(("front", "back")) or not flips(printer):
        raise ConfigurationError("printer-sides", faces=faces)
    return flips(printer)[0]


def _laying(face: Face, side: int, medium: Medium, paper: Paper, sides: Sides) -> raster.Laying:
    """A face as large as the medium, or with its bleed; turned over where the back is flipped along its top."""
    how = paper.laying(face, side)
    if not paper.over_edge:
        short, long = medium.size.width_mm, medium.size.height_mm
        how = replace(how, area_mm=(long, short) if face.width_mm > face.height_mm else (short, long))
    if side and sides == "two-sided-long-edge":
        how = replace(how, turn=HALF_TURN_ON[how.turn])
    return how


def _upright(size: Size) -> Size:
    short, long = sorted((size.width_mm, size.height_mm))
    return Size(width_mm=short, height_mm=long)


def _medium(entry: Any, named: Attributes) -> Medium | None:
    """A medium with a size of two numbers."""
    size = one(entry, "media-size") if isinstance(entry, Mapping) else None
    sides = [one(size, name) for name in ("x-dimension", "y-dimension")] if isinstance(size, Mapping) else []
    if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
        return None
    return Medium(_upright(Size(width_mm=sides[0] / 100, height_mm=sides[1] / 100)), named)


def _named(entry: Any, takes: set[str]) -> Attributes:
    """What of a medium that lies in the printer a job may ask for."""
    names = (*MARGINS, "media-source", "media-type")
    return {name: entry[name] for name in names if name in takes and isinstance(entry, Mapping) and name in entry}


def _least(printer: Attributes, margin: str) -> tuple[Value, ...] | None:
    """The smallest margin that a printer has on this side."""
    numbers = [number for number in every(printer, f"{margin}-supported") if isinstance(number, int)]
    return (Value(Tag.INTEGER, min(numbers)),) if numbers else None
