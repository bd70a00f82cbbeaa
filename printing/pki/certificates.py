"""Certificates by Doc 9303-12, section 7.1: a country signing authority for development, and bar code signers.

Pure: keys, serial numbers and moments are given. `cryptography` signs but writes curves by their names only, where
Doc 9303-12, 4.1.6.3, wants explicit parameters with the cofactor: so asn1crypto assembles what is signed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from asn1crypto import core, x509

from printing.pki import public_keys
from printing.pki.public_keys import PrivateKey, PrivateKeySigner, PublicKey
from printing.pki.signing import DOCUMENT_TYPES, UNREADABLE, CertificateError, DocumentTypeList, Signer

VDS_SIGNER = "2.23.136.1.1.11.1"
"""The extended key usage of bar code signers (Doc 9303-12, 7.1.3)."""

LARGEST_SERIAL = 0xFFFFF
"""Seals of header version 3 name the certificate by five hex digits (Doc 9303-13, 2.2.1)."""

_COUNTRY, _SIGNER, _STATE = re.compile("[A-Z]{2}"), re.compile("[A-Z]{2}"), re.compile("[A-Z]{1,3}")
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,./:=?-]{1,64}")
_LAST_UTC_TIME = dt.datetime(2050, 1, 1, tzinfo=dt.UTC)


class Period(NamedTuple):
    """From one aware moment to another, whole seconds, both included."""

    begins: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True)
class Authority:
    """A country signing certification authority (CSCA): its private key and its certificate (DER)."""

    key: PrivateKey
    certificate: bytes

    @property
    def signer(self) -> PrivateKeySigner:
        """What signs with the key."""
        return PrivateKeySigner(self.key)

    @property
    def subject(self) -> x509.Certificate:
        """The certificate, parsed."""
        return x509.Certificate.load(self.certificate)

    @property
    def public_key(self) -> PublicKey:
        """The key in the certificate."""
        return public_keys.read(self.subject.public_key)


def country_signer(
    key: PrivateKey,
    *,
    country: str,
    state: str,
    name: str,
    serial: int,
    validity: Period,
    usage: Period,
    site: str,
) -> Authority:
    """A self-signed CSCA with path length 0 (Doc 9303-12, tables 5 and 6). CertificateError names a wrong argument.

    `country` is of two letters ("RO"), `state` as in the MRZ ("ROU"), `name` the common name; `usage` is when the
    private key signs certificates; `site` is the address to write to, its revocation list is `site`/`state`.crl.
    """
    _require(_STATE.fullmatch(state), state, "one to three letters A-Z as in the MRZ")
    (public, signer), subject = public_keys.private(key), directory_name(country, name)
    names = [
        x509.GeneralName("uniform_resource_identifier", site),
        x509.GeneralName("directory_name", x509.Name.build({"locality_name": state}, use_printable=True)),
    ]
    extensions = [
        extension("key_identifier", public.info.sha1),
        extension("key_usage", {"key_cert_sign", "crl_sign"}, critical=True),
        extension("private_key_usage_period", {"not_before": usage.begins, "not_after": usage.ends}),
        extension("subject_alt_name", names),
        extension("issuer_alt_name", names),
        extension("basic_constraints", {"ca": True, "path_len_constraint": 0}, critical=True),
        extension("crl_distribution_points", [distribution_point(f"{site}/{state}.crl")]),
    ]
    body = certificate_body(subject, subject, public, public, serial, validity, extensions)
    return Authority(key, signed(x509.Certificate, body, signer, public))


def bar_code_signer(
    public_key: bytes,
    authority: Authority,
    *,
    name: str,
    serial: int,
    validity: Period,
    document_types: Iterable[str] = (),
) -> bytes:
    """A bar code signer's certificate, DER (Doc 9303-12, 7.1.3). CertificateError names a wrong argument.

    `public_key` is a SubjectPublicKeyInfo (DER); `name` has two capital letters, unique in the country; `serial` is
    what seals name. `document_types` are the MRZ codes it may sign; without any, all. Table 8 allows three extensions
    and forbids the others, privateKeyUsagePeriod and keyUsage too: see `usage_ends`.
    """
    _require(_SIGNER.fullmatch(name), name, "two capital letters")
    _require(0 < serial <= LARGEST_SERIAL, f"{serial:X}", "a serial number of one to five hex digits, not zero")
    extensions = [
        extension("extended_key_usage", [VDS_SIGNER], critical=True),
        *document_type_list(document_types),
    ]
    return issue(public_key, authority, name, serial, validity, extensions)


def issue(
    public_key: bytes,
    authority: Authority,
    name: str,
    serial: int,
    validity: Period,
    extensions: Iterable[x509.Extension],
) -> bytes:
    """A certificate (DER) of the authority with these extensions besides its key identifier.

    `public_key` is a SubjectPublicKeyInfo (DER), `name` the common name, in the authority's country.
    """
    issuer = authority.subject
    subject = directory_name(issuer.subject.native["country_name"], name)
    identifier = extension("authority_key_identifier", {"key_identifier": issuer.key_identifier})
    key, public = authority.public_key, public_keys.read(public_key)
    body = certificate_body(issuer.subject, subject, public, key, serial, validity, [identifier, *extensions])
    return signed(x509.Certificate, body, authority.signer, key)


def is_bar_code_signer(certificate: bytes) -> bool:
    """Whether these bytes are a certificate (DER) with the key usage of bar code signers."""
    try:
        usage = x509.Certificate.load(certificate, strict=True).extended_key_usage_value
        return usage is not None and VDS_SIGNER in usage.native
    except UNREADABLE:
        return False


def usage_ends(certificate: bytes, longest_document: dt.timedelta) -> dt.date:
    """The last whole day (UTC) on which the certificate's private key may sign. Certificate: DER.

    Certificates are valid for the usage of the key and then for the longest document it signed (Doc 9303-12, 4.1.3.1):
    so it is the end of their validity less `longest_document`, unless a privateKeyUsagePeriod ends it sooner. Doc 9303
    forbids bar code signers that extension, but not every authority follows.
    """
    body = x509.Certificate.load(certificate)
    ends = body["tbs_certificate"]["validity"]["not_after"].native - longest_document
    period = body.private_key_usage_period_value
    if period is not None and period["not_after"].native is not None:
        ends = min(ends, period["not_after"].native)
    last_day: dt.date = (ends - dt.timedelta(days=1) + dt.timedelta(seconds=1)).date()
    return last_day


def usage_begins(certificate: bytes) -> dt.datetime:
    """The moment from which the certificate's private key may sign. Certificate: DER."""
    body = x509.Certificate.load(certificate)
    begins: dt.datetime = body.not_valid_before
    period = body.private_key_usage_period_value
    if period is not None and period["not_before"].native is not None:
        begins = max(begins, period["not_before"].native)
    return begins


def _require(holds: object, found: str, expected: str) -> None:
    if not holds:
        raise CertificateError(f"{found!r} is not {expected}")


def directory_name(country: str, common_name: str) -> x509.Name:
    """A distinguished name as Doc 9303-12, 7.1.1.1, asks: the country in capitals, both in printable letters."""
    _require(_COUNTRY.fullmatch(country), country, "a country of two capital letters")
    _require(
        _PRINTABLE.fullmatch(common_name), common_name, "a name of 1 to 64 letters, digits, spaces and '()+,-./:=?"
    )
    return x509.Name.build({"country_name": country, "common_name": common_name}, use_printable=True)


def extension(name: str, value: object, *, critical: bool = False) -> x509.Extension:
    """An extension by the name asn1crypto has for it, or by its number."""
    return x509.Extension({"extn_id": name, "critical": critical, "extn_value": value})


def document_type_list(types: Iterable[str]) -> list[x509.Extension]:
    """The document type extension (7.1.1.6), sorted as DER wants; none for no types."""
    codes = sorted(set(types))
    if not codes:
        return []
    value = DocumentTypeList({"version": 0, "types": codes})
    return [extension(DOCUMENT_TYPES, core.ParsableOctetString(value.dump()))]


def distribution_point(address: str) -> x509.DistributionPoint:
    """Where a revocation list is published."""
    place = x509.GeneralName("uniform_resource_identifier", address)
    return x509.DistributionPoint({"distribution_point": x509.DistributionPointName("full_name", [place])})


def time(moment: dt.datetime) -> x509.Time:
    """UTCTime through 2049, GeneralizedTime from 2050 (table 5)."""
    if moment < _LAST_UTC_TIME:
        return x509.Time("utc_time", x509.UTCTime(moment))
    return x509.Time("general_time", x509.GeneralizedTime(moment))


def certificate_body(
    issuer: x509.Name,
    subject: x509.Name,
    public_key: PublicKey,
    issuers_key: PublicKey,
    serial: int,
    validity: Period,
    extensions: Sequence[x509.Extension],
) -> x509.TbsCertificate:
    """What is signed of a certificate (table 5)."""
    return x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": issuers_key.algorithm,
            "issuer": issuer,
            "validity": {"not_before": time(validity.begins), "not_after": time(validity.ends)},
            "subject": subject,
            "subject_public_key_info": public_key.info,
            "extensions": extensions,
        }
    )


def signed(kind: type[core.Sequence], body: core.Sequence, signer: Signer, key: PublicKey) -> bytes:
    """A certificate, revocation list or request (DER): `body`, the algorithm, and the signature of `signer`'s `key`."""
    parts, algorithm, signature = (field[0] for field in kind._fields)
    value = key.encode(signer.sign(body.dump()))
    der: bytes = kind({parts: body, algorithm: key.algorithm, signature: value}).dump()
    return der
