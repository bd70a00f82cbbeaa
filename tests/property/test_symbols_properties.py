"""Bar codes and QR codes of any content, read back by zxing-cpp from the dots that a 300 dpi printer sets."""

from __future__ import annotations

import string

import numpy as np
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from printing.pages import symbols

CODE_128, QR = zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCode
PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
DIGITS = st.text(string.digits, min_size=1, max_size=12)
# The values that say, each in another set, "go over to": written as digits they are nothing but digits.
SWITCHES = st.sampled_from(["96", "97", "98", "99", "100", "101", "102", "103", "104", "105", "106"])
PIECES = st.lists(st.one_of(DIGITS, SWITCHES, st.sampled_from(PRINTABLE)), min_size=1, max_size=12).map("".join)
TEXTS = st.one_of(st.text(PRINTABLE, min_size=1, max_size=40), PIECES, st.tuples(st.just("99"), PIECES).map("".join))
VISIBLE = st.characters(exclude_categories=["C"])  # zxing-cpp names control characters: <BS>
ADDRESSES = st.builds(
    "https://{}.example/{}".format,
    st.text(string.ascii_lowercase, min_size=1, max_size=20),
    st.text(VISIBLE, max_size=40),
)
lengths = pytest.mark.parametrize("length", range(1, 41))


def dots(bars: symbols.Bars, width: float, height: float) -> np.ndarray:
    """The bars as black pixels, each dot of the printer by itself."""
    page = np.full((round(height / symbols.DOT), round(width / symbols.DOT)), 255, np.uint8)
    for x, y, across, along in bars:
        left, foot = round(x / symbols.DOT), round(y / symbols.DOT)
        page[foot : foot + round(along / symbols.DOT), left : left + round(across / symbols.DOT)] = 0
    return np.ascontiguousarray(page[::-1])


def read(picture: np.ndarray) -> list[tuple[zxingcpp.BarcodeFormat, str]]:
    return [(found.format, found.text) for found in zxingcpp.read_barcodes(picture)]


def scanned(text: str) -> list[tuple[zxingcpp.BarcodeFormat, str]]:
    """What is read of a bar code as wide as it needs."""
    width = 600 * 2 * symbols.DOT
    return read(dots(symbols.code128(text, (0, 0, width, 20)), width, 20))


@settings(max_examples=250, deadline=None)
@given(TEXTS.map(lambda text: text[:40]))
@example("99P2BBADV43")
@example("999999")
@example("99")
@example("".join(map(chr, range(33, 73))))
def test_code_128_says_what_it_was_given(text: str) -> None:
    assert scanned(text) == [(CODE_128, text)]


@lengths
def test_code_128_of_every_length(length: int) -> None:
    letters = (PRINTABLE * 2)[length : 2 * length]
    for text in (letters, ("0123456789" * 4)[:length], ("99" * 20)[:length], ("9" * 39 + "A")[-length:]):
        assert scanned(text) == [(CODE_128, text)]


@pytest.mark.parametrize("first", [f"{pair:02}" for pair in range(100)])
def test_code_128_of_every_pair_of_digits_at_each_place(first: str) -> None:
    for text in (first, f"{first}A", f"A{first}", f"{first}{first}", f"A{first}{first}B", f"1{first}", f"{first}12345"):
        assert scanned(text) == [(CODE_128, text)]


@settings(max_examples=100, deadline=None)
@given(st.one_of(ADDRESSES, st.text(VISIBLE, min_size=1, max_size=60)))
@example("https://stare.example/status#K7WMP3XQH5R2")
@example("Șerban Țuțea · ليلى الشامي · Олена · লায়লা · 赵彬")
def test_qr_says_what_it_was_given(text: str) -> None:
    side = 120.0
    step = symbols.DOT / 2  # 600 dpi: the squares of a QR code fill their box, so they do not fall on dots
    picture = np.full((round(side / step), round(side / step)), 255, np.uint8)
    for x, y, across, along in symbols.qr(text, (0, 0, side, side)):
        rows = slice(round((side - y - along) / step), round((side - y) / step))
        picture[rows, round(x / step) : round((x + across) / step)] = 0
    assert read(picture) == [(QR, text)]
