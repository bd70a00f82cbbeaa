"""A station gets what it can make, what it refused stands back, and nothing behind either waits for it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from card_drivers.order import Claim, Outcome, Result
from card_drivers.troubles import Trouble
from issuance import tasks
from issuance.actors import SYSTEM, Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.production import PrintJob, StepAside
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Station
from issuance.models.stock import Blank
from issuance.services import routing
from issuance.services.casework import decisions, handover
from issuance.services.production import documents, floor, held_jobs, jobs, shifts
from issuance.services.production.floor import JobList
from issuance.services.stations import tokens
from issuance.services.trust import audit_proofs
from issuance.states import JOBS_ENDED, JobState
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, LEASE, NOON, Case, SmallOffice, able, changed, trouble_of

FEEDER = Trouble.of("feeder-empty")
ASYLUM = changed(LAYLA, document_type="RC", status="applicant", case_reference="2026/TM/0002", given_names="Amina")
MINUTE = dt.timedelta(minutes=1)


def another(number: int, **changes: Any) -> Any:
    """A further person's request of the same type."""
    names = ("Nour", "Sara", "Zahra", "Mariam", "Amina")
    return changed(
        LAYLA, given_names=names[number], native_name="", case_reference=f"2026/TM/{7000 + number}", **changes
    )


def says(office: SmallOffice, station: Station, status: dict[str, Any]) -> None:
    """The station tells what it can make."""
    with office.upkeep() as look:
        here = look.session.get_one(Station, station.id)
        here.status, here.last_seen = status, look.clock.now()


def add(office: SmallOffice, name: str, *, bureau: bool = False) -> Station:
    """Another station of the centre with an open shift, which can make everything."""
    with office.act(office.actors["administrator"]) as act:
        centre = act.session.get_one(Centre, office.station.centre_id)
        station, _ = tokens.add_station(act, name, centre, bureau=bureau)
        station.status = able()
    with office.act(office.actors["operator"]) as act:
        shifts.open_shift(act, station)
    return station


def claim_on(office: SmallOffice, station: Station) -> Claim | None:
    with office.act(tokens.actor_of(station)) as act:
        return jobs.claim(act, uuid4(), station=station)


def job_of(office: SmallOffice, document_id: UUID | None) -> PrintJob:
    with office.reading() as look:
        return documents.job_of(look, look.session.get_one(Document, document_id))


def newest(office: SmallOffice, case: Case) -> Document:
    with office.reading() as look:
        return documents.current(look, look.session.get_one(IssuanceRequest, case.request_id))


def refuse(office: SmallOffice, claim: Claim, why: Trouble = FEEDER) -> Case:
    """The station does not start an order that it was given; the next attempt is prepared."""
    office.order(claim)
    said = Result(order_id=claim.order_id, claim_id=claim.claim_id, outcome=Outcome.NOT_STARTED, trouble=why)
    assert office.report(said) is None
    with office.reading() as look:
        request = look.session.get_one(PrintJob, claim.order_id).document.request
        new = documents.current(look, request)
    office.prepare(new.id)
    return Case(request.id, new.id)


def lists_of(office: SmallOffice, job_id: UUID) -> list[JobList]:
    """In which lists of the page a job is."""
    with office.reading() as look:
        centre = office.station.centre_id
        counts = floor.list_counts(look, centre)
        found = {each: [job.id for job in floor.jobs(look, centre, each)] for each in JobList}
    assert counts == {each: len(ids) for each, ids in found.items()}
    return [each for each, ids in found.items() if job_id in ids]


def reasons(office: SmallOffice, job: PrintJob) -> str:
    """Why no station makes it, in English."""
    with office.reading() as look:
        here = look.session.get_one(PrintJob, job.id)
        return " ".join(why.sentence() for why in routing.why_not(routing.of_centre(look, here.centre_id), here))


def audit_faults(office: SmallOffice) -> list[str]:
    """What the proof of the whole audit finds."""
    walk, more = audit_proofs.begin(), True
    while more:
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
    return [f"{each.kind} {each.column} {each.fault}" for each in walk.findings()]


# What a claim gets


def test_what_a_station_cannot_make_holds_up_nothing_behind_it(office: SmallOffice) -> None:
    first = office.carry("queued", changed(ASYLUM, vulnerable=True))
    behind = office.carry("queued")
    says(office, office.station, able("RP-R"))
    office.open_shift()
    assert office.claim().order_id == job_of(office, behind.document_id).id
    waiting = job_of(office, first.document_id)
    assert (waiting.state, waiting.claim_id) == ("queued", None)
    assert reasons(office, waiting) == "No blanks paper-a4 lie in s1. Load some, or send the job elsewhere."
    says(office, office.station, able())
    assert reasons(office, waiting) == ""


def test_of_two_stations_each_gets_its_own(office: SmallOffice) -> None:
    paper, card = office.carry("queued", ASYLUM), office.carry("queued")
    other = add(office, "s2")
    says(office, office.station, able("RC"))
    says(office, other, able("RP-R"))
    office.open_shift()
    assert claim_on(office, other).order_id == job_of(office, card.document_id).id
    assert office.claim().order_id == job_of(office, paper.document_id).id


@on_sqlite
def test_a_station_that_says_nothing_is_given_nothing(office: SmallOffice, queued: Case) -> None:
    office.open_shift()
    says(office, office.station, able() | {"abilities": None, "state": "offline"})
    assert office.claim() is None
    assert "does not say what it can make" in reasons(office, job_of(office, queued.document_id))


def test_a_station_that_fell_silent_can_make_nothing(office: SmallOffice, queued: Case) -> None:
    says(office, office.station, able())
    job = job_of(office, queued.document_id)
    office.clock.advance(routing.SILENT_FOR)
    assert lists_of(office, job.id) == [JobList.WAITING]
    office.clock.advance(MINUTE)
    assert lists_of(office, job.id) == [JobList.STUCK]
    assert "s1 does not say what it can make. Switch it on" in reasons(office, job)


def test_a_station_that_does_not_know_its_stock_is_asked_of_the_ledger(office: SmallOffice, queued: Case) -> None:
    says(office, office.station, able(stocks=None))
    job = job_of(office, queued.document_id)
    assert reasons(office, job) == ""
    sheet = office.carry("queued", another(0, document_type="RT"))
    assert "No blanks sheet lie in s1" in reasons(office, job_of(office, sheet.document_id))
    paper = office.carry("queued", ASYLUM)
    assert reasons(office, job_of(office, paper.document_id)) == ""


def test_a_centre_without_a_station_says_so(office: SmallOffice, queued: Case) -> None:
    with office.act(SYSTEM) as act:
        tokens.close_station(act, act.session.get_one(Station, office.station.id))
    job = job_of(office, queued.document_id)
    assert lists_of(office, job.id) == [JobList.STUCK]
    assert reasons(office, job) == "This centre has no station. The administrator adds one."


# Stepping aside


def test_a_station_that_refuses_steps_aside_with_growing_pauses(office: SmallOffice, queued: Case) -> None:
    office.open_shift()
    case, numbers = queued, set()
    for pause in (1, 5, 15, 60, 60):
        numbers.add(newest(office, case).number)
        case = refuse(office, office.claim())
        office.clock.advance(dt.timedelta(minutes=pause, seconds=-1))
        assert office.claim() is None
        job = job_of(office, case.document_id)
        assert lists_of(office, job.id) == [JobList.STUCK]
        assert "s1 did not start this order. It is offered again at" in reasons(office, job)
        office.clock.advance(dt.timedelta(seconds=1))
    assert office.claim() is not None
    assert len(numbers) == 5
    with office.database.reading() as session:
        kept = session.scalars(select(StepAside)).one()
    assert kept.trouble["code"] == FEEDER.code


def test_nothing_behind_a_refused_order_waits_and_another_station_gets_it(office: SmallOffice) -> None:
    refused, behind = office.carry("queued", another(0, vulnerable=True)), office.carry("queued", another(1))
    office.open_shift()
    refused = refuse(office, office.claim())
    assert office.claim().order_id == job_of(office, behind.document_id).id
    assert claim_on(office, add(office, "s2")).order_id == job_of(office, refused.document_id).id


def test_what_changed_at_the_station_ends_the_pause(office: SmallOffice, queued: Case) -> None:
    office.open_shift()
    refuse(office, office.claim())
    assert office.claim() is None
    says(office, office.station, able(dpi=(600, 600)))
    refuse(office, office.claim())
    assert office.claim() is None
    fewer = {stock: 7 for stock in able()["abilities"]["stocks"]}
    says(office, office.station, able(dpi=(600, 600), stocks=fewer))
    assert office.claim() is None, "a card less in the feeder is no change"


def test_a_station_that_refuses_a_type_is_not_offered_it(office: SmallOffice) -> None:
    cases = [office.carry("queued", another(number)) for number in range(4)]
    office.open_shift()
    for _ in range(routing.MOST_REFUSED):
        refuse(office, office.claim())
    assert office.claim() is None
    last = job_of(office, cases[-1].document_id)
    assert (last.state, lists_of(office, last.id)) == ("queued", [JobList.STUCK])
    assert "s1 did not start the last orders of RP-R" in reasons(office, last)
    with office.act(office.actors["operator"]) as act:
        jobs.try_again(act, act.session.get_one(PrintJob, last.id))
    assert reasons(office, last) == ""
    assert office.claim() is not None
    with pytest.raises(Conflict, match="does not wait"), office.act(office.actors["operator"]) as act:
        jobs.try_again(act, act.session.scalars(select(PrintJob).where(PrintJob.state == "claimed")).one())


@pytest.mark.parametrize("way", ["reported", "lease"])
def test_an_order_that_was_never_given_is_offered_once_more_at_once(
    office: SmallOffice, way: str, queued: Case
) -> None:
    office.open_shift()
    for _ in range(2):
        claim = office.claim()
        assert claim is not None
        if way == "lease":
            office.clock.advance(LEASE + dt.timedelta(seconds=1))
            with office.act(SYSTEM) as act:
                held_jobs.hold_expired(act)
        else:
            why = Trouble.of("no-order-given")
            said = Result(order_id=claim.order_id, claim_id=claim.claim_id, outcome=Outcome.NOT_STARTED, trouble=why)
            office.report(said)
        assert job_of(office, queued.document_id).state == "queued"
    assert office.claim() is None
    assert newest(office, queued).attempt == 1
    office.clock.advance(MINUTE)
    assert office.claim() is not None


def test_who_stepped_aside_is_forgotten_after_a_day(office: SmallOffice, queued: Case) -> None:
    office.open_shift()
    refuse(office, office.claim())
    tasks.purge_asides(office)
    office.clock.advance(routing.KEPT + 2 * MINUTE)
    with office.database.reading() as session:
        assert session.scalars(select(StepAside)).all() != []
    tasks.purge_asides(office)
    with office.database.reading() as session:
        assert session.scalars(select(StepAside)).all() == []


# Every state and reason in one list


def carry_job(office: SmallOffice, state: JobState) -> PrintJob:
    """A job of a request of its own, put in that state."""
    case = office.carry("approved")
    with office.database.transaction() as session:
        job = session.scalars(select(PrintJob).where(PrintJob.document_id == case.document_id)).one()
        job.state = state
        job.ended_at = office.clock.now() if state in JOBS_ENDED else None
    return job


@on_sqlite
@pytest.mark.parametrize("state", list(JobState))
@pytest.mark.parametrize("trouble", [None, {"code": "conflict", "params": {"sentence": "It waits."}}])
@pytest.mark.parametrize("can", [True, False])
def test_every_state_is_in_exactly_one_list(
    office: SmallOffice, state: JobState, trouble: dict[str, Any] | None, can: bool
) -> None:
    job = carry_job(office, state)
    with office.database.transaction() as session:
        session.get_one(PrintJob, job.id).trouble = trouble
    says(office, office.station, able() if can else able("RC"))
    (found,) = lists_of(office, job.id)
    stuck = (state == JobState.PREPARING and trouble) or (state == JobState.QUEUED and not can)
    assert (found == JobList.STUCK) == bool(stuck)
    assert bool(reasons(office, job)) == (not can)
    if state in JOBS_ENDED:
        office.clock.advance(dt.timedelta(days=1))
        assert lists_of(office, job.id) == []


WRONG: dict[str, dict[str, Any]] = {
    "does not print 85.6 x 53.98 mm": {"sizes": [{"width_mm": 210, "height_mm": 297}]},
    "prints one face, and RP-R has 2": {"faces": 1},
    "does not print the ink colour": {"inks": ["black", "uv"]},
    "writes no chips of generic-globalplatform": {"profiles": []},
    "No blanks card-chip lie in s1": {"stocks": {"card": 3, "card-chip": 0}},
}


@on_sqlite
@pytest.mark.parametrize("reason", WRONG)
def test_every_reason_of_a_station_is_said_and_listed(office: SmallOffice, reason: str, queued: Case) -> None:
    status = able()
    says(office, office.station, status | {"abilities": status["abilities"] | WRONG[reason]})
    job = job_of(office, queued.document_id)
    assert lists_of(office, job.id) == [JobList.STUCK]
    assert reason in reasons(office, job)
    office.open_shift()
    assert office.claim() is None


@on_sqlite
def test_a_type_that_this_release_does_not_make_is_said(office: SmallOffice, queued: Case) -> None:
    with office.database.transaction() as session:
        session.get_one(Document, queued.document_id).document_type = "RP-X"
    job = job_of(office, queued.document_id)
    assert lists_of(office, job.id) == [JobList.STUCK]
    assert "This release makes no RP-X." in reasons(office, job)


@on_sqlite
def test_a_bureau_gets_what_a_bureau_may_make(office: SmallOffice) -> None:
    card, paper = office.carry("queued"), office.carry("queued", ASYLUM)
    bureau = add(office, "bureau", bureau=True)
    says(office, office.station, able("TID"))
    office.open_shift()
    assert office.claim() is None
    assert claim_on(office, bureau).order_id == job_of(office, card.document_id).id
    with office.reading() as look:
        (standing,) = routing.standings(look, [look.session.get_one(Station, bureau.id)])
        why = standing.against(look.session.get_one(PrintJob, job_of(office, paper.document_id).id))
    assert [each.sentence() for each in why] == ["The bureau of bureau makes no RC. Send it to another station."]


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
