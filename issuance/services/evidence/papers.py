"""The papers of a request: scanned and kept encrypted, or ticked as seen, until the decision; then only looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, NotFound
from issuance.models.duties import DutyName
from issuance.models.requests import Evidence, IssuanceRequest
from issuance.models.vault import Blob
from issuance.services import centres, duties
from issuance.services.duties import Task
from issuance.services.evidence.scans import Scan
from issuance.services.rule_versions import rules_of
from issuance.states import UNDECIDED
from issuance.values.codes import KINDS, one_of

OTHER_PAPERS = ("travel_document", "mandate", "other")
"""What may be attached beside the papers that a type's rules ask for."""
MOST_SCANS = 30
"""Of one request: what an officer can look at."""


@dataclass(frozen=True)
class Paper:
    """One kind of paper of a request, with what there is of it; `is_asked`: the type's rules ask for it."""

    code: str
    is_asked: bool
    found: tuple[Evidence, ...]

    @property
    def standing(self) -> Literal["scanned", "seen", "missing", "none"]:
        """Scanned, ticked as seen, or not there: `missing` when it is asked for."""
        if any(evidence.blob_id for evidence in self.found):
            return "scanned"
        if self.found:
            return "seen"
        return "missing" if self.is_asked else "none"


def papers_of(look: Look, request: IssuanceRequest) -> list[Paper]:
    """Every kind of paper that this request may have, those asked for first."""
    asked = _asked(request)
    found = attached(look, request)
    codes = dict.fromkeys((*asked, *OTHER_PAPERS))
    return [Paper(code, code in asked, tuple(each for each in found if each.code == code)) for code in codes]


def attached(look: Look, request: IssuanceRequest) -> list[Evidence]:
    """What was attached to a request, the oldest first."""
    query = select(Evidence).where(Evidence.request_id == request.id).order_by(Evidence.id)
    return list(look.session.scalars(query))


def attach(act: Act, request: IssuanceRequest, code: str, scan: Scan) -> Evidence:
    """Keep a clean scan, encrypted under the key of the request. Conflict once it is decided."""
    _check_open(act, request)
    if sum(each.blob_id is not None for each in attached(act, request)) >= MOST_SCANS:
        raise Conflict("The request has %(most)s scans. Remove what the officer does not need.", most=MOST_SCANS)
    kept = act.vault.put(act.session, request.id, "evidence", scan.data)
    return _add(act, request, code, blob_id=kept.id, format=scan.kind, pages=scan.pages)


def tick(act: Act, request: IssuanceRequest, code: str) -> Evidence:
    """Somebody at the desk saw the paper itself; nothing is kept of it."""
    _check_open(act, request)
    if any(each.code == code and each.blob_id is None for each in attached(act, request)):
        raise Conflict("This paper is ticked already.")
    return _add(act, request, code)


def _add(act: Act, request: IssuanceRequest, code: str, **scan: object) -> Evidence:
    evidence = Evidence(
        request_id=request.id,
        code=_kind(request, code),
        added_by=act.actor.id,
        added_at=act.clock.now(),
        **scan,
    )
    act.session.add(evidence)
    duties.take(act, Task(DutyName.CASE, request))
    act.record("evidence.added" if scan else "evidence.seen", request, evidence, paper=evidence.code)
    return evidence


def remove(act: Act, request: IssuanceRequest, evidence_id: UUID) -> None:
    """A wrong paper is taken away before the decision, its scan destroyed."""
    _check_open(act, request)
    evidence = _found(act, request, evidence_id)
    act.session.delete(evidence)
    act.session.flush()
    act.session.execute(delete(Blob).where(Blob.id == evidence.blob_id))
    act.record("evidence.removed", request, evidence, paper=evidence.code)


def open_scan(act: Act, request: IssuanceRequest, evidence_id: UUID) -> Scan:
    """A scan opened by a member of staff, which is recorded. NotFound when its key was destroyed under retention."""
    centres.check_own(act, request)
    evidence = _found(act, request, evidence_id)
    if evidence.blob_id is None:
        raise NotFound("This paper was seen at the desk and not scanned.")
    data = act.vault.get(act.session, evidence.blob_id)
    act.record("evidence.opened", request, evidence, paper=evidence.code)
    return Scan(data, evidence.format, evidence.pages)


def _check_open(act: Act, request: IssuanceRequest) -> None:
    centres.check_own(act, request)
    if request.state not in UNDECIDED:
        raise Conflict("The request is decided, and its papers stay as the officer saw them.")


def _asked(request: IssuanceRequest) -> tuple[str, ...]:
    return tuple(paper.code for paper in rules_of(request).evidence_for(one_of("kind", request.kind, KINDS)))


def _kind(request: IssuanceRequest, code: str) -> str:
    return one_of("paper", code, (*_asked(request), *OTHER_PAPERS))


def _found(look: Look, request: IssuanceRequest, evidence_id: UUID) -> Evidence:
    evidence = look.session.get(Evidence, evidence_id)
    if evidence is None or evidence.request_id != request.id:
        raise NotFound("This paper is not there any more. Open the case again.")
    return evidence
