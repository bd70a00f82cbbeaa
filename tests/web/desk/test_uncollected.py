"""The list of what nobody collects, and the page of one of them: vault, window, bin; what its holder is told."""

from __future__ import annotations

import datetime as dt

import pytest
from flask.testing import FlaskClient

from issuance import tasks
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside


def days(people: SmallOffice, count: int) -> None:
    people.clock.advance(dt.timedelta(days=count))
    people.keep_time()


@pytest.fixture
def uncollected(people: SmallOffice, checked: Case) -> Case:
    days(people, 61)
    tasks.note_uncollected(people)
    return checked


@pytest.fixture
def clerk(client: Browser, login: Login, uncollected: Case) -> Browser:
    login(client, RoleName.CLERK)
    return client


def page_of(case: Case) -> str:
    return f"/cases/{case.request_id}/uncollected"


def request_of(office: Office, case: Case) -> IssuanceRequest:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, case.request_id)


def version(office: Office, case: Case) -> dict[str, int]:
    return {"version": request_of(office, case).version}


def test_from_the_list_to_the_vault(clerk: Browser, office: Office, uncollected: Case) -> None:
    listed = clerk.get("/uncollected").text
    assert page_of(uncollected) in listed
    assert "into the vault" in listed
    assert page_of(uncollected) in clerk.get(f"/cases/{uncollected.request_id}").text
    here = f"{page_of(uncollected)}/vault"
    refused = clerk.submit(here, {"place": ""} | version(office, uncollected))
    assert (refused.status_code, bool(sentence_beside(refused, "place"))) == (400, True)
    assert clerk.submit(here, {"place": "safe 2"} | version(office, uncollected)).status_code == 303
    assert "safe 2" in clerk.get("/uncollected").text
    assert "safe 2" in clerk.get(page_of(uncollected)).text


def test_the_holder_comes_and_it_is_handed_over_as_ever(clerk: Browser, office: Office, uncollected: Case) -> None:
    answer = clerk.submit(f"{page_of(uncollected)}/back", version(office, uncollected))
    assert (answer.status_code, request_of(office, uncollected).state) == (303, "ready")
    assert f"/cases/{uncollected.request_id}/hand-over" in clerk.get(f"/cases/{uncollected.request_id}").text
    again = clerk.submit(f"{page_of(uncollected)}/back", version(office, uncollected))
    assert (again.status_code, "Nothing waits here" in again.text) == (409, True)


def test_nobody_came_and_the_bin_has_it(clerk: Browser, office: Office, people: SmallOffice, uncollected: Case) -> None:
    here = f"{page_of(uncollected)}/discard"
    early = clerk.submit(here, version(office, uncollected))
    assert (early.status_code, "may still come until" in early.text) == (409, True)
    days(people, 120)
    clerk.come_back()
    assert "into the bin" in clerk.get("/uncollected").text
    assert clerk.submit(here, version(office, uncollected)).status_code == 303
    assert request_of(office, uncollected).state == "closed"
    assert uncollected.number in clerk.get("/bin").text
    with office.reading() as look:
        assert look.session.get_one(Document, uncollected.document_id).state == "cancelled"
    document = clerk.get(f"/cases/{uncollected.request_id}/documents/{uncollected.document_id}").text
    assert "not collected by its holder" in document


def test_its_holder_is_told_until_when(client: FlaskClient, office: Office, uncollected: Case) -> None:
    asked = {"reference": request_of(office, uncollected).reference}
    born = {"birth_date-year": "1992", "birth_date-month": "1", "birth_date-day": "1"}
    assert isinstance(client, Browser)
    said = client.submit("/status", asked | born).text
    assert "Your document is ready." in said
    with office.reading() as look:
        last = look.clock.today() + dt.timedelta(days=180 - 61 - 1)
    assert f"Come until {last.day} {last:%b %Y}. After that day we destroy it." in said
