"""What is in the way of a transfer and comes about seldom: an appointment, and a report that contradicts."""

from __future__ import annotations

from uuid import UUID, uuid4

from issuance.models.appointments import Appointment, Purpose
from issuance.models.production import Contradiction
from issuance.values import references
from tests.people import SmallOffice


def book(office: SmallOffice, request_id: UUID) -> UUID:
    """An appointment that was made before the document was found wrong at the desk."""
    key = uuid4()
    with office.database.transaction() as session:
        row = Appointment(id=key, centre_id=office.station.centre_id, purpose=Purpose.COLLECTION, request_id=request_id)
        row.starts_at, row.persons, row.minutes, row.code = office.clock.now(), 1, 10, references.new_code()
        session.add(row)
    return key


def contradict(office: SmallOffice, job_id: UUID) -> None:
    """A report about the job that does not fit what is settled."""
    with office.database.transaction() as session:
        row = Contradiction(job_id=job_id, station_id=office.station.id, at=office.clock.now(), report={})
        session.add(row)
