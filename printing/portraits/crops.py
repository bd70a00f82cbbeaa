"""Parts of pictures: the 4:3 part of an upload that becomes the master, the 7:9 part of a master that is printed."""

from __future__ import annotations

from dataclasses import dataclass

from printing.errors import PortraitError

MIN_HEIGHT = 480  # below this a face has too few pixels for any use; between 480 and 800 a finding says so
MIN_CROP = MIN_HEIGHT * 3 // 4 // 7 * 7  # 35 mm at 259 dpi, 26 mm at 349 dpi
HEAD_UP = (0.5, 0.35)  # what is cropped away comes from the sides alike, and more from below than from above


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of a master that is printed, in its pixels from its upper left corner; always 7 wide to 9 high.

    `width` is a multiple of 7, so that the height is whole and nothing is ever stretched.
    """

    left: int
    top: int
    width: int

    @property
    def height(self) -> int:
        """Nine sevenths of the width."""
        return self.width * 9 // 7

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom edge."""
        return self.left, self.top, self.left + self.width, self.top + self.height


@dataclass(frozen=True, slots=True)
class Part:
    """The part of an uploaded picture that becomes the master, in its pixels; always 4 high to 3 wide.

    `height` is a multiple of 4, so that the width is whole and nothing is ever stretched.
    """

    left: int
    top: int
    height: int

    @property
    def width(self) -> int:
        """Three quarters of the height."""
        return self.height * 3 // 4

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom edge."""
        return self.left, self.top, self.left + self.width, self.top + self.height


def widest_part(width: int, height: int) -> Part:
    """The largest part of a `width` x `height` picture: from its middle, and more taken away below than above."""
    part = Part(0, 0, min(height, width * 4 // 3) // 4 * 4)
    return Part(round((width - part.width) * HEAD_UP[0]), round((height - part.height) * HEAD_UP[1]), part.height)


def widest_crop(width: int, height: int) -> Crop:
    """The largest crop of a `width` x `height` master: from its middle, and more taken away below than above."""
    across = min(width, height * 7 // 9) // 7 * 7
    widest = Crop(0, 0, across)
    return Crop(round((width - across) * HEAD_UP[0]), round((height - widest.height) * HEAD_UP[1]), across)


def check_crop(crop: Crop, width: int, height: int) -> None:
    """PortraitError when this is no crop of a `width` x `height` master, or one too small to print sharply."""
    largest = widest_crop(width, height).width
    if largest < MIN_CROP:
        raise PortraitError(
            "The portrait has only %(width)s x %(height)s pixels. Take it again, larger.", width=width, height=height
        )
    if crop.width % 7 or not MIN_CROP <= crop.width <= largest:
        raise PortraitError(
            "The crop is %(width)s pixels wide; it must be a multiple of 7, from %(least)s to %(most)s. Change it.",
            width=crop.width,
            least=MIN_CROP,
            most=largest,
        )
    _, _, right, bottom = crop.box
    if crop.left < 0 or crop.top < 0 or right > width or bottom > height:
        raise PortraitError(
            "The crop reaches beyond the picture, which has %(width)s x %(height)s pixels. Move it back inside.",
            width=width,
            height=height,
        )
