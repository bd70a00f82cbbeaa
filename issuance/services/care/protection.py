"""A protected identity: a supervisor marks it and names who opens it, and is told who else tried (ADR 0093).

The named do every duty on the case that is theirs by role. Nobody else finds it; what is lodged for somebody alike is
stopped, and the supervisor asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.care import Attempt, Named, Protection
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Staff
from issuance.services import centres
from issuance.services.care import observations, veil

REASON = "protection-reason"
"""The purpose of a reason in the vault."""

LISTED = 100
LEAST_REASON = 10


class ProtectedRecord(NotAllowed):
    """The record is protected, and who asks is not named: it is answered by whom to ask, and told to a supervisor."""

    code = "protected"

    def __init__(self, protection: Protection, message: str) -> None:
        super().__init__(message, who=protection.marker.full_name)
        self.protection_id = protection.id


@dataclass(frozen=True, slots=True)
class Naming:
    """Who is to open a protected record, by the address of the account, and on which days."""

    email: str
    from_day: dt.date | None = None
    to_day: dt.date | None = None


# Who sees


def hidden(look: Look) -> frozenset[UUID]:
    """The persons whom the actor does not see, few; asked once."""
    if look.actor.kind != "staff":
        return frozenset()
    worn = veil.worn(look.session) or look.once(hidden, lambda: veil.Veil(look.actor, look.clock))
    return worn.ids(look.session)


def open_to(look: Look) -> list[ColumnElement[bool]]:
    """The conditions on requests that a list holds nobody whom its reader does not see."""
    if look.actor.kind != "staff":
        return []
    return [IssuanceRequest.person_id.not_in(veil.hidden_from(look.actor.id, look.clock))]


def documents_open_to(look: Look) -> ColumnElement[bool]:
    """The same on documents: what is checked, or waits for somebody who is named."""
    staff_id = look.actor.id if look.actor.kind == "staff" else None
    return Document.person_id.not_in(veil.hidden_from(staff_id, look.clock)) if staff_id else true()


def check(look: Look, person: Person | UUID) -> None:
    """ProtectedRecord unless the actor sees this person."""
    key = person if isinstance(person, UUID) else person.merged_into or person.id
    if key in hidden(look):
        raise _refusal(look, key, "This record is protected: only named persons open it. Ask %(who)s.")


def check_alike(look: Look, alike: Iterable[Person]) -> None:
    """ProtectedRecord when one of those alike is protected: it could be lodged twice, so a named person lodges."""
    for person in alike:
        if person.id in hidden(look):
            raise _refusal(
                look, person.id, "Somebody alike has a protected record. Lodge nothing, and call %(who)s to the desk."
            )


def _refusal(look: Look, person_id: UUID, message: str) -> ProtectedRecord:
    row = _open(look, person_id)
    if row is None:  # a record that was merged
        row = _open(look, look.session.scalar(select(Person.merged_into).where(Person.id == person_id)))
    assert row is not None
    return ProtectedRecord(row, message)


def _open(look: Look, person_id: UUID | None) -> Protection | None:
    query = select(Protection).where(Protection.person_id == person_id, Protection.ended_at.is_(None))
    return look.session.scalar(query)


def of(look: Look, person: Person) -> Protection | None:
    """The protection of a person, if they have one now."""
    return None if is_new(person) else _open(look, person.id)


# Marking and naming


def mark(act: Act, request: IssuanceRequest, why: str, named: Collection[Naming]) -> Protection:
    """A supervisor marks the person of this case as protected; they and these see it from now on, and nobody else."""
    centres.check_own(act, request)
    _check_supervisor(act)
    if len(why.strip()) < LEAST_REASON:
        raise InvalidInput("reason", "Say in a few words why the identity is protected. Only the named read it.")
    person = request.person
    assert act.actor.id
    reason = act.vault.put(act.session, request.id, REASON, why.strip().encode())
    row = Protection(person_id=person.id, request_id=request.id, centre_id=request.centre_id, reason_id=reason.id)
    row.marker, row.marked_at = act.session.get_one(Staff, act.actor.id), act.clock.now()
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        raise Conflict("This person is protected already. Open the list of protected records.") from error
    _add(act, row, row.marker, Naming("", act.clock.today()), is_marker=True)
    for naming in named:
        _name(act, row, naming)
    observations.settle(act, person)
    act.record("protection.marked", request, person, row, hits=len(named) + 1)
    return row


def _check_supervisor(look: Look) -> None:
    if RoleName.SUPERVISOR not in look.actor.roles:
        raise NotAllowed("A supervisor of the centre protects a record and names who opens it. Ask one.")


def name(act: Act, row: Protection, naming: Naming) -> Named:
    """A supervisor of the centre names somebody else who opens the record, whether or not they open it themselves."""
    _check_keeper(act, row)
    named = _name(act, row, naming)
    act.record("protection.named", row, named.staff, centre_id=row.centre_id)
    return named


def _name(act: Act, row: Protection, naming: Naming) -> Named:
    account = act.session.scalar(select(Staff).where(Staff.email == naming.email.strip().lower()))
    if account is None or not account.active:
        raise InvalidInput("email", "There is no account with this address. Ask the person for theirs.")
    if account.id == act.actor.id:
        raise InvalidInput("email", "Nobody names themselves. Ask another supervisor.")
    first = naming.from_day or act.clock.today()
    if naming.to_day and naming.to_day < max(first, act.clock.today()):
        raise InvalidInput("to_day", "The last day lies before the first, or has passed. Give a later one.")
    return _add(act, row, account, Naming(naming.email, first, naming.to_day))


def _add(act: Act, row: Protection, account: Staff, naming: Naming, *, is_marker: bool = False) -> Named:
    named = Named(protection_id=row.id, staff=account, is_marker=is_marker, named_by=act.actor.id)
    named.named_at, named.to_day = act.clock.now(), naming.to_day
    named.from_day = naming.from_day or act.clock.today()
    try:
        with act.apart():
            act.session.add(named)
    except IntegrityError as error:
        raise Conflict("This person is named already. End that first, if the days change.", field="email") from error
    return named


def unname(act: Act, row: Protection, named_id: UUID) -> None:
    """Somebody does not open the record any more. Conflict for the last one, without whom nobody could do anything."""
    _check_keeper(act, row)
    act.session.scalar(select(Protection.id).where(Protection.id == row.id).with_for_update())  # one goes after another
    names = named(act, row)
    found = next((each for each in names if each.id == named_id), None)
    if found is None:
        raise NotFound("Nobody is named like this. Open the record again.")
    if len(names) == 1:
        raise Conflict("Name somebody else first: nobody could do anything for this person.")
    found.ended_at, found.ended_by = act.clock.now(), act.actor.id
    act.record("protection.unnamed", row, found.staff, centre_id=row.centre_id)


def end(act: Act, row: Protection) -> None:
    """The identity is protected no more: a named supervisor says so."""
    _check_keeper(act, row)
    check(act, row.person_id)
    if row.ended_at is not None:
        raise Conflict("This record is not protected any more. Open the list again.")
    row.ended_at, row.ended_by = act.clock.now(), act.actor.id
    act.flush()
    person = act.session.get_one(Person, row.person_id)
    observations.settle(act, person)
    act.record("protection.ended", row, person, centre_id=row.centre_id)


def _check_keeper(look: Look, row: Protection) -> None:
    _check_supervisor(look)
    if row.centre_id != look.actor.centre_id:
        raise NotAllowed(centres.ELSEWHERE)


# What supervisors see: without being named, not of whom


def kept(look: Look) -> list[Protection]:
    """The protected records of the actor's centre, the newest first: LISTED at most."""
    query = select(Protection).where(Protection.centre_id == look.actor.centre_id, Protection.ended_at.is_(None))
    return list(look.session.scalars(query.order_by(Protection.id.desc()).limit(LISTED)))


def own(look: Look, protection_id: UUID) -> Protection:
    """The protected record of the actor's centre with this id; NotFound also for another centre's."""
    row = look.session.get(Protection, protection_id)
    if row is None or row.centre_id != look.actor.centre_id or row.ended_at is not None:
        raise NotFound("There is no such protected record in your centre. Open the list again.")
    return row


def named(look: Look, row: Protection) -> list[Named]:
    """Who is named, in their order."""
    query = select(Named).where(Named.protection_id == row.id, Named.ended_at.is_(None))
    return list(look.session.scalars(query.order_by(Named.id)))


def why(look: Look, row: Protection) -> str:
    """Why it is protected; empty once that was destroyed. ProtectedRecord for who is not named."""
    check(look, row.person_id)
    try:
        return look.vault.get(look.session, row.reason_id).decode()
    except NotFound:
        return ""


# Who tried


def tell(act: Act, protection_id: UUID) -> None:
    """Somebody who is not named tried: recorded, and told to the supervisors of the centre that keeps the record."""
    row = act.session.get_one(Protection, protection_id)
    attempt = Attempt(protection_id=row.id, staff_id=act.actor.id, at=act.clock.now())
    act.session.add(attempt)
    act.record("protection.refused", row, attempt, centre_id=row.centre_id)


def attempts(look: Look, row: Protection) -> list[Attempt]:
    """Who tried, the newest first: LISTED at most."""
    query = select(Attempt).where(Attempt.protection_id == row.id)
    return list(look.session.scalars(query.order_by(Attempt.id.desc()).limit(LISTED)))


def unseen(look: Look) -> Select[int]:
    """How many attempts at records of the actor's centre no supervisor has looked at, as a query."""
    mine = select(Protection.id).where(Protection.centre_id == look.actor.centre_id)
    query = select(func.count()).select_from(Attempt)
    return query.where(Attempt.protection_id.in_(mine), Attempt.seen_at.is_(None))


def unseen_of(look: Look, rows: Collection[Protection]) -> dict[UUID, int]:
    """The same for each of these records, by record."""
    counted = select(Attempt.protection_id, func.count()).where(Attempt.seen_at.is_(None))
    query = counted.where(Attempt.protection_id.in_([row.id for row in rows])).group_by(Attempt.protection_id)
    return {key: count for key, count in look.session.execute(query)}


def see(act: Act, row: Protection) -> int:
    """A supervisor looked at who tried; how many."""
    _check_keeper(act, row)
    mine = (Attempt.protection_id == row.id, Attempt.seen_at.is_(None))
    found = act.session.scalars(select(Attempt).where(*mine).limit(LISTED)).all()
    for attempt in found:
        attempt.seen_at, attempt.seen_by = act.clock.now(), act.actor.id
    if found:
        act.record("protection.seen", row, hits=len(found))
    return len(found)


# What goes on with a person


def follow(act: Act, person: Person, to: Person) -> None:
    """Requests of a protected person are another's from now on: so is the protection, by the same names."""
    row = of(act, person)
    if row is None or of(act, to):
        return
    same = Protection(person_id=to.id, request_id=row.request_id, centre_id=row.centre_id, reason_id=row.reason_id)
    same.marker, same.marked_at = row.marker, row.marked_at
    act.session.add(same)
    act.flush()
    for each in named(act, row):
        act.session.add(
            Named(
                protection_id=same.id,
                staff=each.staff,
                is_marker=each.is_marker,
                from_day=each.from_day,
                to_day=each.to_day,
                named_by=each.named_by,
                named_at=each.named_at,
            )
        )
    act.flush()


def move(act: Act, request: IssuanceRequest, there: Centre) -> None:
    """The case goes to another centre: its supervisors keep the list of the named from now on."""
    if row := of(act, request.person):
        row.centre_id = there.id
