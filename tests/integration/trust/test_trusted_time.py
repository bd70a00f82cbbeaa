"""A clock that jumps stops what dates or destroys, until two persons say what time it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from card_drivers.order import Outcome, Result
from issuance import tasks
from issuance.actors import SYSTEM
from issuance.background import LAST_RETRY
from issuance.clock import FixedClock, SystemClock
from issuance.db import Database
from issuance.errors import Conflict, InvalidInput
from issuance.models.audit import AuditEvent
from issuance.models.machinery import ClockStop, OfficeClock
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.vault import DataKey
from issuance.office import Office
from issuance.services.casework import decisions
from issuance.services.production import jobs
from issuance.services.trust import limits, trusted_time
from issuance.services.trust.limits import TooManyTries
from issuance.services.trust.trusted_time import ClockStopped
from issuance.settings import Settings
from issuance.states import JobState
from tests.background import put_off, queued
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, Case, SmallOffice, changed

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
THREE_YEARS = dt.timedelta(days=3 * 365)


@pytest.fixture
def office(office: SmallOffice) -> SmallOffice:
    """The office, whose clock is trusted."""
    assert office.keep_time()
    return office


def work(office: Office) -> None:
    """What the background thread does at one look."""
    tasks.worker(office).run_due()


def stops(office: Office) -> list[ClockStop]:
    with office.reading() as look:
        return list(look.session.scalars(select(ClockStop).order_by(ClockStop.id)))


def note(office: Office) -> None:
    """Some act that is dated."""
    with office.act(SYSTEM) as act:
        act.record("rules.published")


def jumped(office: SmallOffice) -> None:
    """It was three years ahead for a moment, and is right again."""
    office.clock.set_ahead(THREE_YEARS)
    assert not office.keep_time()
    office.clock.set_ahead(-THREE_YEARS)


def say(office: SmallOffice, role: str, said: dt.datetime | None = None) -> bool:
    """Somebody says what time it is: what the clock says unless given."""
    with office.act(office.actors[role], while_stopped=True) as act:
        return trusted_time.confirm(act, office.clock, said or office.clock.now())


def restarted(office: SmallOffice, after: dt.timedelta) -> SmallOffice:
    """The office after its machine was off: another start, at a time that is `after` the last."""
    return SmallOffice(office.database, FixedClock(office.clock.now() + after), memory=office.memory)


# What a jump stops


@pytest.mark.parametrize("step", [121, -121])
def test_a_jump_of_more_than_two_minutes_stops_every_act(office: SmallOffice, step: int) -> None:
    office.clock.set_ahead(dt.timedelta(seconds=step))
    with pytest.raises(ClockStopped, match="two persons"):
        note(office)
    (found,) = stops(office)
    assert (found.kind, found.seconds) == ("ahead" if step > 0 else "behind", step)
    office.clock.set_ahead(-dt.timedelta(seconds=step))
    with pytest.raises(ClockStopped):
        note(office)
    assert len(stops(office)) == 1


@pytest.mark.parametrize("step", [120, -120])
def test_two_minutes_are_no_jump(office: SmallOffice, step: int) -> None:
    office.clock.set_ahead(dt.timedelta(seconds=step))
    note(office)
    assert stops(office) == []


def test_small_steps_do_not_add_up_to_a_large_one(office: SmallOffice) -> None:
    steps = 0
    while office.keep_time():
        office.clock.set_ahead(MINUTE)
        office.clock.advance(trusted_time.KEPT_EVERY)
        steps += 1
    assert steps == 3


def test_time_that_passes_is_no_jump(office: SmallOffice) -> None:
    for _ in range(3):
        office.clock.advance(40 * DAY)
        assert office.keep_time()
        note(office)


def test_the_event_of_the_stop_has_the_time_that_is_trusted(office: SmallOffice) -> None:
    right = office.clock.now()
    office.clock.set_ahead(THREE_YEARS)
    assert not office.keep_time()
    with office.reading() as look:
        (event,) = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "clock.stopped"))
    assert event.at == right
    assert event.details == {"kind": "ahead", "seconds": int(THREE_YEARS.total_seconds())}


def test_what_the_attack_moved_stays_where_it_was(office: SmallOffice, claimed: Case) -> None:
    """+3 years for a minute: leases, retention, chaining, the timetable."""
    other = office.lodge(changed(LAYLA, given_names="Rana", birth_date="1990-05-04", case_reference="2026/TM/0002"))
    office.enrol(other)
    with office.act(office.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, other), "moved away")
    work(office)
    office.clock.set_ahead(THREE_YEARS)
    work(office)
    office.clock.set_ahead(-THREE_YEARS)
    work(office)
    with office.reading() as look:
        assert look.session.scalars(select(PrintJob.state)).all() == [JobState.CLAIMED]
        destroyed = select(func.count()).select_from(DataKey).where(DataKey.wrapped.is_(None))
        assert look.session.scalar(destroyed) == 0
        for task in queued(look.session, office.clock.now()):
            item = next((item for item in tasks.PERIODIC if item.name == task.name), None)
            assert task.due_in <= (item.every if item else LAST_RETRY), task.name


def test_a_task_put_off_by_a_wrong_clock_runs_when_it_is_right_again(office: SmallOffice, approved: Case) -> None:
    """The job of an approval that waits for its signer must not wait until 2029."""
    put_off(office.database, office.clock, THREE_YEARS)
    work(office)
    with office.reading() as look:
        assert look.session.scalars(select(PrintJob.state)).all() == [JobState.QUEUED]


def test_ten_tries_of_a_wrong_clock_are_not_waited_for(office: SmallOffice) -> None:
    office.clock.set_ahead(THREE_YEARS)
    for _ in range(10):
        with office.upkeep() as look:
            limits.count(look, limits.Counted("login", "clerk", 10))
    office.clock.set_ahead(-THREE_YEARS)
    with office.upkeep() as look:
        limits.count(look, limits.Counted("login", "clerk", 10))


def test_nobody_waits_longer_than_the_window(office: SmallOffice) -> None:
    office.clock.set_ahead(MINUTE)
    with office.upkeep() as look:
        limits.count(look, limits.Counted("login", "clerk", 1))
    office.clock.set_ahead(-MINUTE)
    with pytest.raises(TooManyTries) as refused, office.upkeep() as look:
        limits.count(look, limits.Counted("login", "clerk", 1))
    assert refused.value.retry_after <= office.settings.attempt_window_minutes * 60 + 1


def test_what_happened_at_a_machine_is_taken_and_dated_by_the_time_that_is_trusted(
    office: SmallOffice, claimed: Case
) -> None:
    """A station is told of no new order; the one in hand ends as it ended."""
    assert claimed.claim is not None
    right, order = office.clock.now(), office.order(claimed.claim)
    office.clock.set_ahead(THREE_YEARS)
    with pytest.raises(ClockStopped):
        office.claim()
    with office.act(office.machine, while_stopped=True) as act:
        assert act.clock.now() == right
    made = Result(order_id=order.order_id, claim_id=order.claim_id, outcome=Outcome.NOT_STARTED)
    with office.act(office.machine, while_stopped=True) as act:
        jobs.finish(act, made, station=office.station)
    with office.reading() as look:
        newest = look.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert newest is not None
        assert newest.at == right


# The start of the machine


@pytest.mark.parametrize(("off", "stopped"), [(-3 * MINUTE, True), (-MINUTE, False), (14 * DAY, False)])
def test_a_shut_office_may_be_shut_long_and_never_comes_back_in_time(
    office: SmallOffice, off: dt.timedelta, stopped: bool
) -> None:
    assert restarted(office, off).keep_time() is not stopped


def test_more_than_the_longest_closure_is_a_jump(office: SmallOffice) -> None:
    assert not restarted(office, 14 * DAY + MINUTE).keep_time()
    assert [found.kind for found in stops(office)] == ["ahead"]


def test_the_stop_outlives_the_server(office: SmallOffice) -> None:
    office.clock.set_ahead(THREE_YEARS)
    assert not office.keep_time()
    again = restarted(office, -THREE_YEARS)
    with pytest.raises(ClockStopped):
        note(again)


def test_the_trusted_time_is_written_down_while_it_passes(office: SmallOffice) -> None:
    office.clock.advance(10 * DAY)
    assert office.keep_time()
    assert not restarted(office, -DAY).keep_time()


# The database's own clock


class Ahead(SystemClock):
    """The machine's clock, set ahead."""

    def __init__(self, by: dt.timedelta) -> None:
        self.by = by

    def now(self) -> dt.datetime:
        return super().now() + self.by


@pytest.mark.parametrize(("by", "stopped"), [(3 * MINUTE, True), (-3 * MINUTE, True), (MINUTE, False)])
def test_the_database_says_what_time_it_is(postgres_url: str, by: dt.timedelta, stopped: bool) -> None:
    """A real PostgreSQL, and a clock that was wrong from the first time on."""
    database = Database(postgres_url)
    try:
        office = Office(Settings(), database, Ahead(by))
        office.keep_time()
        assert office.keep_time() is not stopped
        assert [found.kind for found in stops(office)] == ["database"] * stopped
    finally:
        database.engine.dispose()


# Two persons


def test_two_persons_start_the_clock_again(office: SmallOffice) -> None:
    jumped(office)
    assert not say(office, "supervisor")
    with pytest.raises(ClockStopped):
        note(office)
    assert say(office, "administrator")
    note(office)
    assert office.keep_time()
    (found,) = stops(office)
    assert (found.confirmed_by, found.resumed_by) == (office.actors["supervisor"].id, office.actors["administrator"].id)
    with office.reading() as look:
        told = look.session.scalars(
            select(AuditEvent.act).where(AuditEvent.act.like("clock.%")).order_by(AuditEvent.id)
        )
        assert list(told) == ["clock.stopped", "clock.confirmed", "clock.resumed"]


def test_one_person_is_not_two(office: SmallOffice) -> None:
    jumped(office)
    say(office, "supervisor")
    with pytest.raises(Conflict, match="Another"):
        say(office, "supervisor")
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.execute(update(ClockStop).values(resumed_by=ClockStop.confirmed_by))
    assert not office.keep_time()


def test_the_watch_and_the_server_must_agree(office: SmallOffice) -> None:
    right = office.clock.now()
    office.clock.set_ahead(THREE_YEARS)
    office.keep_time()
    with pytest.raises(InvalidInput, match="set the server's clock right"):
        say(office, "supervisor", right)
    office.clock.set_ahead(-THREE_YEARS)
    assert not say(office, "supervisor", right)


@on_sqlite
@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda clock: clock.advance(31 * MINUTE),
        lambda clock: clock.set_ahead(-3 * MINUTE),
    ],
    ids=["long ago", "jumped again"],
)
def test_the_first_word_does_not_hold_for_ever(office: SmallOffice, meanwhile: Callable[[FixedClock], None]) -> None:
    jumped(office)
    say(office, "supervisor")
    meanwhile(office.clock)
    assert not say(office, "administrator")
    assert say(office, "supervisor")


def test_nothing_is_said_of_a_clock_that_goes_on(office: SmallOffice) -> None:
    with pytest.raises(Conflict, match="not stopped"):
        say(office, "supervisor")
    with office.reading() as look:
        assert look.session.scalars(select(OfficeClock.stop_id)).all() == [None]
