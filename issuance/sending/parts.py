"""Into how many parts a text goes: each is an SMS of its own, and is paid for (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet of 23.038, 6.2.1, in its order, without the escape."""

_EXTENSION = "\f^{}\\[~]|€"
"""What an escape comes before (6.2.1.1): two septets each."""

SEPTETS = dict.fromkeys(_DEFAULT, 1) | dict.fromkeys(_EXTENSION, 2)
"""How many septets each character of the two tables takes."""


class Alphabet(StrEnum):
    """How the characters of a message are written: all its parts in one way."""

    GSM = "gsm"
    UCS2 = "ucs2"


ALONE = {Alphabet.GSM: 160, Alphabet.UCS2: 70}
"""Units of a message of one part: septets, or 16 bits of UTF-16. 140 bytes hold no more."""

JOINED = {Alphabet.GSM: 153, Alphabet.UCS2: 67}
"""Units of one part of several: six bytes say which it is (23.040, 9.2.3.24.1)."""


@dataclass(frozen=True, slots=True)
class Parts:
    """How a text goes: in which alphabet, how many units it has, in how many parts they go."""

    alphabet: Alphabet
    units: int
    count: int


def alphabet_of(text: str) -> Alphabet:
    """GSM when every character is in its tables: one that is not makes all of the text UCS-2."""
    return Alphabet.GSM if SEPTETS.keys() >= set(text) else Alphabet.UCS2


def parts(text: str) -> Parts:
    """How `text` goes. No part ends within a character: neither after an escape nor within a surrogate pair."""
    alphabet = alphabet_of(text)
    sizes = [_units(character, alphabet) for character in text]
    whole = sum(sizes)
    return Parts(alphabet, whole, 1 if whole <= ALONE[alphabet] else _filled(sizes, JOINED[alphabet]))


def _units(character: str, alphabet: Alphabet) -> int:
    return SEPTETS[character] if alphabet is Alphabet.GSM else 1 + (ord(character) > 0xFFFF)


def _filled(sizes: Iterable[int], room: int) -> int:
    """How many parts of `room` units take characters of these sizes, in their order, none of them divided."""
    count, left = 1, room
    for size in sizes:
        if size > left:
            count, left = count + 1, room
        left -= size
    return count
