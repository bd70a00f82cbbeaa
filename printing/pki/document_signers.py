"""Document signers, their requests, and revocation lists by the profiles of Doc 9303-12, section 7.1.

Pure: keys, serial numbers and moments are given. `pki_checks` says whether what another made fits these profiles.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from asn1crypto import core, csr, x509
from asn1crypto.crl import CertificateList, TbsCertList

from printing.pki import public_keys
from printing.pki.certificates import (
    Authority,
    Period,
    directory_name,
    document_type_list,
    extension,
    issue,
    signed,
    time,
)
from printing.pki.signing import CertificateError, Signer

LONGEST_CRL = dt.timedelta(days=90)
"""A new revocation list comes at least as often (Doc 9303-12, 4.1.5)."""

MOST_SERIAL_BITS = 159
"""A serial number is positive and of at most 20 octets in two's complement (table 5)."""

_OF_AUTHORITY = ("subject_alt_name", "crl_distribution_points")


def document_signer(
    public_key: bytes,
    authority: Authority,
    *,
    name: str,
    serial: int,
    validity: Period,
    usage: Period,
    document_types: Iterable[str],
) -> bytes:
    """A document signer's certificate, DER (Doc 9303-12, tables 5 and 6). CertificateError names a wrong argument.

    `public_key` is a SubjectPublicKeyInfo (DER), EC or RSA; `name` the common name; `usage` is when the key signs
    security objects, `validity` that and then the longest document (4.1.1.1); `document_types` are the MRZ codes it
    may sign ("AR"). Country, alternative names and the revocation list's place are those of its authority.
    """
    issuer = authority.subject
    _check_period(validity, usage, issuer)
    if not 0 < serial < 1 << MOST_SERIAL_BITS:
        raise CertificateError("the serial number is not positive, or longer than 20 octets")
    types = document_type_list(document_types)
    if not types:
        raise CertificateError("the list of document types is empty: name the MRZ codes this signer may sign")
    names, places = (_value(issuer, name) for name in _OF_AUTHORITY)
    extensions = [
        extension("key_usage", {"digital_signature"}, critical=True),
        extension("private_key_usage_period", {"not_before": usage.begins, "not_after": usage.ends}),
        extension("subject_alt_name", names),
        extension("issuer_alt_name", names),
        extension("crl_distribution_points", places),
        *types,
    ]
    return issue(public_key, authority, name, serial, validity, extensions)


def _check_period(validity: Period, usage: Period, issuer: x509.Certificate) -> None:
    """CertificateError unless the key is used within its certificate, and that ends with its authority's or before."""
    if not validity.begins <= usage.begins < usage.ends <= validity.ends:
        raise CertificateError("the usage period of the key is not within the validity of its certificate")
    if validity.ends > issuer.not_valid_after:
        ends = issuer.not_valid_after.date()
        raise CertificateError(f"it would outlive its signing authority, which ends on {ends}: use a new authority")


def crl(authority: Authority, *, number: int, period: Period, revoked: Mapping[int, dt.datetime]) -> bytes:
    """A revocation list, DER (tables 9 and 10): serial numbers of certificates with the moments they were revoked.

    `period` is from this update to the next one, at most 90 days. CertificateError names a wrong argument.
    """
    if not dt.timedelta() < period.ends - period.begins <= LONGEST_CRL:
        raise CertificateError(f"a revocation list is renewed within {LONGEST_CRL.days} days")
    key, issuer = authority.public_key, authority.subject
    entries = [
        {"user_certificate": serial, "revocation_date": time(moment)} for serial, moment in sorted(revoked.items())
    ]
    body = {
        "version": "v2",
        "signature": key.algorithm,
        "issuer": issuer.subject,
        "this_update": time(period.begins),
        "next_update": time(period.ends),
        "crl_extensions": [
            _crl_extension("authority_key_identifier", {"key_identifier": issuer.key_identifier}),
            _crl_extension("crl_number", number),
        ],
    }
    if entries:  # an empty list of them is forbidden
        body["revoked_certificates"] = entries
    return signed(CertificateList, TbsCertList(body), authority.signer, key)


def certificate_request(signer: Signer, public_key: bytes, *, country: str, name: str) -> bytes:
    """A PKCS#10 request, DER (RFC 2986), to be certified by the country's authority; `signer` has the private key."""
    key = public_keys.read(public_key)
    body = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": directory_name(country, name),
            "subject_pk_info": key.info,
            "attributes": [],
        }
    )
    return signed(csr.CertificationRequest, body, signer, key)


def _value(certificate: x509.Certificate, name: str) -> core.Asn1Value:
    """What an extension of the authority holds."""
    value = getattr(certificate, f"{name}_value")
    if value is None:
        raise CertificateError(f"the signing authority's certificate has no {name.replace('_', ' ')}")
    return value


def _crl_extension(name: str, value: object) -> dict[str, object]:
    return {"extn_id": name, "critical": False, "extn_value": value}
