"""The checker finds what is planted: it is worth what it catches."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from issuance.chores import files as chores
from issuance.models.files import ImportedFile
from tests.crash import checker, people
from tests.crash.floor import TID, Floor
from tests.crash.grounds import Files, Grounds
from tests.crash.roads import road, work


@dataclass
class Left:
    """What an office left behind: its folder and register."""

    folder: Path
    url: str

    def sql(self, statement: str) -> None:
        """Change the register past every constraint."""
        connection = sqlite3.connect(self.url.removeprefix("sqlite:///"))
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement)
        connection.commit()
        connection.close()

    def card(self) -> Path:
        """A card that lies in the tray."""
        return sorted((self.folder / "s1/simulator/tray").iterdir())[0]

    def found(self) -> str:
        """What the checker says."""
        return "\n".join(checker.faults(self.url, self.folder, audit=False))


def prepared(floor: Floor) -> None:
    floor.delivered()
    floor.made()
    floor.office.carry("queued", floor.person(TID))
    people.ACTS["make_batch"](floor.office, floor.office.station.id)
    people.ACTS["bring_file"](floor.office, work.centre(floor), data=work.ALIKE, check=False)
    while chores.check_next(floor.office, road.newest(floor, ImportedFile)):
        pass


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return Grounds(Files(), tmp_path_factory.mktemp("grounds"))


@pytest.fixture
def left(grounds: Grounds) -> Iterator[Left]:
    with grounds.copy("left", prepared) as (folder, url):
        yield Left(folder, url)


def test_an_office_that_is_well(left: Left) -> None:
    assert checker.faults(left.url, left.folder) == []


def printed_again(left: Left) -> None:
    """The same order once more, on a fresh blank, and no *held* between."""
    path = left.folder / "s1/simulator/machine.json"
    machine = json.loads(path.read_text())
    blank = machine["hopper"].pop()
    path.write_text(json.dumps(machine))
    again = left.card().with_name(left.card().name + "-2")
    shutil.copytree(left.card(), again)
    (again / "card.json").write_text(json.dumps(blank))


def on_another_blank(left: Left) -> None:
    card = left.card() / "card.json"
    other = sorted((left.folder / "s1/simulator/tray").iterdir())[1] / "card.json"
    card.write_text(other.read_text())


def gone_from_the_tray(left: Left) -> None:
    shutil.rmtree(left.card())


def statement(text: str) -> Callable[[Left], Any]:
    return lambda left: left.sql(text)


LAST = "(SELECT max(id) FROM print_job)"


def nothing_prepares(left: Left) -> None:
    left.sql(f"UPDATE print_job SET state = 'preparing' WHERE id = {LAST}")
    left.sql("DELETE FROM task")


PLANTED: dict[str, tuple[Callable[[Left], Any], str]] = {
    "printed twice": (printed_again, "was printed 2 times"),
    "a blank twice": (on_another_blank, "lies in tray and tray"),
    "made nowhere": (gone_from_the_tray, "no machine made it"),
    "a blank lost by the ledger": (statement("DELETE FROM blank WHERE serial = 'card-19'"), "is in no ledger"),
    "a blank that lies elsewhere": (
        statement("UPDATE blank SET state = 'consumed' WHERE serial = 'card-19'"),
        "card-19 is consumed and lies feeder",
    ),
    "a stuck request": (statement(f"UPDATE print_job SET state = 'not_started' WHERE id = {LAST}"), "in no list"),
    "a job that nothing prepares": (nothing_prepares, "no task prepares it"),
    "a claim of nobody": (statement(f"UPDATE print_job SET state = 'claimed' WHERE id = {LAST}"), "claimed by nobody"),
    "a file that nothing goes on with": (
        statement("UPDATE imported_file SET state = 'lodging'"),
        "is lodging, and no task goes on with it",
    ),
    "a line that nobody accounts for": (
        statement("UPDATE imported_file SET state = 'done'"),
        "is done, and 0 + 0 + 0 + 1 of 2 lines are accounted for",
    ),
    "a job left in a batch": (statement("UPDATE batch SET state = 'done'"), "which has ended"),
    "an order given twice": (
        statement("UPDATE audit_event SET act = 'job.fetched' WHERE act = 'job.done'"),
        "job.fetched 2 times",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(left: Left, name: str) -> None:
    plant, said = PLANTED[name]
    plant(left)
    assert said in left.found()


def test_a_changed_row_is_found_by_the_command(left: Left) -> None:
    left.sql("UPDATE document SET number = number || '9'")
    assert "verify-audit" in "\n".join(checker.faults(left.url, left.folder))
