"""What a file says was shown, read into the choice; a word inside the text decides nothing."""

from __future__ import annotations

import pytest

from issuance.errors import InvalidInput
from issuance.values.travel_documents import ShownDocument, TravelDocument, read, shown


@pytest.mark.parametrize(
    ("text", "kind", "number", "state"),
    [
        ("", "none", "", ""),
        ("none", "none", "", ""),
        ("fără passport", "none", "", ""),
        ("fără pașaport", "none", "", ""),
        ("no passport", "none", "", ""),
        ("passport N004512873", "passport", "N004512873", ""),
        ("passport n004 512 873 SYR", "passport", "N004512873", "SYR"),
        ("pașaport N004512873", "passport", "N004512873", ""),
        ("Paşaport: N004512873", "passport", "N004512873", ""),
        ("passport", "passport", "", ""),
        ("identity_card 12-345/A SYR", "identity_card", "12-345/A", "SYR"),
        ("carte de identitate 12345", "identity_card", "12345", ""),
        ("other_with_photo seaman's book 77 UKR", "other_with_photo", "seaman's book 77", "UKR"),
        ("other_without_photo birth certificate", "other_without_photo", "birth certificate", ""),
        ("certificat de naștere 8812", "other_without_photo", "certificat de naștere 8812", ""),
    ],
)
def test_a_files_text_is_read_into_the_choice(text: str, kind: str, number: str, state: str) -> None:
    read_as = read("travel_document_shown", text)
    assert read_as == ShownDocument(TravelDocument(kind), number, state)
    assert read_as.is_declared == (kind in ("none", "other_without_photo"))


@pytest.mark.parametrize(
    "text", ["travel document expired", "N004512873", "passport lost", "passport " + "9" * 25, "passports 12", "vechi"]
)
def test_what_cannot_be_told_is_refused_at_its_column(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read("travel_document_shown", text)
    assert refused.value.field == "travel_document_shown"
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "number", "state", "field"),
    [
        ("pasaport", "N1", "", "travel_document_shown"),
        ("passport", "N1", "ROM", "travel_document_state"),
        ("passport", "none", "", "travel_document_number"),
        ("other_with_photo", "x" * 101, "", "travel_document_number"),
    ],
)
def test_what_is_typed_wrong_names_its_field(kind: str, number: str, state: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        shown(kind, number, state)
    assert refused.value.field == field


def test_none_has_neither_number_nor_state() -> None:
    assert shown("none", "N1", "SYR") == ShownDocument()
