"""The judgement on a finished chip: passive authentication by our own trust anchors, and what its keys proved."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from card_drivers.order import ChipReading
from card_drivers.troubles import Trouble
from issuance.errors import Conflict
from printing.chip import verify
from printing.chip.verify import Verdict
from printing.pki.signing import CertificateError

MOST_REMARKS = 8
PROOFS: Mapping[str, Literal["active", "chip"]] = {"DG15": "active", "DG14": "chip"}
"""The data group with a key, and the proof that the chip must have given of it."""


@dataclass(frozen=True)
class Trust:
    """The authority's certificates and revocation lists (DER) that this office trusts."""

    anchors: Sequence[bytes]
    crls: Sequence[bytes] = ()


class Findings(BaseModel):
    """What a reading showed besides the digests of its files. `remarks` hold nothing personal.

    `missing` are files that could not be read, `reader` what the reader said of the reading.
    """

    model_config = ConfigDict(frozen=True)

    opened_by: Literal["", "PACE", "BAC"]
    proofs: dict[Literal["active", "chip"], bool]
    verdict: Verdict
    remarks: tuple[str, ...]
    missing: tuple[str, ...] = ()
    reader: tuple[Trouble, ...] = ()

    def is_whole(self, prepared: Mapping[str, str]) -> bool:
        """Whether every file and every proof that a chip with these files gives was had: else it is read again."""
        proofs = {proof for group, proof in PROOFS.items() if group in prepared}
        return not self.missing and proofs <= self.proofs.keys()


def judge(reading: ChipReading, trust: Trust, *, at: dt.datetime) -> Findings | None:
    """Judge what a reader found; None when it found nothing. Nothing of the content is kept. Conflict: a bad anchor."""
    if reading.trouble is not None:
        return None
    try:
        verified = verify.verify(reading.files, trust.anchors, crls=trust.crls, at=at, unread=reading.missing)
    except CertificateError as error:
        raise Conflict(
            "A certificate of the country's authority cannot be read, so that no chip can be judged. The administrator"
            " brings it in again by flask pki import."
        ) from error
    return Findings(
        opened_by=reading.opened_by,
        proofs=reading.proofs,
        verdict=verified.verdict,
        remarks=verified.remarks[:MOST_REMARKS],
        missing=reading.missing,
        reader=reading.remarks,
    )


def doubts(findings: Findings, prepared: Mapping[str, str]) -> tuple[str, ...]:
    """What speaks against a chip though its files are equal: `pace`, `active`, `chip`.

    `prepared` are the chip's files as they were ordered: a chip with EF.CardAccess opens through PACE, one with a key
    in DG15 or DG14 proves it. A copy of all files cannot.
    """
    unproved = [proof for group, proof in PROOFS.items() if group in prepared and not findings.proofs.get(proof)]
    return (*(["pace"] if "CardAccess" in prepared and findings.opened_by != "PACE" else []), *unproved)


def digest_of_all(digests: Mapping[str, str]) -> str:
    """One SHA-256 (hex) of the digests of all files by name: equal exactly when every file is, and none is missing."""
    return hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()


def prepared_files(digests: Mapping[str, str] | None) -> dict[str, str]:
    """Of a job's digests those of the chip's files, by file name."""
    return {name.removeprefix("chip/"): digest for name, digest in (digests or {}).items() if name.startswith("chip/")}
