"""Three servers, two workers and eight stations on one PostgreSQL make documents, and lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.services.production import documents
from tests.integration.hosts import Hosts, findings, states, waiting

DOCUMENTS, LATER = 24, 8
SERVERS, WORKERS, STATIONS = 3, 2, 8


@pytest.fixture
def hosts(postgres_url: str, tmp_path: Path) -> Iterator[Hosts]:
    running = Hosts(postgres_url, tmp_path)
    yield running
    running.end()


def test_three_servers_two_workers_eight_stations_lose_nothing(hosts: Hosts) -> None:
    requests = [hosts.approved(number) for number in range(DOCUMENTS - LATER)]
    for number in range(SERVERS):
        hosts.server(f"server-{number}")
    for number in range(WORKERS):
        hosts.worker(f"worker-{number}")
    for number in range(STATIONS):
        hosts.station(f"station-{number}")
    hosts.until(lambda: len(hosts.made()) >= 4, "four cards are made")
    hosts.until(lambda: hosts.leader() != "", "a worker leads")
    leader = hosts.leader()
    hosts.kill(leader)
    requests += [hosts.approved(number) for number in range(DOCUMENTS - LATER, DOCUMENTS)]
    hosts.until(lambda: is_made(hosts) == DOCUMENTS, "all are made")
    for request_id in requests:
        check_and_hand_over(hosts, request_id)
    hosts.until(lambda: is_still(hosts), "the background has done all")
    assert all(all(checks.values()) for checks in hosts.ready())

    with hosts.office.reading() as look:
        found, jobs, blanks = states(look.session)
        orders = {str(key) for key in look.session.scalars(select(PrintJob.id))}
    assert (found, jobs) == ({"valid": DOCUMENTS}, {"done": DOCUMENTS})
    made = hosts.made()
    assert sorted(order for order, _ in made) == sorted(orders), "a card twice, or none"
    assert {serial for _, serial in made} == {serial for serial, state in blanks.items() if state == "consumed"}
    assert set(blanks.values()) == {"consumed", "at_station"}
    hosts.until(lambda: hosts.leader() != leader, "another worker leads")
    assert findings(hosts.office, hosts.folder / f"var-{hosts.leader()}") == []


def is_made(hosts: Hosts) -> int:
    """How many documents the register has made."""
    with hosts.office.reading() as look:
        return states(look.session)[1]["done"]


def is_still(hosts: Hosts) -> bool:
    with hosts.office.reading() as look:
        return waiting(look.session) == 0


def check_and_hand_over(hosts: Hosts, request_id: UUID) -> None:
    """As quality officer and clerk do."""
    with hosts.office.reading() as look:
        document = look.session.scalars(select(Document).where(Document.request_id == request_id)).one()
        assert documents.job_of(look, document).state == "done"
    assert hosts.office.check(document.id, hosts.office.readings(document.id))
    hosts.office.hand_over(request_id, document.number)
