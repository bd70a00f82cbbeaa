"""A mission abroad that is a centre of its own: which pages its people open, and that they see no other case."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from issuance.actors import SYSTEM
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff, Station
from issuance.office import Office
from issuance.services import centres
from issuance.services.admin import offices
from issuance.services.admin.offices import Said
from issuance.services.stations import tokens
from issuance.services.transfers import moving
from issuance.services.transfers.asking import Wanted
from issuance.web.frame.auth import access_of
from tests.people import LAYLA, Case, SmallOffice, able, changed
from tests.web.conftest import Browser, Login, address_of
from tests.web.test_routes import address, methods, rules

TITLE = changed(LAYLA, document_type="RT", case_reference="2026/TM/0044")

MACHINES = ("centre.stations", "centre.station", "centre.stacks", "centre.showing")
BLANKS = ("stock.handing", "stock.accounts", "stock.parcels", "stock.parcel")
GIVING_OUT = ("border.return_titles", "desk.handover", "desk.papers", "case.access")
ANY_DOCUMENT = ("border.checks", "border.forgeries", "case.evidence")


@dataclass
class Mission:
    """A mission and its station."""

    id: UUID
    station_id: UUID


@pytest.fixture
def mission(office: Office, people: SmallOffice) -> Mission:
    """The account of the role belongs to a mission in Ankara."""
    with office.act(SYSTEM) as act:
        centre = offices.add(act, "ankara", Said("Ankara", "Ankara", "Mo-Fr 09:00-17:00"), mission=True)
        station, _ = tokens.add_station(act, "ankara-1", centre)
        station.status = able("RT")
        found = Mission(centre.id, station.id)
    with office.database.transaction() as session:
        account = Staff.email == address_of(RoleName.MISSION)
        session.execute(update(Staff).where(account).values(centre_id=found.id))
    return found


def send(people: SmallOffice, case: Case) -> None:
    with people.act(people.actors["supervisor"]) as act:
        moving.move(act, act.session.get_one(IssuanceRequest, case.request_id), Wanted("ankara", "moved_home"))


def test_its_people_open_what_they_need_and_nothing_else(
    app: Flask, client: Browser, login: Login, mission: Mission
) -> None:
    login(client, RoleName.MISSION)
    opened, wrong = set(), []
    for rule in rules(app):
        access = access_of(app, rule.endpoint)
        if access is None or access.kind != "staff" or access.roles == set(RoleName):
            continue
        may = access.at_missions or RoleName.MISSION in access.roles
        for method in methods(rule):
            answer = client.get(address(rule)) if method == "GET" else client.submit(address(rule))
            refused = answer.status_code == 403 and "no role for this page" in answer.text
            wrong += [(method, rule.rule)] if refused is may else []
        opened |= {rule.endpoint.rpartition(".")[0]} if may else set()
    assert wrong == []
    assert opened <= {*MACHINES, *BLANKS, *GIVING_OUT, *ANY_DOCUMENT}
    assert opened >= {*MACHINES, *BLANKS, "border.return_titles", "desk.handover"}


def test_at_an_ordinary_centre_the_machines_stay_closed(client: Browser, login: Login, people: SmallOffice) -> None:
    login(client, RoleName.MISSION)
    for path in ("/production/stations", "/stock/hand", "/stock/parcels", "/showing/", "/stock"):
        assert client.get(path).status_code == 403, path
        assert f'href="{path}"' not in client.get("/return-titles").text
    assert client.submit(f"/production/stations/{people.station.id}/shift").status_code == 403
    assert "At the mission" not in client.get("/return-titles").text


def test_it_sees_its_titles_alone(client: Browser, login: Login, people: SmallOffice, mission: Mission) -> None:
    ours = people.carry("queued", TITLE)
    send(people, ours)
    permit = people.lodge()
    elsewhere = people.carry("queued", changed(TITLE, given_names="Nour", birth_date="1999-03-04", case_reference="7"))
    login(client, RoleName.MISSION)
    page = client.get("/return-titles").text
    assert "to be printed" in page
    assert "Start the print at the printer" in page
    assert "Al-Masri" not in page, "before it is checked nobody needs the name"
    for path in ("/production/stations", "/stock/hand", "/stock/parcels"):
        assert f'href="{path}"' in page
    for request_id in (permit, elsewhere.request_id):
        for path in (f"/cases/{request_id}/hand-over", f"/cases/{request_id}/portrait", f"/showing/{request_id}"):
            assert client.get(path, follow_redirects=True).status_code in (403, 404), path
    assert client.get(f"/cases/{ours.request_id}").status_code == 403
    assert client.get(f"/decisions/{ours.request_id}").status_code == 403
    assert client.get(f"/quality/{ours.request_id}").status_code == 403
    assert client.submit(f"/decisions/{ours.request_id}", {"do": "approve"}).status_code == 403
    assert client.get(f"/production/stations/{people.station.id}").status_code == 404


def test_a_shift_is_opened_from_its_page(
    client: Browser, login: Login, people: SmallOffice, office: Office, mission: Mission
) -> None:
    send(people, people.carry("queued", TITLE))
    login(client, RoleName.MISSION)
    assert "Open a shift" in client.get("/production/stations").text
    assert client.submit(f"/production/stations/{mission.station_id}/shift").status_code == 303
    assert "A shift is open" in client.get("/return-titles").text
    assert client.submit(f"/production/stations/{people.station.id}/shift").status_code == 404
    people.station = _station(office, mission.station_id)
    claim = people.claim()
    assert claim is not None
    assert "being printed" in client.get("/return-titles").text
    assert client.submit(f"/production/stations/{mission.station_id}/shift/close").status_code == 303


def _station(office: Office, station_id: UUID) -> Station:
    with office.reading() as look:
        return look.session.get_one(Station, station_id)


@pytest.mark.parametrize("mark", ["yes", ""])
def test_an_administrator_says_that_a_new_centre_is_a_mission(
    client: Browser, login: Login, office: Office, mark: str
) -> None:
    login(client, RoleName.ADMINISTRATOR)
    said = {"code": "cairo", "name": "Cairo", "address": "Cairo", "opening_hours": "Su-Th 09:00-15:00", "mission": mark}
    assert client.submit("/centres/add", said).status_code == 303
    with office.reading() as look:
        assert centres.named(look, "cairo").mission is bool(mark)
    assert ("mission abroad" in client.get("/centres").text) is bool(mark)
