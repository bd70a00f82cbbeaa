"""The clerk's queues and the search: who is shown to whom, in which order, and how little."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest

from issuance.clock import FixedClock
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.casework.queues import PAGE_ROWS
from issuance.values import references
from tests.people import LAYLA, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import case_of, elsewhere

KARIM = changed(LAYLA, family_name="Haddad", given_names="Karim", native_name="كريم حداد", case_reference="2026/TM/2")
CHILD = changed(
    LAYLA,
    family_name="Ahmadzai",
    given_names="Gul",
    native_name="",
    birth_date="2014-03-01",
    representative="Popa Ana (child protection)",
    unaccompanied=True,
    case_reference="2026/TM/3",
)


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def rows(page: str) -> list[str]:
    return page.split("<tr data-row>")[1:]


def test_the_queue_shows_the_own_centre_with_lone_children_first(clerk: Browser, people: SmallOffice) -> None:
    for lodging in (LAYLA, KARIM, CHILD):
        people.lodge(lodging)
    people.lodge(elsewhere(changed(KARIM, family_name="Elsewhere", case_reference="2026/GL/1")))
    page = clerk.get("/desk").text
    assert [name for row in rows(page) for name in ("Ahmadzai", "Al-Masri", "Haddad") if name in row] == [
        "Ahmadzai",
        "Al-Masri",
        "Haddad",
    ]
    assert "Elsewhere" not in page
    assert "ahead" in rows(page)[0]
    assert "Day 0 of 30" in page


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ("?sort=name", ["Ahmadzai", "Al-Masri", "Haddad"]),
        ("?sort=name&down=1", ["Haddad", "Al-Masri", "Ahmadzai"]),
        ("?sort=document&down=1", ["Haddad", "Ahmadzai", "Al-Masri"]),
        ("?sort=document", ["Ahmadzai", "Al-Masri", "Haddad"]),
        ("?sort=king&down=1", ["Ahmadzai", "Al-Masri", "Haddad"]),
    ],
)
def test_a_column_sorts_a_queue_and_its_filters_stay(
    clerk: Browser, people: SmallOffice, asked: str, order: list[str]
) -> None:
    for lodging in (LAYLA, changed(KARIM, document_type="TD-C"), CHILD):
        people.lodge(lodging)
    page = clerk.get(f"/desk{asked}").text
    found = [name for row in rows(page) for name in ("Ahmadzai", "Al-Masri", "Haddad") if name in row]
    assert found == order


def test_the_heading_says_how_it_sorts(clerk: Browser, people: SmallOffice) -> None:
    for lodging in (LAYLA, changed(KARIM, document_type="TD-C")):
        people.lodge(lodging)
    up = clerk.get("/desk?type=TD-C&sort=days").text
    assert 'aria-sort="ascending"' in up
    assert "/desk?type=TD-C&amp;sort=days&amp;down=1" in up
    down = clerk.get("/desk?type=TD-C&sort=days&down=1").text
    assert 'aria-sort="descending"' in down
    assert '<a href="/desk?type=TD-C">' in down, "the third time is the law's order again"
    assert 'href="/desk?sort=days&amp;down=1&amp;type=RP-R"' in down, "another document, in the same order"


def test_filters_stay_in_the_address(clerk: Browser, people: SmallOffice) -> None:
    people.lodge(LAYLA)
    people.lodge(changed(KARIM, document_type="TD-C"))
    page = clerk.get("/desk?type=TD-C").text
    assert len(rows(page)) == 1
    assert "Haddad" in page
    assert 'href="/desk?type=RP-R"' in page
    assert 'aria-current="true"' in page


@pytest.mark.parametrize("address", ["/desk?type=%FF", "/desk?state=nothing", "/desk?page=-3", "/desk?page=x&type=ZZ"])
def test_a_made_up_filter_is_no_error(clerk: Browser, people: SmallOffice, address: str) -> None:
    people.lodge(LAYLA)
    assert clerk.get(address).status_code == 200


def test_fifty_rows_a_page(clerk: Browser, people: SmallOffice) -> None:
    first_day = dt.date(1950, 1, 1)
    for number in range(PAGE_ROWS + 1):
        born = (first_day + dt.timedelta(days=number)).isoformat()
        people.lodge(changed(LAYLA, birth_date=born, case_reference=f"2026/TM/{number}"))
    assert len(rows(clerk.get("/desk").text)) == PAGE_ROWS
    assert len(rows(clerk.get("/desk?page=2").text)) == 1
    assert len(rows(clerk.get("/desk?page=99").text)) == 1, "a page beyond the last is the last"


def test_late_requests_are_due(clerk: Browser, people: SmallOffice, clock: FixedClock) -> None:
    people.lodge(LAYLA)
    assert rows(clerk.get("/desk/due").text) == []
    clock.advance(dt.timedelta(days=25))
    clerk.come_back()
    assert "Day 25 of 30" in clerk.get("/desk/due").text
    clock.advance(dt.timedelta(days=6))
    clerk.come_back()
    assert "1 day late" in clerk.get("/desk/due").text


def test_empty_queues_say_what_to_do(clerk: Browser, office: Office) -> None:
    for address, sentence in (
        ("/desk", "Nothing waits"),
        ("/desk/ready", "No document"),
        ("/desk/due", "Nothing is late"),
    ):
        assert sentence in clerk.get(address).text


@pytest.mark.parametrize("typed", ["Layla", "layla al-mas", "ليلى", "2026/TM/0001"])
def test_search_finds_by_name_in_any_script_and_by_code(clerk: Browser, people: SmallOffice, typed: str) -> None:
    people.lodge(LAYLA)
    people.lodge(KARIM)
    page = clerk.look_up(typed).text
    assert len(rows(page)) == 1
    assert "Al-Masri Layla" in page


def test_a_scanned_code_opens_its_case(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    reference = case_of(office, request_id).reference
    for code in (reference, references.grouped(reference), f"http://127.0.0.1:5000/status#{reference}"):
        answer = clerk.look_up(code, scanned="1")
        assert (answer.status_code, urlsplit(answer.location).path) == (303, f"/cases/{request_id}")


def test_a_typed_reference_opens_its_case_but_a_name_does_not(
    clerk: Browser, office: Office, people: SmallOffice
) -> None:
    request_id = people.lodge(LAYLA)
    assert clerk.look_up(case_of(office, request_id).reference).status_code == 303
    assert clerk.look_up("Layla").status_code == 200


def test_of_other_centres_a_search_shows_no_name(clerk: Browser, people: SmallOffice) -> None:
    people.lodge(elsewhere())
    page = clerk.look_up("Layla").text
    assert len(rows(page)) == 1
    assert "Galați" in page
    assert "Al-Masri" not in page


@pytest.mark.parametrize("typed", ["", "a", "x" * 201, "\x00", "\x00a"])
def test_a_search_for_too_little_says_what_to_type(clerk: Browser, typed: str) -> None:
    answer = clerk.look_up(typed)
    assert answer.status_code == 400
    assert "at least two letters" in answer.text


@pytest.mark.parametrize("typed", ["%%", "__", "Lay\x00la", "' OR 1=1 --", "\u202eLayla", "x" * 200])
def test_an_odd_search_finds_nothing_or_somebody_but_never_breaks(
    clerk: Browser, people: SmallOffice, typed: str
) -> None:
    people.lodge(LAYLA)
    assert clerk.look_up(typed).status_code == 200


def test_the_search_is_never_in_the_address(clerk: Browser) -> None:
    assert clerk.get("/search?q=Layla").status_code == 405


def test_queues_are_for_clerks_and_supervisors(client: Browser, login: Login) -> None:
    login(client, RoleName.OPERATOR)
    assert client.get("/desk").status_code == 403
    assert client.get("/desk/lodge").status_code == 403
