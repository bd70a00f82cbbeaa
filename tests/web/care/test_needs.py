"""Needs on the page of a case and wherever the desk looks; why they are there only where somebody asks and may know."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pypdfium2
import pytest
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.models.appointments import Purpose
from issuance.models.care import Observation, Referral
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services import centres
from issuance.services.appointments import capacity
from issuance.services.appointments.capacity import Given
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login

NOTE = "was held for seven weeks"
SEEN = {
    "category": "violence",
    "indicator": "statement",
    "needs": ["ahead", "interpreter_woman", "other"],
    "other_need": "a quiet room",
    "note": NOTE,
}
SHOWN = ("Goes ahead", "Interpreter: a woman", "a quiet room")


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def rows(office: Office) -> list[Observation]:
    with office.reading() as look:
        return list(look.session.scalars(select(Observation)))


def test_a_clerk_notes_it_from_the_case_and_the_desk_sees_the_need_alone(clerk: Browser, lodged: Case) -> None:
    case = f"/cases/{lodged.request_id}"
    assert f"{case}/needs" in clerk.get(case).text
    assert clerk.submit(f"{case}/needs", SEEN).status_code == 303
    for page in (case, f"{case}/needs", f"{case}/enrolment", f"{case}/rights"):
        shown = clerk.get(page).text
        assert all(words in shown for words in SHOWN), page
        assert NOTE not in shown, page
        if page != f"{case}/needs":
            assert "torture" not in shown, page


def test_the_hand_over_and_the_waiting_room_see_the_need(clerk: Browser, office: Office, checked: Case) -> None:
    with office.act(SYSTEM) as act:
        capacity.give(act, centres.named(act, "timisoara"), dict.fromkeys(Purpose, Given(1, 10, 20)))
    case = f"/cases/{checked.request_id}"
    clerk.submit(f"{case}/needs", SEEN)
    assert "a quiet room" in clerk.get(f"{case}/hand-over").text
    appointment = clerk.get(f"{case}/appointment").text
    assert "a quiet room" in appointment
    slot = appointment.split('name="starts_at"')[1].split('value="')[1].split('"')[0]
    booked = clerk.submit(f"{case}/appointment", {"starts_at": slot, "persons": "1"})
    assert booked.status_code == 303, booked.text
    assert "a quiet room" in clerk.get(booked.location).text
    day = slot.partition("T")[0]
    assert "a quiet room" in clerk.get(f"/appointments?day={day}").text


def test_why_is_shown_once_to_who_says_for_what(clerk: Browser, login: Login, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/needs"
    clerk.submit(page, SEEN)
    login(clerk, RoleName.SUPERVISOR)
    refused = clerk.submit(f"{page}/reasons", {"why": "so"})
    assert refused.status_code == 400
    assert NOTE not in refused.text
    read = clerk.submit(f"{page}/reasons", {"why": "the interview of tomorrow"})
    assert NOTE in read.text
    assert "torture" in read.text
    assert read.headers["Cache-Control"] == "no-store"
    assert NOTE not in clerk.get(page).text
    assert clerk.get(f"{page}/reasons").status_code == 405


def test_it_is_ended_from_where_it_is_read(clerk: Browser, office: Office, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/needs"
    clerk.submit(page, SEEN)
    (row,) = rows(office)
    assert clerk.submit(f"{page}/{row.id}/end", {"because": "bored"}).status_code == 400
    assert clerk.submit(f"{page}/{row.id}/end", {"because": "over"}).status_code == 303
    assert "a quiet room" not in clerk.get(page).text
    assert clerk.submit(f"{page}/{row.id}/end", {"because": "over"}).status_code == 409


def test_a_form_without_a_need_is_not_taken(clerk: Browser, office: Office, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/needs"
    for wrong in ({"needs": []}, {"category": "rich"}, {"indicator": ""}, {"other_need": "", "needs": ["other"]}):
        refused = clerk.submit(page, SEEN | wrong)
        assert refused.status_code == 400
        assert NOTE in refused.text  # what was typed stays in the form of who typed it
    assert rows(office) == []


def test_the_officer_is_warned_of_the_accelerated_procedure_and_not_stopped(
    client: Browser, login: Login, people: SmallOffice
) -> None:
    lodging = replace(changed(LAYLA, document_type="TID", status="applicant"), procedure="accelerated")
    case = people.carry("complete", replace(lodging, decision_number="", decision_date=None))
    login(client, RoleName.DECISION_OFFICER)
    page = f"/decisions/{case.request_id}"
    assert "Art 20 and 21" not in client.get(page).text
    client.submit(f"/cases/{case.request_id}/needs", SEEN)
    shown = client.get(page).text
    assert "Regulation (EU) 2024/1348, Art 20 and 21" in shown
    assert 'data-primary aria-keyshortcuts="Control+Enter" form="act"' in shown


def test_a_day_that_is_over_is_refused(clerk: Browser, office: Office, lodged: Case) -> None:
    day = office.clock.today() - dt.timedelta(days=1)
    until = {"until-day": str(day.day), "until-month": str(day.month), "until-year": str(day.year)}
    refused = clerk.submit(f"/cases/{lodged.request_id}/needs", SEEN | until)
    assert refused.status_code == 400
    assert "This day is over" in refused.text


def test_a_referral_says_of_why_what_the_person_agreed_to(clerk: Browser, office: Office, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/needs"
    clerk.submit(page, SEEN)
    (row,) = rows(office)
    refer = f"{page}/{row.id}/referral"
    for shares, consents, told in (
        ("need", "", ()),
        ("category", "yes", ("torture",)),
        ("note", "yes", ("torture", NOTE)),
    ):
        paper = clerk.submit(refer, {"recipient": "anitp", "shares": shares, "consents": consents})
        assert (paper.status_code, paper.mimetype) == (200, "application/pdf")
        with pypdfium2.PdfDocument(paper.data) as document:
            said = " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
        assert "a quiet room" in said
        assert "National Agency against Trafficking in Persons" in said
        assert [words for words in ("torture", NOTE) if words in said] == list(told)
    read = clerk.submit(f"{page}/reasons", {"why": "the referral of today"}).text
    assert read.count("Referred on") == 3
    assert "ANITP" not in clerk.get(page).text


@pytest.mark.parametrize(
    ("recipient", "shares", "consents"), [("anitp", "note", ""), ("press", "need", "yes"), ("anitp", "all", "yes")]
)
def test_without_a_word_of_the_person_nothing_is_shared(
    clerk: Browser, office: Office, lodged: Case, recipient: str, shares: str, consents: str
) -> None:
    page = f"/cases/{lodged.request_id}/needs"
    clerk.submit(page, SEEN)
    (row,) = rows(office)
    refused = clerk.submit(
        f"{page}/{row.id}/referral", {"recipient": recipient, "shares": shares, "consents": consents}
    )
    assert refused.status_code == 303
    with office.reading() as look:
        assert look.session.scalars(select(Referral)).all() == []
