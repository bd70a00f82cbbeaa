"""A station with a desk reader and the real register, over HTTP: what its page says is done, to a finished document."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from card_drivers.order import DeviceStatus
from card_drivers.simulators.machine import Blank
from issuance.models.staff import Station
from issuance.services.stations.devices import status_of
from tests.attack.workshop import Workshop, opened, uid
from tests.unit.station.hands import Operator, set_up, working


class Page:
    """What the station's page said so far, each time the operator looks at it."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._said: list[DeviceStatus] = []
        self.is_new = False

    def __call__(self) -> list[DeviceStatus]:
        with self._shop.office.reading() as look:
            now = status_of(look.session.get_one(Station, self._shop.office.station.id))
        if now is not None and (self.is_new or not self._said or now != self._said[-1]):
            self._said.append(now)
            self.is_new = False
        return self._said


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Workshop]:
    with opened(database_url, tmp_path) as workshop:
        yield workshop


@pytest.fixture
def s1(shop: Workshop) -> Path:
    """The station's folder; its blanks lie on the desk and not in the printer."""
    folder = set_up(shop.station_folder("s1", shop.office.token))
    machine = folder / "simulator" / "machine.json"
    machine.write_text(json.dumps(json.loads(machine.read_text()) | {"hopper": []}))
    return folder


@pytest.fixture
def page(shop: Workshop) -> Page:
    return Page(shop)


@pytest.fixture
def operator(page: Page, s1: Path) -> Operator:
    blanks = [Blank(serial=f"s1-{n}", stock="card-chip", uid=uid("s1", n)) for n in range(1, 5)]
    return Operator(s1, page, blanks)


def test_a_document_is_made_as_the_page_says(shop: Workshop, s1: Path, operator: Operator) -> None:
    number = shop.approve()
    with working(operator):
        assert shop.once(s1) == 0
    assert shop.documents() == {number: "personalised"}
    assert shop.made(s1) == [number]
    assert shop.events("job.") == ["job.queued", "job.claimed", "job.fetched", "job.leave_given", "job.done"]


@pytest.mark.parametrize("code", ["desk-into-feeder", "desk-lay-back"])
def test_a_killed_station_is_given_the_order_again_and_goes_on(
    shop: Workshop, s1: Path, page: Page, operator: Operator, code: str
) -> None:
    number = shop.approve()
    killed = threading.Event()
    first = shop.start(s1)

    def kill() -> None:
        first.send_signal(signal.SIGKILL)
        killed.set()

    operator.instead[code] = kill
    with working(operator):
        assert killed.wait(30)
        first.wait(30)
        operator.look_anew()
        page.is_new = True
        assert shop.once(s1) == 0
    assert shop.documents() == {number: "personalised"}
    assert (shop.made(s1), len(list((s1 / "simulator").glob("*/*/card.json")))) == ([number], 1)
    assert shop.events("job.")[2:] == ["job.fetched", "job.leave_given", "job.fetched_again", "job.done"]
