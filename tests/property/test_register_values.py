"""Properties of the register's plain values: personal number, working days, last valid days, names."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable
from functools import cache, partial

import holidays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance import document_types
from issuance.errors import InvalidInput
from issuance.values.calendar import add_months, add_working_days, youngest_age
from issuance.values.cnp import check_cnp
from issuance.values.names import check_name, check_text, is_similar, search_key, similarity

DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))
LATIN = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=7)
KEYS = st.lists(LATIN, min_size=1, max_size=4).map("<".join)
WEIGHT = 279146358279


@cache
def holidays_of(years: range) -> list[dt.date]:
    return sorted(holidays.country_holidays("RO", years=years))


def kept_or_refused(field: str, check: Callable[[str], str], text: str) -> str | None:
    """What `check` keeps of the text, None when it refuses it for this field; any other error gets through."""
    try:
        return check(text)
    except InvalidInput as error:
        if error.field != field:
            raise
        return None


def sum_of_products(number: int, weight: int = WEIGHT) -> int:
    """The weighted sum by arithmetic on whole numbers, digit by digit from the right."""
    total = 0
    while weight:
        (number, digit), (weight, factor) = divmod(number, 10), divmod(weight, 10)
        total += digit * factor
    return total


@st.composite
def bodies(draw: st.DrawFn) -> str:
    born = draw(st.dates(dt.date(1930, 1, 1), dt.date(2026, 12, 31)))
    county = draw(st.sampled_from([*range(1, 48), 48, 51, 52, 70]))
    return f"{draw(st.sampled_from('789'))}{born:%y%m%d}{county:02d}{draw(st.integers(0, 999)):03d}"


@given(bodies())
def test_of_ten_check_digits_exactly_one_is_right(body: str) -> None:
    taken = []
    for digit in "0123456789":
        try:
            taken.append(check_cnp(body + digit))
        except InvalidInput:
            continue
    remainder = sum_of_products(int(body)) % 11
    assert taken == [f"{body}{1 if remainder == 10 else remainder}"]


@given(bodies(), st.integers(9, 11), st.integers(1, 9))
def test_a_mistyped_digit_is_found_unless_ten_and_one_look_alike(body: str, place: int, change: int) -> None:
    remainder = sum_of_products(int(body)) % 11
    cnp = body + str(1 if remainder == 10 else remainder)
    wrong = cnp[:place] + str((int(cnp[place]) + change) % 10) + cnp[place + 1 :]
    if {remainder, sum_of_products(int(wrong[:12])) % 11} == {1, 10}:
        return
    with pytest.raises(InvalidInput, match="check digit"):
        check_cnp(wrong)


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_a_named_error(text: str) -> None:
    kept = kept_or_refused("cnp", check_cnp, text)
    assert kept is None or len(kept) == 13


@given(DAYS, st.integers(0, 60))
def test_working_days_equal_numpys(day: dt.date, count: int) -> None:
    closed = holidays_of(range(2020, 2042))
    expected = np.busday_offset(np.datetime64(day), count, roll="backward", holidays=np.array(closed, "datetime64[D]"))
    assert add_working_days(day, count) == (expected.astype(dt.date) if count else day)


@given(DAYS, st.sampled_from(["RP-R", "RP-S", "TD-C", "TD-S"]))
def test_the_day_after_the_last_is_the_anniversary(issued: dt.date, code: str) -> None:
    years = 3 if code == "RP-R" else 2
    last = document_types.get(code).rules_on(issued).valid_until(issued)
    assert last
    after = last + dt.timedelta(days=1)
    assert after.year == issued.year + years
    assert (after.month, after.day) == ((3, 1) if (issued.month, issued.day) == (2, 29) else (issued.month, issued.day))


@given(DAYS, st.integers(-36, 36))
def test_months_there_and_back_never_end_later(day: dt.date, months: int) -> None:
    there = add_months(day, months)
    assert (there.year - day.year) * 12 + there.month - day.month == months
    assert there.day == day.day or (there + dt.timedelta(days=1)).day == 1
    assert add_months(there, -months) <= day


@given(st.dates(dt.date(1930, 1, 1), dt.date(2019, 12, 31)), DAYS)
def test_unknown_parts_never_make_anybody_older(born: dt.date, today: dt.date) -> None:
    ages = [youngest_age(text, today) for text in (f"{born:%Y-%m-%d}", f"{born:%Y-%m}-XX", f"{born:%Y}-XX-XX")]
    assert ages[0] is not None
    assert ages[1] is not None
    assert ages[2] is not None
    assert ages[0] >= ages[1] >= ages[2] >= ages[0] - 1


@given(st.text(max_size=60))
def test_a_kept_name_is_clean_and_is_kept_again(text: str) -> None:
    name = kept_or_refused("family_name", partial(check_name, "family_name"), text)
    if name is None:
        return
    assert check_name("family_name", name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert "  " not in name
    assert name == name.strip()
    assert not any(unicodedata.category(char)[0] in "NC" and char not in "\u200c\u200d" for char in name)


@given(st.text(max_size=60))
def test_a_kept_text_is_kept_again(text: str) -> None:
    kept = kept_or_refused("address", partial(check_text, "address"), text)
    assert kept is None or check_text("address", kept) == kept


@given(st.lists(LATIN, min_size=1, max_size=3), st.lists(LATIN, max_size=3))
def test_the_key_has_the_words_of_the_name(family: list[str], given_names: list[str]) -> None:
    key = search_key(" ".join(family), " ".join(given_names))
    assert key.replace("<", " ").split() == family + given_names


@given(KEYS, KEYS)
def test_similarity_is_a_symmetric_measure(one: str, other: str) -> None:
    assert 0 <= similarity(one, other) == similarity(other, one) <= 1
    assert is_similar(one, one)


@given(st.lists(LATIN, min_size=1, max_size=4).flatmap(lambda words: st.tuples(st.just(words), st.permutations(words))))
def test_the_order_of_words_does_not_matter(pair: tuple[list[str], list[str]]) -> None:
    assert similarity("<".join(pair[0]), "<".join(pair[1])) == 1.0


@given(LATIN, LATIN)
def test_single_words_are_compared_by_edit_distance(one: str, other: str) -> None:
    @cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        same = one[i - 1] == other[j - 1]
        return min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (not same))

    expected = 1 - distance(len(one), len(other)) / max(len(one), len(other))
    assert similarity(one, other) == pytest.approx(expected)
