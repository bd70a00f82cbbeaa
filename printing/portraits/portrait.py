"""Portraits: an uploaded picture becomes the 4:3 master, and a 7:9 part of the master is cropped for print.

Only JPEG and PNG are read, told by their content. What is too large is refused from its header, before any pixel is
decoded. Neither master nor crop carries metadata. What is measured about a master is in `photo_quality`.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from printing.errors import PortraitError
from printing.portraits import detector
from printing.portraits.crops import HEAD_UP, MIN_HEIGHT, Crop, check_crop, widest_crop

MAX_BYTES = 15_000_000
MAX_PIXELS = 40_000_000
MAX_HEIGHT = 1600
MAX_SCANS = 24  # a progressive JPEG has about ten; thousands are an attack on the decoder's time
SAFE_LOSS = 0.1  # of a side may be cropped away without looking where the face is
PRINT_WIDTH = 490  # 35 mm at 355 dpi, 26 mm at 478 dpi: more than the dye panel of a card printer shows

_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")  # not in compressed data, where FF is followed by 00 or D0 to D7
_SCAN, _END, _ALONE = b"\xda", b"\xd9", (b"\x01", b"\xd8")

_KINDS = (
    (b"%PDF", "PDF"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"PK\x03\x04", "ZIP"),
    (b"<", "SVG"),
)
_PHONES = (
    (re.compile(rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)", re.DOTALL), "HEIC"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "AVIF"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "JPEG XL"),
    (re.compile(rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  "), "JPEG 2000"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WebP"),
)
"""Photographs of a kind that is not read here."""

_NOT_A_PHOTOGRAPH = {
    "": "Not a photograph. Upload a photograph saved as JPEG or PNG.",
    "ZIP": "The file is an office document or archive, not a photograph. Upload a photograph saved as JPEG or PNG.",
    "SVG": "The file is an SVG or a web page, not a photograph. Upload a photograph saved as JPEG or PNG.",
}


@dataclass(frozen=True, slots=True)
class Portrait:
    """The 4:3 master (height to width) as JPEG without metadata, and its size in pixels."""

    master: bytes
    width: int
    height: int


def read_portrait(data: bytes) -> Portrait:
    """Make the master of an uploaded or captured picture. PortraitError says what to do with one that cannot be used.

    The picture is turned as its EXIF says, cropped to 4:3 (never stretched) around the largest face that is found,
    and scaled down to at most 1600 pixels of height; it is never scaled up, since that would only hide that it is too
    small.
    """
    picture = decode(data)
    height = min(MAX_HEIGHT, picture.height, picture.width * 4 // 3) // 4 * 4
    if height < MIN_HEIGHT:
        raise PortraitError(
            "The picture has %(width)s x %(height)s pixels; a portrait needs at least %(least_width)s x "
            "%(least_height)s, and 600 x 800 for good quality. Take it again, closer or larger.",
            width=picture.width,
            height=picture.height,
            least_width=MIN_HEIGHT * 3 // 4,
            least_height=MIN_HEIGHT,
        )
    size, where = (height * 3 // 4, height), _where(picture)
    master = _srgb(ImageOps.fit(picture, size, Image.Resampling.LANCZOS, centering=where))
    return Portrait(_jpeg(master, 92), master.width, master.height)


def _where(picture: Image.Image) -> tuple[float, float]:
    """What share of what is cropped away comes from the left, and from above: so that the face stays."""
    width, height = picture.size
    across, down = width - height * 3 / 4, height - width * 4 / 3
    if max(across / width, down / height) < SAFE_LOSS:
        return HEAD_UP
    faces = detector.detect(picture)
    if not faces:
        return HEAD_UP
    x, y = faces[0].between_eyes
    left, above = x - height * 3 / 8, y - detector.EYE_LINE * width * 4 / 3
    return _share(left, across, HEAD_UP[0]), _share(above, down, HEAD_UP[1])


def _share(wanted: float, lost: float, otherwise: float) -> float:
    return min(max(0.0, wanted / lost), 1.0) if lost > 0 else otherwise


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
    """The upright RGB picture of the bytes, after every check that can be made without decoding.

    A JPEG may be decoded at a half, a quarter or an eighth of its size, but never below `width`.
    """
    _check_kind(data)
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as picture:
            _check_header(picture)
            picture.draft("RGB", (width, width))
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            return on_white(upright)
    except PortraitError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception as error:  # Pillow's decoders raise whatever a malformed file leads them to
        raise PortraitError(
            "The picture is damaged or cut off and cannot be read. Send it again, or take a new one."
        ) from error


def _check_kind(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise PortraitError(
            "The file has %(size)s MB; at most %(limit)s MB are taken. Save it smaller.",
            size=round(len(data) / 1e6, 1),
            limit=MAX_BYTES // 1_000_000,
        )
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        if data.startswith(b"\xff") and _has_too_many_scans(data):
            raise PortraitError("The JPEG is built in an unusual way that takes too long to read. Save it anew.")
        return
    if photo := next((name for magic, name in _PHONES if magic.match(data)), ""):
        message = (
            "The file is a %(kind)s photo. Save it as JPEG and upload that (on an iPhone: Settings, Camera, Formats, "
            "Most Compatible, then take it again)."
        )
        raise PortraitError(message, kind=photo)
    kind = next((name for magic, name in _KINDS if data.lstrip().startswith(magic)), "")
    if kind in _NOT_A_PHOTOGRAPH:
        raise PortraitError(_NOT_A_PHOTOGRAPH[kind])
    message = "The file is a %(kind)s, not a photograph. Upload a photograph saved as JPEG or PNG."
    raise PortraitError(message, kind=kind)


def _has_too_many_scans(data: bytes) -> bool:
    """Whether a JPEG has more than `MAX_SCANS`, by its segments up to its end: what a phone appends, a film or a depth
    map, is not decoded, and a colour profile may have any bytes."""
    scans, place = 0, 2
    while scans <= MAX_SCANS and (marker := _MARKER.search(data, place)):
        place = marker.end()
        if marker[1] == _END:
            break
        scans += marker[1] == _SCAN
        if marker[1] not in _ALONE:
            place += max(2, int.from_bytes(data[place : place + 2], "big"))
    return scans > MAX_SCANS


def _check_header(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_many_pixels()
    if picture.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA"):
        message = "The picture is in %(mode)s colours, made for print or science. Save it as an RGB JPEG."
        raise PortraitError(message, mode=picture.mode)


def _too_many_pixels() -> PortraitError:
    return PortraitError(
        "The picture has more than %(limit)s megapixels. Set the camera to a smaller size, or save it smaller: "
        "1200 x 1600 pixels are enough.",
        limit=MAX_PIXELS // 1_000_000,
    )


def on_white(picture: Image.Image) -> Image.Image:
    """The picture as RGB; what is transparent becomes white paper."""
    if picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
    return picture.convert("RGB")


def _srgb(picture: Image.Image) -> Image.Image:
    """The picture in sRGB, since its colour profile is removed with its other metadata; many phones take Display P3."""
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture
    try:
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), target)
    except (ImageCms.PyCMSError, OSError):  # a broken or grey profile says nothing about these colours
        return picture
    assert converted is not None
    return converted


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    picture.info.clear()  # Pillow would carry a JPEG comment over
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=quality, subsampling=0)
    return output.getvalue()
