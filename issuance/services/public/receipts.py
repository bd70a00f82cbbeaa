"""The code on a receipt: random, opens the status of its request alone, and ends with the next one (ADR 0079)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import aliased

from issuance.acts import Act, Look
from issuance.models.documents import BEFORE, Document
from issuance.models.holders import ReceiptCode
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.values import fields, references

RANDOM_BYTES = 16
AT_THE_END = re.compile(r"[A-Z2-7]{26}$")
"""A scanner at a desk types the whole address of the QR code, by whatever keyboard: its end is the code."""


def _by_reference(reference: Any, birth_date: Any) -> ColumnElement[bool]:
    return and_(IssuanceRequest.reference == reference, Person.birth_date == birth_date)


NUMBER = re.compile(r"[A-Z0-9/.-]{1,40}")
"""What a number of a document of before may be; nothing else is looked for."""


def _by_code(digest: Any) -> ColumnElement[bool]:
    found = select(ReceiptCode.request_id).where(ReceiptCode.digest == digest)
    return IssuanceRequest.id == found.scalar_subquery()


def _by_number(number: Any, birth_date: Any) -> ColumnElement[bool]:
    """A document of before, for which nobody was given a reference: its number is shown instead."""
    old = aliased(Document)  # beside the one that who asks may have joined
    found = select(old.request_id).where(old.number == number, old.attempt == BEFORE)
    return and_(IssuanceRequest.id == found.scalar_subquery(), Person.birth_date == birth_date)


BY_REFERENCE = _by_reference(bindparam("reference"), bindparam("birth_date"))
BY_NUMBER = _by_number(bindparam("number"), bindparam("birth_date"))
BY_CODE = _by_code(bindparam("digest"))


def code_of(look: Look, request: IssuanceRequest) -> str | None:
    """The code on the receipt as it was printed; None before the first."""
    row = _row(look, request)
    return _said(look, request, row) if row else None


def _said(look: Look, request: IssuanceRequest, row: ReceiptCode) -> str:
    return look.vault.decrypt(row.sealed, _bound_to(request)).decode()


def ensure(act: Act, request: IssuanceRequest) -> str:
    """The code on the receipt, made when there is none yet."""
    row = _row(act, request)
    return _said(act, request, row) if row else _make(act, request, None)


def lacking(look: Look, requests: Iterable[IssuanceRequest]) -> list[IssuanceRequest]:
    """Those of these requests whose receipt has no code yet, asked once for all."""
    listed = list(requests)
    query = select(ReceiptCode.request_id).where(ReceiptCode.request_id.in_([each.id for each in listed]))
    known = set(look.session.scalars(query))
    return [each for each in listed if each.id not in known]


def renew(act: Act, request: IssuanceRequest) -> str:
    """A new code; the receipts that were printed before open nothing any more. NotAllowed for another centre's."""
    return _make(act, request, _row(act, request))


def _make(act: Act, request: IssuanceRequest, row: ReceiptCode | None) -> str:
    centres.check_own(act, request)
    code = base64.b32encode(secrets.token_bytes(RANDOM_BYTES)).decode().rstrip("=")
    if row is None:
        row = ReceiptCode(request_id=request.id)
        act.session.add(row)
    row.digest, row.sealed = _digest(code), act.vault.encrypt(code.encode(), _bound_to(request))
    act.record("receipt.code_made", request, row)
    return code


def normalise(text: str) -> str | None:
    """The code in what was scanned or sent by the page; None when there is none."""
    found = AT_THE_END.search("".join(text.split()).upper())
    return found[0] if found else None


def holder(shown: str, birth_date: str) -> tuple[ColumnElement[bool], dict[str, str]]:
    """Of requests joined with their persons, the one whose holder shows this: its reference, with the birth date as
    YYYY-MM-DD (XX where unknown), the number of a document of before instead of it, or the code of its receipt alone.
    One of three conditions, and its values.
    """
    if code := normalise(shown):
        return BY_CODE, {"digest": _digest(code)}
    if reference := references.normalise(shown):
        return BY_REFERENCE, {"reference": reference, "birth_date": birth_date}
    number = fields.compact(shown)
    return BY_NUMBER, {"number": number if NUMBER.fullmatch(number) else "", "birth_date": birth_date}


def shown_by(shown: str, birth_date: str) -> ColumnElement[bool]:
    """The condition of `holder` with its values."""
    condition, values = holder(shown, birth_date)
    made = _by_code if condition is BY_CODE else _by_reference if condition is BY_REFERENCE else _by_number
    return made(**values)


def _row(look: Look, request: IssuanceRequest) -> ReceiptCode | None:
    return look.session.scalar(select(ReceiptCode).where(ReceiptCode.request_id == request.id))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _bound_to(request: IssuanceRequest) -> bytes:
    return b"receipt " + request.id.bytes
