"""Two records of one person on the pages: compared, merged by two, undone, split; refusals stand in the form."""

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
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser

OTHER = changed(
    LAYLA,
    family_name="Masry",
    given_names="Leila",
    native_name="",
    birth_date="1992-01-XX",
    document_type="TD-C",
    case_reference="2026/TM/0009",
)
WHY = {"reason": "both were shown one passport", "evidence": "passport N004512873 of 2020"}


@pytest.fixture
def two(office: Office, people: SmallOffice, complete: Case) -> tuple[UUID, UUID]:
    other = people.lodge(OTHER)
    with office.database.reading() as session:
        ids = [session.get_one(IssuanceRequest, key).person_id for key in (complete.request_id, other)]
    return ids[0], ids[1]


def sent(office: Office, person_id: UUID, **changes: Any) -> dict[str, Any]:
    with office.database.reading() as session:
        return WHY | {"version": session.get_one(Person, person_id).version} | changes


def press(browser: Browser, office: Office, person_id: UUID, button: str) -> str:
    """Press a button of what waits, as the page has it; where that leads."""
    found = re.search(rf'action="([^"]+regroupings[^"]+/{button})"', browser.get(f"/persons/{person_id}").text)
    assert found, f"nothing on the page to {button}"
    answer = browser.submit(found[1], sent(office, person_id))
    assert answer.status_code == 303
    return answer.location


def test_a_person_with_two_records_gets_one_page(
    client: Browser, office: Office, people: SmallOffice, two: tuple[UUID, UUID]
) -> None:
    kept, other = two
    clerk = sit_down(client, office, people, "clerk")
    page = clerk.get(f"/persons/{kept}").text
    assert "Persons alike in the register: 1." in page
    page = clerk.get(f"/persons/{kept}/merge").text
    assert "Masry Leila" in page
    assert last_event(office) == "person.compared"
    assert clerk.submit(f"/persons/{kept}/merge", sent(office, kept, other=other)).status_code == 303
    page = clerk.get(f"/persons/{other}").text
    assert 'id="regrouping"' in page
    assert "/agree" not in page, "who proposed it does not agree"
    second = sit_down(client, office, people, "second_clerk")
    assert press(second, office, kept, "agree") == f"/persons/{kept}"
    assert second.get(f"/persons/{other}").location == f"/persons/{kept}"
    page = second.get(f"/persons/{kept}").text
    assert "TD-C" in page
    assert "merged on" in page
    assert second.look_up("leila masry").location == f"/persons/{kept}"
    undo = re.search(r'href="([^"]+/undo)"', page)
    assert undo
    assert "Masry Leila" in second.get(undo[1]).text
    assert second.submit(undo[1], sent(office, kept)).status_code == 303
    press(sit_down(client, office, people, "supervisor"), office, kept, "agree")
    assert "TD-C" in second.get(f"/persons/{other}").text


def test_two_who_are_two_are_not_asked_about_again(
    client: Browser, office: Office, people: SmallOffice, two: tuple[UUID, UUID]
) -> None:
    clerk, at = sit_down(client, office, people, "clerk"), f"/persons/{two[0]}/merge"
    answer = clerk.submit(at, {"version": sent(office, two[0])["version"], "other": two[1], "two": "yes"})
    assert answer.status_code == 303
    assert last_event(office) == "person.two_said"
    assert "Masry" not in clerk.get(at).text
    for person_id in two:
        assert "Persons alike" not in clerk.get(f"/persons/{person_id}").text


def test_a_record_is_named_by_a_number(
    client: Browser, office: Office, people: SmallOffice, two: tuple[UUID, UUID]
) -> None:
    clerk, at = sit_down(client, office, people, "clerk"), f"/persons/{two[0]}/merge"
    answer = clerk.submit(at, sent(office, two[0], number="nobody-1"))
    assert answer.status_code == 400
    assert "No person has this number" in answer.text
    assert clerk.submit(at, sent(office, two[0], number=" 2026/TM/0009 ")).status_code == 303


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({}, 400, "Choose the other person"),
        ({"other": "nonsense"}, 400, "Choose the other person"),
        ({"other": str(UUID(int=7))}, 400, "Choose the other person"),
        ({"other": "itself"}, 400, "the person of this page"),
        ({"other": "itself", "two": "yes"}, 400, "the person of this page"),
        ({"other": "other", "evidence": ""}, 400, "Fill this in"),
        ({"other": "other", "reason": ""}, 400, "Fill this in"),
        ({"other": "other", "version": 0}, 409, "Someone else changed this"),
        ({"other": "other", "evidence": "a\u202eb"}, 400, "invisible"),
    ],
)
def test_what_is_refused_stands_in_the_form(
    client: Browser,
    office: Office,
    people: SmallOffice,
    two: tuple[UUID, UUID],
    changes: dict[str, Any],
    status: int,
    why: str,
) -> None:
    named = {"itself": two[0], "other": two[1]}
    values = {key: named.get(value, value) for key, value in changes.items()}
    answer = sit_down(client, office, people, "clerk").submit(
        f"/persons/{two[0]}/merge", sent(office, two[0], **values)
    )
    assert answer.status_code == status
    assert why in answer.text


def test_one_record_becomes_two_persons(client: Browser, office: Office, people: SmallOffice, complete: Case) -> None:
    with office.database.reading() as session:
        person_id = session.get_one(IssuanceRequest, complete.request_id).person_id
    request_id = people.lodge(changed(LAYLA, document_type="RT", case_reference="2026/TM/0011", person_id=person_id))
    clerk, at = sit_down(client, office, people, "clerk"), f"/persons/{person_id}/split"
    assert str(request_id) in clerk.get(at).text
    refused = clerk.submit(at, sent(office, person_id, requests=[request_id]))
    assert refused.status_code == 400
    assert "Choose the other person" in refused.text
    assert clerk.submit(at, sent(office, person_id, requests=["nonsense"], other="new")).status_code == 400
    assert clerk.submit(at, sent(office, person_id, other="new")).status_code == 400
    assert clerk.submit(at, sent(office, person_id, requests=[request_id], other="new")).status_code == 303
    new = press(sit_down(client, office, people, "supervisor"), office, person_id, "agree")
    assert new != f"/persons/{person_id}"
    page = clerk.get(new).text
    assert "RT" in page
    assert "records merged or split" in page
    assert "Persons alike" not in page, "they are known to be two"


def test_it_is_taken_back(client: Browser, office: Office, people: SmallOffice, two: tuple[UUID, UUID]) -> None:
    clerk = sit_down(client, office, people, "clerk")
    clerk.submit(f"/persons/{two[0]}/merge", sent(office, two[0], other=two[1]))
    press(clerk, office, two[1], "decline")
    assert 'id="regrouping"' not in clerk.get(f"/persons/{two[0]}").text


def test_a_page_of_before_the_merge_corrects_nobody(
    client: Browser, office: Office, people: SmallOffice, two: tuple[UUID, UUID]
) -> None:
    clerk = sit_down(client, office, people, "clerk")
    clerk.submit(f"/persons/{two[0]}/merge", sent(office, two[0], other=two[1]))
    press(sit_down(client, office, people, "supervisor"), office, two[0], "agree")
    answer = sit_down(client, office, people, "clerk").submit(f"/persons/{two[1]}/correction", sent(office, two[0]))
    assert answer.status_code == 409
    assert "merged into another" in answer.text


def last_event(office: Office) -> str:
    with office.database.reading() as session:
        newest = select(AuditEvent.act).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        return session.scalars(newest.limit(1)).one()
