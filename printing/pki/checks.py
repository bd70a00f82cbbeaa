"""What others made, against the profiles of Doc 9303-12, 7.1: certificates of authorities and signers, and their lists.

Every check gives all that is wrong at once, as one CertificateError; it holds nothing but what the certificate says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asn1crypto import core, crl, x509

from printing.pki import public_keys
from printing.pki.certificates import LARGEST_SERIAL, is_bar_code_signer, usage_ends
from printing.pki.document_signers import MOST_SERIAL_BITS
from printing.pki.list_signers import is_list_signer
from printing.pki.public_keys import EcKey, PublicKey
from printing.pki.signing import UNREADABLE, CertificateError, SignerCertificate

SMALLEST_EC, SMALLEST_RSA = 256, 3072
"""Bits; Doc 9303-12, 4.1.6, leaves them to cryptographic catalogues."""

_Faults = Iterable[tuple[object, str]]
"""Whether something is as it should be, and what is said when it is not."""


@dataclass(frozen=True)
class RevocationList:
    """A read revocation list: its number, its dates, and the revoked serial numbers with their moments."""

    number: int
    this_update: dt.datetime
    next_update: dt.datetime
    revoked: Mapping[int, dt.datetime]

    @classmethod
    def of(cls, data: bytes) -> RevocationList:
        """Read one, DER; CertificateError when it is malformed or lacks what table 9 asks for."""
        try:
            body = _crl(data)["tbs_cert_list"]
            revoked = {
                entry["user_certificate"].native: entry["revocation_date"].native
                for entry in body["revoked_certificates"] or ()
            }
            number = _crl(data).crl_number_value
            return cls(number.native, body["this_update"].native, body["next_update"].native, revoked)
        except UNREADABLE as error:
            raise CertificateError("it is no revocation list in DER, or lacks its number or next update") from error


def is_document_signer(certificate: bytes) -> bool:
    """Whether these bytes are a certificate (DER) that is for signing the security objects of chips."""
    try:
        parsed = read_certificate(certificate)
        usage = _native(parsed, "key_usage") or set()
        listed = SignerCertificate.of(certificate).document_types
    except CertificateError:
        return False
    return "digital_signature" in usage and parsed.extended_key_usage_value is None and bool(listed)


def check_authority(certificate: bytes, *, country: str, at: dt.datetime) -> None:
    """A country signing authority's own certificate, DER (tables 5 and 6)."""
    parsed = read_certificate(certificate)
    key = public_keys.read(parsed.public_key)
    usage, constraints = _native(parsed, "key_usage") or set(), _native(parsed, "basic_constraints") or {}
    _refuse(
        [
            *_common(parsed, country, at),
            *_key_faults(key, parsed),
            (parsed.issuer == parsed.subject and _signed_by(parsed, key), "it is not signed by its own key"),
            ({"key_cert_sign", "crl_sign"} <= usage, "its key usage is not to sign certificates and revocation lists"),
            (constraints == {"ca": True, "path_len_constraint": 0}, "it is no authority with path length 0"),
            (parsed.key_identifier, "it has no subject key identifier"),
        ]
    )


def check_document_signer(
    certificate: bytes, authorities: Sequence[bytes], *, country: str, at: dt.datetime, document_types: Iterable[str]
) -> None:
    """A document signer's certificate, DER (tables 5 and 6), issued by one of `authorities` (DER).

    `document_types` are the MRZ codes it must allow.
    """
    parsed = read_certificate(certificate)
    read = SignerCertificate.of(certificate)
    lacking = [code for code in document_types if not read.may_sign(code)]
    usage = _native(parsed, "key_usage")
    _refuse(
        [
            *_common(parsed, country, at),
            *_key_faults(public_keys.read(parsed.public_key), parsed),
            *_issue_faults(parsed, authorities),
            *_usage_faults(parsed, certificate, at),
            (usage == {"digital_signature"}, "its key usage is not digital signature alone"),
            (not usage or "key_usage" in parsed.critical_extensions, "its key usage is not critical"),
            (parsed.extended_key_usage_value is None, "it has an extended key usage, which document signers have not"),
            (parsed.basic_constraints_value is None, "it has basic constraints, which document signers have not"),
            (_has_state(parsed, "subject_alt_name"), "its subject alternative name has no locality (L)"),
            (_has_state(parsed, "issuer_alt_name"), "its issuer alternative name has no locality (L)"),
            (_is_published(parsed), "it names no place of the revocation list by http, https or ldap"),
            (read.document_types, "it has no list of document types"),
            (not lacking or not read.document_types, f"its document types do not include {', '.join(lacking)}"),
        ]
    )


def check_bar_code_signer(
    certificate: bytes, authorities: Sequence[bytes], *, country: str, at: dt.datetime, largest_serial: int
) -> None:
    """A bar code signer's certificate, DER (7.1.3), issued by one of `authorities`; what table 8 forbids passes."""
    parsed = read_certificate(certificate)
    key, name = public_keys.read(parsed.public_key), parsed.subject.native.get("common_name", "")
    _refuse(
        [
            *_common(parsed, country, at),
            *_issue_faults(parsed, authorities),
            (is_bar_code_signer(certificate), "it has not the extended key usage of bar code signers"),
            (isinstance(key, EcKey), "its key is not EC, as those of bar code signers are"),
            (len(name) == 2 and name.isalpha() and name.isupper(), "its common name is not of two capital letters"),
            (
                parsed.serial_number <= min(largest_serial, LARGEST_SERIAL),
                f"its serial number is above {largest_serial:X}, the largest that every seal has room for",
            ),
        ]
    )


def check_list_signer(certificate: bytes, authorities: Sequence[bytes], *, country: str, at: dt.datetime) -> None:
    """A list signer's certificate, DER, issued by one of `authorities`, with the key that ES256 signs by."""
    parsed = read_certificate(certificate)
    _refuse(
        [
            *_common(parsed, country, at),
            *_issue_faults(parsed, authorities),
            (is_list_signer(certificate), "it has not the extended key usage of signers of status lists"),
            (public_keys.read(parsed.public_key).kind == "P-256", "its key is not on P-256"),
        ]
    )


def check_key(certificate: bytes, ours: Sequence[bytes]) -> None:
    """CertificateError when the certificate (DER) is of none of our keys (each a SubjectPublicKeyInfo, DER)."""
    certified = public_keys.read(read_certificate(certificate).public_key)
    keys = [public_keys.read(key) for key in ours]
    kinds = sorted({key.kind for key in keys})
    if certified.kind not in kinds:
        raise CertificateError(f"its key is {certified.kind}, ours {' and '.join(kinds) or 'is missing'}")
    if certified.raw not in [key.raw for key in keys]:
        raise CertificateError("its key is another one than ours")


def check_crl(data: bytes, authorities: Sequence[bytes], *, at: dt.datetime, foreign: bool = False) -> RevocationList:
    """A revocation list (DER, tables 9 and 10) of one of `authorities` (DER), whose keys may be `foreign`."""
    read, parsed = RevocationList.of(data), _crl(data)
    forbidden = (parsed.delta_crl_indicator_value, parsed.issuing_distribution_point_value, parsed.freshest_crl_value)
    signers = [issuer for issuer in map(read_certificate, authorities) if issuer.subject == parsed.issuer]
    issuers = [issuer for issuer in signers if _lists(parsed, public_keys.read(issuer.public_key, foreign=foreign))]
    identifier = parsed.authority_key_identifier_value
    _refuse(
        [
            (issuers, "it is not signed by an authority of ours"),
            (parsed["tbs_cert_list"]["version"].native == "v2", "it is not of version 2"),
            (read.this_update <= at, "it is of the future: check the clock"),
            (not any(forbidden), "it is a partial list, which Doc 9303 has not"),
            (
                identifier and any(one.key_identifier == identifier["key_identifier"].native for one in issuers),
                "its authority key identifier is not that of the authority",
            ),
        ]
    )
    return read


def read_certificate(data: bytes) -> x509.Certificate:
    """A certificate (DER), every part of it read; CertificateError when it is none."""
    try:
        parsed = x509.Certificate.load(data, strict=True)
        parsed.native  # noqa: B018 - reads all, so that nothing malformed shows up later
        _require_whole_bytes(parsed["signature_value"])
        return parsed
    except UNREADABLE as error:
        raise CertificateError("it is no X.509 certificate in DER or PEM, or it is damaged") from error


def _crl(data: bytes) -> crl.CertificateList:
    parsed = crl.CertificateList.load(data, strict=True)
    parsed.native  # noqa: B018 - as above
    _require_whole_bytes(parsed["signature"])
    return parsed


def _require_whole_bytes(signature: core.OctetBitString) -> None:
    """A signature whose last bits are said to be unused can be written in several ways: none of them is DER."""
    if signature.contents[:1] != b"\0":
        raise ValueError("a signature of broken bytes")


def _refuse(checks: _Faults) -> None:
    faults = [said for holds, said in checks if not holds]
    if faults:
        raise CertificateError("; ".join(faults))


def _native(certificate: x509.Certificate, name: str) -> Any:
    value = getattr(certificate, f"{name}_value")
    return None if value is None else value.native


def _common(parsed: x509.Certificate, country: str, at: dt.datetime) -> _Faults:
    """Table 5."""
    body = parsed["tbs_certificate"]
    found = [name.native.get("country_name") for name in (parsed.issuer, parsed.subject)]
    yield body["version"].native == "v3", "it is not of version 3"
    yield 0 < parsed.serial_number < 1 << MOST_SERIAL_BITS, "its serial number is not positive and of 20 octets at most"
    yield body["signature"].dump() == parsed["signature_algorithm"].dump(), "it names two signature algorithms"
    yield found == [country, country], f"its countries are {found[0]} and {found[1]}, expected {country}"
    yield "common_name" in parsed.subject.native, "it has no common name"
    yield at >= parsed.not_valid_before, f"it is valid only from {parsed.not_valid_before.date()}"
    yield at <= parsed.not_valid_after, f"it expired on {parsed.not_valid_after.date()}"


def _key_faults(key: PublicKey, parsed: x509.Certificate) -> _Faults:
    """4.1.6: sizes, and curves written out with the cofactor."""
    least = SMALLEST_EC if isinstance(key, EcKey) else SMALLEST_RSA
    yield key.bits >= least, f"its key {key.kind} is too short: at least {least} bits"
    if isinstance(key, EcKey):
        parameters = parsed.public_key["algorithm"]["parameters"]
        written = parameters.name == "specified" and parameters.chosen["cofactor"].native
        yield written, "its key names a curve instead of writing it out with the cofactor"


def _issue_faults(parsed: x509.Certificate, authorities: Sequence[bytes]) -> _Faults:
    named = [issuer for issuer in map(read_certificate, authorities) if issuer.subject == parsed.issuer]
    issuers = [issuer for issuer in named if _signed_by(parsed, public_keys.read(issuer.public_key))]
    yield named, "its issuer is no authority of ours: bring in the authority's certificate too"
    yield not named or issuers, "it is not signed by the authority it names"
    known = {issuer.key_identifier for issuer in issuers}
    yield not issuers or parsed.authority_key_identifier in known, "its authority key identifier is of another key"
    ends = max((issuer.not_valid_after for issuer in issuers), default=parsed.not_valid_after)
    yield parsed.not_valid_after <= ends, "it outlives its authority"


def _usage_faults(parsed: x509.Certificate, certificate: bytes, at: dt.datetime) -> _Faults:
    period = _native(parsed, "private_key_usage_period")
    ends = period["not_after"] if isinstance(period, dict) else None
    yield ends, "it does not say until when its key may sign (privateKeyUsagePeriod)"
    last = usage_ends(certificate, dt.timedelta())
    yield not ends or at.date() <= last, f"its key was for use until {last}"


def _has_state(parsed: x509.Certificate, name: str) -> bool:
    """Whether an alternative name has the directory name of 7.1.1.2."""
    names: Collection[x509.GeneralName] = getattr(parsed, f"{name}_value") or ()
    return any(one.name == "directory_name" and "locality_name" in (one.chosen.native or {}) for one in names)


def _is_published(parsed: x509.Certificate) -> bool:
    urls = [str(point.url) for point in parsed.crl_distribution_points]
    return any(url.startswith(("http://", "https://", "ldap://")) for url in urls)


def _signed_by(parsed: x509.Certificate, key: PublicKey) -> bool:
    body, signature = parsed["tbs_certificate"].dump(), parsed["signature_value"].native
    return key.verifies(parsed["signature_algorithm"], signature, body)


def _lists(parsed: crl.CertificateList, key: PublicKey) -> bool:
    """Whether a revocation list is signed by this key."""
    return key.verifies(parsed["signature_algorithm"], parsed["signature"].native, parsed["tbs_cert_list"].dump())
