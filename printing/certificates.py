"""Certificates by Doc 9303-12, section 7.1: a country signing authority for development, and bar code signers.

Pure: keys, serial numbers and moments are given. `cryptography` signs but writes curves by their names only, where
Doc 9303-12, 4.1.6.3, wants explicit parameters with the cofactor: so asn1crypto assembles what is signed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import ecdsa  # type: ignore[import-untyped]
from asn1crypto import algos, core, keys, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from printing.signing import CertificateError, hash_for

VDS_SIGNER = "2.23.136.1.1.11.1"
"""The extended key usage of bar code signers (Doc 9303-12, 7.1.3)."""

DOCUMENT_TYPES = "2.23.136.1.1.6.2"
LARGEST_SERIAL = 0xFFFFF
"""Seals of header version 3 name the certificate by five hex digits (Doc 9303-13, 2.2.1)."""

_COUNTRY, _SIGNER, _STATE = re.compile("[A-Z]{2}"), re.compile("[A-Z]{2}"), re.compile("[A-Z]{1,3}")
_LAST_UTC_TIME = dt.datetime(2050, 1, 1, tzinfo=dt.UTC)
_HASHES: dict[str, hashes.HashAlgorithm] = {
    function.name: function for function in (hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
}


class Period(NamedTuple):
    """From one aware moment to another, whole seconds, both included."""

    begins: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True)
class Authority:
    """A country signing certification authority (CSCA): its private key and its certificate (DER)."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes


class _Types(core.SetOf):  # type: ignore[misc]
    _child_spec = core.PrintableString


class _DocumentTypeList(core.Sequence):  # type: ignore[misc]
    _fields = [("version", core.Integer), ("types", _Types)]  # noqa: RUF012 - asn1crypto reads a list


def country_signer(
    key: ec.EllipticCurvePrivateKey,
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
    subject, info = _name(country, name), _explicit(_spki(key))
    names = [
        x509.GeneralName("uniform_resource_identifier", site),
        x509.GeneralName("directory_name", x509.Name.build({"locality_name": state}, use_printable=True)),
    ]
    extensions = [
        _extension("key_identifier", info.sha1),
        _extension("key_usage", {"key_cert_sign", "crl_sign"}, critical=True),
        _extension("private_key_usage_period", {"not_before": usage.begins, "not_after": usage.ends}),
        _extension("subject_alt_name", names),
        _extension("issuer_alt_name", names),
        _extension("basic_constraints", {"ca": True, "path_len_constraint": 0}, critical=True),
        _extension("crl_distribution_points", [_distribution_point(f"{site}/{state}.crl")]),
    ]
    return Authority(key, _certificate(key, subject, subject, info, serial, validity, extensions))


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
    issuer = x509.Certificate.load(authority.certificate)
    extensions = [
        _extension("authority_key_identifier", {"key_identifier": issuer.key_identifier}),
        _extension("extended_key_usage", [VDS_SIGNER], critical=True),
        *_document_type_list(sorted(set(document_types))),
    ]
    subject = _name(issuer.subject.native["country_name"], name)
    info = _explicit(public_key)
    return _certificate(authority.key, issuer.subject, subject, info, serial, validity, extensions)


def is_bar_code_signer(certificate: bytes) -> bool:
    """Whether these bytes are a certificate (DER) with the key usage of bar code signers."""
    try:
        usage = x509.Certificate.load(certificate, strict=True).extended_key_usage_value
    except (ValueError, TypeError):
        return False
    return usage is not None and VDS_SIGNER in usage.native


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


def _require(holds: object, found: str, expected: str) -> None:
    if not holds:
        raise CertificateError(f"{found!r} is not {expected}")


def _name(country: str, common_name: str) -> x509.Name:
    _require(_COUNTRY.fullmatch(country), country, "a country of two capital letters")
    return x509.Name.build({"country_name": country, "common_name": common_name}, use_printable=True)


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _explicit(public_key: bytes) -> keys.PublicKeyInfo:
    """The key with its curve written out."""
    try:
        key = ecdsa.VerifyingKey.from_der(public_key)
    except (ValueError, AssertionError, ecdsa.der.UnexpectedDER, ecdsa.curves.UnknownCurveError) as error:
        raise CertificateError("the key to certify is no EC public key on a known curve") from error
    return keys.PublicKeyInfo.load(key.to_der(curve_parameters_encoding="explicit"))


def _extension(name: str, value: object, *, critical: bool = False) -> x509.Extension:
    return x509.Extension({"extn_id": name, "critical": critical, "extn_value": value})


def _document_type_list(types: Sequence[str]) -> list[x509.Extension]:
    if not types:
        return []
    value = _DocumentTypeList({"version": 0, "types": types})
    return [_extension(DOCUMENT_TYPES, core.ParsableOctetString(value.dump()))]


def _distribution_point(address: str) -> x509.DistributionPoint:
    place = x509.GeneralName("uniform_resource_identifier", address)
    return x509.DistributionPoint({"distribution_point": x509.DistributionPointName("full_name", [place])})


def _time(moment: dt.datetime) -> x509.Time:
    """UTCTime through 2049, GeneralizedTime from 2050 (table 5)."""
    if moment < _LAST_UTC_TIME:
        return x509.Time("utc_time", x509.UTCTime(moment))
    return x509.Time("general_time", x509.GeneralizedTime(moment))


def _certificate(
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    subject: x509.Name,
    public_key: keys.PublicKeyInfo,
    serial: int,
    validity: Period,
    extensions: list[Any],
) -> bytes:
    """The certificate signed by `key`, with the hash that its curve asks for."""
    function = hash_for(key.curve.key_size)(b"").name
    algorithm = algos.SignedDigestAlgorithm({"algorithm": f"{function}_ecdsa"})
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": algorithm,
            "issuer": issuer,
            "validity": {"not_before": _time(validity.begins), "not_after": _time(validity.ends)},
            "subject": subject,
            "subject_public_key_info": public_key,
            "extensions": extensions,
        }
    )
    signature = key.sign(body.dump(), ec.ECDSA(_HASHES[function]))
    signed = x509.Certificate({"tbs_certificate": body, "signature_algorithm": algorithm, "signature_value": signature})
    der: bytes = signed.dump()
    return der
