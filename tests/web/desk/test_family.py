"""The family on the pages of a case: shown with cases and documents, added and ended."""

from __future__ import annotations

from uuid import UUID

import pypdfium2
import pytest

from issuance.models.people import FamilyLink
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import case_of, sentence_beside

YUSUF = changed(
    LAYLA,
    given_names="Yusuf",
    native_name="",
    birth_date="2015-06-01",
    representative="Al-Masri Layla (mother)",
    case_reference="2026/TM/0002",
)


@pytest.fixture
def child(people: SmallOffice, checked: Case) -> UUID:
    people.hand_over(checked.request_id, checked.number)
    return people.lodge(YUSUF)


@pytest.fixture
def clerk(client: Browser, login: Login, child: UUID) -> Browser:
    login(client, RoleName.CLERK)
    return client


def test_a_mother_is_found_by_her_document_and_shown_with_it(
    clerk: Browser, office: Office, checked: Case, child: UUID
) -> None:
    page = f"/cases/{child}/family"
    said = {"relative": checked.number.lower(), "tie": "parent", "source": "person", "evidence": "birth certificate"}
    assert page in clerk.get(f"/cases/{child}").text
    refused = clerk.submit(page, said | {"relative": "RP0000000"})
    assert refused.status_code == 400
    assert "no document of this number" in sentence_beside(refused, "relative")
    assert clerk.submit(page, said).status_code == 303
    here = clerk.get(f"/cases/{child}").text
    assert "Al-Masri Layla" in here
    assert checked.number in here
    assert ">Valid<" in here
    assert f"/cases/{checked.request_id}" in here
    there = clerk.get(f"/cases/{checked.request_id}").text
    assert f"/cases/{child}" in there
    assert "Yusuf" in there
    with office.reading() as look:
        link_id = look.session.query(FamilyLink).one().id
    day = {"to_day-day": "20", "to_day-month": "11", "to_day-year": "2026"}
    assert clerk.submit(f"{page}/{link_id}/end", {"because": "mistaken"} | day).status_code == 303
    assert "recorded by mistake" in clerk.get(page).text


@pytest.mark.parametrize("field", ["relative", "tie", "source", "evidence"])
def test_a_link_names_what_is_missing(clerk: Browser, office: Office, checked: Case, child: UUID, field: str) -> None:
    reference = case_of(office, checked.request_id).reference
    said = {"relative": reference, "tie": "parent", "source": "person", "evidence": "birth certificate"}
    answer = clerk.submit(f"/cases/{child}/family", said | {field: ""})
    assert (answer.status_code, bool(sentence_beside(answer, field))) == (400, True)


def test_a_lone_child_is_an_alarm_until_a_guardian_is_recorded(clerk: Browser, people: SmallOffice) -> None:
    lone = changed(YUSUF, document_type="RC", status="applicant", representative="", unaccompanied=True)
    request_id = people.lodge(changed(lone, given_names="Sami", case_reference="2026/TM/9"))
    queue = clerk.get("/children").text
    assert "Al-Masri Sami" in queue
    assert "not told yet" in queue
    assert "This child has no guardian" in clerk.get(f"/cases/{request_id}").text
    paper = clerk.get(f"/cases/{request_id}/guardian-referral.pdf")
    with pypdfium2.PdfDocument(paper.data) as document:
        said = " ".join(page.get_textpage().get_text_range() for page in document)
    assert "AL-MASRI" in said.upper()
    assert "Arabic" in said
    for hidden in ("SYR", "Siria", "Syria", "Halab"):
        assert hidden not in said
    assert clerk.submit(f"/cases/{request_id}/guardian/referred").status_code == 303
    assert "told on" in clerk.get("/children").text
    given = {
        "kind": "guardian",
        "holder": "Ionescu Maria",
        "relation": "child protection",
        "scopes": ["collect", "sign"],
        "granted_by": "authority",
    }
    refused = clerk.submit(f"/cases/{request_id}/mandates", given)
    assert (refused.status_code, bool(sentence_beside(refused, "evidence"))) == (400, True)
    given["evidence"] = "act of appointment no. 17"
    assert clerk.submit(f"/cases/{request_id}/mandates", given).status_code == 303
    assert "Al-Masri Sami" not in clerk.get("/children").text
    assert "Ionescu Maria (child protection)" in clerk.get(f"/cases/{request_id}/mandates").text
