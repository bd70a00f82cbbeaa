"""The live office of the tests: it answers, works in the background, and its station finds it."""

from __future__ import annotations

import time
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from issuance.demo import STATION
from issuance.models.staff import Station
from tests.fixtures.browser import assert_accessible
from tests.fixtures.live import LiveOffice


def test_answers_and_is_ready(live_office: LiveOffice) -> None:
    """Ready as soon as what the demonstration left is linked."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"{live_office.url}/readyz") as answer:
                assert answer.status == 200
                return
        except urllib.error.HTTPError as error:
            error.close()
        time.sleep(0.2)
    pytest.fail("it is never ready")


@pytest.mark.browser
@pytest.mark.parametrize("name", ["clerk", "officer", "operator", "quality", "supervisor", "auditor", "administrator"])
def test_every_role_has_an_accessible_home(live_office: LiveOffice, page: Page, name: str) -> None:
    live_office.log_in(page, name)
    assert_accessible(page)


def test_its_station_is_seen(live_office: LiveOffice) -> None:
    with live_office.station() as process:
        deadline = time.monotonic() + 30
        while not seen(live_office):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert process.returncode == 0


def seen(live_office: LiveOffice) -> bool:
    """Whether the station has asked for work."""
    with live_office.office.database.reading() as session:
        return session.scalars(select(Station).where(Station.name == STATION)).one().last_seen is not None
