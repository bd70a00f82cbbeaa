"""The country signing authority of a development installation: `csca.key` and `csca.crt` under `var/keys`, both PEM.

In production the national authority signs what `flask pki csr` asks for.
"""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path

from issuance.clock import Clock
from issuance.keys import files
from issuance.keys.purposes import PURPOSES, Purpose
from issuance.keys.signer import SignerUnavailable
from printing.pki.certificates import Authority, Period, country_signer, usage_ends
from printing.pki.signing import CertificateError

COUNTRY, STATE = "RO", "ROU"
SITE = "https://csca.invalid"
"""A name that never leads anywhere (RFC 2606): this authority publishes nothing."""

USAGE = dt.timedelta(days=3 * 365)


def authority(folder: Path, clock: Clock) -> Authority:
    """The country signing authority of this installation, made at its first use."""
    key = files.key_in(folder / "csca.key", "P-256")

    def certify() -> bytes:
        usage = period(clock, USAGE)
        validity = Period(usage.begins, usage.ends + max(one.usage + one.longest_document for one in PURPOSES.values()))
        names = {"country": COUNTRY, "state": STATE, "name": "Liman Development CSCA", "site": SITE}
        serial = 1 + secrets.randbits(64)
        return country_signer(key, serial=serial, validity=validity, usage=usage, **names).certificate

    return Authority(key, files.certificate_in(folder / "csca.crt", certify))


def certify(purpose: Purpose, public_key: bytes, folder: Path, clock: Clock) -> bytes:
    """A signer's certificate (DER): valid while its key is used and as long as what it signed (Doc 9303-12, 4.1)."""
    issuer = authority(folder, clock)
    validity, usage = period(clock, purpose.usage + purpose.longest_document), period(clock, purpose.usage)
    try:
        if clock.today() > usage_ends(issuer.certificate, dt.timedelta()):
            raise CertificateError("its usage period is over")
        return purpose.certify(public_key, issuer, validity, usage)
    except CertificateError as error:
        raise SignerUnavailable(
            "The development authority in %(folder)s cannot certify (%(reason)s): move csca.key and csca.crt away, so "
            "that a new one is made, and make its signers anew.",
            folder=folder,
            reason=error,
        ) from error


def period(clock: Clock, length: dt.timedelta) -> Period:
    """From now to the end of a day."""
    begins = clock.now().replace(microsecond=0)
    ends = (begins + length).replace(hour=23, minute=59, second=59)
    return Period(begins, ends)
