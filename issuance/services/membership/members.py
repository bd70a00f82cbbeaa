"""Members of a group: they join as their line is lodged, leave with a reason, and one is followed by the next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.errors import Conflict, NotAllowed
from issuance.models.duties import DutyName
from issuance.models.groups import GroupMember, ResettlementGroup
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services import duties
from issuance.services.care import protection
from issuance.states import AT_THE_DESK, ENDED, RequestState
from issuance.values import fields

NOT_ARRIVED = ("did_not_travel", "travels_later", "went_elsewhere", "not_known")
"""Why a member did not arrive: codes, so that nothing of a person is written here."""

MOVED, CLOSED = "moved", "closed"
"""Why a member left otherwise: the case went to another centre, the group was closed."""

READY = (RequestState.READY,)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in the list of a group."""

    group_id: UUID
    place: int


# Joining


def check_free(look: Look, person: Person, at: Place) -> None:
    """Conflict when this person is in a group already, or the group takes nobody any more."""
    group = look.once((ResettlementGroup, at.group_id), lambda: look.session.get_one(ResettlementGroup, at.group_id))
    if group.closed_at is not None:
        raise Conflict("This group is closed. Bring the line in the list of another group.")
    if is_new(person):
        return
    query = select(GroupMember).where(GroupMember.person_id == person.id, GroupMember.left_at.is_(None))
    member = look.session.scalar(query)
    if member is None:
        return
    if member.group_id == at.group_id:
        raise _twice()
    raise Conflict(
        "This person is in the group %(group)s. Close that group, or note there that the person did not arrive.",
        field="family_name",
        group=member.group.name,
    )


def _twice() -> Conflict:
    message = "This person is in the list of this group already. Lodge what else they ask for at the desk."
    return Conflict(message, field="family_name")


def join(act: Act, request: IssuanceRequest, at: Place) -> GroupMember:
    """The request is in the group from now on. A part of the act that lodges it; Conflict as of `check_free`."""
    check_free(act, request.person, at)
    member = GroupMember(group_id=at.group_id, request_id=request.id, person_id=request.person.id, place=at.place)
    try:
        with act.apart():
            act.session.add(member)
    except IntegrityError as error:
        raise _twice() from error
    act.record(
        "group.joined", request, act.session.get_one(ResettlementGroup, at.group_id), centre_id=request.centre_id
    )
    return member


def check_known(look: Look, case_reference: str, at: Place) -> IssuanceRequest | None:
    """The request that the register has by this reference of case handling, which may join; None when it is in.

    Conflict for one that has ended or whose person is in another group, NotAllowed for another centre's,
    ProtectedRecord.
    """
    spelt = (case_reference, case_reference.lower())
    found = select(IssuanceRequest).where(IssuanceRequest.case_reference.in_(spelt)).limit(1)
    request = look.session.scalars(found).one()
    protection.check(look, request.person_id)
    mine = select(GroupMember.id).where(GroupMember.request_id == request.id, GroupMember.group_id == at.group_id)
    if look.session.scalar(mine):
        return None
    group = look.session.get_one(ResettlementGroup, at.group_id)
    if request.centre_id != group.centre_id:
        message = (
            "This request belongs to another centre. Its supervisor sends it here first; then bring the line again."
        )
        raise NotAllowed(message, field="case_reference")
    if request.state in ENDED:
        raise Conflict("This request has ended. Lodge another one at the desk.", field="case_reference")
    check_free(look, request.person, at)
    return request


def join_known(act: Act, case_reference: str, at: Place) -> None:
    """What the register had before the list came joins the group; nothing when it is in. A part of an act."""
    if request := check_known(act, fields.compact(case_reference), at):
        join(act, request, at)


# Leaving


def of_request(look: Look, request_id: UUID) -> GroupMember | None:
    """The last group of a request, if it is or was in one."""
    query = select(GroupMember).where(GroupMember.request_id == request_id)
    return look.session.scalar(query.order_by(GroupMember.id.desc()).limit(1))


def check_arrived(look: Look, request: IssuanceRequest) -> None:
    """Conflict while it stands that its holder did not arrive: nothing is given to who is not there."""
    member = of_request(look, request.id)
    if member and member.left_because in NOT_ARRIVED:
        raise Conflict(
            "It was noted that this person did not arrive with the group %(group)s. If they are here, note that first,"
            " on the page of the group.",
            group=member.group.name,
        )


def leave(act: Act, member: GroupMember, because: str) -> None:
    """The member is of the group no more. A part of an act."""
    member.left_at, member.left_because, member.left_by = act.clock.now(), because, act.actor.id


def leave_with_case(act: Act, request: IssuanceRequest) -> None:
    """The case goes to another centre, and so out of its group, if it is in one. A part of an act."""
    there = (GroupMember.request_id == request.id, GroupMember.left_at.is_(None))
    for member in act.session.scalars(select(GroupMember).where(*there)):
        leave(act, member, MOVED)


def follow(act: Act, request_ids: Collection[UUID], to: Person) -> None:
    """These requests are another person's from now on, and so are their places; one who is in a group keeps the one
    place there, and the other stays with the record that it was brought for. A part of an act.
    """
    in_one = select(GroupMember.id).where(GroupMember.person_id == to.id, GroupMember.left_at.is_(None))
    taken = act.session.scalar(in_one.limit(1)) is not None
    for member in act.session.scalars(select(GroupMember).where(GroupMember.request_id.in_(request_ids))).all():
        if member.left_at is not None or not taken:
            member.person_id, taken = to.id, taken or member.left_at is None


# One after another


def there(group_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """On members: of this group, and not gone from it."""
    return GroupMember.group_id == group_id, GroupMember.left_at.is_(None)


def next_one(look: Look, member: GroupMember, *, to_hand_over: bool) -> IssuanceRequest | None:
    """Who comes after this member, and from the beginning when nobody does: the next who lacks something at the desk,
    or whose document the actor may hand over.
    """
    after = GroupMember.place > member.place
    query = _in_turn(look, member.group_id, to_hand_over=to_hand_over).where(GroupMember.id != member.id)
    found = look.session.scalar(query.order_by(after.desc(), GroupMember.place).limit(1))
    return look.session.get(IssuanceRequest, found) if found else None


def first_one(look: Look, group_id: UUID, *, to_hand_over: bool) -> UUID | None:
    """The first of those, by their request."""
    query = _in_turn(look, group_id, to_hand_over=to_hand_over)
    return look.session.scalar(query.order_by(GroupMember.place).limit(1))


def _in_turn(look: Look, group_id: UUID, *, to_hand_over: bool) -> Select[UUID]:
    joined = select(GroupMember.request_id).join(IssuanceRequest, IssuanceRequest.id == GroupMember.request_id)
    waits = IssuanceRequest.state.in_(READY if to_hand_over else AT_THE_DESK)
    mine = duties.requests_open_to(look.actor.id, DutyName.HAND_OVER) if to_hand_over else true()
    here = IssuanceRequest.centre_id == look.actor.centre_id
    return joined.where(*there(group_id), here, waits, mine, *protection.open_to(look))
