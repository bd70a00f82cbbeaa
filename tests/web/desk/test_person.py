"""The page of a person: everything of one person in one place, and a correction by two persons to the new document."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.models.audit import AuditEvent
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.services.mandates import giving
from issuance.services.mandates.giving import Given
from issuance.services.persons import family
from issuance.services.persons.family import Said
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser

RIGHT: dict[str, Any] = {
    "family_name": "Al-Masri",
    "given_names": "Layla",
    "native_name": "ليلى المصري",
    "birth_date-day": "1",
    "birth_date-month": "2",
    "birth_date-year": "1993",
    "birth_place": "Halab",
    "sex": "F",
    "nationality": "SYR",
    "status": "refugee",
    "address": "Str. Ialomiței 2, Timișoara",
    "eurodac_reference": "",
    "cnp": "",
    "reason": "office_error",
    "evidence": "passport N004512873 of 2020",
}
"""Layla's data with the birth date as it should be."""


def person_of(office: Office, case: Case) -> Person:
    with office.database.reading() as session:
        return session.get_one(IssuanceRequest, case.request_id).person


def sent(office: Office, case: Case, **changes: Any) -> dict[str, Any]:
    return RIGHT | {"version": person_of(office, case).version} | changes


def agree(browser: Browser, office: Office, case: Case) -> int:
    """Press the button of the second person, as the page has it."""
    at = f"/persons/{person_of(office, case).id}"
    found = re.search(r'action="([^"]+/agree)"', browser.get(at).text)
    assert found, "no correction that this person may agree to"
    return browser.submit(found[1], {"version": person_of(office, case).version}).status_code


def test_a_wrong_birth_date_is_corrected_by_two_and_the_permit_made_right(
    client: Browser, office: Office, people: SmallOffice, checked: Case
) -> None:
    people.hand_over(checked.request_id, checked.number)
    person_id = person_of(office, checked).id
    clerk = sit_down(client, office, people, "clerk")
    assert f"/persons/{person_id}" in clerk.get(f"/cases/{checked.request_id}").text
    assert clerk.submit(f"/persons/{person_id}/correction", sent(office, checked)).status_code == 303
    page = clerk.get(f"/persons/{person_id}").text
    assert "waits for a second person" in page
    assert "/agree" not in page, "who proposed it does not agree"
    assert agree(sit_down(client, office, people, "supervisor"), office, checked) == 303
    clerk = sit_down(client, office, people, "clerk")
    page = clerk.get(f"/persons/{person_id}").text
    assert "01.02.1993" in page
    assert "says otherwise than the register" in page
    case = clerk.get(f"/cases/{checked.request_id}").text
    assert "01.01.1992" in case
    assert "says otherwise now" in case
    lodging = clerk.get(f"/cases/{checked.request_id}/next?kind=correction").text
    assert re.search(r'value="correction"[^>]* checked', lodging)
    assert checked.number in lodging


def test_the_officer_sees_what_changed_since_the_lodging(
    client: Browser, office: Office, people: SmallOffice, complete: Case
) -> None:
    at = f"/decisions/{complete.request_id}"
    assert "Changed since" not in sit_down(client, office, people, "decision_officer").get(at).text
    clerk = sit_down(client, office, people, "clerk")
    clerk.submit(f"/persons/{person_of(office, complete).id}/correction", sent(office, complete))
    agree(sit_down(client, office, people, "second_clerk"), office, complete)
    page = sit_down(client, office, people, "decision_officer").get(at).text
    assert "Changed since the lodging" in page
    changed = page.partition("Changed since the lodging")[2]
    assert changed.index("01.01.1992") < changed.index("01.02.1993")


def test_what_is_refused_stands_beside_its_field(
    client: Browser, office: Office, people: SmallOffice, lodged: Case
) -> None:
    clerk, at = sit_down(client, office, people, "clerk"), f"/persons/{person_of(office, lodged).id}/correction"
    answer = clerk.submit(at, sent(office, lodged, evidence="", cnp="12"))
    assert answer.status_code == 400
    assert "Fill this in" in answer.text
    answer = clerk.submit(at, sent(office, lodged, cnp="12"))
    assert answer.status_code == 400
    assert "13 digits" in answer.text
    answer = clerk.submit(at, sent(office, lodged, version=0))
    assert answer.status_code == 409
    assert "Someone else changed this" in answer.text
    assert clerk.submit(at, {}).status_code == 400


def test_a_person_of_another_centre_asks_why_and_the_reason_is_recorded(
    client: Browser, office: Office, people: SmallOffice
) -> None:
    request_id = people.lodge(changed(LAYLA, centre="galati"))
    with office.reading() as look:
        person_id = look.session.get_one(IssuanceRequest, request_id).person_id
    clerk = sit_down(client, office, people, "clerk")
    answer = clerk.get(f"/persons/{person_id}")
    assert answer.location == f"/persons/{person_id}/reason"
    answer = clerk.submit(answer.location, {"reason": "she moved here in May"})
    assert "Al-Masri Layla" in clerk.get(answer.location).text
    assert last_event(office) == ("person.opened_elsewhere", "she moved here in May")
    assert clerk.submit(f"/persons/{person_id}/correction", RIGHT | {"version": 1}).status_code == 403


def test_the_opening_is_recorded(client: Browser, office: Office, people: SmallOffice, lodged: Case) -> None:
    sit_down(client, office, people, "auditor").get(f"/persons/{person_of(office, lodged).id}")
    assert last_event(office) == ("person.opened", "")


def last_event(office: Office) -> tuple[str, str]:
    with office.database.reading() as session:
        newest = session.scalars(select(AuditEvent).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())).first()
        assert newest is not None
        return newest.act, newest.reason


@pytest.mark.parametrize("words", ["layla masri"])
def test_search_leads_to_somebody_with_several_cases(
    client: Browser, office: Office, people: SmallOffice, lodged: Case, words: str
) -> None:
    people.lodge(changed(LAYLA, document_type="TD-C", case_reference="2026/TM/0002"))
    answer = sit_down(client, office, people, "clerk").look_up(words)
    assert answer.location == f"/persons/{person_of(office, lodged).id}"


def test_there_is_no_such_person(client: Browser, office: Office, people: SmallOffice, lodged: Case) -> None:
    nobody = UUID(int=7)
    assert sit_down(client, office, people, "clerk").get(f"/persons/{nobody}").status_code == 404


def test_family_who_acts_and_who_looked_are_on_the_page(
    client: Browser, office: Office, people: SmallOffice, lodged: Case
) -> None:
    given = Given("lawyer", "Ionescu Maria", "lawyer", ["see_status"], "mandate 7 of 2026", granted_by="person")
    husband = people.lodge(changed(LAYLA, given_names="Omar", sex="M", native_name="", case_reference="2026/TM/0033"))
    with office.act(people.actors["clerk"]) as act:
        case, other = (act.session.get_one(IssuanceRequest, key) for key in (lodged.request_id, husband))
        giving.give(act, case, given)
        family.link(act, case, other.person, Said("spouse", "person", "marriage certificate"))
    at = f"/persons/{person_of(office, lodged).id}"
    sit_down(client, office, people, "clerk")
    page = client.get(at).text
    assert "Ionescu Maria (lawyer)" in page
    assert "Al-Masri Omar" in page
    assert "Who looked at it" not in page
    sit_down(client, office, people, "supervisor")
    page = client.get(at).text
    looked = page[page.index("Who looked at it") :]
    assert looked.count("Person opened") == 2
    assert ">clerk<" in looked
