"""What strangers are told of a document: one verdict, for the status page, the verifier's page and the lists.

Reported, cancelled, expired, ended and superseded are one public verdict: why is for the police. A document that was
never handed over is none of ours, whoever shows it. See docs/adr/0064-lists-of-what-holds.md.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from issuance.acts import Look
from issuance.keys.development import COUNTRY, STATE
from issuance.models.documents import Document
from issuance.models.endings import ToldLoss
from issuance.services.life import extensions
from issuance.services.life.extensions import Extension
from issuance.services.life.validity import HELD, Held, Standing, extension_of, standing_of
from issuance.services.production import seals
from printing.lists.status_list import Status
from printing.pki.signing import CertificateError
from printing.seals import seal
from printing.seals.encoding import SealError


class Verdict(StrEnum):
    """What anybody may know of a document."""

    VALID = "valid"
    NOT_VALID = "not_valid"
    NOT_OURS = "not_ours"


STATUSES = {
    Standing.VALID: Status.VALID,
    Standing.SUSPENDED: Status.SUSPENDED,
    Standing.IN_THE_MAKING: Status.NEVER_ISSUED,
    Standing.CANCELLED: Status.NEVER_ISSUED,
}
"""What the lists say of a document; of every other one that it is invalid."""

VERDICTS = {Status.VALID: Verdict.VALID, Status.NEVER_ISSUED: Verdict.NOT_OURS}


def status_of(standing: Standing) -> Status:
    """What the lists say of a document that stands like this."""
    return STATUSES.get(standing, Status.INVALID)


def verdict_of(standing: Standing | None) -> Verdict:
    """The verdict on a document that stands like this; None for one that we do not know."""
    return Verdict.NOT_OURS if standing is None else VERDICTS.get(status_of(standing), Verdict.NOT_VALID)


@dataclass(frozen=True)
class Judged:
    """A verdict, and what is printed on a document of ours: to compare with what is shown.

    `extension`: by which decision it holds longer than is printed.
    """

    verdict: Verdict
    document_type: str = ""
    number: str = ""
    last_day: dt.date | None = None
    extension: Extension | None = None


ISSUER = STATE
"""Of our documents, as their machine readable zones say it."""

NOT_OURS = Judged(Verdict.NOT_OURS)


def of_number(look: Look, number: str, printed: dt.date | None) -> Judged:
    """Judge what is typed: the number, and the last day printed with it, or of a document without one its day of issue.

    One statement compares both, so that a number alone tells nobody whether there is such a document.
    """
    return _judged(look, Document.number == number, func.coalesce(Document.expiry_date, Document.issue_date) == printed)


def of_document(look: Look, document_id: UUID) -> Judged:
    """Judge a document of ours."""
    return _judged(look, Document.id == document_id)


def _judged(look: Look, *which: ColumnElement[bool]) -> Judged:
    extensions.agreed(look)  # whether there is such a document or not, so that both are the same work
    query = select(Document.number, ToldLoss.told_at, *HELD)
    query = query.outerjoin(ToldLoss, ToldLoss.document_id == Document.id).where(*which)
    found = look.session.execute(query).one_or_none()
    if found is None:
        return NOT_OURS
    number, told_at, *read = found
    held = Held._make(read)
    standing, extension = standing_told(look, held, told_at)
    verdict = verdict_of(standing)
    if verdict is Verdict.NOT_OURS:
        return NOT_OURS
    return Judged(verdict, held.document_type, number, held.expiry_date, extension)


def standing_told(look: Look, held: Held, told_at: dt.datetime | None) -> tuple[Standing, Extension | None]:
    """What the document is today, and by which decision it holds longer than is printed.

    One whose loss was told is suspended before the office made an act of it.
    """
    standing = standing_of(look, held)
    if told_at and standing is Standing.VALID:
        return Standing.SUSPENDED, None
    return standing, extension_of(look, held)


def of_seal(look: Look, data: bytes) -> Judged | seal.Seal | None:
    """Judge a scanned seal by the certificates under which this register signed; None: it is no seal.

    The seal itself when another signed it: its header says who. A seal with a wrong signature is not ours.
    """
    try:
        found = seal.verify(data, [one.certificate for one in seals.certificates(look)], at=look.clock.now())
    except (SealError, CertificateError):
        return None
    if found.verdict is seal.Verdict.UNKNOWN_SIGNER:
        return NOT_OURS if found.seal.header.signer[:2] == COUNTRY else found.seal
    if found.verdict is seal.Verdict.SIGNATURE_WRONG or found.seal.mrz is None:
        return NOT_OURS
    return _judged(look, Document.number == found.seal.mrz.document_number.rstrip("<"))
