"""A departure from the page of its case to the supervisor's list, the queues, the clocks and the status page."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from sqlalchemy import select

from issuance.models.audit import AuditEvent
from issuance.models.departures import Departure
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login

LEAVES = dt.date(2026, 12, 3)
NOTE = "clinic of Vienna"


def typed(day: dt.date = LEAVES, **changes: str) -> dict[str, str]:
    parts = {"leaves_on-day": str(day.day), "leaves_on-month": str(day.month), "leaves_on-year": str(day.year)}
    return {**parts, "ground": "medical", "evidence": "medical_referral", "note": NOTE, **changes}


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def the_one(office: Office) -> Departure:
    with office.reading() as look:
        return look.session.scalars(select(Departure)).one()


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def test_from_the_case_to_the_list_and_back(clerk: Browser, login: Login, office: Office, lodged: Case) -> None:
    case = f"/cases/{lodged.request_id}"
    page = f"{case}/departure"
    assert page in clerk.get(case).text
    sent = clerk.submit(page, typed())
    assert sent.status_code == 303, words(sent.text)[-1500:]
    shown = words(clerk.get(page).text)
    assert "waits for a supervisor" in shown
    assert NOTE in shown
    assert "needed by" not in words(clerk.get(case).text)
    login(clerk, RoleName.SUPERVISOR)
    assert 'href="/departures"' in clerk.get("/departures").text
    assert page in clerk.get("/departures").text
    row = the_one(office)
    assert clerk.submit(f"{page}/{row.id}/agree", {}).status_code == 303
    assert "goes ahead" in words(clerk.get(page).text)
    for address in (case, "/desk"):
        assert "needed by 2 Dec 2026" in words(clerk.get(address).text), address
    assert "Handing over before a departure" in clerk.get("/clocks").text
    assert clerk.submit(f"{page}/{row.id}/withdraw", {}).status_code == 303
    assert "needed by" not in words(clerk.get(case).text)
    shown = words(clerk.get(page).text)
    assert "withdrawn" in shown
    assert "Note the departure" in shown
    with office.reading() as look:
        acts = look.session.scalars(select(AuditEvent).where(AuditEvent.act.like("departure.%"))).all()
        assert [event.act for event in acts] == ["departure.noted", "departure.agreed", "departure.withdrawn"]
        assert all(NOTE not in str(event.details) and "medical" not in str(event.details) for event in acts)


def test_what_cannot_be_is_a_sentence_and_what_was_typed_stays(clerk: Browser, office: Office, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/departure"
    for wrong, says in (
        (typed(dt.date(2026, 11, 19)), "This day is over"),
        (typed(dt.date(2026, 12, 22)), "Nothing goes ahead"),
        (typed(evidence="ticket"), "does not show this reason"),
        (typed(ground="bored"), ""),
        ({}, ""),
    ):
        refused = clerk.submit(page, wrong)
        assert refused.status_code == 400 or says == "Nothing goes ahead", says
        assert says in html.unescape(refused.text)
        assert NOTE in refused.text or not wrong
    with office.reading() as look:
        assert look.session.scalar(select(Departure.id)) is None
    assert clerk.submit(page, typed()).status_code == 303
    assert clerk.submit(page, typed()).status_code == 409


def test_the_author_sees_no_button_and_is_refused(client: Browser, login: Login, office: Office, lodged: Case) -> None:
    login(client, RoleName.SUPERVISOR)
    page = f"/cases/{lodged.request_id}/departure"
    client.submit(page, typed())
    assert "/agree" not in client.get(page).text
    refused = client.submit(f"{page}/{the_one(office).id}/agree", {})
    assert refused.status_code == 403 or "Another supervisor" in html.unescape(refused.text)
    assert the_one(office).agreed_at is None


def test_the_holder_reads_until_when_and_not_why(
    client: Browser, login: Login, people: SmallOffice, office: Office, lodged: Case
) -> None:
    people.enrol(lodged.request_id)
    login(client, RoleName.CLERK)
    page = f"/cases/{lodged.request_id}/departure"
    client.submit(page, typed())
    login(client, RoleName.SUPERVISOR)
    client.submit(f"{page}/{the_one(office).id}/agree", {})
    with office.reading() as look:
        reference = look.session.get_one(IssuanceRequest, lodged.request_id).reference
    born = {"birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1992"}
    answer = client.post("/status", data={"reference": reference, **born}).text
    assert "Ready earlier" in answer
    assert "Treatment" not in answer
    assert "departure" not in answer.lower()
