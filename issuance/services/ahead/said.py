"""What a family says of itself before it comes, and how it is kept and carried: as JSON, never in clear."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from issuance.values import names
from printing.mrz.transliteration import propose_latin

MOST_PEOPLE = 12
"""Of one form: a larger family fills in another."""

NEEDS = ("interpreter", "signs", "reading", "step_free", "woman", "quiet", "milk")
"""What somebody may need at the visit. Why is never asked."""

OTHER = "other"
"""What a person of the form is to the first one, when it is none of the ties of the register."""


@dataclass(frozen=True)
class Member:
    """One person: names as they write them and, where they know it, in Latin letters; `birth_date` is `YYYY-MM-DD` with
    XX where unknown. `tie` is what the person is to the first one of the form (`family.TIES`), or OTHER.
    """

    family_name: str
    birth_date: str
    sex: str
    nationality: str
    language: str
    given_names: str = ""
    latin_family: str = ""
    latin_given: str = ""
    birth_place: str = ""
    tie: str = OTHER

    @property
    def full_name(self) -> str:
        """As the person writes it."""
        return " ".join(filter(None, (self.given_names, self.family_name)))

    @property
    def native_name(self) -> str:
        """The name in its own script, empty where that is Latin."""
        whole = " ".join(filter(None, (self.family_name, self.given_names)))
        return "" if names.is_latin(whole) else whole

    def spelt(self, own: str, latin: str) -> str:
        """The Latin spelling of one of the names: as they said it, else by the tables; empty without a table."""
        return latin or propose_latin(own, self.language) or ""


@dataclass(frozen=True)
class Family:
    """The people of a form in their order, the first one first, what they need, and how to reach them.

    At the window a person who was lodged is left out as None; `first` is then the request of the first one.
    """

    people: tuple[Member | None, ...] = ()
    needs: tuple[str, ...] = ()
    contact: str = ""
    first: UUID | None = None

    @property
    def waiting(self) -> list[int]:
        """The places of those who are not lodged yet."""
        return [place for place, member in enumerate(self.people) if member]

    def with_person(self, place: int, member: Member) -> Family:
        """The family with this person at a place; beyond the last one, added."""
        people = [*self.people]
        people[place : place + 1] = [member]
        return replace(self, people=tuple(people))

    def without(self, place: int) -> Family:
        """The family as if that person had not been written."""
        return replace(self, people=self.people[:place] + self.people[place + 1 :])

    def lodged(self, place: int, request_id: UUID) -> Family:
        """The family once the person at a place has a request: nothing of them is kept here any more."""
        people = (*self.people[:place], None, *self.people[place + 1 :])
        return replace(self, people=people, first=request_id if place == 0 else self.first)


def packed(family: Family) -> bytes:
    """The family as bytes."""
    said = asdict(family) | {"first": str(family.first) if family.first else None}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def unpacked(data: bytes) -> Family:
    """What `packed` made bytes of."""
    said: dict[str, Any] = json.loads(data)
    people = tuple(Member(**each) if each else None for each in said["people"])
    first = UUID(said["first"]) if said["first"] else None
    return Family(people, tuple(said["needs"]), said["contact"], first)
