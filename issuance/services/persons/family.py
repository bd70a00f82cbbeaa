"""Families: who is whose spouse, parent, child or responsible adult, on what evidence, from when to when (E13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.law.persons.families import ties
from issuance.models.documents import Document
from issuance.models.people import FamilyLink, Person
from issuance.models.requests import IssuanceRequest
from issuance.services import centres, parties
from issuance.values import references
from issuance.values.calendar import youngest_age
from issuance.values.codes import one_of

INVERSE = {"spouse": "spouse", "parent": "child", "responsible_adult": "ward"}
"""What `person` of a link is to `relative`, by its tie."""

TIES = ("spouse", "child", "parent", "responsible_adult", "ward")
"""What a relative can be to the person of a case; `child` and `ward` are kept as the other's parent and adult."""

SOURCES = ("person", "relative", "case_handling", "authority")
WHY_ENDED = ("over", "mistaken")


@dataclass(frozen=True)
class Said:
    """What the relative is to the person (`TIES`), who said so, on what evidence, and from which day if known."""

    tie: str
    source: str
    evidence: str
    from_day: dt.date | None = None


@dataclass(frozen=True)
class Relative:
    """One link as seen from one person: `person` is the person's `tie`."""

    link: FamilyLink
    person: Person
    tie: str


def known(look: Look, code: str) -> Person | None:
    """The person known by the reference of a request or the number of a document."""
    number = "".join(code.split()).upper()
    by_reference = IssuanceRequest.reference == (references.normalise(code) or "")
    found = look.session.scalar(select(IssuanceRequest.person_id).where(by_reference)) or look.session.scalar(
        select(Document.person_id).where(Document.number == number)
    )
    return look.session.get(Person, found) if found else None


def person_of(look: Look, code: str, field: str = "relative") -> Person:
    """The person known by this code; InvalidInput names `field`."""
    found = known(look, code)
    if found is None:
        raise InvalidInput(
            field, "The register has no request and no document of this number. Scan or type it from the paper."
        )
    return found


def link(act: Act, request: IssuanceRequest, relative: Person, said: Said) -> FamilyLink:
    """Say at the desk of a case that `relative` is the person's spouse, child, parent or other.

    InvalidInput names the field; RuleViolation what the law knows only once; Conflict for a link that is there.
    """
    centres.check_own(act, request)
    row = tie_together(act, request.person, relative, said)
    parties.join(act, request, household(act, request.person))
    act.record("person.linked", request, request.person, relative, tie=said.tie, source=said.source)
    return row


def tie_together(act: Act, one: Person, relative: Person, said: Said) -> FamilyLink:
    """`relative` is the spouse, child, parent or other of `one`; refused as by `link`. A part of an act."""
    tie, source = one_of("tie", said.tie, TIES), one_of("source", said.source, SOURCES)
    _check_said(act, said)
    person, other = _in_order(act, one, relative, tie)
    kept = {"child": "parent", "ward": "responsible_adult"}.get(tie, tie)
    _check_possible(act, person, other, kept)
    _check_law(act, person, other, kept)
    row = FamilyLink(
        person=person,
        relative=other,
        tie=kept,
        evidence=said.evidence.strip(),
        source=source,
        from_day=said.from_day,
        added_by=act.actor.id,
        added_at=act.clock.now(),
    )
    act.session.add(row)
    act.session.flush()
    return row


def unlink(act: Act, request: IssuanceRequest, row: FamilyLink, because: str, on: dt.date) -> None:
    """The link of the person of this case ended on this day, or never was. It is kept."""
    centres.check_own(act, request)
    why = one_of("because", because, WHY_ENDED)
    if row.ended_at is not None:
        raise Conflict("This link ended already. Look at the family again.")
    if on > act.clock.today() or (row.from_day and on < row.from_day):
        raise InvalidInput("to_day", "This day is still to come, or lies before the link began. Correct it.")
    row.to_day, row.ended_because = on, why
    row.ended_by, row.ended_at = act.actor.id, act.clock.now()
    act.record("person.unlinked", request, row.person, row.relative, because=why)


def link_of(look: Look, request: IssuanceRequest, link_id: UUID) -> FamilyLink:
    """The link of the person of this case with this id; NotFound for another's."""
    row = look.session.get(FamilyLink, link_id)
    if row is None or request.person_id not in (row.person_id, row.relative_id):
        raise NotFound("There is no such link of this person. Open the family again.")
    return row


def relatives(look: Look, person: Person) -> list[Relative]:
    """Everybody who is or was the person's family; who still is comes first."""
    mine = or_(FamilyLink.person_id == person.id, FamilyLink.relative_id == person.id)
    query = select(FamilyLink).where(mine).order_by(FamilyLink.ended_at.is_not(None), FamilyLink.id)
    return [
        Relative(row, row.relative, row.tie)
        if row.person_id == person.id
        else Relative(row, row.person, INVERSE[row.tie])
        for row in look.session.scalars(query)
    ]


def household(look: Look, person: Person) -> list[UUID]:
    """The person and who is family of the person now, and of those: the people who come to the window together."""
    found = set[UUID]() if is_new(person) else _step(look, {person.id})
    return sorted(found | _step(look, found)) if found else [person.id]


def _step(look: Look, people: Collection[UUID]) -> set[UUID]:
    """Who is directly family of these people."""
    query = select(FamilyLink.person_id, FamilyLink.relative_id).where(
        or_(FamilyLink.person_id.in_(people), FamilyLink.relative_id.in_(people)), FamilyLink.ended_at.is_(None)
    )
    return {person_id for row in look.session.execute(query) for person_id in row}


# What is refused.


def _check_said(look: Look, said: Said) -> None:
    if not said.evidence.strip():
        raise InvalidInput("evidence", "Say on what paper or words the link rests.")
    if said.from_day and said.from_day > look.clock.today():
        raise InvalidInput("from_day", "This day is still to come. Give the day since which it is so, or none.")


def _in_order(act: Act, person: Person, relative: Person, tie: str) -> tuple[Person, Person]:
    """The two in the order of the row, both locked: two clerks could close a circle between them."""
    if person.id == relative.id:
        raise InvalidInput("relative", "This is the person of this case. Give the number of the relative.")
    for key in sorted((person.id, relative.id)):
        act.session.get_one(Person, key, with_for_update={"of": Person})
    is_turned = relative.id < person.id if tie == "spouse" else tie in ("child", "ward")
    return (relative, person) if is_turned else (person, relative)


def _check_possible(look: Look, person: Person, relative: Person, tie: str) -> None:
    """Nobody is the own ancestor, nor married to one, and nobody is older than a parent."""
    same = (FamilyLink.person_id == person.id) & (FamilyLink.relative_id == relative.id) & (FamilyLink.tie == tie)
    if look.session.scalar(select(FamilyLink.id).where(same, FamilyLink.ended_at.is_(None))):
        raise Conflict("The register has this link already.", field="relative")
    in_circle = person.id in ancestors(look, relative) or (tie == "spouse" and relative.id in ancestors(look, person))
    if in_circle:
        raise InvalidInput(
            "relative", "By the links of the register one of them is the other's ancestor. Check who is whose child."
        )
    if tie != "spouse" and not _may_be_older(relative.birth_date, person.birth_date):
        raise InvalidInput(
            "relative", "By the birth dates the child is not younger than the adult. Check both dates and who is who."
        )


def _check_law(look: Look, person: Person, relative: Person, tie: str) -> None:
    """What the law knows only so often, or only of minors (`families.toml`)."""
    law = ties()[tie]
    if law.most is not None and _count(look, (person.id, relative.id), tie) >= law.most:
        raise law.refused("relative")
    age = youngest_age(person.birth_date, look.clock.today())
    if law.minors_below is not None and age is not None and age >= law.minors_below:
        raise law.refused("tie")


def _count(look: Look, people: Collection[UUID], tie: str) -> int:
    """How many such links hold now for one of these people."""
    mine = or_(FamilyLink.person_id.in_(people), FamilyLink.relative_id.in_(people))
    query = select(func.count()).where(mine, FamilyLink.tie == tie, FamilyLink.ended_at.is_(None))
    return look.session.scalar(query) or 0


def ancestors(look: Look, person: Person) -> set[UUID]:
    """Everybody from whom the person descends, by the links that hold."""
    found: set[UUID] = set()
    newest = {person.id}
    while newest:
        parents = select(FamilyLink.relative_id).where(
            FamilyLink.person_id.in_(newest), FamilyLink.tie == "parent", FamilyLink.ended_at.is_(None)
        )
        newest = set(look.session.scalars(parents)) - found
        found |= newest
    return found


def _may_be_older(birth_date: str, other: str) -> bool:
    """Whether somebody of the first birth date can be born before somebody of the other; unknown parts may be."""
    earliest = birth_date.replace("XXXX", "0000").replace("XX", "00")
    return earliest < other.replace("XXXX", "9999").replace("XX", "99")
