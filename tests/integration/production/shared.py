"""What the tests of the production floor share: stations that say things, jobs, and what the pages show of them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from card_drivers.order import Claim, Outcome, Result
from card_drivers.troubles import Trouble
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Station
from issuance.services import routing
from issuance.services.production import documents, floor, jobs, shifts
from issuance.services.production.floor import JobList
from issuance.services.stations import tokens
from issuance.services.trust import audit_proofs
from tests.people import LAYLA, Case, SmallOffice, able, changed

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
        counts = floor.JobLists(look, centre).counts()
        found = {each: [job.id for job in floor.JobLists(look, centre).jobs(each)] for each in JobList}
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
    assert walk.rows
    return [f"{each.kind} {each.column} {each.fault}" for each in walk.findings()]
