"""The regroupings of a person: what waits, which merges stand."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from issuance.acts import Look
from issuance.errors import NotFound
from issuance.models.people import Person, Regrouping

MERGE, SPLIT, UNDO = "merge", "split", "undo"


def waiting(look: Look, person: Person) -> Regrouping | None:
    """What waits for its second person about this one."""
    query = select(Regrouping).where(
        or_(Regrouping.from_id == person.id, Regrouping.to_id == person.id), Regrouping.settled_at.is_(None)
    )
    return look.session.scalar(query.order_by(Regrouping.id).limit(1))


def merges(look: Look, person: Person) -> list[Regrouping]:
    """The merges into this person that stand, the newest first."""
    undo = aliased(Regrouping)
    query = select(Regrouping).join(Person, Person.id == Regrouping.from_id)
    query = query.where(Regrouping.to_id == person.id, Regrouping.kind == MERGE, Regrouping.agreed)
    query = query.where(
        Person.merged_into == Regrouping.to_id, ~exists().where(undo.undoes_id == Regrouping.id, undo.agreed)
    )
    return list(look.session.scalars(query.order_by(Regrouping.settled_at.desc(), Regrouping.id.desc())))


def is_standing(look: Look, row: Regrouping) -> bool:
    """Whether this merge was agreed to, not undone, and what it made of the record is what it is."""
    undone = select(Regrouping.id).where(Regrouping.undoes_id == row.id, Regrouping.agreed)
    stands = row.kind == MERGE and row.agreed and look.session.scalar(undone.limit(1)) is None
    return stands and look.session.get_one(Person, row.from_id).merged_into == row.to_id


def of_person(look: Look, person: Person, row_id: UUID) -> Regrouping:
    """The regrouping about this person with this id; NotFound otherwise."""
    row = look.session.get(Regrouping, row_id)
    if row is None or person.id not in (row.from_id, row.to_id):
        raise NotFound("There is no such proposal. Open the person again.")
    return row


def from_(look: Look, row: Regrouping) -> Person:
    """Whose requests go."""
    return look.session.get_one(Person, row.from_id)


def to(look: Look, row: Regrouping) -> Person:
    """To whom they go; known from the agreement on."""
    return look.session.get_one(Person, row.to_id)


def both(look: Look, row: Regrouping) -> list[Person]:
    """The two; one, as long as the other is a person to be made."""
    return [look.session.get_one(Person, key) for key in (row.from_id, row.to_id) if key]
