"""A mission abroad prints its return titles itself, at a real ippeveprinter: from its page to `valid`, and void at the
border. The inspectorate approves, and its quality officer checks from afar what the mission shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Staff
from issuance.models.stock import Blank
from issuance.services import centres
from issuance.services.admin import offices
from issuance.services.admin.offices import Said
from issuance.services.centres import Hours, Stay
from issuance.services.production import quality
from issuance.services.stations import tokens
from issuance.services.supply import deliveries
from issuance.services.supply.deliveries import Manifest
from issuance.services.transfers import moving
from issuance.services.transfers.asking import Wanted
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from tests.contract.ippeve import ippeve
from tests.e2e.test_all_types_browser import APPLICANTS, approve, complete, lodge, photographed
from tests.e2e.test_path_browser import Workplace, date, document_of, hand_over
from tests.fixtures.live import LiveOffice

pytestmark = pytest.mark.browser

STATION = "ankara-1"
SHEETS = [f"RS{number:07}" for number in range(1, 6)]
PRINTS, HANDS_OVER = "ankara.one", "ankara.two"


@dataclass(frozen=True)
class Mission:
    """A mission with two people, a vault with sheets and a station: its id, and the token that enrols it."""

    centre_id: UUID
    station_id: str
    token: str


def found(live: LiveOffice) -> Mission:
    """What the inspectorate sets up: by commands and supervisors, whose own tests walk their pages."""
    with live.office.act(SYSTEM) as act:
        centre = offices.add(act, "ankara", Said("Ankara", "Ankara, Çankaya", "Mo-Fr 09:00-17:00"), mission=True)
        password = act.session.scalars(select(Staff.password).where(Staff.email == "mission@liman.example")).one()
        for login in (PRINTS, HANDS_OVER):
            new = NewAccount(f"{login}@liman.example", login, centre, [RoleName.MISSION], password or "", given=False)
            accounts.add_account(act, new)
        station, token = tokens.add_station(act, STATION, centre)
        delivery = deliveries.announce(act, centre, Manifest("parcel 1", "sheet", SHEETS))
        deliveries.count(act, delivery, SHEETS)
        mission = Mission(centre.id, str(station.id), token)
    with live.office.act(_supervisor(live, mission.centre_id)) as act:
        today = act.clock.today()
        hours = Hours("quality_officer", dt.time(0), dt.time(0))
        centres.add_to_roster(act, Stay("quality@liman.example", today, today, "checks from afar", hours))
    return mission


def _supervisor(live: LiveOffice, centre_id: UUID | None = None) -> Actor:
    with live.office.reading() as look:
        account = look.session.scalars(select(Staff).where(Staff.email == "supervisor@liman.example")).unique().one()
        return Actor(account.id, centre_id or account.centre_id, frozenset({RoleName.SUPERVISOR}))


def send_there(live: LiveOffice, request_id: str) -> None:
    with live.office.act(_supervisor(live)) as act:
        moving.move(act, _request(act, request_id), Wanted("ankara", "moved_home"))


def _request(act: Act, request_id: str) -> IssuanceRequest:
    return act.session.get_one(IssuanceRequest, UUID(request_id))


def take_sheets(one: Workplace, two: Workplace, station_id: str) -> None:
    """Out of the vault by one, taken over by the other, into the printer: nobody takes alone."""
    for who, step in ((two, "hand_out"), (one, "take_over")):
        page = who.visit("/stock/hand")
        page.check(f"input[name=step][value={step}]")
        page.fill("#f-serials", f"{SHEETS[0]} {SHEETS[-1]}")
        who.press()
    page = one.visit(f"/stock/stations/{station_id}")
    page.check("input[name=direction][value=load]")
    page.fill("#f-serials", f"{SHEETS[0]} {SHEETS[-1]}")
    one.press()


def start(one: Workplace, station_id: str) -> None:
    """From its page to the printer: a shift, and the sheets that lie in the feeder."""
    page = one.visit("/return-titles")
    expect(page.get_by_text("to be printed")).to_be_visible()
    page.get_by_role("link", name="Start the print at the printer").click()
    one.press()  # open a shift
    page = one.visit(f"/production/stations/{station_id}/stack")
    page.get_by_label("Serial that is fed first").fill(SHEETS[0])
    page.get_by_label("Serial that is fed last").fill(SHEETS[-1])
    one.press()


def show(one: Workplace, request_id: str, picture: Path) -> None:
    """The sheets are counted, then the title is shown to the officer on duty."""
    live = one.live
    document = document_of(live, request_id)
    with live.office.reading() as look:
        mrz = quality.expected_values(look, look.session.get_one(Document, document.id))["mrz"]
    page = one.visit("/return-titles")
    page.locator(f"a[href$='/showing/{request_id}']").click()
    page.check("input[name=nobody_here]")
    page.set_input_files("input[type=file][name=front]", picture)
    if page.locator("#f-blank_serial").count():  # it was printed before the stack was declared
        page.fill("#f-blank_serial", SHEETS[0])
    page.fill("#f-mrz", "\n".join(mrz[at : at + 36] for at in (0, 36)))
    page.check("input[name=mrz-method][value=scanner]")
    one.press()


def count(one: Workplace, station_id: str) -> None:
    page = one.visit(f"/production/stations/{station_id}/count")
    page.check("input[name=lies-sheet][value=top]")
    page.fill("#f-top-sheet", SHEETS[1])
    one.press()


def wait_until_printed(one: Workplace) -> None:
    expect(one.page.get_by_text("to be shown to the quality officer")).to_be_visible(timeout=60_000)


def test_a_mission_prints_shows_and_gives_out_its_title(
    chromium: Browser, live_office: LiveOffice, tmp_path: Path
) -> None:
    mission = found(live_office)
    names = ("clerk", "officer", "quality", "border", PRINTS, HANDS_OVER)
    people = {name: Workplace(chromium, live_office, name) for name in names}
    one, two = people[PRINTS], people[HANDS_OVER]
    applicant = next(each for each in APPLICANTS if each.document_type == "RT")
    request_id = lodge(people["clerk"], applicant)
    complete(people["clerk"], request_id, applicant)
    expect(one.visit("/return-titles").get_by_text("Nothing approved waits to be printed.")).to_be_visible()
    approve(people["officer"], request_id, applicant)
    send_there(live_office, request_id)

    take_sheets(one, two, mission.station_id)
    with ippeve(tmp_path, media=("CR80", "A4", "A5")) as eve, live_office.ipp_station(STATION, mission.token, eve.uri):
        start(one, mission.station_id)
        one.visit("/return-titles")
        wait_until_printed(one)
        count(one, mission.station_id)
        document = document_of(live_office, request_id)
        show(one, request_id, photographed(eve, document.number, tmp_path))

    with live_office.office.reading() as look:
        sheet = look.session.scalars(select(Blank).where(Blank.serial == SHEETS[0])).one()
        made_in = look.session.scalars(select(Centre.code).where(Centre.id == mission.centre_id)).one()
        assert (str(sheet.state), made_in) == ("consumed", "ankara")

    people["quality"].visit(f"/quality/{request_id}/shown")
    people["quality"].press()
    assert document_of(live_office, request_id).state == "checked"
    page = one.visit(f"/cases/{request_id}/hand-over")  # who printed it does not give it out
    expect(page.get_by_text("printed in your shift").first).to_be_visible()
    hand_over(two, request_id, document.number)
    assert document_of(live_office, request_id).state == "valid"

    border = people["border"]
    page = border.visit("/border")
    page.fill("#f-number", document.number)
    border.press()
    page.fill("#f-point", "Aeroportul Henri Coandă")
    today = live_office.office.clock.today()
    date(page, "day", str(today.day), str(today.month), str(today.year))
    border.press()
    assert document_of(live_office, request_id).state == "voided"
    for workplace in people.values():
        workplace.close()
