"""The persons of a filled office: two closed requests each, or one open; some names are very common, most are rare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

from issuance.models.people import FamilyLink, Person, PersonName
from issuance.services.persons import people
from issuance.values import names, sounds
from tests.bench.filled.bulk import Bulk, key_at
from tests.bench.filled.papers import Asked
from tests.bench.filled.records import Records

COMMON_GIVEN = {"Mohammad": "محمد", "Ahmad": "أحمد", "Fatima": "فاطمة", "Ali": "علي", "Maryam": "مريم"}
SYLLABLES = {
    "ba": "با", "da": "دا", "fa": "فا", "ha": "ها", "ja": "جا", "ka": "كا", "la": "لا", "ma": "ما", "na": "نا",
    "ra": "را", "sa": "سا", "ta": "تا", "wa": "وا", "ya": "يا", "za": "زا", "bi": "بي", "di": "دي", "mi": "مي",
}  # fmt: skip
RARE = ["".join(parts) for parts in product(SYLLABLES, repeat=3)]
NATIONALITIES = ("SYR", "AFG", "IRQ", "SOM", "UKR")


@dataclass(frozen=True)
class Applicant:
    """Who asks; `ahead`: vulnerable."""

    id: UUID
    ahead: bool


class Persons:
    """Gives the applicant of the next request."""

    def __init__(self, rows: Bulk, random: Random) -> None:
        self._rows, self._random = rows, random
        self._records = Records(rows, random)
        self._often: Applicant | None = None
        self._waiting: Applicant | None = None
        self._single: UUID | None = None
        self._said: dict[str, Any] = {}

    def next(self, at: dt.datetime, types: Sequence[str], *, is_open: bool) -> tuple[Applicant, str]:
        """Who asks for which of the three `types`: a new person, or for every other closed request the last one."""
        if self._often is not None:
            return self._often, self._random.choice(types)
        if is_open:
            return self._new(at), self._random.choice(types)
        if self._waiting is None:
            self._waiting = self._new(at)
            return self._waiting, types[0] if self._random.random() < 0.8 else types[2]
        known, self._waiting = self._waiting, None
        return known, types[1]

    def stay(self, at: dt.datetime) -> None:
        """From here on a new person asks for everything."""
        self._often = self._new(at)

    def about(self, asked: Asked, *, is_open: bool) -> None:
        """What else the register knows of who asked, once with the first request."""
        if self._said:
            self._records.known(self._said, asked, is_open=is_open)
            self._said = {}

    def wait(self, asked: Asked, number: int) -> None:
        """Of the last persons: a correction that nobody settled, or another record that may be the same person's."""
        if number % 4 == 0:
            self._records.correction(asked, None)
        elif number % 4 == 2:
            other = self._person(asked.at)
            self._records.merge(asked, other["id"], agreed=False)

    def _new(self, at: dt.datetime) -> Applicant:
        self._said = self._person(at)
        self._link(self._said["id"], at)
        return Applicant(self._said["id"], self._said["vulnerable"])

    def _person(self, at: dt.datetime) -> dict[str, Any]:
        """A person's row with the words of the name; what it says."""
        random, key = self._random, key_at(at, self._random)
        family = random.choice(RARE)
        common = random.random() < 0.3
        given = random.choices(list(COMMON_GIVEN), (6, 3, 2, 2, 1))[0] if common else random.choice(RARE)
        year, month, day = random.randint(1950, 2024), random.randint(1, 12), random.randint(1, 28)
        said = {
            "id": key,
            "family_name": family.capitalize(),
            "given_names": given.capitalize(),
            "native_name": f"{native(given)} {native(family)}",
            "mrz_name": f"{latin(family)}<<{latin(given)}",
            "birth_date": f"{year}-XX-XX" if random.random() < 0.02 else f"{year}-{month:02}-{day:02}",
            "vulnerable": random.random() < 0.05,
            "sex": random.choice("FM"),
            "nationality": random.choice(NATIONALITIES),
            "status": "refugee",
            "language": "ar",
            "address": "Str. Armoniei 33, Timișoara",
            "eurodac_reference": f"RO1{key.hex[-12:].upper()}",
        }
        self._rows.add(Person, **said)
        for word in sorted(words(family) | words(given)):
            self._rows.add(PersonName, id=key_at(at, random), person_id=key, word=word, sound=sound(word))
        return said

    def _link(self, key: UUID, at: dt.datetime) -> None:
        """Every other person is the spouse of the one before; a few marriages are over."""
        spouse, self._single = self._single, None if self._single else key
        if spouse is None:
            return
        is_over = self._random.random() < 0.1
        self._rows.add(
            FamilyLink,
            id=key_at(at, self._random),
            person_id=min(spouse, key),
            relative_id=max(spouse, key),
            tie="spouse",
            evidence="marriage certificate",
            source="person",
            added_at=at,
            ended_at=at if is_over else None,
            ended_because="over" if is_over else "",
        )


@cache
def native(name: str) -> str:
    """The name in its holder's script."""
    return COMMON_GIVEN.get(name) or "".join(SYLLABLES[name[at : at + 2]] for at in range(0, 6, 2))


@cache
def latin(name: str) -> str:
    """The name in MRZ letters."""
    return names.search_key(name, "")


@cache
def sound(word: str) -> str:
    """How the word sounds."""
    return sounds.of_word(word)


@cache
def words(name: str) -> frozenset[str]:
    """What search finds the name by."""
    return frozenset(people.folded_words(f"{name} {native(name)} {latin(name)}"))
