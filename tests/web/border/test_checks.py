"""Police check a document that they are shown: why it does not hold, whose it is, and every look is recorded."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from issuance import document_types
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.endings import ToldLoss
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.life import endings, loss
from issuance.services.life.loss import Said
from issuance.services.production import documents
from printing.content import mrz_of
from tests.people import Case, SmallOffice
from tests.web.border.shared import TODAY
from tests.web.conftest import Browser, Login

NAME = "Al-Masri Layla"


@pytest.fixture
def held(people: SmallOffice) -> Case:
    """A permit that its holder has."""
    made = people.carry("checked")
    people.hand_over(made.request_id, made.number)
    return made


@pytest.fixture
def officer(client: Browser, login: Login) -> Browser:
    login(client, RoleName.POLICE)
    return client


def look_up(browser: Browser, number: str, why: str = "street_control") -> str:
    return browser.submit("/border/check", {"number": number, "why": why}).text


def looks(office: Office) -> list[AuditEvent]:
    with office.database.reading() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.act == "person.opened_by_police")).unique())


def zone(people: SmallOffice, case: Case) -> str:
    """The lines at the bottom of the document."""
    with people.reading() as look:
        document = look.session.get_one(Document, case.document_id)
        kind = document_types.get(document.document_type)
        printed = mrz_of(documents.frozen_content(look, document), kind.template())
        assert printed
        return "\n".join(printed.to_lines())


def test_police_see_the_verdict_the_portrait_and_the_name(people: SmallOffice, held: Case, officer: Browser) -> None:
    page = look_up(officer, f" {held.number.lower()} ")
    assert ("Genuine and valid" in page, NAME in page, "data:image/jpeg;base64," in page) == (True, True, True)
    assert 'value="street_control" checked' in page, "the next look is for the same"
    (event,) = looks(people)
    assert (event.details["code"], event.actor_kind) == ("street_control", "staff")
    with people.reading() as look:
        document = look.session.get_one(Document, held.document_id)
        event = look.session.get_one(AuditEvent, event.id)
        assert {each.subject_id for each in event.subjects} == {document.id, document.person_id}
        assert event.centre_id == document.request.centre_id


def test_the_lines_of_the_zone_say_the_number_too(people: SmallOffice, held: Case, officer: Browser) -> None:
    lines = zone(people, held)
    assert held.number in look_up(officer, lines)
    page = officer.submit("/border/check", {"number": lines[:40], "why": "investigation"})
    assert (page.status_code, "The machine readable zone is not whole." in page.text) == (400, True)


def test_the_reason_is_said_to_police(people: SmallOffice, held: Case, officer: Browser) -> None:
    with people.upkeep() as look:
        told = ToldLoss(document_id=held.document_id, kind="stolen", noticed_on=TODAY, told_at=people.clock.now())
        look.session.add(told)
    page = look_up(officer, held.number)
    assert ("Genuine, and not valid" in page, "stolen" in page) == (True, True), "told, and no act of the office yet"
    with people.act(people.actors["supervisor"]) as act:
        document = act.session.get_one(Document, held.document_id)
        act.session.delete(act.session.get_one(ToldLoss, held.document_id))
        loss.report(act, document, Said("lost", "holder", act.clock.today()))
    page = look_up(officer, held.number)
    assert ("suspended" in page.lower(), "lost" in page) == (True, True)


def test_why_it_ended_is_said(people: SmallOffice, held: Case, officer: Browser) -> None:
    with people.act(people.actors["supervisor"]) as act:
        endings.end(act, act.session.get_one(Document, held.document_id), "death", "12/2026", given_back=False)
    page = look_up(officer, held.number)
    assert ("Genuine, and not valid" in page, "death of the holder" in page) == (True, True)


def test_one_that_nobody_was_given_is_none(people: SmallOffice, officer: Browser) -> None:
    page = look_up(officer, people.carry("checked").number)
    assert "Nobody was ever given this document" in page


def test_border_police_check_too_and_nobody_else(
    people: SmallOffice, held: Case, client: Browser, login: Login
) -> None:
    login(client, RoleName.BORDER_POLICE)
    assert NAME in look_up(client, held.number, "border_control")
    for role in (RoleName.CLERK, RoleName.SUPERVISOR, RoleName.AUDITOR, RoleName.ADMINISTRATOR):
        login(client, role)
        assert client.submit("/border/check", {"number": held.number, "why": "investigation"}).status_code == 403


def test_police_do_nothing_else(people: SmallOffice, held: Case, officer: Browser) -> None:
    for path in (f"/cases/{held.request_id}", f"/cases/{held.request_id}/portrait", "/border", "/desk", "/search"):
        assert officer.get(path).status_code in (403, 404, 405), path


@pytest.mark.parametrize(
    ("number", "why", "words"),
    [
        ("RP9999999", "investigation", "The register has no document with this number."),
        ("", "investigation", "Fill this in."),
        ("<" * 60, "investigation", "The machine readable zone is not whole."),
        ("RP1000000", "", "Choose one of the options."),
        ("RP1000000", "curiosity", "Choose one of the options."),
        ("\u202eRP1", "investigation", ""),
        ("9" * 5000, "investigation", ""),
    ],
)
def test_what_cannot_be_looked_up_is_refused_and_no_look(
    people: SmallOffice, held: Case, officer: Browser, number: str, why: str, words: str
) -> None:
    answer = officer.submit("/border/check", {"number": number, "why": why})
    assert (answer.status_code, words in answer.text, NAME in answer.text) == (400, True, False)
    assert looks(people) == []


def test_nobody_walks_through_the_numbers(people: SmallOffice, held: Case, officer: Browser) -> None:
    answers = [
        officer.submit("/border/check", {"number": f"RP{9_000_000 + n}", "why": "investigation"}).status_code
        for n in range(31)
    ]
    assert (answers[:30], answers[30]) == ([400] * 30, 429)
    assert NAME not in look_up(officer, held.number)
    people.clock.advance(dt.timedelta(minutes=16))
    assert NAME in look_up(officer, held.number)


def test_the_supervisor_sees_who_looked_and_what_for(
    people: SmallOffice, held: Case, client: Browser, login: Login
) -> None:
    login(client, RoleName.POLICE)
    look_up(client, held.number, "found_document")
    with people.reading() as look:
        person_id = look.session.get_one(Document, held.document_id).person_id
    login(client, RoleName.SUPERVISOR)
    page = client.get(f"/persons/{person_id}").text
    assert "Document checked by police, with portrait and name" in page
    assert "The document was found" in page
    case = client.get(f"/cases/{held.request_id}").text
    assert "checked by police" not in case.partition('id="history"')[2]
    document = client.get(f"/cases/{held.request_id}/documents/{held.document_id}").text
    assert "checked by police" not in document
