"""What we compose, opened by four programs: drawn alike, without a warning, and read as it was set.

PDFium, poppler, MuPDF and Ghostscript share no code that reads a PDF or its fonts; the first two sit in browsers and on
desktops, the last two in printers and print servers.
"""

from __future__ import annotations

import io
import subprocess
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from printing.faces.compose import compose
from printing.pages import pdf, text
from tests import measured
from tests.counterparts import require
from tests.faces import BLUE, RESIDENCE_PERMIT, content, pixels

pytestmark = pytest.mark.contract

DPI = 300
Grey = NDArray[np.int16]
NATIVE = {"Arabic": "ليلى المصري", "Bengali": "মোঃ শফিকুর রহমান"}
WITHOUT_PROFILES = "warning: ICC support is not available"  # how Debian builds MuPDF, whatever the file
PLAIN = {
    "Latin": "Țurcanu-Șerban Ñandú",
    "Greek": "Γιώργος Παπαδόπουλος",
    "Cyrillic": "Шевченко Оксана",
    "Georgian": "გიორგი მაისურაძე",
    "Armenian": "Արամ Պետրոսյան",
    "Ethiopic": "ሰላም ተክለ",
    "Tifinagh": "ⴰⵎⴰ",
    "Lao": "ສົມໄຊ",
    "Thai": "สมชาย ใจดี",
}
RIGHT_TO_LEFT = {
    "Arabic": "ليلى المصري علاء",
    "Persian": "مهدی رضایی",
    "Pashto": "ګل خان احمدزی",
    "Kurdish": "ئاڵان",
    "Hebrew": "יוסף כהן",
    "Syriac": "ܡܪܝܡ",
}
RESHAPED = {
    "Bengali": "মোঃ শফিকুর রহমান",
    "Devanagari": "राम बहादुर श्रेष्ठ",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "Sinhala": "දිලිනි නිර්මලා පෙරේරා",
    "Tamil": "முருகன் செல்வி",
    "Myanmar": "အောင်ဆန်း",
    "Tibetan": "བསྟན",
}


SPECKS = 4
"""Pixels of a page at which two programs may round a stroke differently; the smallest full stop has more."""


def _run(*command: str | Path) -> str:
    """What a program says on both of its outputs; its failure is the test's."""
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=120, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == 0, said
    return said


def _poppler(file: Path) -> Grey:
    command = [require("pdftoppm", "it draws"), "-r", str(DPI), "-gray", "-singlefile", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert not done.stderr, done.stderr
    return _grey(io.BytesIO(done.stdout))


def _mupdf(file: Path) -> Grey:
    out = file.with_suffix(".mupdf.png")
    said = _run(require("mutool", "MuPDF draws"), "draw", "-q", "-r", str(DPI), "-c", "gray", "-o", out, file)
    assert set(said.splitlines()) <= {WITHOUT_PROFILES}, said
    return _grey(out)


def _ghostscript(file: Path) -> Grey:
    out = file.with_suffix(".gs.png")
    strict = ("-dPDFSTOPONERROR", "-dPDFSTOPONWARNING")
    smooth = ("-dTextAlphaBits=4", "-dGraphicsAlphaBits=4")
    gs = require("gs", "Ghostscript draws")
    said = _run(
        gs, "-dBATCH", "-dNOPAUSE", *strict, *smooth, "-sDEVICE=pnggray", f"-r{DPI}", f"-sOutputFile={out}", file
    )
    assert "substitute" not in said
    assert "****" not in said
    return _grey(out)


def _pdfium(file: Path) -> Grey:
    return pixels(file.read_bytes(), DPI)


DRAWN_BY: Mapping[str, Callable[[Path], Grey]] = MappingProxyType(
    {"poppler": _poppler, "mupdf": _mupdf, "ghostscript": _ghostscript}
)


def _grey(file: Path | io.BytesIO) -> Grey:
    return np.asarray(Image.open(file).convert("L"), dtype=np.int16)


def _near(picture: Grey, dark: bool) -> Grey:
    """The darkest, or the lightest, within a pixel (0.08 mm) of each."""
    image = Image.fromarray(picture.astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.MinFilter(3) if dark else ImageFilter.MaxFilter(3)), dtype=np.int16)


def assert_drawn_alike(one: Grey, other: Grey) -> None:
    """What is black in one is dark in the other within a pixel, and white is light, in both directions."""
    height, width = (min(sizes) for sizes in zip(one.shape, other.shape, strict=True))
    assert abs(one.shape[0] - other.shape[0]) <= 1
    assert abs(one.shape[1] - other.shape[1]) <= 1
    one, other = one[:height, :width], other[:height, :width]
    assert (one < 64).mean() > 0.004, "there is something to compare"
    for these, those in ((one, other), (other, one)):
        assert ((these < 64) & (_near(those, dark=True) > 160)).sum() <= SPECKS, "black is missing"
        assert ((these > 240) & (_near(those, dark=False) < 100)).sum() <= SPECKS, "black is too much"


@pytest.mark.parametrize("program", DRAWN_BY)
@pytest.mark.parametrize("script", NATIVE)
def test_the_letters_of_a_document_are_drawn_alike(program: str, script: str, tmp_path: Path) -> None:
    """Latin in three styles, OCR-B and a name in its own script, on cards and on the page of a travel document."""
    for template in (RESIDENCE_PERMIT, BLUE):
        for artwork in compose(content(native_name=NATIVE[script]), template, specimen=True):
            file = tmp_path / f"{template.document_type}-{artwork.face}.pdf"
            file.write_bytes(artwork.layers["black"])
            assert_drawn_alike(_pdfium(file), DRAWN_BY[program](file))


@pytest.mark.parametrize("program", DRAWN_BY)
def test_a_whole_face_is_drawn_alike(program: str, tmp_path: Path) -> None:
    file = tmp_path / "face.pdf"
    file.write_bytes(compose(content(), RESIDENCE_PERMIT, specimen=True)[0].combined)
    one, other = _pdfium(file), DRAWN_BY[program](file)
    height, width = (min(sizes) for sizes in zip(one.shape, other.shape, strict=True))
    assert np.abs(one[:height, :width] - other[:height, :width]).mean() < 8, "of 255: hair lines of the ground differ"


def test_a_pdf_has_no_fault_that_qpdf_finds(tmp_path: Path) -> None:
    file = tmp_path / "face.pdf"
    file.write_bytes(compose(content(), RESIDENCE_PERMIT, specimen=True)[1].combined)
    assert "No syntax or stream encoding errors found" in _run(require("qpdf", "it checks"), "--check", file)


def _page(words: str, folder: Path) -> Path:
    file = folder / "line.pdf"
    line = text.shape(words)
    drawing = pdf.Drawing(300, 40, (0, 0, 300, 40), (pdf.Ink.of(line.operators(20, 15, 14)),))
    file.write_bytes(pdf.render([drawing], "line"))
    return file


def _letters(words: str) -> str:
    """Without the marks of direction that poppler adds, joined shapes as the letters that they are of."""
    kept = "".join(character for character in words.strip() if unicodedata.category(character) not in ("Cf", "Cc"))
    return unicodedata.normalize("NFKC", kept)


def _read_by_poppler(file: Path) -> str:
    return _letters(_run(require("pdftotext", "it reads"), file, "-"))


def _read_by_pdfium(file: Path) -> str:
    with pypdfium2.PdfDocument(file) as document:
        return _letters(document[0].get_textpage().get_text_range())


def _read_by_mupdf(file: Path) -> str:
    said = _run(require("mutool", "MuPDF reads"), "draw", "-q", "-F", "text", file)
    return _letters(said.replace(WITHOUT_PROFILES, ""))


@pytest.mark.parametrize("script", PLAIN)
def test_letters_that_stand_in_their_order_are_read_by_three_programs(script: str, tmp_path: Path) -> None:
    file, words = _page(PLAIN[script], tmp_path), _letters(PLAIN[script])
    assert (_read_by_pdfium(file), _read_by_poppler(file), _read_by_mupdf(file)) == (words, words, words)
    assert b"ActualText" not in file.read_bytes() or script in ("Lao", "Thai"), "their marks stand above"


@pytest.mark.parametrize("script", RIGHT_TO_LEFT)
def test_joined_letters_from_right_to_left_are_read_by_three_programs(script: str, tmp_path: Path) -> None:
    """By their fonts alone: an `ActualText` from right to left is turned around by PDFium and poppler.

    MuPDF's program prints letters as they stand, from left to right, in any script.
    """
    file, words = _page(RIGHT_TO_LEFT[script], tmp_path), RIGHT_TO_LEFT[script]
    assert b"ActualText" not in file.read_bytes()
    assert _read_by_pdfium(file) == _read_by_poppler(file) == words
    as_they_stand = unicodedata.normalize("NFKC", "".join(reversed(_shown(words))))
    assert _read_by_mupdf(file) == as_they_stand


def _shown(words: str) -> list[str]:
    """The characters of each glyph in reading order: a ligature has two."""
    return ["لا" if part == "\0" else "لى" if part == "\1" else part for part in
            words.replace("لا", "\0").replace("لى", "\1")]  # fmt: skip


@pytest.mark.parametrize("script", RESHAPED)
def test_reordered_letters_are_read_by_the_programs_that_know_actual_text(script: str, tmp_path: Path) -> None:
    """PDFium and poppler; MuPDF 1.21 knows it not and gives what the glyphs say, as far as one says one character."""
    file, words = _page(RESHAPED[script], tmp_path), _letters(RESHAPED[script])
    assert (_read_by_pdfium(file), _read_by_poppler(file)) == (words, words)


def test_poppler_draws_what_a_printer_gets(tmp_path: Path) -> None:
    """The helper of the other tests of this folder draws the same."""
    data = compose(content(), RESIDENCE_PERMIT, specimen=True)[1].layers["black"]
    assert_drawn_alike(pixels(data, DPI), np.asarray(measured.poppler(data, tmp_path, (DPI, DPI)), dtype=np.int16))
