"""In which format a printer gets a document, and at which resolution: chosen from what it says of itself."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_drivers.device import ConfigurationError
from card_drivers.links.ipp_documents import DOCUMENT_ATTRIBUTES, Document, Pictures, document, pages
from card_drivers.links.ipp_message import Attributes, Tag, Value
from tests.unit.links.test_ipp_message import SIMPLE
from tests.unit.station.orders import page

CARD = page((85.6, 53.98), "SPECIMEN")
PWG_300 = {"type": ["srgb_8", "sgray_8"], "resolution": [(300, 300, 3)]}
RASTER = "image/pwg-raster"


def printer(*formats: str, urf: str = "", own: Any = None, **pwg: Any) -> Attributes:
    """What a printer says: `pwg` are its pwg-raster-document-... attributes, `own` its default resolution."""
    said = {
        "document-format-supported": tuple(Value(Tag.MIME, name) for name in formats),
        "urf-supported": tuple(Value(Tag.KEYWORD, word) for word in urf.split()),
        "printer-resolution-default": (Value(Tag.RESOLUTION, own),),
    }
    names = {
        "type": "document-type-supported",
        "resolution": "document-resolution-supported",
        "back": "document-sheet-back",
    }
    tags = {"type": Tag.KEYWORD, "resolution": Tag.RESOLUTION, "back": Tag.KEYWORD}
    for name, values in pwg.items():
        listed = values if isinstance(values, list) else [values]
        said[f"pwg-raster-{names[name]}"] = tuple(Value(tags[name], value) for value in listed)
    return said


def sent(*formats: str, sides: Any = "one-sided", **said: Any) -> Document:
    return document(CARD, sides, printer(*formats, **said))


def resolution(made: Document) -> tuple[int, ...]:
    """As the header has it: PWG 5102.4 section 4.3, after the four bytes that begin the file."""
    at = 4 + 276 if made.format == RASTER else 12 + 20
    return struct.unpack_from(">2I" if made.format == RASTER else ">I", made.data, at)


@pytest.mark.parametrize("formats", [(), ("application/pdf",), (RASTER, "image/urf", "Application/PDF")])
def test_pdf_is_sent_as_it_is_where_it_is_taken(formats: tuple[str, ...]) -> None:
    """A printer that says nothing of formats answers to the job itself."""
    assert sent(*formats, urf="SRGB24 RS300") == Document("application/pdf", CARD)


@pytest.mark.parametrize(
    ("formats", "chosen"),
    [
        ((RASTER,), RASTER),
        (("image/urf", RASTER), RASTER),
        (("image/jpeg", "image/urf"), "image/urf"),
    ],
)
def test_raster_is_the_fallback(formats: tuple[str, ...], chosen: str) -> None:
    made = sent(*formats, urf="V1.4 CP1 SRGB24 RS300", **PWG_300)
    assert made.format == chosen
    assert made.data[:4] == (b"RaS2" if chosen == RASTER else b"UNIR")


def test_apple_raster_is_the_fallback_of_a_pwg_raster_that_cannot_be_written() -> None:
    assert sent(RASTER, "image/urf", urf="W8 RS600", type="cmyk_8", resolution=[(300, 300, 3)]).format == "image/urf"


@pytest.mark.parametrize(
    "said",
    [
        {"formats": ["image/jpeg", "application/octet-stream"]},
        {"formats": [RASTER]},
        {"formats": [RASTER], "type": "cmyk_8", "resolution": [(300, 300, 3)]},
        {"formats": [RASTER], "resolution": [(118, 118, 4), (0, 300, 3)]},
        {"formats": ["image/urf"]},
        {"formats": ["image/urf"], "urf": "DEVCMYK32 RS300"},
        {"formats": ["image/urf"], "urf": "SRGB24 RS RSx-y"},
    ],
)
def test_a_printer_that_takes_none_of_ours_is_named(said: dict[str, Any]) -> None:
    formats = said.pop("formats")
    with pytest.raises(ConfigurationError, match=rf"\({', '.join(formats)}\): use it through a CUPS queue"):
        sent(*formats, **said)


@pytest.mark.parametrize(
    ("listed", "own", "right"),
    [
        ([(300, 300, 3), (600, 600, 3)], (300, 300, 3), (300, 300)),
        ([(300, 300, 3), (300, 600, 3)], None, (300, 600)),
        ([(300, 300, 3), (600, 600, 3), (1200, 1200, 3)], None, (600, 600)),
        ([(1200, 1200, 3), (2400, 1200, 3)], None, (1200, 1200)),
        ([(1200, 1200, 3), (300, 300, 3)], (1200, 1200, 3), (1200, 1200)),
        ([(300, 300, 3)], (600, 600, 3), (300, 300)),
    ],
)
def test_the_resolution_is_the_printers_own_or_the_finest(listed: Any, own: Any, right: tuple[int, int]) -> None:
    assert resolution(sent(RASTER, own=own, resolution=listed)) == right
    square = [pair for pair in listed if pair[0] == pair[1]]
    if len(square) == len(listed):
        words = "SRGB24 RS" + "-".join(str(across) for across, *_ in listed)
        assert resolution(sent("image/urf", own=own, urf=words)) == right[:1]


@pytest.mark.parametrize("across", [300, 600])
@pytest.mark.parametrize("along", [300, 600])
def test_a_card_stands_as_it_is_fed(across: int, along: int) -> None:
    """Its lower left corner, black, comes to the lower right one; the pixels are those of each direction."""
    (picture,) = pages(CARD, Pictures("L", (across, along), "normal"))
    assert picture.size == (round(53.98 / 25.4 * across), round(85.6 / 25.4 * along))
    black = picture.point(lambda value: 255 * (value < 128)).crop((0, int(along * 2.9), *picture.size)).getbbox()
    assert black is not None
    assert black[2] == picture.width
    assert picture.width - black[0] == pytest.approx(10 / 25.4 * across, abs=2)


def test_a_face_higher_than_wide_stays_as_it_is() -> None:
    (picture,) = pages(page((88, 125), text="X"), Pictures("RGB", (300, 300), "normal"))
    assert picture.size == (round(88 / 25.4 * 300), round(125 / 25.4 * 300))
    assert picture.getpixel((5, picture.height - 5)) == (0, 0, 0)


ANY_SAID = st.dictionaries(st.sampled_from(DOCUMENT_ATTRIBUTES), st.lists(SIMPLE, max_size=3).map(tuple))


@given(ANY_SAID, st.sampled_from([RASTER, "image/urf"]))
def test_whatever_a_printer_says_ends_in_a_document_or_a_named_error(said: Attributes, taken: str) -> None:
    try:
        document(CARD, "one-sided", {**said, "document-format-supported": (Value(Tag.MIME, taken),)})
    except ConfigurationError as error:
        assert str(error)  # noqa: PT017 - either way is right
