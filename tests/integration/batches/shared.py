"""What the tests of batches share: jobs that wait, stations that claim, and the operator at the pages."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select

from card_drivers.order import Claim
from issuance.models.batches import Batch
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Station
from issuance.services.batches import choosing, running
from issuance.services.batches.choosing import Plan, Wanted
from issuance.services.casework.lodging import lodge
from issuance.services.persons import family
from issuance.services.persons.family import Said
from issuance.services.production import jobs, shifts
from issuance.services.stations import tokens
from tests.people import LAYLA, SmallOffice, able, changed

NAMES = ("Layla", "Nour", "Sara", "Amina", "Hadi", "Karim", "Yusuf", "Rami")


def queued(office: SmallOffice, *names: str, **changes: object) -> list[UUID]:
    """A job of each of these persons that waits in the queue, in this order."""
    return [job_of(office, approve(office, lodged(office, name, **changes))) for name in names]


def lodged(office: SmallOffice, name: str, **changes: object) -> UUID:
    """A request of somebody of this name."""
    values = {"native_name": "", "case_reference": f"2026/TM/{name}"} | changes
    return office.lodge(changed(LAYLA, given_names=name, **values))


def lodged_with(office: SmallOffice, first: UUID, name: str, **changes: object) -> UUID:
    """A request of the first one's spouse, lodged at the same time."""
    values = {"native_name": "", "case_reference": f"2026/TM/{name}"} | changes
    with office.act(office.actors["clerk"]) as act:
        request = lodge(act, changed(LAYLA, given_names=name, **values))
        said = Said("spouse", "person", "family booklet")
        family.link(act, act.session.get_one(IssuanceRequest, first), request.person, said)
        return request.id


def approve(office: SmallOffice, request_id: UUID) -> UUID:
    """Carry the request into the queue; its document."""
    office.enrol(request_id)
    document_id = office.approve(request_id)
    office.prepare(document_id)
    return document_id


def job_of(office: SmallOffice, document_id: UUID) -> UUID:
    """The job of this document."""
    with office.reading() as look:
        return look.session.scalars(select(PrintJob.id).where(PrintJob.document_id == document_id)).one()


def another_station(office: SmallOffice, name: str = "s2") -> Station:
    """A second station of the centre, with a shift of the same operator."""
    with office.act(office.actors["operator"]) as act:
        station, _ = tokens.add_station(act, name, act.session.get_one(Centre, office.station.centre_id))
        station.status = able()
        shifts.open_shift(act, station)
    return station


def office_printer(office: SmallOffice, name: str = "office-1") -> Station:
    """An office printer of the centre, with a shift of the operator."""
    with office.act(office.actors["administrator"]) as act:
        station = tokens.add_office_printer(act, name, act.session.get_one(Centre, office.station.centre_id))
    with office.act(office.actors["operator"]) as act:
        shifts.open_shift(act, station)
    return station


def certificates(office: SmallOffice, *names: str, **changes: object) -> list[UUID]:
    """The jobs of registration certificates, or other sheets, of these persons, which wait in the queue."""
    kind: dict[str, object] = {"document_type": "RC", "status": "applicant"}
    return queued(office, *names, **(kind | changes))


def batch_of(office: SmallOffice, *stations: Station, ticked: list[UUID] | None = None, **wanted: object) -> UUID:
    """A batch that waits to be started, of the ticked jobs or of all that are wanted."""
    pool = tuple(station.id for station in stations or (office.station,))
    with office.act(office.actors["operator"]) as act:
        plan = Plan(pool, Wanted(**wanted), tuple(ticked or ()))  # type: ignore[arg-type]
        batch, _ = choosing.make(act, plan)
        return batch.id


def start(office: SmallOffice, batch_id: UUID) -> None:
    """The operator starts it."""
    with office.act(office.actors["operator"]) as act:
        running.start(act, running.own(act, batch_id))


def claim_at(office: SmallOffice, station: Station) -> Claim | None:
    """What this station gets when it asks."""
    with office.act(tokens.actor_of(station)) as act:
        return jobs.claim(act, uuid4(), station=station)


def name_at(office: SmallOffice, station: Station) -> str:
    """Whose job this station claims next and gives up unstarted; "" for none."""
    claim = claim_at(office, station)
    return name_of(office, claim.order_id) if claim else ""


def name_of(office: SmallOffice, job_id: UUID) -> str:
    """Whose job it is."""
    with office.reading() as look:
        document = select(Document).join(PrintJob, PrintJob.document_id == Document.id).where(PrintJob.id == job_id)
        return look.session.scalars(document).one().person.given_names


def made(office: SmallOffice, count: int) -> list[str]:
    """Who is made at the first station, one after another."""
    return [_person(office, office.make()) for _ in range(count)]


def _person(office: SmallOffice, document_id: UUID) -> str:
    with office.reading() as look:
        return look.session.get_one(Document, document_id).person.given_names


def batch(office: SmallOffice, batch_id: UUID) -> Batch:
    """The batch as the register holds it now."""
    with office.reading() as look:
        return look.session.get_one(Batch, batch_id)


def job(office: SmallOffice, job_id: UUID) -> PrintJob:
    """The job as the register holds it now."""
    with office.reading() as look:
        return look.session.get_one(PrintJob, job_id)
