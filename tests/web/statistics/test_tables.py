"""The page of statistics: a table, the report of a month, and what is refused beside the month."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile

import pypdfium2
import pytest
from sqlalchemy import select

from issuance.clock import FixedClock
from issuance.models.audit import AuditEvent
from issuance.models.exchange import HandledCase
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from tests.people import LAYLA, SmallOffice, Stage, changed
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser


@pytest.mark.parametrize("role", ["supervisor", "administrator"])
def test_a_report_is_one_zip_with_its_digests(client: Browser, people: SmallOffice, office: Office, role: str) -> None:
    case = people.carry(Stage.CHECKED, changed(LAYLA, family_name="Zzyzx"))
    people.hand_over(case.request_id, case.number)
    someone = sit_down(client, office, people, role)
    page = someone.get("/statistics").text
    assert "Make the report" in page
    answer = someone.submit("/statistics/report", {"year": "2026", "month": "10"})
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        manifest = archive.read("SHA256SUMS").decode().splitlines()
        assert [line.split("  ")[1] for line in manifest] == [
            "report-2026-10.pdf", "tpgranted-2026-10.csv", "tpended-2026-10.csv", "tpstock-2026-10.csv",
            "applications-2026-10.csv", "centres-2026-10.csv",
        ]  # fmt: skip
        for line in manifest:
            digest, name = line.split("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
            assert b"Zzyzx" not in archive.read(name)
        assert archive.read("report-2026-10.pdf").startswith(b"%PDF")
    with office.reading() as look:
        (event,) = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "statistics.given_out"))
    assert event.details["table"] == "report"
    assert event.details["digest"] == hashlib.sha256(answer.data).hexdigest()


def test_the_report_says_what_each_centre_was_asked_for(
    client: Browser, people: SmallOffice, office: Office, clock: FixedClock
) -> None:
    said = {"document_type": "RC", "status": "applicant", "applied_on": clock.today(), "procedure": "accelerated"}
    request_id = people.lodge(changed(LAYLA, birth_place="Halab", vulnerable=True, **said))
    with office.database.transaction() as session:
        person = session.get_one(IssuanceRequest, request_id).person_id
        session.add(HandledCase(key="CH-1", person_id=person, joint_return=True))
    clock.advance(dt.timedelta(days=31))
    supervisor = sit_down(client, office, people, "supervisor")
    answer = supervisor.submit("/statistics/report", {"year": "2026", "month": "11"})
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        table, paper = archive.read("centres-2026-11.csv").decode(), archive.read("report-2026-11.pdf")
    assert "IGI:CENTRES(1.0),M,timisoara,joint_return_decisions,PER,RO,2026-11,1,," in table
    with pypdfium2.PdfDocument(paper) as document:
        text = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)
    assert "Timișoara 1 1 0 1 0 0 1" in text


def test_a_table_is_a_file_of_its_own_period(client: Browser, people: SmallOffice, office: Office) -> None:
    supervisor = sit_down(client, office, people, "supervisor")
    answer = supervisor.submit("/statistics/table", {"table": "resvalid", "year": "2025", "month": "4"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="resvalid-2025.csv"'
    assert b"# Stock 2025-12-31 0 = stock 2024-12-31 0" in answer.data


@pytest.mark.parametrize(
    ("address", "typed", "said"),
    [
        ("report", {"year": "2026", "month": "11"}, "2026-11 is not over before 01.12.2026"),
        ("table", {"table": "resfirst", "year": "2026", "month": "1"}, "2026 is not over before 01.01.2027"),
        ("table", {"table": "tpstock", "year": "2026", "month": "13"}, "Give a whole number from 1 to 12."),
        ("report", {"year": "", "month": "x"}, "Give a whole number from 1 to 12."),
        ("report", {"year": "9999", "month": "1"}, "Give a whole number from 2000 to 2200."),
    ],
)
def test_what_is_not_over_is_refused_beside_the_month(
    client: Browser, people: SmallOffice, office: Office, address: str, typed: dict[str, str], said: str
) -> None:
    supervisor = sit_down(client, office, people, "supervisor")
    answer = supervisor.submit(f"/statistics/{address}", typed)
    assert answer.status_code == 400
    assert said in answer.text
    with office.reading() as look:
        assert look.session.scalars(select(AuditEvent).where(AuditEvent.act == "statistics.given_out")).all() == []


def test_no_such_table_is_refused(client: Browser, people: SmallOffice, office: Office) -> None:
    supervisor = sit_down(client, office, people, "supervisor")
    answer = supervisor.submit("/statistics/table", {"table": "names", "year": "2025", "month": "4"})
    assert answer.status_code == 400
