"""Who somebody is, as it was typed or as case handling's file says it; its Latin spelling is worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from issuance.errors import InvalidInput
from issuance.values import names
from issuance.values.cnp import check_cnp
from printing.mrz.transliteration import propose_latin

MOST_NATIONALITIES = 3
"""What a card shows of them."""


@dataclass(frozen=True)
class Spelling:
    """A person's names and place of birth in Latin letters. Not `confirmed`: a proposal, which a person confirms."""

    family_name: str
    given_names: str
    birth_place: str
    confirmed: bool

    @cached_property
    def search_key(self) -> str:
        """The MRZ form of the name, by which persons are found again."""
        return names.search_key(self.family_name, self.given_names)


@dataclass(frozen=True)
class Identity:
    """One person as somebody told us. `birth_date` is `YYYY-MM-DD` with XX where unknown; names are in any script.

    `vulnerable` is need to know (docs/law.md, E25). `other_nationalities` are the codes of those that follow the first.
    """

    family_name: str
    birth_date: str
    sex: str
    nationality: str
    status: str
    given_names: str = ""
    native_name: str = ""
    birth_place: str = ""
    eurodac_reference: str = ""
    cnp: str = ""
    language: str = "ro"
    address: str = ""
    vulnerable: bool = False
    other_nationalities: str = ""

    @cached_property
    def latin(self) -> Spelling:
        """The spelling as given, else as the ICAO tables propose it. InvalidInput for a script without a table."""
        given = names.is_latin(self.family_name) and names.is_latin(self.given_names)
        return Spelling(
            self._latin("family_name"), self._latin("given_names"), self._latin("birth_place"), confirmed=given
        )

    @property
    def checked_cnp(self) -> str | None:
        """The personal number without spaces, None when there is none. InvalidInput for one that cannot be."""
        return check_cnp(self.cnp) if self.cnp else None

    def _latin(self, field: str) -> str:
        text: str = getattr(self, field)
        if names.is_latin(text):
            return text
        proposal = propose_latin(text, self.language)
        if proposal is None:
            raise InvalidInput(field, "This script has no ICAO table: ask for the Latin spelling and write it here.")
        return proposal
