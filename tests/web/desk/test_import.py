"""The page for case handling's file: good lines are lodged, refused ones shown, persons alike decided on."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuance.models.audit import AuditEvent
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.web.desk import importing
from tests.integration.casework.test_importing import FIRST, NEXT, file_of
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import counts

URL = "/desk/import"


@pytest.fixture
def supervisor(client: Browser, login: Login) -> Browser:
    login(client, RoleName.SUPERVISOR)
    return client


def check(browser: Browser, data: bytes) -> TestResponse:
    return browser.submit(URL, {"file": (io.BytesIO(data), "cases.csv")})


def again(browser: Browser, page: TestResponse, **fields: Any) -> TestResponse:
    """The form of the page, sent with what was decided."""
    hidden = re.findall(r'<input type="hidden" name="([a-z0-9-]+)" value="([^"]*)">', page.text)
    return browser.submit(URL, dict(hidden) | fields)


def test_good_lines_are_lodged_and_the_refused_shown(supervisor: Browser, office: Office) -> None:
    assert URL in supervisor.get("/").text
    elsewhere = NEXT | {"case_reference": "A4", "centre": "bucuresti"}
    page = check(supervisor, file_of(FIRST, NEXT | {"decision_date": "2026-W40-1"}, elsewhere))
    assert (page.status_code, counts(office)) == (200, (0, 0))
    assert "1 line can be lodged" in page.text
    assert "2 lines are refused" in page.text
    assert "YYYY-MM-DD" in page.text
    assert "another centre" in page.text
    done = again(supervisor, page)
    assert "1 request lodged" in done.text
    assert counts(office) == (1, 1)
    assert "0 requests lodged" in again(supervisor, page).text, "sent twice"
    assert counts(office) == (1, 1)


def test_who_is_alike_is_decided_line_by_line(supervisor: Browser, office: Office) -> None:
    other = NEXT | {"birth_place": "Halab"}
    page = again(supervisor, check(supervisor, file_of(FIRST, other)))
    assert counts(office) == (1, 1)
    assert "Line 3" in page.text
    person = re.findall(r'name="person-3" value="([0-9a-f-]{36})"', page.text)
    assert len(person) == 1
    assert counts(office) == (1, 1)
    left = again(supervisor, page)
    assert "Line 3" in left.text, "left open, it is asked again"
    assert again(supervisor, left, **{"person-3": "new"}).status_code == 200
    assert counts(office) == (2, 2)
    with office.database.reading() as session:
        assert session.scalars(select(AuditEvent.act).where(AuditEvent.act == "person.compared")).all()
        assert {each.entitlement_source for each in session.scalars(select(IssuanceRequest))} == {"case_handling"}


def test_the_same_person_is_kept(supervisor: Browser, office: Office) -> None:
    page = again(supervisor, check(supervisor, file_of(FIRST, NEXT | {"given_names": "Kareem"})))
    person = re.findall(r'name="person-3" value="([0-9a-f-]{36})"', page.text)[0]
    again(supervisor, page, **{"person-3": person})
    assert counts(office) == (2, 1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"file": (io.BytesIO(b"%PDF-1.7\n"), "a.csv")}, "must name the columns"),
        ({"file": (io.BytesIO(b""), "a.csv")}, "not empty"),
        ({"content": "%%%"}, "Choose the file again"),
        ({"content": "AAAA"}, "must name the columns"),
    ],
    ids=["pdf", "empty", "broken", "no-file"],
)
def test_what_is_no_file_is_said(supervisor: Browser, office: Office, fields: dict[str, Any], words: str) -> None:
    answer = supervisor.submit(URL, fields)
    assert answer.status_code == 400
    assert words in answer.text
    assert counts(office) == (0, 0)


def test_odd_decisions_decide_nothing(supervisor: Browser, office: Office) -> None:
    page = again(supervisor, check(supervisor, file_of(FIRST, NEXT | {"birth_place": "Halab"})))
    for odd in ("x", "\0", "new", "01890000-0000-7000-8000-000000000000"):
        again(supervisor, page, **{"person-3": odd, "shown-3": "y \0"})
    assert counts(office) == (1, 1)


def test_a_file_too_long_for_a_page_is_said(
    supervisor: Browser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_LINES", 1)
    answer = check(supervisor, file_of(FIRST, NEXT))
    assert answer.status_code == 400
    assert "at most 1 lines" in answer.text
