"""Batches as their stations see them: what is claimed, by whom and in which order; paused, moved, cancelled, done."""

from __future__ import annotations

from uuid import uuid4

import pytest

from card_drivers.order import Outcome
from issuance import tasks
from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.production import PrintJob
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.batches import lanes, moving, running
from issuance.services.production import floor, jobs
from issuance.services.production.floor import JobList, JobLists
from issuance.states import BatchState, JobState
from tests.integration.batches.shared import (
    another_station,
    approve,
    batch,
    batch_of,
    claim_at,
    job,
    job_of,
    lodged,
    lodged_with,
    made,
    name_of,
    queued,
    start,
)
from tests.people import SmallOffice


def test_only_a_batch_that_runs_is_claimed_before_the_jobs_of_none(office: SmallOffice) -> None:
    queued(office, "Layla", "Nour", "Sara")
    last = queued(office, "Amina")
    found = batch_of(office, ticked=last)
    office.open_shift()
    assert made(office, 1) == ["Layla"]
    start(office, found)
    assert made(office, 3) == ["Amina", "Nour", "Sara"]


def test_who_must_not_wait_goes_before_any_batch(office: SmallOffice) -> None:
    queued(office, "Layla")
    start(office, batch_of(office))
    queued(office, "Nour", vulnerable=True)
    office.open_shift()
    assert made(office, 2) == ["Nour", "Layla"]


def test_a_paused_batch_is_not_claimed_and_goes_on_when_it_is_started(office: SmallOffice) -> None:
    queued(office, "Layla", "Nour")
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    assert made(office, 1) == ["Layla"]
    with office.act(office.actors["operator"]) as act:
        running.pause(act, running.own(act, found))
    assert office.claim() is None
    start(office, found)
    assert made(office, 1) == ["Nour"]


def test_an_order_given_up_while_the_batch_is_paused_waits_with_it(office: SmallOffice) -> None:
    queued(office, "Layla")
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    claim = office.claim()
    assert claim is not None
    with office.act(office.actors["operator"]) as act:
        running.pause(act, running.own(act, found))
    with office.act(office.machine) as act:
        jobs.not_started(act, act.session.get_one(PrintJob, claim.order_id))
        act.record("job.queued")
    assert job(office, claim.order_id).state == JobState.QUEUED
    assert office.claim() is None


def test_stations_outside_the_pool_leave_it(office: SmallOffice) -> None:
    ids = queued(office, "Layla", "Nour")
    other = another_station(office)
    office.open_shift()
    found = batch_of(office, other, ticked=ids[:1])
    start(office, found)
    claim = office.claim()
    assert claim is not None
    assert name_of(office, claim.order_id) == "Nour"
    with office.act(office.actors["operator"]) as act:
        running.choose_pool(act, running.own(act, found), [office.station.id])
    assert claim_at(office, other) is None
    office.make(claim=claim)
    assert made(office, 1) == ["Layla"]


def test_a_job_outside_every_pool_is_told_and_cannot_be_sent_there(office: SmallOffice) -> None:
    (only,) = queued(office, "Layla")
    other = another_station(office)
    found = batch_of(office, other)
    with office.act(office.actors["operator"]) as act, pytest.raises(Conflict, match="not in the pool"):
        jobs.send_elsewhere(act, centres.own_job(act, only), office.station, "broken")
    with office.upkeep() as look:
        look.session.get_one(type(other), other.id).status = None  # switched off
    with office.reading(office.actors["operator"]) as look:
        lists = JobLists(look, look.actor.centre_id)
        assert [each.id for each in lists.jobs(JobList.STUCK)] == [only]
        assert lists.counts()[JobList.WAITING] == 0
    with office.act(office.actors["operator"]) as act:
        assert running.cancel(act, running.own(act, found)) == 1
    with office.reading(office.actors["operator"]) as look:
        assert JobLists(look, look.actor.centre_id).jobs(JobList.STUCK) == []


def test_batches_change_places_and_so_do_their_jobs(office: SmallOffice) -> None:
    first, second, third = queued(office, "Layla", "Nour", "Sara")
    batches = [batch_of(office, ticked=[each]) for each in (first, second, third)]
    for each in batches:
        start(office, each)
    with office.act(office.actors["operator"]) as act:
        running.exchange(act, running.own(act, batches[2]), earlier=True)
        running.exchange(act, running.own(act, batches[2]), earlier=True)
    with office.reading(office.actors["operator"]) as look:
        line = [each.number for each in running.open_of(look, look.actor.centre_id)]
    assert line == [3, 1, 2]
    office.open_shift()
    assert made(office, 3) == ["Sara", "Layla", "Nour"]
    with office.act(office.actors["operator"]) as act, pytest.raises(Conflict, match="made first already"):
        running.exchange(act, running.own(act, batches[2]), earlier=True)


def test_jobs_put_first_bring_their_family(office: SmallOffice) -> None:
    head = lodged(office, "Layla")
    alone, wife = lodged(office, "Nour"), lodged_with(office, head, "Karim")
    layla, nour, karim = (job_of(office, approve(office, each)) for each in (head, alone, wife))
    early = queued(office, "Sara")
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    with office.act(office.actors["operator"]) as act:
        assert moving.put_first(act, running.own(act, found), early) == 1
        assert moving.put_first(act, running.own(act, found), [karim]) == 2
    assert made(office, 4) == ["Layla", "Karim", "Sara", "Nour"]
    assert job(office, layla).rank == job(office, karim).rank < job(office, nour).rank


def test_a_family_is_chosen_whole(office: SmallOffice) -> None:
    head = lodged(office, "Layla")
    wife = lodged_with(office, head, "Karim")
    layla, karim = (job_of(office, approve(office, each)) for each in (head, wife))
    other = queued(office, "Nour")
    found = batch_of(office, ticked=[karim])
    assert job(office, layla).batch_id == job(office, karim).batch_id == found
    assert job(office, other[0]).batch_id is None


def test_what_started_stays_when_the_rest_is_moved_or_cancelled(office: SmallOffice) -> None:
    ids = queued(office, "Layla", "Nour", "Sara")
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    claim = office.claim()
    assert claim is not None
    office.order(claim)
    with office.act(office.actors["operator"]) as act, pytest.raises(Conflict, match="1 of these jobs have started"):
        moving.move(act, running.own(act, found), ids[:2], None)
    with office.act(office.actors["operator"]) as act:
        assert moving.move(act, running.own(act, found), ids[1:2], None) == 1
    with office.act(office.actors["operator"]) as act:
        assert running.cancel(act, running.own(act, found)) == 1
    assert [job(office, each).batch_id for each in ids] == [found, None, None]
    assert batch(office, found).state == BatchState.CANCELLED
    with office.act(office.actors["operator"]) as act, pytest.raises(Conflict, match="has ended"):
        running.start(act, running.own(act, found))


def test_jobs_are_moved_into_another_batch_and_its_pool(office: SmallOffice) -> None:
    ids = queued(office, "Layla", "Nour")
    other = another_station(office)
    one, two = batch_of(office, ticked=ids[:1]), batch_of(office, other, ticked=ids[1:])
    start(office, two)
    with office.act(office.actors["operator"]) as act:
        assert moving.move(act, running.own(act, one), ids[:1], running.own(act, two)) == 1
    office.open_shift()
    assert office.claim() is None
    claim = claim_at(office, other)
    assert claim is not None
    assert name_of(office, claim.order_id) == "Layla"


def test_a_spoiled_one_is_made_again_in_its_batch_which_then_is_done(office: SmallOffice) -> None:
    queued(office, "Layla", "Nour")
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    document_id = office.make(Outcome.SPOILED, step="print")
    with office.reading(office.actors["operator"]) as look:
        again = moving.jobs(look, running.own(look, found), "waiting", None)
    assert len(again) == 2
    assert document_id not in {each.document_id for each in again}
    fresh = next(each for each in again if each.document.attempt == 2)
    office.prepare(fresh.document_id)
    assert sorted(made(office, 2)) == ["Layla", "Nour"]
    tasks.end_batches(office)
    assert batch(office, found).state == BatchState.DONE
    with office.reading(office.actors["operator"]) as look:
        (bar,) = lanes.bars(look, [running.own(look, found)])
    assert (bar.done, bar.spoiled, bar.left, bar.total, bar.percent) == (2, 1, 0, 2, 100)


def test_a_planned_batch_is_not_done_and_an_open_one_neither(office: SmallOffice) -> None:
    ids = queued(office, "Layla")
    found = batch_of(office)
    with office.act(office.actors["operator"]) as act:
        moving.move(act, running.own(act, found), ids, None)
    tasks.end_batches(office)
    assert batch(office, found).state == BatchState.PLANNED
    start(office, found)
    tasks.end_batches(office)
    assert batch(office, found).state == BatchState.DONE


def test_what_another_batch_has_or_never_waited_is_refused(office: SmallOffice) -> None:
    ids = queued(office, "Layla")
    batch_of(office)
    with pytest.raises(Conflict, match="Nothing that waits fits"):
        batch_of(office)
    queued(office, "Nour")
    with pytest.raises(Conflict, match="Nothing that waits fits"):
        batch_of(office, ticked=ids)
    office.lodge()  # never approved
    with pytest.raises(Conflict, match="Nothing that waits fits"):
        batch_of(office, ticked=[uuid4()])


def test_one_of_the_ticked_that_is_taken_refuses_them_all(office: SmallOffice) -> None:
    ids = queued(office, "Layla", "Nour")
    batch_of(office, ticked=ids[:1])
    with pytest.raises(Conflict, match="1 of the ticked jobs"):
        batch_of(office, ticked=ids)
    assert job(office, ids[1]).batch_id is None


def test_a_batch_without_stations_or_with_anothers_is_refused(office: SmallOffice) -> None:
    queued(office, "Layla")
    with office.act(office.actors["operator"]) as act, pytest.raises(InvalidInput, match="at least one station"):
        running.pool_of(act, [])
    with office.act(office.actors["operator"]) as act, pytest.raises(NotFound, match="no such station"):
        running.pool_of(act, [uuid4()])


def test_a_batch_of_another_centre_is_not_there(office: SmallOffice) -> None:
    queued(office, "Layla")
    found = batch_of(office)
    with office.reading() as look:
        there = centres.named(look, "galati").id
    stranger = Actor(office.actors["operator"].id, there, frozenset({RoleName.OPERATOR}))
    with office.reading(stranger) as look, pytest.raises(NotFound, match="no such batch"):
        running.own(look, found)


def test_lanes_say_what_comes_next_and_how_fast_it_goes(office: SmallOffice) -> None:
    queued(office, "Layla", "Nour", "Sara", "Amina", "Hadi")
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    for _ in range(2):
        claim = office.claim()
        office.clock.pass_time(minutes=3) if hasattr(office.clock, "pass_time") else None
        office.make(claim=claim)
    with office.reading(office.actors["operator"]) as look:
        (lane,) = lanes.lanes(look, look.actor.centre_id)
        (bar,) = lanes.bars(look, [running.own(look, found)])
        names = [each.document.person.given_names for each in lane.following]
    assert names == ["Sara", "Amina", "Hadi"]
    assert (lane.rate.made, lane.spoiled_today, bar.done, bar.left) == (2, 0, 2, 3)
    assert floor.PAGE_ROWS == moving.PAGE_ROWS
