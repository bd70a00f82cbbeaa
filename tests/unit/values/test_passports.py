"""A passport's zone as the fields of a lodging."""

from __future__ import annotations

import datetime as dt

import pytest

from issuance.errors import InvalidInput
from issuance.values.passports import fields_of

TODAY = dt.date(2026, 11, 29)
# The specimens of ICAO Doc 9303-4 and 9303-5.
PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
CARD = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"


def test_a_passport_says_who_its_holder_is() -> None:
    assert fields_of(PASSPORT, TODAY) == {
        "family_name": "Eriksson",
        "given_names": "Anna Maria",
        "birth_date-day": "12",
        "birth_date-month": "08",
        "birth_date-year": "1974",
        "sex": "F",
        "nationality": "UTO",
        "travel_document_shown": "passport",
        "travel_document_number": "L898902C3",
        "travel_document_state": "UTO",
    }


@pytest.mark.parametrize("text", [PASSPORT.replace("\n", ""), PASSPORT.lower(), f"  {PASSPORT}\n\n"])
def test_however_it_was_scanned(text: str) -> None:
    assert fields_of(text, TODAY) == fields_of(PASSPORT, TODAY)


def test_a_card_is_an_identity_card() -> None:
    found = fields_of(CARD, TODAY)
    assert (found["travel_document_shown"], found["travel_document_number"]) == ("identity_card", "D23145890")


@pytest.mark.parametrize(
    "text", ["", "P<UTO", PASSPORT.replace("7408122", "7408132"), PASSPORT[:-1], "x" * 88, "<" * 88, PASSPORT + "<"]
)
def test_what_does_not_add_up_is_read_again(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        fields_of(text, TODAY)
    assert refused.value.field == "passport_mrz"


@pytest.mark.parametrize(("today", "year"), [(dt.date(2026, 1, 1), "1974"), (dt.date(2075, 1, 1), "2074")])
def test_the_century_is_that_of_somebody_alive(today: dt.date, year: str) -> None:
    assert fields_of(PASSPORT, today)["birth_date-year"] == year
