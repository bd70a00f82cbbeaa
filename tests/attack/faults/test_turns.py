"""What is done in somebody's name while the register is away or full is done later, and never left out for it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from issuance.actors import SYSTEM
from issuance.acts import Act
from issuance.chores import turns
from issuance.db import Database
from issuance.errors import Away, Busy, Conflict, DiskFull, LimanError, Unavailable
from issuance.office import Office
from issuance.settings import Settings


def left_out(sqlite_url: str, tmp_path: Path, refusal: LimanError) -> bool:
    office, told = Office(Settings(var=tmp_path / "var"), Database(sqlite_url)), list[bool]()

    def refuse(_act: Act) -> None:
        raise refusal

    def note(act: Act) -> None:
        told.append(True)
        act.record("rules.published")

    with suppress(Unavailable):
        turns.do_for(office, SYSTEM, refuse, note)
    office.database.engine.dispose()
    return bool(told)


@pytest.mark.parametrize("fault", [Away(), Busy(), DiskFull()], ids=lambda fault: fault.code)
def test_a_turn_waits_for_the_machine(sqlite_url: str, tmp_path: Path, fault: Unavailable) -> None:
    assert not left_out(sqlite_url, tmp_path, fault)


def test_what_the_register_refuses_is_left_out(sqlite_url: str, tmp_path: Path) -> None:
    assert left_out(sqlite_url, tmp_path, Conflict("Somebody did it already."))
