"""What an officer looks at twice: marked in the list, and never approved together with others (ADR 0054)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.models.people import Correction
from issuance.models.requests import Evidence, IssuanceRequest, Portrait
from issuance.models.staff import Staff
from issuance.services.care import observations
from issuance.services.casework.decisions import needs_second_entry
from issuance.services.persons import alike, versions
from issuance.services.roles import CASE_HANDLING
from issuance.services.rule_versions import rules_of
from issuance.values.codes import KINDS, one_of

SECOND_ENTRY, UPLOADED, OVERRIDDEN = "second_entry", "uploaded", "overridden"
CHANGED, CORRECTING = "changed", "correcting"
KIND, BY_HAND, UNACCOMPANIED, EVIDENCE, ALIKE = "kind", "by_hand", "unaccompanied", "evidence", "alike"
ACCELERATED = "accelerated"


def flags(look: Look, requests: Collection[IssuanceRequest]) -> dict[UUID, list[str]]:
    """What is out of the ordinary with each request, by its id: codes in the order in which they are shown.

    What case handling itself supplied is ordinary.
    """
    portraits = _portraits(look, requests)
    supplier = look.session.scalar(select(Staff.id).where(Staff.email == CASE_HANDLING))
    corrected = _being_corrected(look, requests)
    return {
        request.id: [
            *([SECOND_ENTRY] if needs_second_entry(request) else []),
            *(_of_portrait(portraits.get(request.id), supplier)),
            *([CHANGED] if _is_changed(request) else []),
            *([CORRECTING] if request.person_id in corrected else []),
        ]
        for request in requests
    }


def alone(look: Look, requests: Collection[IssuanceRequest]) -> dict[UUID, str]:
    """Why each of these requests is decided by itself, by its id; those that may be approved together are left out."""
    marked, brought = flags(look, requests), _brought(look, requests)
    why = {request.id: _by_rule(request) or _first(marked[request.id]) or _warns(look, request) for request in requests}
    for request in requests:
        asked = {paper.code for paper in rules_of(request).evidence_for(one_of("kind", request.kind, KINDS))}
        if not why[request.id] and not asked.issubset(brought[request.id]):
            why[request.id] = EVIDENCE
    return {key: code for key, code in why.items() if code}


def has_alike(look: Look, request: IssuanceRequest) -> bool:
    """Whether persons alike are in the register of whom nobody said that they are others."""
    return bool(alike.others(look, request.person))


def _by_rule(request: IssuanceRequest) -> str:
    bulk = rules_of(request).bulk
    if bulk is None or request.kind not in bulk.kinds:
        return KIND
    if request.entitlement_source not in bulk.sources:
        return BY_HAND
    return UNACCOMPANIED if request.unaccompanied else ""


def _warns(look: Look, request: IssuanceRequest) -> str:
    """The officer is to read the warning about the accelerated procedure."""
    return ACCELERATED if observations.warns_accelerated(look, request) else ""


def _first(codes: list[str]) -> str:
    return next(iter(codes), "")


def _of_portrait(portrait: Portrait | None, supplier: UUID | None) -> list[str]:
    if portrait is None:
        return []
    uploaded = portrait.source == "uploaded" and portrait.taken_by != supplier
    return [*([UPLOADED] if uploaded else []), *([OVERRIDDEN] if portrait.override_reason else [])]


def _is_changed(request: IssuanceRequest) -> bool:
    """Whether the register says otherwise of the person than when the request was lodged, or last approved."""
    return request.person_version is not None and bool(versions.differences(request.person_version, request.holder))


def _portraits(look: Look, requests: Collection[IssuanceRequest]) -> dict[UUID, Portrait]:
    """The newest of each request."""
    query = select(Portrait).where(Portrait.request_id.in_([each.id for each in requests])).order_by(Portrait.id)
    return {portrait.request_id: portrait for portrait in look.session.scalars(query)}


def _being_corrected(look: Look, requests: Collection[IssuanceRequest]) -> set[UUID]:
    """The persons about whom a correction waits for a second person."""
    among = Correction.person_id.in_([each.person_id for each in requests])
    return set(look.session.scalars(select(Correction.person_id).where(among, Correction.settled_at.is_(None))))


def _brought(look: Look, requests: Collection[IssuanceRequest]) -> dict[UUID, list[str]]:
    """The kinds of paper that were scanned or seen, by request."""
    found = defaultdict[UUID, list[str]](list)
    query = select(Evidence.request_id, Evidence.code).where(Evidence.request_id.in_([each.id for each in requests]))
    for request_id, code in look.session.execute(query):
        found[request_id].append(code)
    return found
