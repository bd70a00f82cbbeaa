"""What the database itself refuses, whatever a program tries (design section 6; docs/law.md, section 1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from uuid import UUID, uuid4

import pytest
from sqlalchemy import inspect as sa_inspect
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from issuance.errors import Conflict
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from tests.people import LAYLA, SmallOffice, changed

ON_DOCUMENT = ("decision", "operation", "check", "hand_over")


def approved(office: SmallOffice) -> tuple[UUID, UUID]:
    request_id = office.lodge()
    office.enrol(request_id)
    return request_id, office.approve(request_id)


def refused(office: SmallOffice, statement: str, **values: object) -> str:
    """The constraint that refuses a statement sent past all services."""
    bound = {
        name: value.hex if isinstance(value, UUID) and _sqlite(office) else value for name, value in values.items()
    }
    with pytest.raises(IntegrityError) as caught, office.database.transaction() as session:
        session.execute(text(statement), bound)
    return str(caught.value.orig)


def _sqlite(office: SmallOffice) -> bool:
    return office.database.engine.dialect.name == "sqlite"


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("lodging", "decision", "request_id"),
        ("case", "decision", "request_id"),
        ("lodging", "hand_over", "request_id"),
        *((first, second, "document_id") for first, second in combinations(ON_DOCUMENT, 2)),
    ],
)
def test_duties_are_kept_apart(office: SmallOffice, first: str, second: str, name: str) -> None:
    request_id, document_id = approved(office)
    who = office.actors["supervisor"].id
    did = {duty: document_id if duty in ON_DOCUMENT[name == "request_id" :] else None for duty in (first, second)}
    statement = (
        "INSERT INTO duty (id, request_id, document_id, staff_id, duty, at)"
        " VALUES (:id, :request, :document, :who, :duty, '2026-11-02 10:00:00')"
    )
    values = {"request": request_id, "who": who}
    with office.database.transaction() as session:
        bound = values | {"id": uuid4(), "document": did[first], "duty": first}
        session.execute(text(statement), {key: _bound(office, value) for key, value in bound.items()})
    message = refused(office, statement, **values, id=uuid4(), document=did[second], duty=second)
    assert name in message or "uq_duty" in message


def test_one_valid_document_of_a_group_per_person(office: SmallOffice) -> None:
    _, document_id = approved(office)
    with office.database.transaction() as session:
        first = session.get_one(Document, document_id)
        second = Document(
            number="RP9999999",
            document_type="TID",
            exclusive=first.exclusive,
            request=first.request,
            person=first.person,
            issue_date=first.issue_date,
            expiry_date=first.expiry_date,
            content_id=first.content_id,
        )
        session.add(second)
        session.flush()
        session.execute(text("UPDATE document SET state = 'valid' WHERE number = 'RP9999999'"))
    message = refused(office, "UPDATE document SET state = 'valid' WHERE id = :id", id=document_id)
    assert "document" in message


def test_a_state_outside_the_table_is_refused(office: SmallOffice) -> None:
    request_id, _ = approved(office)
    assert "state" in refused(office, "UPDATE request SET state = 'lost' WHERE id = :id", id=request_id)


def test_one_open_request_of_a_kind(office: SmallOffice) -> None:
    request_id, _ = approved(office)
    with office.database.reading() as session:
        first = session.get_one(IssuanceRequest, request_id)
        columns = {column.key for column in sa_inspect(IssuanceRequest).column_attrs}
        values = {name: getattr(first, name) for name in columns - {"id", "reference", "case_reference"}}
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.add(IssuanceRequest(reference="another", **values))
    with office.database.transaction() as session:
        session.add(IssuanceRequest(reference="another", **values | {"kind": "renewal"}))


def test_two_clerks_at_once_lodge_one_request(office: SmallOffice) -> None:
    def lodge(number: int) -> str:
        try:
            office.lodge(changed(LAYLA, case_reference=f"2026/TM/{number}"))
        except Conflict as error:
            return error.code
        return "lodged"

    office.lodge(changed(LAYLA, document_type="TD-C"))  # the person is known to both
    with ThreadPoolExecutor(4) as clerks:
        assert sorted(clerks.map(lodge, range(4))) == ["conflict"] * 3 + ["lodged"]


def test_one_claimed_job_a_station(office: SmallOffice) -> None:
    _, first = approved(office)
    statement = "UPDATE print_job SET state = 'claimed', station_id = :station WHERE document_id = :document"
    with office.database.transaction() as session:
        job = session.query(PrintJob).filter_by(document_id=first).one()
        other = Document(
            number="RP9999998",
            document_type="RP-R",
            exclusive="residence",
            request_id=job.document.request_id,
            person_id=job.document.person_id,
            issue_date=job.document.issue_date,
            expiry_date=job.document.expiry_date,
            content_id=job.document.content_id,
        )
        session.add(other)
        session.flush()
        session.add(PrintJob(document_id=other.id, centre_id=job.centre_id, lodged_on=job.lodged_on, turn_id=job.id))
        session.flush()
        session.execute(
            text("UPDATE print_job SET state = 'claimed', station_id = :station WHERE document_id = :document"),
            {"station": _bound(office, office.station.id), "document": _bound(office, other.id)},
        )
    assert "print_job" in refused(office, statement, station=office.station.id, document=first)


def _bound(office: SmallOffice, value: object) -> object:
    return value.hex if isinstance(value, UUID) and _sqlite(office) else value


def test_a_request_belongs_to_a_person_that_exists(office: SmallOffice) -> None:
    request_id, _ = approved(office)
    with office.database.reading() as session:
        person_id = session.get_one(IssuanceRequest, request_id).person_id
    assert refused(office, "DELETE FROM person WHERE id = :id", id=person_id)
