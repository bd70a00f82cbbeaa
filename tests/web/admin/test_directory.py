"""The list of accounts: found by parts of a name in any spelling, sorted, a page at a time, also of ten thousand."""

from __future__ import annotations

import datetime as dt
import re
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from issuance.models.staff import Centre, RoleGiven, Staff
from issuance.office import Office
from tests.web.conftest import NOW, Browser

MANY = 10_000


@pytest.fixture
def many(office: Office) -> None:
    """Ten thousand more accounts of the centre, the last of them with a long name and a last day."""
    with office.database.transaction() as session:
        here = session.scalars(select(Centre.id).where(Centre.code == "timisoara")).one()
        rows = [
            {
                "id": uuid4(),
                "email": f"p{number}@liman.example",
                "full_name": f"Person {number:05}",
                "centre_id": here,
                "active": number % 2 == 0,
                "fs_uniquifier": uuid4().hex,
                "ends_on": None,
            }
            for number in range(MANY)
        ]
        rows[-2] |= {"full_name": "Ștefan Țăranu " + "x" * 150, "ends_on": dt.date(2026, 12, 24)}
        session.execute(insert(Staff), rows)


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/accounts/[^"]+"><bdi>([^<]+)</bdi>', page)


@pytest.mark.usefixtures("many")
def test_ten_thousand_accounts_are_a_page_at_a_time(first: Browser) -> None:
    page = first.get("/accounts?sort=name")
    assert len(names(page.text)) == 50
    assert 'rel="next"' in page.text
    second = names(first.get("/accounts?sort=name&page=2").text)
    assert (second[0], second[-1], len(second)) == ("Person 00100", "Person 00198", 50)
    assert names(first.get("/accounts?sort=name&down=1").text)[0].startswith("Ștefan")
    assert names(first.get("/accounts?sort=end").text)[0].startswith("Ștefan"), "who ends first"
    assert len(names(first.get("/accounts?show=closed&page=100").text)) == 50
    last = first.get("/accounts?show=closed&page=101").text
    assert "No account is found" in last


@pytest.mark.usefixtures("many")
def test_a_part_of_a_name_in_any_spelling_finds_it_and_stands_in_no_address(first: Browser) -> None:
    for typed in ("stefan TARANU", "ȚĂR", "taranu p9998"):
        answer = first.submit("/accounts/search", {"q": typed})
        assert answer.headers["Location"] == "/accounts"
        found = names(first.get("/accounts").text)
        assert [name[:13] for name in found] == ["Ștefan Țăranu"], typed
    first.submit("/accounts/search", {"q": ""})
    assert len(names(first.get("/accounts").text)) == 50


@pytest.mark.parametrize(
    "asked", ["?sort=king", "?show=%00", "?show=king&page=-4", "?page=99999999999", "?down", "?role=king"]
)
def test_what_cannot_be_asked_is_the_usual_list(first: Browser, asked: str) -> None:
    assert first.get(f"/accounts{asked}").status_code in (200, 400)


def test_a_role_shows_those_who_have_it_or_wait_for_it(first: Browser, office: Office) -> None:
    answer = first.submit("/accounts/search", {"q": "", "role": "clerk"})
    assert answer.headers["Location"] == "/accounts?role=clerk"
    page = first.get("/accounts?role=clerk").text
    assert names(page) == ["Test clerk"]
    assert re.findall(r'aria-current="true">.*?Open <span class="count">(\d+)<', page, re.S) == ["1"]
    assert "Only accounts with:" in page
    with office.database.transaction() as session:
        operator = session.scalars(select(Staff).where(Staff.email == "operator@liman.example")).unique().one()
        session.add(RoleGiven(staff_id=operator.id, role="clerk", from_day=dt.date(2026, 11, 1), given_at=NOW))
    assert names(first.get("/accounts?role=clerk&sort=name").text) == ["Test clerk", "Test operator"]
    assert names(first.get("/accounts?role=clerk&show=waiting").text) == ["Test operator"]
    assert "No account is found" in first.get("/accounts?role=clerk&show=closed").text
    assert first.submit("/accounts/search", {"q": "", "role": "king"}).headers["Location"] == "/accounts"
    answer = first.submit("/accounts/search", {"q": "", "role": "auditor", "show": "closed"})
    assert answer.headers["Location"] == "/accounts?show=closed&role=auditor"
    assert 'name="show" value="closed"' in first.get(answer.headers["Location"]).text


def test_a_role_that_is_over_is_not_shown(first: Browser, office: Office) -> None:
    with office.database.transaction() as session:
        (given,) = session.scalars(select(RoleGiven).where(RoleGiven.role == "clerk")).all()
        given.from_day, given.to_day = (NOW.date() - dt.timedelta(days=days) for days in (5, 1))
    assert names(first.get("/accounts?role=clerk").text) == []
