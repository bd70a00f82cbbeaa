"""One proposes that two records are one person's, or one is two persons'; another agrees."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.duties import DutyName
from issuance.models.people import Person, Regrouping
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import duties
from issuance.services.care import protection
from issuance.services.casework import corrections, persons
from issuance.services.duties import Task
from issuance.services.persons import people
from issuance.services.regrouping import hindrances, moves, rows
from issuance.services.regrouping.rows import MERGE, SPLIT, UNDO
from issuance.values import names

PROPOSING = (RoleName.CLERK, RoleName.SUPERVISOR)
AGREEING = corrections.AGREEING
DONE = {MERGE: "person.merged", SPLIT: "person.split", UNDO: "person.merge_undone"}


@dataclass(frozen=True)
class Why:
    """Why two records are one person's, or one is two persons', and the paper that shows it."""

    reason: str
    evidence: str

    def checked(self) -> dict[str, str]:
        """Both as kept; InvalidInput names the one that is missing."""
        if not self.reason.strip():
            raise InvalidInput("reason", "Say how it came out, for example that both were shown one passport.")
        if not self.evidence.strip():
            raise InvalidInput("evidence", "Say which paper shows it, with its number and date.")
        return {name: names.check_text(name, getattr(self, name).strip()) for name in ("reason", "evidence")}


# One proposes


def propose_merge(act: Act, person: Person, other: Person, why: Why) -> Regrouping:
    """The record of `other` is one of `person`: its requests, documents and notices come here when a second agrees.

    InvalidInput for the person itself; Conflict for a record merged already, while something else waits, and where one
    person could not have what both have.
    """
    if other.id == person.id:
        raise InvalidInput("other", "This is the person of this page. Choose the other record.")
    row = Regrouping(kind=MERGE, from_id=other.id, to_id=person.id)
    _check_proposable(act, row, why)
    hindrances.check_mergeable(act, other, person)
    return _propose(act, row, corrections.undone(act, other))


def propose_split(act: Act, person: Person, requests: Collection[UUID], to: Person | None, why: Why) -> Regrouping:
    """These requests are in truth those of another person: `to`, or somebody whose record is made then.

    InvalidInput names the field; Conflict names the document that depends on one of them.
    """
    if to is not None and to.id == person.id:
        raise InvalidInput("to", "This is the person of this page. Choose the other one, or a new person.")
    row = Regrouping(kind=SPLIT, from_id=person.id, to_id=to.id if to else None, requests=sorted(map(str, requests)))
    _check_proposable(act, row, why)
    chosen = hindrances.check_splittable(act, row)
    return _propose(act, row, [each for each in corrections.undone(act, person) if each in chosen])


def propose_undo(act: Act, merge: Regrouping, why: Why) -> Regrouping:
    """The two are two persons after all: what was moved goes back. Conflict once a document depends on the merge."""
    row = Regrouping(kind=UNDO, from_id=merge.to_id, to_id=merge.from_id, undoes_id=merge.id)
    hindrances.check_undoable(act, row)
    _check_proposable(act, row, why)
    return _propose(act, row, [])


def _check_proposable(act: Act, row: Regrouping, why: Why) -> None:
    """The actor works where one of both records is; nothing about either waits; both stay as they are meanwhile."""
    said = why.checked()
    row.reason, row.evidence = said["reason"], said["evidence"]
    if not act.actor.roles & set(PROPOSING):
        raise NotAllowed("A clerk or supervisor proposes this. Ask one.")
    both = rows.both(act, row)
    if not any(persons.is_ours(act, each) for each in both):
        raise NotAllowed("None of these records is your centre's. Ask the centre where the request was lodged.")
    for person in sorted(both, key=lambda each: each.id):
        protection.check(act, person)
        people.lock(act, person)
    hindrances.check_nothing_waits(act, row, both)


def _propose(act: Act, row: Regrouping, following: list[IssuanceRequest]) -> Regrouping:
    """Keep the proposal. Whoever proposes does not decide on what will follow it."""
    for request in following:
        duties.take(act, Task(DutyName.CASE, request))
    assert act.actor.id
    assert act.actor.centre_id
    row.centre_id, row.proposed_by, row.proposed_at = act.actor.centre_id, act.actor.id, act.clock.now()
    act.session.add(row)
    act.record("regrouping.proposed", row, *rows.both(act, row), *following, kind=row.kind)
    return row


# Another agrees


def agree(act: Act, row: Regrouping) -> Person:
    """A second person looked at the evidence and agrees: rows move. Whose the requests are now.

    NotAllowed for who proposed it, and unless each record's centre has a voice; Conflict when it cannot be any more.
    """
    _check_waits(act, row)
    if row.proposed_by == act.actor.id:
        raise NotAllowed("You proposed this. Another person looks at the evidence and agrees.")
    if not act.actor.roles & set(AGREEING):
        raise NotAllowed("A clerk, decision officer or supervisor agrees to this. Ask one.")
    _check_voices(act, row)
    both = sorted(rows.both(act, row), key=lambda each: each.id)
    for person in both:
        protection.check(act, person)
        people.lock(act, person)
    hindrances.check_nothing_waits(act, row, both)
    move = {MERGE: moves.merge, SPLIT: moves.split, UNDO: moves.undo}[row.kind]
    to, moved = move(act, row)
    row.settled_by, row.settled_at, row.agreed = act.actor.id, act.clock.now(), True
    act.record(DONE[row.kind], row, *rows.both(act, row), *moved, requests=len(moved))
    return to


def decline(act: Act, row: Regrouping) -> None:
    """The evidence does not say so, or whoever proposed it takes it back."""
    _check_waits(act, row)
    row.settled_by, row.settled_at = act.actor.id, act.clock.now()
    act.record("regrouping.declined", row, *rows.both(act, row), kind=row.kind)


def _check_voices(look: Look, row: Regrouping) -> None:
    """Each record's centre has a voice: by who proposed it, or by who agrees."""
    both = rows.both(look, row)
    heard = [each for each in both if _is_at(look, each, row.centre_id)]
    if not any(persons.is_ours(look, each) for each in both) or not all(
        each in heard or not persons.of_person(look, each) or persons.is_ours(look, each) for each in both
    ):
        raise NotAllowed("The other record is another centre's, which agrees. Ask somebody there.")


def _is_at(look: Look, person: Person, centre_id: UUID) -> bool:
    return any(each.centre_id == centre_id for each in persons.of_person(look, person))


def _check_waits(look: Look, row: Regrouping) -> None:
    if not any(persons.is_ours(look, each) for each in rows.both(look, row)):
        raise NotAllowed("None of these records is your centre's. Ask the centre where the request was lodged.")
    if row.settled_at is not None:
        raise Conflict("This is settled already. Open the person again to see what came of it.")
