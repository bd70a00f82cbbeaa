"""A request is judged by the rules of its lodging, as the register kept them, whatever the files say since."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select

from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest, RuleVersion
from issuance.services.casework import requests
from tests.integration.casework.test_enrolment import following, may_reuse
from tests.people import LAYLA, Case, SmallOffice, changed


@pytest.fixture
def old_law(office: SmallOffice) -> None:
    """Every version the register kept is of another law: one year, no residence to prove, no portrait used again."""
    with office.database.transaction() as session:
        for version in session.scalars(select(RuleVersion).where(RuleVersion.document_type == "RP-R")):
            rules: dict[str, Any] = json.loads(version.content)
            rules["validity"] |= {"period": "years", "count": 1}
            rules["evidence"] = []
            rules["portrait"]["reused_for"] = []
            version.content = json.dumps(rules)


def case_of(office: SmallOffice, case: Case) -> IssuanceRequest:
    with office.database.reading() as session:
        return session.get_one(IssuanceRequest, case.request_id)


@pytest.mark.usefixtures("old_law")
def test_the_document_is_valid_as_long_as_the_kept_rules_say(office: SmallOffice, complete: Case) -> None:
    document_id = office.approve(complete.request_id)
    with office.database.reading() as session:
        document = session.get_one(Document, document_id)
    assert document.expiry_date == dt.date(document.issue_date.year + 1, 11, 1)


@pytest.mark.usefixtures("old_law")
def test_what_is_missing_is_what_the_kept_rules_ask_for(office: SmallOffice) -> None:
    case = office.carry("lodged", changed(LAYLA, address="", case_reference="2026/TM/0009"))
    assert "proof_of_residence" not in requests.missing_now(
        case_of(office, case), has_portrait=True, has_signature=True, lacks_residence=True
    )


def test_todays_rules_ask_for_more(office: SmallOffice) -> None:
    case = office.carry("lodged", changed(LAYLA, address="", case_reference="2026/TM/0009"))
    assert "proof_of_residence" in requests.missing_now(
        case_of(office, case), has_portrait=True, has_signature=True, lacks_residence=True
    )


@pytest.mark.usefixtures("old_law")
def test_a_portrait_is_used_again_as_the_kept_rules_say(office: SmallOffice, complete: Case) -> None:
    again = following(office, complete.request_id, "replacement", replacement_reason="damaged")
    assert not may_reuse(office, again)
