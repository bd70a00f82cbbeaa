"""Passive authentication: one test for each verdict, and what each file's finding says."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from asn1crypto import x509

from printing.chip import lds
from printing.chip.security_infos import PaceInfo, card_access
from printing.chip.verify import Finding, Verdict, Verified, verify
from printing.pki import certificates, document_signers
from printing.pki.certificates import Period, bar_code_signer
from printing.pki.signing import CertificateError
from tests import chip_files
from tests.chip_files import AT, DocumentSigner

ANCHORS = [chip_files.the_authority().certificate]
DAY, YEARS = dt.timedelta(days=1), dt.timedelta(days=366 * 20)
LATER = Period(chip_files.VALIDITY.begins, chip_files.VALIDITY.ends + YEARS)


def remade(certificate: bytes, **changes: object) -> bytes:
    """A certificate with other parts, signed anew by the authority."""
    body, issuer = x509.Certificate.load(certificate)["tbs_certificate"].copy(), chip_files.the_authority()
    if isinstance(period := changes.pop("validity", None), Period):
        changes["validity"] = {
            "not_before": certificates.time(period.begins),
            "not_after": certificates.time(period.ends),
        }
    for name, value in changes.items():
        body[name] = value
    return certificates.signed(x509.Certificate, body, issuer.signer, issuer.public_key)


def judged(files: dict[str, bytes], anchors: list[bytes] = ANCHORS, at: dt.datetime = AT, *crls: bytes) -> Verified:
    return verify(files, anchors, crls=crls, at=at)


def signed_by(signer: DocumentSigner) -> dict[str, bytes]:
    return chip_files.signed(chip_files.unsigned(), signer)


def test_a_finished_chip_is_valid() -> None:
    found = judged(chip_files.finished())
    assert found.verdict is Verdict.VALID
    assert found.remarks == ()
    assert found.files == dict.fromkeys(chip_files.NAMES, Finding.AS_SIGNED) | {
        "COM": Finding.AGREES,
        "CardAccess": Finding.AGREES,
    }
    assert found.signer is not None
    assert (found.signer.serial, found.signer.document_types) == (0xD5, {"AR", "PT"})
    assert found.content.mrz is not None
    assert found.content.mrz[2].startswith("AL<MASRI<<LAYLA")
    assert found.content.personal is not None
    assert found.content.personal.address == ("Str. Ialomiței 2", "Timișoara")


def test_the_report_is_json_and_the_repr_is_silent() -> None:
    found = judged(chip_files.finished())
    report = json.loads(json.dumps(found.report(), ensure_ascii=False))
    assert report["verdict"] == "valid"
    assert report["files"]["COM"] == "agrees with what is signed"
    assert report["signer"] == {"name": "RODS", "serial": "D5"}
    assert report["personal"]["full_name"] == "Al-Masri<<Layla"
    assert report["document"]["issue_date"] == "20261102"
    assert report["portrait"] == {"format": "JPEG", "width": 413, "height": 531}
    assert report["protocols"] == ["CA-ECDH-AES-CBC-CMAC-128", "PACE-ECDH-GM-AES-CBC-CMAC-128"]
    assert "Masri" not in repr(found)
    assert "MASRI" not in repr(found)


@pytest.mark.parametrize("name", chip_files.NAMES)
def test_a_changed_file_is_named(name: str) -> None:
    files = chip_files.finished()
    files[name] = files[name][:-1] + bytes((files[name][-1] ^ 1,))
    found = judged(files)
    assert found.verdict is Verdict.DATA_DIFFERS
    assert [one for one, finding in found.files.items() if finding is Finding.DIFFERS] == [name]
    assert f"{name}: differs" in found.remarks


def test_a_missing_file_is_named() -> None:
    files = chip_files.finished()
    del files["DG12"]
    found = judged(files)
    assert (found.verdict, found.files["DG12"]) == (Verdict.DATA_DIFFERS, Finding.MISSING)
    assert found.content.document is None


def test_an_added_file_is_named() -> None:
    found = judged(chip_files.finished() | {"DG7": b"\x67\x00"})
    assert (found.verdict, found.files["DG7"]) == (Verdict.DATA_DIFFERS, Finding.UNLISTED)


def test_fingerprints_that_no_right_was_given_to_read_are_no_fault() -> None:
    with_prints = chip_files.unsigned() | {"DG3": lds.dg3_empty(bytes(8))}
    with_prints["COM"] = lds.com([*chip_files.NAMES, "DG3"])
    files = chip_files.signed(with_prints)
    assert judged(files).files["DG3"] is Finding.AS_SIGNED
    del files["DG3"]
    found = judged(files)
    assert (found.verdict, found.files["DG3"]) == (Verdict.VALID, Finding.MISSING)


def test_com_must_list_what_is_signed() -> None:
    found = judged(chip_files.finished() | {"COM": lds.com(["DG1", "DG2"])})
    assert (found.verdict, found.files["COM"]) == (Verdict.DATA_DIFFERS, Finding.DIFFERS)
    older = chip_files.unsigned()["COM"].replace(b"0108", b"0107")
    assert judged(chip_files.finished() | {"COM": older}).files["COM"] is Finding.DIFFERS
    assert judged(chip_files.finished() | {"COM": b"\x60"}).verdict is Verdict.MALFORMED


def test_card_access_offers_no_more_than_dg14() -> None:
    """A weaker protocol put in where nothing is signed would be used by every reader."""
    weaker = card_access([PaceInfo("PACE-ECDH-GM-3DES-CBC-CBC", 10)])
    found = judged(chip_files.finished() | {"CardAccess": weaker})
    assert (found.verdict, found.files["CardAccess"]) == (Verdict.DATA_DIFFERS, Finding.DIFFERS)
    assert judged(chip_files.finished() | {"CardAccess": b"\x31\x01"}).verdict is Verdict.MALFORMED


def test_a_changed_signature_is_wrong() -> None:
    files = chip_files.finished()
    found = judged(files | {"SOD": files["SOD"][:-1] + bytes((files["SOD"][-1] ^ 1,))})
    assert found.verdict is Verdict.SIGNATURE_WRONG
    assert found.files["DG1"] is Finding.AS_SIGNED


def test_a_signer_that_no_trusted_authority_issued_is_unknown() -> None:
    """Of the same name, the same serial number and the same key: only the signature on its certificate tells."""
    forger = chip_files.document_signer(chip_files.authority(chip_files.brainpool(666)))
    found = judged(signed_by(forger))
    assert found.verdict is Verdict.UNKNOWN_SIGNER
    assert found.remarks == ("no trusted authority issued the signer's certificate",)
    assert judged(chip_files.finished(), []).verdict is Verdict.UNKNOWN_SIGNER
    assert judged(chip_files.finished(), [chip_files.the_signer().certificate]).verdict is Verdict.UNKNOWN_SIGNER


def test_the_right_one_of_several_authorities_is_found() -> None:
    """After a change of keys there are two of one name (Doc 9303-12, 6.1.1)."""
    newer = chip_files.authority(chip_files.brainpool(2))
    assert judged(chip_files.finished(), [newer.certificate, *ANCHORS]).verdict is Verdict.VALID


@pytest.mark.parametrize("kind", ["RSA", "EC"])
def test_authorities_of_other_keys(kind: str) -> None:
    issuer = chip_files.authority(chip_files.rsa_key(2) if kind == "RSA" else chip_files.brainpool(3))
    signer = chip_files.document_signer(issuer, chip_files.brainpool(4) if kind == "RSA" else chip_files.rsa_key(1))
    assert judged(signed_by(signer), [issuer.certificate]).verdict is Verdict.VALID


def test_an_expired_signer() -> None:
    issuer = chip_files.authority(validity=LATER)
    files = signed_by(chip_files.document_signer(issuer))
    for moment in (chip_files.VALIDITY.ends + DAY, chip_files.VALIDITY.begins - DAY):
        found = judged(files, [issuer.certificate], at=moment)
        assert found.verdict is Verdict.SIGNER_EXPIRED
        assert "the signer's certificate is not valid at this time" in found.remarks
    assert judged(files | {"DG1": b""}, [issuer.certificate], at=chip_files.VALIDITY.ends + DAY).verdict is (
        Verdict.DATA_DIFFERS
    )


def test_an_expired_authority() -> None:
    shorter = Period(chip_files.VALIDITY.begins, AT - DAY)
    expired = remade(chip_files.the_authority().certificate, validity=shorter)
    found = judged(chip_files.finished(), [expired])
    assert (found.verdict, found.remarks) == (
        Verdict.SIGNER_EXPIRED,
        ("the certificate of the signer's authority is not valid at this time",),
    )


def test_a_document_of_a_type_that_the_signer_may_not_sign() -> None:
    found = judged(signed_by(chip_files.document_signer(types=("PT",))))
    assert found.verdict is Verdict.SIGNER_NOT_ALLOWED
    assert found.remarks == ("the signer may not sign documents of the type AR",)
    assert judged(signed_by(chip_files.document_signer(types=("A",)))).verdict is Verdict.VALID


def test_a_signer_with_another_purpose_besides() -> None:
    """Document signers have no extended key usage (Doc 9303-11, 5.1.1)."""
    ours = x509.Certificate.load(chip_files.the_signer().certificate)["tbs_certificate"]["extensions"]
    more = [*ours, certificates.extension("extended_key_usage", [certificates.VDS_SIGNER])]
    both = remade(chip_files.the_signer().certificate, extensions=more)
    found = judged(signed_by(DocumentSigner(chip_files.the_signer().signer, both)))
    assert found.verdict is Verdict.SIGNER_NOT_ALLOWED


@pytest.mark.parametrize("without", ["basic_constraints", "key_usage"])
def test_an_anchor_that_is_no_authority_issues_nothing(without: str) -> None:
    trusted = x509.Certificate.load(ANCHORS[0])["tbs_certificate"]["extensions"]
    fewer = [one for one in trusted if one["extn_id"].native != without]
    assert judged(chip_files.finished(), [remade(ANCHORS[0], extensions=fewer)]).verdict is Verdict.UNKNOWN_SIGNER


def test_a_signer_of_seals_is_no_signer_of_chips() -> None:
    key = chip_files.brainpool(0xD5)
    certificate = bar_code_signer(
        chip_files.spki(key), chip_files.the_authority(), name="LI", serial=7, validity=chip_files.VALIDITY
    )
    found = judged(signed_by(DocumentSigner(chip_files.the_signer().signer, certificate)))
    assert found.verdict is Verdict.SIGNER_NOT_ALLOWED


def test_a_signer_of_another_state_or_country() -> None:
    elsewhere = chip_files.authority(state="UTO")
    found = judged(signed_by(chip_files.document_signer(elsewhere)), [elsewhere.certificate])
    assert found.verdict is Verdict.SIGNER_NOT_ALLOWED
    assert found.remarks == ("the signer is of another state than the document",)
    abroad = remade(chip_files.the_signer().certificate, subject=certificates.directory_name("MD", "DS"))
    found = judged(signed_by(DocumentSigner(chip_files.the_signer().signer, abroad)))
    assert found.verdict is Verdict.SIGNER_NOT_ALLOWED
    assert found.remarks == ("the signer is of another country than its authority",)


def revocation_list(*serials: int, ends: dt.datetime = AT + dt.timedelta(days=30), number: int = 1) -> bytes:
    period = Period(AT - dt.timedelta(days=40), ends)
    return document_signers.crl(
        chip_files.the_authority(), number=number, period=period, revoked=dict.fromkeys(serials, AT)
    )


def test_a_revoked_signer() -> None:
    files = chip_files.finished()
    assert judged(files, ANCHORS, AT, revocation_list(1, 0xD5)).verdict is Verdict.REVOKED
    found = judged(files, ANCHORS, AT, revocation_list(1))
    assert (found.verdict, found.remarks) == (Verdict.VALID, ())


def test_a_list_that_is_old_or_of_nobody_is_a_remark() -> None:
    files = chip_files.finished()
    old = judged(files, ANCHORS, AT, revocation_list(ends=AT - dt.timedelta(days=1)))
    assert old.verdict is Verdict.VALID
    assert "out of date" in old.remarks[0]
    forger = chip_files.authority(chip_files.brainpool(666))
    period = Period(AT - dt.timedelta(days=1), AT + dt.timedelta(days=1))
    forged = document_signers.crl(forger, number=1, period=period, revoked={0xD5: AT})
    for data in (forged, b"", b"\x30\x00"):
        found = judged(files, ANCHORS, AT, data)
        assert found.verdict is Verdict.VALID
        assert "passed over" in found.remarks[0]


def test_a_document_dated_before_its_signer_is_remarked() -> None:
    details = lds.DocumentDetails("IGI", "20261001")
    files = chip_files.signed(chip_files.unsigned() | {"DG12": lds.dg12(details)})
    found = judged(files)
    assert found.verdict is Verdict.VALID
    assert "outside the period" in found.remarks[0]


def test_a_wrong_zone_is_shown_and_its_letters_are_not_told() -> None:
    wrong = chip_files.unsigned()["DG1"].replace(b"AL<MASRI", b"A1<MASRI")
    found = judged(chip_files.signed(chip_files.unsigned() | {"DG1": wrong}))
    assert (found.verdict, found.files["DG1"]) == (Verdict.VALID, Finding.AS_SIGNED)
    assert found.remarks == ("DG1 holds a machine readable zone that is wrong at its name",)


@pytest.mark.parametrize("data", [None, b"", b"\x77\x00", b"\x77\x02\x30\x00", bytes(70_000)])
def test_without_a_security_object_nothing_is_signed(data: bytes | None) -> None:
    files = chip_files.unsigned() | ({} if data is None else {"SOD": data})
    found = judged(files)
    assert (found.verdict, found.files["SOD"]) == (Verdict.MALFORMED, Finding.MALFORMED)
    assert found.files["DG1"] is Finding.UNSIGNED
    assert found.content.personal is not None


def test_files_that_belong_to_no_chip_are_not_signed() -> None:
    found = judged(chip_files.finished() | {"notes": b"?"})
    assert (found.verdict, found.files["notes"]) == (Verdict.VALID, Finding.UNSIGNED)


def test_a_damaged_anchor_is_the_callers_error() -> None:
    with pytest.raises(CertificateError):
        judged(chip_files.finished(), [b"\x30\x00"])
