"""Whether the clock can be believed. A clock that jumped stops every act until two persons say what time it is.

The register keeps the last time it trusted and the counter of the machine then. On the same start of the machine the
counter says what time it must be; after a start anew, or on another machine, the clock may have gone ahead by the
longest closure and never back. A database elsewhere has a clock of its own, which must agree (ADR 0024).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Select, func, literal, null, select, update
from sqlalchemy.orm import Session

from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE, Clock, Counter
from issuance.errors import Conflict, InvalidInput
from issuance.models.machinery import ClockStop, OfficeClock

TOLERANCE = dt.timedelta(minutes=2)
KEPT_EVERY = dt.timedelta(seconds=30)
"""How often the trusted time is written down: what a start of the machine may lose of it."""

CONFIRMATION_LASTS = dt.timedelta(minutes=30)
"""How long the first person's word waits for the second's."""

Kind = Literal["behind", "ahead", "database"]
"""Behind or ahead of the time that is trusted, or not what the database's own clock says."""


@dataclass(frozen=True, slots=True)
class Jump:
    """What is wrong with the clock, and by how much: ahead is positive."""

    kind: Kind
    by: dt.timedelta


class ClockStopped(Conflict):
    """Nothing is dated or destroyed; `jump` when this is what stops it."""

    code = "clock_stopped"

    def __init__(self, jump: Jump | None = None) -> None:
        super().__init__(
            "The clock of the office jumped, so nothing is dated or destroyed. Have two persons, supervisors or"
            " administrators, say on the page Clock what time it is; then do this again."
        )
        self.jump = jump


@dataclass(frozen=True, slots=True)
class Time:
    """What the register makes of the clock now: the time it trusts, and a jump that it found just now."""

    trusted: dt.datetime
    counter: Counter
    stopped: bool
    jump: Jump | None
    kept_at: dt.datetime | None
    same_boot: bool = False

    @property
    def is_right(self) -> bool:
        """Whether acts may be dated."""
        return not self.stopped and self.jump is None

    @property
    def is_due(self) -> bool:
        """Whether the trusted time is to be written down again."""
        is_old = not self.same_boot or self.kept_at is None or self.trusted - self.kept_at >= KEPT_EVERY
        return self.is_right and is_old


def read(session: Session, clock: Clock, longest_closure: dt.timedelta) -> Time:
    """Judge the clock by what this register knows; one that knows nothing yet trusts it."""
    row = session.execute(
        select(OfficeClock.trusted_at, OfficeClock.boot, OfficeClock.seconds, OfficeClock.stop_id, *_database(session))
    ).one()
    now, counter, stopped = clock.now(), clock.counter(), row.stop_id is not None
    ahead_of_database = clock.ahead_of(row.now) if row.now else dt.timedelta()
    if row.trusted_at is None:
        return Time(now, counter, stopped, None, None)
    same_boot = counter.boot == row.boot
    passed = dt.timedelta(seconds=counter.seconds - row.seconds) if same_boot else dt.timedelta()
    expected = row.trusted_at + passed
    most = TOLERANCE if same_boot and row.is_here else longest_closure
    jump = None if stopped else _jump(now - expected, most, ahead_of_database)
    steps = same_boot and now - expected <= TOLERANCE
    trusted = expected if stopped or jump or steps else now
    return Time(trusted, counter, stopped, jump, row.trusted_at, same_boot)


def _database(session: Session) -> list[object]:
    """Columns: the time of a database that has a clock of its own, and whether it runs on this machine."""
    if session.get_bind().dialect.name != "postgresql":
        return [null().label("now"), literal(True).label("is_here")]
    is_here = func.coalesce(func.inet_server_addr() == func.inet_client_addr(), True)
    return [func.clock_timestamp().label("now"), is_here.label("is_here")]


def _jump(gap: dt.timedelta, most: dt.timedelta, ahead_of_database: dt.timedelta) -> Jump | None:
    if gap < -TOLERANCE:
        return Jump("behind", gap)
    if gap > most:
        return Jump("ahead", gap)
    return Jump("database", ahead_of_database) if abs(ahead_of_database) > TOLERANCE else None


def keep(session: Session, time: Time) -> None:
    """Write the trusted time down. It moves with the counter: small steps of the clock do not add up to a large one."""
    session.execute(
        update(OfficeClock)
        .where(OfficeClock.stop_id.is_(None))
        .values(trusted_at=time.trusted, boot=time.counter.boot, seconds=time.counter.seconds)
    )


def forget(session: Session) -> None:
    """A register that was put back says nothing of the time: it trusts the clock as a new one does."""
    session.execute(update(OfficeClock).values(trusted_at=None, stop_id=None))


def stop(act: Act, jump: Jump) -> None:
    """Nothing is dated or destroyed from here on; a second time changes nothing."""
    row = act.session.scalars(select(OfficeClock).with_for_update()).one()
    if row.stop_id is not None:
        return
    stopped = ClockStop(stopped_at=act.clock.now(), kind=jump.kind, seconds=round(jump.by.total_seconds()))
    act.session.add(stopped)
    act.session.flush()
    row.stop_id = stopped.id
    act.record("clock.stopped", stopped, kind=stopped.kind, seconds=stopped.seconds)


def open_stop(look: Look) -> ClockStop | None:
    """Why the clock is stopped, and who said already what time it is."""
    return look.session.scalar(select(ClockStop).join(OfficeClock, OfficeClock.stop_id == ClockStop.id))


def is_stopped(look: Look) -> bool:
    """Whether the clock is stopped."""
    return look.session.scalar(select(OfficeClock.stop_id)) is not None


def stops() -> Select[int]:
    """One while it is stopped, as a query."""
    return select(func.count()).select_from(OfficeClock).where(OfficeClock.stop_id.is_not(None))


def confirm(act: Act, clock: Clock, said: dt.datetime) -> bool:
    """A person read `said` from a watch, and the machine's clock says so too; True when the second does: it goes on.

    InvalidInput when the machine says otherwise; Conflict for the same person twice, or a database that disagrees.
    """
    row = act.session.scalars(select(OfficeClock).with_for_update()).one()
    found = act.session.get(ClockStop, row.stop_id) if row.stop_id else None
    if found is None:
        raise Conflict("The clock is not stopped any more. Go on with your work.")
    _check_said(act, clock, said)
    if not _first_holds(found, clock.now()):
        found.confirmed_by, found.confirmed_at = act.actor.id, clock.now()
        act.record("clock.confirmed", found)
        return False
    if found.confirmed_by == act.actor.id:
        raise Conflict("You said it already. Another supervisor or administrator must say it too.")
    found.resumed_by, found.resumed_at = act.actor.id, clock.now()
    _start_again(row, clock.now(), clock.counter())
    act.record("clock.resumed", found)
    return True


def _check_said(act: Act, clock: Clock, said: dt.datetime) -> None:
    now = clock.now()
    if abs(now - said) > TOLERANCE:
        raise InvalidInput(
            "time",
            "The clock of the server says %(time)s on %(day)s. One of the two is wrong: have the administrator set the"
            " server's clock right, then say the time again.",
            time=f"{now.astimezone(OFFICE_ZONE):%H:%M}",
            day=f"{now.astimezone(OFFICE_ZONE):%d.%m.%Y}",
        )
    database = act.session.execute(select(*_database(act.session))).one().now  # type: ignore[call-overload]
    if database is not None and abs(clock.ahead_of(database)) > TOLERANCE:
        raise Conflict("The clock of the database says otherwise. Have the administrator set both right, then say it.")


def _first_holds(found: ClockStop, now: dt.datetime) -> bool:
    """Whether somebody said the time already, not long ago, and the clock did not jump again since."""
    at = found.confirmed_at
    return at is not None and -TOLERANCE <= now - at <= CONFIRMATION_LASTS


def _start_again(row: OfficeClock, now: dt.datetime, counter: Counter) -> None:
    row.trusted_at, row.boot, row.seconds, row.stop_id = now, counter.boot, counter.seconds, None
