"""What the tests of the desk share: cases, the form of a lodging, and how a refusal looks."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.services.casework.lodging import Lodging
from tests.people import LAYLA, changed

FORM: dict[str, Any] = {
    "document_type": "RP-R",
    "kind": "first",
    "family_name": "Haddad",
    "given_names": "Karim",
    "native_name": "كريم حداد",
    "birth_date-day": "1",
    "birth_date-month": "2",
    "birth_date-year": "1968",
    "birth_place": "Homs",
    "sex": "M",
    "nationality": "SYR",
    "status": "refugee",
    "decision_number": "1342/2026",
    "decision_date-day": "17",
    "decision_date-month": "10",
    "decision_date-year": "2026",
    "procedure": "regular",
    "travel_document_shown": "passport",
    "travel_document_number": "N1",
    "travel_document_state": "SYR",
    "eurodac_reference": "",
    "cnp": "",
    "language": "ar",
    "address": "Str. Armoniei 33, Timișoara",
    "phone": "0744 555 666",
    "representative": "",
    "fee": "0",
    "note": "",
}
"""A lodging that is accepted; everyone in it is invented."""


def counts(office: Office) -> tuple[int, int]:
    """How many requests and persons the register holds."""
    with office.database.reading() as session:
        return tuple(session.scalar(select(func.count()).select_from(kind)) or 0 for kind in (IssuanceRequest, Person))  # type: ignore[return-value]


def case_of(office: Office, request_id: UUID) -> IssuanceRequest:
    """The request as the register holds it now."""
    with office.database.reading() as session:
        return session.get_one(IssuanceRequest, request_id)


def sentence_beside(answer: TestResponse, field: str) -> str:
    """The refusal shown beside a field; empty when there is none."""
    found = re.search(rf'id="e-{re.escape(field)}".*?<span>(.*?)</span>', answer.text, re.DOTALL)
    return html.unescape(found.group(1)) if found else ""


def elsewhere(lodging: Lodging = LAYLA) -> Lodging:
    """The same lodging at another centre."""
    return changed(lodging, centre="galati")
