"""Who works outside the centres: border police, missions abroad, experts who register."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from issuance.actors import SYSTEM
from issuance.demo import supply
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Staff, Station
from issuance.office import Office
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.border.shared import TODAY, boxes
from tests.web.conftest import Browser, Login, address_of
from tests.web.desk.shared import FORM


@pytest.fixture
def title(people: SmallOffice) -> Case:
    """A return title of Timișoara that passed its check."""
    with people.act(SYSTEM) as act:
        supply.bring(act, act.session.get_one(Station, people.station.id), "sheet", ["sheet-1"])
    return people.carry("checked", changed(LAYLA, document_type="RT"))


@pytest.fixture
def police(client: Browser, login: Login, office: Office) -> Browser:
    """Somebody of the border police, who belongs to another centre than the documents."""
    with office.database.transaction() as session:
        galati = session.scalars(select(Centre.id).where(Centre.code == "galati")).one()
        account = address_of(RoleName.BORDER_POLICE)
        session.execute(update(Staff).where(Staff.email == account).values(centre_id=galati))
    login(client, RoleName.BORDER_POLICE)
    return client


def state(office: Office, case: Case) -> str:
    with office.database.reading() as session:
        return str(session.get_one(Document, case.document_id).state)


def last_events(office: Office) -> list[str]:
    with office.database.reading() as session:
        return list(session.scalars(select(AuditEvent.act).order_by(AuditEvent.id.desc()).limit(2)))


def entry(number: str, point: str = "Giurgiu", day: dt.date = TODAY) -> dict[str, str]:
    return {"number": number, "point": point, **boxes("day", day)}


def test_entry_at_the_border_ends_a_return_title(people: SmallOffice, title: Case, police: Browser) -> None:
    people.hand_over(title.request_id, title.number)
    page = police.submit("/border", {"number": f" {title.number.lower()} "}).text
    assert "Record the entry" in page
    assert last_events(people)[0] == "document.checked_at_border"
    assert "Al-Masri" not in page, "the border needs no name: the document says it"
    assert police.submit("/border/entry", entry(title.number)).status_code == 200
    assert (state(people, title), last_events(people)[0]) == ("voided", "document.ended")
    again = police.submit("/border/entry", entry(title.number))
    assert (again.status_code, "This document has ended already" in again.text) == (409, True)


def test_what_is_not_at_its_end_is_refused(people: SmallOffice, title: Case, police: Browser) -> None:
    early = police.submit("/border/entry", entry(title.number))
    assert early.status_code == 409, "it was not handed over yet"
    people.hand_over(title.request_id, title.number)
    for fields, words in (
        (entry("RT9999999"), "The register has no document with this number."),
        (entry(title.number, point=" "), "Fill this in."),
        (entry(title.number, day=TODAY + dt.timedelta(days=1)), "On that day nobody entered with it"),
        (entry(title.number, day=TODAY - dt.timedelta(days=90)), "On that day nobody entered with it"),
    ):
        answer = police.submit("/border/entry", fields)
        assert (answer.status_code, words in answer.text) == (400, True), answer.text
    assert state(people, title) == "valid"


def test_another_document_is_shown_and_not_ended(people: SmallOffice, police: Browser) -> None:
    permit = people.carry("checked")
    people.hand_over(permit.request_id, permit.number)
    page = police.submit("/border", {"number": permit.number}).text
    assert "Nothing is recorded of this document at the border." in page
    assert police.submit("/border/entry", entry(permit.number)).status_code == 400
    assert state(people, permit) == "valid"


def test_nobody_walks_through_the_numbers(people: SmallOffice, police: Browser) -> None:
    answers = [police.submit("/border", {"number": f"RT{1_000_000 + n}"}).status_code for n in range(61)]
    assert (answers[:60], answers[60]) == ([400] * 60, 429)


def test_a_mission_gives_out_return_titles_alone(
    people: SmallOffice, title: Case, client: Browser, login: Login
) -> None:
    login(client, RoleName.MISSION)
    permit = people.lodge(changed(LAYLA, given_names="Nour", birth_date="1999-03-04", case_reference="2026/TM/0009"))
    listed = client.get("/return-titles").text
    assert f"/cases/{title.request_id}/hand-over" in listed
    assert client.get(f"/cases/{permit}/hand-over").status_code == 403
    assert client.get(f"/cases/{title.request_id}").status_code == 403, "the case is the centre's"
    assert client.get(f"/cases/{title.request_id}/portrait").status_code == 200
    page = client.get(f"/cases/{title.request_id}/hand-over").text
    with people.database.reading() as session:
        version = session.get_one(IssuanceRequest, title.request_id).version
    meeting = {
        "version": str(version),
        "identity_confirmed_by": "portrait",
        "scanned_number": title.number,
        "refusal": "the hand is hurt",
        "notice_language": "ar",
        "notice_signed": "yes",
    }
    assert "Hand over" in page
    answer = client.submit(f"/cases/{title.request_id}/hand-over", meeting)
    assert answer.headers.get("Location") == f"/return-titles/{title.request_id}", answer.text
    assert state(people, title) == "valid"
    assert client.get(f"/return-titles/{title.request_id}").status_code == 200
    assert client.get(f"/cases/{title.request_id}/hand-over.pdf").mimetype == "application/pdf"


@pytest.mark.parametrize("role", [RoleName.ENROLMENT_EXPERT, RoleName.BORDER_POLICE])
def test_who_registers_does_nothing_more(client: Browser, login: Login, office: Office, role: RoleName) -> None:
    login(client, role)
    answer = client.submit("/desk/lodge", FORM)
    assert answer.status_code == 303, answer.text
    with office.database.reading() as session:
        request = session.query(IssuanceRequest).one()
    assert answer.headers["Location"] == f"/desk/registered/{request.id}"
    assert "Haddad" not in client.get(f"/desk/registered/{request.id}").text
    assert client.get(f"/cases/{request.id}/receipt.pdf").mimetype == "application/pdf"
    for path in (f"/cases/{request.id}", f"/cases/{request.id}/enrolment", "/desk", "/decisions/"):
        assert client.get(path).status_code == 403, path
