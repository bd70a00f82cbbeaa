"""The zone of a photographed passport page or card is read letter by letter, or not at all."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from printing.errors import PortraitError
from printing.mrz import Mrz, MrzError
from printing.mrz.zone import letters_at
from printing.readers import zone
from tests import passports
from tests.counterparts import missing

UTOPIA = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
"""The specimen of Doc 9303-4, appendix A."""

HADDAD = ("PPSYRHADDAD<<KARIM<YOUSSEF<<<<<<<<<<<<<<<<<<", "N004512870SYR6802011M3001019<<<<<<<<<<<<<<08")
EVERY_LETTER = ("P<SDNQUZXJ<<GBJVWYFOKC<HMTDEINPLARS<<<<<<<<<", "X9876BIOS8SDN9912315F2803048KJWQ0B1I2Z5S8G80")

CARD = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
"""The specimen of Doc 9303-5, appendix B."""

PAPER = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
"""The specimen of Doc 9303-6, appendix B."""


@pytest.fixture(autouse=True)
def reader() -> None:
    if not zone.can_read():
        missing("No OpenCV (requirements-photo.txt): it finds the lines. `make test` installs it.")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("lines", [UTOPIA, HADDAD], ids=["utopia", "haddad"])
def test_a_page_is_read_however_it_is_held(lines: tuple[str, str], seed: int) -> None:
    read = zone.read(passports.photograph(lines, seed))
    assert read == lines
    assert Mrz.parse(read).to_lines  # it adds up


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("lines", [CARD, PAPER], ids=["card", "paper"])
def test_zones_of_three_lines_and_of_thirty_six_letters_are_told_apart(lines: tuple[str, ...], seed: int) -> None:
    assert zone.read(passports.photograph(lines, seed)) == lines


@pytest.mark.parametrize("seed", range(3))
def test_another_cut_of_the_font_is_read_too(seed: int) -> None:
    """The letters that are compared are not those that were printed."""
    assert zone.read(passports.photograph(UTOPIA, seed, "OCRBF.otf")) == UTOPIA


def test_every_letter_of_the_font_is_told_from_the_others() -> None:
    """O from 0, I from 1, B from 8, S from 5, Z from 2, G from 6, where both may stand."""
    assert zone.read(passports.photograph(EVERY_LETTER, 3)) == EVERY_LETTER


def test_a_page_without_zone_has_none() -> None:
    assert zone.read(passports.photograph((), 1)) is None
    assert zone.read(passports.photograph(UTOPIA[:1], 1)) is None


def test_what_is_out_of_focus_is_not_made_up() -> None:
    blurred = Image.open(io.BytesIO(passports.photograph(UTOPIA, 1))).reduce(4)
    kept = io.BytesIO()
    blurred.save(kept, "JPEG")
    read = zone.read(kept.getvalue())
    if read not in (None, UTOPIA):
        with pytest.raises(MrzError):
            Mrz.parse(read)


@pytest.mark.parametrize("size", [(2, 20_000), (20_000, 2), (1600, 4000), (1, 1)])
def test_a_picture_that_can_show_no_page_is_not_enlarged(size: tuple[int, int]) -> None:
    """Two pixels by twenty thousand would be sixteen million rows at the width that is looked at."""
    kept = io.BytesIO()
    Image.new("L", size, 255).save(kept, "PNG")
    assert zone.read(kept.getvalue()) is None


def test_specks_of_a_letters_size_all_over_are_no_page() -> None:
    tile = Image.new("L", (36, 36), 255)
    tile.paste(0, (0, 0, 18, 18))
    specks = Image.new("L", (1600, 3200))
    for left in range(0, 1600, 36):
        for top in range(0, 3200, 36):
            specks.paste(tile, (left, top))
    kept = io.BytesIO()
    specks.save(kept, "PNG")
    assert zone.read(kept.getvalue()) is None


def test_without_opencv_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zone, "can_read", lambda: False)
    assert zone.read(passports.photograph(UTOPIA, 1)) is None


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"P<UTO"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PortraitError):
        zone.read(data)


def test_each_place_of_the_zone_offers_what_may_stand_there() -> None:
    first, second = letters_at("TD3")
    assert {len(first), len(second)} == {44}
    assert (first[0], second[9], second[20]) == ("ABCDEFGHIJKLMNOPQRSTUVWXYZ<", "0123456789", "FM<")
