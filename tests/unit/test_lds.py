"""EF.DG1 against bytes printed by ICAO and found in other programs, and against broken files."""

import pytest

from printing.chip.lds import LdsError, dg1, parse_dg1
from printing.mrz import Mrz, MrzError

# Doc 9303-10 A.2.1, whose composite digit 4 is a known slip for 8.
STEEN = ("I<NLDXI85935F86999999990<<<<<<", "7208148F1108268NLD<<<<<<<<<<<8", "VAN<DER<STEEN<<MARIANNE<LOUISE")
STEEN_FILE = bytes.fromhex(
    "615D5F1F5A"
    "493C4E4C44584938353933354638363939393939393939303C3C3C3C3C3C"
    "3732303831343846313130383236384E4C443C3C3C3C3C3C3C3C3C3C3C38"
    "56414E3C4445523C535445454E3C3C4D415249414E4E453C4C4F55495345"
)
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD3 = ("PPUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


def test_icao_sample_byte_for_byte() -> None:
    assert dg1(STEEN) == STEEN_FILE
    assert parse_dg1(STEEN_FILE) == STEEN


@pytest.mark.parametrize(("lines", "header"), [(TD2, "614B5F1F48"), (TD3, "615B5F1F58")])
def test_two_line_layouts(lines: tuple[str, ...], header: str) -> None:
    file = dg1(lines)
    assert file == bytes.fromhex(header) + "".join(lines).encode("ascii")
    assert parse_dg1(file) == lines


def test_what_is_wrong_in_print_never_reaches_a_chip() -> None:
    with pytest.raises(MrzError, match="line 2, position 30"):
        dg1((STEEN[0], STEEN[1][:-1] + "4", STEEN[2]))


def test_reading_leaves_check_digits_to_the_mrz() -> None:
    slip = parse_dg1(STEEN_FILE.replace(b"<8VAN", b"<4VAN"))
    with pytest.raises(MrzError, match="expected 8, found '4'"):
        Mrz.parse(slip)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not one complete data object where tag 61"),
        (b"\x61", "not one complete data object where tag 61"),
        (STEEN_FILE[:-1], "not one complete data object where tag 61"),
        (STEEN_FILE + b"\x00", "not one complete data object where tag 61"),
        (b"\x61\x80" * 5000, "not one complete data object"),
        (b"\x61\x84\xff\xff\xff\xff", "not one complete data object"),
        (b"\x60" + STEEN_FILE[1:], "another tag where 61"),
        (b"\x61\x5d\x5f\x20" + STEEN_FILE[4:], "another tag where 5F1F"),
        (b"\x61\x00", "not one complete data object where tag 5F1F"),
        (b"\x61\x03\x5f\x1f\x00", "holds 0 characters"),
        (b"\x61\x5c\x5f\x1f\x59" + STEEN_FILE[6:], "holds 89 characters, expected 90"),
        (STEEN_FILE[:-1] + b"e", "characters other than"),
        (STEEN_FILE[:-1] + b"\xc5", "characters other than"),
        (STEEN_FILE[:-1] + b"\n", "characters other than"),
        (b"\x61\x81\x5d" + STEEN_FILE[2:], "shortest form"),
        (b"\x61\x80" + STEEN_FILE[2:] + b"\x00\x00", "not one complete data object"),
        ("text", "not one complete data object"),
        (None, "not one complete data object"),
    ],
)
def test_malformed_files_are_named(data: bytes, message: str) -> None:
    with pytest.raises(LdsError, match=message) as caught:
        parse_dg1(data)
    assert caught.value.data_group == "DG1"
