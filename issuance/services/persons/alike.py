"""Persons of the register who are alike: shown on each other's page until somebody says that they are two, or one."""

from __future__ import annotations

from issuance.acts import Act, Look
from issuance.errors import InvalidInput
from issuance.models.people import Person
from issuance.services.care import protection
from issuance.services.persons import people, records
from issuance.services.persons.identity import Identity


def others(look: Look, person: Person) -> list[Person]:
    """Persons alike of whom nobody said yet that they are others."""
    said = {name: getattr(person, name) for name in ("family_name", "given_names", "native_name", "birth_date")}
    identity = Identity(**said, sex=person.sex, nationality=person.nationality, status=person.status)
    known = records.known_others(look, person) | {person.id}
    known |= protection.hidden(look)
    return [each for each in people.similar(look, identity) if each.id not in known]


def say_two(act: Act, person: Person, other: Person) -> None:
    """Somebody compared both and says that they are two persons: nobody is asked again."""
    if records.owner(act, other).id == person.id:
        raise InvalidInput("other", "This is the person of this page. Choose the other one.")
    if records.keep_two(act, person, [other.id]):
        act.record("person.two_said", person, other)
