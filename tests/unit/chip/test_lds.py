"""EF.COM and the data groups against bytes printed by ICAO and found in other programs, and against broken files."""

import pytest

from printing.chip.lds import (
    Com,
    LdsError,
    TrustPoint,
    com,
    dg1,
    dg3_empty,
    dg15,
    parse_com,
    parse_dg1,
    parse_dg3,
    parse_dg14,
    parse_dg15,
)
from printing.chip.security_infos import PaceInfo
from printing.mrz import Mrz, MrzError
from tests import chip_files

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


def test_icao_sample_of_com() -> None:
    """Doc 9303-10, A.1: data groups 1, 2, 4 and 12 of LDS 1.7."""
    found = parse_com(bytes.fromhex("60165F0104303130375F36063034303030305C046175766C"))
    assert found == Com(("DG1", "DG2", "DG4", "DG12"), "0107", "040000")


def test_com_is_of_lds_1_8_and_lists_in_order() -> None:
    assert com(["DG15", "DG2", "DG1"]) == bytes.fromhex("60155F0104303130385F36063034303030305C0361756F")
    with pytest.raises(LdsError, match="'SOD' is none"):
        com(["DG1", "SOD"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("60165F0104303130375F36063034303030305C0461757600", "no data group's"),
        ("60165F0104303130375F36063034303030305C0461757561", "twice"),
        ("60165F0104303130375F36063034303030305C0461757677", "no data group's"),
        ("60165F0104303130585F36063034303030305C046175766C", "four or six digits"),
        ("60155F0103303130375F36063034303030305C046175766C", "complete data object"),
        ("60105F0104303130375F3606303430303030", "other data objects"),
        ("6000", "other data objects"),
        ("61165F0104303130375F36063034303030305C046175766C", "another tag where 60"),
    ],
)
def test_malformed_com_is_named(data: str, message: str) -> None:
    with pytest.raises(LdsError, match=message) as caught:
        parse_com(bytes.fromhex(data))
    assert caught.value.data_group == "COM"


def test_dg3_without_prints() -> None:
    """Doc 9303-10, table 50: no instance, and content of the issuer's own so that no two digests are alike."""
    file = dg3_empty(bytes(range(8)))
    assert file == bytes.fromhex("6310" + "7F6103020100" + "53080001020304050607")
    assert parse_dg3(file) == 0
    assert parse_dg3(bytes.fromhex("630D7F610A0201017F60045F2E0100")) == 1


@pytest.mark.parametrize("nonce", [b"", bytes(7), bytes(65)])
def test_dg3_needs_a_nonce_that_hides_it(nonce: bytes) -> None:
    with pytest.raises(LdsError, match=f"8 to 64 random bytes, not {len(nonce)}"):
        dg3_empty(nonce)


@pytest.mark.parametrize("data", ["6300", "63067F6103020101", "63067F6103020200", "63035C0100", "63077F610302010054"])
def test_malformed_dg3_is_named(data: str) -> None:
    with pytest.raises(LdsError) as caught:
        parse_dg3(bytes.fromhex(data))
    assert caught.value.data_group == "DG3"


@pytest.mark.parametrize("reference", ["", "RO00001", "ROCVCA0000é", "roCVCA00001", "ROCVCACVCACVCA00001"])
def test_a_trust_point_names_a_cvca(reference: str) -> None:
    with pytest.raises(LdsError, match="country, name and five characters"):
        TrustPoint(reference)
    assert TrustPoint("ROCVCA00001").reference == "ROCVCA00001"


def test_dg15_writes_the_curve_out_and_takes_rsa_as_it_is() -> None:
    named, rsa = chip_files.spki(chip_files.brainpool(5)), chip_files.spki(chip_files.rsa_key(1))
    written = parse_dg15(dg15(named))
    assert b"\x06\x07\x2a\x86\x48\xce\x3d\x01\x01" in written  # a prime field, described
    assert written.endswith(named[-65:])
    assert parse_dg15(dg15(rsa)) == rsa


@pytest.mark.parametrize("key", [b"", b"\x30\x00", bytes(300)])
def test_what_is_no_key_is_refused(key: bytes) -> None:
    with pytest.raises(LdsError, match=r"^DG15 needs a public key"):
        dg15(key)
    with pytest.raises(LdsError, match=r"^DG15 holds no public key"):
        parse_dg15(b"\x6f" + (b"\x82" + len(key).to_bytes(2) if len(key) > 127 else bytes((len(key),))) + key)


def test_dg14_of_another_program() -> None:
    """EF.CardAccess of Doc 9303-11, G.1, as DG14."""
    infos = parse_dg14(bytes.fromhex("6E16" + "31143012060A04007F0007020204020202010202010D"))
    assert infos == (PaceInfo("PACE-ECDH-GM-AES-CBC-CMAC-128", 13),)
