"""The settings by which a printer lays faces on its media: with bleed or trimmed, turned, mirrored; which there are."""

from __future__ import annotations

from pydantic import Field

from card_drivers.links.raster import Laying, Turn
from card_drivers.order import Face, Size
from card_drivers.station.equipment import DriverSettings


class LayingSettings(DriverSettings):
    """How the medium of a printer is fed."""

    over_edge: bool = Field(
        default=False,
        title="Print beyond the edge",
        description="With the bleed of the face, which the machine cuts off; otherwise exactly the trimmed document.",
    )
    turn_front: Turn = Field(default=0, title="Turn the front", description="Degrees clockwise.")
    turn_back: Turn = Field(default=0, title="Turn the back", description="Degrees clockwise.")
    mirrored: bool = Field(
        default=False, title="Mirror both sides", description="For a film that is laid on face down."
    )

    def laying(self, face: Face, side: int) -> Laying:
        """How a face lies on its medium, as the front (`side` 0) or the back."""
        area = face.page_mm if self.over_edge else (face.width_mm, face.height_mm)
        return Laying(area, self.turn_back if side else self.turn_front, self.mirrored)


SIDES = r"\d{1,3}(\.\d{1,2})? ?x ?\d{1,3}(\.\d{1,2})?"


class MediaSettings(LayingSettings):
    """What lies in a printer that takes media of several sizes."""

    media: str = Field(
        default="",
        max_length=200,
        pattern=rf"^({SIDES}(, ?{SIDES})*)?$",
        title="Media",
        description="Trimmed sizes in millimetres, as 85.6 x 53.98, 125 x 88; empty for those that the printer says.",
    )
    without_uv: bool = Field(
        default=False,
        title="Leave out the ultraviolet layer",
        description="This printer has no ultraviolet ink: orders with such a layer are refused unless this is set.",
    )

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The sizes of `media`."""
        pairs = [each.split("x") for each in self.media.split(",") if each.strip()]
        return tuple(Size(width_mm=float(width), height_mm=float(height)) for width, height in pairs)
