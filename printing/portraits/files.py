"""What kind of file was uploaded, told by its content alone, and what to do with one that is not read here."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from PIL import features

from printing.errors import PortraitError

MAX_BYTES = 15_000_000
PLAIN = ("JPEG", "PNG")
"""The kinds that are read wherever a picture is taken."""

_HEIF = "pi_heif"  # the decoder alone: its sister with the encoder carries x265, which is GPL
_PHONES = {"HEIC": "HEIF", "AVIF": "AVIF"}
_HEIC_BRANDS = re.compile(rb"hei[cxms]|hev[cxms]|mif1|msf1")
_AVIF_BRANDS = re.compile(rb"avi[fs]")
_MAGIC = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "JPEG XL"),
    (re.compile(rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  "), "JPEG 2000"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WebP"),
)
_OTHERS = (
    (b"%PDF", "PDF"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"PK\x03\x04", "ZIP"),
    (b"<", "SVG"),
)
_PHOTOS = ("HEIC", "AVIF", "JPEG XL", "JPEG 2000", "WebP")
"""Photographs of a kind that is not read everywhere, or nowhere here."""

_NOT_A_PHOTOGRAPH = {
    "": "Not a photograph. Upload a photograph saved as JPEG or PNG.",
    "ZIP": "The file is an office document or archive, not a photograph. Upload a photograph saved as JPEG or PNG.",
    "SVG": "The file is an SVG or a web page, not a photograph. Upload a photograph saved as JPEG or PNG.",
}


@cache
def taken() -> tuple[str, ...]:
    """The kinds read here as an uploaded portrait: JPEG, PNG, and those of phones that there is a decoder for."""
    heic = ("HEIC",) if find_spec(_HEIF) else ()
    avif = ("AVIF",) if features.check("avif") else ()
    return (*PLAIN, *heic, *avif)


def kind(data: bytes) -> str:
    """The kind of file, such as "JPEG" or "PDF"; empty for one that is not known."""
    brands = _brands(data)
    if any(map(_AVIF_BRANDS.fullmatch, brands)):
        return "AVIF"
    if any(map(_HEIC_BRANDS.fullmatch, brands)):
        return "HEIC"
    if found := next((name for magic, name in _MAGIC if magic.match(data)), ""):
        return found
    return next((name for magic, name in _OTHERS if data.lstrip().startswith(magic)), "")


def reader(data: bytes, kinds: tuple[str, ...] = PLAIN) -> str:
    """Pillow's name of the format of these bytes; PortraitError for what is too long or of none of `kinds`."""
    if len(data) > MAX_BYTES:
        raise PortraitError(
            "The file has %(size)s MB; at most %(limit)s MB are taken. Save it smaller.",
            size=round(len(data) / 1e6, 1),
            limit=MAX_BYTES // 1_000_000,
        )
    found = kind(data)
    if found not in kinds:
        raise _refusal(found)
    if found == "HEIC":
        _open_heic()
    return _PHONES.get(found, found)


@cache
def _open_heic() -> None:
    """Let Pillow read HEIC."""
    import_module(_HEIF).register_heif_opener(thumbnails=False)


def _brands(data: bytes) -> list[bytes]:
    """What an ISO media file (ISO/IEC 14496-12, 4.3) says it is compatible with, the brand that counts first."""
    if data[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(data[:4], "big"), 256)
    return [data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))]


def _refusal(kind: str) -> PortraitError:
    if kind in _PHOTOS:
        message = (
            "The file is a %(kind)s photo. Save it as JPEG and upload that (on an iPhone: Settings, Camera, Formats, "
            "Most Compatible, then take it again)."
        )
        return PortraitError(message, kind=kind)
    if kind in _NOT_A_PHOTOGRAPH:
        return PortraitError(_NOT_A_PHOTOGRAPH[kind])
    message = "The file is a %(kind)s, not a photograph. Upload a photograph saved as JPEG or PNG."
    return PortraitError(message, kind=kind)
