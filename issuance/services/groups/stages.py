"""How far a group is: worked out from its requests whenever it is looked at, and kept nowhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select

from issuance.acts import Look
from issuance.models.groups import GroupMember, ResettlementGroup
from issuance.models.requests import IssuanceRequest
from issuance.services.membership.members import CLOSED, MOVED
from issuance.states import AT_THE_DESK, RequestState


class Stage(StrEnum):
    """What a group waits for next: the first of these that somebody of it waits for."""

    LISTED = "listed"
    TO_ENROL = "to_enrol"
    TO_DECIDE = "to_decide"
    IN_MAKING = "in_making"
    TO_HAND_OVER = "to_hand_over"
    DONE = "done"
    CLOSED = "closed"


_WAITS = {
    **dict.fromkeys(AT_THE_DESK, Stage.TO_ENROL),
    RequestState.COMPLETE: Stage.TO_DECIDE,
    **dict.fromkeys((RequestState.APPROVED, RequestState.IN_PRODUCTION), Stage.IN_MAKING),
    **dict.fromkeys((RequestState.READY, RequestState.UNCOLLECTED), Stage.TO_HAND_OVER),
}


@dataclass(frozen=True)
class Counts:
    """How many members wait for what; how many have their document, ended without one, did not arrive."""

    waiting: Mapping[Stage, int]
    delivered: int = 0
    ended: int = 0
    absent: int = 0
    moved: int = 0
    is_closed: bool = False

    @property
    def there(self) -> int:
        """How many came, or are expected."""
        return sum(self.waiting.values()) + self.delivered + self.ended

    @property
    def stage(self) -> Stage:
        """How far the group is."""
        if self.is_closed:
            return Stage.CLOSED
        if not self.there and not self.absent:
            return Stage.LISTED
        return next((each for each in Stage if self.waiting.get(each)), Stage.DONE)


def counts(look: Look, groups: Collection[ResettlementGroup]) -> dict[UUID, Counts]:
    """The counts of each of these groups, asked once for all."""
    query = (
        select(GroupMember.group_id, GroupMember.left_because, IssuanceRequest.state, func.count())
        .join(IssuanceRequest, IssuanceRequest.id == GroupMember.request_id)
        .where(GroupMember.group_id.in_([each.id for each in groups]))
        .group_by(GroupMember.group_id, GroupMember.left_because, IssuanceRequest.state)
    )
    rows = look.session.execute(query).all() if groups else []
    return {each.id: _counted(each, [row[1:] for row in rows if row[0] == each.id]) for each in groups}


def _counted(group: ResettlementGroup, rows: Collection[tuple[str, RequestState, int]]) -> Counts:
    waiting, others = dict.fromkeys(Stage, 0), dict.fromkeys(("delivered", "ended", "absent", "moved"), 0)
    for because, state, count in rows:
        if because not in ("", CLOSED):
            others["moved" if because == MOVED else "absent"] += count
        elif state in _WAITS:
            waiting[_WAITS[state]] += count
        else:
            others["delivered" if state == RequestState.DELIVERED else "ended"] += count
    return Counts(waiting, **others, is_closed=group.closed_at is not None)


def of(look: Look, group: ResettlementGroup) -> Counts:
    """The counts of one group."""
    return counts(look, [group])[group.id]
