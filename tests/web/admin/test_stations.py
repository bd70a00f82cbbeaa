"""Stations by page: added by one administrator, enrolled when another agreed; tokens shown once and rotated."""

from __future__ import annotations

import html
import re
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.models.staff import Station
from issuance.office import Office
from issuance.services import centres
from issuance.services.stations import tokens
from tests.web.api.machine import Machine
from tests.web.conftest import Browser


@pytest.fixture
def machine(app: Flask, tmp_path: Path) -> Machine:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return Machine(browser, tmp_path / "station")


def once(page: str) -> str:
    """The token that a page shows once."""
    found = re.findall(r'<bdi class="code" dir="ltr">([^<]+)</bdi>', page)
    assert found, page
    return html.unescape(found[-1])


def station(office: Office) -> Station:
    with office.database.reading() as session:
        return session.scalars(select(Station).where(Station.name == "room 4")).one()


def test_a_machine_enrols_when_a_second_administrator_agreed(
    first: Browser, second: Browser, office: Office, machine: Machine
) -> None:
    page = first.submit("/stations/add", {"station": "room 4"}).text
    token, address = once(page), f"/stations/{station(office).id}"
    assert machine.enrol(token).status_code == 403
    refused = first.submit(f"{address}/agree")
    assert (refused.status_code, "You made this token." in refused.text) == (403, True)
    assert token not in first.get("/stations").text
    assert "Token waits for another administrator" in second.get("/stations").text
    assert second.submit(f"{address}/agree").status_code == 303
    assert (machine.enrol(token).status_code, machine.start().status_code) == (200, 204)
    assert machine.get("/api/station/errand").status_code < 300
    assert second.submit(f"{address}/agree").status_code == 409


def test_a_new_token_ends_the_machine_before(
    first: Browser, second: Browser, office: Office, machine: Machine, tmp_path: Path, app: Flask
) -> None:
    token = once(first.submit("/stations/add", {"station": "room 4"}).text)
    address = f"/stations/{station(office).id}"
    second.submit(f"{address}/agree")
    assert (machine.enrol(token).status_code, machine.start().status_code) == (200, 204)
    new = once(second.submit(f"{address}/renew").text)
    assert machine.get("/api/station/errand").status_code in (401, 403)
    assert machine.enrol(token).status_code == 403
    other = Machine(app.test_client(), tmp_path / "other")
    assert other.enrol(new).status_code == 403
    first.submit(f"{address}/agree")
    assert (other.enrol(new).status_code, other.start().status_code) == (200, 204)


def test_a_station_is_described_and_limited(first: Browser, office: Office) -> None:
    assert "Fill this in." in first.submit("/stations/add", {"station": " "}).text
    first.submit("/stations/add", {"station": "room 4", "bureau": "1"})
    assert "There is already a station of this name." in first.submit("/stations/add", {"station": "room 4"}).text
    address = f"/stations/{station(office).id}/limit"
    assert 'value="240"' in first.get(address).text
    assert first.submit(address, {"per_hour": "0"}).status_code == 400
    assert first.submit(address, {"per_hour": "30"}).status_code == 303
    assert (station(office).claims_per_hour, station(office).bureau) == (30, True)


def test_a_closed_station_is_refused_at_once(first: Browser, office: Office, machine: Machine) -> None:
    with office.act(SYSTEM) as act:
        here, token = tokens.add_station(act, "desk-1", centres.named(act, "timisoara"))
        far, _ = tokens.add_station(act, "far-1", centres.named(act, "galati"))
    assert (machine.enrol(token).status_code, machine.start().status_code) == (200, 204)
    assert machine.get("/api/station/errand").status_code < 300
    assert first.submit(f"/stations/{here.id}/close").status_code == 303
    assert machine.get("/api/station/errand").status_code == 403
    assert "Open it again" in first.get("/stations").text
    first.submit(f"/stations/{here.id}/reopen")
    assert machine.get("/api/station/errand").status_code < 300
    assert first.submit(f"/stations/{far.id}/close").status_code == 404
    assert is_open(office, far.id)


def is_open(office: Office, station_id: UUID) -> bool:
    with office.database.reading() as session:
        return session.get_one(Station, station_id).active
