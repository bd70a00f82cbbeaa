"""A station gets what it can make, what it refused stands back, and nothing behind either waits for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from card_drivers.order import Outcome, Result
from card_drivers.troubles import Trouble
from issuance import tasks
from issuance.actors import SYSTEM
from issuance.errors import Conflict
from issuance.models.documents import Document
from issuance.models.production import PrintJob, StepAside
from issuance.models.staff import Station
from issuance.services import routing
from issuance.services.production import held_jobs, jobs
from issuance.services.production.floor import JobList
from issuance.services.stations import tokens
from issuance.states import JOBS_ENDED, JobState
from tests.fixtures.databases import on_sqlite
from tests.integration.production.shared import (
    ASYLUM,
    FEEDER,
    MINUTE,
    add,
    another,
    claim_on,
    job_of,
    lists_of,
    newest,
    reasons,
    refuse,
    says,
)
from tests.people import LEASE, Case, SmallOffice, able, changed

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
    "does not write the chip of RP-R": {"profiles": []},
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
