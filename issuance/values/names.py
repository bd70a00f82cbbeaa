"""Names as typed or imported: what may stand in them, their MRZ form as search key, and who is similar to whom.

Names come in any script; the Latin spelling is confirmed by a person (docs/law.md, section 5). Messages name characters
by code, never the name itself, because errors are logged.
"""

from __future__ import annotations

import re
import unicodedata

from issuance.errors import InvalidInput
from printing.content import PartialDate
from printing.errors import shown
from printing.mrz.transliteration import TransliterationError, to_mrz

MAX_NAME = 100
MAX_TEXT = 200
SIMILAR = 0.75

_MAX_MARKS = 4  # Arabic and Indic spellings stack up to three; more is decoration
_JOINERS = "\u200c\u200d\u180e"  # Persian, Indic and Mongolian spellings need them
# Among them the marks between syllables of Tibetan (tsheg) and between the names of a foreigner in Japanese.
_PUNCTUATION = frozenset("-\u2010\u2011\u2013'\u2018\u2019.,\u00b7\u05f3\u05f4\u0f0b\u0f0c\u30fb\u058a\u05be\u1806")
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_TYPED_APOSTROPHES = str.maketrans("`\u00b4", "''")
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_name(field: str, text: str, *, required: bool = True) -> str:
    """A name in any script as it will be kept: NFC, single spaces. InvalidInput names `field` and what to take out."""
    name = _clean(field, text.translate(_TYPED_APOSTROPHES), MAX_NAME)
    for character in name:
        _check_name_character(field, character)
    _check_scripts(field, name)
    if name and (unicodedata.category(name[0])[0] == "M" or not any(map(str.isalpha, name))):
        raise InvalidInput(field, "A name begins with a letter and has one. Type it again from the paper.")
    if required and not name:
        raise InvalidInput(field, "Type the name; a person with one name only has it as family name.")
    return name


def check_latin_name(field: str, text: str, *, required: bool = True) -> str:
    """A confirmed Latin spelling: a name in Latin letters that has an MRZ form (Doc 9303-3, section 6)."""
    name = check_name(field, text, required=required)
    if not is_latin(name):
        raise InvalidInput(field, "The spelling on the document is in Latin letters: confirm or type it so.")
    if name and not mrz_form(field, name):
        raise InvalidInput(field, "Nothing of this spelling can stand in the machine readable zone: use letters A-Z.")
    return name


def check_text(field: str, text: str, *, max_length: int = MAX_TEXT) -> str:
    """Any other line of text (address, place, note): NFC, single spaces, digits welcome. InvalidInput as for names."""
    return _clean(field, text, max_length)


def is_latin(text: str) -> bool:
    """Whether every letter is Latin; true for an empty text."""
    return all("LATIN" in unicodedata.name(char, "") for char in text if _is_letter(char))


def _is_letter(character: str) -> bool:
    """Whether this is a letter by itself: marks that are called letters, as the Japanese long vowel, are of any."""
    return unicodedata.category(character) in ("Lu", "Ll", "Lo")


def search_key(family_name: str, given_names: str) -> str:
    """The name field of the MRZ without its fillers, `AL<MASRI<<LAYLA`: one form for all spellings of a name.

    Not cut to a document's width. InvalidInput where a script has no ICAO table.
    """
    family, given = (mrz_form(*name) for name in (("family_name", family_name), ("given_names", given_names)))
    return "<<".join(part.replace(" ", "<") for part in (family, given) if part)


def mrz_form(field: str, name: str) -> str:
    """A name in MRZ letters; InvalidInput names the letter of a script without ICAO table."""
    try:
        return to_mrz(name)
    except TransliterationError as error:
        raise InvalidInput.of(error, field) from error


def similarity(key: str, other: str) -> float:
    """How alike two search keys are, 0 to 1.

    1: the same words in any order, so that swapped family and given names are found. 0.9: all words of the one are
    among those of the other, since offices drop names. Otherwise one minus the edit distance over the longer length,
    with the words as written or sorted, whichever is nearer.
    """
    words, others = key.replace("<", " ").split(), other.replace("<", " ").split()
    if not words or not others:
        return 0.0
    if sorted(words) == sorted(others):
        return 1.0
    if set(words) <= set(others) or set(others) <= set(words):
        return 0.9
    return max(_ratio(words, others), _ratio(sorted(words), sorted(others)))


def is_similar(key: str, other: str) -> bool:
    """Whether a clerk should see the other person before lodging (E24), birth dates aside; see `dates_agree`."""
    return similarity(key, other) >= SIMILAR


def dates_agree(birth_date: str, other: str) -> bool:
    """Whether two birth dates (YYYY-MM-DD, XX where unknown) can be the same day: unknown parts match anything."""
    one, two = PartialDate.parse(birth_date), PartialDate.parse(other)
    pairs = ((one.year, two.year), (one.month, two.month), (one.day, two.day))
    return all(None in pair or pair[0] == pair[1] for pair in pairs)


def split_representative(text: str) -> tuple[str, str]:
    """`Ionescu Maria (guardian)` as who and relation; InvalidInput (field `representative`) for any other form.

    Who has a digit is no name, but a reference or document number.
    """
    match = re.fullmatch(r"([^()]+)\(([^()]+)\)", _clean("representative", text, MAX_TEXT))
    if not match or not match.group(2).strip():
        raise InvalidInput(
            "representative", "Write the representative as: Name (relation), for example Popa Ana (mother)."
        )
    who, relation = match.group(1).strip(), match.group(2).strip()
    return who if any(map(str.isdigit, who)) else check_name("representative", who), relation


def _clean(field: str, text: str, max_length: int) -> str:
    """NFC and single spaces; refuses what is too long, invisible or not a character."""
    if len(text) > 4 * max_length:  # before any work on it: a field can be megabytes long
        raise _too_long(field, max_length)
    cleaned = unicodedata.normalize("NFC", _SPACES.sub(" ", text).strip(" \t\r\n"))
    for character in cleaned:
        _check_character(field, character)
    if "M" * (_MAX_MARKS + 1) in "".join(unicodedata.category(char)[0] for char in cleaned):
        raise InvalidInput(field, "There are too many marks on one letter. Type it again from the paper.")
    if len(cleaned) > max_length:
        raise _too_long(field, max_length)
    return cleaned


def _too_long(field: str, limit: int) -> InvalidInput:
    return InvalidInput(field, "At most %(limit)d characters. Shorten it as the holder agrees.", limit=limit)


def _check_character(field: str, character: str) -> None:
    """Refuse what nobody can see or no font can know."""
    category = unicodedata.category(character)
    visible = category[0] != "C" and category not in ("Zl", "Zp")
    if visible or character in _JOINERS:
        return
    if character in _DIRECTIONS:
        message = "The invisible direction mark %(code)s can hide what is written: delete the field and type it again."
    elif category in ("Co", "Cn", "Cs"):
        message = "%(code)s is not a character of any script: delete it and type the letter meant."
    else:
        message = "The invisible control character %(code)s cannot be kept: delete the field and type it again."
    raise InvalidInput(field, message, code=f"U+{ord(character):04X}")


def _check_name_character(field: str, character: str) -> None:
    """Refuse what no name has."""
    category = unicodedata.category(character)
    if category[0] in "LM" or character in _PUNCTUATION or character in _JOINERS or character == " ":
        return
    if category[0] == "N":
        message = "A name has no digits: delete %(code)s, or move it to the field it belongs to."
    else:
        message = "%(code)s is no part of a name: delete it."
    raise InvalidInput(field, message, code=shown(character))


def _check_scripts(field: str, name: str) -> None:
    """Refuse a word of Latin letters with one that only looks so, by naming it."""
    for word in name.split(" "):
        if not is_latin(word) and any(_is_letter(char) and is_latin(char) for char in word):
            mrz_form(field, word)


def _ratio(words: list[str], others: list[str]) -> float:
    one, two = " ".join(words), " ".join(others)
    return 1 - _edit_distance(one, two) / max(len(one), len(two))


def _edit_distance(one: str, two: str) -> int:
    """Levenshtein: the fewest letters to insert, delete or replace."""
    row = list(range(len(two) + 1))
    for i, letter in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(two, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (letter != other))
    return row[-1]
