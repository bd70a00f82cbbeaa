"""Whom case handling means: found by numbers, or by what it wrote before; who is only similar, a person decides."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.models.documents import Document
from issuance.models.people import Person, PersonKey
from issuance.services.persons import records
from issuance.services.persons.identity import Identity


def meant(look: Look, identity: Identity, earlier: str = "") -> Person | None:
    """The one person whom the file certainly means; None when there is none, or a person has to decide.

    Certain is a number (Eurodac, CNP, the `earlier` document) whose person case handling wrote so before, or is called
    so here; without a number, everything that the file says of somebody.
    """
    found = numbered(look, identity, earlier)
    if found:
        return found[0] if len(found) == 1 and is_known_as(look, found[0], identity) else None
    alike = [person for person in _written(look, identity) if not contradicts(person, identity)]
    return alike[0] if len(alike) == 1 and "X" not in identity.birth_date else None


def numbered(look: Look, identity: Identity, earlier: str = "") -> list[Person]:
    """The persons whom a number of the file belongs to."""
    query, found = select(Person), dict[object, Person]()
    for number, where in (
        (identity.eurodac_reference, Person.eurodac_reference == identity.eurodac_reference),
        (identity.cnp, Person.cnp == identity.checked_cnp),
        (earlier, Person.id.in_(select(Document.person_id).where(Document.number == earlier))),
    ):
        if number:
            found |= {person.id: person for person in look.session.scalars(query.where(where))}
    return records.owners(look, found.values())


def is_known_as(look: Look, person: Person, identity: Identity) -> bool:
    """Whether the person is called so here, or case handling called the person so before."""
    mine, called = records.of(look, person), (identity.latin.search_key, identity.birth_date)
    if any((record.mrz_name, record.birth_date) == called for record in mine):
        return True
    ids = [record.id for record in mine]
    query = select(PersonKey.id).where(PersonKey.person_id.in_(ids), PersonKey.said == said(identity))
    return look.session.scalar(query.limit(1)) is not None


def remember(act: Act, person: Person, identity: Identity) -> None:
    """Keep what case handling wrote of the person: by it the next file finds the person, whatever the desk mends."""
    key = said(identity)
    if is_new(person) or not _is_kept(act, person, key):
        act.session.add(PersonKey(person_id=person.id, said=key))


def _is_kept(look: Look, person: Person, key: str) -> bool:
    query = select(PersonKey.id).where(PersonKey.person_id == person.id, PersonKey.said == key)
    return look.session.scalar(query) is not None


def said(identity: Identity) -> str:
    """The digest of everything that the file says of who somebody is."""
    words = (
        identity.latin.search_key,
        identity.native_name.casefold(),
        identity.birth_date,
        identity.birth_place.casefold(),
        identity.sex,
        identity.nationality,
    )
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _written(look: Look, identity: Identity) -> list[Person]:
    """Of whom case handling wrote the same before, or of whom the register says the same."""
    by_key = select(PersonKey.person_id).where(PersonKey.said == said(identity))
    found = {person.id: person for person in look.session.scalars(select(Person).where(Person.id.in_(by_key)))}
    called_so = select(Person).where(
        Person.mrz_name == identity.latin.search_key,
        Person.birth_date == identity.birth_date,
        Person.nationality == identity.nationality,
        Person.sex == identity.sex,
    )
    same = {
        person.id: person
        for person in look.session.scalars(called_so)
        if person.birth_place.casefold() in (identity.birth_place.casefold(), identity.latin.birth_place.casefold())
        and person.native_name.casefold() == identity.native_name.casefold()
    }
    return records.owners(look, (found | same).values())


def contradicts(person: Person, identity: Identity) -> bool:
    """Whether a number of the file is another than the person's."""
    pairs = ((person.eurodac_reference, identity.eurodac_reference), (person.cnp, identity.checked_cnp))
    return any(known and given and known != given for known, given in pairs)
