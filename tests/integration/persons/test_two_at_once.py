"""Two who propose or confirm at one moment, each with the register as it was in hand: one stands, the other is told.

On PostgreSQL, where two transactions write at once; on SQLite the second one waits until the first has ended.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from issuance.acts import Act
from issuance.errors import Conflict, LimanError, StaleState
from issuance.models.documents import Document
from issuance.models.endings import LossReport
from issuance.models.people import Correction, Person, Regrouping
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import corrections
from issuance.services.casework.corrections import Proposal
from issuance.services.life import loss
from issuance.services.life.loss import Said
from issuance.services.regrouping import proposals
from issuance.states import DocumentState
from tests.integration.persons.regrouped import OTHER, WHY, person_of, propose
from tests.people import Case, SmallOffice, changed

pytestmark = pytest.mark.parametrize("server", ["postgresql"], indirect=True)

Step = Callable[[Act], Callable[[], Any]]
"""Reads what it is about, and returns what is then done."""


def at_once(office: SmallOffice, *steps: tuple[str, Step]) -> list[LimanError]:
    """What the two are told, each in a transaction of their own that has read what it is about: one is refused."""
    barrier, told = threading.Barrier(2), list[Any]()

    def run(who: str, step: Step) -> None:
        try:
            with office.act(office.actors[who]) as act:
                do = step(act)
                barrier.wait(30)
                do()
            told.append(None)
        except Exception as error:
            told.append(error)

    threads = [threading.Thread(target=run, args=each) for each in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    refused = [error for error in told if error is not None]
    assert (len(told), len(refused)) == (2, 1), told
    assert all(isinstance(error, Conflict | StaleState) and error.sentence() for error in refused), refused
    return refused


def count(office: SmallOffice, kind: type[Any], *where: Any) -> int:
    with office.reading() as look:
        return look.session.scalar(select(func.count()).select_from(kind).where(*where)) or 0


def correcting(person_id: UUID, **said: str) -> Step:
    def step(act: Act) -> Callable[[], Any]:
        person = act.session.get_one(Person, person_id)
        return lambda: corrections.propose(act, person, Proposal(said, "office_error", "passport N004512873"))

    return step


def merging(person_id: UUID, other_id: UUID) -> Step:
    def step(act: Act) -> Callable[[], Any]:
        both = [act.session.get_one(Person, key) for key in (person_id, other_id)]
        return lambda: proposals.propose_merge(act, both[0], both[1], WHY)

    return step


def settling(kind: type[Any], row_id: UUID, how: Callable[[Act, Any], Any]) -> Step:
    def step(act: Act) -> Callable[[], Any]:
        row = act.session.get_one(kind, row_id)
        return lambda: how(act, row)

    return step


def test_two_corrections_are_proposed_at_once(office: SmallOffice, lodged: Case) -> None:
    person_id = person_of(office, lodged.request_id).id
    steps = [correcting(person_id, birth_date=day) for day in ("1993-02-01", "1994-02-01")]
    at_once(office, ("clerk", steps[0]), ("second_clerk", steps[1]))
    assert count(office, Correction) == 1


def test_two_corrections_that_one_person_makes_alone(office: SmallOffice, lodged: Case) -> None:
    person_id = person_of(office, lodged.request_id).id
    steps = [correcting(person_id, address=f"Str. Armoniei {number}, Timișoara") for number in (33, 35)]
    at_once(office, ("clerk", steps[0]), ("second_clerk", steps[1]))


def test_two_merges_of_one_person_are_proposed_at_once(office: SmallOffice, lodged: Case) -> None:
    one = person_of(office, lodged.request_id).id
    two = person_of(office, office.lodge(OTHER)).id
    third = changed(OTHER, case_reference="2026/TM/0010", eurodac_reference="RO1AAAA00000010", document_type="TD-C")
    three = person_of(office, office.lodge(changed(third, family_name="Masri", birth_date="1991-01-02"))).id
    at_once(office, ("clerk", merging(one, two)), ("second_clerk", merging(one, three)))
    assert count(office, Regrouping) == 1


def test_two_records_are_merged_into_each_other_at_once(office: SmallOffice, lodged: Case) -> None:
    one, two = person_of(office, lodged.request_id).id, person_of(office, office.lodge(OTHER)).id
    at_once(office, ("clerk", merging(one, two)), ("second_clerk", merging(two, one)))
    assert count(office, Regrouping) == 1


@pytest.mark.parametrize("second", [corrections.agree, corrections.decline])
def test_a_correction_is_settled_twice_at_once(office: SmallOffice, lodged: Case, second: Any) -> None:
    person_id = person_of(office, lodged.request_id).id
    with office.act(office.actors["clerk"]) as act:
        correcting(person_id, birth_date="1993-02-01")(act)()
    with office.reading() as look:
        row_id = look.session.scalars(select(Correction.id)).one()
    steps = [settling(Correction, row_id, how) for how in (corrections.agree, second)]
    at_once(office, ("second_clerk", steps[0]), ("supervisor", steps[1]))
    assert count(office, Correction, Correction.settled_at.is_not(None)) == 1


@pytest.mark.parametrize("second", [proposals.agree, proposals.decline])
def test_a_merge_is_settled_twice_at_once(office: SmallOffice, lodged: Case, second: Any) -> None:
    row_id = propose(office, person_of(office, lodged.request_id).id, person_of(office, office.lodge(OTHER)).id)
    steps = [settling(Regrouping, row_id, how) for how in (proposals.agree, second)]
    at_once(office, ("second_clerk", steps[0]), ("supervisor", steps[1]))


@pytest.fixture
def valid(office: SmallOffice, checked: Case) -> Case:
    office.hand_over(checked.request_id, checked.number)
    return checked


def reported(office: SmallOffice, case: Case) -> UUID:
    with office.act(office.actors["clerk"]) as act:
        document = act.session.get_one(Document, case.document_id)
        return loss.report(act, document, Said("lost", "holder", act.clock.today())).id


@pytest.mark.parametrize("state", [DocumentState.VALID, DocumentState.SUSPENDED])
def test_one_loss_is_reported_twice_at_once(office: SmallOffice, valid: Case, state: DocumentState) -> None:
    """Also of a document that something else suspends."""
    with office.act(office.actors["clerk"]) as act:
        document = act.session.get_one(Document, valid.document_id)
        document.state = state
        act.record("document.reported", document)

    def how(act: Act, document: Document) -> None:
        loss.report(act, document, Said("lost", "holder", act.clock.today()))

    steps = [settling(Document, valid.document_id, how) for _ in range(2)]
    at_once(office, ("clerk", steps[0]), ("second_clerk", steps[1]))
    assert count(office, LossReport) == 1


def test_a_lost_document_is_found_twice_at_once(office: SmallOffice, valid: Case) -> None:
    steps = [settling(LossReport, reported(office, valid), loss.find)] * 2
    at_once(office, ("clerk", steps[0]), ("second_clerk", steps[1]))


@pytest.mark.parametrize("second", [loss.lift, lambda act, row: loss.confirm(act, row, "lost", "portrait")])
def test_a_suspension_is_lifted_and_settled_at_once(office: SmallOffice, valid: Case, second: Any) -> None:
    row_id = reported(office, valid)
    with office.act(office.actors["clerk"]) as act:
        loss.find(act, act.session.get_one(LossReport, row_id))
    steps = [settling(LossReport, row_id, how) for how in (loss.lift, second)]
    at_once(office, ("second_clerk", steps[0]), ("supervisor", steps[1]))
    with office.reading() as look:
        row = look.session.get_one(LossReport, row_id)
        assert (row.outcome == "found") == (row.document.state == DocumentState.VALID)


def test_one_of_two_that_wait_for_one_another_is_told(office: SmallOffice) -> None:
    """Two that hold a row each and want the other's: PostgreSQL ends one of them, which is no fault of the office."""
    ids = [office.lodge(), office.lodge(OTHER)]

    def holding(first: UUID, second: UUID) -> Step:
        def step(act: Act) -> Callable[[], Any]:
            held = select(IssuanceRequest.id).with_for_update()
            act.session.execute(held.where(IssuanceRequest.id == first))
            return lambda: act.session.execute(held.where(IssuanceRequest.id == second))

        return step

    (refused,) = at_once(office, ("clerk", holding(*ids)), ("second_clerk", holding(*ids[::-1])))
    assert isinstance(refused, StaleState)
