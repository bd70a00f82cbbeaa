"""Day n of the deadline: the lodging day is day 0, and the days never stop before the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from issuance.web.case.card import CaseClock

LODGED = dt.date(2026, 3, 2)
DUE = dt.date(2026, 4, 1)


@pytest.fixture(autouse=True)
def speaking() -> Iterator[None]:
    """An application that can translate."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("today", "text", "tone"),
    [
        (LODGED, "Day 0 of 30", "plain"),
        (dt.date(2026, 3, 26), "Day 24 of 30", "plain"),
        (dt.date(2026, 3, 27), "Day 25 of 30", "soon"),
        (DUE, "Day 30 of 30", "soon"),
        (dt.date(2026, 4, 2), "1 day late", "stop"),
        (dt.date(2026, 4, 21), "20 days late", "stop"),
    ],
)
def test_the_clock_counts_calendar_days_across_the_change_to_summer_time(today: dt.date, text: str, tone: str) -> None:
    clock = CaseClock(LODGED, DUE, today)
    assert (clock.text, clock.tone, clock.due_text) == (text, tone, "Due on 1 Apr 2026")
    assert 0 <= clock.shown_day <= 30


def test_it_stands_still_when_the_request_ended() -> None:
    clock = CaseClock(LODGED, DUE, dt.date(2027, 1, 1), ended_on=dt.date(2026, 3, 20))
    assert (clock.text, clock.tone, clock.due_text) == ("Day 18 of 30", "done", "Ended on 20 Mar 2026")


def test_what_is_due_at_once_says_so() -> None:
    assert CaseClock(LODGED, LODGED, LODGED).text == "Due the same day"
    assert CaseClock(LODGED, LODGED, DUE).text == "30 days late"
