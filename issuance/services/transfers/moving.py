"""A case goes to another centre with what of it waits: one family, one act. What is made stays where it was made."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from issuance import document_types
from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict, StaleState
from issuance.models.batches import ORDINARY
from issuance.models.documents import Document
from issuance.models.duties import BulkCase
from issuance.models.notices import Contact
from issuance.models.people import LoneChild
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName
from issuance.models.transfers import Transfer
from issuance.services import centres
from issuance.services.care import protection
from issuance.services.membership import members
from issuance.services.production import documents, jobs
from issuance.services.stock import booklets
from issuance.services.transfers import asking, hindrances
from issuance.services.transfers.asking import Wanted
from issuance.services.transfers.hindrances import MOVED, WHY

LEFT_BULK = "moved"
"""What becomes of a case in a bulk of the centre that it leaves."""


def move(act: Act, request: IssuanceRequest, wanted: Wanted) -> list[Transfer]:
    """One case and its family go now; what became of each. Conflict says what keeps the case here."""
    centres.check_own(act, request)
    family = asking.family(act, request)
    rows = asking.rows_of(act, family, wanted)
    settle(act, rows)
    if rows[0].outcome != MOVED:
        raise Conflict(WHY[rows[0].outcome])
    return rows


# One after another, in the background


def waiting(look: Look, centre_id: UUID) -> list[UUID]:
    """The cases of a centre that wait for their turn to go, in the order in which they were sent."""
    query = select(Transfer.id).where(Transfer.from_centre_id == centre_id, Transfer.outcome == written(""))
    return list(look.session.scalars(query.order_by(Transfer.id)))


def author(look: Look, transfer_id: UUID) -> Actor | None:
    """Who sent the case, as the author of its move; None when they are not supervisor there any more."""
    row = look.session.get_one(Transfer, transfer_id)
    return centres.in_the_name_of(look, row.asked_by, row.from_centre_id, RoleName.SUPERVISOR)


def go_on(act: Act, transfer_id: UUID) -> None:
    """The turn of one case, and of what was sent of its family with it; nothing when it went with another."""
    settle(act, _together(act, transfer_id))


def leave_out(act: Act, transfer_id: UUID, why: str) -> None:
    """A case stays, since who sent it may not do so any more or the register refused it."""
    for row in _together(act, transfer_id):
        _end(act, row, why)
        act.record("case.stayed", row.request, centre_id=row.from_centre_id, code=why)


def _together(look: Look, transfer_id: UUID) -> list[Transfer]:
    row = look.session.get_one(Transfer, transfer_id)
    if row.outcome:
        return []
    if row.request.party_id is None:
        return [row]
    query = select(Transfer).join(IssuanceRequest).where(IssuanceRequest.party_id == row.request.party_id)
    query = query.where(Transfer.outcome == written(""), Transfer.from_centre_id == row.from_centre_id)
    return list(look.session.scalars(query.order_by(Transfer.id)))


# What an act does


def settle(act: Act, rows: Sequence[Transfer]) -> None:
    """Let these of one family go, or say of each what keeps it. A part of an act."""
    kept = _kept(act, rows)
    going = [row for row in rows if row.id not in kept]
    made: dict[UUID, list[Document | PrintJob]] = {}
    try:
        with act.session.begin_nested():
            made = {row.id: _go(act, row) for row in going}
    except StaleState:
        raise
    except Conflict:  # the one thing that can be wanting there: a booklet, whose number is the document's
        kept |= {row.id: hindrances.BOOKLET for row in going}
    for row in rows:
        _end(act, row, kept.get(row.id, MOVED))
        _record(act, row, made.get(row.id, []))


def _kept(act: Act, rows: Sequence[Transfer]) -> dict[UUID, str]:
    """The codes of what keeps them, by transfer; for a family that goes whole or not at all also by one another."""
    here = [row.request for row in rows if row.request.centre_id == row.from_centre_id]
    found = hindrances.of(act, here, lock=True)
    elsewhere = {row.id: hindrances.ELSEWHERE for row in rows if row.request not in here}
    kept = elsewhere | {row.id: found[row.request_id] for row in rows if row.request_id in found}
    if rows and not act.session.get_one(Centre, rows[0].to_centre_id).active:
        kept = {row.id: hindrances.CLOSED for row in rows}
    if kept and not all(row.apart for row in rows):
        kept = {row.id: hindrances.FAMILY for row in rows} | kept
    return kept


def _go(act: Act, row: Transfer) -> list[Document | PrintJob]:
    """The request and its waiting job are the other centre's; the document and job as they are afterwards."""
    request, job = row.request, hindrances.newest_jobs(act, [row.request]).get(row.request_id)
    again = job is not None and booklets.is_bound_to(document_types.get(request.document_type))
    if job:
        job.batch_id, job.rank, job.parked, job.wanted_station_id = None, ORDINARY, False, None
    if job and again:
        jobs.stop(act, job)
    request.centre_id = row.to_centre_id
    act.session.flush()
    act.session.refresh(request, ["centre"])
    protection.move(act, request, request.centre)
    _take_along(act, row)
    if job is None:
        return []
    if again:
        document = documents.next_attempt(act, job.document, "transferred")
        return [document, documents.job_of(act, document)]
    job.centre_id = row.to_centre_id
    return [job.document, job]


def _take_along(act: Act, row: Transfer) -> None:
    """What else of the request is in a list of its centre: its group, a bulk, the search for a guardian, an address to
    ask for, an earlier arrival."""
    members.leave_with_case(act, row.request)
    bulks = select(BulkCase).where(BulkCase.request_id == row.request_id, BulkCase.outcome == "")
    for case in act.session.scalars(bulks):
        case.outcome = LEFT_BULK
    child = select(LoneChild).where(LoneChild.person_id == row.request.person_id, LoneChild.ended_at.is_(None))
    for alone in act.session.scalars(child.where(LoneChild.centre_id == row.from_centre_id)):
        alone.centre_id = row.to_centre_id
    asking = select(Contact).where(Contact.person_id == row.request.person_id, Contact.refused_in == row.from_centre_id)
    for contact in act.session.scalars(asking.where(Contact.withdrawn_at.is_(None))):
        contact.refused_in = row.to_centre_id
    before = select(Transfer).where(Transfer.request_id == row.request_id, Transfer.outcome == MOVED)
    for earlier in act.session.scalars(before.where(Transfer.seen_by.is_(None))):
        earlier.seen_by, earlier.seen_at = act.actor.id, act.clock.now()


def _end(act: Act, row: Transfer, outcome: str) -> None:
    row.outcome, row.ended_at = outcome, act.clock.now()


def _record(act: Act, row: Transfer, made: Sequence[Document | PrintJob]) -> None:
    if row.outcome != MOVED:
        act.record("case.stayed", row.request, code=row.outcome)
        return
    to = act.session.get_one(Centre, row.to_centre_id).code
    act.record("case.moved", row.request, *made, to=to, because=row.because)
