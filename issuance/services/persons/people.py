"""Persons: found again, shown when similar, spelt; changed, version after version."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import uuid7
from issuance.errors import Conflict, NotFound, StaleState
from issuance.models.people import HOLDER_FIELDS, Holder, Person, PersonName, PersonVersion
from issuance.models.requests import IssuanceRequest
from issuance.services.care import observations, protection, veil
from issuance.services.persons import keys, records, versions
from issuance.services.persons.identity import Identity
from issuance.services.persons.versions import Made
from issuance.services.residence import history
from issuance.values import names, sounds

# One letter to a reader, several to keyboards: Arabic, Persian and Urdu kaf, yeh and heh. The tatweel only stretches.
_KAF, _YEH, _HEH = "\u0643", "\u064a", "\u0647"
_KEYBOARDS = str.maketrans(
    dict.fromkeys("\u06a9", _KAF)
    | dict.fromkeys("\u0649\u06cc\u06d2", _YEH)
    | dict.fromkeys("\u0629\u06be\u06c1\u06d5", _HEH)
    | {"\u0640": None}
)


def find_or_add(
    act: Act, identity: Identity, chosen: UUID | None, *, by_hand: bool, earlier: str = ""
) -> tuple[Person, PersonVersion]:
    """The person chosen, the one whom case handling certainly means (`keys.meant`), or a new one; with what the
    register says now.

    Conflict when a Eurodac reference or CNP is already somebody else's: both are unique (S2). The register's spelling
    stays; what case handling wrote is kept as a key.
    """
    person = _chosen(act, chosen) or _same(act, identity, earlier, by_hand=by_hand)
    if person is not None:
        if by_hand or chosen:
            protection.check(act, person)
        decided = not by_hand and (chosen is not None or keys.is_known_as(act, person, identity))
        _check_unique(act, person, identity, decided=decided)
        if by_hand:
            _check_same(person, identity)
    try:
        version = _told_again(act, person, identity) if person else None
        if person is None or version is None:
            person, version = _new(act, identity)
        if identity.vulnerable:
            observations.flag(act, person, "desk" if by_hand else "case_handling")
        if not by_hand:
            keys.remember(act, person, identity)
        return person, version
    except IntegrityError as error:  # another clerk wrote the same number between our look and our write
        raise Conflict(
            "This number was given to another person a moment ago. Search by it and compare.",
            field="cnp" if identity.cnp else "eurodac_reference",
        ) from error


def meant_or_new(look: Look, identity: Identity, chosen: UUID | None, *, earlier: str = "") -> Person:
    """Whom `find_or_add` would find of case handling's, or whom it would make, which is not kept; Conflict as there."""
    person = _chosen(look, chosen) or _same(look, identity, earlier, by_hand=False)
    found = person or made(identity)
    decided = person is None or chosen is not None or keys.is_known_as(look, found, identity)
    _check_unique(look, found, identity, decided=decided)
    return found


def add_stranger(act: Act, identity: Identity) -> tuple[Person, PersonVersion]:
    """A new person of case handling's, of whom this act knows that nobody alike is there (`strangers.among`)."""
    person, version = _added(act, identity)
    if identity.vulnerable:
        observations.flag(act, person, "case_handling")
    keys.remember(act, person, identity)
    return person, version


def _told_again(act: Act, person: Person, identity: Identity) -> PersonVersion:
    """Somebody known lodges again: numbers that were missing, the status and the address of today."""
    said = {
        "eurodac_reference": person.eurodac_reference or identity.eurodac_reference or None,
        "cnp": person.cnp or identity.checked_cnp,
        "address": identity.address or person.address,
        "status": identity.status,
        "other_nationalities": identity.other_nationalities or person.other_nationalities,
    }
    return change(act, person, said, Made("lodged"))


def differing(person: Person, identity: Identity) -> dict[str, tuple[str, str]]:
    """Where the register says otherwise of somebody known than what was said now: field, the register's, what was said.

    What was left empty says nothing, nor do capitals where a name is written with others.
    """
    said = {
        "family_name": identity.latin.family_name,
        "given_names": identity.latin.given_names,
        "native_name": identity.native_name,
        "birth_date": identity.birth_date,
        "birth_place": identity.latin.birth_place,
        "sex": identity.sex,
        "nationality": identity.nationality,
        "other_nationalities": identity.other_nationalities,
        "status": identity.status,
        "address": identity.address,
    }
    kept = {name: getattr(person, name) for name in said}
    return {
        name: (kept[name], said[name]) for name in said if said[name] and _is_otherwise(name, kept[name], said[name])
    }


def _is_otherwise(field: str, kept: str, said: str) -> bool:
    is_name = field in ("family_name", "given_names")
    return kept.casefold() != said.casefold() if is_name else kept != said


def _check_same(person: Person, identity: Identity) -> None:
    """Conflict when somebody typed otherwise what is corrected, and not told anew: only an address is."""
    if wrong := [name for name in differing(person, identity) if name != "address"]:
        raise Conflict(
            "The register says otherwise of this person. Compare both; where the register is wrong, correct it on the"
            " page of the person first.",
            field=wrong[0],
        )


def change(act: Act, person: Person, said: Mapping[str, object], made: Made) -> PersonVersion:
    """The one way to change what the register says of a person: the version before stays as it is (ADR 0038)."""
    before = versions.newest(act, person)
    changed = {name: value for name, value in said.items() if getattr(person, name) != value}
    if not changed:
        return before
    for name, value in changed.items():
        setattr(person, name, value)
    _index_names(person)
    act.session.flush()
    if "address" in changed:
        history.follow(act, person, made.why)
    return versions.keep(act, person, made, before.number + 1)


def lock(act: Act, person: Person) -> None:
    """Nobody approves while a person is corrected, and the other way round. StaleState when somebody was faster."""
    seen = person.version
    act.session.flush()
    act.session.refresh(person, with_for_update=True)
    if person.version != seen:
        raise StaleState("Someone else changed this meanwhile. Compare below and send it again.")


def similar(look: Look, identity: Identity) -> list[Person]:
    """Persons whose name is alike, in whatever script and spelling, and who may be born that day (E24).

    Swapped names, and day and month swapped, are alike. Who is known to be another than the one whom a number means
    is left out.
    """
    sought = Sought.of(identity)
    namesakes = select(PersonName.person_id).where(PersonName.sound.in_(sought.heard))
    if sought.texts:
        named = namesakes.where(PersonName.person_id == Person.id).exists()
        query = select(Person).where(Person.birth_date.in_(sorted(sought.texts)), named)
    else:
        query = select(Person).where(Person.id.in_(namesakes))
    with veil.comparing(look.session):
        found = [record for record in look.session.scalars(query) if sought.is_like(record)]
        known = keys.numbered(look, identity)
        others = records.known_others(look, known[0]) if len(known) == 1 else set()
        persons = [person for person in records.owners(look, found) if person.id not in others]
    veil.cover(look.session, [*found, *known, *persons])
    return persons


@dataclass(frozen=True)
class _Spelling:
    """A name as the MRZ has it, and how it sounds."""

    key: str
    heard: tuple[str, ...]

    def is_like(self, other: _Spelling) -> bool:
        return names.is_similar(self.key, other.key) or sounds.sound_alike(self.heard, other.heard)


class Called(Protocol):
    """A person, or the columns that say how one is called and when born."""

    @property
    def mrz_name(self) -> str:
        """The MRZ form of the name."""

    @property
    def native_name(self) -> str:
        """The name in the holder's own script."""

    @property
    def birth_date(self) -> str:
        """YYYY-MM-DD with XX where unknown."""


@dataclass(frozen=True)
class Sought:
    """Whom somebody alike is sought of: the days that may be the birth date, every text of them, the spellings and
    sounds of the name. No texts: an unknown year could be nearly anybody's."""

    dates: tuple[str, ...]
    texts: frozenset[str]
    spellings: tuple[_Spelling, ...]
    heard: frozenset[str]

    @classmethod
    def of(cls, identity: Identity) -> Sought:
        """What is sought of an identity; InvalidInput for a script without a table."""
        dates = tuple(_dates(identity.birth_date))
        spellings = tuple(_spellings(identity.latin.search_key, identity.native_name))
        texts = frozenset(text for date in dates for text in _agreeing(date))
        return cls(dates, texts, spellings, frozenset(sound for each in spellings for sound in each.heard))

    def is_like(self, record: Called) -> bool:
        """Whether somebody may be born that day and has a name that is alike."""
        agrees = any(names.dates_agree(record.birth_date, date) for date in self.dates)
        return agrees and _is_alike(record, self.spellings)


def _spellings(mrz_name: str, native_name: str) -> list[_Spelling]:
    """A name as its document has it and in its own script."""
    spellings = [_Spelling(mrz_name, tuple(sounds.sounds(mrz_name.replace("<", " "))))]
    heard = tuple(sounds.sounds(native_name))
    return [*spellings, _Spelling("", heard)] if heard else spellings


def _is_alike(person: Called, spellings: Sequence[_Spelling]) -> bool:
    kept = _spellings(person.mrz_name, person.native_name)
    return any(one.is_like(other) for one in kept for other in spellings)


def _dates(birth_date: str) -> list[str]:
    """A birth date, and the one with day and month swapped, where that is one."""
    year, month, day = birth_date.split("-")
    swapped = f"{year}-{day}-{month}"
    return [birth_date, swapped] if "X" not in month + day and int(day) <= 12 and day != month else [birth_date]


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


def spell(act: Act, person: Person, family_name: str, given_names: str) -> None:
    """Take a confirmed Latin spelling, and make the person findable by it."""
    said = {"family_name": family_name, "given_names": given_names, "latin_confirmed": True}
    change(act, person, said, Made("spelling"))


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
    return records.owner(look, person)


def _same(look: Look, identity: Identity, earlier: str, *, by_hand: bool) -> Person | None:
    """The person case handling means; for all, the one whose Eurodac reference it is."""
    if not by_hand and (meant := keys.meant(look, identity, earlier)):
        return meant
    query = select(Person).where(Person.eurodac_reference == identity.eurodac_reference)
    record = look.session.scalar(query) if identity.eurodac_reference else None
    return records.owner(look, record) if record else None


def _check_unique(look: Look, person: Person, identity: Identity, *, decided: bool) -> None:
    """Conflict when a number is another's; or, unless it was `decided` who it is, when name or birth date are."""
    if _has_another(look, person, identity.eurodac_reference):
        raise Conflict(
            "This person already has another Eurodac reference. Check both against the file.", field="eurodac_reference"
        )
    if not decided and (person.birth_date, person.mrz_name) != (identity.birth_date, identity.latin.search_key):
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


def _has_another(look: Look, person: Person, reference: str) -> bool:
    """Whether none of the person's records has this Eurodac reference, and its own has another."""
    if not reference or person.eurodac_reference in (None, "", reference):
        return False
    return reference not in {record.eurodac_reference for record in records.of(look, person)}


def copy(act: Act, person: Person, shown: Holder, made: Made) -> Person:
    """Another person, who was taken for this one: what `shown` says, without the numbers, which are one person's."""
    said = {name: None if name in ("eurodac_reference", "cnp") else getattr(shown, name) for name in HOLDER_FIELDS}
    other = Person(**said, language=person.language)
    _index_names(other)
    act.session.add(other)
    act.session.flush()
    history.begin(act, other)
    versions.keep(act, other, made)
    return other


def _new(act: Act, identity: Identity) -> tuple[Person, PersonVersion]:
    _check_unique(act, made(identity), identity, decided=True)
    return _added(act, identity)


def _added(act: Act, identity: Identity) -> tuple[Person, PersonVersion]:
    person = made(identity)
    _index_names(person)
    act.session.add(person)
    act.flush()
    history.begin(act, person)
    return person, versions.keep(act, person, Made("lodged"))


def made(identity: Identity) -> Person:
    """A person of this identity, who is not kept."""
    latin = identity.latin
    return Person(
        id=uuid7(),  # before it is kept, no look for what is its own may mean everybody's
        family_name=latin.family_name,
        given_names=latin.given_names,
        latin_confirmed=latin.confirmed,
        native_name=identity.native_name,
        birth_date=identity.birth_date,
        birth_place=latin.birth_place,
        sex=identity.sex,
        nationality=identity.nationality,
        other_nationalities=identity.other_nationalities,
        status=identity.status,
        language=identity.language,
        address=identity.address,
        eurodac_reference=identity.eurodac_reference or None,
        cnp=identity.checked_cnp,
    )


def _index_names(person: Person) -> None:
    """Its MRZ name anew, and every word by which it is found; what it was called before stays one."""
    person.mrz_name = names.search_key(person.family_name, person.given_names)
    words = folded_words(f"{person.family_name} {person.given_names} {person.native_name}")
    words |= _mrz_words(person.mrz_name)
    known = {name.word for name in person.names}
    person.names.extend(PersonName(word=word, sound=sounds.of_word(word)) for word in sorted(words - known))


def _mrz_words(key: str) -> set[str]:
    return folded_words(key.replace("<", " "))
