"""The page of a case: what each role sees, the clerk's acts on it, stale forms, and who looked."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.models.audit import AuditEvent
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.casework import requests
from issuance.services.casework.lodging import Lodging
from issuance.values.cnp import check_digit
from issuance.web.case.access import CASE_READERS
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import case_of, sentence_beside

OKSANA = changed(LAYLA, family_name="Шевченко", given_names="Оксана", native_name="Шевченко Оксана", language="uk")
HOMELESS = changed(LAYLA, address="")
CNP = "892010135001" + check_digit("892010135001")
REPLACED = changed(LAYLA, kind="replacement", previous_document="RP1", replacement_reason="")


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def acts(office: Office) -> list[str]:
    with office.database.reading() as session:
        return list(session.scalars(select(AuditEvent.act).order_by(AuditEvent.at, AuditEvent.id)))


def version(office: Office, request_id: UUID) -> int:
    return case_of(office, request_id).version


def test_the_page_shows_who_how_far_and_what_is_next(clerk: Browser, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    page = clerk.get(f"/cases/{request_id}").text
    for shown in (
        "Al-Masri Layla",
        "ليلى المصري",
        "Day 0 of 30",
        "Art 20(6)",
        "Take the portrait",
        "Passport N004512873 SYR",
    ):
        assert shown in page
    assert "<title>" in page
    assert "Masri" not in page.split("</title>")[0], "no name in the title: it stays in the browser's history"


@pytest.mark.parametrize("page", ["", "/enrolment", "/hand-over", "/next"])
def test_the_opening_is_recorded(clerk: Browser, office: Office, people: SmallOffice, page: str) -> None:
    request_id = people.lodge(LAYLA)
    clerk.get(f"/cases/{request_id}{page}")
    assert acts(office)[-1] == "case.opened"


def test_another_centre_asks_why_and_the_reason_is_recorded(
    clerk: Browser, office: Office, people: SmallOffice
) -> None:
    request_id = people.lodge(changed(LAYLA, centre="galati"))
    answer = clerk.get(f"/cases/{request_id}")
    assert answer.location == f"/cases/{request_id}/reason"
    assert clerk.submit(answer.location, {"reason": "short"}).status_code == 400
    assert clerk.submit(answer.location, {"reason": "the person moved to us"}).location == f"/cases/{request_id}"
    assert clerk.get(f"/cases/{request_id}").status_code == 200
    with office.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.act == "case.opened_elsewhere")).one()
    assert event.reason == "the person moved to us"


@pytest.mark.parametrize("role", [role for role in RoleName if role != RoleName.CLERK])
def test_other_roles_look_without_acting(client: Browser, login: Login, people: SmallOffice, role: RoleName) -> None:
    request_id = people.lodge(changed(LAYLA, cnp=CNP))
    login(client, role)
    answer = client.get(f"/cases/{request_id}")
    knows = role in CASE_READERS
    assert answer.status_code == (200 if knows else 403)
    assert "Take the portrait" not in answer.text
    assert "data-primary" not in answer.text
    assert (CNP in answer.text) == knows, "who need not know does not see numbers and address"
    assert ('role="search"' in client.get("/").text) == knows
    assert client.submit(f"/cases/{request_id}/complete", {"version": 1}).status_code == 403


def test_there_is_no_such_case(clerk: Browser) -> None:
    assert clerk.get("/cases/01890000-0000-7000-8000-000000000000").status_code == 404
    assert clerk.get("/cases/nonsense").status_code == 404


def test_the_spelling_is_confirmed(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(OKSANA)
    page = clerk.get(f"/cases/{request_id}").text
    assert 'value="Shevchenko"' in page
    fields = {
        "family_name": "Shevchenko",
        "given_names": "Oksana",
        "version": case_of(office, request_id).person.version,
    }
    assert clerk.submit(f"/cases/{request_id}/spelling", fields).status_code == 303
    assert case_of(office, request_id).person.latin_confirmed


@pytest.mark.parametrize(
    ("family_name", "words"),
    [
        ("", "Fill this in"),
        ("Шевченко", "Latin letters"),
        ("She\u202evchenko", "U+202E"),
        ("She\x00vchenko", "U+0000"),
        ("x" * 200, "100 characters"),
        ("Shevchenko 3", "no digits"),
    ],
)
def test_a_spelling_that_cannot_be_printed_is_refused(
    clerk: Browser, office: Office, people: SmallOffice, family_name: str, words: str
) -> None:
    request_id = people.lodge(OKSANA)
    at = case_of(office, request_id).person.version
    answer = clerk.submit(f"/cases/{request_id}/spelling", {"family_name": family_name, "version": at})
    assert answer.status_code == 400
    assert words in sentence_beside(answer, "family_name")
    assert not case_of(office, request_id).person.latin_confirmed


def test_a_stale_spelling_shows_both_and_loses_nothing(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(OKSANA)
    before = case_of(office, request_id).person.version
    with office.act(people.actors["clerk"]) as act:
        found = act.session.get_one(type(case_of(office, request_id)), request_id)
        requests.confirm_spelling(act, found, "Shevtchenko", "Oxana")
    fields = {"family_name": "Schewtschenko", "given_names": "Oxana", "version": before}
    answer = clerk.submit(f"/cases/{request_id}/spelling", fields)
    assert answer.status_code == 409
    assert 'value="Schewtschenko"' in answer.text
    assert "Shevtchenko" in answer.text, "what was saved meanwhile stands beside it"
    now = case_of(office, request_id).person.version
    assert clerk.submit(f"/cases/{request_id}/spelling", fields | {"version": now}).status_code == 303
    assert case_of(office, request_id).person.family_name == "Schewtschenko"


def test_the_residence_is_recorded(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(HOMELESS)
    at = case_of(office, request_id).person.version
    url = f"/cases/{request_id}/residence"
    for bad in ("", "Str.\x00 1", "x" * 500):
        assert clerk.submit(url, {"address": bad, "version": at}).status_code == 400
    assert clerk.submit(url, {"address": "Str. Nouă 1", "version": at}).status_code == 303
    assert case_of(office, request_id).person.address == "Str. Nouă 1"


def test_the_telephone_number_is_recorded_and_found(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(HOMELESS)
    url, at = f"/cases/{request_id}/phone", version(office, request_id)
    for bad in ("12", "tel", "0744\x00987654"):
        assert clerk.submit(url, {"phone": bad, "version": at}).status_code == 400
    assert clerk.submit(url, {"phone": "0744 987 654", "version": at}).status_code == 303
    assert "+40744987654" in clerk.get(f"/cases/{request_id}").text
    for typed in ("0744987654", "+40 744 987 654", "0040 744 987 654"):
        assert f"/cases/{request_id}" in clerk.look_up(typed).text, typed
    at = version(office, request_id)
    assert clerk.submit(url, {"phone": "0744987654", "version": at}).status_code == 409
    assert clerk.submit(url, {"phone": "", "version": at}).status_code == 303
    assert case_of(office, request_id).phone == ""


def test_the_reason_of_a_replacement_is_stated(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(REPLACED)
    url, at = f"/cases/{request_id}/replacement-reason", version(office, request_id)
    assert clerk.submit(url, {"replacement_reason": "eaten", "version": at}).status_code == 400
    assert clerk.submit(url, {"replacement_reason": "lost", "version": at}).status_code == 303
    assert case_of(office, request_id).replacement_reason == "lost"


def test_what_is_missing_is_noted_for_the_holder(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    url, at = f"/cases/{request_id}/missing", version(office, request_id)
    assert clerk.submit(url, {"version": at}).status_code == 400
    assert clerk.submit(url, {"missing": "everything", "version": at}).status_code == 400
    assert case_of(office, request_id).state == "lodged"
    answer = clerk.submit(url, {"missing": ["proof_of_residence", "portrait"], "version": at})
    assert answer.status_code == 303
    assert case_of(office, request_id).missing == ["portrait", "proof_of_residence"]
    assert "Waiting for the person" in clerk.get(f"/cases/{request_id}").text


def test_an_incomplete_request_is_not_sent_on(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(HOMELESS)
    answer = clerk.submit(f"/cases/{request_id}/complete", {"version": version(office, request_id)})
    assert answer.status_code == 400
    assert "Still missing" in answer.text
    assert case_of(office, request_id).state == "lodged"


def test_a_complete_request_goes_to_the_officer(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    from issuance.services.casework import enrolment
    from printing.portraits.drawn import draw

    with office.act(people.actors["clerk"]) as act:
        found = act.session.get_one(type(case_of(office, request_id)), request_id)
        enrolment.add_portrait(act, found, enrolment.measure(draw("a")), "captured")
        enrolment.accept_portrait(act, found)
    assert "Let the person sign" in clerk.get(f"/cases/{request_id}").text
    assert clerk.submit(f"/cases/{request_id}/complete", {"version": version(office, request_id)}).status_code == 400
    with office.act(people.actors["clerk"]) as act:
        people.sign(act, act.session.get_one(type(found), request_id))
    assert "Send to the officer" in clerk.get(f"/cases/{request_id}").text
    stale = version(office, request_id) - 1
    assert clerk.submit(f"/cases/{request_id}/complete", {"version": stale}).status_code == 409
    assert clerk.submit(f"/cases/{request_id}/complete", {"version": version(office, request_id)}).status_code == 303
    assert case_of(office, request_id).state == "complete"


def test_a_request_is_withdrawn_with_a_reason(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    url, at = f"/cases/{request_id}/withdraw", version(office, request_id)
    assert clerk.submit(url, {"reason": "", "version": at}).status_code == 400
    assert clerk.submit(url, {"reason": "leaves the country", "version": at}).status_code == 303
    assert case_of(office, request_id).state == "withdrawn"
    assert "leaves the country" in clerk.get(f"/cases/{request_id}").text
    again = clerk.submit(url, {"reason": "again", "version": version(office, request_id)})
    assert again.status_code == 409


@pytest.mark.parametrize("act", ["spelling", "residence", "replacement-reason", "missing", "complete", "withdraw"])
def test_a_form_without_its_version_is_refused(clerk: Browser, people: SmallOffice, act: str) -> None:
    request_id = people.lodge(LAYLA)
    fields = {"family_name": "A", "address": "B", "replacement_reason": "lost", "missing": "portrait", "reason": "C"}
    for odd in ({}, {"version": "x"}, {"version": "-1"}, {"version": "9" * 30}):
        assert clerk.submit(f"/cases/{request_id}/{act}", fields | odd).status_code == 400


def test_the_history_names_acts_in_words(clerk: Browser, people: SmallOffice, checked: Case) -> None:
    people.hand_over(checked.request_id, checked.number)
    page = clerk.get(f"/cases/{checked.request_id}").text
    for words in (
        "Request lodged",
        "Portrait accepted",
        "Approved",
        "Print job claimed",
        "Printed",
        "Read back",
        "Handed over",
    ):
        assert words in page
    assert "Lodge the next request" in page


def lodging_of_a_vulnerable_person() -> Lodging:
    return changed(LAYLA, vulnerable=True)


def test_vulnerability_is_shown_to_who_needs_to_know(client: Browser, login: Login, people: SmallOffice) -> None:
    request_id = people.lodge(lodging_of_a_vulnerable_person())
    for role, sees in ((RoleName.CLERK, True), (RoleName.OPERATOR, False)):
        login(client, role)
        assert ("Goes ahead" in client.get(f"/cases/{request_id}").text) == sees
