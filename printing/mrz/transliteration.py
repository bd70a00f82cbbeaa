"""Names into MRZ letters by the tables of Doc 9303-3 section 6, and Latin spellings to propose by the same tables.

There are tables for Latin, Cyrillic and Arabic (with Persian, Urdu, Pashto). Bengali, Devanagari, Gurmukhi, Sinhala,
Ethiopic and other scripts have none: the Latin spelling is asked for.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from printing.errors import PrintingError, shown
from printing.mrz.tables import (
    ARABIC,
    ARABIC_READABLE,
    CYRILLIC,
    CYRILLIC_EXCEPTIONS,
    CYRILLIC_FIRST,
    LATIN,
    SHADDA,
    TEH_MARBUTA,
    TEH_MARBUTA_LAST,
)

# Not punctuation to Unicode, but typed for an apostrophe: grave and acute accent, modifier letters, saltillo.
_APOSTROPHES = frozenset("`´ʹʺʻʼʽʾʿˈˊˋˮꞋꞌ")
_HYPHENS_BY_SHAPE = frozenset("\u2212\u2043")
_COMMAS = frozenset(",\u060c\uff0c\u3001")
_JOINERS = frozenset("\u200c\u200d\u180e")
_JAPANESE = {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}
"""Its scripts stand side by side in one word."""
_LAM, _HEH = "\u0644", "\u0647"


class TransliterationError(PrintingError, ValueError):
    """A character without a form in MRZ letters. `character` is it, `script` its script where that is the reason.

    The message names the character and what to do, never the whole name.
    """

    def __init__(self, message: str, character: str, script: str | None = None) -> None:
        self.character, self.script = character, script
        super().__init__(message, character=shown(character), **{"script": script.capitalize()} if script else {})


def to_mrz(text: str, language: str | None = None) -> str:
    """`text` in MRZ letters A-Z, one space between name components.

    `language` (ISO 639-1, `uk` or `uk-UA`) chooses the exceptions of the Cyrillic table; without it, or for another
    language, the table's default holds. Apostrophes and other punctuation are omitted, hyphens and commas separate
    components (Doc 9303-3, 4.6). TransliterationError for a letter without a table, a digit, an invisible character,
    or a word of letters of two scripts. Text without any letter gives an empty string.
    """
    words = re.split("[ -]+", _plain(text))
    return " ".join(filter(None, (_word(word, language) for word in words)))


def propose_latin(text: str, language: str | None = None) -> str | None:
    """A Latin spelling to propose to a person, who confirms or corrects it; None where the tables give none.

    Latin text is proposed as it is, Cyrillic in the letters of the ICAO table, capitals first. For Arabic the MRZ form
    is exact but unreadable (MXHMD), so the escapes are replaced by common English letters; short vowels, which the
    script does not write, are missing: the proposal is a skeleton (Mhmd) to be filled in from a document or by ear.
    """
    try:
        plain = _plain(text)
        to_mrz(text, language)  # what has no MRZ form cannot be proposed
        if all(_script(character) == "LATIN" for character in plain if character.isalpha()):
            return " ".join(unicodedata.normalize("NFC", text).split())
        return re.sub("[^ -]+", lambda word: _word(word.group(), language, readable=True).capitalize(), plain)
    except TransliterationError:
        return None


def _plain(text: str) -> str:
    """Letters and marks of `text` in composed form, single spaces, and `-` for every hyphen; the rest is gone."""
    kept = "".join(map(_keep, unicodedata.normalize("NFC", _without_presentation_forms(text))))
    return " ".join(kept.split()).strip("-")


def _without_presentation_forms(text: str) -> str:
    """Ligatures and positional shapes (U+FB00 to U+FEFC), as copied from PDFs, replaced by their letters."""
    return "".join(unicodedata.normalize("NFKC", char) if "\ufb00" <= char <= "\ufefc" else char for char in text)


@lru_cache(maxsize=1024)
def _keep(character: str) -> str:
    """What remains of a character: itself if a letter or mark, a space, `-`, or nothing (Doc 9303-3, 4.6)."""
    category = unicodedata.category(character)
    if character in _APOSTROPHES or character in _JOINERS:
        return ""
    if category == "Pd" or character in _HYPHENS_BY_SHAPE:
        return "-"
    if category == "Zs" or character in _COMMAS:
        return " "
    if category[0] == "P":
        return ""
    if category[0] in "LM":
        return character
    if category[0] == "N":
        message = "%(character)s is a digit: names have none, write Roman numerals with letters."
    elif category[0] == "S":
        message = "%(character)s is a symbol and cannot stand in a name: delete it."
    else:
        message = "%(character)s is a control or direction mark, or no character: type the name again."
    raise TransliterationError(message, character)


@lru_cache(maxsize=4096)
def _word(word: str, language: str | None, *, readable: bool = False) -> str:
    """One name component, which must be of one script; remembered, since names share their words."""
    scripts = {character: _script(character) for character in word if character.isalpha()}
    for character, script in scripts.items():
        if not {script, scripts[next(iter(scripts))]} <= _JAPANESE and script != scripts[next(iter(scripts))]:
            message = "%(character)s is a %(script)s letter among others: type the word in one script."
            raise TransliterationError(message, character, script)
    if "ARABIC" in scripts.values():
        return _arabic(word, ARABIC_READABLE) if readable else _arabic(word, ARABIC, TEH_MARBUTA_LAST)
    primary_language = re.split("[-_]", language or "")[0].lower()
    table = LATIN | CYRILLIC | CYRILLIC_EXCEPTIONS.get(primary_language, {})
    first = table | CYRILLIC_FIRST.get(primary_language, {})
    return "".join(_letter(char, table if place else first) for place, char in enumerate(word) if not _is_mark(char))


def _letter(character: str, table: dict[str, str]) -> str:
    """A Latin or Cyrillic letter in MRZ letters."""
    codes = [_code(capital, table) for capital in character.upper()]
    if None in codes:
        raise _no_table(character)
    return "".join(filter(None, codes))


def _code(capital: str, table: dict[str, str]) -> str | None:
    """The code of a capital letter, or of what remains of it without its mark (Ș: S), None if there is neither."""
    if capital in table:
        return table[capital]
    base = unicodedata.decomposition(capital).split(" ")[0]
    return _code(chr(int(base, 16)), table) if base and base[0] != "<" else None


def _arabic(word: str, table: dict[str, str], teh_marbuta_last: str | None = None) -> str:
    """A component in Arabic script; marks but shadda are not encoded (Doc 9303-3, appendix B.5)."""
    letters = [
        char for char in word if char == SHADDA or (table.get(char, "x") and unicodedata.category(char)[0] != "M")
    ]
    codes: list[str] = []
    for place, letter in enumerate(letters):
        if letter == SHADDA:
            if codes and not _is_allah(letters, place):
                codes.append(codes[-1].removeprefix("X"))
        elif letter == TEH_MARBUTA and teh_marbuta_last and place == len(letters) - 1:
            codes.append(teh_marbuta_last)
        elif letter in table:
            codes.append(table[letter])
        else:
            raise _no_table(letter)
    return "".join(codes)


def _is_mark(character: str) -> bool:
    """Whether this is a mark that the MRZ leaves out: accents without a composed letter, vowel signs."""
    return unicodedata.category(character)[0] == "M" and _script(character) in ("COMBINING", "CYRILLIC", "ARABIC")


def _is_allah(letters: list[str], place: int) -> bool:
    """Whether the shadda at `place` is that of the name Allah, whose two lams are written out (B.5.5.11)."""
    return letters[max(place - 2, 0) : place + 2] == [_LAM, _LAM, SHADDA, _HEH]


@lru_cache(maxsize=1024)
def _script(character: str) -> str:
    """The first word of the character's Unicode name, which for letters is the script."""
    return unicodedata.name(character, "UNKNOWN").split(" ")[0]


def _no_table(character: str) -> TransliterationError:
    message = "%(character)s of the %(script)s script has no ICAO transliteration: type the Latin spelling."
    return TransliterationError(message, character, _script(character))
