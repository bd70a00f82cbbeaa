"""The printed MRZ: measured on the rasterised black layer, and read back against FreeType's drawing of OCR-B."""

import string

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from printing.content import mrz_of
from printing.faces import layout
from printing.faces.compose import compose
from printing.pages import fonts
from tests.faces import BLUE, RESIDENCE_PERMIT, TEMPORARY, content, pixels

DPI = 600
MM = DPI / 25.4
CASES = {"TD1": (RESIDENCE_PERMIT, "back", 5.0), "TD1 TID": (TEMPORARY, "back", 5.0), "TD3": (BLUE, "data_page", 6.0)}


def _zone(template, face, **changes):
    """The black pixels of the machine readable zone alone, and the lines that should stand there."""
    person = content(family_name="Hassan", given_names="Mehmet Ali", **changes)
    artwork = next(art for art in compose(person, template, specimen=True) if art.face == face)
    shipped = layout.load(template.layout)
    place = next(side.mrz for side in shipped.faces if side.mrz)
    black = pixels(artwork.layers["black"], DPI) < 128
    foot = black.shape[0] - round(shipped.bleed[1] * MM)
    return black[foot - round(place.height * MM) : foot, round(shipped.bleed[0] * MM) :], mrz_of(person, template)


def _lines(zone):
    """Top and bottom row of each line of print."""
    inked = np.flatnonzero(zone.any(axis=1))
    breaks = np.flatnonzero(np.diff(inked) > 5)
    tops, bottoms = np.append(inked[0], inked[breaks + 1]), np.append(inked[breaks], inked[-1])
    return list(zip(tops, bottoms, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_left_edge_pitch_and_spacing_are_the_standards(case):
    template, face, left = CASES[case]
    zone, mrz = _zone(template, face)
    expected = mrz.to_lines()
    lines = _lines(zone)
    assert len(lines) == len(expected)
    columns = np.flatnonzero(zone.any(axis=0))
    assert columns[0] / MM == pytest.approx(left, abs=0.3), "Doc 9303: left edge of the first character +- 1.0 mm"
    for (top, bottom), text in zip(lines, expected, strict=True):
        assert 2.2 < (bottom - top) / MM < 2.9, "size 1 of OCR-B"
        starts = _starts(zone[top : bottom + 1])
        fillers = [index for index, character in enumerate(text) if character == "<"]
        pitch = np.diff([starts[index] for index in fillers])[np.diff(fillers) == 1]
        assert pitch.mean() / MM == pytest.approx(2.54, abs=0.01)
    centres = [(top + bottom) / 2 for top, bottom in lines]
    assert np.diff(centres) / MM == pytest.approx(6.35 if case == "TD3" else 4.0, abs=0.2)
    last = (zone.shape[0] - centres[-1]) / MM
    assert last == pytest.approx(7.25, abs=0.3)


def _starts(line):
    inked = np.flatnonzero(line.any(axis=0))
    return np.append(inked[0], inked[1:][np.diff(inked) > 1])


def test_the_zone_lies_in_the_effective_reading_zone():
    """Doc 9303-3, 4.5: 17.0 mm high, in the middle of the 23.2 mm of Zone VII."""
    for template, face, _ in CASES.values():
        zone, _ = _zone(template, face)
        lines = _lines(zone)
        assert (zone.shape[0] - lines[-1][1]) / MM > 3.1
        assert (zone.shape[0] - lines[0][0]) / MM < 3.1 + 17.0


@pytest.mark.parametrize("case", CASES)
def test_the_print_reads_back_character_by_character(case):
    template, face, left = CASES[case]
    zone, mrz = _zone(template, face)
    patterns = {character: _pattern(character) for character in string.ascii_uppercase + string.digits + "<"}
    for (top, bottom), expected in zip(_lines(zone), mrz.to_lines(), strict=True):
        middle = (top + bottom) // 2
        read = ""
        for index in range(len(expected)):
            x = round((left + 2.54 * index - 0.4) * MM)
            cell = zone[middle - 40 : middle + 40, x : x + 60]
            read += max(patterns, key=lambda character: _likeness(cell, patterns[character]))
        assert read == expected


def _pattern(character):
    """The character as FreeType draws it, an independent reader of the font, cropped to its black."""
    size = round(9.96 / 72 * DPI)
    face = ImageFont.truetype(str(fonts.ocr_b().path), size)
    picture = Image.new("L", (2 * size, 2 * size), 255)
    ImageDraw.Draw(picture).text((size // 2, size // 4), character, font=face, fill=0)
    return _cropped(np.asarray(picture) < 128)


def _cropped(black):
    rows, columns = np.flatnonzero(black.any(axis=1)), np.flatnonzero(black.any(axis=0))
    return black[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _likeness(cell, pattern):
    black = _cropped(cell)
    height, width = max(black.shape[0], pattern.shape[0]), max(black.shape[1], pattern.shape[1])
    one, other = (np.pad(part, ((0, height - part.shape[0]), (0, width - part.shape[1]))) for part in (black, pattern))
    return (one & other).sum() / (one | other).sum()


def test_the_access_number_stands_at_the_height_of_a_line():
    """Doc 9303-5, 3.2.3: OCR-B, at the vertical position of one of the three lines."""
    with_number, without = (
        pixels(compose(content(access_number=number), RESIDENCE_PERMIT, specimen=False)[0].layers["black"], DPI)
        for number in ("482915", "")
    )
    rows, columns = np.nonzero(np.abs(with_number - without) > 60)
    shipped = layout.load("residence_permit")
    foot = with_number.shape[0] - shipped.bleed[1] * MM
    assert (foot - (rows.max() + rows.min()) / 2) / MM == pytest.approx(shipped.faces[1].mrz.foot, abs=0.3)
    assert (columns.max() - columns.min()) / MM == pytest.approx(5 * 2.54 + 1.5, abs=0.5)
