"""What is taken and seen at the desk: portrait, signature, fingerprints, the papers that people bring."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from issuance.models.requests import Evidence, Fingerprint, Portrait, Signature
from issuance.models.vault import Blob
from printing.portraits.photo_quality import Finding
from tests.bench.filled.bulk import Bulk, key_at

if TYPE_CHECKING:
    from tests.bench.filled.office import Place

SECRET = bytes(200)
SHARP = Finding("sharpness", "sharpness", 0.8, 0.5, None, "", passed=True, assumption=True, source="")
FINDINGS, FAILED = [asdict(SHARP)], [asdict(replace(SHARP, measured=0.3, passed=False))]
WITH_FINGERPRINTS = ("RP-R", "TD-C")


@dataclass
class Asked:
    """One request while its rows are written; `fingers`: its holder is old enough for fingerprints."""

    id: UUID
    place: Place
    person_id: UUID
    document_type: str
    ahead: bool
    at: dt.datetime
    fingers: bool = True

    @property
    def clerk(self) -> UUID:
        return self.place.staff["clerk"]


class Papers:
    """Writes what a request holds; retention has deleted fingerprints and destroyed keys of what is closed."""

    def __init__(self, rows: Bulk, random: Random) -> None:
        self._rows, self._random = rows, random

    def taken(self, asked: Asked, *, is_open: bool) -> None:
        """Everything that was taken at the lodging of a request."""
        self._portrait(asked)
        self._signature(asked)
        if asked.fingers and asked.document_type in WITH_FINGERPRINTS:
            for hand in ("right", "left"):
                self._fingerprint(asked, hand, is_open)
        for code in ("request_form", "proof_of_residence"):
            self._evidence(asked, code)

    def blob(self, asked: Asked, purpose: str) -> UUID:
        """Something encrypted of this request."""
        key = key_at(asked.at, self._random)
        self._rows.add(Blob, id=key, request_id=asked.id, purpose=purpose, encrypted=SECRET)
        return key

    def _row(self, model: Any, asked: Asked, **values: Any) -> None:
        self._rows.add(model, id=key_at(asked.at, self._random), request_id=asked.id, **values)

    def _portrait(self, asked: Asked) -> None:
        overridden = self._random.random() < 0.02
        self._row(
            Portrait,
            asked,
            print_id=self.blob(asked, "portrait-print"),
            source="captured",
            findings=FAILED if overridden else FINDINGS,
            override_reason="wears a headscarf" if overridden else "",
            taken_by=asked.clerk,
            taken_at=asked.at,
            accepted_by=asked.clerk,
        )

    def _signature(self, asked: Asked) -> None:
        """One in twenty did not sign."""
        signed = self._random.random() >= 0.05
        how = {"picture_id": self.blob(asked, "signature-print"), "source": "pad"} if signed else {"absence": "refused"}
        self._row(Signature, asked, **how, taken_by=asked.clerk, taken_at=asked.at)

    def _fingerprint(self, asked: Asked, hand: str, is_open: bool) -> None:
        template = self.blob(asked, "fingerprint") if is_open else None
        taken = {"finger": "index", "quality": 80, "template_id": template}
        self._row(Fingerprint, asked, hand=hand, **taken, taken_by=asked.clerk, taken_at=asked.at)

    def _evidence(self, asked: Asked, code: str) -> None:
        """One paper in three is scanned; the others were seen."""
        scanned = self._random.random() < 0.33
        scan = {"blob_id": self.blob(asked, "evidence"), "format": "pdf", "pages": 1} if scanned else {}
        self._row(Evidence, asked, code=code, **scan, added_by=asked.clerk, added_at=asked.at)
