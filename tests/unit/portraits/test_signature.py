"""Signatures from a pad and from paper become black ink on white, cut to the ink; what is none is refused."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from printing.errors import PortraitError
from printing.portraits.signature import read_signature

STROKE = ((0.1, 0.8), (0.3, 0.2), (0.45, 0.75), (0.5, 0.4), (0.62, 0.7), (0.9, 0.3))


def saved(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def drawn(paper: Image.Image, box: tuple[int, int, int, int], ink: str, width: int) -> Image.Image:
    """A stroke in this box of the paper."""
    left, top, across, along = box
    points = [(left + x * across, top + y * along) for x, y in STROKE]
    ImageDraw.Draw(paper).line(points, fill=ink, width=width)
    return paper


def pad(**how: Any) -> Image.Image:
    """The canvas of the page: ink on a transparent ground."""
    return drawn(Image.new("RGBA", (800, 260)), how.get("box", (0, 0, 800, 260)), "#101c3a", how.get("width", 4))


def photograph(size: tuple[int, int] = (2000, 1500)) -> Image.Image:
    """Yellowish paper with a shadow from right and below, grain, dust, and a blue pen."""
    width, height = size
    light = np.linspace(235, 120, width)[None, :] * np.linspace(1, 0.75, height)[:, None]
    grain = np.random.default_rng(1).normal(0, 4, (height, width, 1))
    paper = Image.fromarray(np.clip(light[..., None] * np.array([1, 0.97, 0.9]) + grain, 0, 255).astype(np.uint8))
    for x, y in np.random.default_rng(2).integers(0, 1400, (30, 2)):
        ImageDraw.Draw(paper).point((int(x), int(y)), fill="black")
    return drawn(paper, (500, 500, 1000, 450), "#2a3f7a", 7)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(read_signature(data)))


@pytest.mark.parametrize(
    ("data", "width", "height"),
    [
        (saved(pad()), 640, 156),
        (saved(photograph(), "JPEG", quality=80), 800, 270),
        (saved(photograph().resize((500, 375)), "JPEG", quality=70), 200, 67),
    ],
    ids=["pad", "photograph", "small photograph"],
)
def test_only_the_ink_stays_black_on_white(data: bytes, width: int, height: int) -> None:
    """The stroke is 0.8 of its box wide and 0.6 high; no shadow, grain or dust beside it."""
    kept = opened(data)
    assert kept.width == pytest.approx(width, abs=14)
    assert kept.height == pytest.approx(height, abs=14)
    levels = np.asarray(kept)
    assert (kept.format, kept.mode, kept.info) == ("PNG", "L", {})
    assert (levels < 32).mean() > 0.01
    assert ((levels > 32) & (levels < 224)).mean() < 0.05
    assert (levels[: kept.height // 4, -kept.width // 3 :] > 200).mean() > 0.9, "above the end there is white paper"


def test_it_is_the_same_each_time_and_small() -> None:
    page = saved(drawn(Image.new("L", (2480, 3508), 250), (100, 100, 2300, 3300), "#222222", 9), "JPEG")
    kept = read_signature(page)
    assert kept == read_signature(page)
    assert max(opened(page).size) <= 1200
    assert opened(page).height <= 600


def test_metadata_goes() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Al-Masri"
    paper = drawn(Image.new("RGB", (800, 260), "white"), (0, 0, 800, 260), "black", 4)
    data = saved(paper, "JPEG", exif=exif, comment=b"Layla")
    assert b"Al-Masri" in data
    assert not {b"Al-Masri", b"Layla"} & {read_signature(data)[at : at + 8] for at in range(5000)}
    assert opened(data).info == {}


def test_a_cross_is_a_mark() -> None:
    paper = Image.new("L", (900, 400), 240)
    for line in ([(400, 150), (460, 230)], [(460, 150), (400, 230)]):
        ImageDraw.Draw(paper).line(line, fill=60, width=5)
    assert opened(saved(paper)).size == pytest.approx((66, 86), abs=10)


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header promises very many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def dot() -> Image.Image:
    paper = Image.new("RGBA", (800, 260))
    ImageDraw.Draw(paper).ellipse((400, 100, 412, 112), fill="#101c3a")
    return paper


BAD = {
    "nothing": (b"", "no PNG or JPEG"),
    "empty pad": (saved(Image.new("RGBA", (800, 260))), "blank"),
    "white paper": (saved(Image.new("L", (800, 260), 250), "JPEG"), "blank"),
    "grey paper": (saved(Image.new("L", (800, 260), 120), "JPEG"), "blank"),
    "one dot": (saved(dot()), "only a dot"),
    "black": (saved(Image.new("L", (800, 260))), "Too much"),
    "one pixel": (saved(Image.new("L", (1, 1))), "Too much"),
    "moving": (saved(pad(), save_all=True, append_images=[dot()]), "moves"),
    "moving GIF": (saved(pad().convert("P"), "GIF", save_all=True, append_images=[dot().convert("P")]), "no PNG or"),
    "drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG or JPEG"),
    "PDF": (b"%PDF-1.7\n" + b"x" * 500, "no PNG or JPEG"),
    "cut off": (saved(pad())[:300], "no PNG or JPEG"),
    "noise": (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "no PNG or JPEG"),
    "400 megapixels": (png_of(20_000, 20_000), "no PNG or JPEG"),
    "heavy": (b"\xff\xd8\xff" * 2_000_000, "5 MB"),
}


@pytest.mark.parametrize(("data", "words"), BAD.values(), ids=BAD)
def test_what_is_no_signature_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(PortraitError, match=words):
        read_signature(data)
