"""Document signers, revocation lists and requests: read and verified by the openssl program and by `cryptography`.

Certificates with explicit EC parameters, which Doc 9303 wants, are refused by `openssl verify` for these alone (error
94): their signatures are checked over the signed part cut out by openssl, and the chain of a twin with named curves.
Chains of RSA-PSS are verified whole, as they are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import algos, keys
from asn1crypto import crl as asn1_crl
from cryptography import x509 as other_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from printing.pki import checks, document_signers, public_keys
from printing.pki.certificates import Authority, Period
from printing.pki.public_keys import EcKey, PrivateKeySigner
from printing.pki.signing import CertificateError, SignerCertificate
from tests.certificates import (
    AT,
    BEGINS,
    USAGE,
    VALIDITY,
    YEAR,
    authority,
    document_certificate,
    one_line,
    openssl,
    pem_file,
    public_key_file,
    spki,
    split,
    text_of,
)

QUARTER = Period(BEGINS, BEGINS + dt.timedelta(days=90))
CURVES = {"P-256": ec.SECP256R1(), "brainpoolP384r1": ec.BrainpoolP384R1()}
KINDS = [*CURVES, "RSA"]
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 3072)


@pytest.fixture(scope="module")
def short_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def issuers(rsa_key: rsa.RSAPrivateKey) -> dict[str, Authority]:
    """An authority of every kind of key."""
    made = {name: authority(ec.generate_private_key(curve)) for name, curve in CURVES.items()}
    return {**made, "RSA": authority(rsa_key)}


@pytest.fixture
def issuer(issuers: dict[str, Authority]) -> Authority:
    return issuers["P-256"]


@pytest.fixture
def signer(issuer: Authority) -> bytes:
    return document_certificate(ec.generate_private_key(CURVES["P-256"]), issuer)


def crl_file(folder: Path, der: bytes) -> Path:
    return pem_file(folder, "list.pem", der, "X509 CRL")


# Document signers


@every_kind
def test_document_signer_as_openssl_reads_it(
    kind: str, issuers: dict[str, Authority], short_rsa_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    key = ec.generate_private_key(CURVES[kind]) if kind in CURVES else short_rsa_key
    text = text_of(tmp_path, document_certificate(key, issuers[kind]))
    for shown in (
        "Version: 3 (0x2) Serial Number: 1715004 (0x1a2b3c)",
        "Issuer: C = RO, CN = Test CSCA",
        "Subject: C = RO, CN = Test DS 1",
        "Not Before: Nov 2 08:30:00 2026 GMT Not After : Feb 2 08:30:00 2030 GMT",
        "X509v3 Key Usage: critical Digital Signature X509v3",
        "X509v3 Private Key Usage Period: Not Before: Nov 2 08:30:00 2026 GMT, Not After: Jan 31 08:30:00 2027 GMT",
        "X509v3 Subject Alternative Name: URI:https://csca.example, DirName:/L=ROU",
        "X509v3 Issuer Alternative Name: URI:https://csca.example, DirName:/L=ROU",
        "X509v3 CRL Distribution Points: Full Name: URI:https://csca.example/ROU.crl",
    ):
        assert shown in text
    if kind in CURVES:
        assert "Cofactor: 1 (0x1)" in text
        assert "ASN1 OID" not in text, "the curve is named, not written out"
    else:
        assert "rsassaPss Hash Algorithm: sha256 Mask Algorithm: mgf1 with sha256 Salt Length: 0x20" in text
    [issuer_id] = re.findall(r"Subject Key Identifier: (\S+)", text_of(tmp_path, issuers[kind].certificate))
    assert f"X509v3 Authority Key Identifier: {issuer_id} " in text


def test_extensions_are_those_of_table_6(signer: bytes) -> None:
    """By their numbers, with what is critical; no basicConstraints, no extended key usage."""
    found = {one.oid.dotted_string: one.critical for one in other_x509.load_der_x509_certificate(signer).extensions}
    assert found == {
        "2.5.29.35": False,  # authorityKeyIdentifier
        "2.5.29.15": True,  # keyUsage
        "2.5.29.16": False,  # privateKeyUsagePeriod
        "2.5.29.17": False,  # subjectAltName
        "2.5.29.18": False,  # issuerAltName
        "2.5.29.31": False,  # cRLDistributionPoints
        "2.23.136.1.1.6.2": False,  # documentTypeList
    }


def test_der_of_document_types_and_usage_period(signer: bytes) -> None:
    assert bytes.fromhex("3011 020100 310c 13024152 13025052 13025054") in signer
    assert b"\x80\x0f20261102083000Z\x81\x0f20270131083000Z" in signer, "both GeneralizedTime (table 6)"
    assert SignerCertificate.of(signer).document_types == {"AR", "PR", "PT"}


@every_kind
def test_openssl_verifies_what_the_authority_signed(kind: str, issuers: dict[str, Authority], tmp_path: Path) -> None:
    key = ec.generate_private_key(CURVES["P-256"])
    body, signature = split(tmp_path, pem_file(tmp_path, "whole.pem", document_certificate(key, issuers[kind])))
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if kind == "RSA" else []
    digest = "-sha384" if kind == "brainpoolP384r1" else "-sha256"
    arguments = ["dgst", digest, *pss, "-verify", public_key_file(tmp_path, issuers[kind].certificate), "-signature"]
    assert "Verified OK" in openssl(*arguments, signature, body)
    body.write_bytes(body.read_bytes()[:-1] + b"!")
    openssl(*arguments, signature, body, ends_well=False)


def named(key: EcKey) -> keys.PublicKeyInfo:
    """The key as openssl's verification wants it."""
    return keys.PublicKeyInfo.load(key._key.to_der())


@pytest.mark.parametrize("kind", ["P-256", "brainpoolP384r1", "RSA"])
def test_openssl_builds_the_chain_and_asks_the_revocation_list(
    kind: str, issuers: dict[str, Authority], short_rsa_key: rsa.RSAPrivateKey, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    key = ec.generate_private_key(CURVES[kind]) if kind in CURVES else short_rsa_key
    moment = ["-attime", str(int(AT.timestamp()))]
    if kind in CURVES:
        trusted, checked = certificate_files(tmp_path, issuers[kind], document_certificate(key, issuers[kind]))
        said = openssl("verify", *moment, "-CAfile", trusted, checked, ends_well=False)
        assert re.findall("error [0-9]+", said) == ["error 94"]
        monkeypatch.setattr(EcKey, "info", property(named))
    issuer = authority(issuers[kind].key)
    trusted, checked = certificate_files(tmp_path, issuer, document_certificate(key, issuer))
    empty = crl_file(tmp_path, document_signers.crl(issuer, number=1, period=QUARTER, revoked={5: BEGINS}))
    arguments = ["verify", *moment, "-x509_strict", "-crl_check", "-CAfile", trusted, "-CRLfile"]
    assert openssl(*arguments, empty, checked).endswith("signer.pem: OK\n")
    listed = crl_file(
        tmp_path, document_signers.crl(issuer, number=2, period=QUARTER, revoked={5: BEGINS, 0x1A2B3C: BEGINS})
    )
    assert "certificate revoked" in openssl(*arguments, listed, checked, ends_well=False)
    late = ["-attime", str(int((VALIDITY.ends + YEAR).timestamp()))]
    assert "expired" in openssl("verify", *late, "-CAfile", trusted, checked, ends_well=False)


def certificate_files(folder: Path, issuer: Authority, certificate: bytes) -> tuple[Path, Path]:
    return pem_file(folder, "ca.pem", issuer.certificate), pem_file(folder, "signer.pem", certificate)


@pytest.mark.parametrize("kind", ["P-256", "RSA"])
def test_cryptography_takes_certificate_and_list_as_the_authoritys(kind: str, issuers: dict[str, Authority]) -> None:
    """The second reader; of explicit parameters it knows those of the NIST curves."""
    certificate = document_certificate(ec.generate_private_key(CURVES["P-256"]), issuers[kind])
    issuer = other_x509.load_der_x509_certificate(issuers[kind].certificate)
    other_x509.load_der_x509_certificate(certificate).verify_directly_issued_by(issuer)
    revoked = other_x509.load_der_x509_crl(
        document_signers.crl(issuers[kind], number=1, period=QUARTER, revoked={7: BEGINS})
    )
    assert revoked.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    assert [one.serial_number for one in revoked] == [7]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"document_types": ()}, "document types is empty"),
        ({"serial": 0}, "serial number"),
        ({"serial": 1 << 160}, "serial number"),
        ({"name": ""}, "1 to 64 letters"),
        ({"name": "Semnătură"}, "1 to 64 letters"),
        ({"usage": Period(BEGINS, VALIDITY.ends + YEAR)}, "not within the validity"),
        ({"usage": Period(USAGE.ends, USAGE.ends)}, "not within the validity"),
        ({"validity": Period(BEGINS, BEGINS + 8 * YEAR)}, "outlive its signing authority"),
    ],
)
def test_wrong_argument_is_named(changes: dict[str, object], words: str, issuer: Authority) -> None:
    with pytest.raises(CertificateError, match=words):
        document_certificate(ec.generate_private_key(CURVES["P-256"]), issuer, **changes)


def test_keys_that_sign_no_documents_are_refused(issuer: Authority) -> None:
    for curve in (ec.SECP256K1(), ec.SECP192R1()):
        with pytest.raises(CertificateError, match=f"the curve {curve.name} is not used"):
            document_certificate(ec.generate_private_key(curve), issuer)


# Requests


@every_kind
def test_request_as_openssl_verifies_it(kind: str, short_rsa_key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    key = ec.generate_private_key(CURVES[kind]) if kind in CURVES else short_rsa_key
    der = document_signers.certificate_request(PrivateKeySigner(key), spki(key), country="RO", name="Test DS 2")
    file = pem_file(tmp_path, "request.pem", der, "CERTIFICATE REQUEST")
    said = one_line(openssl("req", "-in", file, "-verify", "-noout", "-text"))
    assert "verify OK" in said
    assert "Subject: C = RO, CN = Test DS 2" in said
    assert ("Cofactor: 1 (0x1)" in said) is (kind in CURVES)
    broken = pem_file(tmp_path, "request.pem", der.replace(b"Test DS 2", b"Test DS 3"), "CERTIFICATE REQUEST")
    assert "verify OK" not in openssl("req", "-in", broken, "-verify", "-noout", ends_well=None)


# Revocation lists


@every_kind
def test_list_as_openssl_verifies_it(kind: str, issuers: dict[str, Authority], tmp_path: Path) -> None:
    issuer = issuers[kind]
    file = crl_file(
        tmp_path, document_signers.crl(issuer, number=0x7F80, period=QUARTER, revoked={0xABC: BEGINS, 1: AT})
    )
    trusted = pem_file(tmp_path, "ca.pem", issuer.certificate)
    said = one_line(openssl("crl", "-in", file, "-CAfile", trusted, "-noout", "-text"))
    for shown in (
        "verify OK",
        "Version 2 (0x1)",
        "Issuer: C = RO, CN = Test CSCA",
        "Last Update: Nov 2 08:30:00 2026 GMT Next Update: Jan 31 08:30:00 2027 GMT",
        "CRL Number: 32640",
        "Serial Number: 01 Revocation Date: Nov 3 08:30:00 2026 GMT "
        "Serial Number: 0ABC Revocation Date: Nov 2 08:30:00 2026 GMT Signature Algorithm",
    ):
        assert shown in said
    other = pem_file(tmp_path, "ca.pem", authority().certificate)
    assert "verify OK" not in openssl("crl", "-in", file, "-CAfile", other, "-noout", ends_well=None)


def test_list_without_entries_leaves_them_out(issuer: Authority, tmp_path: Path) -> None:
    der = document_signers.crl(issuer, number=1, period=QUARTER, revoked={})
    assert asn1_crl.CertificateList.load(der)["tbs_cert_list"]["revoked_certificates"].native is None
    assert "No Revoked Certificates" in openssl("crl", "-in", crl_file(tmp_path, der), "-noout", "-text")


def test_list_is_renewed_within_90_days(issuer: Authority) -> None:
    for days in (0, -1, 91):
        with pytest.raises(CertificateError, match="within 90 days"):
            document_signers.crl(issuer, number=1, period=Period(BEGINS, BEGINS + dt.timedelta(days=days)), revoked={})


def test_list_is_read_back(issuer: Authority) -> None:
    read = checks.check_crl(
        document_signers.crl(issuer, number=9, period=QUARTER, revoked={3: AT}),
        [authority().certificate, issuer.certificate],
        at=AT,
    )
    assert (read.number, read.this_update, read.next_update, read.revoked) == (9, *QUARTER, {3: AT})


# Public keys


@every_kind
def test_signature_of_a_signer_is_told_from_another(kind: str, short_rsa_key: rsa.RSAPrivateKey) -> None:
    key, other = (
        (ec.generate_private_key(CURVES[kind]), ec.generate_private_key(CURVES[kind]))
        if kind in CURVES
        else (short_rsa_key, short_rsa_key)
    )
    public, made = public_keys.read(spki(key)), PrivateKeySigner(key).sign(b"security object")
    assert public_keys.is_of(public, made, b"security object")
    assert not public_keys.is_of(public, made, b"security objecu")
    assert not public_keys.is_of(public, made[:-1], b"security object")
    assert kind == "RSA" or not public_keys.is_of(public_keys.read(spki(other)), made, b"security object")


def test_curves_written_out_are_compared_and_never_calculated_with() -> None:
    """One wrong number in them, however small, and the key is refused: a made-up curve proves nothing."""
    info = public_keys.read(spki(ec.generate_private_key(CURVES["P-256"]))).info

    def changed(change: Callable[[keys.SpecifiedECDomain], None]) -> bytes:
        copy = keys.PublicKeyInfo.load(info.dump())
        change(copy["algorithm"]["parameters"].chosen)
        return bytes(copy.dump(force=True))

    assert public_keys.read(changed(lambda domain: None)).kind == "P-256"
    for change in (
        lambda domain: domain.__setitem__("order", domain["order"].native - 2),
        lambda domain: domain.__setitem__("base", domain["base"].native[:-1] + b"\0"),
        lambda domain: domain["field_id"].__setitem__("parameters", (1 << 9999) + 1),
        lambda domain: domain.__setitem__("cofactor", 2),
    ):
        with pytest.raises(CertificateError, match="of its own is not used"):
            public_keys.read(changed(change))


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x03abc", bytes(200)])
def test_what_is_no_key_is_refused(data: bytes) -> None:
    with pytest.raises(CertificateError, match="public key is damaged"):
        public_keys.read(data)


def test_a_key_that_is_neither_ec_nor_rsa_is_refused(issuer: Authority) -> None:
    ed25519 = keys.PublicKeyInfo({"algorithm": {"algorithm": "ed25519"}, "public_key": bytes(32)})
    with pytest.raises(CertificateError, match="of the kind ed25519"):
        public_keys.read(ed25519.dump())


def test_signature_by_a_forbidden_hash_is_no_signature() -> None:
    """SHA-1 (Doc 9303-12, 4.1.6.4), though it were right."""
    key = ec.generate_private_key(CURVES["P-256"])
    public, algorithm = public_keys.read(spki(key)), algos.SignedDigestAlgorithm({"algorithm": "sha1_ecdsa"})
    assert public.verifies(public.algorithm, key.sign(b"body", ec.ECDSA(hashes.SHA256())), b"body")
    assert not public.verifies(algorithm, key.sign(b"body", ec.ECDSA(hashes.SHA1())), b"body")
