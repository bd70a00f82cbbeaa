"""Text in one form: composed in linear time, and e-mail addresses by one key however they are spelt."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.values.text import composed, mail_key

SPELLINGS = [
    "clerk@liman.example", "Clerk@LIMAN.example", "  clerk@liman.example", " " * 300 + "clerk@liman.example ",
    "\u2003clerk@liman.example\u3000", "clerk @liman.example", "cl\u00aderk@liman.example", "cler\u212a@liman.example",
    "ｃｌｅｒｋ＠ｌｉｍａｎ．ｅｘａｍｐｌｅ", "clerk@liman.example\0", "cl\u200berk@liman.example",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_is_counted_by_one_key_however_it_is_spelt(spelling: str) -> None:
    assert mail_key(spelling) == "clerk@liman.example"


def test_what_is_too_long_for_an_address_has_no_key() -> None:
    assert mail_key("x" * 321) == ""
    assert mail_key("ștefan@liman.example") != mail_key("stefan@liman.example")


@given(st.text())
def test_text_is_composed_as_unicode_says_or_refused(text: str) -> None:
    assert composed(text) in (unicodedata.normalize("NFC", text), None)


def test_more_marks_on_a_letter_than_any_script_has_are_refused() -> None:
    assert composed("a" + "\u0301" * 30) is not None
    assert composed("a" + "\u0301" * 31) is None
    assert composed("a\u0301" * 1000) == "á" * 1000
