"""What verifiers need of the authority: its certificates and revocation lists, as files under `var/keys`.

`anchors/*.crt` are certificates of the national authority and `crls/*.crl` its revocation list, both brought in by
`flask pki import`; the authority of a development installation is an anchor too.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from asn1crypto import pem, x509

from issuance.clock import Clock
from issuance.keys import development, files
from issuance.settings import Settings
from printing.pki import document_signers
from printing.pki.certificates import Period
from printing.pki.checks import RevocationList
from printing.pki.signing import CertificateError


def folder(settings: Settings) -> Path:
    """Where keys, certificates and revocation lists are."""
    return settings.var / "keys"


def anchors(settings: Settings) -> list[bytes]:
    """The certificates (DER) of the country's signing authority that this office trusts; none before any was there."""
    paths = sorted((folder(settings) / "anchors").glob("*.crt"))
    own = folder(settings) / "csca.crt"
    if settings.development_keys and own.exists():
        paths.insert(0, own)
    return [pem.unarmor(path.read_bytes())[2] for path in paths]


def add_anchor(settings: Settings, certificate: bytes) -> None:
    """Trust a checked certificate (DER) of the country's signing authority."""
    name = hashlib.sha256(certificate).hexdigest()[:16]
    files.replace(folder(settings) / "anchors" / f"{name}.crt", files.certificate_pem(certificate))


def revocation_lists(settings: Settings) -> list[bytes]:
    """The authority's revocation lists (DER) that this office has: one, or none."""
    return [path.read_bytes() for path in sorted((folder(settings) / "crls").glob("*.crl"))]


def read_lists(settings: Settings) -> list[RevocationList]:
    """The same, read. SignerUnavailable names a damaged one."""
    paths = sorted((folder(settings) / "crls").glob("*.crl"))
    return [files.read(path, bytes, RevocationList.of) for path in paths]


def put_revocation_list(settings: Settings, data: bytes) -> Path:
    """Take a checked revocation list (DER) in the place of the last."""
    path = folder(settings) / "crls" / f"{development.STATE}.crl"
    files.replace(path, data)
    return path


def check_newer(settings: Settings, given: RevocationList) -> None:
    """CertificateError for a revocation list that is older than the one that is here."""
    for known in read_lists(settings):
        if known.number > given.number:
            raise CertificateError(f"it has the number {given.number}, and number {known.number} is here already")


def is_revoked(settings: Settings, certificate: bytes) -> bool:
    """Whether a certificate (DER) is in the revocation list that this office has."""
    serial = x509.Certificate.load(certificate).serial_number
    return any(serial in one.revoked for one in read_lists(settings))


def revoke(settings: Settings, serials: list[int], clock: Clock) -> Path:
    """Write the next revocation list of the development authority, these serial numbers added to those of the last."""
    last = read_lists(settings)
    begins = clock.now().replace(microsecond=0)
    data = document_signers.crl(
        development.authority(folder(settings), clock),
        number=1 + max((one.number for one in last), default=0),
        period=Period(begins, begins + document_signers.LONGEST_CRL),
        revoked=dict.fromkeys(serials, begins) | {serial: at for one in last for serial, at in one.revoked.items()},
    )
    return put_revocation_list(settings, data)
