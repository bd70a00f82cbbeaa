"""Portraits: an uploaded picture becomes the 4:3 master, and a 7:9 part of the master is cropped for print.

The face is looked for in what was uploaded, and the master is cut about it. What is too large is refused from its
header, before any pixel is decoded. Neither master nor crop carries metadata; both are in sRGB. What is measured about
a master is in `photo_quality`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from printing.errors import PortraitError
from printing.portraits import colours, detector, files, jpeg
from printing.portraits.colours import Space
from printing.portraits.crops import MIN_HEIGHT, Crop, Part, check_crop, widest_crop, widest_part

MAX_BYTES = files.MAX_BYTES
MAX_PIXELS = 40_000_000
MAX_HEIGHT = 1600
PRINT_WIDTH = 490  # 35 mm at 355 dpi, 26 mm at 478 dpi: more than the dye panel of a card printer shows


@dataclass(frozen=True, slots=True)
class Portrait:
    """The 4:3 master (height to width) as JPEG without metadata, its size in pixels, and the colours it came in."""

    master: bytes
    width: int
    height: int
    space: Space


def read_portrait(data: bytes) -> Portrait:
    """Make the master of an uploaded or captured picture. PortraitError says what to do with one that cannot be used.

    The picture is turned as its EXIF says, cut to 4:3 (never stretched) about the largest face that is found, closer
    when that face is small in it, and scaled down to at most 1600 pixels of height; it is never scaled up, since that
    would only hide that it is too small.
    """
    picture, space = _read(data, None, files.taken())
    if min(picture.height, picture.width * 4 // 3) < MIN_HEIGHT:
        raise PortraitError(
            "The picture has %(width)s x %(height)s pixels; a portrait needs at least %(least_width)s x "
            "%(least_height)s, and 600 x 800 for good quality. Take it again, closer or larger.",
            width=picture.width,
            height=picture.height,
            least_width=MIN_HEIGHT * 3 // 4,
            least_height=MIN_HEIGHT,
        )
    part = _about_the_face(picture)
    height = min(MAX_HEIGHT, part.height)
    master = picture.resize((height * 3 // 4, height), Image.Resampling.LANCZOS, part.box, reducing_gap=3.0)
    return Portrait(_jpeg(master, 92), master.width, master.height, space)


def _about_the_face(picture: Image.Image) -> Part:
    """The 4:3 part that becomes the master; without a face the largest, from the middle."""
    faces = detector.detect(picture)
    return detector.part_for(faces[0], *picture.size) if faces else widest_part(*picture.size)


def crop_print(master: bytes, crop: Crop | None = None) -> bytes:
    """The 35 x 45 crop of a master for print, as JPEG of at most 490 pixels of width; without `crop` the widest one.

    It is cut out, scaled down where it is larger, and never scaled up. PortraitError as of `check_crop`.
    """
    # a reduction that is quick to decode is enough where the whole width is printed
    picture = decode(master, PRINT_WIDTH if crop is None else MAX_HEIGHT)
    crop = crop or widest_crop(*picture.size)
    check_crop(crop, *picture.size)
    part = picture.crop(crop.box)
    if part.width > PRINT_WIDTH:
        # Hamming: sharp like bicubic when scaling down, in half the time; the card is drawn while the clerk types
        part = part.resize((PRINT_WIDTH, PRINT_WIDTH * 9 // 7), Image.Resampling.HAMMING, reducing_gap=3.0)
    return _jpeg(part, 90)


def decode(data: bytes, width: int = MAX_HEIGHT) -> Image.Image:
    """The upright sRGB picture of a JPEG or PNG, after every check that can be made without decoding.

    A JPEG may be decoded at a half, a quarter or an eighth of its size, but never below `width`.
    """
    return _read(data, width, files.PLAIN)[0]


def _read(data: bytes, width: int | None, kinds: tuple[str, ...]) -> tuple[Image.Image, Space]:
    """The picture, whole without a `width`, and the colours it came in."""
    reader = files.reader(data, kinds)
    if reader == "JPEG":
        data = jpeg.read(data).described
    try:
        with Image.open(io.BytesIO(data), formats=[reader]) as picture:
            _check_header(picture)
            if width:
                picture.draft("RGB", (width, width))
            picture.load()
            return colours.srgb(ImageOps.exif_transpose(picture))
    except PortraitError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception as error:  # Pillow's decoders raise whatever a malformed file leads them to
        raise PortraitError(jpeg.DAMAGED) from error


def _check_header(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_many_pixels()
    colours.check_mode(picture.mode)


def _too_many_pixels() -> PortraitError:
    return PortraitError(
        "The picture has more than %(limit)s megapixels. Set the camera to a smaller size, or save it smaller: "
        "1200 x 1600 pixels are enough.",
        limit=MAX_PIXELS // 1_000_000,
    )


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    picture.info.clear()  # Pillow would carry a JPEG comment over
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=quality, subsampling=0)
    return output.getvalue()
