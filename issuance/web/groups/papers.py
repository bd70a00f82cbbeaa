"""The list of a group as it is printed: what each member has, by reference, so that nobody is named."""

from __future__ import annotations

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.models.groups import ResettlementGroup
from issuance.models.staff import Staff
from issuance.services.groups import lacking
from issuance.services.groups.lacking import Row
from issuance.services.membership.members import MOVED
from issuance.states import RequestState
from issuance.values import references
from printing.papers import GroupLine, GroupList, Words

HAS = {
    RequestState.DELIVERED: Words("înmânat", "handed over"),
    RequestState.READY: Words("de înmânat", "to be handed over"),
    RequestState.UNCOLLECTED: Words("neridicat", "not collected"),
    RequestState.REFUSED: Words("respins", "refused"),
    RequestState.WITHDRAWN: Words("retras", "withdrawn"),
    RequestState.CLOSED: Words("închis", "closed"),
}
ABSENT, MOVED_ON, IN_HAND = (
    Words("nu a sosit", "did not arrive"),
    Words("la alt centru", "at another centre"),
    Words("în lucru", "in hand"),
)


def paper_of(look: Look, group: ResettlementGroup) -> GroupList:
    """The paper of a group as it is now."""
    rows = [*_all(look, group, lacking.ALL), *_all(look, group, lacking.ABSENT)]
    numbers = lacking.numbers(look, group)
    made_by = look.session.get_one(Staff, look.actor.id)
    return GroupList(
        group=f"{group.name} · {group.sender_number}",
        origin=group.origin,
        expected_on=group.expected_on,
        made_at=look.clock.now().astimezone(OFFICE_ZONE),
        made_by=made_by.full_name,
        given=sum(row.request.state == RequestState.DELIVERED for row in rows),
        lines=tuple(
            GroupLine(
                str(at),
                references.grouped(row.request.reference),
                row.request.document_type,
                numbers.get(row.request.id, ""),
                _has(row),
            )
            for at, row in enumerate(sorted(rows, key=lambda row: row.member.place), start=1)
        ),
        centre_name=group.centre.name,
        centre_address=group.centre.address,
    )


def _all(look: Look, group: ResettlementGroup, which: str) -> list[Row]:
    rows, after, more = list[Row](), 0, True
    while more:
        found = lacking.page(look, group, which, after)
        rows += found[: lacking.PAGE_ROWS]
        more = len(found) > lacking.PAGE_ROWS
        after = rows[-1].member.place if rows else 0
    return rows


def _has(row: Row) -> Words:
    if row.member.left_because == MOVED:
        return MOVED_ON
    if row.member.left_at is not None and row.member.left_because not in ("", "closed"):
        return ABSENT
    return HAS.get(row.request.state, IN_HAND)
