"""`python -m tests.bench.workers --jobs 5000 --workers 2`: how fast workers prepare what was approved, on PostgreSQL.

A cluster of its own is filled by real approvals, which takes longer than what is measured. Printed are the jobs a
second that the workers prepare, what a claim of a station takes while so many wait, and how long after its approval a
job can be claimed while officers approve at a steady pace.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from issuance import migrate
from issuance.db import Database
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.production import PrintJob
from issuance.states import JobState
from tests.fixtures.postgres import running_cluster
from tests.integration.hosts import Hosts
from tests.people import LAYLA, changed

CLAIMS = 15


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.workers", description="Measure workers on PostgreSQL.")
    parser.add_argument("--jobs", type=int, default=5000, help="how many wait when the workers start")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rate", type=float, default=18.0, help="approvals a second of the steady pace")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long that pace is kept")
    asked = parser.parse_args()
    with running_cluster() as cluster, cluster.database("template0") as url, tempfile.TemporaryDirectory() as folder:
        database = Database(url)
        migrate.upgrade(database)
        database.engine.dispose()
        hosts = Hosts(url, Path(folder))
        try:
            _measure(hosts, asked)
        finally:
            hosts.end()


def _measure(hosts: Hosts, asked: argparse.Namespace) -> None:
    count = int(asked.rate * asked.seconds)
    took = _timed(lambda: [_complete(hosts, number, approved=True) for number in range(asked.jobs)])
    print(f"{asked.jobs} approved in {took:.0f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    later = [_complete(hosts, asked.jobs + number) for number in range(count)]
    for number in range(asked.workers):
        hosts.worker(f"worker-{number}")
    hosts.until(lambda: _in_state(hosts, JobState.PREPARING) < asked.jobs, "the first is prepared")
    left, had = _in_state(hosts, JobState.PREPARING), _processor(hosts)
    took = _timed(lambda: hosts.until(lambda: not _in_state(hosts, JobState.PREPARING), "all are prepared"))
    each = (_processor(hosts) - had) / max(left, 1) * 1000
    print(f"{asked.workers} workers prepared {left} in {took:.1f} s: {left / took:.1f} a second, each {each:.0f} ms"
          f" of a processor; load {os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip
    hosts.office.open_shift()
    claims = [_claim_and_make(hosts) for _ in range(CLAIMS)]
    print(f"a claim with {asked.jobs} queued: {_figure(claims)}", flush=True)
    began = _last_event(hosts)
    _at_pace(hosts, later, asked.rate)
    hosts.until(lambda: not _in_state(hosts, JobState.PREPARING), "all are prepared")
    print(f"approved to claimable at {asked.rate} a second: {_figure(_waits(hosts, began))}", flush=True)


def _complete(hosts: Hosts, number: int, *, approved: bool = False) -> UUID:
    letters = "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{number:05}")
    lodging = changed(LAYLA, given_names=letters, native_name="", case_reference=f"2026/TM/{number:05}")
    return hosts.office.carry("approved" if approved else "complete", lodging).request_id


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _claim_and_make(hosts: Hosts) -> float:
    """How long the claim took."""
    begun = time.perf_counter()
    claim = hosts.office.claim()
    took = time.perf_counter() - begun
    hosts.office.make(claim=claim)
    return took


def _processor(hosts: Hosts) -> float:
    """Seconds that the workers have had of the processors, PostgreSQL's apart."""
    pids = [process.pid for name, process in hosts.running.items() if name.startswith("worker")]
    threads = [path for pid in pids for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(path.read_text().split()[0]) for path in threads) / 1e9


def _in_state(hosts: Hosts, state: JobState) -> int:
    with hosts.office.reading() as look:
        return look.session.scalar(select(func.count()).select_from(PrintJob).where(PrintJob.state == state)) or 0


def _at_pace(hosts: Hosts, requests: list[UUID], rate: float) -> None:
    """Approve them at this pace, by as many officers as it takes."""
    threads = []
    for request_id in requests:
        threads.append(threading.Thread(target=hosts.office.approve, args=(request_id,)))
        threads[-1].start()
        time.sleep(1 / rate)
    for thread in threads:
        thread.join()


def _last_event(hosts: Hosts) -> UUID:
    with hosts.office.reading() as look:
        return look.session.scalars(select(AuditEvent.id).order_by(AuditEvent.id.desc()).limit(1)).one()


def _waits(hosts: Hosts, began: UUID) -> list[float]:
    """Seconds between the two events of each document."""
    approved, queued = aliased(AuditEvent), aliased(AuditEvent)
    of_approved, of_queued = aliased(AuditSubject), aliased(AuditSubject)
    query = (
        select(approved.at, queued.at)
        .join(of_approved, of_approved.event_id == approved.id)
        .join(of_queued, (of_queued.subject_id == of_approved.subject_id) & (of_queued.kind == "document"))
        .join(queued, queued.id == of_queued.event_id)
        .where(approved.id > began, approved.act == "request.approved", queued.act == "job.queued")
    )
    with hosts.office.reading() as look:
        return [(later - earlier).total_seconds() for earlier, later in look.session.execute(query)]


def _figure(series: list[float]) -> str:
    """p50 and p95 in milliseconds."""
    ordered = sorted(series)
    p95 = ordered[max(0, round(len(ordered) * 0.95) - 1)]
    return f"{statistics.median(ordered) * 1000:.0f} ms (p95 {p95 * 1000:.0f}), {len(ordered)} measured"


if __name__ == "__main__":
    main()
