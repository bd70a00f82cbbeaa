"""The slots of a day: within the hours, by the clock on the wall, and how appointments fill them."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from issuance.clock import OFFICE_ZONE
from issuance.services.appointments.capacity import Given
from issuance.services.appointments.slots import SLOT, Day, slots_on, spread

D = dt.date
USUAL = "Mo-Fr 09:00-12:00, 14:00-16:00"
FRIDAY = D(2026, 11, 27)
MORNING = slots_on(USUAL, FRIDAY)


def on_the_wall(day: dt.date, hours: str = USUAL) -> list[str]:
    return [f"{slot.astimezone(OFFICE_ZONE):%H:%M}" for slot in slots_on(hours, day)]


def test_half_hours_within_the_hours_and_none_at_noon() -> None:
    expected = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "14:00", "14:30", "15:00", "15:30"]
    assert on_the_wall(FRIDAY) == expected


def test_a_rest_shorter_than_a_slot_is_none() -> None:
    assert on_the_wall(FRIDAY, "Mo-Fr 09:15-10:30") == ["09:15", "09:45"]


@pytest.mark.parametrize("day", [D(2026, 11, 28), D(2026, 11, 30), D(2026, 12, 1)])
def test_closed_days_have_none(day: dt.date) -> None:
    assert slots_on(USUAL, day) == ()


@pytest.mark.parametrize(
    ("day", "utc"), [(D(2027, 3, 26), 7), (D(2027, 3, 29), 6), (D(2026, 10, 23), 6), (D(2026, 10, 26), 7)]
)
def test_nine_stays_nine_when_the_clocks_change(day: dt.date, utc: int) -> None:
    assert slots_on(USUAL, day)[0].hour == utc
    assert on_the_wall(day)[0] == "09:00"


@pytest.mark.parametrize(("day", "slots"), [(D(2027, 3, 28), 4), (D(2026, 10, 25), 8), (D(2026, 10, 18), 6)])
def test_a_night_of_the_change_has_the_hours_that_it_has(day: dt.date, slots: int) -> None:
    """From two to five o'clock: two hours in spring, four in autumn."""
    found = slots_on("Su 02:00-05:00", day)
    assert len(found) == slots
    assert all(later - earlier == SLOT for earlier, later in pairwise(found))


def day(given: Given, *taken: tuple[int, int]) -> Day:
    """A day of which so many minutes are taken in the slots with these places."""
    return Day(MORNING, given, tuple((MORNING[at], minutes) for at, minutes in taken))


def test_the_reserve_is_booked_by_nobody() -> None:
    assert day(Given(2, 10, 20)).bookable == 48
    assert day(Given(1, 10, 0)).bookable == 30


def test_a_slot_is_full_when_the_next_person_does_not_fit() -> None:
    given = Given(1, 8, 20)
    assert day(given, (0, 16)).has_room(MORNING[0], 1)
    assert not day(given, (0, 16)).has_room(MORNING[0], 2)
    assert not day(given, (0, 24)).has_room(MORNING[0], 1)


def test_a_family_takes_the_slots_after_its_own_and_does_not_go_over_noon() -> None:
    given = Given(1, 20, 20)  # three persons are an hour, a slot has 24 minutes
    assert list(spread(MORNING[0], 60, 24)) == [(MORNING[0], 24), (MORNING[1], 24), (MORNING[2], 12)]
    assert day(given).has_room(MORNING[0], 3)
    assert not day(given, (1, 1)).has_room(MORNING[0], 3)
    assert day(given, (2, 12)).has_room(MORNING[0], 3)
    assert not day(given).has_room(MORNING[4], 3), "the break at noon"


def test_what_was_booked_by_other_hours_counts_where_it_reaches() -> None:
    given = Given(1, 10, 0)
    shifted = Day(MORNING, given, ((MORNING[1] - dt.timedelta(minutes=15), 30),))
    assert [shifted.free(slot) for slot in MORNING[:3]] == [0, 0, 30]


def test_without_counters_there_is_no_room() -> None:
    assert not day(Given(0, 10)).has_room(MORNING[0], 1)
