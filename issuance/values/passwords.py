"""Passwords that may be chosen: long, not the address, name or office, none that is tried first, and none from leaks
(NIST SP 800-63B, 3.1.1.2). All of it is looked up here: nothing of a password leaves the machine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from issuance.errors import InvalidInput

SHORTEST = 12
LONGEST = 200
"""Characters; a longer one would only cost the time of its hash."""

FEWEST_DIFFERENT = 6
SHORTEST_WORD = 4
LIKE_LETTERS = tuple(str.maketrans("0134578@$!+", letters) for letters in ("oieastbasit", "oleastbaslt"))
"""Digits and signs that stand for letters."""


@cache
def common() -> frozenset[str]:
    """Words and rows of keys that guessing begins with, without digits and signs."""
    return _lines("common_passwords.txt")  # and nothing: digits alone


@cache
def stolen() -> frozenset[str]:
    """The most frequent passwords of public leaks, of zxcvbn's list: their letters where there are four, and whole what
    is long enough to be chosen."""
    listed = FREQUENCY_LISTS["passwords"]
    words = {word for word in map(_letters, listed) if len(word) >= SHORTEST_WORD}
    return frozenset(words.union(each for each in listed if len(each) >= SHORTEST))


def check(password: str, about: Iterable[str]) -> None:
    """InvalidInput unless the password may be chosen by somebody of whom these words are: address, name, centre."""
    if len(password) < SHORTEST:
        raise InvalidInput("password", "Choose at least %(least)s characters.", least=SHORTEST)
    if len(password) > LONGEST:
        raise InvalidInput("password", "Choose at most %(most)s characters.", most=LONGEST)
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < FEWEST_DIFFERENT or _letters(plain) in common() or plain in common():
        raise InvalidInput("password", "This password is one of the first that are guessed. Choose another.")
    if _cores(plain) & stolen():
        raise InvalidInput(
            "password",
            "This is a password from public lists of stolen ones, with something around it. Choose three words that do"
            " not belong together.",
        )
    bare = _bare(password)
    if any(word in bare for word in _words(about)):
        raise InvalidInput(
            "password", "The password has a part of your name, address or office, or this program's name. Leave it out."
        )


def _cores(plain: str) -> set[str]:
    """What is left of a password without what is put around and into a word: `monkey` of `M0nkey!2026`, of it twice."""
    trimmed = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    words = {plain, _letters(plain), *(_letters(trimmed.translate(each)) for each in LIKE_LETTERS)} - {""}
    return words | {word[: len(word) // n] for word in words for n in (2, 3) if word == word[: len(word) // n] * n}


def _bare(text: str) -> str:
    """In small letters, and without the marks on them: people type names without."""
    marked = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in marked if not unicodedata.combining(sign)).casefold()


def _lines(name: str) -> frozenset[str]:
    text = Path(__file__).with_name(name).read_text("utf-8")
    return frozenset(line for line in text.split("\n") if not line.startswith("#"))


def _letters(text: str) -> str:
    """The text without digits and signs: `parola` of `Parola-2026!!`."""
    return re.sub(r"[\W\d_]", "", text)


def _words(about: Iterable[str]) -> set[str]:
    """The words that have no place in a password, of at least four letters."""
    plain = _bare(" ".join((*about, "liman")))
    return {word for word in re.split(r"[\W_]+", plain) if len(word) >= SHORTEST_WORD}
