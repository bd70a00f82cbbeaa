"""Orders that are at a bureau: no lease ends them, the station works on, and a person can stop waiting."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from card_drivers.order import Outcome
from card_drivers.troubles import Trouble
from issuance.errors import Conflict, InvalidInput
from issuance.models.audit import AuditEvent
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.services.production import held_jobs
from tests.integration.production.test_jobs import (
    attempts,
    hold_expired,
    job_of,
    people,
    resolve,
    result,
)
from tests.people import LEASE, Case, SmallOffice, trouble_of


def make_bureau(office: SmallOffice) -> None:
    """The station of these tests sends orders away."""
    with office.database.transaction() as session:
        session.get_one(Station, office.station.id).bureau = True
    office.station.bureau = True


@pytest.fixture
def sent(office: SmallOffice, claimed: Case) -> Case:
    """An order that is at the bureau."""
    make_bureau(office)
    send(office, claimed)
    return claimed


def send(office: SmallOffice, case: Case, message: str = "File 7.") -> None:
    """The station says that the order is at the bureau."""
    office.report(result(office, case.claim, Outcome.SENT, trouble=Trouble.said(message)))


def test_a_bureaus_order_waits_for_days_and_the_station_works_on(office: SmallOffice, claimed: Case) -> None:
    make_bureau(office)
    office.carry("queued", people(2)[1])
    sent = claimed
    for message in ("File 7.", "File 7.", "File 7, being printed."):
        send(office, sent, message)
    office.clock.advance(dt.timedelta(days=9))
    assert (hold_expired(office), job_of(office, sent.document_id).state) == (0, "sent")
    assert office.claim() is not None
    with pytest.raises(Conflict, match="Do not print"):
        office.order(sent.claim)
    for _ in range(2):
        office.report(result(office, sent.claim))
    assert [made.state for made in attempts(office, sent.document_id)] == ["personalised"]
    with office.database.reading() as session:
        acts = list(session.scalars(select(AuditEvent.act).where(AuditEvent.act.in_(("job.sent", "job.done")))))
    assert sorted(acts) == ["job.done", "job.sent"]


@pytest.mark.parametrize(
    ("outcome", "job_state", "document_states"),
    [
        (Outcome.NOT_STARTED, "not_started", ["cancelled", "prepared"]),
        (Outcome.SPOILED, "spoiled", ["cancelled", "prepared"]),
        (Outcome.UNKNOWN, "held", ["prepared"]),
    ],
)
def test_a_bureau_may_answer_anything(
    office: SmallOffice, outcome: Outcome, job_state: str, document_states: list[str], sent: Case
) -> None:
    office.report(result(office, sent.claim, outcome))
    assert job_of(office, sent.document_id).state == job_state
    assert [made.state for made in attempts(office, sent.document_id)] == document_states


def test_a_late_station_says_that_the_order_is_at_the_bureau(office: SmallOffice, claimed: Case) -> None:
    make_bureau(office)
    sent = result(office, claimed.claim, Outcome.SENT)
    office.clock.advance(LEASE + dt.timedelta(seconds=1))
    hold_expired(office)
    office.report(sent)
    assert (job_of(office, claimed.document_id).state, trouble_of(job_of(office, claimed.document_id))) == ("sent", "")


def test_a_supervisor_stops_waiting_and_settles_what_never_came_back(office: SmallOffice, sent: Case) -> None:

    def stop(reason: str) -> None:
        with office.act(office.actors["supervisor"]) as act:
            job = act.session.get_one(PrintJob, sent.claim.order_id)
            held_jobs.stop_waiting(act, job, reason)

    with pytest.raises(InvalidInput):
        stop(" ")
    with pytest.raises(Conflict, match="Only a held job"):
        resolve(office, sent.document_id, Outcome.SPOILED)
    stop("The bureau lost the file.")
    assert job_of(office, sent.document_id).state == "held"
    with pytest.raises(Conflict):
        stop("again")
    resolve(office, sent.document_id, Outcome.NOT_STARTED)
    resolve(office, sent.document_id, Outcome.NOT_STARTED, actor=office.actors["quality_officer"])
    assert job_of(office, sent.document_id).state == "not_started"
