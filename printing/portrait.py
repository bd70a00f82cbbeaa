"""Portraits: an uploaded picture becomes the 4:3 master, the master its print crop and its findings.

Only JPEG and PNG are read, told by their content. What is too large is refused from its header, before any pixel is
decoded. The master carries no metadata. Findings are measured values with limits; the officer decides.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from printing.errors import PortraitError

MAX_BYTES = 15_000_000
MAX_PIXELS = 40_000_000
MIN_HEIGHT = 480  # below this a face has too few pixels for any use; between 480 and 800 a finding says so
MAX_HEIGHT = 1600
MAX_SCANS = 24  # a progressive JPEG has about ten; thousands are an attack on the decoder's time
PRINT_WIDTH = 490  # 35 mm at 355 dpi, 26 mm at 478 dpi: more than the dye panel of a card printer shows
_HEAD_UP = (0.5, 0.35)  # what is cropped away comes from the sides alike, and more from below than from above

_KINDS = (
    (b"%PDF", "PDF"),
    (b"GIF8", "GIF"),
    (b"RIFF", "WebP"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"PK\x03\x04", "ZIP"),
    (b"<", "SVG"),
)
_NOT_A_PHOTOGRAPH = {
    "": "Not a photograph. Upload a photograph saved as JPEG or PNG.",
    "ZIP": "The file is an office document or archive, not a photograph. Upload a photograph saved as JPEG or PNG.",
    "SVG": "The file is an SVG or a web page, not a photograph. Upload a photograph saved as JPEG or PNG.",
}
Luminance = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Portrait:
    """The 4:3 master (height to width) as JPEG without metadata, and its size in pixels."""

    master: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One measured quality of a portrait with its limits; `assumption` marks a limit that is ours, not a source's."""

    id: str
    criterion: str
    measured: float
    limit_min: float | None
    limit_max: float | None
    unit: str
    passed: bool
    assumption: bool


def read_portrait(data: bytes) -> Portrait:
    """Make the master of an uploaded or captured picture. PortraitError says what to do with one that cannot be used.

    The picture is turned as its EXIF says, cropped to 4:3 (never stretched) and scaled down to at most 1600 pixels
    of height; it is never scaled up, since that would only hide that it is too small.
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
    master = _srgb(ImageOps.fit(picture, (height * 3 // 4, height), Image.Resampling.LANCZOS, centering=_HEAD_UP))
    return Portrait(_jpeg(master, 92), master.width, master.height)


def crop_print(master: bytes) -> bytes:
    """The 35 x 45 crop of a master for print, as JPEG of at most 490 pixels of width."""
    picture = decode(master, PRINT_WIDTH)
    width = min(PRINT_WIDTH, picture.width, picture.height * 7 // 9) // 7 * 7
    if width < MIN_HEIGHT * 3 // 4 // 7 * 7:
        raise PortraitError(
            "The portrait has only %(width)s x %(height)s pixels. Take it again, larger.",
            width=picture.width,
            height=picture.height,
        )
    # Hamming: sharp like bicubic when scaling down, in half the time; the card is drawn while the clerk types
    return _jpeg(ImageOps.fit(picture, (width, width * 9 // 7), Image.Resampling.HAMMING, centering=_HEAD_UP), 90)


def findings(master: bytes) -> tuple[Finding, ...]:
    """Every computable criterion with its measured value and limit, in the order of `photo_quality.toml`."""
    picture = decode(master)
    width, height = picture.size
    grey = picture.convert("L").resize((round(800 * width / height), 800), Image.Resampling.BILINEAR)
    luminance = np.asarray(grey, dtype=np.float64)
    measured = {"5.1": float(height), "5.2": float(width), "ratio": height / width}
    measured |= {name: measure(luminance) for name, measure in _MEASURES.items()}
    return tuple(_judge(limit, measured[str(limit["id"])]) for limit in _limits())


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
        if data.count(b"\xff\xda") > MAX_SCANS and data.startswith(b"\xff"):
            raise PortraitError("The JPEG is built in an unusual way that takes too long to read. Save it anew.")
        return
    kind = next((name for magic, name in _KINDS if data.lstrip().startswith(magic)), "")
    if kind in _NOT_A_PHOTOGRAPH:
        raise PortraitError(_NOT_A_PHOTOGRAPH[kind])
    message = "The file is a %(kind)s, not a photograph. Upload a photograph saved as JPEG or PNG."
    raise PortraitError(message, kind=kind)


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


def _sharpness(luminance: Luminance) -> float:
    middle = luminance[1:-1, 1:-1]
    across = luminance[1:-1, :-2] + luminance[1:-1, 2:]
    return float((across + luminance[:-2, 1:-1] + luminance[2:, 1:-1] - 4 * middle).var())


def _middle(luminance: Luminance) -> Luminance:
    """The middle of the picture, where the head is and hardly any background."""
    height, width = luminance.shape
    return luminance[int(height * 0.2) : int(height * 0.85), int(width * 0.25) : int(width * 0.75)]


def _background(luminance: Luminance) -> float:
    """Deviation in the two strips beside the head, above the shoulders."""
    height, width = luminance.shape
    strip, foot = width // 10, height * 2 // 5
    return float(np.concatenate((luminance[:foot, :strip], luminance[:foot, -strip:])).std())


_MEASURES: dict[str, Callable[[Luminance], float]] = {
    "sharpness": _sharpness,
    "brightness": lambda luminance: float(_middle(luminance).mean()),
    "black": lambda luminance: float((_middle(luminance) < 1).mean() * 100),
    "white": lambda luminance: float((_middle(luminance) > 254).mean() * 100),
    "background": _background,
}


@cache
def _limits() -> list[dict[str, object]]:
    data = tomllib.loads(Path(__file__).with_name("photo_quality.toml").read_text("utf-8"))
    limits: list[dict[str, object]] = data["finding"]
    return limits


def _judge(limit: dict[str, object], measured: float) -> Finding:
    low, high = limit.get("min"), limit.get("max")
    assert low is None or isinstance(low, (int, float))
    assert high is None or isinstance(high, (int, float))
    passed = (low is None or measured >= low) and (high is None or measured <= high)
    return Finding(
        id=str(limit["id"]),
        criterion=str(limit["criterion"]),
        measured=round(measured, 3),
        limit_min=low,
        limit_max=high,
        unit=str(limit.get("unit", "")),
        passed=passed,
        assumption=bool(limit.get("assumption", False)),
    )
