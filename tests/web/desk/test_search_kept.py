"""A search has an address: what is found comes back with Back, and nothing personal stands in it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from issuance.models.documents import Document
from issuance.models.staff import RoleName, StaffSession
from issuance.office import Office
from issuance.services.trust import sessions
from issuance.services.trust.sessions import Ending
from issuance.web.desk.search import MOST_KEPT
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login

OKSANA = changed(
    LAYLA,
    family_name="Shevchenko",
    given_names="Oksana",
    native_name="Оксана Шевченко",
    birth_date="1968-05-03",
    nationality="UKR",
    case_reference="2026/TM/9",
)


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


@pytest.mark.parametrize(
    "typed",
    [
        *("Oksana Shev", "shevchenko oksana", "шевченко", "Оксана"),
        *("3.5.1968", "03/05/1968", "1968-05-03", "oks 3.5.1968", "03.05.1968 Shevchenko"),
    ],
)
def test_names_and_birth_dates_find_the_person(clerk: Browser, people: SmallOffice, typed: str) -> None:
    people.lodge(LAYLA)
    people.lodge(OKSANA)
    page = clerk.look_up(typed).text
    assert "Shevchenko Oksana" in page
    assert "Al-Masri" not in page


@pytest.mark.parametrize("typed", ["Layla 3.5.1968", "31.2.1968", "3.5.1968 4.5.1968"])
def test_a_date_that_is_not_theirs_finds_nobody(clerk: Browser, people: SmallOffice, typed: str) -> None:
    people.lodge(LAYLA)
    people.lodge(OKSANA)
    assert "Nothing was found" in clerk.look_up(typed).text


@pytest.mark.parametrize("typed", ["N004512873", "n 0045 12873"])
def test_the_passport_that_was_shown_finds_its_request(clerk: Browser, people: SmallOffice, typed: str) -> None:
    request_id = people.lodge(LAYLA)
    answer = clerk.look_up(typed, scanned="1")
    assert urlsplit(answer.location).path == f"/cases/{request_id}"


def test_a_blank_serial_and_a_number_lead_to_the_case_or_to_the_check(
    client: Browser, login: Login, office: Office, made: Case
) -> None:
    """To the check for who may do it; before that nobody of quality finds the case."""
    with office.database.reading() as session:
        document = session.get_one(Document, made.document_id)
        read = [document.blank_serial or "", document.number]
    assert all(read)
    for role, place in ((RoleName.CLERK, "/cases/"), (RoleName.QUALITY_OFFICER, "/quality/")):
        login(client, role)
        for code in read:
            answer = client.look_up(code, scanned="1")
            assert urlsplit(answer.location).path == f"{place}{made.request_id}", (role, code)


def test_what_was_found_is_there_again_with_its_words(clerk: Browser, people: SmallOffice) -> None:
    people.lodge(LAYLA)
    place = clerk.submit("/search", {"q": "Layla"}).location
    assert "ayla" not in place
    for _ in range(2):
        page = clerk.get(place)
        assert page.status_code == 200
        assert "Al-Masri Layla" in page.text
        assert 'value="Layla"' in page.text


def test_of_many_searches_the_newest_are_kept(clerk: Browser) -> None:
    places = [clerk.submit("/search", {"q": f"word {n}"}).location for n in range(MOST_KEPT + 1)]
    assert [clerk.get(place).status_code for place in (places[0], places[1], places[-1])] == [404, 200, 200]


def test_a_search_is_its_sessions_alone_and_ends_with_it(
    clerk: Browser, app: object, office: Office, login: Login
) -> None:
    place = clerk.submit("/search", {"q": "Layla"}).location
    other = clerk.application.test_client()
    assert isinstance(other, Browser)
    login(other, RoleName.SUPERVISOR)
    answer = other.get(place, query_string={"lang": "en"})
    assert answer.status_code == 404
    assert "This search is over" in answer.text
    assert clerk.get(place).status_code == 200
    with office.upkeep() as look:
        sessions.end(look, clerk.account_id, Ending.BY_ADMINISTRATOR)
    with office.reading() as look:
        assert "Layla" not in str(list(look.session.scalars(select(StaffSession.content))))
