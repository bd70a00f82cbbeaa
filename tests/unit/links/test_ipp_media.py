"""How a job asks for one medium of a printer, and what is said of one that answers little."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
import pytest

from card_drivers.device import ConfigurationError
from card_drivers.links import ipp_media
from card_drivers.links.ipp_message import Attributes, Tag, Value, one
from card_drivers.order import Size
from card_drivers.station.laying import MediaSettings
from tests import composed, measured
from tests.measured import Fed

PLAIN = MediaSettings(without_uv=True)
CARD = Size(width_mm=53.98, height_mm=85.6)
BOTH = ("two-sided-long-edge", "two-sided-short-edge")


def collection(**members: Value) -> Value:
    return Value(Tag.BEGIN_COLLECTION, {name.replace("_", "-"): (value,) for name, value in members.items()})


def number(value: int) -> Value:
    return Value(Tag.INTEGER, value)


def size(short: int, long: int) -> Value:
    return collection(x_dimension=number(short), y_dimension=number(long))


def keywords(*words: str) -> tuple[Value, ...]:
    return tuple(Value(Tag.KEYWORD, word) for word in words)


def printer(**attributes: tuple[Value, ...]) -> Attributes:
    return {name.replace("_", "-"): values for name, values in attributes.items()}


LOADED = printer(
    media_col_supported=keywords("media-size", "media-type", "media-top-margin"),
    media_col_ready=(
        collection(
            media_size=size(5398, 8560),
            media_type=keywords("cards")[0],
            media_top_margin=number(0),
            media_source=keywords("main")[0],
        ),
    ),
    media_size_supported=(size(21000, 29700),),
    media_top_margin_supported=(number(0), number(423)),
    sides_supported=keywords("one-sided", *BOTH),
    print_scaling_supported=keywords("auto", "none"),
    printer_resolution_default=(Value(Tag.RESOLUTION, (300, 600, 3)),),
)


def test_a_job_asks_for_the_medium_that_lies_there_by_what_it_may_name() -> None:
    sheet = ipp_media.sheet(composed.faces("RP-R"), LOADED, PLAIN)
    asked = one(sheet.template, "media-col")
    assert set(asked) == {"media-size", "media-type", "media-top-margin"}, "a source may not be asked for here"
    assert [one(one(asked, "media-size"), side) for side in ("x-dimension", "y-dimension")] == [5398, 8560]
    assert [one(sheet.template, name) for name in ("copies", "sides", "print-scaling")] == [
        1,
        "two-sided-short-edge",
        "none",
    ]


def test_what_it_also_takes_is_asked_for_without_margins() -> None:
    asked = one(ipp_media.sheet(composed.faces("RC"), LOADED, PLAIN).template, "media-col")
    assert [one(one(asked, "media-size"), side) for side in ("x-dimension", "y-dimension")] == [21000, 29700]
    assert one(asked, "media-top-margin") == 0


def test_what_a_printer_says_is_what_it_can_make() -> None:
    able = ipp_media.abilities(LOADED, PLAIN)
    assert (able.sizes, able.faces, able.dpi) == ((CARD, Size(width_mm=210, height_mm=297)), 2, (300, 600))
    little = ipp_media.abilities(printer(sides_supported=keywords("one-sided")), MediaSettings())
    assert (little.sizes, little.faces, little.dpi, "uv" in little.inks) == ((), 1, None, False)


def test_the_settings_say_what_lies_in_a_printer_that_does_not_know() -> None:
    paper = MediaSettings(without_uv=True, media="85.6 x 53.98, 125x88")
    assert [one.width_mm for one in ipp_media.abilities(LOADED, paper).sizes] == [85.6, 125]
    asked = one(ipp_media.sheet(composed.faces("TD-C"), {}, paper).template, "media-col")
    assert [one(one(asked, "media-size"), side) for side in ("x-dimension", "y-dimension")] == [8800, 12500]
    with pytest.raises(ConfigurationError, match="no medium of 210 x 297 mm"):
        ipp_media.sheet(composed.faces("RC"), LOADED, paper)


@pytest.mark.parametrize(("flip", "turn"), [("two-sided-short-edge", 0), ("two-sided-long-edge", 180)])
def test_a_back_that_is_flipped_along_its_top_is_turned(flip: str, turn: int) -> None:
    """Measured on the back: read with that turn it stands where its layout says."""
    sheet = ipp_media.sheet(composed.faces("RP-R"), {**LOADED, "sides-supported": keywords(flip)}, PLAIN)
    document = pdfium.PdfDocument(io.BytesIO(sheet.pdf))
    back = document[1].render(scale=300 / 72).to_pil()
    document.close()
    side, names = measured.names_of("RP-R")
    right, down = measured.off_by(back, Fed((300, 300), turn), composed.faces("RP-R")[side], names)
    assert max(abs(right), abs(down)) < 0.2


@pytest.mark.parametrize(
    ("code", "said", "paper", "why"),
    [
        ("RP-R", printer(sides_supported=keywords("one-sided")), PLAIN, "2 faces"),
        ("RP-R", LOADED, MediaSettings(), "no ultraviolet ink"),
        ("TD-C", LOADED, PLAIN, "no medium of 125 x 88 mm"),
    ],
)
def test_what_it_cannot_make_is_refused(code: str, said: Attributes, paper: MediaSettings, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        ipp_media.sheet(composed.faces(code), said, paper)
