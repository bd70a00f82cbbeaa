"""Chips of other states: what is odd and right is a remark, a forgery is a verdict, and what we cannot judge says so.

The kinds are from the field (bug reports of gmrtd, pymrtd, JMRTD, NFCPassportReader; the German master list of 2026);
the chip is the fictional one of `chip_files`, its EF.SOD put together here and signed by `ecdsa` or `cryptography`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

import ecdsa
import pytest
from asn1crypto import algos, cms, core, keys, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from printing.chip import tlv
from printing.chip.lds import DATA_GROUPS
from printing.chip.sod import LDS_SECURITY_OBJECT
from printing.chip.verdict import Answer
from printing.chip.verify import Finding, Verdict, Verified, verify
from printing.pki import certificates, public_keys
from tests import chip_files
from tests.chip_files import AT
from tests.unit.chip.test_verify import ANCHORS, judged, remade

Sign = Callable[[bytes], bytes]
DIGEST, TYPE = "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.3"


class Stranger(NamedTuple):
    """Who signs: an algorithm, a function that does it, and a certificate (DER)."""

    algorithm: algos.SignedDigestAlgorithm
    sign: Sign
    certificate: bytes


def integer(number: int) -> bytes:
    return bytes(core.Integer(number).dump())


def security_object(files: dict[str, bytes], digest: str) -> bytes:
    hashed = [
        tlv.encode(0x30, integer(DATA_GROUPS[name]), tlv.encode(0x04, hashlib.new(digest, data).digest()))
        for name, data in files.items()
        if name in DATA_GROUPS
    ]
    return tlv.encode(0x30, integer(0), algos.DigestAlgorithm({"algorithm": digest}).dump(), tlv.encode(0x30, *hashed))


def attributes(kind: str, digest: bytes) -> list[bytes]:
    """The signed attributes in the order of DER."""
    values = [(TYPE, core.ObjectIdentifier(kind).dump()), (DIGEST, core.OctetString(digest).dump())]
    return sorted(
        tlv.encode(0x30, core.ObjectIdentifier(name).dump(), tlv.encode(0x31, value)) for name, value in values
    )


def signed(
    files: dict[str, bytes],
    by: Stranger,
    *,
    digest: str = "sha256",
    kind: str = LDS_SECURITY_OBJECT,
    order: int = 1,
    issuer: x509.Name | None = None,
) -> dict[str, bytes]:
    """These files with an EF.SOD as no part of the product makes one; `order` -1 turns the attributes round."""
    content = security_object(files, digest)
    inside = attributes(kind, hashlib.new(digest, content).digest())
    certificate = x509.Certificate.load(by.certificate)
    sid = tlv.encode(0x30, (issuer or certificate.issuer).dump(), integer(certificate.serial_number))
    hashed = algos.DigestAlgorithm({"algorithm": digest}).dump()
    info = tlv.encode(
        0x30, integer(1), sid, hashed, tlv.encode(0xA0, *inside[::order]), by.algorithm.dump(),
        tlv.encode(0x04, by.sign(tlv.encode(0x31, *inside))),
    )  # fmt: skip
    wrapped = tlv.encode(0x30, core.ObjectIdentifier(kind).dump(), tlv.encode(0xA0, tlv.encode(0x04, content)))
    data = tlv.encode(
        0x30, integer(3), tlv.encode(0x31, hashed), wrapped, tlv.encode(0xA0, by.certificate), tlv.encode(0x31, info)
    )
    whole = tlv.encode(0x30, cms.ContentType("signed_data").dump(), tlv.encode(0xA0, data))
    return files | {"SOD": tlv.encode(0x77, whole)}


def own(certificate: bytes | None = None, digest: str = "sha256") -> Stranger:
    """The signer of `chip_files`, by another hand."""
    key = chip_files.brainpool(0xD5)
    functions = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}
    return Stranger(
        algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"}),
        lambda data: key.sign(data, ec.ECDSA(functions[digest])),
        certificate or chip_files.the_signer().certificate,
    )


def certified(spki: bytes, **changes: object) -> bytes:
    """The certificate of `chip_files`' signer with another key."""
    info = keys.PublicKeyInfo.load(spki)
    return remade(chip_files.the_signer().certificate, subject_public_key_info=info, **changes)


def with_extension(oid: str, value: bytes) -> bytes:
    """The signer's certificate with another value in one of its extensions."""
    listed = x509.Certificate.load(chip_files.the_signer().certificate)["tbs_certificate"]["extensions"].copy()
    for one in listed:
        if one["extn_id"].dotted == oid:
            one["extn_value"] = core.ParsableOctetString(value)
    return remade(chip_files.the_signer().certificate, extensions=listed)


def the(files: dict[str, bytes], anchors: list[bytes] = ANCHORS) -> tuple[Verdict, tuple[str, ...]]:
    found = judged(files, anchors)
    return found.verdict, found.remarks


def test_put_together_by_hand_as_the_standard_says_it_is_valid_without_a_remark() -> None:
    """So that each difference below is the only one."""
    assert the(signed(chip_files.unsigned(), own())) == (Verdict.VALID, ())


@pytest.mark.parametrize("kind", ["1.2.840.113549.1.7.1", "1.3.27.1.1.1"], ids=["id-data", "ICAO of 2004"])
def test_another_content_type_is_a_remark(kind: str) -> None:
    """Chinese, Belgian and French documents."""
    verdict, remarks = the(signed(chip_files.unsigned(), own(), kind=kind))
    assert (verdict, remarks) == (
        Verdict.VALID,
        (f"the content type of the security object is not {LDS_SECURITY_OBJECT}",),
    )


def test_signed_attributes_are_verified_over_their_der() -> None:
    """RFC 5652, 5.4: whatever order the field has."""
    assert the(signed(chip_files.unsigned(), own(), order=-1)) == (Verdict.VALID, ())


def test_the_sole_certificate_is_the_signers_whatever_the_signature_calls_it() -> None:
    """Malaysian and Ukrainian passports write the issuer in another order. Another's certificate signs nothing."""
    issuer = x509.Certificate.load(chip_files.the_signer().certificate).issuer
    turned = x509.Name("", x509.RDNSequence([*issuer.chosen][::-1]))
    verdict, remarks = the(signed(chip_files.unsigned(), own(), issuer=turned))
    assert (verdict, remarks) == (
        Verdict.VALID,
        ("the security object names its signer otherwise than the one certificate in it",),
    )
    another = chip_files.document_signer(key=chip_files.brainpool(9)).certificate
    assert the(signed(chip_files.unsigned(), own(another), issuer=turned))[0] is Verdict.SIGNATURE_WRONG


def test_an_authority_whose_name_is_written_in_another_order_is_found() -> None:
    anchor = x509.Certificate.load(ANCHORS[0])
    turned = remade(ANCHORS[0], subject=x509.Name("", x509.RDNSequence([*anchor.subject.chosen][::-1])))
    assert the(signed(chip_files.unsigned(), own()), [turned]) == (Verdict.VALID, ())


LIST = "2.23.136.1.1.6.2"


@pytest.mark.parametrize(
    "value",
    [
        tlv.encode(0x30, tlv.encode(0x13, b"AR"), tlv.encode(0x13, b"PT")),
        tlv.encode(0x31, tlv.encode(0x13, b"AR"), tlv.encode(0x13, b"P<")),
        tlv.encode(0x30, integer(0), tlv.encode(0x30, tlv.encode(0x0C, b"A"))),
    ],
    ids=["a sequence of codes", "a set without a version", "a sequence of UTF-8 inside"],
)
def test_lists_of_document_types_as_states_write_them(value: bytes) -> None:
    assert the(signed(chip_files.unsigned(), own(with_extension(LIST, value)))) == (Verdict.VALID, ())


def test_a_list_without_the_document_is_a_verdict_and_one_that_cannot_be_read_a_remark() -> None:
    passports = with_extension(LIST, tlv.encode(0x30, tlv.encode(0x13, b"P<")))
    assert the(signed(chip_files.unsigned(), own(passports)))[0] is Verdict.SIGNER_NOT_ALLOWED
    for rubbish in (b"", b"\x30\x00", b"\x05\x00", tlv.encode(0x30, tlv.encode(0x13, b"passports"))):
        verdict, remarks = the(signed(chip_files.unsigned(), own(with_extension(LIST, rubbish))))
        assert (verdict, remarks) == (Verdict.VALID, ("the signer's list of document types cannot be read",))


def test_a_state_of_two_letters_is_a_remark_and_another_state_a_verdict() -> None:
    """Greece, Luxembourg, Norway, Ukraine and others."""

    def of(state: str) -> bytes:
        name = x509.Name.build({"locality_name": state}, use_printable=True)
        return with_extension("2.5.29.17", x509.GeneralNames([x509.GeneralName("directory_name", name)]).dump())

    verdict, remarks = the(signed(chip_files.unsigned(), own(of("RO"))))
    assert (verdict, remarks) == (Verdict.VALID, ("the signer's certificate writes its state in two letters",))
    assert the(signed(chip_files.unsigned(), own(of("rou"))))[0] is Verdict.VALID
    for state in ("UA", "XX", "ROM"):
        assert the(signed(chip_files.unsigned(), own(of(state))))[0] is Verdict.SIGNER_NOT_ALLOWED


# Keys and algorithms


def of_curve(curve: Any, digest: str) -> Stranger:
    key = ecdsa.SigningKey.from_secret_exponent(0xD5, curve)

    def sign(data: bytes) -> bytes:
        hashed = hashlib.new(digest, data).digest()
        return bytes(key.sign_digest(hashed, sigencode=ecdsa.util.sigencode_der, allow_truncate=True))

    spki = key.verifying_key.to_der(curve_parameters_encoding="explicit")
    return Stranger(algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"}), sign, certified(spki))


@pytest.mark.parametrize(
    ("curve", "digest"),
    [(ecdsa.NIST521p, "sha512"), (ecdsa.BRAINPOOLP320r1, "sha384"), (ecdsa.BRAINPOOLP320r1, "sha256")],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_signers_on_curves_that_we_do_not_use_ourselves(curve: Any, digest: str) -> None:
    by = of_curve(curve, digest)
    assert the(signed(chip_files.unsigned(), by)) == (Verdict.VALID, ())
    wrong = by._replace(sign=lambda data: by.sign(data + b"?"))
    assert the(signed(chip_files.unsigned(), wrong))[0] is Verdict.SIGNATURE_WRONG


def test_an_authority_on_such_a_curve() -> None:
    key = ec.derive_private_key(0xC5CA, ec.SECP521R1())
    info = keys.PublicKeyInfo.load(chip_files.spki(key))
    body = x509.Certificate.load(chip_files.the_signer().certificate)["tbs_certificate"].copy()
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha512_ecdsa"})
    body["signature"] = algorithm
    signature = key.sign(body.dump(), ec.ECDSA(hashes.SHA512()))
    certificate = x509.Certificate(
        {"tbs_certificate": body, "signature_algorithm": algorithm, "signature_value": signature}
    ).dump()
    anchor = remade(ANCHORS[0], subject_public_key_info=info)
    assert the(signed(chip_files.unsigned(), own(certificate)), [anchor]) == (Verdict.VALID, ())
    assert the(signed(chip_files.unsigned(), own(certificate)))[0] is Verdict.UNKNOWN_SIGNER


def by_rsa(bits: int, algorithm: dict[str, Any], scheme: Any, function: hashes.HashAlgorithm) -> Stranger:
    key = rsa.generate_private_key(65537, bits)
    certificate = certified(chip_files.spki(key))
    return Stranger(algos.SignedDigestAlgorithm(algorithm), lambda data: key.sign(data, scheme, function), certificate)


def pss(mask: str) -> dict[str, Any]:
    parameters = {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": mask}},
        "salt_length": 32,
    }
    return {"algorithm": "rsassa_pss", "parameters": parameters}


def test_the_hash_of_the_mask_is_a_parameter() -> None:
    """RFC 4055, 3.1; by default it is SHA-1, which weakens nothing here."""
    scheme = padding.PSS(padding.MGF1(hashes.SHA1()), 32)
    by = by_rsa(2048, pss("sha1"), scheme, hashes.SHA256())
    assert the(signed(chip_files.unsigned(), by)) == (Verdict.VALID, ())
    lying = by._replace(algorithm=algos.SignedDigestAlgorithm(pss("sha256")))
    assert the(signed(chip_files.unsigned(), lying))[0] is Verdict.SIGNATURE_WRONG
    unknown = by._replace(algorithm=algos.SignedDigestAlgorithm(pss("md5")))
    assert the(signed(chip_files.unsigned(), unknown))[0] is Verdict.SIGNATURE_WRONG


def test_weak_keys_and_hashes_are_named() -> None:
    verdict, remarks = the(signed(chip_files.unsigned(), own(digest="sha1"), digest="sha1"))
    assert (verdict, remarks) == (Verdict.VALID, ("the security object uses SHA-1, which is weak",))
    short = by_rsa(1024, {"algorithm": "rsassa_pkcs1v15"}, padding.PKCS1v15(), hashes.SHA256())
    verdict, remarks = the(signed(chip_files.unsigned(), short))
    assert (verdict, remarks) == (Verdict.VALID, ("the signer's key (RSA-1024) is too short to be relied on",))


def test_what_is_weak_is_not_taken_for_ourselves() -> None:
    key = chip_files.spki(rsa.generate_private_key(65537, 1024))
    assert public_keys.read(key, foreign=True).weak
    for ours in (key, chip_files.spki(ec.derive_private_key(5, ec.SECP521R1()))):
        with pytest.raises(certificates.CertificateError, match="not used"):
            public_keys.read(ours)


# What nobody here can judge


def unjudged(found: Verified) -> str:
    assert (found.verdict, found.verdict.answer) == (Verdict.NOT_JUDGED, Answer.NOT_JUDGED)
    assert found.content.personal is not None
    return found.remarks[0]


def test_a_signature_or_a_key_of_a_kind_that_is_not_known_is_not_judged() -> None:
    by = own()._replace(algorithm=algos.SignedDigestAlgorithm({"algorithm": "ed25519"}))
    assert "of a kind that is not known" in unjudged(judged(signed(chip_files.unsigned(), by)))
    secp256k1 = chip_files.spki(ec.derive_private_key(5, ec.SECP256K1()))
    assert "cannot be used: the curve" in unjudged(judged(signed(chip_files.unsigned(), own(certified(secp256k1)))))
    assert "uses another hash" in unjudged(judged(signed(chip_files.unsigned(), own(), digest="md5")))


def test_but_what_differs_is_a_forgery_all_the_same() -> None:
    by = own()._replace(algorithm=algos.SignedDigestAlgorithm({"algorithm": "ed25519"}))
    files = signed(chip_files.unsigned(), by)
    found = judged(files | {"DG12": files["DG12"][:-1] + b"?"})
    assert (found.verdict, found.verdict.answer) == (Verdict.DATA_DIFFERS, Answer.REFUSED)


def test_a_file_that_was_not_read_is_not_judged_and_not_missing() -> None:
    files = chip_files.finished()
    without = {name: data for name, data in files.items() if name != "DG11"}
    found = verify(without, ANCHORS, at=AT, unread=["DG11", "DG16"])
    assert (found.verdict, found.files["DG11"], found.files["DG16"]) == (
        Verdict.NOT_JUDGED, Finding.UNREAD, Finding.UNREAD,
    )  # fmt: skip
    assert found.remarks == ("DG11: not read", "DG16: not read")
    only = verify(files, ANCHORS, at=AT, unread=["DG16", "CardAccess"])
    assert only.verdict is Verdict.VALID
    unsigned = verify(chip_files.unsigned(), ANCHORS, at=AT, unread=["SOD"])
    assert (unsigned.verdict, unsigned.files["SOD"]) == (Verdict.NOT_JUDGED, Finding.UNREAD)


def test_a_copy_that_cannot_prove_its_key_is_refused() -> None:
    found = verify(chip_files.finished(), ANCHORS, at=AT, unproved=["active"])
    assert (found.verdict, found.verdict.answer) == (Verdict.NOT_PROVED, Answer.REFUSED)
    assert "may be a copy" in found.remarks[0]


def test_of_an_unknown_authority_the_certificate_is_asked_for() -> None:
    found = verify(chip_files.finished(), [], at=AT)
    assert (found.verdict, found.verdict.answer) == (Verdict.UNKNOWN_SIGNER, Answer.NOT_JUDGED)
    assert "get its certificate" in found.remarks[0]


# Data groups, as signed and odd


def the_changed(**groups: bytes) -> Verified:
    found = judged(signed(chip_files.unsigned() | groups, own()))
    assert [found.files[name] for name in groups] == [Finding.AS_SIGNED] * len(groups)
    return found


@pytest.mark.parametrize("error", [-1, -8, 1])
def test_a_record_of_a_portrait_that_errs_in_its_length_is_a_remark(error: int) -> None:
    """British and New Zealand passports."""
    dg2 = chip_files.unsigned()["DG2"]
    place = dg2.index(b"FAC\0") + 8
    length = int.from_bytes(dg2[place : place + 4], "big")
    changed = dg2[:place] + (length + error).to_bytes(4, "big") + dg2[place + 4 :]
    found = the_changed(DG2=changed)
    assert (found.verdict, len(found.remarks)) == (Verdict.VALID, 1)
    assert f"says it has {length + error}" in found.remarks[0]
    whole = judged(chip_files.finished()).content.portrait
    assert whole is not None
    assert found.content.portrait == whole


def text(tag: int, value: str) -> bytes:
    return tlv.encode(tag, value.encode())


def test_tag_lists_in_another_order_or_with_the_template_of_names() -> None:
    """The list names what is present; no order is demanded (Doc 9303-10, 4.7.11). Belarusian identity cards name A0."""
    names = tlv.encode(0xA0, tlv.encode(0x02, b"\1"), text(0x5F0F, "SMITH<<JOHN"))
    for listed in ("5F0E5F0F", "5F0F5F0E", "A05F0E", "5F0EA0"):
        dg11 = tlv.encode(0x6B, tlv.encode(0x5C, bytes.fromhex(listed)), text(0x5F0E, "A<<B"), names)
        found = the_changed(DG11=dg11)
        assert (found.verdict, found.remarks) == (Verdict.VALID, ())
        assert found.content.personal is not None
        assert (found.content.personal.full_name, found.content.personal.other_names) == ("A<<B", ("SMITH<<JOHN",))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("6B085C025F115F0E0141", "another tag list than"),
        ("6B055C035F0E5F", "another tag list than"),
        ("6B085C025F195F190141", "its table does not know"),
        ("6B00", "cannot be read here: DG11 does not begin with its tag list"),
        ("6B0E5C045F0E5F0E5F0E01415F0E0141", "cannot be read here: DG11 has a data object twice"),
    ],
)
def test_details_that_are_odd_or_cannot_be_read_are_remarked_and_as_signed(data: str, said: str) -> None:
    found = the_changed(DG11=bytes.fromhex(data))
    assert (found.verdict, len(found.remarks)) == (Verdict.VALID, 1)
    assert said in found.remarks[0]


@pytest.mark.parametrize("bits", [1024, 1792])
def test_short_keys_of_active_authentication_are_remarked(bits: int) -> None:
    """1024 bits are what most passports with active authentication have."""
    spki = chip_files.spki(rsa.generate_private_key(65537, bits))
    found = the_changed(DG15=tlv.encode(0x6F, spki))
    assert (found.verdict, found.content.active_key) == (Verdict.VALID, spki)
    assert found.remarks == (f"the key for active authentication (RSA-{bits}) is too short to be relied on",)


def test_a_zone_with_given_names_only_is_shown() -> None:
    """Indian passports of people without a surname. Our test signer is of another state, which is the verdict."""
    zone = b"PPIND<<EXAMPLE<NAME<<<<<<<<<<<<<<<<<<<<<<<<<C01X0006H1IND6408125F3110315<<<<<<<<<<<<<<06"
    found = the_changed(DG1=tlv.encode(0x61, tlv.encode(0x5F1F, zone)))
    assert found.content.mrz is not None
    assert "".join(found.content.mrz).encode() == zone
    assert found.verdict is Verdict.SIGNER_NOT_ALLOWED
    assert not any("zone" in remark for remark in found.remarks)


def test_a_zone_with_a_wrong_check_digit_is_shown_and_remarked() -> None:
    wrong = chip_files.unsigned()["DG1"].replace(b"9201<<6F", b"9201<<7F")
    found = the_changed(DG1=wrong)
    assert found.content.mrz is not None
    assert (found.verdict, found.remarks) == (
        Verdict.VALID, ("DG1 holds a machine readable zone that is wrong at its birth_date_check",),
    )  # fmt: skip


def test_without_a_zone_nobody_can_say_whether_the_signer_may_sign_it() -> None:
    found = the_changed(DG1=tlv.encode(0x61, tlv.encode(0x5F1F, b"?" * 90)))
    assert "without DG1" in unjudged(found)
