"""Nothing is signed that two persons did not approve, or that the audit did not see, whoever writes to the tables."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import Executable, delete, insert, select, update

from issuance import tasks
from issuance.db import uuid7
from issuance.models.audit import AuditWitness
from issuance.models.documents import Document
from issuance.models.duties import Duty, DutyName
from issuance.models.production import DocumentChip, PrintJob
from issuance.models.staff import RoleName
from issuance.services.signing import leave
from issuance.services.signing.leave import NotLeft
from issuance.states import JobState
from tests.fixtures.databases import on_sqlite
from tests.people import NOON, SmallOffice, Stage, trouble_of

UNSEEN = "The audit did not see this order as it stands"
ALONE = "Two persons have not approved this document"


def by_hand(office: SmallOffice, *statements: Executable) -> None:
    """Change the register as somebody does who has the database."""
    with office.database.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        for statement in statements:
            connection.execute(statement)


def refused(office: SmallOffice, sentence: str) -> None:
    """Nothing is signed, and the job says why."""
    with office.reading() as look:
        job_id = look.session.scalars(select(PrintJob.id)).one()
    with pytest.raises(NotLeft, match=sentence):
        tasks.prepare(office, str(job_id))
    with office.reading() as look:
        job = look.session.get_one(PrintJob, job_id)
        assert (job.state, look.session.scalar(select(DocumentChip.id))) == (JobState.PREPARING, None)
        assert sentence in trouble_of(job)


def test_what_two_persons_approved_is_signed(office: SmallOffice) -> None:
    office.carry(Stage.APPROVED)
    with office.reading() as look:
        job = look.session.scalars(select(PrintJob)).one()
        leave.check(look, job.id)
    tasks.prepare(office, str(job.id))
    with office.reading() as look:
        assert look.session.get_one(PrintJob, job.id).state == JobState.QUEUED


def test_a_document_that_was_changed_by_hand_is_not_signed(office: SmallOffice) -> None:
    office.carry(Stage.APPROVED)
    by_hand(office, update(Document).values(expiry_date=NOON.date().replace(year=2099)))
    refused(office, UNSEEN)


@pytest.mark.parametrize("duty", list(DutyName)[:3])
def test_a_document_that_one_person_made_alone_is_not_signed(office: SmallOffice, duty: DutyName) -> None:
    office.carry(Stage.APPROVED)
    officer = office.actors[RoleName.DECISION_OFFICER].id
    if duty == DutyName.DECISION:
        by_hand(office, delete(Duty).where(Duty.duty == duty))
    else:
        by_hand(office, delete(Duty).where(Duty.duty != DutyName.DECISION))
        with office.reading() as look:
            assert {row.staff_id for row in look.session.scalars(select(Duty))} == {officer}
    refused(office, ALONE)


def test_a_decision_that_was_put_in_by_hand_is_not_believed(office: SmallOffice) -> None:
    case = office.carry(Stage.APPROVED)
    row = {
        "id": uuid7(),
        "request_id": case.request_id,
        "staff_id": office.actors["supervisor"].id,
        "duty": "decision",
        "at": NOON,
    }
    by_hand(office, delete(Duty).where(Duty.duty == DutyName.DECISION), insert(Duty).values(row))
    refused(office, UNSEEN)
    # With a witness of one's own beside it, which no event of the office has.
    says = {name: str(row[name]) for name in ("request_id", "staff_id", "duty")} | {
        "document_id": None,
        "override_id": None,
    }
    with office.reading() as look:
        event_id = look.session.scalars(select(AuditWitness.event_id).where(AuditWitness.kind == "duty")).first()
    witness = {"kind": "duty", "subject_id": row["id"], "number": 1, "event_id": event_id, "says": says}
    by_hand(office, insert(AuditWitness).values(witness))
    refused(office, UNSEEN)


def test_an_order_that_is_put_back_is_not_signed_again(office: SmallOffice) -> None:
    office.carry(Stage.QUEUED)
    by_hand(office, delete(DocumentChip), update(PrintJob).values(state=JobState.PREPARING, digests=None))
    refused(office, UNSEEN)


@on_sqlite
def test_an_order_that_is_not_there_is_no_order(office: SmallOffice) -> None:
    with office.reading() as look, pytest.raises(Exception, match="No row"):
        leave.check(look, uuid4())
