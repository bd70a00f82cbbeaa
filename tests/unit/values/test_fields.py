"""One type a field: what forms, files and searches keep of the same text."""

from __future__ import annotations

import datetime as dt

import pytest

from issuance.errors import InvalidInput
from issuance.values import fields
from issuance.values.calendar import check_day, check_past

TODAY = dt.date(2026, 11, 2)


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        ("previous_document", "rp 0012345", "RP0012345"),
        ("previous_document", " legacy:tid0012345", "TID0012345"),
        ("previous_document", "\uff32\uff30\uff10", "RP0"),
        ("case_reference", "b1", "B1"),
        ("case_reference", "2026/TM/0001 ", "2026/TM/0001"),
        ("eurodac_reference", "ro 1100 234567", "RO1100234567"),
        ("cnp", "7000229-170011", "7000229170011"),
        ("cnp", " ", ""),
        ("birth_place", " Deir  ez-Zor ", "Deir ez-Zor"),
        ("representative", "Popa  Ana(mother)", "Popa Ana (mother)"),
    ],
)
def test_one_spelling_is_kept(field: str, text: str, kept: str) -> None:
    assert fields.read(field, text) == kept
    assert fields.read(field, kept) == kept


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("case_reference", "\u04121", "U+0412"),
        ("previous_document", "RP\x000012345", "U+0000"),
        ("previous_document", "R" * 41, "At most 40"),
        ("eurodac_reference", "RO 1;2", "A-Z"),
        ("birth_place", "x" * 1000, "At most 200"),
        ("family_name", "H\u0430ddad", "U+0430"),
        ("family_name", "Hadd\u03b1d", "U+03B1"),
    ],
)
def test_what_cannot_be_kept_is_said(field: str, text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        fields.read(field, text)
    assert refused.value.field == field
    assert words in str(refused.value)


@pytest.mark.parametrize("name", ["Иван", "Nguyễn", "Müller-Öztürk", "Иван Petrov", "Αθηνά"])
def test_a_name_in_one_script_a_word_is_kept(name: str) -> None:
    assert fields.read("native_name", name) == name


@pytest.mark.parametrize("text", ["2026-W40-1", "20261017", "2026-13-01", "17.10.2026", "\u0662026-10-17"])
def test_a_day_is_written_in_one_way(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_day("decision_date", text)


def test_a_day_or_none() -> None:
    assert check_day("decision_date", " 2026-10-17 ") == dt.date(2026, 10, 17)
    assert check_day("decision_date", " ") is None


@pytest.mark.parametrize("day", [dt.date(2999, 1, 1), dt.date(1, 1, 1), TODAY + dt.timedelta(days=1)])
def test_a_decision_was_taken_before_today_and_in_this_age(day: dt.date) -> None:
    with pytest.raises(InvalidInput):
        check_past("decision_date", day, TODAY)
    check_past("decision_date", TODAY, TODAY)
