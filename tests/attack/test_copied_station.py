"""A station's folder that was copied, or brought back, is not a second station."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.test_station_key_in_other_hands import choose
from tests.attack.workshop import Workshop, opened, s1, shop, until

__all__ = ["s1", "shop"]


def test_two_that_run_are_both_stopped_until_two_persons_chose(shop: Workshop, s1: Path) -> None:
    shop.start(s1)
    until(lambda: "station.registered" in shop.events("station."), "the station works")
    copy = shop.folder / "copy"
    shutil.copytree(s1, copy)
    shop.start(copy)
    until(lambda: "station.doubted" in shop.events("station."), "the office is told")
    number = shop.approve()
    choose(shop, s1)
    until(lambda: shop.documents() == {number: "personalised"}, "a card is made and told")
    assert (shop.made(s1), shop.made(copy)) == ([number], [])


def test_an_old_folder_that_is_brought_back_gets_nothing(shop: Workshop, s1: Path) -> None:
    assert shop.once(s1) == 0
    old = shop.folder / "old"
    shutil.copytree(s1, old)
    assert shop.once(s1) == 0
    number = shop.approve()
    assert shop.once(old) == 3
    assert shop.events("station.")[-1] == "station.start_refused"
    assert shop.once(s1) == 0
    assert (shop.made(s1), shop.made(old), shop.documents()) == ([number], [], {number: "personalised"})


@pytest.fixture
def patient(sqlite_url: str, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop whose clock stands: what was heard was heard a moment ago."""
    with opened(sqlite_url, tmp_path, station_silence_seconds=12) as workshop:
        yield workshop


def test_a_second_start_while_the_first_is_heard_is_refused(patient: Workshop) -> None:
    first = patient.station_folder("s1", patient.office.token)
    patient.start(first)
    until(lambda: "station.registered" in patient.events("station."), "the station works")
    copy = patient.folder / "copy"
    shutil.copytree(first, copy)
    assert patient.once(copy) == 3
    number = patient.approve()
    until(lambda: patient.documents() == {number: "personalised"}, "a card is made and told")
    assert (patient.made(first), patient.made(copy)) == ([number], [])
    assert "station.doubted" not in patient.events("station.")
