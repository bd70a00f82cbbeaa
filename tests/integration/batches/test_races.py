"""What happens at one moment: a batch is cancelled or paused while stations claim, two take the same jobs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from card_drivers.order import Outcome
from issuance.errors import Conflict, LimanError
from issuance.models.batches import BatchStation
from issuance.services.batches import moving, running
from issuance.states import JOBS_WAITING, BatchState, JobState
from tests.integration.batches.shared import another_station, batch, batch_of, claim_at, job, queued, start
from tests.people import SmallOffice


def test_a_batch_that_is_cancelled_while_stations_claim_loses_no_job(office: SmallOffice) -> None:
    ids = queued(office, "Layla", "Nour", "Sara", "Amina")
    stations = [office.station, another_station(office)]
    office.open_shift()
    found = batch_of(office, *stations)
    start(office, found)
    together = Barrier(3)

    def claim(number: int) -> UUID | None:
        together.wait()
        got = claim_at(office, stations[number])
        return got.order_id if got else None

    def cancel() -> None:
        together.wait()
        with office.act(office.actors["operator"]) as act:
            running.cancel(act, running.own(act, found))

    with ThreadPoolExecutor(3) as pool:
        claims = [pool.submit(claim, number) for number in range(2)]
        pool.submit(cancel).result()
        claimed = [each.result() for each in claims]
    got = [each for each in claimed if each]
    assert len(got) == len(set(got))
    assert batch(office, found).state == BatchState.CANCELLED
    jobs = [job(office, each) for each in ids]
    assert {each.id for each in jobs if each.state == JobState.CLAIMED} == set(got)
    for each in jobs:
        if each.state in JOBS_WAITING:
            assert (each.batch_id, each.parked) == (None, False), "it would wait for ever"


def test_of_two_who_take_the_same_jobs_one_gets_them(office: SmallOffice) -> None:
    ids = queued(office, "Layla", "Nour")
    together = Barrier(2)

    def take(_: int) -> UUID | None:
        together.wait()
        try:
            return batch_of(office, ticked=ids)
        except LimanError:
            return None

    with ThreadPoolExecutor(2) as pool:
        taken = [each for each in pool.map(take, range(2)) if each]
    assert len(taken) == 1
    assert {job(office, each).batch_id for each in ids} == set(taken)


def test_a_pause_while_a_station_claims_lets_nothing_slip_afterwards(office: SmallOffice) -> None:
    queued(office, "Layla", "Nour")
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    together = Barrier(2)

    def pause() -> None:
        together.wait()
        with office.act(office.actors["operator"]) as act:
            running.pause(act, running.own(act, found))

    def claim() -> None:
        together.wait()
        claim_at(office, office.station)

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(pause), pool.submit(claim)]:
            each.result()
    other = another_station(office)
    with office.act(office.actors["operator"]) as act:
        running.choose_pool(act, running.own(act, found), [office.station.id, other.id])
    assert claim_at(office, other) is None


def test_a_card_that_is_spoiled_during_a_pause_waits_with_its_batch(office: SmallOffice) -> None:
    queued(office, "Layla", "Nour", "Sara")
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    claim = office.claim()
    together = Barrier(2)

    def pause() -> None:
        together.wait()
        with office.act(office.actors["operator"]) as act:
            running.pause(act, running.own(act, found))

    def spoil() -> None:
        together.wait()
        office.make(Outcome.SPOILED, claim, step="print")

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(pause), pool.submit(spoil)]:
            each.result()
    with office.reading(office.actors["operator"]) as look:
        waiting = moving.jobs(look, running.own(look, found), "waiting", None)
    assert [each.parked for each in waiting] == [True, True, True]


def test_the_database_itself_refuses_what_no_act_does(office: SmallOffice) -> None:
    (only,) = queued(office, "Layla")
    found = batch_of(office)
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.add(BatchStation(batch_id=found, station_id=office.station.id))
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.get_one(type(job(office, only)), only).batch_id = None  # and parked still
    with office.act(office.actors["operator"]) as act:
        running.start(act, running.own(act, found))
    with office.act(office.actors["operator"]) as act, pytest.raises(Conflict, match="cannot become running"):
        running.start(act, running.own(act, found))
