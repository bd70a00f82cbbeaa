"""What a person showed of who they are at the lodging: a choice with number and state, not a word to be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from issuance.errors import InvalidInput
from issuance.values import names
from issuance.values.codes import one_of
from printing.mrz.codes import NATIONALITIES

LONGEST_NUMBER = 24
"""Characters of the number of a passport or card: no state writes a longer one."""
LONGEST_OTHER = 100
"""Characters of what another document is, with its number."""


class TravelDocument(StrEnum):
    """The kind of document that was shown; what has a photo says who somebody is (docs/law.md, E16)."""

    NONE = "none"
    PASSPORT = "passport"
    IDENTITY_CARD = "identity_card"
    OTHER_WITH_PHOTO = "other_with_photo"
    OTHER_WITHOUT_PHOTO = "other_without_photo"


TRAVEL_DOCUMENTS = tuple(TravelDocument)
NUMBERED = (TravelDocument.PASSPORT, TravelDocument.IDENTITY_CARD)
WITHOUT_PHOTO = (TravelDocument.NONE, TravelDocument.OTHER_WITHOUT_PHOTO)

_PASSPORT = r"passport|pa[șşs]aport|passeport"
_PAPERS = rf"(?:{_PASSPORT}|travel document|document de călătorie|documente?|papers|acte)"
WORDS = {
    TravelDocument.NONE: rf"none|(?:no|without|fără|fara|niciun) {_PAPERS}",
    TravelDocument.PASSPORT: _PASSPORT,
    TravelDocument.IDENTITY_CARD: r"identity[ _]card|carte de identitate",
    TravelDocument.OTHER_WITH_PHOTO: r"other_with_photo",
    TravelDocument.OTHER_WITHOUT_PHOTO: r"other_without_photo",
}
"""How a file's text begins for each of them: by its code, or as earlier files say it."""
OTHER = r"birth certificate\b|certificat de na[șşs]tere\b"
"""What earlier files call by its name: a document without photo."""


@dataclass(frozen=True)
class ShownDocument:
    """`number` of another document also says what it is; `state` is the ICAO code of who issued it, or empty."""

    kind: TravelDocument = TravelDocument.NONE
    number: str = ""
    state: str = ""

    @property
    def is_declared(self) -> bool:
        """Whether identity is only declared: neither a passport nor another document with photo was shown (E16)."""
        return self.kind in WITHOUT_PHOTO

    @property
    def told(self) -> str:
        """Number and state, as a page shows them behind the kind."""
        return f"{self.number} {self.state}".strip()


NOTHING_SHOWN = ShownDocument()


def shown(kind: str, number: str, state: str) -> ShownDocument:
    """What was chosen and typed, in one form. InvalidInput names the field: `travel_document_shown`, `..._number`..."""
    chosen = one_of("travel_document_shown", kind, TRAVEL_DOCUMENTS)
    if chosen == TravelDocument.NONE:
        return NOTHING_SHOWN
    if state and state not in NATIONALITIES:
        raise InvalidInput("travel_document_state", "This is no ICAO code of a state, such as SYR (Doc 9303-3).")
    limit = LONGEST_NUMBER if chosen in NUMBERED else LONGEST_OTHER
    kept = names.check_text("travel_document_number", number, max_length=limit)
    if chosen in NUMBERED:
        kept = _number(kept)
    return ShownDocument(chosen, kept, state)


def _number(text: str) -> str:
    number = "".join(text.split()).upper()
    if number and not re.fullmatch(r"(?=.*\d)[A-Z0-9/.-]+", number):
        raise InvalidInput("travel_document_number", "Type the number of the passport or card as it stands there.")
    return number


def read(field: str, text: str) -> ShownDocument:
    """A file's text, as `passport N004512873 SYR` or as earlier files say it. InvalidInput when it cannot be told."""
    kind, rest = _kind_of(names.check_text(field, text))
    if kind is None:
        raise InvalidInput(
            field,
            "Write the kind first, then number and state: none, passport, identity_card, other_with_photo or"
            " other_without_photo.",
        )
    try:
        return shown(kind, *_number_and_state(rest))
    except InvalidInput as error:
        error.field = field
        raise


def _kind_of(line: str) -> tuple[TravelDocument | None, str]:
    """The kind that a line begins with, and what follows it."""
    if not line:
        return TravelDocument.NONE, ""
    if re.match(OTHER, line, re.IGNORECASE):
        return TravelDocument.OTHER_WITHOUT_PHOTO, line
    for kind, words in WORDS.items():
        if match := re.match(rf"(?:{words})\b[\s:,]*", line, re.IGNORECASE):
            return kind, line[match.end() :]
    return None, line


def _number_and_state(rest: str) -> tuple[str, str]:
    number, _, last = rest.rpartition(" ")
    return (number, last) if last in NATIONALITIES and number else (rest, "")
