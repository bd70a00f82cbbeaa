"""SecurityInfos against the bytes of Doc 9303-11's worked examples, and against broken ones."""

import pytest

from printing.chip.lds import LdsError
from printing.chip.security_infos import (
    CURVES,
    ActiveAuthenticationInfo,
    ChipAuthenticationInfo,
    OtherInfo,
    PaceInfo,
    SecurityInfo,
    TerminalAuthenticationInfo,
    card_access,
    chip_key_info,
    encode_infos,
    parse_card_access,
    parse_infos,
)
from tests import chip_files

GENERIC_MAPPING = "3012060A04007F0007020204020202010202010D"  # Doc 9303-11, G.1
FINITE_FIELD = "3012060A04007F00070202040102020102020100"  # Doc 9303-11, G.2: DH, which ours have not


def test_what_our_chips_offer_is_icaos_example_on_the_curve_of_their_keys() -> None:
    assert card_access([PaceInfo(parameter_id=13)]) == bytes.fromhex("3114" + GENERIC_MAPPING)
    assert card_access() == bytes.fromhex("3114" + GENERIC_MAPPING.removesuffix("0D") + "0C")
    assert (CURVES[12], CURVES[13]) == ("secp256r1", "brainpoolP256r1")


@pytest.mark.parametrize(
    ("der", "info"),
    [
        (GENERIC_MAPPING, PaceInfo("PACE-ECDH-GM-AES-CBC-CMAC-128", 13)),
        ("3012060A04007F0007020204020402010202010C", PaceInfo("PACE-ECDH-GM-AES-CBC-CMAC-256", 12)),
        ("300F060A04007F00070202040201020102", PaceInfo("PACE-ECDH-GM-3DES-CBC-CBC", None)),
        ("300F060A04007F00070202030202020101", ChipAuthenticationInfo()),
        ("3012060A04007F0007020203020202010102010C", ChipAuthenticationInfo(key_id=12)),
        ("300D060804007F0007020202020101", TerminalAuthenticationInfo()),
        ("30170606678108010105020101060A04007F00070101040103", ActiveAuthenticationInfo("ecdsa-plain-SHA256")),
        (FINITE_FIELD, OtherInfo("0.4.0.127.0.7.2.2.4.1.2", bytes.fromhex(FINITE_FIELD))),
    ],
)
def test_each_info_both_ways(der: str, info: SecurityInfo) -> None:
    body = bytes.fromhex(der)
    whole = b"\x31" + bytes((len(body),)) + body
    assert parse_infos(whole, "DG14") == (info,)
    assert encode_infos([info], "DG14") == whole


def test_a_chip_key_has_its_curve_written_out() -> None:
    named = chip_files.spki(chip_files.brainpool(3))
    info = chip_key_info(named)
    assert len(info.public_key) > len(named) + 150
    assert info.public_key.endswith(named[-65:])
    assert parse_infos(encode_infos([info], "DG14"), "DG14") == (info,)


def test_a_set_is_sorted_as_der_wants() -> None:
    infos = [PaceInfo(), TerminalAuthenticationInfo(), ChipAuthenticationInfo()]
    assert encode_infos(infos, "DG14") == encode_infos(infos[::-1], "DG14")


def test_a_key_that_agrees_on_nothing_is_refused() -> None:
    with pytest.raises(LdsError, match="needs an EC key for chip authentication"):
        chip_key_info(chip_files.spki(chip_files.rsa_key(1)))
    with pytest.raises(LdsError, match="that can be used"):
        chip_key_info(b"")
    with pytest.raises(LdsError, match="no protocol of the name 'PACE'"):
        card_access([PaceInfo("PACE")])


@pytest.mark.parametrize(
    "data",
    ["", "3114", "3014" + GENERIC_MAPPING, "3114" + GENERIC_MAPPING + "00", "31020500", "31023000",
     "310430020600", "310F300D060804007F0007020202050101"],
)  # fmt: skip
def test_malformed_infos_are_named(data: str) -> None:
    with pytest.raises(LdsError, match=r"^CardAccess has security infos"):
        parse_card_access(bytes.fromhex(data))


def test_a_set_without_end_is_refused() -> None:
    many = bytes.fromhex("300D060804007F0007020202020101") * 65
    with pytest.raises(LdsError, match="more than 64 security infos"):
        parse_card_access(b"\x31\x82" + len(many).to_bytes(2) + many)
