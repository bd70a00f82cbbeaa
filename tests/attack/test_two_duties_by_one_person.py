"""One person does two duties in the life of one document (attack.md, 12): each pair is refused, in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from issuance.errors import NotAllowed
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.casework import enrolment, requests
from tests.fixtures.databases import on_sqlite
from tests.people import Case, SmallOffice, Stage, measured_portrait

pytestmark = on_sqlite  # the constraints are tried on both: tests/integration/test_constraints.py

Step = Callable[[SmallOffice, UUID], None]


def spell(office: SmallOffice, request_id: UUID) -> None:
    with office.act(office.actors["second_clerk"]) as act:
        requests.confirm_spelling(act, act.session.get_one(IssuanceRequest, request_id), "AL-MASRI", "LAYLA")


def accept(office: SmallOffice, request_id: UUID) -> None:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        enrolment.add_portrait(act, request, measured_portrait(), "captured")
    with office.act(office.actors["second_clerk"]) as act:
        enrolment.accept_portrait(act, act.session.get_one(IssuanceRequest, request_id))


def complete(office: SmallOffice, request_id: UUID) -> None:
    with office.act(office.actors["second_clerk"]) as act:
        requests.complete(act, act.session.get_one(IssuanceRequest, request_id), has_portrait=True, has_signature=True)


@pytest.mark.parametrize("did", [spell, accept, complete])
def test_who_worked_on_it_at_the_desk_does_not_decide(office: SmallOffice, did: Step) -> None:
    request_id = office.lodge()
    did(office, request_id)
    if did is not complete:
        office.enrol(request_id)
    office.actors["decision_officer"] = office.actors["second_clerk"]
    with pytest.raises(NotAllowed, match="do not decide"):
        office.approve(request_id)


def check(office: SmallOffice, case: Case) -> None:
    office.check(case.document_id, office.readings(case.document_id))


def hand_over(office: SmallOffice, case: Case) -> None:
    office.hand_over(case.request_id, case.number)


@pytest.mark.parametrize(
    ("first", "second", "until", "step"),
    [
        ("decision_officer", "quality_officer", Stage.MADE, check),
        ("operator", "quality_officer", Stage.MADE, check),
        ("clerk", "second_clerk", Stage.CHECKED, hand_over),
        ("decision_officer", "second_clerk", Stage.CHECKED, hand_over),
        ("operator", "second_clerk", Stage.CHECKED, hand_over),
        ("quality_officer", "second_clerk", Stage.CHECKED, hand_over),
    ],
    ids=lambda each: str(each) if isinstance(each, str) else None,
)
def test_who_did_one_duty_does_not_do_the_other(
    office: SmallOffice, first: str, second: str, until: Stage, step: Callable[[SmallOffice, Case], None]
) -> None:
    office.actors[second] = office.actors[first]
    case = office.carry(until)
    with pytest.raises(NotAllowed, match=r"another|Ask"):
        step(office, case)
    with office.reading() as look:
        assert (
            look.session.get_one(IssuanceRequest, case.request_id).state
            == {
                Stage.MADE: "in_production",
                Stage.CHECKED: "ready",
            }[until]
        )


def test_the_shift_of_who_approved_passes_the_job_over(office: SmallOffice) -> None:
    """It is no error, which would stop the centre: the next job is claimed, and the passed one by another shift."""
    approver = office.actors["decision_officer"]
    mine = office.carry(Stage.QUEUED)
    office.becomes(approver, RoleName.OPERATOR)
    office.actors["operator"] = replace(approver, roles=frozenset({RoleName.OPERATOR}))
    office.open_shift()
    assert office.claim() is None
    with office.reading() as look:
        assert look.session.get_one(IssuanceRequest, mine.request_id).state == "approved"
