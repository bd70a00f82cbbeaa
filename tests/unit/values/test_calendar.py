"""Days as the office counts them, against published calendars: Romanian public holidays of 2026 and 2027."""

from __future__ import annotations

import datetime as dt

import pytest

from issuance.clock import FixedClock, SystemClock
from issuance.errors import InvalidInput, RuleViolation
from issuance.law.persons.registration import Place, registration_rules_on
from issuance.values.calendar import (
    add_months,
    add_working_days,
    add_years,
    check_birth_date,
    is_working_day,
    youngest_age,
)

D = dt.date


@pytest.mark.parametrize(
    "day",
    [
        D(2026, 1, 1), D(2026, 1, 6), D(2026, 4, 10), D(2026, 4, 13), D(2026, 5, 1), D(2026, 6, 1),
        D(2026, 11, 30), D(2026, 12, 1), D(2026, 12, 25), D(2027, 4, 30), D(2027, 5, 3), D(2027, 6, 21),
        D(2026, 11, 21), D(2026, 11, 22),
    ],
)  # fmt: skip
def test_holidays_and_weekends_are_not_worked(day: dt.date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [D(2026, 11, 20), D(2026, 12, 2), D(2026, 4, 9), D(2026, 4, 14), D(2027, 3, 26)])
def test_ordinary_days_are(day: dt.date) -> None:
    assert is_working_day(day)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (D(2026, 11, 20), 0, D(2026, 11, 20)),
        (D(2026, 11, 20), 1, D(2026, 11, 23)),
        (D(2026, 11, 27), 1, D(2026, 12, 2)),  # a weekend, Saint Andrew, National Day
        (D(2026, 4, 9), 3, D(2026, 4, 16)),  # Orthodox Easter
        (D(2026, 12, 24), 5, D(2027, 1, 4)),
    ],
)
def test_working_days_are_counted_from_the_day_after(start: dt.date, count: int, end: dt.date) -> None:
    assert add_working_days(start, count) == end


def test_working_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="count forward"):
        add_working_days(D(2026, 11, 20), -1)


@pytest.mark.parametrize(
    ("made_on", "place", "due"),
    [
        (D(2026, 6, 11), "inspectorate", D(2026, 6, 16)),  # old directive: 3 working days
        (D(2026, 6, 11), "elsewhere", D(2026, 6, 19)),  # 6 working days
        (D(2026, 6, 11), "influx", D(2026, 6, 25)),  # 10 working days
        (D(2026, 6, 12), "inspectorate", D(2026, 6, 17)),  # Regulation 2024/1348: 5 days
        (D(2026, 6, 12), "elsewhere", D(2026, 6, 17)),
        (D(2026, 6, 12), "influx", D(2026, 6, 27)),  # 15 days
    ],
)
def test_registration_deadlines_before_and_since_12_june_2026(made_on: dt.date, place: Place, due: dt.date) -> None:
    assert registration_rules_on(made_on).due_date(made_on, place) == due


def test_registration_rules_name_their_law_and_what_is_assumed() -> None:
    assert "2013/32/EU" in registration_rules_on(D(2026, 6, 11)).legal_basis.en
    since = registration_rules_on(D(2026, 6, 12))
    assert since.legal_basis.en == "Regulation (EU) 2024/1348, Art 27"
    assert any("15 in an influx" in item.en for item in since.assumptions)
    with pytest.raises(RuleViolation, match=r"known from 20\.07\.2015"):
        registration_rules_on(D(2015, 7, 19))


@pytest.mark.parametrize(
    ("day", "years", "anniversary"),
    [(D(2026, 11, 21), 3, D(2029, 11, 21)), (D(2028, 2, 29), 2, D(2030, 3, 1)), (D(2028, 2, 29), 4, D(2032, 2, 29))],
)
def test_anniversaries(day: dt.date, years: int, anniversary: dt.date) -> None:
    assert add_years(day, years) == anniversary


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (D(2026, 8, 31), -6, D(2026, 2, 28)),
        (D(2026, 11, 21), -6, D(2026, 5, 21)),
        (D(2026, 1, 15), -1, D(2025, 12, 15)),
        (D(2026, 11, 30), 1, D(2026, 12, 30)),
        (D(2026, 12, 31), 2, D(2027, 2, 28)),
    ],
)
def test_months(day: dt.date, months: int, end: dt.date) -> None:
    assert add_months(day, months) == end


@pytest.mark.parametrize(
    ("birth_date", "today", "age"),
    [
        ("2010-11-21", D(2026, 11, 21), 16),
        ("2010-11-22", D(2026, 11, 21), 15),
        ("2010-XX-XX", D(2026, 12, 30), 15),
        ("2010-XX-XX", D(2026, 12, 31), 16),
        ("2008-02-29", D(2026, 2, 28), 17),
        ("2008-02-29", D(2026, 3, 1), 18),
        ("XXXX-05-01", D(2026, 12, 31), None),
    ],
)
def test_age_from_a_date_that_may_be_partly_unknown(birth_date: str, today: dt.date, age: int | None) -> None:
    assert youngest_age(birth_date, today) == age


@pytest.mark.parametrize(
    "birth_date",
    ["1992-01-01", "1988-XX-XX", "XXXX-XX-XX", "XXXX-02-29", "2026-11-21", "2026-XX-XX", "2026-11-XX", "1896-XX-XX"],
)
def test_birth_dates_are_kept(birth_date: str) -> None:
    assert check_birth_date(f" {birth_date}", D(2026, 11, 21)) == birth_date


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "is no date"),
        ("01.01.1992", "is no date"),
        ("1992-13-01", "is no date"),
        ("2001-02-29", "is no date"),
        ("XXXX-02-30", "is no date"),
        ("2026-11-22", "in the future"),
        ("2026-12-XX", "in the future"),
        ("2027-XX-XX", "in the future"),
        ("1895-12-31", "130 years"),
        ("0000-01-01", "130 years"),
        pytest.param("1" * 10_000_000, "is no date", id="ten megabytes"),
    ],
)
def test_impossible_birth_dates_are_said(typed: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        check_birth_date(typed, D(2026, 11, 21))
    assert caught.value.field == "birth_date"


def test_the_day_is_bucharests() -> None:
    late = FixedClock(dt.datetime(2026, 11, 20, 22, 30, tzinfo=dt.UTC))
    assert late.today() == D(2026, 11, 21)
    summer = FixedClock(dt.datetime(2026, 7, 1, 21, 30, tzinfo=dt.UTC))
    assert summer.today() == D(2026, 7, 2)
    summer.advance(dt.timedelta(hours=-1))
    assert summer.today() == D(2026, 7, 1)


def test_clocks_speak_utc_and_refuse_a_time_without_zone() -> None:
    assert SystemClock().now().tzinfo is dt.UTC
    with pytest.raises(ValueError, match="without zone"):
        FixedClock(dt.datetime(2026, 11, 20))
