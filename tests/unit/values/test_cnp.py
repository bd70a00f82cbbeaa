"""The personal number of foreigners: worked examples of docs/law.md, section 5, and what must be refused."""

from __future__ import annotations

import pytest

from issuance.errors import InvalidInput
from issuance.values.cnp import agrees_with, check_cnp

RIGHT = ["7790101350016", "8901231520138", "7150601700015", "8000229170011"]


@pytest.mark.parametrize("cnp", RIGHT)
def test_the_office_examples_are_right(cnp: str) -> None:
    assert check_cnp(cnp) == cnp
    assert check_cnp(f" {cnp[:7]} {cnp[7:]} ") == cnp


def test_a_remainder_of_ten_is_written_one() -> None:
    # 7000229170011 and 7000229170019 share the first twelve digits; their sum leaves 10.
    assert check_cnp("7000229170011") == "7000229170011"


@pytest.mark.parametrize(
    ("cnp", "words"),
    [
        ("779010135001", "13 digits"),
        ("77901013500166", "13 digits"),
        ("779010135001A", "13 digits"),
        ("٧٧٩٠١٠١٣٥٠٠١٦", "13 digits"),
        pytest.param("7" * 10_000_000, "13 digits", id="ten megabytes"),
        ("1790101350016", "begins with 7, 8 or 9, not 1"),
        ("7790101350017", "check digit"),
        ("7791301350016", "no date"),
        ("7790230350016", "no date"),
        ("7010229350016", "no date"),
        ("7790101500016", "50, are no county"),
        ("7790101490016", "49, are no county"),
        ("7790101530016", "53, are no county"),
        ("7790101000016", "00, are no county"),
    ],
)
def test_what_is_wrong_is_said(cnp: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_cnp(cnp)
    assert caught.value.field == "cnp"
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("cnp", "birth_date", "sex", "agrees"),
    [
        ("7150601700015", "2015-06-01", "M", True),
        ("7150601700015", "1915-06-01", "M", True),  # no century in a leading 7
        ("8000229170011", "2000-02-29", "F", True),
        ("8000229170011", "2000-02-28", "F", False),
        ("7790101350016", "1979-01-01", "F", False),
        ("7790101350016", "1979-01-01", "X", True),
        ("7790101350016", "1979-XX-XX", "M", True),
        ("7790101350016", "1980-XX-XX", "M", False),
        ("7790101350016", "XXXX-01-XX", "M", True),
        ("7790101350016", "XXXX-02-XX", "M", False),
        ("7790101350016", "XXXX-XX-XX", "M", True),
        ("9790101350016", "1979-01-01", "F", True),
    ],
)
def test_only_the_known_parts_are_compared(cnp: str, birth_date: str, sex: str, agrees: bool) -> None:
    assert agrees_with(cnp, birth_date, sex) is agrees
