"""What of a document's content goes into its chip, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from printing.chip.content import data_groups, document_details, personal_details
from printing.chip.lds import DocumentDetails, LdsError, PersonalDetails, TrustPoint, parse_com, parse_dg1, parse_dg14
from printing.chip.security_infos import (
    ActiveAuthenticationInfo,
    ChipAuthenticationPublicKeyInfo,
    PaceInfo,
    TerminalAuthenticationInfo,
    parse_card_access,
)
from printing.content import Template
from printing.errors import PrintingError
from tests import chip_files, faces

CVCA = TrustPoint("ROCVCA00001")


def made(*names: str, template: Template = faces.RESIDENCE_PERMIT, **changes: Any) -> dict[str, bytes]:
    arguments = {name: changes.pop(name) for name in ("trust_point", "nonce", "facial_encoding") if name in changes}
    keys = {
        name: chip_files.spki(chip_files.brainpool(number)) if name not in changes else changes.pop(name)
        for name, number in (("active_key", 0xAA), ("chip_key", 0xCA))
    }
    return data_groups(faces.content(**changes), template, names, **keys, **arguments)


def test_all_of_it_and_the_same_each_time() -> None:
    files = chip_files.unsigned()
    assert list(files) == [*chip_files.NAMES, "COM", "CardAccess"]
    assert files == made(*chip_files.NAMES)
    assert parse_com(files["COM"]).data_groups == chip_files.NAMES
    assert parse_dg1(files["DG1"])[0].startswith("ARROURP1000017")
    assert 15_000 < sum(map(len, files.values())) < 20_000


def test_the_chip_says_whose_it_is() -> None:
    """Unknown parts of a birth date are 00 (Doc 9303-10, 4.7.11); places and addresses are in their parts."""
    assert personal_details(faces.content()) == PersonalDetails(
        full_name="Al-Masri<<Layla",
        other_names=("ليلى<المصري",),
        personal_number="8901231520138",
        birth_date="19920100",
        birth_place=("Halab",),
        address=("Str. Ialomiței 2", "Timișoara"),
    )
    assert personal_details(faces.content(birth_date="XXXX-XX-XX", given_names="")).birth_date == "00000000"
    assert personal_details(faces.content(given_names="")).full_name == "Al-Masri"
    assert personal_details(faces.content(native_name="Al-Masri  Layla")).other_names == ("Al-Masri<Layla",)


def test_the_chip_says_what_document_it_is() -> None:
    expected = DocumentDetails("IGI", "20261102", endorsements="PROTECȚIE SUBSIDIARĂ / SUBSIDIARY PROTECTION")
    assert document_details(faces.content(), faces.RESIDENCE_PERMIT) == expected


def test_nothing_is_ever_cut() -> None:
    """Truncation is not permitted (table 72): what is too long for its element is not there."""
    found = personal_details(faces.content(family_name="A" * 93, native_name="ل" * 50, address="Ș" * 50))
    assert (found.full_name, found.other_names, found.address) == ("", (), ())
    assert personal_details(faces.content(family_name="A" * 92)).full_name == "A" * 92 + "<<Layla"


def test_dg14_has_all_that_card_access_offers() -> None:
    files = chip_files.unsigned()
    infos = parse_dg14(files["DG14"])
    assert parse_card_access(files["CardAccess"]) == (PaceInfo(),)
    assert {PaceInfo(), ActiveAuthenticationInfo("ecdsa-plain-SHA256")} < set(infos)
    (key,) = (one.public_key for one in infos if isinstance(one, ChipAuthenticationPublicKeyInfo))
    assert key.endswith(chip_files.spki(chip_files.brainpool(0xCA))[-65:])


def test_an_rsa_key_signs_without_an_info() -> None:
    files = made("DG14", "DG15", active_key=chip_files.spki(chip_files.rsa_key(1)), chip_key=None)
    assert parse_dg14(files["DG14"]) == (PaceInfo(),)


def test_the_newer_encoding_of_faces_is_a_setting() -> None:
    assert b"\x7f\x2e" in made("DG2", facial_encoding="39794-5")["DG2"][:60]
    assert b"FAC\0" in made("DG2")["DG2"][:60]


def test_fingerprints_are_refused_without_terminal_authentication() -> None:
    with pytest.raises(LdsError, match="profile with terminal authentication and a CVCA trust point") as caught:
        made("DG1", "DG3")
    assert caught.value.data_group == "DG3"


def test_with_a_trust_point_dg3_is_empty_and_dg14_says_so() -> None:
    files = made("DG1", "DG3", "DG14", trust_point=CVCA, nonce=bytes(range(16)))
    assert files["DG3"] == bytes.fromhex("63187F61030201005310000102030405060708090A0B0C0D0E0F")
    assert TerminalAuthenticationInfo() in parse_dg14(files["DG14"])
    assert parse_com(files["COM"]).data_groups == ("DG1", "DG3", "DG14")
    with pytest.raises(LdsError, match="needs 8 to 64 random bytes"):
        made("DG1", "DG3", trust_point=CVCA)


@pytest.mark.parametrize(
    ("names", "changes", "message"),
    [
        (["DG7"], {}, "DG7 cannot be made"),
        (["SOD"], {}, "SOD cannot be made"),
        (["DG2"], {"portrait": None}, "DG2 needs a portrait"),
        (["DG2"], {"portrait": b"GIF89a"}, "not a photograph"),
        (["DG15"], {"active_key": None}, "DG15 needs the chip's key"),
        (["DG15"], {"active_key": b"no key"}, "DG15 needs a public key"),
        (["DG14"], {"chip_key": b"no key"}, "DG14 needs a chip authentication key"),
        (["DG11"], {"address": "a\x00b"}, "DG11 has a control character in address"),
        (["DG1"], {"expiry_date": None}, "expiry_date"),
    ],
)
def test_what_cannot_be_made_is_named(names: list[str], changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PrintingError, match=message):
        made(*names, **changes)


def test_a_document_without_a_zone_has_no_dg1() -> None:
    with pytest.raises(LdsError, match="needs a machine readable zone, which RC has not"):
        made("DG1", template=Template("RC", "registration_certificate"))
