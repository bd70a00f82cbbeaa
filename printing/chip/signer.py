"""The signer of a chip's files: whether its signature is right, who issued its certificate, what it may sign.

Signature and chain decide. What other states do otherwise than the standard, and what is weak, is a remark; a key or an
algorithm that is not known here can be judged by nobody here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from asn1crypto import x509

from printing.chip.sod import WEAK_DIGEST, SecurityObject
from printing.chip.verdict import Fault, Verdict
from printing.mrz.codes import STATES_OF_TWO_LETTERS
from printing.pki import public_keys
from printing.pki.checks import check_crl, read_certificate
from printing.pki.public_keys import PublicKey
from printing.pki.signing import UNREADABLE, CertificateError, SignerCertificate


def faults(
    signed: SecurityObject,
    authorities: Sequence[x509.Certificate],
    crls: Sequence[bytes],
    *,
    at: dt.datetime,
    zone: tuple[str, ...] | None,
    issued: str,
) -> Iterator[Fault]:
    """All that speaks against the signer, or is to be remarked, at an aware moment.

    `zone` are the lines of DG1, None where they cannot be read; `issued` is DG12's date of issue, yyyymmdd, or "".
    """
    if signed.certificate is None:
        yield Verdict.UNKNOWN_SIGNER, "the security object holds no certificate of its signer"
        return
    try:
        certificate = read_certificate(signed.certificate)
        key = public_keys.read(certificate.public_key, foreign=True)
        signer = SignerCertificate.of(signed.certificate)
    except CertificateError as error:
        yield Verdict.NOT_JUDGED, f"the signer's certificate cannot be used: {error}"
        return
    issuers = [one for one in authorities if _issued(one, certificate)]
    if not issuers:
        yield Verdict.UNKNOWN_SIGNER, _why_unknown(certificate, authorities)
    yield from _signature_faults(signed, key)
    yield from _weaknesses(signed, certificate, key, issuers)
    yield from _purpose_faults(certificate, issuers)
    yield from _document_faults(certificate, signer, zone)
    yield from _revocation_faults(certificate, authorities, crls, at)
    yield from _period_faults(certificate, issuers, at, issued)


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether this authority signed the certificate, and is one that may."""
    usage = authority.key_usage_value
    may_sign = authority.ca and usage is not None and "key_cert_sign" in usage.native
    if not may_sign or not _is_named(authority, certificate):
        return False
    body, signature = certificate["tbs_certificate"].dump(), certificate["signature_value"].native
    try:
        key = public_keys.read(authority.public_key, foreign=True)
        return key.verifies(certificate["signature_algorithm"], signature, body)
    except UNREADABLE:
        return False


def _is_named(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether the certificate names this authority, by its name in any order or by its key."""
    key = certificate.authority_key_identifier
    return _parts(authority.subject) == _parts(certificate.issuer) or (
        key is not None and key == authority.key_identifier
    )


def _parts(name: x509.Name) -> set[tuple[str, str]]:
    """What a name says, whatever the order, the capitals and the kinds of its strings."""
    parts = (part for relative in name.chosen for part in relative)
    return {(part["type"].dotted, " ".join(str(part["value"].native).casefold().split())) for part in parts}


def _why_unknown(certificate: x509.Certificate, authorities: Iterable[x509.Certificate]) -> str:
    if any(_is_named(one, certificate) for one in authorities):
        return "no trusted authority issued the signer's certificate"
    return "the signer's authority is none of those that are trusted: get its certificate from its state"


def _signature_faults(signed: SecurityObject, key: PublicKey) -> Iterator[Fault]:
    if not public_keys.is_known(signed.algorithm):
        yield Verdict.NOT_JUDGED, "the signature of the security object is of a kind that is not known here"
    elif not signed.is_of(key):
        yield Verdict.SIGNATURE_WRONG, "the signature of the security object is not by its signer"


def _weaknesses(
    signed: SecurityObject, certificate: x509.Certificate, key: PublicKey, issuers: Iterable[x509.Certificate]
) -> Iterator[Fault]:
    hashes = (signed.digest, public_keys.hash_name(signed.algorithm))
    if WEAK_DIGEST in hashes:
        yield None, "the security object uses SHA-1, which is weak"
    if public_keys.hash_name(certificate["signature_algorithm"]) == WEAK_DIGEST:
        yield None, "the signer's certificate is signed with SHA-1, which is weak"
    if key.weak:
        yield None, f"the signer's key ({key.kind}) is too short to be relied on"
    for issued_by in (public_keys.read(one.public_key, foreign=True) for one in issuers):
        if issued_by.weak:
            yield None, f"the key of the signer's authority ({issued_by.kind}) is too short to be relied on"


def _purpose_faults(certificate: x509.Certificate, issuers: Iterable[x509.Certificate]) -> Iterator[Fault]:
    """What the certificate is for (Doc 9303-11, 5.1.1; 9303-12, tables 5 and 6)."""
    usage = certificate.key_usage_value
    if usage is None or "digital_signature" not in usage.native or certificate.extended_key_usage_value is not None:
        yield Verdict.SIGNER_NOT_ALLOWED, "the signer's certificate is not for the security objects of chips"
    if any(_country(one) != _country(certificate) for one in issuers):
        yield Verdict.SIGNER_NOT_ALLOWED, "the signer is of another country than its authority"


def _country(certificate: x509.Certificate) -> str:
    return str(certificate.subject.native.get("country_name", "")).upper()


def _document_faults(
    certificate: x509.Certificate, signer: SignerCertificate, zone: tuple[str, ...] | None
) -> Iterator[Fault]:
    """Whether it may sign such a document (Doc 9303-12, 7.1.1.2 and 7.1.1.6)."""
    if zone is None:
        yield Verdict.NOT_JUDGED, "without DG1 nobody can say whether the signer may sign this document"
        return
    code, state = zone[0][:2], zone[0][2:5].rstrip("<")
    if signer.types_unreadable:
        yield None, "the signer's list of document types cannot be read"
    elif not signer.may_sign(code):
        yield Verdict.SIGNER_NOT_ALLOWED, f"the signer may not sign documents of the type {code.rstrip('<')}"
    states = _states(certificate)
    in_full = {STATES_OF_TWO_LETTERS.get(one, one) for one in states}
    if states and state not in in_full:
        yield Verdict.SIGNER_NOT_ALLOWED, "the signer is of another state than the document"
    elif states and state not in states:
        yield None, "the signer's certificate writes its state in two letters"


def _states(certificate: x509.Certificate) -> set[str]:
    """The states of which the certificate says that it is."""
    names = certificate.subject_alt_name_value or ()
    places = [one.chosen.native.get("locality_name") for one in names if one.name == "directory_name"]
    return {str(place).strip().upper() for place in places if place}


def _revocation_faults(
    certificate: x509.Certificate, authorities: Iterable[x509.Certificate], crls: Sequence[bytes], at: dt.datetime
) -> Iterator[Fault]:
    """The lists of the signer's authority, whose newest key signs for all of its keys (Doc 9303-12, 4.1.5)."""
    named = [one.dump() for one in authorities if _is_named(one, certificate)]
    for data in crls:
        try:
            listed = check_crl(data, named, at=at, foreign=True)
        except CertificateError as error:
            yield None, f"a revocation list was passed over: {error}"
            continue
        if certificate.serial_number in listed.revoked:
            yield Verdict.REVOKED, "the signer's certificate is revoked"
        if listed.next_update < at:
            yield None, "the revocation list is out of date: get the newest"


def _period_faults(
    certificate: x509.Certificate, issuers: Sequence[x509.Certificate], at: dt.datetime, issued: str
) -> Iterator[Fault]:
    if not certificate.not_valid_before <= at <= certificate.not_valid_after:
        yield Verdict.SIGNER_EXPIRED, "the signer's certificate is not valid at this time"
    if issuers and not any(one.not_valid_before <= at <= one.not_valid_after for one in issuers):
        yield Verdict.SIGNER_EXPIRED, "the certificate of the signer's authority is not valid at this time"
    period = certificate.private_key_usage_period_value
    if period is None or not issued:
        return
    begins, ends = (period[name].native for name in ("not_before", "not_after"))
    if (begins and issued < f"{begins:%Y%m%d}") or (ends and issued > f"{ends:%Y%m%d}"):
        yield None, "the date of issue is outside the period in which the signer's key was in use"
