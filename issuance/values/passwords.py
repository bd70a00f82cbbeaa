"""Passwords that may be chosen: long, not the address or name, and none that are tried first (NIST SP 800-63B)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from issuance.errors import InvalidInput

SHORTEST = 12
LONGEST = 200
"""Characters; a longer one would only cost the time of its hash."""

FEWEST_DIFFERENT = 6
SHORTEST_WORD = 4


@cache
def common() -> frozenset[str]:
    """Words and rows of keys that guessing begins with, without digits and signs."""
    text = Path(__file__).with_name("common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.split("\n") if not line.startswith("#"))  # and nothing: digits alone


def check(password: str, about: Iterable[str]) -> None:
    """InvalidInput unless the password may be chosen by somebody of whom these words are `about`: address, name."""
    if len(password) < SHORTEST:
        raise InvalidInput("password", "Choose at least %(least)s characters.", least=SHORTEST)
    if len(password) > LONGEST:
        raise InvalidInput("password", "Choose at most %(most)s characters.", most=LONGEST)
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < FEWEST_DIFFERENT or _letters(plain) in common() or plain in common():
        raise InvalidInput("password", "This password is one of the first that are guessed. Choose another.")
    if any(word in plain for word in _words(about)):
        raise InvalidInput(
            "password", "The password has a part of your name or address, or this program's name. Leave it out."
        )


def _letters(text: str) -> str:
    """The text without digits and signs: `parola` of `Parola-2026!!`."""
    return re.sub(r"[\W\d_]", "", text)


def _words(about: Iterable[str]) -> set[str]:
    """The words that have no place in a password, of at least four letters."""
    plain = unicodedata.normalize("NFKC", " ".join((*about, "liman"))).casefold()
    return {word for word in re.split(r"[\W_]+", plain) if len(word) >= SHORTEST_WORD}
