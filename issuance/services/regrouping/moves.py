"""What moves when a second person agreed. Rows move, so that the constraints on one person's documents go on to hold.

What a document was issued with is a version of the record where it was, which stays.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from issuance.acts import Act
from issuance.db import Keyed
from issuance.models.care import Observation, Protection, Referral
from issuance.models.documents import Document
from issuance.models.exchange import CaseProposal, HandledCase
from issuance.models.mandates import Mandate, MandateUse
from issuance.models.notices import Contact
from issuance.models.people import LoneChild, Person, Regrouping, RightsNotice
from issuance.models.privacy import Demand, Disclosure, Informed, Restriction
from issuance.models.requests import IssuanceRequest
from issuance.models.reunification import Reunification, ReunificationMember
from issuance.models.reviews import Review
from issuance.models.rights import Grant
from issuance.services import restrictions
from issuance.services.care import observations, protection
from issuance.services.casework import corrections, persons
from issuance.services.membership import members
from issuance.services.notices import contacts
from issuance.services.persons import guardians, people, records, versions
from issuance.services.persons.versions import Made
from issuance.services.regrouping import hindrances, rows
from issuance.services.rights import grants

MOVING = (
    *(RightsNotice.person_id, Person.merged_into, Mandate.person_id, Mandate.holder_id, LoneChild.person_id),
    MandateUse.person_id,
    Contact.person_id,
    Grant.person_id,
    *(HandledCase.person_id, CaseProposal.person_id),
    Observation.person_id,
    Protection.person_id,
    Referral.person_id,
    *(Demand.person_id, Disclosure.person_id, Informed.person_id, Restriction.person_id),
)
"""What goes with a record that is merged, beside its requests and their documents."""


def merge(act: Act, row: Regrouping) -> tuple[Person, list[IssuanceRequest]]:
    """The record ends in the other one; whose the requests are now, and which moved."""
    merged, person = rows.from_(act, row), rows.to(act, row)
    hindrances.check_mergeable(act, merged, person)
    requests = persons.of_person(act, merged)
    moved: dict[str, object] = {"request": _ids(requests)}
    for column in MOVING:
        found = _going(act, column, merged, person)
        moved[str(column)] = _ids(found)
        for each in found:
            setattr(each, column.key, person.id)
    moved["numbers"] = sorted(_give_numbers(act, row, merged, person))
    merged.merged_into, row.moved = person.id, moved
    _settle(act, merged, person)
    _move(act, requests, merged, person)
    return person, requests


def _going(act: Act, column: InstrumentedAttribute[Any], merged: Person, person: Person) -> list[Any]:
    """The rows of a column that go to the other person; of two searches for a guardian the one that ended stays, of two
    grants that wait for the document the record's own, and of two addresses the one that is not the person's; one
    that waits for its code stays, and lapses.
    """
    if column is LoneChild.person_id and guardians.searched(act, person):
        return []
    if column is Protection.person_id and protection.of(act, person):
        return []
    if column is Grant.person_id and grants.waiting(act, person):
        return []
    if column is Restriction.person_id and restrictions.of_person(act, person.id):
        return []  # the person's own holds for all
    found = act.session.scalars(select(column.class_).where(column == merged.id))
    if column is Observation.person_id:
        return observations.going(act, found.all(), person)
    if column is not Contact.person_id:
        return list(found)
    kept = contacts.live(act, person)
    return [
        row
        for row in found
        if row.mandate_id or (row.channel not in kept and (row.code_until is None or row.withdrawn_at))
    ]


def undo(act: Act, row: Regrouping) -> tuple[Person, list[IssuanceRequest]]:
    """What that merge moved goes back, and the two are known to be two."""
    moved = hindrances.check_undoable(act, row).moved
    person, merged = rows.from_(act, row), rows.to(act, row)
    requests = _of_ids(act, moved["request"])
    hindrances.check_room(act, requests, merged)
    for column in MOVING:
        ids = [UUID(each) for each in moved.get(str(column), ())]  # a merge of an earlier release moved less
        for each in act.session.scalars(select(column.class_).where(column.class_.id.in_(ids))):
            setattr(each, column.key, merged.id)
    merged.merged_into, row.moved = None, {"request": moved["request"]}
    if moved.get("vulnerable"):  # a merge of an earlier release moved the flag alone
        observations.take_back(act, person)
    protection.follow(act, person, merged)
    _settle(act, person, merged)
    back = {name: getattr(person, name) for name in moved["numbers"]}
    _pass_on(act, row, back, person, merged)
    records.keep_two(act, person, [merged.id])
    _move(act, requests, person, merged)
    return merged, requests


def split(act: Act, row: Regrouping) -> tuple[Person, list[IssuanceRequest]]:
    """The chosen requests go to the other person, who is made from what the newest of them was lodged with."""
    requests, person = hindrances.check_splittable(act, row), rows.from_(act, row)
    if row.to_id is None:
        newest = max(requests, key=lambda each: each.id)
        shown = newest.person_version or person
        row.to_id = people.copy(act, person, shown, _made(row, act)).id
    to = rows.to(act, row)
    row.moved = {"request": _ids(requests)}
    records.keep_two(act, person, [to.id])
    _move(act, requests, person, to)
    protection.follow(act, person, to)
    observations.divide(act, person, to, [each.id for each in requests])
    return to, requests


def _settle(act: Act, *both: Person) -> None:
    act.session.flush()
    for person in both:
        observations.settle(act, person)


def _move(act: Act, requests: list[IssuanceRequest], person: Person, to: Person) -> None:
    """The requests with their documents; what is not made follows what the register says of its new person."""
    for each in (person, to):
        versions.newest(act, each)  # of an earlier release: kept before anything moves away from it
    following = [each for each in corrections.undone(act, person) if each in requests]
    ids = [each.id for each in requests]
    for document in act.session.scalars(select(Document).where(Document.request_id.in_(ids))):
        document.person = to
    for review in act.session.scalars(select(Review).where(Review.person_id == person.id, Review.request_id.in_(ids))):
        review.person = to
    for request in requests:
        request.person = to
    for row in act.session.scalars(select(Reunification).where(Reunification.request_id.in_(ids))).unique():
        row.person = to
    members.follow(act, ids, to)
    for member in act.session.scalars(select(ReunificationMember).where(ReunificationMember.title_id.in_(ids))):
        member.relative_id = to.id
    act.session.flush()
    corrections.follow(act, following)


def _give_numbers(act: Act, row: Regrouping, merged: Person, person: Person) -> Collection[str]:
    """The numbers that only the record merged has become the person's; each stands in the register once."""
    given = {name: getattr(merged, name) for name in corrections.NUMBERS if not getattr(person, name)}
    given = {name: number for name, number in given.items() if number}
    _pass_on(act, row, given, merged, person)
    return given


def _pass_on(act: Act, row: Regrouping, numbers: dict[str, str | None], one: Person, other: Person) -> None:
    if numbers:
        people.change(act, one, dict.fromkeys(numbers), _made(row, act))
        people.change(act, other, numbers, _made(row, act))


def _made(row: Regrouping, act: Act) -> Made:
    return Made("regrouped", row.evidence, by=row.proposed_by, agreed_by=act.actor.id)


def _ids(found: Collection[Keyed]) -> list[str]:
    return sorted(str(row.id) for row in found)


def _of_ids(act: Act, ids: list[str]) -> list[IssuanceRequest]:
    query = select(IssuanceRequest).where(IssuanceRequest.id.in_([UUID(each) for each in ids]))
    return list(act.session.scalars(query.order_by(IssuanceRequest.id)))
