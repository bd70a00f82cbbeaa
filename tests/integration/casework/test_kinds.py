"""Kinds of request that exclude each other, and the document each follows: the whole tables of `kinds.toml`."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from issuance.errors import Conflict, LimanError, RuleViolation
from issuance.law.documents.kinds import RequestKinds, request_kinds
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import lodging as lodging_act
from issuance.services.life.validity import HANDED_OVER, Standing
from issuance.states import DocumentState
from issuance.values.codes import KINDS, Kind
from tests.fixtures.databases import on_sqlite
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed

NOT_OURS = "RO9000001"
"""The number of a document that this register does not have."""


class Undone(Exception):
    """Takes back a lodging that was only tried."""


RENEWALS = {Kind.RENEWAL, Kind.EXTENSION}
ASKED = {
    (Kind.RENEWAL, Kind.REPLACEMENT),
    (Kind.EXTENSION, Kind.REPLACEMENT),
    (Kind.REPLACEMENT, Kind.RENEWAL),
    (Kind.REPLACEMENT, Kind.EXTENSION),
}
TOGETHER = [pair for pair in permutations(KINDS, 2) if set(pair) != RENEWALS]
"""Every two kinds that one document type knows."""


def lodging(kind: str, number: int, **changes: Any) -> Any:
    """A request of this kind, of a type that knows it."""
    applicant = {"status": "applicant", "document_type": "TID"} if changes.pop("applicant", False) else {}
    said = {"kind": kind, "case_reference": f"2026/TM/{number:04}"} | applicant
    if kind != Kind.FIRST:
        said["previous_document"] = NOT_OURS
    if kind == Kind.REPLACEMENT:
        said["replacement_reason"] = "lost"
    return changed(LAYLA, **said | changes)


@on_sqlite
@pytest.mark.parametrize(("open_kind", "kind"), TOGETHER)
def test_two_kinds_exclude_each_other_or_are_asked_about(office: SmallOffice, open_kind: Kind, kind: Kind) -> None:
    applicant = Kind.EXTENSION in (open_kind, kind)
    request_id = office.lodge(lodging(open_kind, 1, applicant=applicant))
    with office.reading() as look:
        person_id = look.session.get_one(IssuanceRequest, request_id).person_id
    both = {"applicant": applicant, "person_id": person_id, "source": "hand"}
    is_asked = (open_kind, kind) in ASKED
    with pytest.raises(RuleViolation) as refused:
        office.lodge(lodging(kind, 2, **both))
    assert refused.value.field == ("beside_reason" if is_asked else "kind")
    assert request_kinds().about(open_kind, kind).refusal.next.en in refused.value.sentence()
    if not is_asked:
        with pytest.raises(RuleViolation):
            office.lodge(lodging(kind, 2, **both, beside_reason="stolen on the way"))
        return
    office.lodge(lodging(kind, 2, **both, beside_reason="stolen on the way"))
    with office.reading() as look:
        last = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "request.lodged")).all()[-1]
    assert last.reason == "stolen on the way"


@on_sqlite
def test_case_handling_knows_of_documents_of_before_the_register(office: SmallOffice) -> None:
    first = office.lodge(lodging(Kind.FIRST, 1))
    renewal = office.lodge(lodging(Kind.RENEWAL, 2))
    with office.reading() as look:
        persons = {look.session.get_one(IssuanceRequest, each).person_id for each in (first, renewal)}
    assert len(persons) == 1


@on_sqlite
@pytest.mark.parametrize("kind", KINDS)
def test_two_of_one_kind_are_not_open_together(office: SmallOffice, kind: Kind) -> None:
    applicant = kind == Kind.EXTENSION
    request_id = office.lodge(lodging(kind, 1, applicant=applicant))
    with office.reading() as look:
        person_id = look.session.get_one(IssuanceRequest, request_id).person_id
    with pytest.raises(Conflict):
        office.lodge(lodging(kind, 2, applicant=applicant, person_id=person_id, beside_reason="asked to"))


FOLLOWED = {
    "first": set(HANDED_OVER) - {DocumentState.VALID, DocumentState.SUSPENDED},
    "renewal": {DocumentState.VALID},
    "replacement": {"valid", "suspended", "lost", "stolen", "damaged", "destroyed"},
    "correction": {DocumentState.VALID},
}


@on_sqlite
@carrying(LAYLA)
@pytest.mark.parametrize("state", HANDED_OVER)
def test_a_kind_follows_a_document_that_stands_so(office: SmallOffice, checked: Case, state: DocumentState) -> None:
    office.hand_over(checked.request_id, checked.number)
    with office.act(office.actors["clerk"]) as act:
        document = act.session.get_one(Document, checked.document_id)
        document.state = state
        document.expiry_date = act.clock.today()
        person_id, number = document.person_id, document.number
        act.record("document.reported", document)
    said = {"person_id": person_id, "previous_document": number}
    asked = {kind: tried(office, lodging(kind, place, **said)) for place, kind in enumerate(FOLLOWED, 2)}
    if state == DocumentState.VALID:
        assert asked.pop("correction") == "InvalidInput kind"  # it says what the register says
    refused = {kind for kind, refusal in asked.items() if refusal == "RuleViolation kind"}
    assert refused == {kind for kind in asked if state not in FOLLOWED[kind]}
    assert all(not refusal for kind, refusal in asked.items() if kind not in refused)


def tried(office: SmallOffice, what: Any) -> str:
    """What refuses this lodging, which is taken back: nothing, or the error and its field."""
    try:
        with office.act(office.actors["clerk"]) as act:
            lodging_act.lodge(act, what)
            raise Undone
    except Undone:
        return ""
    except LimanError as error:
        return f"{type(error).__name__} {error.field}"


def test_what_has_expired_is_renewed_and_neither_replaced_nor_corrected() -> None:
    follows = {
        kind: request_kinds().followed_by(Kind(kind)).standings for kind in ("renewal", "replacement", "correction")
    }
    assert {kind for kind, standings in follows.items() if Standing.EXPIRED in standings} == {Kind.RENEWAL}
    assert Standing.EXPIRED not in request_kinds().first.unless
    known = {standing for standings in follows.values() for standing in standings} | set(request_kinds().first.unless)
    assert known <= set(Standing)


def test_a_table_that_forgets_a_pair_is_refused() -> None:
    said = request_kinds().model_dump()
    with pytest.raises(ValueError, match="are about renewal beside an open first"):
        RequestKinds.model_validate(said | {"beside": said["beside"][1:]})
    with pytest.raises(ValueError, match="which document it follows"):
        RequestKinds.model_validate(said | {"follows": said["follows"][1:]})
