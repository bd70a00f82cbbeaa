"""DG11 and DG12 against ICAO's sample and bytes written out by hand, and against broken files."""

import pytest

from printing.chip.details import DocumentDetails, PersonalDetails, dg11, dg12, parse_dg11, parse_dg12
from printing.chip.lds import LdsError

# Doc 9303-10, A.5, with the right lengths: the stored text prints 63 for 60, and 0E for the telephone's 0B.
SMITH = PersonalDetails(
    full_name="SMITH<<JOHN<J",
    birth_place=("ANYTOWN", "MN"),
    address=("123 MAPLE RD", "ANYTOWN", "MN"),
    telephone="16125551212",
    profession="TRAVEL<AGENT",
)
SMITH_FILE = bytes.fromhex(
    "6B60" "5C0A5F0E5F115F425F125F13"
    "5F0E0D" "534D4954483C3C4A4F484E3C4A"
    "5F110A" "414E59544F574E3C4D4E"
    "5F4217" "313233204D41504C452052443C414E59544F574E3C4D4E"
    "5F120B" "3136313235353531323132"
    "5F130C" "54524156454C3C4147454E54"
)  # fmt: skip
OTHER_NAMES = bytes.fromhex("6B1E5C045F0F5F2BA00B0201025F0F01415F0F01425F2B083139393230313030")
DOCUMENT = bytes.fromhex(
    "6C2F" "5C065F195F265F1B" "5F1903494749" "5F2608" "3230323631313032"
    "5F1B13" "524546554749415420C8982052454655474545"
)  # fmt: skip


def test_icao_sample_byte_for_byte() -> None:
    assert parse_dg11(SMITH_FILE) == SMITH
    assert dg11(SMITH) == SMITH_FILE


def test_other_names_are_counted_and_an_unknown_day_is_00() -> None:
    details = PersonalDetails(other_names=("A", "B"), birth_date="19920100")
    assert dg11(details) == OTHER_NAMES
    assert parse_dg11(OTHER_NAMES) == details


def test_document_details() -> None:
    details = DocumentDetails("IGI", "20261102", endorsements="REFUGIAT Ș REFUGEE")
    assert dg12(details) == DOCUMENT
    assert parse_dg12(DOCUMENT) == details


def test_dates_of_older_documents_have_two_digits_a_byte() -> None:
    """Doc 9303-10, 4.7.12: inspection systems support both."""
    assert parse_dg12(bytes.fromhex("6C0B5C025F265F260420261102")).issue_date == "20261102"


def test_pictures_of_papers_are_passed_over() -> None:
    assert parse_dg12(bytes.fromhex("6C0F5C045F195F1D5F1901415F1D02FFD8")) == DocumentDetails("A")


@pytest.mark.parametrize(
    ("details", "message"),
    [
        (PersonalDetails(full_name="Ș" * 50), "100 bytes as full_name, allowed are 1 to 99"),
        (PersonalDetails(address=("a<b",)), "has < within a part of address"),
        (PersonalDetails(birth_place=("a\nb",)), "control character in birth_place"),
        (PersonalDetails(birth_date="1992-1-1"), "needs 8 digits as birth_date"),
        (PersonalDetails(birth_date="१९९२०१०१"), "needs 8 digits as birth_date"),
        (PersonalDetails(other_names=("",)), "0 bytes as other_names"),
        (PersonalDetails(other_names=("A",) * 100), "more than 99 names"),
        (PersonalDetails(full_name="\ud800"), "UTF-8 has not"),
    ],
)
def test_what_cannot_stand_in_dg11_is_refused(details: PersonalDetails, message: str) -> None:
    with pytest.raises(LdsError, match=message) as caught:
        dg11(details)
    assert caught.value.data_group == "DG11"
    assert "Ș" not in str(caught.value)


def test_custody_information_may_be_longer() -> None:
    details = PersonalDetails(custody="x" * 999)
    assert parse_dg11(dg11(details)) == details
    with pytest.raises(LdsError, match="1000 bytes as custody"):
        dg11(PersonalDetails(custody="x" * 1000))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("6B00", "does not begin with its tag list"),
        ("6B045F0E0141", "does not begin with its tag list"),
        ("6B0C5C045F0E5F0E5F0E01415F0E0141", "complete data object"),
        ("6B0E5C045F0E5F0E5F0E01415F0E0141", "twice"),
        ("6B085C025F0E5F0E01FF", "not in UTF-8"),
        ("6B0A5C025F2B5F2B0331393932", "complete data object"),
        ("6B0B5C025F2B5F2B043139393A", "not in 8 digits"),
        ("6B0D5C025F0FA0070201025F0F0141", "another number of names"),
        ("6B065C025F0FA000", "another number of names"),
        ("6B085C025F0FA00202FF", "complete data objects"),
    ],
)
def test_malformed_dg11_is_named(data: str, message: str) -> None:
    with pytest.raises(LdsError, match=message) as caught:
        parse_dg11(bytes.fromhex(data))
    assert caught.value.data_group == "DG11"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("6B045C025F0E", ["another tag list than data objects"]),
        ("6B095C035F0E5F5F0E0141", ["another tag list than data objects"]),
        ("6B085C025F115F0E0141", ["another tag list than data objects"]),
        ("6B085C025F195F190141", ["its table does not know"]),
        ("6B085C025F0E5F0E0141", []),
    ],
)
def test_what_is_odd_in_dg11_is_noted(data: str, said: list[str]) -> None:
    notes: list[str] = []
    parse_dg11(bytes.fromhex(data), notes.append)
    assert [any(one in note for one in said) for note in notes] == [True] * len(said)
