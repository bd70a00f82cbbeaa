"""E-mail addresses have one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.errors import InvalidInput
from issuance.values.contacts import LONGEST, email, folded, phone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Clerk@Liman.example", "clerk@liman.example"),
        (" clerk@liman.example\n", "clerk@liman.example"),
        ("S\u0326TEFAN@liman.example", "ștefan@liman.example"),
        ("a@xn--bcher-kva.example", "a@bücher.example"),
        ("a@BÜCHER.example", "a@bücher.example"),
    ],
)
def test_one_spelling(typed: str, kept: str) -> None:
    assert email(typed) == kept
    assert email(kept) == kept


@pytest.mark.parametrize(
    "typed", ["", " ", "no address", "a@", "@liman.example", "a@b@c.example", "a@localhost", "a\0@liman.example"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="This is no e-mail address") as caught:
        email(typed)
    assert caught.value.field == "email"


def test_a_long_one_is_refused_without_reading_it_all() -> None:
    with pytest.raises(InvalidInput):
        email("\ufdfa" * 1_000_000 + "@liman.example")
    with pytest.raises(InvalidInput):
        email("a" * LONGEST + "@liman.example")


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0722 123 456", "+40722123456"),
        ("+40 (722) 123-456", "+40722123456"),
        ("0040722123456", "+40722123456"),
        ("+963 944 123 456", "+963944123456"),
        ("00963944123456", "+963944123456"),
        ("٠٧٢٢١٢٣٤٥٦", "+40722123456"),
        ("\u200e+380\u00a044\u00a0123\u00a04567", "+380441234567"),
    ],
)
def test_a_telephone_number_has_one_spelling(typed: str, kept: str) -> None:
    assert phone("phone", typed) == kept
    assert phone("phone", kept) == kept


@pytest.mark.parametrize(
    "typed",
    ["722 123 456", "+0722123456", "0722", "0722 123 456 x7", "+" + "1" * 16, "++40722123456", "tel", "0722\x00123456"],
)
def test_what_is_no_telephone_number_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="This is no telephone number") as caught:
        phone("phone", typed)
    assert caught.value.field == "phone"
