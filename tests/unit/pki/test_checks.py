"""What an authority made, judged: every fault is named, and what the openssl program makes by the profile is taken."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import core, keys, pem, x509
from asn1crypto.crl import CertificateList
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from printing.pki import checks, document_signers
from printing.pki.certificates import Authority, Period, bar_code_signer, extension, signed
from printing.pki.signing import CertificateError
from tests.certificates import (
    AT,
    BEGINS,
    USAGE,
    VALIDITY,
    YEAR,
    Change,
    altered,
    authority,
    document_certificate,
    openssl,
    put,
    spki,
)

KEY = ec.generate_private_key(ec.SECP256R1())
ISSUER = authority()
SIGNER = document_certificate(KEY, ISSUER)
LIST = document_signers.crl(
    ISSUER, number=4, period=Period(BEGINS, BEGINS + dt.timedelta(days=90)), revoked={5: BEGINS}
)


def check(
    certificate: bytes, authorities: list[bytes] | None = None, at: dt.datetime = AT, country: str = "RO"
) -> None:
    trusted = [ISSUER.certificate] if authorities is None else authorities
    checks.check_document_signer(certificate, trusted, country="RO", at=at, document_types=("AR", "PR"))


def without(name: str) -> Change:
    def change(body: Any) -> None:
        body["extensions"] = [one for one in body["extensions"] if one["extn_id"].native != name]

    return change


def with_extension(name: str, value: object, *, critical: bool = False) -> Change:
    def change(body: Any) -> None:
        kept = [one for one in body["extensions"] if one["extn_id"].native != name]
        body["extensions"] = [*kept, extension(name, value, critical=critical)]

    return change


def name_of(country: str) -> x509.Name:
    return x509.Name.build({"country_name": country, "common_name": "Test CSCA"}, use_printable=True)


def test_what_fits_is_taken() -> None:
    check(SIGNER)
    check(altered(SIGNER, lambda body: None, ISSUER))
    checks.check_key(SIGNER, [spki(ISSUER.key), spki(KEY)])
    checks.check_authority(ISSUER.certificate, country="RO", at=AT)


NAMED = keys.PublicKeyInfo.load(spki(KEY))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("version", "v1"), "not of version 3"),
        (put("serial_number", -5), "serial number is not positive"),
        (put("serial_number", 1 << 160), "serial number is not positive and of 20 octets"),
        (put("signature", {"algorithm": "sha384_ecdsa"}), "two signature algorithms"),
        (put("subject", name_of("DE")), "countries are RO and DE, expected RO"),
        (put("subject", name_of("ro")), "countries are RO and ro, expected RO"),
        (put("subject", x509.Name.build({"country_name": "RO"}, use_printable=True)), "no common name"),
        (put("subject_public_key_info", NAMED), "names a curve instead of writing it out"),
        (without("authority_key_identifier"), "authority key identifier is of another key"),
        (with_extension("authority_key_identifier", {"key_identifier": bytes(20)}), "of another key"),
        (without("key_usage"), "not digital signature alone"),
        (with_extension("key_usage", {"digital_signature", "key_agreement"}, critical=True), "signature alone"),
        (with_extension("key_usage", {"digital_signature"}), "key usage is not critical"),
        (with_extension("extended_key_usage", ["code_signing"]), "has an extended key usage"),
        (with_extension("basic_constraints", {"ca": False}), "has basic constraints"),
        (without("private_key_usage_period"), "until when its key may sign"),
        (with_extension("private_key_usage_period", {"not_before": BEGINS}), "until when its key may sign"),
        (without("subject_alt_name"), "subject alternative name has no locality"),
        (without("issuer_alt_name"), "issuer alternative name has no locality"),
        (without("crl_distribution_points"), "no place of the revocation list"),
        (without("2.23.136.1.1.6.2"), "no list of document types"),
    ],
)
def test_fault_of_a_certificate_is_named(change: Change, words: str) -> None:
    with pytest.raises(CertificateError, match=words) as caught:
        check(altered(SIGNER, change, ISSUER))
    assert ";" not in str(caught.value), "one fault, one sentence"


def test_document_types_that_lack_are_named() -> None:
    with pytest.raises(CertificateError, match="do not include AR, PR"):
        check(document_certificate(KEY, ISSUER, document_types=("PT", "AC")))
    check(document_certificate(KEY, ISSUER, document_types=("A", "P")))


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (BEGINS - YEAR, "valid only from 2026-11-02"),
        (USAGE.ends + dt.timedelta(days=1), "key was for use until 2027-01-30"),
        (VALIDITY.ends + YEAR, "expired on 2030-02-02"),
    ],
)
def test_time_out_of_place_is_named(at: dt.datetime, words: str) -> None:
    with pytest.raises(CertificateError, match=words):
        check(SIGNER, at=at)


def test_authority_must_be_ours_and_must_have_signed() -> None:
    twin, other = authority(), authority(name="Other CSCA")
    with pytest.raises(CertificateError, match=r"^its issuer is no authority of ours"):
        check(SIGNER, [other.certificate])
    with pytest.raises(CertificateError, match=r"^it is not signed by the authority it names$"):
        check(SIGNER, [twin.certificate])
    check(SIGNER, [twin.certificate, ISSUER.certificate])
    with pytest.raises(CertificateError, match="outlives its authority"):
        check(altered(SIGNER, put("validity", {"not_before": x509.UTCTime(BEGINS), "not_after": late()}), ISSUER))


def late() -> x509.UTCTime:
    return x509.UTCTime(BEGINS + 8 * YEAR)


def test_key_must_be_ours_and_on_our_curve() -> None:
    with pytest.raises(CertificateError, match="its key is another one than ours"):
        checks.check_key(SIGNER, [spki(ISSUER.key)])
    brainpool = spki(ec.generate_private_key(ec.BrainpoolP256R1()))
    with pytest.raises(CertificateError, match="its key is P-256, ours brainpoolP256r1"):
        checks.check_key(SIGNER, [brainpool])
    with pytest.raises(CertificateError, match="its key is P-256, ours is missing"):
        checks.check_key(SIGNER, [])


def test_short_and_strange_keys_are_refused() -> None:
    small = document_certificate(ec.generate_private_key(ec.SECP224R1()), ISSUER)
    with pytest.raises(CertificateError, match="key P-224 is too short: at least 256 bits"):
        check(small)
    with pytest.raises(CertificateError, match="key RSA-2048 is too short: at least 3072 bits"):
        check(document_certificate(rsa.generate_private_key(65537, 2048), ISSUER))
    strange = keys.PublicKeyInfo.load(spki(ec.generate_private_key(ec.SECP256K1())))
    with pytest.raises(CertificateError, match="the curve secp256k1 is not used"):
        check(altered(SIGNER, put("subject_public_key_info", strange), ISSUER))


@pytest.mark.parametrize("der", [b"", b"x", b"\x30\x00", SIGNER[:-1], SIGNER + b"\0", LIST])
def test_what_is_no_certificate_is_named(der: bytes) -> None:
    for judge in (check, lambda given: checks.check_authority(given, country="RO", at=AT)):
        with pytest.raises(CertificateError, match=r"no X\.509 certificate in DER or PEM, or it is damaged"):
            judge(der)
    assert not checks.is_document_signer(der)


@effort(max_examples=100)
@given(place=st.integers(0, len(SIGNER) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_of_a_certificate_is_taken(place: int, bit: int) -> None:
    der = bytearray(SIGNER)
    der[place] ^= 1 << bit
    with pytest.raises(CertificateError):
        check(bytes(der))


@effort(max_examples=60)
@given(place=st.integers(0, len(LIST) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_of_a_list_is_taken(place: int, bit: int) -> None:
    der = bytearray(LIST)
    der[place] ^= 1 << bit
    with pytest.raises(CertificateError):
        checks.check_crl(bytes(der), [ISSUER.certificate], at=AT)


def test_a_signature_of_broken_bytes_is_not_taken() -> None:
    """Where its last bit is zero, a BIT STRING that leaves it out has the same value, and is no DER."""
    for serial in range(1, 40):
        der = bytearray(document_signers.crl(ISSUER, number=serial, period=Period(USAGE.begins, AT), revoked={}))
        if not der[-1] & 1:
            break
    place = len(der) - len(CertificateList.load(bytes(der))["signature"].contents)  # of its count of unused bits
    assert der[place] == 0
    checks.check_crl(bytes(der), [ISSUER.certificate], at=AT)
    der[place] = 1
    with pytest.raises(CertificateError, match="no revocation list in DER"):
        checks.check_crl(bytes(der), [ISSUER.certificate], at=AT)


# Authorities


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("issuer", name_of("DE")), "countries are DE and RO"),
        (without("key_usage"), "not to sign certificates and revocation lists"),
        (with_extension("key_usage", {"key_cert_sign"}), "not to sign certificates and revocation lists"),
        (with_extension("basic_constraints", {"ca": True}), "no authority with path length 0"),
        (without("basic_constraints"), "no authority with path length 0"),
        (without("key_identifier"), "no subject key identifier"),
        (put("subject_public_key_info", NAMED), "not signed by its own key"),
    ],
)
def test_fault_of_an_authority_is_named(change: Change, words: str) -> None:
    with pytest.raises(CertificateError, match=words):
        checks.check_authority(altered(ISSUER.certificate, change, ISSUER), country="RO", at=AT)


def test_an_authority_is_no_document_signer_and_the_reverse() -> None:
    assert checks.is_document_signer(SIGNER)
    assert not checks.is_document_signer(ISSUER.certificate)
    with pytest.raises(CertificateError, match="no authority with path length 0"):
        checks.check_authority(SIGNER, country="RO", at=AT)
    with pytest.raises(CertificateError, match="has basic constraints"):
        check(ISSUER.certificate)


# Bar code signers


@pytest.mark.parametrize(
    ("name", "serial", "words"),
    [("LI", 0xFFF, ""), ("LI", 0x1000, "serial number is above FFF, the largest that every seal has room for")],
)
def test_serial_number_of_a_seal_signer_must_fit_every_seal(name: str, serial: int, words: str) -> None:
    der = bar_code_signer(spki(KEY), ISSUER, name=name, serial=serial, validity=VALIDITY)
    assert refusal(der) == (f"its {words}" if words else "")


def test_other_kinds_are_no_seal_signers() -> None:
    assert refusal(SIGNER).startswith("it has not the extended key usage of bar code signers; its common name is not")
    der = bar_code_signer(spki(KEY), ISSUER, name="LI", serial=5, validity=VALIDITY)
    key = keys.PublicKeyInfo.load(spki(rsa.generate_private_key(65537, 2048)))
    assert (
        refusal(altered(der, put("subject_public_key_info", key), ISSUER))
        == "its key is not EC, as those of bar code signers are"
    )


def refusal(der: bytes) -> str:
    try:
        checks.check_bar_code_signer(der, [ISSUER.certificate], country="RO", at=AT, largest_serial=0xFFF)
    except CertificateError as error:
        return str(error)
    return ""


# Revocation lists


def list_refusal(der: bytes, issuer: Authority = ISSUER, at: dt.datetime = AT) -> str:
    with pytest.raises(CertificateError) as caught:
        checks.check_crl(der, [issuer.certificate], at=at)
    return str(caught.value)


def altered_list(change: Change) -> bytes:
    body = CertificateList.load(LIST)["tbs_cert_list"]
    change(body)
    return signed(CertificateList, type(body).load(body.dump(force=True)), ISSUER.signer, ISSUER.public_key)


def test_fault_of_a_list_is_named() -> None:
    checks.check_crl(LIST, [ISSUER.certificate], at=AT)
    assert "not signed by an authority of ours" in list_refusal(LIST, authority())
    assert list_refusal(LIST, at=BEGINS - YEAR) == "it is of the future: check the clock"
    delta = {"extn_id": "delta_crl_indicator", "extn_value": 1, "critical": True}
    partial = altered_list(lambda body: body["crl_extensions"].append(delta))
    assert list_refusal(partial) == "it is a partial list, which Doc 9303 has not"
    unnumbered = altered_list(put("crl_extensions", []))
    for der in (b"", b"\x30\x00", SIGNER, LIST[:-1], unnumbered):
        assert list_refusal(der) == "it is no revocation list in DER, or lacks its number or next update"


# What the openssl program makes

PROFILE = """
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
subjectAltName = dirName:place
issuerAltName = dirName:place
[signer]
authorityKeyIdentifier = keyid
keyUsage = critical, digitalSignature
subjectAltName = dirName:place
issuerAltName = dirName:place
crlDistributionPoints = URI:http://csca.example/ROU.crl
2.5.29.16 = DER:{usage}
2.23.136.1.1.6.2 = ASN1:SEQUENCE:types
[types]
version = INTEGER:0
list = SET:codes
[codes]
one = PRINTABLESTRING:AR
two = PRINTABLESTRING:PR
[place]
L = ROU
"""


def test_certificates_of_the_openssl_program_are_taken(tmp_path: Path) -> None:
    """An authority and a document signer on brainpoolP256r1, as a national authority's own software makes them."""
    ends = x509.GeneralizedTime(USAGE.ends).contents
    usage = core.Sequence(contents=b"\x81" + bytes([len(ends)]) + ends).dump()
    config, ca_key = tmp_path / "profile", tmp_path / "ca.key"
    config.write_text(PROFILE.format(usage=usage.hex()))

    def certify(name: str, subject: str, days: str, *how: str | Path) -> bytes:
        key, request, out = (tmp_path / f"{name}.{kind}" for kind in ("key", "csr", "crt"))
        openssl("ecparam", "-name", "brainpoolP256r1", "-param_enc", "explicit", "-genkey", "-noout", "-out", key)
        openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
        profile = ["-extfile", config, "-extensions", name, "-set_serial", "77", "-days", days]
        openssl("x509", "-req", "-in", request, *how, *profile, "-out", out)
        der: bytes = pem.unarmor(out.read_bytes())[2]
        return der

    ca = certify("ca", "/C=RO/CN=CSCA Romania", "701", "-signkey", ca_key)
    signer = certify("signer", "/C=RO/CN=DS 7", "700", "-CA", tmp_path / "ca.crt", "-CAkey", ca_key)
    at = x509.Certificate.load(signer).not_valid_before
    checks.check_authority(ca, country="RO", at=at)
    check(signer, [ca], at=at)
    with pytest.raises(CertificateError, match="expired"):
        check(signer, [ca], at=at + 3 * YEAR)
