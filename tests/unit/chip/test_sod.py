"""EF.SOD against the openssl program both ways: it verifies ours, and ours reads and verifies what it signed."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import pem, x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from printing.chip import sod
from printing.chip.lds import LdsError
from printing.pki import public_keys
from printing.pki.public_keys import PrivateKey, PublicKey
from printing.pki.signing import CertificateError
from tests import chip_files
from tests.counterparts import require

KEYS: dict[str, Callable[[], PrivateKey]] = {
    "brainpoolP256r1": lambda: chip_files.brainpool(1),
    "P-384": lambda: ec.derive_private_key(5, ec.SECP384R1()),
    "RSA": lambda: chip_files.rsa_key(1),
}
FILES = {"DG1": b"\x61\x00", "DG2": b"\x75\x00", "COM": b"\x60\x00"}


def openssl(*arguments: str | Path) -> str:
    program = require("openssl", "security objects are checked by it")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def key_in(certificate: bytes) -> PublicKey:
    return public_keys.read(x509.Certificate.load(certificate).public_key)


def inside(file: bytes) -> bytes:
    """The CMS object in an EF.SOD of 256 to 65535 bytes."""
    assert file[:2] == b"\x77\x82"
    assert len(file) == 4 + int.from_bytes(file[2:4])
    return file[4:]


def wrapped(cms: bytes) -> bytes:
    return b"\x77\x82" + len(cms).to_bytes(2) + cms


def security_object(version: int = 0, digest: str = "sha256", more: bytes = b"") -> bytes:
    """An LDS security object of FILES, laid out by hand (Doc 9303-10, 4.6.2.3 and D.2)."""
    oid = bytes.fromhex({"sha256": "300D06096086480165030402010500", "md5": "300C06082A864886F70D02050500"}[digest])
    hashes = b"".join(
        b"\x30" + bytes((len(value) + 5,)) + b"\x02\x01" + bytes((number,)) + b"\x04" + bytes((len(value),)) + value
        for number, value in (
            (1, hashlib.new(digest, b"\x61\x00").digest()),
            (2, hashlib.new(digest, b"\x75\x00").digest()),
        )
    )
    body = bytes((2, 1, version)) + oid + b"\x30" + bytes((len(hashes),)) + hashes + more
    return b"\x30" + (bytes((len(body),)) if len(body) < 128 else b"\x81" + bytes((len(body),))) + body


def by_openssl(
    folder: Path, content: bytes, key: PrivateKey, *options: str, oid: str = sod.LDS_SECURITY_OBJECT
) -> bytes:
    """An EF.SOD that the openssl program made of `content`."""
    by = chip_files.document_signer(key=key)
    (folder / "content").write_bytes(content)
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "signer.pem").write_bytes(pem.armor("CERTIFICATE", by.certificate))
    openssl(
        "cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-md", "sha256", "-econtent_type", oid,
        "-outform", "DER", "-in", folder / "content", "-signer", folder / "signer.pem", "-inkey", folder / "key.pem",
        "-out", folder / "signed", *options,
    )  # fmt: skip
    return wrapped((folder / "signed").read_bytes())


@pytest.mark.parametrize("name", sorted(KEYS))
def test_openssl_verifies_the_signature(name: str, tmp_path: Path) -> None:
    """The chain aside: openssl refuses explicit curves, which Doc 9303 asks for, in every chain (error 94)."""
    by = chip_files.document_signer(key=KEYS[name]())
    (tmp_path / "signed").write_bytes(inside(sod.sign(FILES, by.signer, by.certificate)))
    openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", tmp_path / "signed", "-out", tmp_path / "content")
    shown = openssl("asn1parse", "-inform", "DER", "-in", tmp_path / "content")
    digest = "sha384" if name == "P-384" else "sha256"
    assert hashlib.new(digest, FILES["DG2"]).hexdigest().upper() in shown
    assert hashlib.new(digest, FILES["COM"]).hexdigest().upper() not in shown
    assert [line.split(":")[-1] for line in shown.splitlines() if "PRINTABLESTRING" in line] == ["0108", "040000"]
    assert "NULL" not in shown


def test_openssl_verifies_signature_and_chain_of_rsa_keys(tmp_path: Path) -> None:
    issuer = chip_files.authority(chip_files.rsa_key(2))
    by = chip_files.document_signer(issuer, chip_files.rsa_key(1))
    (tmp_path / "signed").write_bytes(inside(sod.sign(FILES, by.signer, by.certificate)))
    (tmp_path / "authority.pem").write_bytes(pem.armor("CERTIFICATE", issuer.certificate))
    moment = str(int(chip_files.AT.timestamp()))
    said = openssl(
        "cms", "-verify", "-purpose", "any", "-attime", moment, "-CAfile", tmp_path / "authority.pem",
        "-inform", "DER", "-in", tmp_path / "signed", "-out", tmp_path / "content",
    )  # fmt: skip
    assert "successful" in said


def test_the_parts_are_as_the_standard_says(tmp_path: Path) -> None:
    by = chip_files.the_signer()
    (tmp_path / "signed").write_bytes(inside(sod.sign(FILES, by.signer, by.certificate)))
    shown = openssl("cms", "-cmsout", "-print", "-inform", "DER", "-in", tmp_path / "signed")
    words = " ".join(shown.split())
    assert "version: 3 digestAlgorithms: algorithm: sha256 (2.16.840.1.101.3.4.2.1) parameter: <ABSENT>" in words
    assert "eContentType: undefined (2.23.136.1.1.1)" in words
    assert "crls: <ABSENT>" in words
    assert "signerInfos: version: 1 d.issuerAndSerialNumber: issuer: C=RO, CN=CSCA serialNumber: 213" in words
    assert "object: contentType (1.2.840.113549.1.9.3)" in words
    assert "object: messageDigest (1.2.840.113549.1.9.4)" in words
    assert "signingTime" not in words


@pytest.mark.parametrize(
    ("name", "options"),
    [("brainpoolP256r1", []), ("RSA", []), ("RSA", ["-keyopt", "rsa_padding_mode:pss"])],
    ids=["ECDSA", "RSASSA-PKCS1", "RSASSA-PSS"],
)
def test_what_openssl_signed_is_read_and_verified(name: str, options: list[str], tmp_path: Path) -> None:
    """A V0 object, digest algorithms with NULL, a time of signing: as documents of others have it."""
    found = sod.parse(by_openssl(tmp_path, security_object(), KEYS[name](), *options))
    assert (found.digest, found.versions) == ("sha256", None)
    assert found.hashes == {name: hashlib.sha256(FILES[name]).digest() for name in ("DG1", "DG2")}
    assert found.certificate is not None
    assert found.is_of(key_in(found.certificate))
    assert not found.is_of(key_in(chip_files.the_authority().certificate))


def test_what_is_signed_is_what_is_read() -> None:
    by = chip_files.the_signer()
    found = sod.parse(sod.sign(FILES, by.signer, by.certificate))
    assert (found.digest, found.versions, found.certificate) == ("sha256", ("0108", "040000"), by.certificate)
    assert found.hashes == {name: found.digest_of(FILES[name]) for name in ("DG1", "DG2")}
    key = key_in(by.certificate)
    assert found.is_of(key)
    assert not replace(found, signed=(found.signed[0] + b"\0",)).is_of(key)
    assert not replace(found, signature=b"").is_of(key)
    assert not replace(found, attested=False).is_of(key)


def test_content_that_the_attributes_do_not_name_is_not_signed() -> None:
    by = chip_files.the_signer()
    whole = sod.sign(FILES, by.signer, by.certificate)
    digest = hashlib.sha256(FILES["DG1"]).digest()
    found = sod.parse(whole.replace(digest, bytes(32)))
    assert found.hashes["DG1"] == bytes(32)
    assert not found.is_of(key_in(by.certificate))


def test_attributes_of_another_content_type_are_no_signature() -> None:
    by = chip_files.the_signer()
    before, oid, after = sod.sign(FILES, by.signer, by.certificate).rpartition(bytes.fromhex("0606678108010101"))
    assert sod.parse(before + oid + after).attested
    assert not sod.parse(before + bytes.fromhex("0606678108010102") + after).attested


def test_a_signer_of_another_key_is_found_at_once() -> None:
    by, other = chip_files.the_signer(), chip_files.document_signer(key=chip_files.brainpool(99))
    with pytest.raises(LdsError, match="not signed by the key of the document signer's certificate"):
        sod.sign(FILES, other.signer, by.certificate)
    with pytest.raises(LdsError, match="at least 2 data groups, there are 1"):
        sod.sign({"DG1": b"", "COM": b""}, by.signer, by.certificate)
    with pytest.raises(CertificateError):
        sod.sign(FILES, by.signer, b"\x30\x00")


@pytest.mark.parametrize(
    ("content", "oid", "message"),
    [
        (security_object(digest="md5"), sod.LDS_SECURITY_OBJECT, "another hash than SHA-1"),
        (security_object(version=1), sod.LDS_SECURITY_OBJECT, "version that is not known"),
        (
            security_object(more=bytes.fromhex("300E1304303130381306303430303030")),
            sod.LDS_SECURITY_OBJECT,
            "version that",
        ),
        (b"\x30\x00", sod.LDS_SECURITY_OBJECT, "no CMS signed data as"),
        (security_object().replace(b"\x02\x01\x02\x04", b"\x02\x01\x01\x04"), sod.LDS_SECURITY_OBJECT, "twice"),
        (
            security_object().replace(b"\x02\x01\x02\x04", b"\x02\x01\x11\x04"),
            sod.LDS_SECURITY_OBJECT,
            "does not exist",
        ),
    ],
    ids=["MD5", "V1 without versions", "V0 with versions", "empty", "twice", "DG17"],
)
def test_what_openssl_signed_wrongly_is_named(content: bytes, oid: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(LdsError, match=message):
        sod.parse(by_openssl(tmp_path, content, chip_files.brainpool(1), oid=oid))


def test_signed_attributes_are_mandatory(tmp_path: Path) -> None:
    with pytest.raises(LdsError, match="no signed attributes"):
        sod.parse(by_openssl(tmp_path, security_object(), chip_files.brainpool(1), "-noattr"))


def test_without_its_certificate_nobody_is_known_to_have_signed(tmp_path: Path) -> None:
    assert sod.parse(by_openssl(tmp_path, security_object(), chip_files.brainpool(1), "-nocerts")).certificate is None
