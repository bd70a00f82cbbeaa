"""Passive authentication: whether a chip's files are those that a known authority's signer signed (Doc 9303-11, 5.1).

Whatever the files hold, the answer is a verdict. The trust anchors and revocation lists are the caller's own: what is
wrong with those is a CertificateError.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from asn1crypto import x509

from printing.chip import lds, sod
from printing.chip.facial_image import FacialImage, parse_dg2
from printing.chip.lds import DATA_GROUPS, DocumentDetails, LdsError, PersonalDetails
from printing.chip.security_infos import SecurityInfo, parse_card_access
from printing.chip.sod import SecurityObject
from printing.mrz import Mrz, MrzError
from printing.pki import public_keys
from printing.pki.checks import check_crl, read_certificate
from printing.pki.signing import UNREADABLE, CertificateError, SignerCertificate

BEHIND_TERMINALS = ("DG3", "DG4")
"""Data groups that only terminals with the right to them can read: their absence says nothing."""


class Verdict(StrEnum):
    """What was found; of several the first here, the gravest. A forgery is never merely expired."""

    UNKNOWN_SIGNER = "unknown signer"
    SIGNATURE_WRONG = "signature wrong"
    DATA_DIFFERS = "data differ"
    MALFORMED = "malformed"
    SIGNER_NOT_ALLOWED = "signer not allowed"
    REVOKED = "signer revoked"
    SIGNER_EXPIRED = "signer expired"
    VALID = "valid"


class Finding(StrEnum):
    """What became of one file. COM and CardAccess are not signed, but must agree with what is."""

    AS_SIGNED = "as signed"
    AGREES = "agrees with what is signed"
    DIFFERS = "differs"
    MISSING = "missing"
    UNLISTED = "not in the security object"
    UNSIGNED = "not signed"
    MALFORMED = "malformed"


_GRAVE = {
    Finding.DIFFERS: Verdict.DATA_DIFFERS,
    Finding.UNLISTED: Verdict.DATA_DIFFERS,
    Finding.MISSING: Verdict.DATA_DIFFERS,
    Finding.MALFORMED: Verdict.MALFORMED,
}


@dataclass(frozen=True)
class ChipContent:
    """What could be read in the files, proved or not; None where a file is not there or malformed."""

    mrz: tuple[str, ...] | None = None
    portrait: FacialImage | None = None
    prints: int | None = None
    personal: PersonalDetails | None = None
    document: DocumentDetails | None = None
    infos: tuple[SecurityInfo, ...] | None = None
    active_key: bytes | None = None


@dataclass(frozen=True)
class Verified:
    """The verdict, what was found of each file by name, and why, in sentences that hold nothing personal.

    `signer` is the document signer's certificate as the files have it, None without one that can be read.
    """

    verdict: Verdict
    files: Mapping[str, Finding]
    remarks: tuple[str, ...]
    signer: SignerCertificate | None = field(default=None, repr=False)
    content: ChipContent = field(default=ChipContent(), repr=False)

    def report(self) -> dict[str, Any]:
        """Everything as JSON values; of the portrait its kind and size."""
        found, picture = self.content, self.content.portrait
        return {
            "verdict": self.verdict.value,
            "remarks": list(self.remarks),
            "files": {name: finding.value for name, finding in self.files.items()},
            "signer": None
            if self.signer is None
            else {"name": self.signer.signer, "serial": f"{self.signer.serial:X}"},
            "mrz": None if found.mrz is None else list(found.mrz),
            "personal": found.personal and _present(asdict(found.personal)),
            "document": found.document and _present(asdict(found.document)),
            "portrait": picture and {"format": picture.format, "width": picture.width, "height": picture.height},
            "protocols": sorted(one.protocol for one in found.infos or () if hasattr(one, "protocol")),
        }


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


_Fault = tuple[Verdict | None, str]
"""A verdict that a check asks for, None for a mere remark, and the sentence that says why."""


def _read_mrz(data: bytes) -> tuple[str, ...]:
    lines = lds.parse_dg1(data)
    try:
        Mrz.parse(lines)
    except MrzError as error:
        raise LdsError("DG1", f"holds a machine readable zone that is wrong at its {error.field}") from None
    return lines


_READERS: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    "DG1": ("mrz", _read_mrz),
    "DG2": ("portrait", parse_dg2),
    "DG3": ("prints", lds.parse_dg3),
    "DG11": ("personal", lds.parse_dg11),
    "DG12": ("document", lds.parse_dg12),
    "DG14": ("infos", lds.parse_dg14),
    "DG15": ("active_key", lds.parse_dg15),
}


def verify(
    files: Mapping[str, bytes], anchors: Sequence[bytes], *, crls: Sequence[bytes] = (), at: dt.datetime
) -> Verified:
    """Judge a chip's complete files, by name ("DG1", "SOD", "COM", "CardAccess"), at an aware moment.

    `anchors` are the certificates (DER) of the country signing authorities that are trusted, `crls` revocation lists of
    theirs (DER); one that is none of theirs is passed over with a remark. CertificateError: an anchor cannot be read.
    """
    authorities = [read_certificate(anchor) for anchor in anchors]
    content, broken = _content(files)
    try:
        signed = sod.parse(files.get("SOD", b""))
    except LdsError as error:
        findings = dict.fromkeys(_in_order(files), Finding.UNSIGNED) | {"SOD": Finding.MALFORMED}
        return Verified(Verdict.MALFORMED, findings, (str(error),), content=content)
    findings = {
        name: _finding(name, files.get(name), signed, content, broken) for name in _in_order({*signed.hashes, *files})
    }
    faults = [*_signer_faults(signed, authorities, crls, at, content), *_file_faults(findings)]
    asked = [verdict for verdict, _ in faults if verdict is not None]
    verdict = min(asked, key=list(Verdict).index, default=Verdict.VALID)
    remarks = (*(sentence for _, sentence in faults), *broken.values())
    return Verified(verdict, findings, remarks, _read_signer(signed), content)


def _in_order(names: Iterable[str]) -> list[str]:
    """Names of files but for EF.SOD, the data groups first."""
    return sorted(set(names) - {"SOD"}, key=lambda name: (DATA_GROUPS.get(name, len(DATA_GROUPS) + 1), name))


def _content(files: Mapping[str, bytes]) -> tuple[ChipContent, dict[str, str]]:
    """What the files hold, and of those that are malformed what is wrong."""
    found: dict[str, Any] = {}
    broken: dict[str, str] = {}
    for name, (place, reader) in _READERS.items():
        if name not in files:
            continue
        try:
            found[place] = reader(files[name])
        except LdsError as error:
            broken[name] = str(error)
    return ChipContent(**found), broken


def _finding(
    name: str, data: bytes | None, signed: SecurityObject, content: ChipContent, broken: Mapping[str, str]
) -> Finding:
    if name in _AGREEING and data is not None:
        return _AGREEING[name](data, signed, content)
    if name not in DATA_GROUPS:
        return Finding.UNSIGNED
    if data is None:
        return Finding.MISSING
    if name not in signed.hashes:
        return Finding.UNLISTED
    if signed.hashes[name] != signed.digest_of(data):
        return Finding.DIFFERS
    return Finding.MALFORMED if name in broken else Finding.AS_SIGNED


def _com_finding(data: bytes, signed: SecurityObject, content: ChipContent) -> Finding:
    """EF.COM must list what EF.SOD lists, in the same version of the data structure (Doc 9303-10, 4.6)."""
    try:
        said = lds.parse_com(data)
    except LdsError:
        return Finding.MALFORMED
    versions = signed.versions in (None, (said.lds_version, said.unicode_version))
    return Finding.AGREES if versions and set(said.data_groups) == signed.hashes.keys() else Finding.DIFFERS


def _access_finding(data: bytes, signed: SecurityObject, content: ChipContent) -> Finding:
    """DG14 must have all that EF.CardAccess offers (Doc 9303-11, 9.2.11), or a weaker protocol may have been put in."""
    try:
        offered = parse_card_access(data)
    except LdsError:
        return Finding.MALFORMED
    if content.infos is None:
        return Finding.UNSIGNED
    return Finding.AGREES if set(offered) <= set(content.infos) else Finding.DIFFERS


_AGREEING = {"COM": _com_finding, "CardAccess": _access_finding}


def _file_faults(findings: Mapping[str, Finding]) -> Iterator[_Fault]:
    for name, finding in findings.items():
        if finding in _GRAVE and not (finding is Finding.MISSING and name in BEHIND_TERMINALS):
            yield _GRAVE[finding], f"{name}: {finding.value}"


def _signer_faults(
    signed: SecurityObject,
    authorities: Sequence[x509.Certificate],
    crls: Sequence[bytes],
    at: dt.datetime,
    content: ChipContent,
) -> Iterator[_Fault]:
    if signed.certificate is None:
        yield Verdict.UNKNOWN_SIGNER, "the security object holds no certificate of its signer"
        return
    try:
        certificate = read_certificate(signed.certificate)
        key, signer = public_keys.read(certificate.public_key), SignerCertificate.of(signed.certificate)
    except CertificateError as error:
        yield Verdict.UNKNOWN_SIGNER, f"the signer's certificate cannot be used: {error}"
        return
    issuers = [one for one in authorities if _issued(one, certificate)]
    if not issuers:
        yield Verdict.UNKNOWN_SIGNER, "no trusted authority issued the signer's certificate"
    if not signed.is_of(key):
        yield Verdict.SIGNATURE_WRONG, "the signature of the security object is not by its signer"
    yield from _purpose_faults(certificate, signer, issuers, content)
    yield from _revocation_faults(certificate, authorities, crls, at)
    yield from _period_faults(certificate, issuers, at, content)


def _read_signer(signed: SecurityObject) -> SignerCertificate | None:
    try:
        return SignerCertificate.of(signed.certificate or b"")
    except CertificateError:
        return None


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether this authority signed the certificate, and is one that may."""
    usage = authority.key_usage_value
    may_sign = authority.ca and usage is not None and "key_cert_sign" in usage.native
    if not may_sign or authority.subject != certificate.issuer:
        return False
    body, signature = certificate["tbs_certificate"].dump(), certificate["signature_value"].native
    try:
        return public_keys.read(authority.public_key).verifies(certificate["signature_algorithm"], signature, body)
    except UNREADABLE:
        return False


def _country(certificate: x509.Certificate) -> str:
    return str(certificate.subject.native.get("country_name", "")).upper()


def _states(certificate: x509.Certificate) -> set[str]:
    """The states, as in the MRZ, of which the certificate says that it is (Doc 9303-12, 7.1.1.2)."""
    names = certificate.subject_alt_name_value or ()
    places = [one.chosen.native.get("locality_name") for one in names if one.name == "directory_name"]
    return {str(place) for place in places if place}


def _purpose_faults(
    certificate: x509.Certificate,
    signer: SignerCertificate,
    issuers: Iterable[x509.Certificate],
    content: ChipContent,
) -> Iterator[_Fault]:
    """What the certificate is for (Doc 9303-11, 5.1.1; 9303-12, tables 5 and 6)."""
    usage = certificate.key_usage_value
    if usage is None or "digital_signature" not in usage.native or certificate.extended_key_usage_value is not None:
        yield Verdict.SIGNER_NOT_ALLOWED, "the signer's certificate is not for the security objects of chips"
    if any(_country(one) != _country(certificate) for one in issuers):
        yield Verdict.SIGNER_NOT_ALLOWED, "the signer is of another country than its authority"
    if content.mrz is None:
        return
    code, state = content.mrz[0][:2], content.mrz[0][2:5].rstrip("<")
    if not signer.may_sign(code):
        yield Verdict.SIGNER_NOT_ALLOWED, f"the signer may not sign documents of the type {code.rstrip('<')}"
    if (states := _states(certificate)) and state not in states:
        yield Verdict.SIGNER_NOT_ALLOWED, "the signer is of another state than the document"


def _revocation_faults(
    certificate: x509.Certificate, authorities: Iterable[x509.Certificate], crls: Sequence[bytes], at: dt.datetime
) -> Iterator[_Fault]:
    """The lists of the signer's authority, whose newest key signs for all of its keys (Doc 9303-12, 4.1.5)."""
    named = [one.dump() for one in authorities if one.subject == certificate.issuer]
    for data in crls:
        try:
            listed = check_crl(data, named, at=at)
        except CertificateError as error:
            yield None, f"a revocation list was passed over: {error}"
            continue
        if certificate.serial_number in listed.revoked:
            yield Verdict.REVOKED, "the signer's certificate is revoked"
        if listed.next_update < at:
            yield None, "the revocation list is out of date: get the newest"


def _period_faults(
    certificate: x509.Certificate, issuers: Iterable[x509.Certificate], at: dt.datetime, content: ChipContent
) -> Iterator[_Fault]:
    if not certificate.not_valid_before <= at <= certificate.not_valid_after:
        yield Verdict.SIGNER_EXPIRED, "the signer's certificate is not valid at this time"
    if not all(one.not_valid_before <= at <= one.not_valid_after for one in issuers):
        yield Verdict.SIGNER_EXPIRED, "the certificate of the signer's authority is not valid at this time"
    period, issued = certificate.private_key_usage_period_value, content.document and content.document.issue_date
    if period is None or not issued:
        return
    begins, ends = (period[name].native for name in ("not_before", "not_after"))
    if (begins and issued < f"{begins:%Y%m%d}") or (ends and issued > f"{ends:%Y%m%d}"):
        yield None, "the date of issue is outside the period in which the signer's key was in use"
