"""What the tests of certificates share: the openssl program, an authority, and signers of any key."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from printing.pki.certificates import Authority, Period, country_signer, signed
from printing.pki.document_signers import document_signer
from printing.pki.public_keys import PrivateKey
from tests.counterparts import require

BEGINS = dt.datetime(2026, 11, 2, 8, 30, tzinfo=dt.UTC)
AT = BEGINS + dt.timedelta(days=1)
YEAR = dt.timedelta(days=366)
USAGE = Period(BEGINS, BEGINS + dt.timedelta(days=90))
VALIDITY = Period(BEGINS, USAGE.ends + 3 * YEAR)


Change = Callable[[Any], object]


def spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def authority(key: PrivateKey | None = None, **changes: Any) -> Authority:
    """A country's authority for seven years."""
    given = {
        "country": "RO",
        "state": "ROU",
        "name": "Test CSCA",
        "serial": 0x77,
        "validity": Period(BEGINS, BEGINS + 7 * YEAR),
        "usage": Period(BEGINS, BEGINS + 3 * YEAR),
        "site": "https://csca.example",
    }
    return country_signer(key or ec.generate_private_key(ec.SECP256R1()), **{**given, **changes})


def document_certificate(key: PrivateKey, issuer: Authority, **changes: Any) -> bytes:
    """A document signer for three months."""
    given = {
        "name": "Test DS 1",
        "serial": 0x1A2B3C,
        "validity": VALIDITY,
        "usage": USAGE,
        "document_types": ("PT", "AR", "PR"),
    }
    return document_signer(spki(key), issuer, **{**given, **changes})


def altered(der: bytes, change: Change, issuer: Authority) -> bytes:
    """The certificate with something changed in what is signed, signed anew by its issuer."""
    body = x509.Certificate.load(der)["tbs_certificate"]
    change(body)
    return signed(x509.Certificate, x509.TbsCertificate.load(body.dump(force=True)), issuer.signer, issuer.public_key)


def put(field: str, value: object) -> Change:
    """A field changed."""
    return lambda body: body.__setitem__(field, value)


def openssl(*arguments: str | Path, ends_well: bool | None = True) -> str:
    """What the program says; `ends_well` is None for `crl` and `req`, which may end well with a bad signature."""
    program = require("openssl", "certificates are checked by it")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert ends_well is None or (done.returncode == 0) is ends_well, done.stdout + done.stderr
    return done.stdout + done.stderr


def pem_file(folder: Path, name: str, der: bytes, kind: str = "CERTIFICATE") -> Path:
    path = folder / name
    path.write_bytes(pem.armor(kind, der))
    return path


def one_line(text: str) -> str:
    """With single spaces."""
    return " ".join(text.split())


def text_of(folder: Path, der: bytes) -> str:
    """What `openssl x509 -text` shows, in one line."""
    return one_line(openssl("x509", "-noout", "-text", "-in", pem_file(folder, "shown.pem", der)))


def split(folder: Path, source: Path) -> tuple[Path, Path]:
    """The signed part and the signature of a certificate, list or request (PEM), cut out by openssl."""
    places = re.findall(r"^ *(\d+):d=1 .*?: (SEQUENCE|BIT STRING)", openssl("asn1parse", "-in", source), re.MULTILINE)
    body, signature = folder / "body", folder / "signature"
    openssl("asn1parse", "-in", source, "-noout", "-strparse", places[0][0], "-out", body)
    openssl("asn1parse", "-in", source, "-noout", "-strparse", places[-1][0], "-out", signature)
    return body, signature


def public_key_file(folder: Path, certificate: bytes) -> Path:
    """The public key of a certificate, taken out by openssl."""
    path = folder / "public.pem"
    path.write_text(openssl("x509", "-noout", "-pubkey", "-in", pem_file(folder, "holder.pem", certificate)))
    return path
