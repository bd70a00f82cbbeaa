"""When a centre is open: the days of its rules, the break at noon, holidays; and what is no opening hour."""

from __future__ import annotations

import datetime as dt

import pytest

from issuance.errors import InvalidInput
from issuance.values.hours import check_hours, open_on

D, T = dt.date, dt.time
USUAL = "Mo-Fr 09:00-12:00, 14:00-16:00; Sa 09:00-12:00"
MORNING, AFTERNOON = (T(9), T(12)), (T(14), T(16))


@pytest.mark.parametrize(
    ("day", "spans"),
    [
        (D(2026, 11, 27), [MORNING, AFTERNOON]),
        (D(2026, 11, 28), [MORNING]),
        (D(2026, 11, 29), []),
        (D(2026, 11, 30), []),  # Saint Andrew
        (D(2026, 12, 2), [MORNING, AFTERNOON]),
    ],
)
def test_a_day_has_the_spans_of_its_rule(day: dt.date, spans: list[object]) -> None:
    assert open_on(USUAL, day) == spans


@pytest.mark.parametrize(
    ("text", "open_days"), [("Mo,We-Th 09:00-10:00", {0, 2, 3}), ("Sa-Mo 09:00-10:00", {5, 6, 0}), ("", set())]
)
def test_days_are_listed_and_go_on_over_the_week(text: str, open_days: set[int]) -> None:
    week = [D(2026, 11, 16) + dt.timedelta(days=n) for n in range(7)]
    assert {day.weekday() for day in week if open_on(text, day)} == open_days


def test_of_two_rules_for_a_day_the_later_counts() -> None:
    assert open_on("Mo-Fr 09:00-12:00; We 14:00-16:00", D(2026, 11, 18)) == [AFTERNOON]


@pytest.mark.parametrize("text", ["Mo", "Mo 9:00-10:00", "Mo 12:00-09:00", "Mo 09:00-11:00, 10:00-12:00"])
def test_what_is_no_opening_hour_is_refused_and_open_never(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_hours(text)
