"""Certificates of seal signers, read and verified by the openssl program and by `cryptography`."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from printing.pki import certificates
from printing.pki.certificates import Authority, Period
from printing.pki.public_keys import EcKey
from printing.pki.signing import CertificateError, SignerCertificate
from tests.certificates import openssl, pem_file, public_key_file, spki, split, text_of

BEGINS = dt.datetime(2026, 11, 2, 8, 30, tzinfo=dt.UTC)
USAGE_ENDS = dt.datetime(2027, 11, 2, 23, 59, 59, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=366)
VALIDITY = Period(BEGINS, USAGE_ENDS + YEAR)
CURVES = [ec.SECP256R1(), ec.BrainpoolP256R1()]
CURVE_NAMES = ["P-256", "brainpoolP256r1"]
every_curve = pytest.mark.parametrize("curve", CURVES, ids=CURVE_NAMES)


def make_authority(curve: ec.EllipticCurve, ends: dt.datetime = VALIDITY.ends) -> Authority:
    return certificates.country_signer(
        ec.generate_private_key(curve),
        country="RO",
        state="ROU",
        name="Test CSCA",
        serial=0x77,
        validity=Period(BEGINS, ends),
        usage=Period(BEGINS, USAGE_ENDS),
        site="https://csca.example",
    )


def make_signer(authority: Authority, key: ec.EllipticCurvePrivateKey, document_types: tuple[str, ...] = ()) -> bytes:
    return certificates.bar_code_signer(
        spki(key), authority, name="LI", serial=0x1A2B3, validity=VALIDITY, document_types=document_types
    )


def extensions(der: bytes) -> dict[str, bool]:
    """Each extension by its number, and whether it is critical."""
    return {
        extension.oid.dotted_string: extension.critical for extension in x509.load_der_x509_certificate(der).extensions
    }


@every_curve
def test_authority_as_openssl_reads_it(curve: ec.EllipticCurve, tmp_path: Path) -> None:
    text = text_of(tmp_path, make_authority(curve).certificate)
    for shown in (
        "Version: 3 (0x2) Serial Number: 119 (0x77)",
        "Issuer: C = RO, CN = Test CSCA",
        "Subject: C = RO, CN = Test CSCA",
        "Not Before: Nov 2 08:30:00 2026 GMT Not After : Nov 2 23:59:59 2028 GMT",
        "Cofactor: 1 (0x1)",
        "X509v3 Basic Constraints: critical CA:TRUE, pathlen:0",
        "X509v3 Key Usage: critical Certificate Sign, CRL Sign",
        "X509v3 Private Key Usage Period: Not Before: Nov 2 08:30:00 2026 GMT, Not After: Nov 2 23:59:59 2027 GMT",
        "X509v3 Subject Alternative Name: URI:https://csca.example, DirName:/L=ROU",
        "X509v3 Issuer Alternative Name: URI:https://csca.example, DirName:/L=ROU",
        "X509v3 CRL Distribution Points: Full Name: URI:https://csca.example/ROU.crl",
        "X509v3 Subject Key Identifier:",
    ):
        assert shown in text
    assert "ASN1 OID" not in text, "the curve is named, not written out"


@every_curve
def test_signer_as_openssl_reads_it(curve: ec.EllipticCurve, tmp_path: Path) -> None:
    authority = make_authority(ec.SECP256R1())
    signer = make_signer(authority, ec.generate_private_key(curve), ("IT", "AT", "PU"))
    text = text_of(tmp_path, signer)
    for shown in (
        "Issuer: C = RO, CN = Test CSCA",
        "Subject: C = RO, CN = LI",
        f"({0x1A2B3:#x})",
        "Cofactor: 1 (0x1)",
        "X509v3 Extended Key Usage: critical 2.23.136.1.1.11.1",
    ):
        assert shown in text
    [issuer_id] = re.findall(r"Subject Key Identifier: (\S+)", text_of(tmp_path, authority.certificate))
    assert f"X509v3 Authority Key Identifier: {issuer_id} " in text


def test_signer_has_the_extensions_of_table_8_and_no_other() -> None:
    signer = make_signer(make_authority(CURVES[0]), ec.generate_private_key(CURVES[0]), ("IT",))
    assert extensions(signer) == {"2.5.29.35": False, "2.5.29.37": True, "2.23.136.1.1.6.2": False}


def test_signer_of_every_type_has_no_list_of_types() -> None:
    signer = make_signer(make_authority(CURVES[0]), ec.generate_private_key(CURVES[0]))
    assert extensions(signer) == {"2.5.29.35": False, "2.5.29.37": True}
    assert SignerCertificate.of(signer).document_types is None


def test_document_types_in_der(tmp_path: Path) -> None:
    """SEQUENCE { INTEGER 0, SET OF PrintableString }, sorted as DER wants (Doc 9303-12, 7.1.1.6)."""
    signer = make_signer(make_authority(CURVES[0]), ec.generate_private_key(CURVES[0]), ("PU", "AT", "IT", "AT"))
    assert bytes.fromhex("3011 020100 310c 13024154 13024954 13025055") in signer
    assert SignerCertificate.of(signer).document_types == {"AT", "IT", "PU"}


def test_names_are_printable_strings_and_defaults_are_left_out() -> None:
    signer = make_signer(make_authority(CURVES[0]), ec.generate_private_key(CURVES[0]))
    assert bytes.fromhex("0603550403 1302") + b"LI" in signer
    assert bytes.fromhex("0603550406 1302") + b"RO" in signer
    assert bytes.fromhex("010100") not in signer, "critical FALSE is the default"


@every_curve
def test_curve_is_written_out_in_full(curve: ec.EllipticCurve) -> None:
    """Doc 9303-12, 4.1.6.3: ECParameters with cofactor, uncompressed point; the key itself is unchanged."""
    key = ec.generate_private_key(curve)
    info = asn1_x509.Certificate.load(make_signer(make_authority(CURVES[0]), key)).public_key
    parameters = info["algorithm"]["parameters"]
    assert (parameters.name, parameters.chosen["cofactor"].native) == ("specified", 1)
    named = keys.PublicKeyInfo.load(spki(key))
    assert info["public_key"].native == named["public_key"].native
    assert info["public_key"].native[0] == 4


@every_curve
def test_openssl_verifies_what_the_authority_signed(curve: ec.EllipticCurve, tmp_path: Path) -> None:
    authority, other = make_authority(curve), make_authority(curve)
    for der in (authority.certificate, make_signer(authority, ec.generate_private_key(curve))):
        body, signature = split(tmp_path, pem_file(tmp_path, "whole.pem", der))
        for issuer, right in ((authority, True), (other, False)):
            key = public_key_file(tmp_path, issuer.certificate)
            said = openssl("dgst", "-sha256", "-verify", key, "-signature", signature, body, ends_well=right)
            assert ("Verified OK" in said) is right


def verify(folder: Path, authority: Authority, signer: bytes, at: dt.datetime, *, ends_well: bool = True) -> str:
    trusted, checked = pem_file(folder, "ca.pem", authority.certificate), pem_file(folder, "signer.pem", signer)
    moment = str(int(at.timestamp()))
    return openssl("verify", "-attime", moment, "-CAfile", trusted, checked, ends_well=ends_well)


@every_curve
def test_openssl_builds_the_chain(curve: ec.EllipticCurve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a twin with named curves: openssl refuses the explicit parameters of Doc 9303, and nothing but these."""
    key, at = ec.generate_private_key(curve), BEGINS + dt.timedelta(days=1)
    explicit = make_authority(curve)
    said = verify(tmp_path, explicit, make_signer(explicit, key), at, ends_well=False)
    assert re.findall("error [0-9]+", said) == ["error 94"]
    assert "explicit ECC parameters" in said
    monkeypatch.setattr(EcKey, "info", property(lambda self: keys.PublicKeyInfo.load(self._key.to_der())))
    authority, other = make_authority(curve), make_authority(curve)
    signer = make_signer(authority, key)
    assert verify(tmp_path, authority, signer, at).endswith("signer.pem: OK\n")
    assert "expired" in verify(tmp_path, authority, signer, VALIDITY.ends + YEAR, ends_well=False)
    assert "not yet valid" in verify(tmp_path, authority, signer, BEGINS - YEAR, ends_well=False)
    verify(tmp_path, other, signer, at, ends_well=False)


def test_cryptography_takes_the_signer_as_issued_by_the_authority() -> None:
    """The second reader; it knows explicit parameters of the NIST curves."""
    authority = make_authority(ec.SECP256R1())
    signer = make_signer(authority, ec.generate_private_key(ec.SECP256R1()))
    issuer = x509.load_der_x509_certificate(authority.certificate)
    x509.load_der_x509_certificate(signer).verify_directly_issued_by(issuer)
    issuer.verify_directly_issued_by(issuer)


@every_curve
def test_signature_of_the_key_verifies_by_the_certificate(curve: ec.EllipticCurve, tmp_path: Path) -> None:
    key, data, signature = ec.generate_private_key(curve), tmp_path / "data", tmp_path / "signature"
    data.write_bytes(b"header and message zone")
    signature.write_bytes(key.sign(data.read_bytes(), ec.ECDSA(hashes.SHA256())))
    public = public_key_file(tmp_path, make_signer(make_authority(curve), key))
    assert "Verified OK" in openssl("dgst", "-sha256", "-verify", public, "-signature", signature, data)
    data.write_bytes(b"header and message zonf")
    openssl("dgst", "-sha256", "-verify", public, "-signature", signature, data, ends_well=False)


def test_a_verifier_of_seals_reads_it() -> None:
    read = SignerCertificate.of(make_signer(make_authority(CURVES[0]), ec.generate_private_key(CURVES[0])))
    assert (read.signer, read.serial) == ("ROLI", 0x1A2B3)
    assert (read.not_before, read.not_after) == VALIDITY


def test_dates_from_2050_are_generalized() -> None:
    century = dt.datetime(2050, 1, 1, tzinfo=dt.UTC)
    early = make_authority(CURVES[0], century - dt.timedelta(seconds=1)).certificate
    late = make_authority(CURVES[0], century).certificate
    assert b"\x17\x0d491231235959Z" in early
    assert b"\x18\x0f20500101000000Z" in late


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "L1"}, "two capital letters"),
        ({"name": "LIM"}, "two capital letters"),
        ({"name": "li"}, "two capital letters"),
        ({"serial": 0}, "not zero"),
        ({"serial": -5}, "not zero"),
        ({"serial": 0x100000}, "'100000' is not a serial number of one to five hex digits"),
        ({"public_key": b"no key"}, "the public key is damaged"),
    ],
)
def test_wrong_argument_is_named(changes: dict[str, object], words: str) -> None:
    good = {"public_key": spki(ec.generate_private_key(CURVES[0])), "name": "LI", "serial": 5, "validity": VALIDITY}
    with pytest.raises(CertificateError, match=words):
        certificates.bar_code_signer(authority=make_authority(CURVES[0]), **{**good, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"country": "ro"}, {"country": "ROU"}, {"state": "rou"}, {"state": ""}])
def test_wrong_country_is_named(changes: dict[str, str]) -> None:
    period = Period(BEGINS, USAGE_ENDS)
    names = {"country": "RO", "state": "ROU", "name": "CSCA", "site": "https://csca.example", **changes}
    with pytest.raises(CertificateError, match=repr(*changes.values())):
        certificates.country_signer(
            ec.generate_private_key(CURVES[0]), serial=1, validity=period, usage=period, **names
        )


def test_kinds_of_certificate_are_told_apart() -> None:
    authority = make_authority(CURVES[0])
    assert certificates.is_bar_code_signer(make_signer(authority, ec.generate_private_key(CURVES[0])))
    assert not certificates.is_bar_code_signer(authority.certificate)
    assert not certificates.is_bar_code_signer(b"")
    assert not certificates.is_bar_code_signer(b"\x30\x03abc")


def test_usage_ends_so_that_no_document_outlives_its_certificate() -> None:
    signer = make_signer(make_authority(CURVES[0]), ec.generate_private_key(CURVES[0]))
    assert certificates.usage_ends(signer, YEAR) == dt.date(2027, 11, 2)
    assert certificates.usage_ends(signer, YEAR + dt.timedelta(seconds=1)) == dt.date(2027, 11, 1)


def test_usage_period_in_a_certificate_counts_when_sooner() -> None:
    authority = make_authority(CURVES[0])
    assert certificates.usage_ends(authority.certificate, dt.timedelta()) == dt.date(2027, 11, 2)
    assert certificates.usage_ends(authority.certificate, 2 * YEAR) == dt.date(2026, 11, 1)
