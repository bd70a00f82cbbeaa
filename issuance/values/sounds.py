"""How a name sounds: one form for the spellings of it in Latin, Cyrillic and Arabic letters, by which it is found.

Arabic writes no short vowels and spells differ most in vowels and doubled letters, so only consonants count:
Hasan, Hassan, Хасан and حسن are all HSN. Coarse on purpose: a person decides who is who.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from issuance.errors import InvalidInput
from issuance.values.names import mrz_form
from printing.mrz.transliteration import propose_latin

ARTICLES = frozenset({"AL", "EL", "UL"})
"""Words that offices write, join to the next word, or leave out."""

_GLUED = re.compile("^[AEU]L(?=[^AEIOUYWHL]..)")
_DIGRAPHS = (
    ("DZH|DJ|GH|J", "G"),
    ("SHCH|SCH|SH|CH|C(?=[EIY])|Z", "S"),
    ("KH", "H"),
    ("TH", "T"),
    ("DH", "D"),
    ("PH", "F"),
    ("X", "KS"),
    ("[CQ]", "K"),
    ("^[IY](?=[AEOUW])", ""),
    ("^W(?!S)", "V"),
    ("^[AEIOUYW]+", "A"),
    ("(?<!^)H$", ""),
)


def sounds(name: str) -> list[str]:
    """The sound of each word of a name in any script, articles left out; none for a script without an ICAO table."""
    proposed = propose_latin(name)
    try:
        spelt = mrz_form("name", proposed or "").replace("-", " ").replace("<", " ").split()
    except InvalidInput:
        return []
    return [sound(word) for word in spelt if word not in ARTICLES] or [sound(word) for word in spelt]


@lru_cache(maxsize=4096)
def of_word(word: str) -> str:
    """The sound by which one word of a name is found; empty for an article, and in a script without a table."""
    return "" if word.upper() in ARTICLES else "".join(sounds(word))


@lru_cache(maxsize=4096)
def sound(word: str) -> str:
    """The sound of one word in MRZ letters; remembered, since names share their words."""
    heard = _GLUED.sub("", word)
    for written, said in _DIGRAPHS:
        heard = re.sub(written, said, heard)
    heard = re.sub(r"(.)\1+", r"\1", heard)
    return heard[:1] + re.sub("[AEIOUYW]", "", heard[1:])


def sound_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names can be the same: the same sounds in any order, or those of the one among the other's."""
    few, many = sorted((set(one), set(other)), key=len)
    return bool(few) and (few == many if len(few) < 2 else few <= many)
