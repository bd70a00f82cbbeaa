"""Passive authentication: whether a chip's files are those that a known authority's signer signed (Doc 9303-11, 5.1).

Whatever the files hold, the answer is a verdict. The trust anchors and revocation lists are the caller's own: what is
wrong with those is a CertificateError.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from printing.chip import lds, signer, sod
from printing.chip.facial_image import FacialImage, parse_dg2
from printing.chip.lds import DATA_GROUPS, DocumentDetails, LdsError, PersonalDetails
from printing.chip.security_infos import SecurityInfo, parse_card_access
from printing.chip.sod import SecurityObject
from printing.chip.tlv import Note
from printing.chip.verdict import Fault, Finding, Verdict
from printing.mrz import Mrz, MrzError
from printing.pki.checks import read_certificate
from printing.pki.signing import CertificateError, SignerCertificate

__all__ = ["BEHIND_TERMINALS", "ChipContent", "Finding", "Verdict", "Verified", "verify"]

BEHIND_TERMINALS = ("DG3", "DG4")
"""Data groups that only terminals with the right to them can read: their absence says nothing."""


_GRAVE = {
    Finding.DIFFERS: Verdict.DATA_DIFFERS,
    Finding.UNLISTED: Verdict.DATA_DIFFERS,
    Finding.MISSING: Verdict.DATA_DIFFERS,
    Finding.UNREAD: Verdict.NOT_JUDGED,
    Finding.MALFORMED: Verdict.MALFORMED,
}


@dataclass(frozen=True)
class ChipContent:
    """What could be read in the files, proved or not; None where a file is not there or cannot be read."""

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
            "answer": self.verdict.answer.value,
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


def _read_mrz(data: bytes, note: Note) -> tuple[str, ...]:
    lines = lds.parse_dg1(data)
    try:
        Mrz.parse(lines)
    except MrzError as error:
        note(f"DG1 holds a machine readable zone that is wrong at its {error.field}")
    return lines


def _plainly(reader: Callable[[bytes], Any]) -> Callable[[bytes, Note], Any]:
    """A reader of a file of which nothing odd is known."""
    return lambda data, note: reader(data)


_READERS: dict[str, tuple[str, Callable[[bytes, Note], Any]]] = {
    "DG1": ("mrz", _read_mrz),
    "DG2": ("portrait", parse_dg2),
    "DG3": ("prints", _plainly(lds.parse_dg3)),
    "DG11": ("personal", lds.parse_dg11),
    "DG12": ("document", lds.parse_dg12),
    "DG14": ("infos", _plainly(lds.parse_dg14)),
    "DG15": ("active_key", lds.parse_dg15),
}


def verify(
    files: Mapping[str, bytes],
    anchors: Sequence[bytes],
    *,
    crls: Sequence[bytes] = (),
    at: dt.datetime,
    unread: Collection[str] = (),
    unproved: Collection[str] = (),
) -> Verified:
    """Judge a chip's complete files, by name ("DG1", "SOD", "COM", "CardAccess"), at an aware moment.

    `anchors` are the certificates (DER) of the country signing authorities that are trusted, `crls` revocation lists of
    theirs (DER); one that is none of theirs is passed over with a remark. `unread` are files that are there and could
    not be read, `unproved` keys that the chip was asked to prove and did not ("active", "chip"). CertificateError: an
    anchor cannot be read.
    """
    authorities = [read_certificate(anchor) for anchor in anchors]
    content, said = _content(files)
    try:
        signed = sod.parse(files.get("SOD", b""))
    except LdsError as error:
        return _without_security_object(files, content, said, error, unread)
    findings = {
        name: _finding(name, files.get(name), signed, content, unread)
        for name in _in_order({*signed.hashes, *files, *unread})
    }
    issued = content.document.issue_date if content.document else ""
    faults: list[Fault] = [
        *signer.faults(signed, authorities, crls, at=at, zone=content.mrz, issued=issued),
        *_file_faults(findings, signed),
        *((Verdict.NOT_PROVED, f"the chip did not prove its key ({name}): it may be a copy") for name in unproved),
    ]
    asked = [verdict for verdict, _ in faults if verdict is not None]
    verdict = min(asked, key=list(Verdict).index, default=Verdict.VALID)
    remarks = (*(sentence for _, sentence in faults), *signed.oddities, *said)
    return Verified(verdict, findings, remarks, _read_signer(signed), content)


def _without_security_object(
    files: Mapping[str, bytes], content: ChipContent, said: Sequence[str], error: LdsError, unread: Collection[str]
) -> Verified:
    """Nothing is signed: what the files hold is shown, and nothing is proved."""
    findings = dict.fromkeys(_in_order(files), Finding.UNSIGNED) | dict.fromkeys(_in_order(unread), Finding.UNREAD)
    if "SOD" in unread:
        verdict, finding, why = Verdict.NOT_JUDGED, Finding.UNREAD, "SOD: not read"
    elif isinstance(error, sod.NotKnown):
        verdict, finding, why = Verdict.NOT_JUDGED, Finding.UNSIGNED, str(error)
    else:
        verdict, finding, why = Verdict.MALFORMED, Finding.MALFORMED, str(error)
    return Verified(verdict, findings | {"SOD": finding}, (why, *said), content=content)


def _in_order(names: Iterable[str]) -> list[str]:
    """Names of files but for EF.SOD, the data groups first."""
    return sorted(set(names) - {"SOD"}, key=lambda name: (DATA_GROUPS.get(name, len(DATA_GROUPS) + 1), name))


def _content(files: Mapping[str, bytes]) -> tuple[ChipContent, list[str]]:
    """What the files hold, and what is to be said: what is odd in them, and which cannot be read here and why."""
    found: dict[str, Any] = {}
    said: list[str] = []
    for name, (place, reader) in _READERS.items():
        if name not in files:
            continue
        try:
            found[place] = reader(files[name], said.append)
        except LdsError as error:
            said.append(f"its content cannot be read here: {error}")
    return ChipContent(**found), said


def _finding(
    name: str, data: bytes | None, signed: SecurityObject, content: ChipContent, unread: Collection[str]
) -> Finding:
    if data is None:
        return Finding.UNREAD if name in unread else Finding.MISSING
    if name in _AGREEING:
        return _AGREEING[name](data, signed, content)
    if name not in DATA_GROUPS:
        return Finding.UNSIGNED
    if name not in signed.hashes:
        return Finding.UNLISTED
    return Finding.AS_SIGNED if signed.hashes[name] == signed.digest_of(data) else Finding.DIFFERS


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


def _file_faults(findings: Mapping[str, Finding], signed: SecurityObject) -> Iterator[Fault]:
    for name, finding in findings.items():
        if finding not in _GRAVE or (finding is Finding.MISSING and name in BEHIND_TERMINALS):
            continue
        asks = finding is not Finding.UNREAD or name in signed.hashes
        yield _GRAVE[finding] if asks else None, f"{name}: {finding}"


def _read_signer(signed: SecurityObject) -> SignerCertificate | None:
    try:
        return SignerCertificate.of(signed.certificate or b"")
    except CertificateError:
        return None
