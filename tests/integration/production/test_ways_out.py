"""The ways out of a job that waits, from the act to the last thing it changes; and reports that lie."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select

from card_drivers.order import Outcome, Result
from issuance.actors import SYSTEM, Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Station
from issuance.models.stock import Blank
from issuance.services.casework import decisions, handover
from issuance.services.production import held_jobs, jobs
from issuance.services.production.floor import JobList
from issuance.services.stations import tokens
from tests.fixtures.databases import on_sqlite
from tests.integration.production.shared import (
    FEEDER,
    add,
    another,
    audit_faults,
    claim_on,
    job_of,
    lists_of,
    newest,
    reasons,
    refuse,
    says,
)
from tests.people import NOON, Case, SmallOffice, able, trouble_of

# Sending elsewhere, cancelling, withdrawing, finding wrong


def send(office: SmallOffice, job: PrintJob, station: Station | None, reason: str = "The ribbon is out.") -> None:
    with office.act(office.actors["operator"]) as act:
        there = act.session.get_one(Station, station.id) if station else None
        jobs.send_elsewhere(act, act.session.get_one(PrintJob, job.id), there, reason)


def test_a_job_that_was_sent_elsewhere_goes_there_and_its_next_attempt_too(office: SmallOffice, queued: Case) -> None:
    bureau = add(office, "bureau", bureau=True)
    office.open_shift()
    job = job_of(office, queued.document_id)
    with pytest.raises(InvalidInput):
        send(office, job, bureau, " ")
    send(office, job, bureau)
    assert office.claim() is None
    claim = claim_on(office, bureau)
    assert claim.order_id == job.id
    with pytest.raises(Conflict, match="does not wait"):
        send(office, job, None)
    with office.act(tokens.actor_of(bureau)) as act:
        jobs.fetch(act, claim.claim_id, station=bureau)
        spoiled = Result(order_id=job.id, claim_id=claim.claim_id, outcome=Outcome.NOT_STARTED, trouble=FEEDER)
        jobs.finish(act, spoiled, station=bureau)
    again = newest(office, queued)
    office.prepare(again.id)
    assert job_of(office, again.id).wanted_station_id == bureau.id
    assert office.claim() is None
    send(office, job_of(office, again.id), None)
    assert office.claim() is not None
    assert audit_faults(office) == []


@on_sqlite
def test_a_job_is_not_sent_where_it_cannot_be_made(office: SmallOffice, queued: Case) -> None:
    other = add(office, "s2")
    says(office, other, able("RC"))
    job = job_of(office, queued.document_id)
    with pytest.raises(Conflict, match="No blanks card-chip lie in s2"):
        send(office, job, other)
    says(office, other, able())
    send(office, job, other)
    says(office, other, able("RC"))
    assert "No blanks card-chip lie in s2" in reasons(office, job)
    with office.act(SYSTEM) as act:
        tokens.close_station(act, act.session.get_one(Station, other.id))
    assert "The station that this job is meant for is closed" in reasons(office, job)


def cancel(office: SmallOffice, job: PrintJob, *, again: bool, actor: Actor | None = None) -> None:
    with office.act(actor or office.actors["supervisor"]) as act:
        decisions.cancel(act, act.session.get_one(PrintJob, job.id), "The paper was recalled.", again=again)


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("carried", ["approved", "queued"])
def test_a_cancelled_job_ends_with_its_number(office: SmallOffice, carried: str, again: bool) -> None:
    case = office.carry(carried)
    job = job_of(office, case.document_id)
    cancel(office, job, again=again)
    old, new = job_of(office, case.document_id), newest(office, case)
    assert (old.state, old.ended_at, old.document.state) == ("cancelled", office.clock.now(), "cancelled")
    assert lists_of(office, job.id) == [JobList.UNMADE]
    with office.database.reading() as session:
        request = session.get_one(IssuanceRequest, case.request_id)
    assert (request.state, new.attempt) == (("approved", 2) if again else ("withdrawn", 1))
    assert audit_faults(office) == []
    if again:
        assert (new.number != case.number, new.attempt_reason, new.state) == (True, "cancelled", "prepared")
        office.prepare(new.id)
        office.open_shift()
        assert office.claim().order_id == job_of(office, new.id).id


def test_a_job_that_a_station_has_is_not_cancelled(office: SmallOffice, claimed: Case) -> None:
    job = job_of(office, claimed.document_id)
    with pytest.raises(Conflict, match="does not wait any more"):
        cancel(office, job, again=True)


@on_sqlite
def test_a_job_of_another_centre_is_not_cancelled(office: SmallOffice, queued: Case) -> None:
    with office.database.reading() as session:
        galati = session.scalars(select(Centre).where(Centre.code == "galati")).one()
    stranger = replace(office.actors["supervisor"], centre_id=galati.id)
    with pytest.raises(NotAllowed):
        cancel(office, job_of(office, queued.document_id), again=False, actor=stranger)


def withdraw(office: SmallOffice, case: Case) -> None:
    with office.act(office.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, case.request_id), "The family left.")


def test_a_request_that_was_claimed_and_not_started_is_withdrawn(office: SmallOffice, claimed: Case) -> None:
    with pytest.raises(Conflict, match="A station has the order"):
        withdraw(office, claimed)
    refuse(office, claimed.claim)
    withdraw(office, claimed)
    with office.database.reading() as session:
        states = Counter((job.state, job.document.state) for job in session.scalars(select(PrintJob)))
        request = session.get_one(IssuanceRequest, claimed.request_id)
    assert states == {("not_started", "cancelled"): 1, ("cancelled", "cancelled"): 1}
    assert (request.state, request.ended_on) == ("withdrawn", NOON.date())
    office.clock.advance(dt.timedelta(hours=2))
    assert office.claim() is None
    assert audit_faults(office) == []


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.DONE])
def test_a_request_that_may_have_a_document_is_not_withdrawn(
    office: SmallOffice, outcome: Outcome, claimed: Case
) -> None:
    office.make(outcome, claim=claimed.claim)
    with pytest.raises(Conflict, match="or its document is made"):
        withdraw(office, claimed)


def test_a_document_found_wrong_at_the_desk_is_made_anew(office: SmallOffice, checked: Case) -> None:
    with pytest.raises(InvalidInput), office.act(office.actors["clerk"]) as act:
        handover.find_wrong(act, act.session.get_one(IssuanceRequest, checked.request_id), "")
    with office.act(office.actors["clerk"]) as act:
        handover.find_wrong(act, act.session.get_one(IssuanceRequest, checked.request_id), "The film is torn.")
    with office.database.reading() as session:
        old = session.get_one(Document, checked.document_id)
        request = session.get_one(IssuanceRequest, checked.request_id)
        blank = session.scalars(select(Blank).where(Blank.document_id == old.id)).one()
    new = newest(office, checked)
    assert (old.state, request.state, blank.state) == ("cancelled", "in_production", "spoiled")
    assert (new.attempt, new.attempt_reason, new.state) == (2, "The film is torn.", "prepared")
    office.prepare(new.id)
    office.make()
    assert office.check(new.id, office.readings(new.id))
    office.hand_over(checked.request_id, new.number)
    assert newest(office, checked).state == "valid"
    assert audit_faults(office) == []


def test_only_what_waits_for_its_holder_is_found_wrong(office: SmallOffice, made: Case) -> None:
    with pytest.raises(Conflict, match="Only a document that waits"), office.act(office.actors["clerk"]) as act:
        handover.find_wrong(act, act.session.get_one(IssuanceRequest, made.request_id), "The film is torn.")


# Reports that lie


def resolve(office: SmallOffice, job: PrintJob, outcome: Outcome) -> bool:
    with office.act(office.actors["supervisor"]) as act:
        here = act.session.get_one(PrintJob, job.id)
        return held_jobs.resolve(act, here, outcome, "card-chip-1", "It lay in the tray and is torn up.")


def test_a_report_of_another_orders_document_is_held_until_a_person_found_it(office: SmallOffice) -> None:
    mine, other = office.carry("queued", another(0)), office.carry("queued", another(1))
    office.open_shift()
    claim = office.claim()
    order = office.leave(office.order(claim))
    said = Result(
        order_id=claim.order_id,
        claim_id=claim.claim_id,
        outcome=Outcome.DONE,
        blank_serial="card-chip-1",
        digests=job_of(office, other.document_id).digests,
    )
    assert office.report(said) is None
    job = job_of(office, mine.document_id)
    assert (job.state, job.document.state) == ("held", "prepared")
    assert "made something else than it was ordered" in trouble_of(job)
    assert job_of(office, other.document_id).state == "queued"
    right = said.model_copy(update={"digests": order.digests()})
    assert "another result" in str(office.report(right))
    for outcome in (Outcome.DONE, Outcome.NOT_STARTED):
        with pytest.raises(Conflict, match="Resolve it as spoiled"):
            resolve(office, job, outcome)
    assert resolve(office, job, Outcome.SPOILED)
    assert newest(office, mine).attempt == 2
    assert audit_faults(office) == []


@on_sqlite
def test_an_answer_for_another_job_is_a_contradiction(office: SmallOffice) -> None:
    first, other = office.carry("queued", another(0)), office.carry("queued", another(1))
    office.open_shift()
    claim = office.claim()
    office.leave(office.order(claim))
    stray = job_of(office, other.document_id)
    said = Result(order_id=stray.id, claim_id=claim.claim_id, outcome=Outcome.DONE, blank_serial="card-chip-1")
    assert isinstance(office.report(said), Conflict)
    assert job_of(office, first.document_id).state == "held"
    assert job_of(office, other.document_id).state == "queued"
    assert newest(office, other).blank_serial is None
