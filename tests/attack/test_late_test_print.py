"""A test print whose answer comes late, or of which the register hears only after a restart, still spends its blank.

On the release of 2026-11-22 one that came back after ten minutes lost its blank: it was at the station for ever.
"""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from card_drivers.order import Errand, ErrandDone
from card_drivers.simulators.machine import Simulation
from card_drivers.station.agent import Station
from card_drivers.station.equipment import Context, Equipment
from card_drivers.station.journal import Journal
from card_drivers.troubles import Trouble
from issuance.models.audit import AuditEvent
from issuance.models.stations import PrintTest
from issuance.models.stock import Blank
from issuance.services.stations import devices
from issuance.states import BlankState
from tests.people import SmallOffice
from tests.unit.station.fake_register import Books
from tests.unit.station.workplace import books, journal, make_station, simulation, station, url

__all__ = ["books", "journal", "simulation", "station", "url"]
TEST = UUID(int=9)


def asked(office: SmallOffice) -> UUID:
    """A test print that the station fetched and did not answer for a day."""
    with office.act(office.actors["operator"]) as act:
        test = devices.ask_test(act, office.station)
    with office.reading() as look:
        assert devices.errand(look, station=office.station) == Errand(test_print=test.id)
    office.clock.advance(dt.timedelta(days=1))
    with office.reading() as look:
        assert devices.errand(look, station=office.station) is None
    return test.id


def answer(office: SmallOffice, done: ErrandDone) -> None:
    with office.act(office.machine, while_stopped=True) as act:
        devices.errand_done(act, done, station=office.station)


def blank(office: SmallOffice, serial: str) -> BlankState:
    with office.reading() as look:
        return look.session.scalars(select(Blank).where(Blank.serial == serial)).one().state  # type: ignore[no-any-return]


def kept(office: SmallOffice) -> PrintTest:
    with office.reading() as look:
        return look.session.scalars(select(PrintTest)).one()


def test_an_answer_a_day_late_is_taken(office: SmallOffice) -> None:
    test_id = asked(office)
    answer(office, ErrandDone(test_print=test_id, blank_serial="card-1"))
    assert blank(office, "card-1") == BlankState.SPOILED
    assert (kept(office).answered_at, kept(office).blank_known) == (office.clock.now(), True)


def test_a_blank_that_is_known_only_later_is_spoiled_then(office: SmallOffice) -> None:
    """First the link was lost; then the machine said which card it used."""
    test_id = asked(office)
    answer(office, ErrandDone(test_print=test_id, trouble=Trouble.of("card-perhaps-inside")))
    for _ in range(2):
        answer(office, ErrandDone(test_print=test_id, blank_serial="card-2"))
    assert blank(office, "card-2") == BlankState.SPOILED
    with office.reading() as look:
        told = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "station.test_printed")).all()
    assert [event.details.get("blank") for event in told] == [None, "card-2"]


def test_a_blank_that_is_not_there_is_a_finding(office: SmallOffice) -> None:
    answer(office, ErrandDone(test_print=asked(office), blank_serial="FOREIGN-1"))
    assert (kept(office).blank_serial, kept(office).blank_known) == ("FOREIGN-1", False)


def test_the_station_says_it_until_the_register_hears(
    station: Station, books: Books, simulation: Simulation, url: str, journal: Journal, tmp_path: Path
) -> None:
    """Its answer is lost, the register does not ask any more, the station is started anew."""
    heard = threading.Event()
    books.errand, books.lose = Errand(test_print=TEST), ("/errand/done", heard)
    with pytest.raises(Exception, match="register"):
        station.cycle()
    books.errand, books.done = None, []
    heard.set()
    again = make_station(url, Equipment(Context(tmp_path), "simulator", "simulator"), journal, tmp_path)
    again.cycle()
    again.cycle()
    assert books.done == [ErrandDone(test_print=TEST, blank_serial="RP001")]
    assert len(simulation.hopper()) == 1
