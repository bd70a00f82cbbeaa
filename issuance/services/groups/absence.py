"""Who did not arrive is noted once: the time that was kept for them is free again, and their job leaves the batch."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.errors import Conflict, NotFound
from issuance.models.batches import Batch
from issuance.models.documents import Document
from issuance.models.groups import GroupMember
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.appointments import bookings
from issuance.services.batches import running
from issuance.services.care import protection
from issuance.services.membership import members
from issuance.services.membership.members import NOT_ARRIVED
from issuance.states import BATCHES_OPEN, ENDED, JOBS_WAITING
from issuance.values.codes import one_of


def own_member(look: Look, group_id: UUID, member_id: UUID) -> GroupMember:
    """The member of a group of the actor's own centre with this id; NotFound otherwise, ProtectedRecord."""
    row = look.session.get(GroupMember, member_id)
    if row is None or row.group_id != group_id or row.group.centre_id != look.actor.centre_id:
        raise NotFound("There is no such person in this group. Open the group again.")
    protection.check(look, row.person_id)
    return row


def note(act: Act, member: GroupMember, because: str) -> None:
    """The member did not arrive: out of the group, its appointment and its batch. The request itself stays as it is.

    Conflict for who has left already, has the document, or is another centre's now.
    """
    request = _begin(act, member)
    if member.left_at is not None:
        raise Conflict("This person has left the group already. Open the group again.")
    if request.state in ENDED:
        raise Conflict("This request has ended: the person was here. Open the case to see what became of it.")
    why = one_of("because", because, NOT_ARRIVED)
    if booked := bookings.booked_for(act, request):
        bookings.cancel(act, booked)
    batch = _leave_batch(act, request)
    members.leave(act, member, why)
    act.record("group.not_arrived", request, member.group, *([batch] if batch else []), because=why)


def undo(act: Act, member: GroupMember) -> None:
    """They are here after all. Conflict when they did not stay away, or are in another group by now."""
    request = _begin(act, member)
    if member.left_because not in NOT_ARRIVED:
        raise Conflict("Nobody noted that this person did not arrive. Open the group again.")
    if member.group.closed_at is not None:
        raise Conflict("This group is closed. The person comes alone now: open the case.")
    try:
        with act.apart():
            member.left_at, member.left_because, member.left_by = None, "", None
    except IntegrityError as error:
        raise Conflict("This person is in another group now. Open the case to see in which.") from error
    act.record("group.arrived", request, member.group)


def _begin(act: Act, member: GroupMember) -> IssuanceRequest:
    act.session.refresh(member, with_for_update={"of": GroupMember})
    request = member.request
    centres.check_own(act, request)
    protection.check(act, request.person_id)
    return request


def _leave_batch(act: Act, request: IssuanceRequest) -> Batch | None:
    """Take the job that waits in a batch out of it; the batch. What a station has stays accounted where it is."""
    waits = (Document.request_id == request.id, PrintJob.state.in_(JOBS_WAITING), PrintJob.batch_id.is_not(None))
    job = act.session.scalar(select(PrintJob).join(Document, Document.id == PrintJob.document_id).where(*waits))
    if job is None or job.batch is None or job.batch.state not in BATCHES_OPEN:
        return None
    batch, job_id = job.batch, job.id
    running.lock(act, batch)
    taken = running.let_go(act, batch, (PrintJob.id == job_id) & PrintJob.state.in_(JOBS_WAITING))
    return batch if taken else None
