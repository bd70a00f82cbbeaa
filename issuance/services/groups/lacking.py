"""The members of a group as its pages list them, and what each still lacks at the desk: asked for a page at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select

from issuance.acts import Look
from issuance.models.documents import Document
from issuance.models.duties import DutyName
from issuance.models.groups import GroupMember, ResettlementGroup
from issuance.models.requests import IssuanceRequest, Portrait, Signature
from issuance.services import duties
from issuance.services.capture import fingerprints
from issuance.services.casework import cases, requests
from issuance.services.lists import in_order
from issuance.services.membership.members import CLOSED, MOVED, NOT_ARRIVED
from issuance.services.residence import history
from issuance.states import AT_THE_DESK, DocumentState, RequestState

PAGE_ROWS = 50
ALL = "all"
DESK, READY, ABSENT = "desk", "ready", "absent"
LISTS: dict[str, tuple[ColumnElement[bool], ...]] = {
    ALL: (GroupMember.left_because.in_(("", CLOSED)),),
    DESK: (GroupMember.left_at.is_(None), IssuanceRequest.state.in_(AT_THE_DESK)),
    READY: (GroupMember.left_at.is_(None), IssuanceRequest.state == RequestState.READY),
    ABSENT: (GroupMember.left_because.in_((*NOT_ARRIVED, MOVED)),),
}
"""Which members a list holds: everybody, who is to be enrolled, whose document waits, who is not there."""


@dataclass(frozen=True, slots=True)
class Row:
    """A member in a list. In that of the desk `lacks` are codes; in that of what is ready `number` is the document's,
    which another has to hand over when it `is_barred` for the reader.
    """

    member: GroupMember
    request: IssuanceRequest
    lacks: tuple[str, ...] = ()
    number: str = ""
    is_barred: bool = False


def page(look: Look, group: ResettlementGroup, which: str, after: int = 0) -> list[Row]:
    """Up to PAGE_ROWS members of a list behind this place, in their order, and one more if there is; none whom the
    reader does not see.
    """
    query = select(GroupMember.id).join(IssuanceRequest, IssuanceRequest.id == GroupMember.request_id)
    mine = (GroupMember.group_id == group.id, GroupMember.place > after, *LISTS[which], *cases.open_to(look))
    keys = look.session.scalars(query.where(*mine).order_by(GroupMember.place).limit(PAGE_ROWS + 1)).all()
    rows = in_order(look, GroupMember, keys)
    found = {each.id: each for each in in_order(look, IssuanceRequest, [row.request_id for row in rows])}
    lacks = _lacks(look, list(found.values())) if which == DESK else {}
    waiting = _waiting(look, list(found)) if which == READY else {}
    return [
        Row(row, found[row.request_id], lacks.get(row.request_id, ()), *waiting.get(row.request_id, ("", False)))
        for row in rows
    ]


def _lacks(look: Look, at_desk: Sequence[IssuanceRequest]) -> dict[UUID, tuple[str, ...]]:
    """What keeps those that are at the desk from being complete, by request."""
    ids = [request.id for request in at_desk]
    portraits = select(Portrait.request_id, Portrait.accepted_by).where(Portrait.request_id.in_(ids))
    newest = {key: accepted for key, accepted in look.session.execute(portraits.order_by(Portrait.id))}
    signed = set(look.session.scalars(select(Signature.request_id).where(Signature.request_id.in_(ids))))
    fingers, homeless = fingerprints.missing_of(look, at_desk), history.missing_of(look, at_desk)
    return {
        request.id: requests.missing_now(
            request,
            has_portrait=bool(newest.get(request.id)),
            has_signature=request.id in signed,
            lacks_fingerprints=request.id in fingers,
            lacks_residence=request.id in homeless,
        )
        for request in at_desk
    }


def _waiting(look: Look, ids: Collection[UUID]) -> dict[UUID, tuple[str, bool]]:
    """The number of the document that waits for its holder, and whether another hands it over, by request."""
    open_to = duties.requests_open_to(look.actor.id, DutyName.HAND_OVER)
    query = select(Document.request_id, Document.number, ~open_to)
    query = query.join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
    rows = look.session.execute(query.where(Document.request_id.in_(ids), Document.state == DocumentState.CHECKED))
    return {key: (number, is_barred) for key, number, is_barred in rows}


def numbers(look: Look, group: ResettlementGroup) -> dict[UUID, str]:
    """The number of the document of each member that has one, by request: the newest attempt's."""
    query = select(Document.request_id, Document.number).join(
        GroupMember, GroupMember.request_id == Document.request_id
    )
    rows = look.session.execute(query.where(GroupMember.group_id == group.id).order_by(Document.id))
    return {key: number for key, number in rows}
