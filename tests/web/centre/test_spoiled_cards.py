"""A station that stopped after spoiled cards, from its page to the errand that makes it go on."""

from __future__ import annotations

import pytest

from card_drivers.order import DeviceStatus, Errand, ErrandDone
from card_drivers.troubles import Trouble
from issuance.office import Office
from issuance.services.stations import devices
from tests.people import SmallOffice
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser

BUTTON = "I looked: the station goes on"


@pytest.fixture
def operator(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "operator")


def says(office: Office, people: SmallOffice, status: DeviceStatus) -> None:
    with office.upkeep() as look:
        devices.heard(look, people.station.id, status)


def test_the_operator_makes_it_go_on(operator: Browser, office: Office, people: SmallOffice) -> None:
    address = f"/production/stations/{people.station.id}"
    says(office, people, DeviceStatus(state="idle"))
    assert BUTTON not in operator.get(address).text
    assert operator.submit(f"{address}/go-on").status_code == 409
    says(office, people, DeviceStatus(state="stopped", trouble=Trouble.of("spoils-in-a-row", count=3)))
    page = operator.get(address).text
    assert "3 cards in a row were spoiled" in page
    assert BUTTON in page
    assert operator.submit(f"{address}/go-on").status_code == 303
    assert operator.submit(f"{address}/go-on").status_code == 409
    with office.reading() as look:
        errand = devices.errand(look, station=people.station)
    assert errand is not None
    assert errand == Errand(resume=errand.resume)
    with office.act(people.machine) as act:
        devices.errand_done(act, ErrandDone(resume=errand.resume), station=people.station)
    with office.reading() as look:
        assert devices.errand(look, station=people.station) is None


def test_a_test_print_on_a_foreign_blank_is_a_finding(operator: Browser, office: Office, people: SmallOffice) -> None:
    address = f"/production/stations/{people.station.id}"
    assert operator.submit(f"{address}/test-print").status_code == 303
    with office.reading() as look:
        errand = devices.errand(look, station=people.station)
    assert errand is not None
    with office.act(people.machine) as act:
        done = ErrandDone(test_print=errand.test_print, blank_serial="FOREIGN-1")
        devices.errand_done(act, done, station=people.station)
    assert "The blank FOREIGN-1 of this test print is not at this station" in operator.get(address).text
