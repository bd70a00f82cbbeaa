"""A bulk is released once its drawn cases are decided; then each of the rest is approved by itself, in its own act."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.errors import Conflict, NotFound
from issuance.models.duties import Bulk, BulkCase
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.bulks.drawing import by_lot, digests, rules_on_bulk
from issuance.services.bulks.exceptions import ALIKE, CHANGED, alone, has_alike
from issuance.services.casework import decisions
from issuance.services.casework.decisions import APPROVED
from issuance.states import RequestState

DECIDED, NO_OFFICER, REFUSED = "decided", "no_officer", "refused_by_register"


@dataclass(frozen=True)
class Counted:
    """How many cases are in a bulk, how many of them are drawn, how many of those wait, how many are approved."""

    cases: int
    drawn: int
    to_open: int
    approved: int

    @classmethod
    def of(cls, rows: Collection[BulkCase]) -> Counted:
        """Of these cases those that wait or were approved."""
        there = [row for row in rows if row.outcome in ("", APPROVED)]
        to_open = sum(row.drawn and not row.outcome for row in there)
        return cls(len(there), sum(row.drawn for row in there), to_open, sum(bool(row.outcome) for row in there))


def own(look: Look, bulk_id: UUID) -> Bulk:
    """The bulk of this officer at the centre where they work; NotFound for anybody else's."""
    bulk = look.session.get(Bulk, bulk_id)
    if bulk is None or (bulk.officer_id, bulk.centre_id) != (look.actor.id, look.actor.centre_id):
        raise NotFound("You have drawn no such requests. Open the list again.")
    return bulk


def open_of(look: Look) -> list[Bulk]:
    """The officer's bulks of today that are not released or stopped and in which something waits, the oldest first."""
    waits = select(BulkCase.bulk_id).where(BulkCase.bulk_id == Bulk.id, BulkCase.outcome == "").exists()
    mine = (Bulk.officer_id == look.actor.id, Bulk.centre_id == look.actor.centre_id)
    query = select(Bulk).where(*mine, Bulk.day == look.clock.today(), Bulk.released_at.is_(None))
    return list(look.session.scalars(query.where(Bulk.stopped_at.is_(None), waits).order_by(Bulk.id)))


def taken_today(look: Look, request_ids: Collection[UUID]) -> set[UUID]:
    """Those of these requests that were taken into a bulk today: no second is drawn for them."""
    among = BulkCase.request_id.in_(request_ids)
    return set(look.session.scalars(select(BulkCase.request_id).where(among, BulkCase.day == look.clock.today())))


def cases(look: Look, bulk: Bulk) -> list[BulkCase]:
    """Every case of a bulk, the drawn ones first."""
    query = select(BulkCase).where(BulkCase.bulk_id == bulk.id)
    return list(look.session.scalars(query.order_by(BulkCase.drawn.desc(), BulkCase.id)))


def drawn_here(look: Look, request_id: UUID) -> BulkCase | None:
    """The case as one that was drawn for this officer today, whatever became of it."""
    query = (
        select(BulkCase)
        .join(Bulk)
        .where(
            BulkCase.request_id == request_id,
            BulkCase.day == look.clock.today(),
            BulkCase.drawn,
            Bulk.officer_id == look.actor.id,
        )
    )
    return look.session.scalar(query.options(lazyload(BulkCase.request)))  # who asks has it


def outcomes(look: Look, rows: Collection[BulkCase]) -> dict[UUID, str]:
    """What became of each case of a bulk, by its id; what waits and changed since it was drawn is out of it already."""
    waiting = [row.request for row in rows if not row.outcome]
    seen, why = digests(look, waiting), alone(look, waiting)
    return {row.id: row.outcome or _fallen(row, seen[row.request_id], why.get(row.request_id, "")) for row in rows}


def _fallen(row: BulkCase, seen: str, why: str) -> str:
    """Why a case that waits is not approved with the others any more; empty when it is."""
    if row.request.state != RequestState.COMPLETE:
        return DECIDED
    return CHANGED if seen != row.seen else why


def release(act: Act, bulk_id: UUID) -> int:
    """The drawn ones were approved one by one: approve the rest. What changed meanwhile is left out.

    Where too few of the drawn ones are left, more are drawn; how many is returned, 0 once it is released. Conflict
    while one of them waits, and for a bulk that is stopped, released or of another day.
    """
    bulk = own(act, bulk_id)
    act.session.refresh(bulk, with_for_update=True)
    _check_open(act, bulk)
    waiting = _still_waiting(act, bulk)
    if left := sum(row.drawn for row in waiting):
        raise Conflict("%(count)s of the drawn requests wait: open and decide each of them first.", count=left)
    more = _lacking(act, bulk, waiting)
    if more:
        _draw_more(act, bulk, waiting, more)
        return more
    bulk.released_at = act.clock.now()
    enqueue(act.session, "approve-together", clock=act.clock, bulk_id=str(bulk.id))
    act.record("bulk.released", bulk, count=len(waiting))
    return 0


def _check_open(look: Look, bulk: Bulk) -> None:
    if bulk.stopped_at:
        raise Conflict("One of the drawn requests was not approved, so the others are decided one by one.")
    if bulk.released_at:
        raise Conflict("These requests are being approved already.")
    if bulk.day != look.clock.today():
        raise Conflict("These requests were drawn on an earlier day. Draw anew from the list.")


def _still_waiting(act: Act, bulk: Bulk) -> list[BulkCase]:
    """What is still in the bulk; what is not any more is left out for good."""
    rows = [row for row in cases(act, bulk) if not row.outcome]
    found = outcomes(act, rows)
    for row in rows:
        if found[row.id]:
            _leave(act, row, found[row.id])
    return [row for row in rows if not row.outcome]


def _lacking(look: Look, bulk: Bulk, waiting: Sequence[BulkCase]) -> int:
    """How many more are drawn, so that the share of the rule was decided one by one."""
    rules = rules_on_bulk(look, bulk.document_type)
    if rules is None:
        raise Conflict("Requests for this document are decided one by one now. Open the next one.")
    approved = [row for row in cases(look, bulk) if row.outcome == APPROVED]
    needed = rules.sample_of(len(approved) + len(waiting))
    return min(len(waiting), max(0, needed - sum(row.drawn for row in approved)))


def _draw_more(act: Act, bulk: Bulk, waiting: Sequence[BulkCase], count: int) -> None:
    drawn = {request.id for request in by_lot([row.request for row in waiting], count)}
    for row in waiting:
        row.drawn = row.request_id in drawn
    act.record("bulk.drawn_more", bulk, count=count)


# After the release: each case by itself, for the officer


def to_approve(look: Look, bulk_id: UUID) -> list[UUID]:
    """The cases of a released bulk that nothing became of yet."""
    query = select(BulkCase.id).join(Bulk).where(BulkCase.bulk_id == bulk_id, BulkCase.outcome == "")
    return list(look.session.scalars(query.where(Bulk.released_at.is_not(None)).order_by(BulkCase.id)))


def officer(look: Look, bulk_id: UUID) -> Actor | None:
    """Who released the bulk, as the author of its approvals; None when they may not decide there any more."""
    bulk = look.session.get_one(Bulk, bulk_id)
    return centres.in_the_name_of(look, bulk.officer_id, bulk.centre_id, RoleName.DECISION_OFFICER)


def approve(act: Act, case_id: UUID) -> None:
    """Approve one case with all that a single approval checks; one that is not what was ticked is left out."""
    row = act.session.get_one(BulkCase, case_id)
    if row.outcome:
        return
    why = outcomes(act, [row])[row.id] or (ALIKE if has_alike(act, row.request) else "")
    if why:
        _leave(act, row, why)
    else:
        decisions.approve(act, row.request, bulk=row.bulk)


def leave_out(act: Act, case_id: UUID, why: str) -> None:
    """A case is not approved with the others, since its officer may not, or the register refused it."""
    row = act.session.get_one(BulkCase, case_id)
    if not row.outcome:
        _leave(act, row, why)


def _leave(act: Act, row: BulkCase, why: str) -> None:
    row.outcome = why
    act.record("bulk.case_left", row.bulk, row.request, centre_id=row.bulk.centre_id, code=why)
