"""A clock that jumped is said on every staff page, refuses what would be dated, and goes on after two persons."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from issuance.clock import OFFICE_ZONE, FixedClock
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.people import SmallOffice
from tests.web.conftest import Browser, Login

BAND = 'class="clock-stopped"'
YEAR = dt.timedelta(days=365)


@pytest.fixture
def jumped(office: Office, clock: FixedClock) -> Office:
    """An office whose clock was a year ahead for a moment."""
    assert office.keep_time()
    clock.set_ahead(YEAR)
    assert not office.keep_time()
    clock.set_ahead(-YEAR)
    return office


def read_off(clock: FixedClock) -> dict[str, Any]:
    """What a watch says, as the form takes it."""
    here = clock.now().astimezone(OFFICE_ZONE)
    return {"day-day": here.day, "day-month": here.month, "day-year": here.year, "time": f"{here:%H:%M}"}


@pytest.mark.parametrize("role", RoleName)
def test_every_staff_page_says_it(client: Browser, login: Login, jumped: Office, role: RoleName) -> None:
    login(client, role)
    page = client.get("/", follow_redirects=True).text
    assert BAND in page
    may_say = role in (RoleName.SUPERVISOR, RoleName.ADMINISTRATOR)
    assert ("Say what time it is" in page) is may_say
    assert (client.get("/oversight/clock").status_code == 200) is may_say


def test_it_is_said_in_romanian(client: Browser, login: Login, jumped: Office) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ro"
    login(client, RoleName.SUPERVISOR)
    assert "Ceasul oficiului a sărit." in client.get("/oversight/clock").text


def test_an_office_whose_clock_is_believed_says_nothing(client: Browser, login: Login, office: Office) -> None:
    login(client, RoleName.SUPERVISOR)
    page = client.get("/oversight/clock").text
    assert BAND not in page
    assert "The clock is believed." in page


def test_two_persons_start_it_again(client: Browser, login: Login, jumped: Office, clock: FixedClock) -> None:
    login(client, RoleName.SUPERVISOR)
    page = client.get("/oversight/clock").text
    assert "525600 minutes ahead" in page
    assert client.submit("/oversight/clock", read_off(clock)).status_code == 303
    assert BAND in client.get("/oversight/clock").text
    again = client.submit("/oversight/clock", read_off(clock))
    assert (again.status_code, "Another supervisor or administrator must say it too" in again.text) == (409, True)
    login(client, RoleName.ADMINISTRATOR)
    assert "Test supervisor" in client.get("/oversight/clock").text
    assert client.submit("/oversight/clock", read_off(clock)).status_code == 303
    page = client.get("/oversight/clock").text
    assert BAND not in page
    assert "Everything goes on." in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"time": "25:00"}, "as in 14:05"),
        ({"time": ""}, "Fill this in."),
        ({"day-year": "2019"}, "One of the two is wrong"),
        ({"day-day": "31", "day-month": "2"}, "There is no such day"),
        ({"day-year": "9999"}, "from 1850 to 2150"),
    ],
)
def test_what_is_no_time_is_said_beside_it(
    client: Browser, login: Login, jumped: Office, clock: FixedClock, typed: dict[str, str], sentence: str
) -> None:
    login(client, RoleName.SUPERVISOR)
    answer = client.submit("/oversight/clock", read_off(clock) | typed)
    assert answer.status_code == 400
    assert sentence in answer.text


def test_what_is_dated_is_refused_and_what_was_typed_stays(
    client: Browser, login: Login, jumped: Office, people: SmallOffice
) -> None:
    login(client, RoleName.OPERATOR)
    answer = client.submit(f"/production/stations/{people.station.id}/shift")
    assert answer.status_code == 409
    assert "say on the page Clock what time it is" in answer.text
