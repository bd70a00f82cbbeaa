"""The pace of an address: a burst passes, then as many as leak, and nobody else is slowed by it."""

from __future__ import annotations

import pytest

from issuance.server.limits import MOST_KNOWN, Pace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_passes_and_then_the_pace_holds(clock: Clock) -> None:
    pace = Pace(per_second=2, burst=5, clock=clock)
    assert [pace.takes("a") for _ in range(7)] == [True] * 5 + [False] * 2
    assert pace.takes("b")
    clock.now = 0.5
    assert [pace.takes("a") for _ in range(2)] == [True, False]
    clock.now = 60
    assert [pace.takes("a") for _ in range(6)] == [True] * 5 + [False]


def test_addresses_that_are_quiet_again_are_forgotten(clock: Clock) -> None:
    pace = Pace(per_second=1, burst=5, clock=clock)
    for number in range(MOST_KNOWN):
        pace.takes(str(number))
    clock.now = 10
    pace.takes("new")
    assert list(pace.levels) == ["new"]
