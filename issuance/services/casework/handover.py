"""The hand-over: the controlled act by which a checked document becomes valid."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.document_types import Rules
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document, HandOver
from issuance.models.duties import DutyName
from issuance.models.mandates import Mandate
from issuance.models.people import RightsNotice
from issuance.models.requests import IssuanceRequest
from issuance.services import centres, duties, lateness
from issuance.services.casework import overrides
from issuance.services.departures import noting as departures
from issuance.services.duties import Task
from issuance.services.life import endings, loss
from issuance.services.life.endings import OldDocuments
from issuance.services.mandates import asking, uses
from issuance.services.membership import members
from issuance.services.persons import notices, people
from issuance.services.persons.notices import Notice
from issuance.services.persons.signatures import Signed
from issuance.services.production import contradictions, documents, jobs
from issuance.services.reviews import ending
from issuance.services.rule_versions import rules_today
from issuance.services.stock import ledger
from issuance.states import DocumentState, RequestState, advance
from issuance.values import fields

IDENTITY_MEANS = ("portrait", "old_document", "travel_document", "receipt_and_questions")


@dataclass(frozen=True)
class Meeting:
    """What happened at the window. `signature` is a receipt, or `refusal` says why the person did not sign.

    `mandate_id` is the mandate of the representative who is present with a minor, `signed_by` that of who signs for the
    person.
    `surrendered_number` are the numbers of the old documents on the table, with spaces between them, and
    `why_not_given_back` says why the others are not there (`endings.WHY_NOT_GIVEN_BACK`).
    """

    identity_confirmed_by: str
    scanned_number: str
    mandate_id: UUID | None = None
    signed_by: UUID | None = None
    surrendered_number: str = ""
    why_not_given_back: str = ""
    signature: Signed | None = None
    refusal: str = ""
    notice: Notice | None = None


def hand_over(act: Act, request: IssuanceRequest, meeting: Meeting) -> Document:
    """Hand the checked document over: it becomes valid, the old one is surrendered, retention follows.

    Barred for whoever lodged, approved, printed or checked; InvalidInput names the condition that is not met.
    """
    centres.check_own(act, request)
    document = documents.current(act, request)
    duties.check(act, task_of(document))
    overrides.check_closed(act, document)
    if request.state != RequestState.READY or document.state != DocumentState.CHECKED:
        raise Conflict("This document is not ready: it has not passed its check. Open the case to see where it is.")
    contradictions.check_none(act, document)
    members.check_arrived(act, request)
    people.lock(act, request.person)
    ending.check_not_withdrawn(act, request.person, request.document_type, request.decision_date)
    rules = rules_today(act, request.document_type)
    rules.check_case(closed=request.person.case_closed_on is not None)
    _check_meeting(document, rules, meeting)
    mandate = _representative(act, request, rules, meeting)
    signer = _signer(act, request, meeting)
    old, said = endings.old_documents(act, request), _old_documents(request, meeting)
    endings.check_given_back(to_give_back(act, request), said)
    notice = _notice(act, request, rules, meeting)
    endings.succeed(act, old, said, meeting.identity_confirmed_by)
    duties.take(act, task_of(document))
    row = _record(act, document, meeting, notice)
    row.representative = mandate.shown if mandate else ""
    _note_uses(act, request, mandate, signer)
    request.handed_over_by, request.handed_over_at, request.ended_on = act.actor.id, row.at, act.clock.today()
    advance(document, DocumentState.VALID, actor=act.actor)
    request.count_term_from(document.expiry_date)
    advance(request, RequestState.DELIVERED, actor=act.actor)
    lateness.note(act, "thirty_days", request, request.due_on)
    departures.end_with(act, request, "handed_over")
    enqueue(act.session, "retention", clock=act.clock, request_id=str(request.id))
    act.record(
        "document.handed_over",
        request,
        document,
        *old,
        *{each.id: each for each in (mandate, signer) if each}.values(),
        identity=meeting.identity_confirmed_by,
        signed=meeting.signature is not None,
        surrendered=bool(row.surrendered_number),
    )
    return document


def find_wrong(act: Act, request: IssuanceRequest, reason: str) -> Document:
    """The checked document is found wrong at the desk: it is cancelled, its blank spoiled, and it is made anew.

    What the new one says is the same: what was approved wrongly takes a correction.
    """
    centres.check_own(act, request)
    if not reason.strip():
        raise InvalidInput("reason", "Say what is wrong with the document; who makes it anew reads it.")
    document = documents.current(act, request)
    if request.state != RequestState.READY:
        raise Conflict("Only a document that waits for its holder can be found wrong. Open the case again.")
    contradictions.check_none(act, document)
    advance(request, RequestState.IN_PRODUCTION, actor=act.actor)
    ledger.spoil(act, document)
    new = jobs.spoil(act, documents.job_of(act, document), reason.strip())
    act.record("document.found_wrong", request, document, reason=reason.strip())
    return new


def recorded(look: Look, request: IssuanceRequest) -> tuple[Document, HandOver] | None:
    """The document of this request that was handed over, and the record of it."""
    query = select(Document, HandOver).join(HandOver).where(Document.request_id == request.id)
    found = look.session.execute(query).first()
    return (found[0], found[1]) if found else None


def task_of(document: Document) -> Task:
    """The hand-over of this document as a duty: not of whoever lodged, enrolled, approved, printed or checked it."""
    return Task(DutyName.HAND_OVER, document.request, document)


def _check_meeting(document: Document, rules: Rules, meeting: Meeting) -> None:
    """Every condition of the type's rules, one by one; each names its field."""
    if meeting.identity_confirmed_by not in IDENTITY_MEANS:
        raise InvalidInput("identity_confirmed_by", "Say how the person's identity was confirmed.")
    if "".join(meeting.scanned_number.split()).upper() != document.number:
        raise InvalidInput(
            "scanned_number", "This is not the document of this request. Scan the number on the document itself."
        )
    if rules.hand_over_requires("signature") and meeting.signature is None and not meeting.refusal.strip():
        raise InvalidInput("signature", "Take the signature, or write why the person does not sign.")


def _representative(look: Look, request: IssuanceRequest, rules: Rules, meeting: Meeting) -> Mandate | None:
    """The mandate of the representative who is present; InvalidInput while a minor's is not there (E14)."""
    if not _needs_representative(request, rules, look.clock.today()):
        return None
    if meeting.mandate_id is None:
        raise InvalidInput(
            "representative_present",
            "A minor receives the document in the representative's presence (house rule E14). Wait for that person.",
        )
    for mandate in asking.who_may(look, request.person, "collect"):
        if mandate.id == meeting.mandate_id:
            return mandate
    raise InvalidInput(
        "representative_present", "This person has no mandate to collect for the minor today. Record it in the case."
    )


def _signer(look: Look, request: IssuanceRequest, meeting: Meeting) -> Mandate | None:
    """The mandate of who signs for the person; None when the person does, or nobody."""
    if meeting.signed_by is None or meeting.signature is None:
        return None
    return asking.one_who_may(look, request.person, "sign", meeting.signed_by, "signed_by")


def _note_uses(act: Act, request: IssuanceRequest, present: Mandate | None, signer: Mandate | None) -> None:
    if present:
        uses.note(act, present, "collected", request)
    if signer:
        uses.note(act, signer, "receipt_signed", request)


def _needs_representative(request: IssuanceRequest, rules: Rules, today: dt.date) -> bool:
    return rules.hand_over_requires("representative_present") and rules.is_minor(request.person.birth_date, today)


def needs_representative(look: Look, request: IssuanceRequest) -> bool:
    """Whether the document of this request is given only in a representative's presence (E14)."""
    return _needs_representative(request, rules_today(look, request.document_type), look.clock.today())


def to_give_back(look: Look, request: IssuanceRequest) -> list[str]:
    """The numbers of the old documents that are asked for at this hand-over.

    Also of one that the register does not have and that this request follows, unless it was lost or stolen.
    """
    numbers = [document.number for document in endings.old_documents(look, request)]
    rules = rules_today(look, request.document_type)
    if not request.previous_number or not rules.hand_over_requires(
        "old_document_surrendered", request.replacement_reason
    ):
        return numbers
    followed = fields.compact(request.previous_number)
    known = look.session.scalar(select(Document.id).where(Document.number == followed))
    return numbers if known else [*numbers, followed]


def _old_documents(request: IssuanceRequest, meeting: Meeting) -> OldDocuments:
    """What was scanned, and why the rest is not there: a document that was replaced as lost is known to be."""
    known = request.replacement_reason if request.replacement_reason in loss.KINDS else ""
    return OldDocuments(
        frozenset(meeting.surrendered_number.upper().split()), why_not=meeting.why_not_given_back or known
    )


def _notice(act: Act, request: IssuanceRequest, rules: Rules, meeting: Meeting) -> RightsNotice | None:
    """The notice given earlier, or the one done now: still open at hand-over, it is done there (E7)."""
    if meeting.notice is not None:
        return notices.record(act, request.person, meeting.notice)
    earlier = notices.given(act, request.person)
    if earlier is None and rules.hand_over_requires("rights_notice"):
        raise InvalidInput("notice_language", "Rights and duties are still to be explained: do it now and record it.")
    return earlier


def _record(act: Act, document: Document, meeting: Meeting, notice: RightsNotice | None) -> HandOver:
    signed, of = meeting.signature, document.request_id
    signature = act.vault.put(act.session, of, "signature", signed.picture) if signed else None
    row = HandOver(
        document_id=document.id,
        clerk_id=act.actor.id,
        at=act.clock.now(),
        identity_confirmed_by=meeting.identity_confirmed_by,
        surrendered_number=" ".join(meeting.surrendered_number.upper().split()),
        signature_id=signature.id if signature else None,
        signature_source=signed.source if signed else "",
        refusal_reason="" if signed else meeting.refusal.strip(),
        rights_notice_id=notice.id if notice else None,
    )
    act.session.add(row)
    act.session.flush()
    return row
