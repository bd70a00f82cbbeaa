"""Documents in the making: numbers, frozen content, and one production attempt after another."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import lazyload

from issuance import document_types
from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.db import uuid7, wait_turn
from issuance.document_types import DocumentType
from issuance.errors import Conflict, InvalidInput
from issuance.models.batches import Batch
from issuance.models.documents import Document, NumberRange
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.services import duties, parties
from issuance.services.capture import fingerprints
from issuance.services.production import chips
from issuance.services.rule_versions import rules_of
from issuance.services.stock import booklets
from issuance.services.trust import epochs
from issuance.states import BATCHES_OPEN, BatchState
from printing.content import DocumentContent
from printing.errors import PrintingError
from printing.faces.compose import compose
from printing.seals.document_seal import features

FIRST_NUMBER = 1_000_000


def content_of(
    look: Look, request: IssuanceRequest, number: str, portrait: bytes | None, signature: bytes | None
) -> DocumentContent:
    """What the document of this request says, if it were issued today."""
    person, kind, today = request.person, document_types.get(request.document_type), look.clock.today()
    return DocumentContent(
        document_number=number,
        family_name=person.family_name,
        given_names=person.given_names,
        native_name=person.native_name,
        birth_date=person.birth_date,
        birth_place=person.birth_place,
        sex=person.sex,
        nationality=kind.mrz.nationality_of(person.nationality) if kind.mrz else person.nationality,
        other_nationalities=person.nationalities[1:],
        issue_date=today,
        expiry_date=_last_day(look, request),
        place_of_issue=request.centre.name,
        personal_number=person.cnp or "",
        address=person.address,
        reference=request.reference,
        access_number=f"{secrets.randbelow(10**6):06d}" if kind.chip else "",
        declared_identity=request.declared_identity,
        portrait=portrait,
        signature=signature,
    )


def _last_day(look: Look, request: IssuanceRequest) -> dt.date | None:
    """The last valid day of a document issued today: shorter for who can give no fingerprints for now (E18)."""
    today = look.clock.today()
    days = rules_of(request).valid_until(today), fingerprints.last_day(look, request, today)
    return min((day for day in days if day), default=None)


def first_attempt(act: Act, request: IssuanceRequest, portrait: bytes, signature: bytes | None) -> Document:
    """Freeze the content under a new number and queue its print job, in the caller's transaction."""
    kind = document_types.get(request.document_type)
    number = allocate_number(act, kind, request.centre_id, act.settings.range_size)
    content = content_of(act, request, number, portrait, signature)
    earlier = newest(act, request)  # of an approval that was withdrawn
    return _attempt(act, request, content, earlier.attempt + 1 if earlier else 1, "corrected" if earlier else "")


def next_attempt(act: Act, spoiled: Document, reason: str) -> Document:
    """A new number for the same content, for the same station: dates are kept, the spoiled number stays cancelled."""
    kind = document_types.get(spoiled.document_type)
    content = frozen_content(act, spoiled).model_copy(
        update={"document_number": allocate_number(act, kind, spoiled.request.centre_id, act.settings.range_size)}
    )
    document = _attempt(act, spoiled.request, content, spoiled.attempt + 1, reason)
    job, before = job_of(act, document), job_of(act, spoiled)
    job.wanted_station_id = before.wanted_station_id
    _stay_in_batch(act, job, before)
    return document


def _stay_in_batch(act: Act, job: PrintJob, before: PrintJob) -> None:
    """The next attempt is made in the batch of the one before, as long as that has not ended."""
    if before.batch_id is None:
        return
    batch = act.session.get_one(Batch, before.batch_id, with_for_update={"read": True})
    if batch.state in BATCHES_OPEN:
        job.batch_id, job.rank, job.parked = batch.id, batch.rank, batch.state != BatchState.RUNNING


def frozen_content(look: Look, document: Document) -> DocumentContent:
    """The content as approved, decrypted."""
    return DocumentContent.model_validate_json(look.vault.get(look.session, document.content_id))


def check_composes(kind: DocumentType, content: DocumentContent) -> None:
    """Compose once, so that what no face, seal or chip can say is refused at the desk and not at the printer."""
    template = kind.template()
    try:
        compose(content, template, specimen=True)
        if template.seal:
            features(content, template)  # a specimen carries no seal
        chips.check(content, kind)  # nor has it a chip
    except PrintingError as error:
        raise InvalidInput.of(error) from error


def check_draft(look: Look, request: IssuanceRequest) -> None:
    """What its approval would refuse, refused before: InvalidInput for what the document could not carry."""
    kind = document_types.get(request.document_type)
    if kind.face is None:
        return
    try:
        check_composes(kind, content_of(look, request, kind.number(0), None, None))
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise InvalidInput(field, "This is longer than any document can carry. Shorten it.") from error
    except InvalidInput as error:
        error.field = "cnp" if error.field == "personal_number" else error.field
        raise


def _attempt(act: Act, request: IssuanceRequest, content: DocumentContent, attempt: int, reason: str) -> Document:
    check_composes(document_types.get(request.document_type), content)
    blob = act.vault.put(act.session, request.id, "content", content.model_dump_json().encode())
    document = Document(
        number=content.document_number,
        document_type=request.document_type,
        exclusive=document_types.get(request.document_type).exclusive,
        request=request,
        person=request.person,
        issue_date=content.issue_date,
        expiry_date=content.expiry_date,
        content_id=blob.id,
        attempt=attempt,
        attempt_reason=reason,
    )
    job = PrintJob(id=uuid7(), document=document, centre_id=request.centre_id, lodged_on=request.lodged_on)
    job.ordered_at = act.clock.now()
    job.turn_id, job.priority = job.id, parties.priority_of(request)
    act.session.add_all([document, job])
    act.session.flush()
    if request.party_id:
        parties.place(act, request.party_id)
    duties.follow(act, document)
    enqueue(act.session, "prepare", clock=act.clock, job_id=str(job.id))
    return document


def allocate_number(act: Act, kind: DocumentType, centre_id: UUID, size: int) -> str:
    """The next number of the centre's leased range, a new range when the last one is used up; or that of a booklet."""
    if booklets.is_bound_to(kind):
        return booklets.reserve(act, kind, centre_id).serial
    leased = _leased(act, kind.number_prefix, centre_id) or _lease(act, kind.number_prefix, centre_id, size)
    value, leased.next_value = leased.next_value, leased.next_value + 1
    return kind.number(value)


def _leased(act: Act, prefix: str, centre_id: UUID) -> NumberRange | None:
    """The range of this centre that has numbers left, locked until the act ends."""
    query = select(NumberRange).where(
        NumberRange.prefix == prefix,
        NumberRange.centre_id == centre_id,
        NumberRange.next_value <= NumberRange.last_value,
    )
    return act.session.scalar(query.order_by(NumberRange.first_value).limit(1).with_for_update())


def _lease(act: Act, prefix: str, centre_id: UUID, size: int) -> NumberRange:
    """A new range, unless another act leased one for this centre while we waited for our turn."""
    wait_turn(act.session, f"lease numbers of {prefix}")
    if leased := _leased(act, prefix, centre_id):
        return leased
    last = act.session.scalar(select(func.max(NumberRange.last_value)).where(NumberRange.prefix == prefix))
    first = epochs.next_value(act, last or FIRST_NUMBER - 1)
    leased = NumberRange(
        prefix=prefix, centre_id=centre_id, first_value=first, next_value=first, last_value=first + size - 1
    )
    act.session.add(leased)
    act.session.flush()
    return leased


def job_of(look: Look, document: Document) -> PrintJob:
    """The print job of a document; every document has one."""
    return look.session.scalars(select(PrintJob).where(PrintJob.document_id == document.id)).one()


def newest(look: Look, request: IssuanceRequest) -> Document | None:
    """The newest production attempt of a request, which replaces the earlier ones; None while there is none."""
    query = select(Document).where(Document.request_id == request.id).order_by(Document.attempt.desc()).limit(1)
    return look.session.scalar(query)


def of_requests(look: Look, request_ids: Collection[UUID]) -> dict[UUID, list[Document]]:
    """Every attempt of these requests, by request, the newest first; requests without one are left out."""
    query = select(Document).where(Document.request_id.in_(request_ids)).order_by(Document.attempt.desc())
    query = query.options(lazyload(Document.request), lazyload(Document.person))
    made = look.still((of_requests, frozenset(request_ids)), lambda: look.session.scalars(query).all())
    found: dict[UUID, list[Document]] = {}
    for document in made:
        found.setdefault(document.request_id, []).append(document)
    return found


def of_request(look: Look, request: IssuanceRequest) -> list[Document]:
    """Every attempt of one, the newest first."""
    return of_requests(look, {request.id}).get(request.id, [])


def current(look: Look, request: IssuanceRequest) -> Document:
    """The newest production attempt of a request; Conflict while there is none."""
    document = newest(look, request)
    if document is None:
        raise Conflict("This request has no document yet: it must be approved first.")
    return document
