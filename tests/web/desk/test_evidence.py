"""Papers of a case: scanned, ticked, missing, removed; the officer looks at them; what is no scan is refused."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuance.errors import NotFound
from issuance.models.audit import AuditEvent
from issuance.models.requests import Evidence, IssuanceRequest
from issuance.models.vault import Blob
from issuance.office import Office
from issuance.services.evidence import papers
from tests import scans as files
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.centre.shared import hidden, sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import elsewhere, sentence_beside


@pytest.fixture
def clerk(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "clerk")


def send(browser: Browser, request_id: UUID, data: bytes, name: str = "lease.pdf", **fields: Any) -> TestResponse:
    """The form of the page, as a browser sends it."""
    sent = {"paper": "proof_of_residence", "scan": (io.BytesIO(data), name)} | fields
    answer = browser.submit(f"/cases/{request_id}/evidence", sent)
    answer.request.environ["wsgi.input"].close()  # the client keeps what it sent
    return answer


def rows(office: Office) -> list[Evidence]:
    with office.database.reading() as session:
        return list(session.scalars(select(Evidence).order_by(Evidence.id)))


def acts_of(office: Office) -> list[str]:
    with office.database.reading() as session:
        query = select(AuditEvent.act).where(AuditEvent.act.like("evidence.%")).order_by(AuditEvent.id)
        return list(session.scalars(query))


def blobs(office: Office) -> list[bytes]:
    with office.database.reading() as session:
        return [blob.encrypted for blob in session.scalars(select(Blob).where(Blob.purpose == "evidence"))]


def test_a_scan_is_attached_encrypted_and_opened_by_whoever_decides(
    clerk: Browser, client: Browser, office: Office, people: SmallOffice, complete: Case
) -> None:
    page = f"/cases/{complete.request_id}/evidence"
    assert "missing" in clerk.get(page).text
    assert send(clerk, complete.request_id, files.pdf(pages=2)).status_code == 303
    (row,) = rows(office)
    assert (row.code, row.format, row.pages) == ("proof_of_residence", "pdf", 2)
    assert b"%PDF" not in blobs(office)[0]
    assert ">scanned<" in clerk.get(page).text
    officer = sit_down(client, office, people, "decision_officer")
    link = f"/cases/{complete.request_id}/evidence/{row.id}"
    assert link in officer.get(f"/decisions/{complete.request_id}").text
    opened = officer.get(link)
    assert (opened.mimetype, opened.data[:5], opened.headers["Cache-Control"]) == (
        "application/pdf",
        b"%PDF-",
        "no-store",
    )
    assert files.SECRET.encode() not in opened.data
    assert acts_of(office) == ["evidence.added", "evidence.opened"]


def test_a_paper_is_ticked_once_and_removed_again(clerk: Browser, office: Office, complete: Case) -> None:
    seen = f"/cases/{complete.request_id}/evidence/seen"
    assert clerk.submit(seen, {"paper": "request_form"}).status_code == 303
    assert "seen, not scanned" in clerk.get(f"/cases/{complete.request_id}").text
    again = clerk.submit(seen, {"paper": "request_form"})
    assert (again.status_code, "ticked already" in again.text) == (409, True)
    assert send(clerk, complete.request_id, files.picture("JPEG"), "a.jpg", paper="other").status_code == 303
    for row in rows(office):
        assert clerk.submit(f"/cases/{complete.request_id}/evidence/{row.id}/remove").status_code == 303
    assert rows(office) == []
    assert blobs(office) == []
    assert acts_of(office) == ["evidence.seen", "evidence.added", "evidence.removed", "evidence.removed"]


def test_the_officer_decides_on_the_papers_that_were_shown(
    client: Browser, clerk: Browser, office: Office, people: SmallOffice, complete: Case
) -> None:
    page = f"/decisions/{complete.request_id}"
    shown = hidden(sit_down(client, office, people, "decision_officer").get(page).text)
    send(sit_down(client, office, people, "clerk"), complete.request_id, files.picture("PNG"), "a.png")
    late = sit_down(client, office, people, "decision_officer").submit(page, shown)
    assert (late.status_code, "the papers" in late.text) == (409, True)


def test_after_the_decision_papers_stay(clerk: Browser, office: Office, people: SmallOffice, complete: Case) -> None:
    send(clerk, complete.request_id, files.picture("PNG"), "a.png")
    people.approve(complete.request_id)
    (row,) = rows(office)
    for answer in (
        send(clerk, complete.request_id, files.picture("PNG"), "a.png"),
        clerk.submit(f"/cases/{complete.request_id}/evidence/seen", {"paper": "other"}),
        clerk.submit(f"/cases/{complete.request_id}/evidence/{row.id}/remove"),
    ):
        assert (answer.status_code, "papers stay as the officer saw them" in answer.text) == (409, True)
    assert [each.id for each in rows(office)] == [row.id]


def test_a_scan_goes_with_the_key_of_its_request(clerk: Browser, office: Office, complete: Case) -> None:
    send(clerk, complete.request_id, files.picture("PNG"), "a.png")
    (row,) = rows(office)
    with office.database.transaction() as session:
        office.vault.destroy(session, complete.request_id, clock=office.clock)
    gone = clerk.get(f"/cases/{complete.request_id}/evidence/{row.id}")
    assert (gone.status_code, "destroyed under the retention rules" in gone.text) == (404, True)


def test_a_scan_of_another_case_or_centre_is_not_opened(
    clerk: Browser, office: Office, people: SmallOffice, complete: Case
) -> None:
    send(clerk, complete.request_id, files.picture("PNG"), "a.png")
    (row,) = rows(office)
    other = people.lodge(changed(LAYLA, given_names="Amal", native_name="", case_reference="2026/TM/2"))
    assert clerk.get(f"/cases/{other}/evidence/{row.id}").status_code == 404
    far = people.lodge(elsewhere(changed(LAYLA, given_names="Nour", native_name="", case_reference="2026/GL/2")))
    assert clerk.get(f"/cases/{far}/evidence").status_code == 403
    with office.reading(people.actors["clerk"]) as look, pytest.raises(NotFound):
        papers._found(look, look.session.get_one(IssuanceRequest, other), row.id)


BAD: list[tuple[bytes, str, str]] = [
    (b"", "a.pdf", "not empty"),
    (files.LAUNCH, "a.pdf", "script"),
    (files.pdf(), "a.jpg", "holds a PDF"),
    (files.png_that_claims(20_000, 20_000), "a.png", "40 megapixels"),
    (b"\xff\xd8\xff" + b"\0" * 19_999_998, "a.jpg", "larger than 20 MB"),
]


@pytest.mark.parametrize(("data", "name", "words"), BAD)
def test_what_is_no_scan_is_answered_beside_its_field(
    clerk: Browser, office: Office, complete: Case, data: bytes, name: str, words: str
) -> None:
    answer = send(clerk, complete.request_id, data, name)
    assert answer.status_code == 400
    assert words in sentence_beside(answer, "scan")
    assert rows(office) == []


def test_an_unknown_kind_of_paper_and_a_body_of_30_megabytes_are_refused(
    clerk: Browser, office: Office, complete: Case
) -> None:
    assert "Choose one of" in sentence_beside(send(clerk, complete.request_id, files.pdf(), paper="x"), "paper")
    assert send(clerk, complete.request_id, b"\xff\xd8\xff" + b"\0" * 30_000_000, "a.jpg").status_code == 413
    assert rows(office) == []
