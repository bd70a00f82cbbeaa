"""The pages for case handling's files: brought, checked, lodged in the background; refused lines and persons alike."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuance.models.audit import AuditEvent
from issuance.models.files import ImportedFile
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.imports import files as imported
from issuance.services.imports import reading
from issuance.web import brought
from tests.background import work
from tests.integration.imports.test_files import people
from tests.integration.imports.test_lines import FIRST, NEXT, file_of
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import counts

URL = "/imports/"


@pytest.fixture
def supervisor(client: Browser, login: Login) -> Browser:
    login(client, RoleName.SUPERVISOR)
    return client


def send(browser: Browser, data: bytes) -> TestResponse:
    return browser.submit(URL, {"file": (io.BytesIO(data), "cases.csv")})


def bring(browser: Browser, office: Office, *rows: dict[str, str]) -> str:
    """Bring a file and have it checked; the address of its page."""
    answer = send(browser, file_of(*rows))
    assert answer.status_code == 303
    work(office)
    return answer.location


def press(browser: Browser, office: Office, address: str) -> str:
    answer = browser.submit(address)
    assert answer.status_code == 303
    work(office)
    return browser.get(answer.location).text


def decide(browser: Browser, office: Office, address: str, **fields: Any) -> str:
    """The form of the page, sent with what was decided."""
    page = browser.get(f"{address}/who").text
    hidden = re.findall(r'<input type="hidden" name="([a-z0-9-]+)" value="([^"]*)">', page)
    answer = browser.submit(f"{address}/who", dict(hidden) | fields)
    assert answer.status_code == 303, answer.text
    work(office)
    return browser.get(address).text


def test_good_lines_are_lodged_and_the_refused_shown(supervisor: Browser, office: Office) -> None:
    assert URL in supervisor.get("/").text
    elsewhere = NEXT | {"case_reference": "A4", "centre": "bucuresti"}
    address = send(supervisor, file_of(FIRST, NEXT | {"decision_date": "2026-W40-1"}, elsewhere)).location
    page = supervisor.get(address).text
    assert "<progress" in page
    assert f'data-live="{address}"' in page
    assert "http-equiv" in page
    work(office)
    page = supervisor.get(address).text
    assert counts(office) == (0, 0)
    assert "1 line can be lodged" in page
    assert "YYYY-MM-DD" in page
    assert "another centre" in page
    assert "data-live" not in page
    page = press(supervisor, office, f"{address}/lodge")
    assert "1 request lodged" in page
    assert counts(office) == (1, 1)
    assert "This file is lodged" in press(supervisor, office, f"{address}/lodge"), "sent twice"
    assert counts(office) == (1, 1)
    listed = supervisor.get(URL).text
    assert address in listed
    assert "Test supervisor" in listed


def test_the_same_file_leads_to_what_became_of_it(supervisor: Browser, office: Office) -> None:
    address = bring(supervisor, office, FIRST)
    answer = send(supervisor, file_of(FIRST))
    assert answer.location == address
    assert "brought before" in supervisor.get(address).text


def test_refused_lines_are_taken_mended_and_brought_again(supervisor: Browser, office: Office) -> None:
    wrong = NEXT | {"sex": "=1+1", "note": "one, two"}
    address = bring(supervisor, office, FIRST, wrong)
    taken = supervisor.get(f"{address}/refused.csv")
    assert taken.mimetype == "text/csv"
    (row,) = reading.rows(taken.data)
    assert row.cells["sex"] == "'=1+1"
    assert row.cells["note"] == "one, two"
    assert "must be one of" in row.cells["what_to_do"]
    with office.database.reading() as session:
        assert session.scalars(select(AuditEvent.act).where(AuditEvent.act == "file.refused_taken")).all()
    mended = taken.data.decode().replace("'=1+1", "M").encode()
    again = send(supervisor, mended).location
    work(office)
    assert "1 line can be lodged" in supervisor.get(again).text


def test_a_page_of_refused_lines_leads_to_the_next(
    supervisor: Browser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brought, "SHOWN", 2)
    wrong = [each | {"sex": "?"} for each in people(3)]
    address = bring(supervisor, office, *wrong)
    page = supervisor.get(address).text
    assert ("F/1" in page, "F/2" in page) == (True, False)
    following = re.findall(r'rel="next" href="([^"]+)"', page)[0]
    page = supervisor.get(following).text
    assert ("F/1" in page, "F/2" in page) == (False, True)


def test_who_is_alike_is_decided_line_by_line(supervisor: Browser, office: Office) -> None:
    press(supervisor, office, f"{bring(supervisor, office, FIRST)}/lodge")
    address = bring(supervisor, office, NEXT | {"birth_place": "Halab"})
    assert "1 line names somebody like a person" in supervisor.get(address).text
    press(supervisor, office, f"{address}/lodge")
    assert counts(office) == (1, 1)
    person = re.findall(r'name="person-2" value="([0-9a-f-]{36})"', supervisor.get(f"{address}/who").text)
    assert len(person) == 1
    assert "Lines to decide" in decide(supervisor, office, address), "left open, it is asked again"
    assert counts(office) == (1, 1)
    assert "1 request lodged" in decide(supervisor, office, address, **{"person-2": "new"})
    assert counts(office) == (2, 2)
    assert "Nothing is to be decided" in supervisor.get(f"{address}/who").text
    with office.database.reading() as session:
        assert session.scalars(select(AuditEvent.act).where(AuditEvent.act == "person.compared")).all()
        assert {each.entitlement_source for each in session.scalars(select(IssuanceRequest))} == {"case_handling"}


def test_the_same_person_is_kept(supervisor: Browser, office: Office) -> None:
    press(supervisor, office, f"{bring(supervisor, office, FIRST)}/lodge")
    address = bring(supervisor, office, NEXT | {"given_names": "Kareem"})
    person = re.findall(r'name="person-2" value="([0-9a-f-]{36})"', supervisor.get(f"{address}/who").text)[0]
    decide(supervisor, office, address, **{"person-2": person})
    assert counts(office) == (1, 1), "decided, it is lodged when the file is"
    press(supervisor, office, f"{address}/lodge")
    assert counts(office) == (2, 1)


def test_paused_and_stopped(supervisor: Browser, office: Office) -> None:
    address = bring(supervisor, office, *people(3))
    supervisor.submit(f"{address}/lodge")
    assert "Pause" in supervisor.get(address).text
    page = press(supervisor, office, f"{address}/pause")
    assert "Go on" in page
    assert counts(office) == (0, 0)
    assert supervisor.get("/").text.count("Case handling") > 0
    assert "may be brought again" in press(supervisor, office, f"{address}/stop")
    assert "cannot become" in press(supervisor, office, f"{address}/lodge")
    assert counts(office) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"file": (io.BytesIO(b"%PDF-1.7\n"), "a.csv")}, "must name the columns"),
        ({"file": (io.BytesIO(b""), "a.csv")}, "not empty"),
        ({"file": (io.BytesIO(file_of()), "a.csv")}, "no line below"),
        ({}, "not empty"),
    ],
    ids=["pdf", "empty", "no-line", "no-file"],
)
def test_what_is_no_file_is_said(supervisor: Browser, office: Office, fields: dict[str, Any], words: str) -> None:
    answer = supervisor.submit(URL, fields)
    assert answer.status_code == 400
    assert words in answer.text
    with office.database.reading() as session:
        assert not session.scalars(select(ImportedFile)).all()


def test_odd_decisions_decide_nothing(supervisor: Browser, office: Office) -> None:
    press(supervisor, office, f"{bring(supervisor, office, FIRST)}/lodge")
    address = bring(supervisor, office, NEXT | {"birth_place": "Halab"})
    press(supervisor, office, f"{address}/lodge")
    for odd in ("x", "\0", "new", "01890000-0000-7000-8000-000000000000"):
        decide(supervisor, office, address, **{"person-2": odd, "shown-2": "y \0"})
        decide(supervisor, office, address, **{"person-x": odd, f"person-{'9' * 40}": odd})
    assert counts(office) == (1, 1)
    for odd in ("after=x", "after=-1", "after=" + "9" * 30):
        assert supervisor.get(f"{address}/who?{odd}").status_code == 200
        assert supervisor.get(f"{address}?{odd}").status_code == 200
    assert supervisor.get(f"{URL}?before=x").status_code == 200


def test_older_files_are_on_the_next_page(supervisor: Browser, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported, "PAGE_ROWS", 1)
    first, second = bring(supervisor, office, FIRST), bring(supervisor, office, NEXT)
    page = supervisor.get(URL).text
    assert (first in page, second in page) == (False, True)
    following = re.findall(r'rel="next" href="([^"]+)"', page)[0]
    page = supervisor.get(following).text
    assert (first in page, second in page) == (True, False)
