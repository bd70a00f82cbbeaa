"""Page rasters, read back by CUPS: every pixel, every header, and how the back of a sheet is turned."""

from __future__ import annotations

import random
from typing import get_args

import pytest
from PIL import Image, ImageOps

from card_drivers.links import page_raster
from card_drivers.links.page_raster import Back, Sides
from tests.contract import cups_raster

pytestmark = pytest.mark.contract

CARD = (53.98, 85.6)
BACKS = get_args(Back)
SIDES = get_args(Sides)
LONG_EDGE: Sides = "two-sided-long-edge"
SAME = (
    *("Duplex", "Tumble", "cupsWidth", "cupsHeight", "cupsBitsPerColor", "cupsBitsPerPixel", "cupsBytesPerLine"),
    *("cupsColorOrder", "cupsColorSpace", "cupsNumColors", "MediaPosition", "Orientation", "CutMedia"),
)


def picture(mode: str = "RGB", size: tuple[int, int] = (638, 1011), seed: int = 1) -> Image.Image:
    """White with a frame, a grey stripe, noise, runs of every length, and equal lines: every way to write a line."""
    chance = random.Random(seed)
    made = Image.new(mode, size, "white")
    pixels = made.load()
    assert pixels is not None
    colour = (lambda: chance.randrange(256)) if mode == "L" else (lambda: tuple(chance.randbytes(3)))
    for y in range(min(10, size[1] - 1), min(40, size[1])):
        for x in range(size[0]):
            pixels[x, y] = colour()
    for y in range(min(50, size[1] - 1), min(90, size[1])):
        x = 0
        while x < size[0]:
            length, value = chance.choice((1, 1, 2, 3, 127, 128, 129, 300)), colour()
            for at in range(x, min(x + length, size[0])):
                pixels[at, y] = value
            x += length
    made.paste("red" if mode == "RGB" else 77, (0, size[1] // 2, size[0] // 3, size[1]))
    return made


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(638, 1011), (1, 1), (2, 300), (129, 257)])
def test_cups_reads_every_pixel(mode: str, size: tuple[int, int]) -> None:
    pages = [picture(mode, size), picture(mode, size, seed=2)]
    for data in (
        page_raster.pwg(pages, (300, 300), LONG_EDGE, "normal"),
        page_raster.urf(pages, 300, LONG_EDGE, "normal"),
    ):
        found = cups_raster.read(data)
        assert [page.picture.tobytes() for page in found] == [page.tobytes() for page in pages]
        assert [page.picture.mode for page in found] == [mode, mode]


@pytest.mark.parametrize("back", BACKS)
@pytest.mark.parametrize(("mode", "kind"), [("RGB", "srgb_8"), ("L", "sgray_8")])
@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("resolution", [(300, 300), (600, 600), (300, 600)])
def test_the_headers_are_those_of_cups(
    back: Back, mode: str, kind: str, sides: Sides, resolution: tuple[int, int]
) -> None:
    pages = 1 if sides == "one-sided" else 2
    size = tuple(int(side / 25.4 * dpi) for side, dpi in zip(CARD, resolution, strict=True))
    found = cups_raster.read(page_raster.pwg([Image.new(mode, size, "white")] * pages, resolution, sides, back))
    theirs = cups_raster.expected_header(CARD, resolution, kind, sides, back)
    for number, page in enumerate(found):
        header = page.header
        for name in SAME:
            assert getattr(header, name) == getattr(theirs, name), name
        assert list(header.HWResolution) == list(theirs.HWResolution)
        assert list(header.PageSize) == pytest.approx(list(theirs.PageSize), abs=1), "points, which CUPS cuts off"
        assert (header.MediaClass, header.NumCopies) == (b"PwgRaster", 1)
        transform = list(theirs.cupsInteger[1:3]) if number else [1, 1]
        assert list(header.cupsInteger[:3]) == [pages, *transform]
        assert list(header.cupsInteger[3:8]) == [0, 0, *size, 0xFFFFFF]


@pytest.mark.parametrize("back", BACKS)
@pytest.mark.parametrize("sides", SIDES[1:])
def test_the_back_is_turned_as_its_header_says(back: Back, sides: Sides) -> None:
    front, behind = picture(seed=3), picture(seed=4)
    shown = cups_raster.read(page_raster.pwg([front, behind], (300, 300), sides, back))
    across, along = shown[1].header.cupsInteger[1:3]
    undone = ImageOps.mirror(shown[1].picture) if across != 1 else shown[1].picture
    undone = ImageOps.flip(undone) if along != 1 else undone
    assert shown[0].picture.tobytes() == front.tobytes()
    assert undone.tobytes() == behind.tobytes()
    in_urf = cups_raster.read(page_raster.urf([front, behind], 300, sides, back))
    assert in_urf[1].picture.tobytes() == shown[1].picture.tobytes()


@pytest.mark.parametrize(("sides", "number"), list(zip(SIDES, (1, 3, 2), strict=True)))
def test_the_header_of_apple_raster(sides: Sides, number: int) -> None:
    """By hand, as CUPS reads it: depth, colour space, sides, size and resolution."""
    data = page_raster.urf([Image.new("RGB", (638, 1011), "white")] * 2, 300, sides, "normal")
    assert data[:12] == b"UNIRAST\0" + bytes([0, 0, 0, 2])
    assert data[12:16] == bytes([24, 1, number, 4])
    (first, *_) = cups_raster.read(data)
    assert (first.header.cupsWidth, first.header.cupsHeight) == (638, 1011)
    assert list(first.header.HWResolution) == [300, 300]
    assert (first.header.Duplex, first.header.Tumble) == (sides != "one-sided", sides == "two-sided-short-edge")
