"""What is held and what was refused: seen by supervisors of the centre, tried again, decided, set aside."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as events
from sqlalchemy import select, text

from issuance.actors import SYSTEM
from issuance.models.exchange import CaseEvent, HandledCase
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.exchange import callers, taking
from tests.background import work
from tests.exchange import event
from tests.web.conftest import Browser, Login

LIST = "/case-events"


@pytest.fixture
def office(app: Flask) -> Office:
    """The office of these pages."""
    found: Office = app.extensions["office"]
    with found.act(SYSTEM) as act:
        callers.add(act, "case handling")
    return found


def told(office: Office, kind: str, number: int = 1, **changes: Any) -> str:
    """The address of an event that case handling told."""
    with office.reading() as look:
        actor, token = callers.actor(look), callers.listed(look)[0].id
    with office.act(actor) as act:
        key = taking.take(act, event(kind, number, **changes), token).id
    work(office)
    return f"{LIST}/{key}"


def states(office: Office) -> list[str]:
    """Where the events stand, in the order of their numbers."""
    with office.reading() as look:
        return [str(each) for each in look.session.scalars(select(CaseEvent.state).order_by(CaseEvent.number))]


def test_what_is_held_is_shown_with_what_is_missing_and_leaves_the_list_by_itself(
    office: Office, client: Browser, login: Login
) -> None:
    login(client, RoleName.SUPERVISOR)
    assert "Nothing waits" in client.get(LIST).text
    address = told(office, "flags", 2)
    page = client.get(LIST).text
    assert "an event before it is missing" in page
    assert "number 1 is wanted next" in page
    assert "Number 1 of this person is wanted next" in client.get(address).text
    assert client.submit(f"{address}/again").status_code == 409
    told(office, "application_registered")
    assert states(office) == ["applied", "applied"]
    assert "Nothing waits" in client.get(LIST).text


def test_what_was_refused_says_why_and_is_tried_again_or_set_aside(
    office: Office, client: Browser, login: Login
) -> None:
    login(client, RoleName.SUPERVISOR)
    told(office, "application_registered")
    address = told(office, "appeal_decided", 2)
    told(office, "flags", 3)
    page = client.get(address).text
    assert "No appeal of this person is pending" in page
    assert client.submit(f"{address}/again").status_code == 303
    work(office)
    assert states(office) == ["applied", "refused", "held"]
    assert client.submit(f"{address}/set-aside", {"reason": " "}).status_code == 400
    assert client.submit(f"{address}/set-aside", {"reason": "told twice, said their desk"}).status_code == 303
    work(office)
    assert states(office) == ["applied", "set_aside", "applied"]
    assert client.get(address).status_code == 404


def test_a_person_that_becomes_known_is_found_when_it_is_tried_again(
    office: Office, client: Browser, login: Login
) -> None:
    login(client, RoleName.SUPERVISOR)
    address = told(office, "flags", eurodac_reference="", person={"key": "CH-7", "eurodac_reference": "RO1TM7"})
    assert "Nobody in the register is this person" in client.get(address).text
    told(office, "application_registered", key="CH-8")
    with office.upkeep() as look:
        look.session.execute(text("UPDATE person SET eurodac_reference = 'RO1TM7'"))
    assert client.submit(f"{address}/again").status_code == 303
    work(office)
    with office.reading() as look:
        cases = look.session.scalars(select(HandledCase.person_id)).all()
        assert len(cases) == 2
        assert len(set(cases)) == 1


@pytest.mark.parametrize("same", [True, False])
def test_somebody_alike_is_chosen_or_is_somebody_else(
    office: Office, client: Browser, login: Login, same: bool
) -> None:
    login(client, RoleName.SUPERVISOR)
    told(office, "application_registered")
    address = told(office, "application_lodged", key="CH-2", case_reference="2026/TM/0901", birth_date="1990-03-XX")
    page = client.get(address).text
    assert "Who is it?" in page
    shown = re.findall(r'name="shown" value="([^"]+)"', page)[0]
    assert client.submit(f"{address}/again", {"shown": shown}).status_code == 400
    chosen = shown.split()[0] if same else "new"
    assert client.submit(f"{address}/again", {"shown": shown, "person": chosen}).status_code == 303
    work(office)
    with office.reading() as look:
        assert len(look.session.scalars(select(Person.id)).all()) == (1 if same else 2)
        assert len(look.session.scalars(select(IssuanceRequest.id)).all()) == 2


def test_another_centre_sees_nothing_of_it(office: Office, client: Browser, login: Login) -> None:
    login(client, RoleName.SUPERVISOR)
    told(office, "application_registered", centre="galati")
    address = told(office, "appeal_decided", 2)
    assert "Nothing waits" in client.get(LIST).text
    for path in ("", "/again", "/set-aside"):
        answer = client.submit(address + path, {"reason": "x"}) if path else client.get(address)
        assert answer.status_code == 404


def test_every_page_of_the_case_says_what_case_handling_told(office: Office, client: Browser, login: Login) -> None:
    told(office, "application_registered")
    told(office, "decision", 2)
    told(office, "flags", 3, joint_return_decision=True)
    told(office, "appeal_lodged", 4)
    told(office, "correction", 5)
    with office.reading() as look:
        request = look.session.scalars(select(IssuanceRequest)).one()
    login(client, RoleName.CLERK)
    case, person = client.get(f"/cases/{request.id}").text, client.get(f"/persons/{request.person_id}").text
    for page in (case, person, client.get(f"/cases/{request.id}/rights").text):
        assert "From case handling" in page
        assert "pending since 20 Oct 2026" in page
        assert "Joint return decision" in page
    assert "Appeal pending" in case
    assert "Case handling says otherwise" in person
    assert "Kabul" in person


def test_the_form_of_the_permit_takes_over_what_case_handling_told(
    office: Office, client: Browser, login: Login
) -> None:
    told(office, "application_registered")
    told(office, "decision", 2)
    with office.reading() as look:
        request = look.session.scalars(select(IssuanceRequest)).one()
    login(client, RoleName.CLERK)
    case = client.get(f"/cases/{request.id}").text
    address = f"/cases/{request.id}/next?granted=1"
    assert f'href="{address}"' in case
    page = client.get(address).text
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    assert fields["decision_number"] == "77/2026"
    sent = fields | {"document_type": "RP-R", "kind": "first", "status": "refugee", "nationality": "AFG", "sex": "F"}
    sent |= {"language": "fa", "procedure": "regular", "travel_document_shown": "none", "applied_at": "inspectorate"}
    sent = {
        name: value
        for name, value in sent.items()
        if "unknown" not in name and name not in ("unaccompanied", "vulnerable")
    }
    answer = client.submit(f"/cases/{request.id}/next", sent)
    assert answer.status_code == 303, re.findall(r'class="error[^>]*>(.*?)<', answer.text)
    with office.reading() as look:
        permit = look.session.scalars(select(IssuanceRequest).where(IssuanceRequest.document_type == "RP-R")).one()
        assert (permit.entitlement_source, permit.decision_number) == ("case_handling", "77/2026")
        assert permit.person.status == "refugee"


def test_a_clerk_takes_or_leaves_what_case_handling_proposes(office: Office, client: Browser, login: Login) -> None:
    told(office, "application_registered")
    told(office, "correction", 2)
    told(office, "correction", 3, said={"family_name": "Haydari"})
    with office.reading() as look:
        person = look.session.scalars(select(Person)).one()
    login(client, RoleName.CLERK)
    address = f"/persons/{person.id}"
    takes = re.findall(r'action="([^"]+/take)"', client.get(address).text)
    assert len(takes) == 2
    for take in takes:
        assert client.submit(take).status_code == 303
    assert client.submit(takes[0]).status_code == 303  # it says that it was settled
    page = client.get(address).text
    assert "A correction waits for a second person" in page
    assert "Case handling says otherwise" not in page
    told(office, "correction", 4, said={"birth_place": "Herat"})
    leave = re.findall(r'action="([^"]+/decline)"', client.get(address).text)
    client.submit(next(each for each in leave if "proposals" in each))
    assert "Case handling says otherwise" not in client.get(address).text
    with office.reading() as look:
        assert look.session.get_one(Person, person.id).birth_place == "Kabul"


MANY = """
INSERT INTO case_event (id, event_id, case_id, token_id, kind, number, occurred_on, received_at, digest, encrypted, why,
                        field, state)
WITH RECURSIVE upto(n) AS (SELECT 3 UNION ALL SELECT n + 1 FROM upto WHERE n < 3000)
SELECT lower(hex(randomblob(16))), lower(hex(randomblob(16))), case_id, token_id, kind, n, occurred_on, received_at,
       digest, encrypted, why, field, CASE WHEN n % 3 THEN 'applied' ELSE 'held' END
  FROM case_event, upto
"""


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_the_list_is_bounded_however_many_events_there_are(office: Office, client: Browser, login: Login) -> None:
    told(office, "flags", 2)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with office.database.engine.begin() as connection:
        connection.exec_driver_sql(MANY)
    login(client, RoleName.SUPERVISOR)
    events.listen(office.database.engine, "before_cursor_execute", note)
    page = client.get(LIST).text
    events.remove(office.database.engine, "before_cursor_execute", note)
    assert page.count("<tr data-row>") == 50
    assert re.search(r"Events of case handling.{1,200}\b500\b", page, re.DOTALL)
    of_events = [each for each in asked if "received_at" in each[0] and "ORDER BY" in each[0]]
    assert of_events
    with office.database.engine.connect() as connection:
        for statement, parameters in of_events:
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
            assert "USING INDEX ix_case_event_open (centre_id=?)" in plan
            assert "TEMP B-TREE" not in plan
