"""Passwords that may be chosen, and those that are guessed first."""

from __future__ import annotations

import pytest

from issuance.errors import InvalidInput
from issuance.values import passwords

ABOUT = ("ana.pop@liman.example", "Ana-Maria Popescu")


@pytest.mark.parametrize("password", ["three unlikely words", "țărmul-e-departe", "Tr0ub4dor&3xyz", "парус у причала"])
def test_these_may_be_chosen(password: str) -> None:
    passwords.check(password, ABOUT)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "at least 12"),
        ("elevensigns", "at least 12"),
        ("x" * 201, "at most 200"),
        ("aaaaaaaaaaaaaaaa", "guessed"),
        ("Parola-2026!!", "guessed"),
        ("Password123456", "guessed"),
        ("1q2w3e4r5t6y", "guessed"),
        ("314159265358979", "guessed"),
        ("Qwertyuiop12", "guessed"),
        ("popescu la mare", "part of your name"),
        ("MARIA are mere", "part of your name"),
        ("example of words", "part of your name"),
        ("la liman departe", "part of your name"),
    ],
)
def test_these_may_not(password: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        passwords.check(password, ABOUT)
    assert caught.value.field == "password"
    assert not password or password not in str(caught.value)
