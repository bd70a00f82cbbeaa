"""Documents in the making: numbers, frozen content, and one production attempt after another."""

from __future__ import annotations

import secrets
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuance import document_types
from issuance.background import enqueue
from issuance.clock import Clock
from issuance.document_types import DocumentType
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document, NumberRange
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.services.production import chips
from issuance.vault import Vault
from printing.content import DocumentContent
from printing.errors import PrintingError
from printing.faces.compose import compose
from printing.seals.document_seal import features

URGENT, NORMAL = 0, 1
FIRST_NUMBER = 1_000_000


def content_of(
    request: IssuanceRequest,
    *,
    number: str,
    portrait: bytes | None,
    clock: Clock,
) -> DocumentContent:
    """What the document of this request says, if it were issued today."""
    person, kind, today = request.person, document_types.get(request.document_type), clock.today()
    return DocumentContent(
        document_number=number,
        family_name=person.family_name,
        given_names=person.given_names,
        native_name=person.native_name,
        birth_date=person.birth_date,
        birth_place=person.birth_place,
        sex=person.sex,
        nationality=kind.mrz.nationality_of(person.nationality) if kind.mrz else person.nationality,
        issue_date=today,
        expiry_date=kind.rules_on(request.lodged_on).valid_until(today),
        place_of_issue=request.centre.name,
        personal_number=person.cnp or "",
        address=person.address,
        reference=request.reference,
        access_number=f"{secrets.randbelow(10**6):06d}" if kind.chip else "",
        declared_identity=request.declared_identity,
        portrait=portrait,
    )


def first_attempt(
    session: Session,
    request: IssuanceRequest,
    portrait: bytes,
    *,
    vault: Vault,
    clock: Clock,
    range_size: int,
) -> Document:
    """Freeze the content under a new number and queue its print job, in the caller's transaction."""
    kind = document_types.get(request.document_type)
    number = allocate_number(session, kind, request.centre_id, range_size)
    content = content_of(request, number=number, portrait=portrait, clock=clock)
    return _attempt(session, request, content, 1, "", vault=vault, clock=clock)


def next_attempt(
    session: Session,
    spoiled: Document,
    reason: str,
    *,
    vault: Vault,
    clock: Clock,
    range_size: int,
) -> Document:
    """A new number for the same content: dates are kept, the spoiled number stays cancelled."""
    kind = document_types.get(spoiled.document_type)
    content = frozen_content(session, spoiled, vault=vault).model_copy(
        update={"document_number": allocate_number(session, kind, spoiled.request.centre_id, range_size)}
    )
    return _attempt(session, spoiled.request, content, spoiled.attempt + 1, reason, vault=vault, clock=clock)


def frozen_content(session: Session, document: Document, *, vault: Vault) -> DocumentContent:
    """The content as approved, decrypted."""
    return DocumentContent.model_validate_json(vault.get(session, document.content_id))


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


def _attempt(
    session: Session,
    request: IssuanceRequest,
    content: DocumentContent,
    attempt: int,
    reason: str,
    *,
    vault: Vault,
    clock: Clock,
) -> Document:
    check_composes(document_types.get(request.document_type), content)
    blob = vault.put(session, request.id, "content", content.model_dump_json().encode())
    document = Document(
        number=content.document_number,
        document_type=request.document_type,
        request=request,
        person=request.person,
        issue_date=content.issue_date,
        expiry_date=content.expiry_date,
        content_id=blob.id,
        attempt=attempt,
        attempt_reason=reason,
    )
    ahead = request.person.vulnerable or request.unaccompanied
    job = PrintJob(document=document, centre_id=request.centre_id, priority=URGENT if ahead else NORMAL)
    session.add_all([document, job])
    session.flush()
    enqueue(session, "prepare", clock=clock, job_id=str(job.id))
    return document


def allocate_number(session: Session, kind: DocumentType, centre_id: UUID, size: int) -> str:
    """The next number of the centre's leased range; a new range is leased when the last one is used up."""
    query = (
        select(NumberRange)
        .where(
            NumberRange.prefix == kind.number_prefix,
            NumberRange.centre_id == centre_id,
            NumberRange.next_value <= NumberRange.last_value,
        )
        .order_by(NumberRange.first_value)
        .limit(1)
        .with_for_update()
    )
    leased = session.scalar(query) or _lease(session, kind.number_prefix, centre_id, size)
    value, leased.next_value = leased.next_value, leased.next_value + 1
    return kind.number(value)


def _lease(session: Session, prefix: str, centre_id: UUID, size: int) -> NumberRange:
    last = session.scalar(select(func.max(NumberRange.last_value)).where(NumberRange.prefix == prefix))
    first = (last or FIRST_NUMBER - 1) + 1
    leased = NumberRange(
        prefix=prefix, centre_id=centre_id, first_value=first, next_value=first, last_value=first + size - 1
    )
    session.add(leased)
    session.flush()
    return leased


def job_of(session: Session, document: Document) -> PrintJob:
    """The print job of a document; every document has one."""
    return session.scalars(select(PrintJob).where(PrintJob.document_id == document.id)).one()


def current(session: Session, request: IssuanceRequest) -> Document:
    """The newest production attempt of a request; Conflict while there is none."""
    query = select(Document).where(Document.request_id == request.id).order_by(Document.attempt.desc()).limit(1)
    document = session.scalar(query)
    if document is None:
        raise Conflict("This request has no document yet: it must be approved first.")
    return document
