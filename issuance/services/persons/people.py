"""Persons: found again, shown when similar, spelt."""

from __future__ import annotations

import datetime as dt
import unicodedata
from itertools import product
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.errors import Conflict, NotFound
from issuance.models.people import Person, PersonName
from issuance.models.requests import IssuanceRequest
from issuance.services.persons.identity import Identity
from issuance.values import names

# One letter to a reader, several to keyboards: Arabic, Persian and Urdu kaf, yeh and heh. The tatweel only stretches.
_KAF, _YEH, _HEH = "\u0643", "\u064a", "\u0647"
_KEYBOARDS = str.maketrans(
    dict.fromkeys("\u06a9", _KAF)
    | dict.fromkeys("\u0649\u06cc\u06d2", _YEH)
    | dict.fromkeys("\u0629\u06be\u06c1\u06d5", _HEH)
    | {"\u0640": None}
)


def find_or_add(act: Act, identity: Identity, chosen: UUID | None, *, by_hand: bool) -> Person:
    """The person chosen by the clerk, known by reference or by name, birth date and nationality, or a new one.

    Conflict when a Eurodac reference or CNP is already somebody else's: both are unique (S2).
    """
    person = _chosen(act, chosen) or _same(act, identity, by_hand=by_hand) or _new(act, identity)
    _check_unique(act, person, identity)
    person.eurodac_reference = person.eurodac_reference or identity.eurodac_reference or None
    person.cnp = person.cnp or identity.checked_cnp
    person.address = identity.address or person.address
    person.status = identity.status
    person.other_nationalities = list(identity.other_nationalities) or person.other_nationalities or []
    person.vulnerable = person.vulnerable or identity.vulnerable
    try:
        act.session.flush()
    except IntegrityError as error:  # another clerk wrote the same number between our look and our write
        raise Conflict(
            "This number was given to another person a moment ago. Search by it and compare.",
            field="cnp" if identity.cnp else "eurodac_reference",
        ) from error
    return person


def similar(look: Look, identity: Identity) -> list[Person]:
    """Persons whose name in MRZ form is alike and whose birth date agrees where both are known (E24)."""
    key, birth_date = identity.latin.search_key, identity.birth_date
    namesakes = select(PersonName.person_id).where(PersonName.word.in_(_mrz_words(key)))
    if dates := _agreeing(birth_date):
        named = namesakes.where(PersonName.person_id == Person.id).exists()
        query = select(Person).where(Person.birth_date.in_(dates), named)
    else:
        query = select(Person).where(Person.id.in_(namesakes))
    return [
        person
        for person in look.session.scalars(query)
        if names.dates_agree(person.birth_date, birth_date) and names.is_similar(person.mrz_name, key)
    ]


def _agreeing(birth_date: str) -> list[str]:
    """Every text of a birth date that can be the same day, by which the index finds them: eight for a known day.

    None for an unknown year: that could be nearly anybody's.
    """
    year, month, day = birth_date.split("-")
    if "X" in year:
        return []
    months = [month] if "X" not in month else [f"{each:02}" for each in range(1, 13)]
    days = [day] if "X" not in day else [f"{each:02}" for each in range(1, 32)]
    return ["-".join(parts) for parts in product((year, "XXXX"), (*months, "XX"), (*days, "XX"))]


def spell(person: Person, family_name: str, given_names: str) -> None:
    """Take a confirmed Latin spelling, and make the person findable by it."""
    person.family_name, person.given_names = family_name, given_names
    person.latin_confirmed = True
    _index_names(person)


def close_case(act: Act, case_reference: str, event: str, on: dt.date) -> None:
    """Case handling says that the person's case ended by a final event (E15). NotFound for an unknown reference."""
    request = act.session.scalar(select(IssuanceRequest).where(IssuanceRequest.case_reference == case_reference))
    if request is None:
        raise NotFound("The register has no case %(reference)s.", reference=case_reference[:40])
    request.person.case_closed_on, request.person.case_closed_event = on, event[:100]
    act.record("case.closed", request, request.person)


def folded_words(text: str) -> set[str]:
    """The words of a name in any script, without case, marks, joiners or width differences: what search compares."""
    decomposed = unicodedata.normalize("NFKD", text).casefold().translate(_KEYBOARDS)
    kept = (" " if unicodedata.category(char)[0] in "PZ" else char for char in decomposed if not _is_left_out(char))
    return set("".join(kept).split())


def _is_left_out(char: str) -> bool:
    # Only what spelling leaves out at will: accents, Arabic vowel signs, joiners; not the vowels of Indic scripts.
    mark = unicodedata.category(char) == "Mn" and unicodedata.combining(char) != 0 and not _is_indic(char)
    return mark or unicodedata.category(char) == "Cf"


def _is_indic(char: str) -> bool:
    return 0x0900 <= ord(char) <= 0x0DFF


def _chosen(look: Look, person_id: UUID | None) -> Person | None:
    if person_id is None:
        return None
    person = look.session.get(Person, person_id)
    if person is None:
        raise NotFound("The chosen person is not in the register. Search again.")
    return person


def _same(look: Look, identity: Identity, *, by_hand: bool) -> Person | None:
    """The person case handling means: same Eurodac reference, or same name, full birth date and nationality."""
    if identity.eurodac_reference:
        known = look.session.scalar(select(Person).where(Person.eurodac_reference == identity.eurodac_reference))
        if known:
            return known
    if by_hand or "X" in identity.birth_date:
        return None
    query = select(Person).where(
        Person.mrz_name == identity.latin.search_key,
        Person.birth_date == identity.birth_date,
        Person.nationality == identity.nationality,
    )
    found = look.session.scalars(query).all()
    return found[0] if len(found) == 1 else None


def _check_unique(look: Look, person: Person, identity: Identity) -> None:
    if identity.eurodac_reference and person.eurodac_reference not in (None, identity.eurodac_reference):
        raise Conflict(
            "This person already has another Eurodac reference. Check both against the file.", field="eurodac_reference"
        )
    if person.birth_date != identity.birth_date or person.mrz_name != identity.latin.search_key:
        raise Conflict(
            "This Eurodac reference, or the person chosen, belongs to someone with another name or birth date."
            " Open that person and compare before lodging.",
            field="eurodac_reference",
        )
    cnp = identity.checked_cnp
    if cnp and person.cnp not in (None, cnp):
        raise Conflict("This person already has another CNP. Check both against the file.", field="cnp")
    if cnp and look.session.scalar(select(Person.id).where(Person.cnp == cnp, Person.id != person.id)):
        raise Conflict("This CNP is already another person's. Search by it and compare.", field="cnp")


def _new(act: Act, identity: Identity) -> Person:
    latin = identity.latin
    person = Person(
        family_name=latin.family_name,
        given_names=latin.given_names,
        latin_confirmed=latin.confirmed,
        native_name=identity.native_name,
        birth_date=identity.birth_date,
        birth_place=latin.birth_place,
        sex=identity.sex,
        nationality=identity.nationality,
        status=identity.status,
        language=identity.language,
    )
    _index_names(person)
    act.session.add(person)
    act.session.flush()
    return person


def _index_names(person: Person) -> None:
    person.mrz_name = names.search_key(person.family_name, person.given_names)
    words = folded_words(f"{person.family_name} {person.given_names} {person.native_name}")
    words |= _mrz_words(person.mrz_name)
    person.names = [PersonName(word=word) for word in sorted(words)]


def _mrz_words(key: str) -> set[str]:
    return folded_words(key.replace("<", " "))
