"""What monitoring reads: figures of the open work and of the machinery; names of centres, stations and tasks, no more.

Everything is bounded by what is open, whatever was closed before. Ages are seconds.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import String, cast, func, select, text

from issuance import background, migrate
from issuance.acts import Look
from issuance.db import moment_of, written
from issuance.law.office.feeds import recipients
from issuance.models.audit import AuditEvent, AuditSubject, AuditUnlinked
from issuance.models.production import PrintJob
from issuance.models.staff import Centre, Station
from issuance.services.feeds import outbox, pushing
from issuance.services.overview.figures import percentile
from issuance.services.recovery import backup
from issuance.services.stock import ledger
from issuance.services.trust import audit_heads, trusted_time
from issuance.states import JOBS_OPEN

MOST_UNLINKED = 10_000
"""Events that are counted: where more wait for their link it does not matter how many."""

LAST_QUEUED = 100
CLAIMABLE_WINDOW = dt.timedelta(hours=1)
MILLISECOND = dt.timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure: a value for each combination of its labels, none where there is nothing to say."""

    name: str
    says: str
    labels: tuple[str, ...] = ()
    values: list[tuple[tuple[str, ...], float]] = field(default_factory=list)

    def tell(self, value: float | None, *labels: str) -> None:
        """One value; None is nothing to say."""
        if value is not None:
            self.values.append((labels, value))


Reader = Callable[[Look], Sequence[Gauge]]


def _age(look: Look, moment: dt.datetime | None) -> float | None:
    return None if moment is None else max(0.0, (look.clock.now() - moment).total_seconds())


def schema(look: Look) -> list[Gauge]:
    """Whether the register has the tables of this release."""
    gauge = Gauge("migrations_current", "1 when the register has the tables of the release that asks")
    number = look.session.scalar(text("SELECT version_num FROM alembic_version"))
    gauge.tell(float(number == migrate.head()))
    return [gauge]


def jobs(look: Look) -> list[Gauge]:
    """Open print jobs by centre and state, and how old the oldest is."""
    count = Gauge("jobs", "Open print jobs", ("centre", "state"))
    oldest = Gauge("job_oldest_age_seconds", "Since the oldest open print job was approved", ("centre", "state"))
    centres = {key: code for key, code in look.session.execute(select(Centre.id, Centre.code).where(Centre.active))}
    first = func.min(cast(PrintJob.id, String))  # as text: PostgreSQL knows no least UUID
    query = (
        select(PrintJob.centre_id, PrintJob.state, func.count(), first)
        .where(PrintJob.centre_id.in_(centres), PrintJob.state.in_([written(state) for state in JOBS_OPEN]))
        .group_by(PrintJob.centre_id, PrintJob.state)
    )
    found = {(place, state): (number, key) for place, state, number, key in look.session.execute(query)}
    for place, code in centres.items():
        for state in JOBS_OPEN:
            number, key = found.get((place, state), (0, None))
            count.tell(number, code, state)
            oldest.tell(_age(look, moment_of(UUID(key))) if key else None, code, state)
    return [count, oldest]


def claimable(look: Look) -> list[Gauge]:
    """How long the last jobs took from their approval until a station could claim them."""
    gauge = Gauge("claimable_seconds", "From approval to claimable, of the last hour's newest jobs", ("percent",))
    queued = (
        select(AuditEvent.at, AuditSubject.subject_id)
        .join(AuditSubject, AuditSubject.event_id == AuditEvent.id)
        .where(AuditEvent.act == "job.queued", AuditEvent.at >= look.clock.now() - CLAIMABLE_WINDOW)
        .where(AuditSubject.kind == PrintJob.__tablename__)
        .order_by(AuditEvent.at.desc())
        .limit(LAST_QUEUED)
    )
    took = sorted(max(0, (at - moment_of(key)) // MILLISECOND) for at, key in look.session.execute(queued))
    for percent in (50, 95):
        found = percentile(took, percent)
        gauge.tell(None if found is None else found / 1000, str(percent))
    return [gauge]


def tasks(look: Look) -> list[Gauge]:
    """Background work that is due, how late it is, and what failed and is tried again."""
    waiting = background.due(look.session, look.clock)
    due = Gauge("tasks_due", "Background tasks that could run now")
    due.tell(waiting.count)
    late = Gauge("tasks_late_seconds", "Since the background task that waits longest was due")
    late.tell(waiting.oldest)
    failing = Gauge("tasks_failing", "Background tasks that failed and are tried again", ("task",))
    for each in background.failing(look.session):
        failing.tell(each.count, each.task)
    return [due, failing, late]


def stations(look: Look) -> list[Gauge]:
    """When each station was heard last, whether two speak as one, and the blanks that are left there."""
    heard = Gauge("station_heard_age_seconds", "Since the station was heard last", ("centre", "station"))
    doubted = Gauge("station_doubted", "1 while two processes speak as this station", ("centre", "station"))
    blanks = Gauge("blanks_left", "Blanks in the feeder, as the ledger knows", ("centre", "station", "stock"))
    found = look.session.scalars(select(Station).where(Station.active).order_by(Station.name)).all()
    left = ledger.left_at(look, found)
    for each in found:
        place = (each.centre.code, each.name)
        if not each.office_printer:
            heard.tell(_age(look, each.last_seen), *place)
        doubted.tell(float(each.doubted_at is not None), *place)
        for stock, number in left[each.id].items():
            blanks.tell(number, *place, stock)
    return [heard, doubted, blanks]


def audit(look: Look) -> list[Gauge]:
    """Whether events get their links, and heads their signature."""
    waiting = Gauge("audit_unlinked", f"Events that wait for their link, at most {MOST_UNLINKED}")
    oldest = Gauge("audit_unlinked_age_seconds", "Of the oldest event that waits for its link")
    signed = Gauge("audit_signed_age_seconds", "Since the heads of the audit were signed last")
    whole = Gauge("audit_whole", "0 when the register lacks what was signed last: it was put back as it stood")
    some = select(AuditUnlinked.event_id).limit(MOST_UNLINKED).subquery()
    waiting.tell(look.session.scalar(select(func.count()).select_from(some)) or 0)
    first = select(AuditEvent.at).join(AuditUnlinked, AuditUnlinked.event_id == AuditEvent.id)
    at = look.session.scalar(first.order_by(AuditUnlinked.event_id).limit(1))
    oldest.tell(_age(look, at) or 0.0)
    signed.tell(_age(look, audit_heads.signed_at(look.settings)))
    whole.tell(float(not audit_heads.is_cut(look)))
    return [waiting, oldest, signed, whole]


def feeds(look: Look) -> list[Gauge]:
    """Whether bodies outside are told in time, and what they refused."""
    unsent = Gauge("feed_unsent_age_seconds", "Of the oldest row in no signed file, 0 without one", ("recipient",))
    refused = Gauge("feed_refused", "Rows that a body outside refused and that wait for a person", ("recipient",))
    for recipient in recipients():
        unsent.tell(_age(look, outbox.oldest(look, recipient)) or 0.0, recipient)
        waiting = select(func.count()).select_from(outbox.refused(recipient).subquery())
        refused.tell(look.session.scalar(waiting) or 0, recipient)
    held = Gauge("feed_held", "Files that a body outside refused when they were pushed")
    held.tell(look.session.scalar(pushing.held()) or 0)
    return [unsent, refused, held]


def clock(look: Look) -> list[Gauge]:
    """Whether the clock is believed."""
    gauge = Gauge("clock_right", "0 while the clock is stopped or jumped: nothing is dated")
    gauge.tell(float(trusted_time.read(look.session, look.clock, look.settings.longest_closure).is_right))
    return [gauge]


def machine(look: Look) -> list[Gauge]:
    """Room on the disk, and the newest back-up that was finished."""
    free = Gauge("disk_free_bytes", "Left where keys and heads of the audit are")
    free.tell(shutil.disk_usage(look.settings.var).free)
    age = Gauge("backup_age_seconds", "Since the newest back-up that is whole")
    if look.settings.backups:
        age.tell(_age(look, newest_backup(look.settings.backups)))
    return [free, age]


def newest_backup(folder: Path) -> dt.datetime | None:
    """When the newest finished back-up of a folder was made; their names are their moments. None: there is none."""
    for manifest in sorted(folder.glob(f"*/{backup.MANIFEST}"), reverse=True):
        return dt.datetime.fromisoformat(json.loads(manifest.read_bytes())["made_at"])
    return None


def archive(look: Look) -> list[Gauge]:
    """Of PostgreSQL alone: whether its log is archived, and whether a standby follows."""
    if look.session.get_bind().dialect.name != "postgresql":
        return []
    failing = Gauge("archive_failing", "1 while the newest segment of PostgreSQL's log could not be archived")
    age = Gauge("archive_age_seconds", "Since a segment of PostgreSQL's log was archived last")
    standbys = Gauge("standbys", "Servers that have every act before it is acknowledged (pg_read_all_stats)")
    told = look.session.execute(text(ARCHIVER)).one()
    failing.tell(float(told.failing))
    age.tell(_age(look, told.last_archived_time))
    standbys.tell(look.session.scalar(text(STANDBYS)) or 0)
    return [failing, age, standbys]


ARCHIVER = """
SELECT last_archived_time, coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing
FROM pg_stat_archiver
"""
STANDBYS = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')"

READERS: tuple[Reader, ...] = (schema, jobs, claimable, tasks, stations, audit, feeds, clock, machine, archive)
"""Each with a look of its own, so that one that fails takes no other with it."""
