"""Signers of status lists: their certificates. Pure: keys, serial numbers and moments are given.

The IETF's key purpose for them has no number yet (draft-ietf-oauth-status-list, section 10); until it has one, ours is
made of a UUID, as ITU-T X.667 lets anybody.
"""

from __future__ import annotations

from asn1crypto import x509

from printing.pki.certificates import Authority, Period, extension, issue
from printing.pki.signing import UNREADABLE

LIST_SIGNER = "2.25.109433866310913144555161168124001931805"
"""The extended key usage of signers of status lists."""


def list_signer(public_key: bytes, authority: Authority, *, name: str, serial: int, validity: Period) -> bytes:
    """A certificate, DER, of a key (SubjectPublicKeyInfo, DER) that signs status lists and nothing else."""
    extensions = [
        extension("key_usage", {"digital_signature"}, critical=True),
        extension("extended_key_usage", [LIST_SIGNER], critical=True),
    ]
    return issue(public_key, authority, name, serial, validity, extensions)


def is_list_signer(certificate: bytes) -> bool:
    """Whether these bytes are a certificate (DER) with the key usage of signers of status lists."""
    try:
        usage = x509.Certificate.load(certificate, strict=True).extended_key_usage_value
        return usage is not None and LIST_SIGNER in usage.native
    except UNREADABLE:
        return False
