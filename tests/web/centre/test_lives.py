"""Two programs speak as one station: the page on which two persons say which one it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from issuance.models.staff import Station
from issuance.office import Office
from tests.people import SmallOffice
from tests.web.api.machine import HERE, Machine
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser


@pytest.fixture
def two(client: Browser, people: SmallOffice, tmp_path: Path) -> tuple[Machine, Machine]:
    """The station, and a program on a copy of its folder; both have spoken."""
    first = Machine(client, tmp_path / "first")
    assert (first.enrol(people.token).status_code, first.start().status_code) == (200, 204)
    shutil.copytree(tmp_path / "first", tmp_path / "copy")
    copy = Machine(client, tmp_path / "copy")
    assert first.post(f"{HERE}/end").status_code == 204
    assert copy.start().status_code == 204
    assert first.get(f"{HERE}/errand").status_code == 409
    assert copy.get(f"{HERE}/errand").status_code == 409, "neither is answered"
    return first, copy


def test_two_persons_say_which_program_is_the_station(
    two: tuple[Machine, Machine], client: Browser, office: Office, people: SmallOffice
) -> None:
    first, copy = two
    supervisor = sit_down(client, office, people, "supervisor")
    page = supervisor.get("/production/stations/doubted").text
    assert f"/production/stations/{people.station.id}/lives" in page
    address = f"/production/stations/{people.station.id}/lives"
    assert "This one is the station" in supervisor.get(address).text
    chosen = f"{address}/{first.identity.instance}"
    assert supervisor.submit(chosen).status_code == 303
    assert supervisor.submit(chosen).status_code == 403, "a second person must say so"
    assert first.get(f"{HERE}/errand").status_code == 409
    administrator = sit_down(client, office, people, "administrator")
    assert administrator.submit(chosen).status_code == 303
    assert first.get(f"{HERE}/errand").status_code == 204
    assert copy.get(f"{HERE}/errand").status_code == 409
    with office.reading() as look:
        assert look.session.get_one(Station, people.station.id).instance == first.identity.instance


def test_a_program_that_nobody_knows_is_not_chosen(client: Browser, office: Office, people: SmallOffice) -> None:
    supervisor = sit_down(client, office, people, "supervisor")
    address = f"/production/stations/{people.station.id}/lives/{people.station.id}"
    assert supervisor.submit(address).status_code == 404


def test_a_new_token_ends_the_machine_before(
    client: Browser, office: Office, people: SmallOffice, tmp_path: Path
) -> None:
    first = Machine(client, tmp_path / "first")
    first.enrol(people.token)
    first.start()
    with client.application.app_context():
        runner = client.application.test_cli_runner()
        done = runner.invoke(args=["renew-station-token", "s1"])
        limited = runner.invoke(args=["set-station-limit", "s1", "30"])
    assert (done.exit_code, limited.exit_code) == (0, 0), done.output
    other = Machine(client, tmp_path / "other")
    assert other.enrol(people.token).status_code == 403
    assert (other.enrol(done.output.strip()).status_code, other.start().status_code) == (200, 204)
    assert first.get(f"{HERE}/errand").status_code == 403
    assert "at most 30" in limited.output
