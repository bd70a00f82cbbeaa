"""The decision on a request, by an officer who did not lodge or enrol it; its withdrawal, and the end of its job."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from issuance import document_types
from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document
from issuance.models.duties import Bulk, BulkCase, DutyName
from issuance.models.production import PrintJob
from issuance.models.requests import Evidence, IssuanceRequest, Portrait, Signature
from issuance.models.staff import RoleName
from issuance.services import centres, duties
from issuance.services.casework import enrolment, requests
from issuance.services.departures import noting as departures
from issuance.services.duties import Task
from issuance.services.persons import people, signatures, versions
from issuance.services.production import contradictions, documents, jobs
from issuance.services.reviews import ending
from issuance.services.rule_versions import rules_of
from issuance.states import JOBS_WAITING, UNDECIDED, RequestState, advance

APPROVED = "approved"
"""The outcome of a case of a bulk that was approved."""


@dataclass(frozen=True)
class Entitlement:
    """The decision that grants protection, as the officer reads it from the file."""

    decision_number: str
    decision_date: dt.date | None


def approve(
    act: Act, request: IssuanceRequest, entitlement: Entitlement | None = None, *, bulk: Bulk | None = None
) -> Document:
    """Approve: the content is frozen, the document gets its number, its print job is queued, in one transaction.

    `bulk` is the one of which it is approved without having been opened by itself.
    """
    centres.check_own(act, request)
    check_officer(act, request)
    _check_second_entry(request, entitlement)
    document_types.get(request.document_type).check_producible()
    portrait = enrolment.accepted(act, request)
    if portrait is None or portrait.print_id is None:
        raise Conflict("No accepted portrait. Send the request back to the desk.")
    if not signatures.is_settled(act, request):
        raise Conflict("Nobody signed, nor is it noted why not. Send the request back to the desk.")
    people.lock(act, request.person)
    ending.check_not_withdrawn(act, request.person, request.document_type, request.decision_date)
    request.decided_by, request.person_version = act.actor.id, versions.newest(act, request.person)
    duties.take(act, Task(DutyName.DECISION, request))
    advance(request, RequestState.APPROVED, actor=act.actor)
    print_crop = act.vault.get(act.session, portrait.print_id)
    document = documents.first_attempt(act, request, print_crop, signatures.picture_of(act, request))
    _answer_bulks(act, request, APPROVED)
    act.record(
        "request.approved",
        *((request, document, bulk) if bulk else (request, document)),
        portrait=portrait.source,
        second_entry=request.entitlement_source == "hand",
    )
    return document


def refuse(act: Act, request: IssuanceRequest, reason: str) -> None:
    """Refuse, with a reason that goes into the notice."""
    centres.check_own(act, request)
    check_officer(act, request)
    request.decision_reason = _required(reason, "Say why the request is refused; the person is told.")
    request.decided_by, request.ended_on = act.actor.id, act.clock.today()
    request.person_version = versions.newest(act, request.person)
    request.count_term_from(act.clock.today())
    duties.take(act, Task(DutyName.DECISION, request))
    advance(request, RequestState.REFUSED, actor=act.actor)
    departures.end_with(act, request)
    act.record("request.refused", request)
    _answer_bulks(act, request, "refused")


def send_back(act: Act, request: IssuanceRequest, missing: list[str]) -> None:
    """Something is missing after all: back to the desk, which asks the person."""
    centres.check_own(act, request)
    check_officer(act, request)
    if not missing:
        raise InvalidInput("missing", "Choose what is missing; the holder is shown it.")
    request.missing = sorted(set(missing))
    advance(request, RequestState.INCOMPLETE, actor=act.actor)
    requests.tell_missing(act, request)
    act.record("request.sent_back", request, missing=", ".join(request.missing))
    _answer_bulks(act, request, "sent_back")


def _answer_bulks(act: Act, request: IssuanceRequest, outcome: str) -> None:
    """What became of the request in every bulk where it waits; a drawn one that is not approved stops its bulk."""
    waiting = select(BulkCase).where(BulkCase.request_id == request.id, BulkCase.outcome == "")
    for case in act.session.scalars(waiting):
        bulk, others = case.bulk, outcome == APPROVED and case.bulk.officer_id != act.actor.id
        case.outcome = "decided" if others else outcome
        if case.drawn and outcome != APPROVED and not (bulk.stopped_at or bulk.released_at):
            bulk.stopped_at = act.clock.now()
            act.record("bulk.stopped", bulk, request)


def withdraw(act: Act, request: IssuanceRequest, reason: str) -> None:
    """The person withdraws the request, at the latest while no station has its order and no document is made."""
    centres.check_own(act, request)
    _withdraw(act, request, _required(reason, "Say why the request is withdrawn."))
    act.record("request.withdrawn", request)


def _withdraw(act: Act, request: IssuanceRequest, reason: str) -> None:
    if not is_unmade(act, request):
        raise Conflict("A station has the order of this request, or its document is made. It cannot be withdrawn now.")
    request.decision_reason, request.ended_on = reason, act.clock.today()
    if request.state in UNDECIDED:
        request.person_version = versions.newest(act, request.person)
    request.count_term_from(act.clock.today())
    advance(request, RequestState.WITHDRAWN, actor=act.actor)
    departures.end_with(act, request)
    document = documents.newest(act, request)
    if document is not None:
        contradictions.check_none(act, document)
        jobs.stop(act, documents.job_of(act, document))


def take_back(act: Act, request: IssuanceRequest) -> None:
    """The approval is withdrawn, since the person's data were corrected: the request is decided on anew (E20).

    Conflict when a station has the order, or the document is made.
    """
    document = documents.newest(act, request)
    if document is None or not is_unmade(act, request):
        raise Conflict("A station has the order of this request, or its document is made. Lodge a correction later.")
    contradictions.check_none(act, document)
    jobs.stop(act, documents.job_of(act, document))
    request.decided_by = None
    advance(request, RequestState.COMPLETE, actor=act.actor)
    act.record("request.approval_withdrawn", request, document)


def is_unmade(look: Look, request: IssuanceRequest) -> bool:
    """Whether there is no document of a request, and no order at a station that could become one.

    Earlier attempts have ended before the newest began.
    """
    document = documents.newest(look, request)
    return document is None or documents.job_of(look, document).state in JOBS_WAITING


def cancel(act: Act, job: PrintJob, reason: str, *, again: bool) -> None:
    """A supervisor ends a job that no station has claimed: its document is made `again` under another number from the
    same content, or its request is withdrawn."""
    jobs.check_waiting(act, job)
    reason, request = _required(reason, "Say why the job is cancelled."), job.document.request
    if not again:
        _withdraw(act, request, reason)
        act.record("request.withdrawn", request, job, job.document, reason=reason)
        return
    contradictions.check_none(act, job.document)
    jobs.stop(act, job)
    documents.next_attempt(act, job.document, "cancelled")
    act.record("job.cancelled", job, job.document, request, centre_id=job.centre_id, reason=reason)


def check_officer(look: Look, request: IssuanceRequest) -> None:
    """Barred for whoever lodged, spelt, completed, or took or accepted the portrait: they never decide on it."""
    duties.check(look, Task(DutyName.DECISION, request))


def own_among(look: Look, requests: Collection[IssuanceRequest]) -> set[UUID]:
    """Those of these requests on which another duty keeps the actor from deciding."""
    among = IssuanceRequest.id.in_([request.id for request in requests])
    kept_from = ~duties.requests_open_to(look.actor.id, DutyName.DECISION)
    return set(look.session.scalars(select(IssuanceRequest.id).where(among, kept_from)))


def parts(look: Look, requests: Collection[IssuanceRequest]) -> dict[UUID, dict[str, str]]:
    """What an officer decides on, by request and part, as it is now: where it is another, somebody changed it."""
    ids = [request.id for request in requests]
    portraits = select(Portrait).where(Portrait.request_id.in_(ids)).order_by(Portrait.id)
    newest = {each.request_id: str(each.id) for each in look.session.scalars(portraits)}
    attached = defaultdict[UUID, list[str]](list)
    for each in look.session.scalars(select(Evidence).where(Evidence.request_id.in_(ids)).order_by(Evidence.id)):
        attached[each.request_id].append(str(each.id))
    kept = look.session.scalars(select(Signature).where(Signature.request_id.in_(ids)))
    signed = {each.request_id: str(each.picture_id or each.absence) for each in kept}
    return {
        request.id: {
            "request": str(request.version),
            "person": str(request.person.version),
            "portrait": newest.get(request.id, ""),
            "evidence": " ".join(attached[request.id]),
            "signature": signed.get(request.id, ""),
        }
        for request in requests
    }


def needs_second_entry(request: IssuanceRequest) -> bool:
    """Whether the officer types number and date of the decision from the file: those of the desk were typed by hand."""
    return request.entitlement_source == "hand" and rules_of(request).entitlement.decision_required


def is_unseen(request: IssuanceRequest, actor: Actor) -> bool:
    """Whether the desk's entitlement is hidden from this account, which may still have to type it unseen."""
    return RoleName.DECISION_OFFICER in actor.roles and request.decided_by is None and needs_second_entry(request)


def _check_second_entry(request: IssuanceRequest, entitlement: Entitlement | None) -> None:
    """What was typed by hand is typed a second time, unseen, and must agree."""
    if not needs_second_entry(request):
        return
    if entitlement is None or not entitlement.decision_number.strip() or entitlement.decision_date is None:
        raise InvalidInput("decision_number", "Type the number and the date of the decision from the file yourself.")
    typed = (entitlement.decision_number.strip(), entitlement.decision_date)
    if typed != (request.decision_number, request.decision_date):
        raise InvalidInput(
            "decision_number",
            "Number or date of the decision differ from what the desk typed. Look at the file again;"
            " send the request back if the desk was wrong.",
        )


def _required(text: str, message: str) -> str:
    if not text.strip():
        raise InvalidInput("reason", message)
    return text.strip()
