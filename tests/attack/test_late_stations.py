"""A station that slept, or died after printing, makes no second object of a number, and what it says late is heard."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from card_drivers.order import Outcome
from card_drivers.simulators.machine import Simulation
from issuance.errors import Conflict, NotAllowed
from issuance.models.documents import Document
from issuance.models.production import Contradiction, PrintJob
from issuance.models.stock import Blank
from issuance.services.production import held_jobs
from issuance.states import JobState
from tests.attack.proxy import Line, line_to
from tests.attack.workshop import PATIENCE, Workshop, an_hour_later, opened, until

LEAVE = 1


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop whose leaves are short."""
    with opened(database_url, tmp_path, leave_seconds=LEAVE) as workshop:
        yield workshop


@pytest.fixture
def s1(shop: Workshop) -> Path:
    return shop.station_folder("s1", shop.office.token)


@pytest.fixture
def line(shop: Workshop) -> Iterator[Line]:
    with line_to(shop.url) as opened_line:
        yield opened_line


def resolve(shop: Workshop, outcome: Outcome, role: str, serial: str = "") -> bool:
    """A person says how the held job ended."""
    with shop.office.act(shop.office.actors[role]) as act:
        (job,) = act.session.query(PrintJob).filter_by(state=JobState.HELD)
        return held_jobs.resolve(act, job, outcome, serial, "Nothing in the trays.")


def both_say_not_started(shop: Workshop) -> None:
    assert not resolve(shop, Outcome.NOT_STARTED, "supervisor")
    with pytest.raises(NotAllowed, match="second person"):
        resolve(shop, Outcome.NOT_STARTED, "supervisor")
    assert resolve(shop, Outcome.NOT_STARTED, "administrator")
    shop.prepare()


def test_a_station_that_slept_past_its_leave_takes_no_blank(shop: Workshop, s1: Path, line: Line) -> None:
    number = shop.approve()
    asleep = threading.Event()
    sleeper: list[subprocess.Popen[bytes]] = []

    def fall_asleep() -> None:
        os.kill(sleeper[0].pid, signal.SIGSTOP)
        asleep.set()

    line.after["leave"] = fall_asleep
    sleeper.append(shop.start(s1, url=line.url))
    assert asleep.wait(PATIENCE)
    an_hour_later(shop)
    both_say_not_started(shop)
    other = shop.second_station()
    assert shop.once(other) == 0
    time.sleep(LEAVE + 0.1)  # the leave lapses by the clock of the machine that sleeps
    left = len(Simulation(s1 / "simulator").hopper())
    sleeper[0].send_signal(signal.SIGCONT)
    until(lambda: "job.confirmed" in shop.events("job."), "the sleeper says that it took nothing")
    states = shop.documents()
    assert states.pop(number) == "cancelled"
    assert (shop.made(s1), shop.made(other)) == ([], list(states))
    assert len(Simulation(s1 / "simulator").hopper()) == left


def test_a_card_that_was_made_unheard_is_found_although_two_said_not_started(
    shop: Workshop, s1: Path, line: Line
) -> None:
    number = shop.approve()
    dead: list[subprocess.Popen[bytes]] = []

    def die() -> None:
        line.cut = True
        dead[0].kill()

    line.before["result"] = die
    dead.append(shop.start(s1, url=line.url))
    assert dead[0].wait(PATIENCE) == -signal.SIGKILL
    an_hour_later(shop)
    assert shop.jobs() == {"held": 1}
    both_say_not_started(shop)
    other = shop.second_station()
    assert shop.once(other) == 0
    assert shop.once(s1) == 0, "it tells what it made, and is refused"
    (again,) = [each for each in shop.documents() if each != number]
    assert (shop.made(s1), shop.made(other)) == ([number], [again])
    assert shop.documents() == {number: "cancelled", again: "personalised"}
    assert "job.contradicted" in shop.events("job.")
    with shop.office.reading() as look:
        document = look.session.query(Document).filter_by(number=again).one()
        (report,) = look.session.query(Contradiction)
        assert (report.report["outcome"], report.report["blank_serial"]) == ("done", "s1-1")
    with pytest.raises(Conflict, match="contradicts"):
        shop.office.check(document.id, shop.office.readings(document.id))
    with shop.office.act(shop.office.actors["supervisor"]) as act:
        row = act.session.get_one(Contradiction, report.id)
        held_jobs.settle_contradiction(act, row, stands=True, found="It lay in the tray; destroyed by two.")
    with shop.office.reading() as look:
        assert look.session.query(Blank).filter_by(serial="s1-1").one().state == "spoiled"
    assert shop.office.check(document.id, shop.office.readings(document.id))


def test_a_card_given_leave_is_finished_without_a_line_and_told_later(shop: Workshop, s1: Path, line: Line) -> None:
    number = shop.approve()
    line.after["channel"] = lambda: setattr(line, "cut", True)
    shop.start(s1, url=line.url)
    until(lambda: line.cut and shop.made(s1), "a card")
    an_hour_later(shop)
    assert shop.jobs() == {"held": 1}
    line.cut = False
    until(lambda: shop.jobs() == {"done": 1}, "it is told")
    assert shop.documents() == {number: "personalised"}
