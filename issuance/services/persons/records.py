"""Whose record a person's row is: one person may have several (ADR 0045); and who is alike and known to be another."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.models.people import Namesakes, Person


def owner(look: Look, record: Person) -> Person:
    """The person whose record this is: itself, or the one it was merged into."""
    return look.session.get_one(Person, record.merged_into) if record.merged_into else record


def owners(look: Look, found: Iterable[Person]) -> list[Person]:
    """Whose records these are, each once, in their order."""
    return list({person.id: person for person in (owner(look, record) for record in found)}.values())


def of(look: Look, person: Person) -> list[Person]:
    """Every record of a person, the person's own first."""
    merged = select(Person).where(Person.merged_into == person.id).order_by(Person.id)
    return [person, *look.still((of, person.id), lambda: look.session.scalars(merged).all())]


def known_others(look: Look, person: Person) -> set[UUID]:
    """The persons of whom somebody said that they are others than this one."""
    mine = {record.id for record in of(look, person)}
    query = select(Namesakes).where(Namesakes.one_id.in_(mine) | Namesakes.other_id.in_(mine))
    said = {key for pair in look.session.scalars(query) for key in (pair.one_id, pair.other_id)} - mine
    found = look.session.scalars(select(Person).where(Person.id.in_(said))) if said else ()
    return {each.id for each in owners(look, found)}


def keep_two(act: Act, person: Person, others: Iterable[UUID]) -> int:
    """Keep that these are others than the person, a part of an act that says so; how many were not known yet."""
    asked = set(others) - {person.id}
    new = asked - known_others(act, person) if asked else asked
    for other in new:
        one_id, other_id = sorted((person.id, other))
        said_by = act.actor.id if act.actor.kind == "staff" else None
        act.session.add(Namesakes(one_id=one_id, other_id=other_id, said_by=said_by, said_at=act.clock.now()))
    act.flush()
    return len(new)
