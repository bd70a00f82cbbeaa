"""Request references: random, never sequential, with a check character (docs/law.md, section 5).

Ten characters of a 31-letter alphabet without look-alikes, then the check character. 31 is prime, so weights 1..11
find every single wrong character and every swap of two.
"""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10
CODE_LENGTH = 8
"""Of the code of an appointment or ticket: shorter, so that a scanner tells it from a reference."""


def new_reference(length: int = LENGTH) -> str:
    """A fresh reference: `length` characters and the check character, without grouping."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return body + _check_character(body)


def normalise(text: str, length: int = LENGTH) -> str | None:
    """The stored form of a typed or scanned reference; None when it cannot be one."""
    reference = "".join(text.split()).replace("-", "").upper()
    if len(reference) != length + 1 or any(letter not in ALPHABET for letter in reference):
        return None
    return reference if _check_character(reference[:-1]) == reference[-1] else None


def grouped(reference: str) -> str:
    """The form for people: `ABCD-EFGH-JKM`."""
    return "-".join((reference[:4], reference[4:8], reference[8:]))


def new_code() -> str:
    """A fresh code of an appointment or ticket, nine characters without grouping."""
    return new_reference(CODE_LENGTH)


def normalise_code(text: str) -> str | None:
    """The stored form of a typed or scanned code; None when it cannot be one."""
    return normalise(text, CODE_LENGTH)


def grouped_code(code: str) -> str:
    """The form of a code for people: `ABC-DEF-GHJ`."""
    return "-".join((code[:3], code[3:6], code[6:]))


def _check_character(body: str) -> str:
    total = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(body, start=1))
    return ALPHABET[-total * pow(len(body) + 1, -1, len(ALPHABET)) % len(ALPHABET)]
