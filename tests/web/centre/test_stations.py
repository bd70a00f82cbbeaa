"""The operator's pages: stations with shift, devices and blanks; print jobs with attempts and reasons."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from card_drivers.order import DeviceStatus, Outcome, Supply
from card_drivers.troubles import Trouble
from issuance.actors import SYSTEM
from issuance.keys import SignerUnavailable
from issuance.models.documents import Document
from issuance.models.staff import Centre, Shift, Station
from issuance.models.stock import Blank
from issuance.office import Office
from issuance.services.production import documents, held_jobs, jobs
from issuance.services.stations import tokens
from issuance.web.words.machines import device_reason, reason_words
from tests.people import Case, SmallOffice, able
from tests.web.centre.shared import document_of, sit_down
from tests.web.conftest import Browser

STATIONS = "/production/stations"


@pytest.fixture
def operator(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "operator")


def tell(office: Office, people: SmallOffice, status: DeviceStatus) -> None:
    """The station says how its devices are."""
    with office.database.transaction() as session:
        station = session.get_one(Station, people.station.id)
        station.status, station.last_seen = status.model_dump(mode="json"), people.clock.now()


def shift_address(people: SmallOffice) -> str:
    return f"{STATIONS}/{people.station.id}/shift"


def test_a_station_that_was_never_heard_of_says_what_to_do(operator: Browser) -> None:
    assert "Never heard of yet. Start the station program" in operator.get(STATIONS).text


def test_devices_supplies_and_blanks_are_shown_in_words(operator: Browser, people: SmallOffice, office: Office) -> None:
    supplies = (Supply(name="ribbon", level=8), Supply(name="film"))
    tell(office, people, DeviceStatus(state="stopped", reasons=("media-empty-error", "odd-reason"), supplies=supplies))
    with office.database.transaction() as session:
        for blank in session.scalars(select(Blank).where(Blank.stock == "card", Blank.serial != "card-1")):
            blank.station_id = None
    page = operator.get(STATIONS).text
    for words in ("Stopped", "The feeder is empty: put blanks in.", "odd-reason", "Ribbon", "8 %", "low", "not told"):
        assert words in page, words
    assert "<strong>1</strong> cards" in page
    assert "few" in page


def test_what_keeps_a_station_from_its_work_is_on_its_page(
    operator: Browser, people: SmallOffice, office: Office
) -> None:
    stuck = Trouble.of("journal-refuses", said="No space left on device")
    tell(office, people, DeviceStatus(state="stopped", trouble=stuck))
    page = operator.get(f"{STATIONS}/{people.station.id}").text
    for words in ("Stopped", "This went wrong at the station.", "No space left on device", "make room on its disk"):
        assert words in page, words


def test_a_silent_station_is_not_answering(operator: Browser, people: SmallOffice, office: Office) -> None:
    tell(office, people, DeviceStatus(state="idle"))
    assert "Not answering" not in operator.get(STATIONS).text
    people.clock.advance(dt.timedelta(minutes=2))
    page = operator.get(STATIONS).text
    assert "Not answering" in page
    assert "Look whether the station computer runs." in page


def test_a_shift_is_opened_and_closed(operator: Browser, people: SmallOffice, office: Office) -> None:
    assert operator.submit(shift_address(people)).status_code == 303
    page = operator.get(STATIONS).text
    assert "The station takes orders by itself" in page
    assert "Close the shift" in page
    assert operator.submit(shift_address(people)).status_code == 409
    assert operator.submit(f"{shift_address(people)}/close").status_code == 303
    with office.database.reading() as session:
        shift = session.scalars(select(Shift)).one()
    assert (shift.operator_id, shift.closed_at) == (people.actors["operator"].id, people.clock.now())
    assert operator.submit(f"{shift_address(people)}/close").status_code == 409


def test_a_supervisor_closes_anyones_shift_and_opens_none(client: Browser, people: SmallOffice, office: Office) -> None:
    people.open_shift()
    supervisor = sit_down(client, office, people, "supervisor")
    assert supervisor.submit(shift_address(people)).status_code == 403
    assert supervisor.submit(f"{shift_address(people)}/close").status_code == 303


def test_a_station_of_another_centre_is_not_shown_and_takes_no_shift(
    operator: Browser, people: SmallOffice, office: Office
) -> None:
    with office.act(SYSTEM) as act:
        galati = act.session.scalars(select(Centre).where(Centre.code == "galati")).one()
        far, _ = tokens.add_station(act, "far-away", galati)
    assert "far-away" not in operator.get(STATIONS).text
    assert operator.submit(f"{STATIONS}/{far.id}/shift").status_code == 404
    assert operator.submit(f"{STATIONS}/01890000-0000-7000-8000-000000000000/shift").status_code == 404


def test_the_order_that_is_being_made_is_shown(
    operator: Browser, people: SmallOffice, office: Office, queued: Case
) -> None:
    people.open_shift()
    tell(office, people, DeviceStatus.model_validate(able() | {"state": "processing"}))
    assert people.claim()
    page = operator.get(STATIONS).text
    assert document_of(office, queued.document_id).number in page
    assert "must report by" in page
    assert document_of(office, queued.document_id).number in operator.get("/production/jobs?state=claimed").text


def test_jobs_are_listed_by_state_without_names(operator: Browser, people: SmallOffice, office: Office) -> None:
    assert "Nothing waits to be printed" in operator.get("/production/jobs").text
    document_id = people.carry("queued").document_id
    page = operator.get("/production/jobs").text
    assert document_of(office, document_id).number in page
    assert "Al-Masri" not in page
    people.open_shift()
    people.make(Outcome.SPOILED, step="encode")
    waiting = operator.get("/production/jobs?state=waiting").text
    assert "its chip could not be written" in waiting
    assert document_of(office, document_id).number in operator.get("/production/jobs?state=spoiled").text
    assert document_of(office, document_id).number not in waiting
    assert "Nothing waits" in operator.get("/production/jobs?state=waiting&page=2").text


def test_the_days_work_has_a_measured_rate_and_an_end(operator: Browser, people: SmallOffice, made: Case) -> None:
    page = operator.get("/production/jobs?state=done").text
    assert "1 made in the last hour" in page
    assert "RP1000000" in page
    people.clock.advance(dt.timedelta(days=1))
    operator.come_back()
    assert "RP1000000" not in operator.get("/production/jobs?state=done").text


def test_held_jobs_say_why(operator: Browser, people: SmallOffice, office: Office, queued: Case) -> None:
    people.open_shift()
    claim = people.claim()
    assert claim is not None
    people.order(claim)
    people.clock.advance(dt.timedelta(hours=1))
    with office.act(SYSTEM) as act:
        held_jobs.hold_expired(act)
    operator.come_back()
    page = operator.get("/production/jobs?state=held").text
    assert "The station did not report in time." in page
    assert document_of(office, queued.document_id).number in page


def test_jobs_that_wait_for_the_signer_say_why(
    operator: Browser, people: SmallOffice, office: Office, complete: Case
) -> None:
    document_id = people.approve(complete.request_id)
    refused = SignerUnavailable(
        "There is no PKCS#11 token called %(token)s: put it in or switch it on, or correct %(token_setting)s.",
        module=Path("/usr/lib/hsm.so"),
        token="<seals>",
        token_setting="LIMAN_PKCS11_TOKEN",
    )
    with office.upkeep() as look:
        job_id = documents.job_of(look, look.session.get_one(Document, document_id)).id
        jobs.wait(look, job_id, refused)
    for language, words in (("en", "There is no PKCS#11 token called"), ("ro", "Nu există niciun token PKCS#11")):
        operator.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        page = operator.get("/production/jobs/stuck").text
        assert words in page
        assert "&lt;seals&gt;" in page
    people.prepare(document_id)
    assert "PKCS#11" not in operator.get("/production/jobs/stuck").text


@pytest.mark.parametrize("query", ["state=nonsense", "page=-3", "page=x", "page=" + "9" * 30])
def test_addresses_that_someone_changed(operator: Browser, query: str) -> None:
    assert operator.get(f"/production/jobs?{query}").status_code == 200


def test_reasons_in_words(app: object) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):  # type: ignore[attr-defined]
        assert reason_words("read-back: mrz, chip") == "read back differently: MRZ, its chip did not answer"
        assert reason_words("a scratch across the portrait") == "a scratch across the portrait"
        assert device_reason("door-open-report") == "The cover is open: close it."
