"""Protected identities: no page of any role says who it is to who is not named; who tries is told to a supervisor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from issuance.models.audit import AuditEvent
from issuance.models.care import Attempt, Protection
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.care import protection, veil
from issuance.services.care.protection import Naming
from issuance.web.frame.auth import access_of
from tests.fixtures.databases import Folder
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import FORM
from tests.web.test_access import things_of

SECRETS = ("al-masri", "layla", "المصري", "2026/tm/0001", "n004512873", "722123456", "halab", "ialomi", "1204/2026")
"""What tells who it is: LAYLA's names, numbers, places."""

WHY = "threatened by the family of her husband"


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Which database is beneath makes no difference to a permission."""
    return sqlite


def protect(people: SmallOffice, request_id: UUID, *named: str) -> UUID:
    """Protect the person of a case; of the accounts of the tests only `named` are left."""
    supervisor = people.actors["supervisor"]
    with people.act(supervisor) as act:
        addresses = [Naming(f"{role}@liman.example") for role in named]
        row = protection.mark(act, act.session.get_one(IssuanceRequest, request_id), WHY, addresses)
        if named and "supervisor" not in named:
            marker = next(each for each in protection.named(act, row) if each.is_marker)
            protection.unname(act, row, marker.id)
        return row.id


def says(answer: TestResponse) -> list[str]:
    """Which secrets an answer tells; a picture or a paper of the case tells all of them."""
    if answer.status_code == 200 and answer.mimetype in ("image/jpeg", "image/png"):
        return ["a picture"]
    body = answer.get_data().decode(errors="replace").casefold()
    return [secret for secret in SECRETS if secret in body or secret in answer.headers.get("Location", "").casefold()]


def staff_pages(app: Flask) -> list[tuple[Rule, Any]]:
    found = [(rule, access_of(app, rule.endpoint)) for rule in app.url_map.iter_rules()]
    return [(rule, access) for rule, access in found if access and access.kind == "staff"]


SEEN_BY_WHO_PRINTS = ("/production/print-files/<uuid:print_file_id>/sheets.pdf",)
"""The sheets themselves: who prints a document holds it in their hands."""


def test_no_page_of_any_role_says_who_it_is(
    app: Flask, client: Browser, login: Login, people: SmallOffice, things: dict[str, Any]
) -> None:
    protect(people, things["request_id"], "mission")
    told, about = [], {str(things[name]): "an urgent matter" for name in ("request_id", "person_id")}
    for role in RoleName:
        if role == RoleName.MISSION:
            continue
        login(client, role)
        with client.session_transaction() as session:
            session["reasons"] = about
        for rule, access in staff_pages(app):
            if role not in access.roles or rule.rule in SEEN_BY_WHO_PRINTS:
                continue
            address = rule.map.bind("localhost", "/").build(rule.endpoint, things_of(rule, things))
            asked = [client.get(address)] if "GET" in (rule.methods or ()) else []
            if {"request_id", "person_id", "document_id"} & rule.arguments and "POST" in (rule.methods or ()):
                asked.append(client.submit(address, {"reason": "an urgent matter"}))
            for answer in asked:
                assert answer.status_code < 500, (role, rule.rule)
                if answer.mimetype == "application/pdf" and "request_id" in rule.arguments:
                    told.append((role, rule.rule, "a paper"))
                told += [(role, rule.rule, secret) for secret in says(answer)]
    assert told == []


def test_without_protection_the_same_pages_say_it(
    client: Browser, login: Login, things: dict[str, Any], people: SmallOffice
) -> None:
    """What the test above looks for can be found."""
    login(client, RoleName.CLERK)
    assert says(client.get(f"/cases/{things['request_id']}"))
    protect(people, things["request_id"], "clerk")
    assert says(client.get(f"/cases/{things['request_id']}"))
    assert says(client.get(f"/persons/{things['person_id']}"))


def test_search_finds_it_for_the_named_alone(client: Browser, login: Login, people: SmallOffice, lodged: Case) -> None:
    protect(people, lodged.request_id, "clerk")
    for role, finds in ((RoleName.CLERK, True), (RoleName.SUPERVISOR, False), (RoleName.AUDITOR, False)):
        login(client, role)
        for words in ("Al-Masri", "2026/TM/0001", "Layla 1.1.1992"):
            assert (str(lodged.request_id) in client.look_up(words).text) is finds, (role, words)


def test_who_tries_is_told_whom_to_ask_and_the_supervisor_who_tried(
    client: Browser, login: Login, office: Office, people: SmallOffice, lodged: Case
) -> None:
    key = protect(people, lodged.request_id, "supervisor")
    login(client, RoleName.DECISION_OFFICER)
    for page in (f"/cases/{lodged.request_id}", f"/decisions/{lodged.request_id}"):
        refused = client.get(page)
        assert refused.status_code == 403
        assert "Ask supervisor" in refused.text
        assert says(refused) == []
    with office.reading() as look:
        assert len(look.session.scalars(select(Attempt)).all()) == 2
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "protection.refused")).first()
        assert str(lodged.request_id) not in str([subject.subject_id for subject in event.subjects])
    login(client, RoleName.SUPERVISOR)
    assert "Protected records: who tried" in client.get("/").text
    page = f"/protected/{key}"
    assert page in client.get("/protected").text
    shown = client.get(page).text
    assert shown.count("decision_officer") == 2
    assert WHY in shown
    assert client.submit(f"{page}/seen").status_code == 303
    assert "I have looked at them" not in client.get(page).text


def test_a_supervisor_protects_names_and_ends_it(
    client: Browser, login: Login, office: Office, people: SmallOffice, lodged: Case
) -> None:
    case = f"/cases/{lodged.request_id}"
    login(client, RoleName.SUPERVISOR)
    assert f"{case}/protection" in client.get(case).text
    for wrong in ({"reason": ""}, {"reason": WHY, "named": "nobody@liman.example"}, {"reason": "so"}):
        refused = client.submit(f"{case}/protection", wrong)
        assert refused.status_code == 400
    with office.reading() as look:
        assert look.session.scalars(select(Protection)).all() == []
    marked = client.submit(f"{case}/protection", {"reason": WHY, "named": "clerk@liman.example"})
    assert marked.status_code == 303
    assert client.get(f"{case}/protection").location == marked.location
    page = marked.location
    assert "protected identity" in client.get(case).text
    assert client.submit(f"{page}/named", {"email": "decision_officer@liman.example"}).status_code == 303
    assert client.submit(f"{page}/named", {"email": "decision_officer@liman.example"}).status_code == 409
    login(client, RoleName.DECISION_OFFICER)
    assert client.get(case).status_code == 200
    assert client.get(page).status_code == 403
    login(client, RoleName.SUPERVISOR)
    assert client.submit(f"{page}/end").status_code == 303
    login(client, RoleName.AUDITOR)
    assert "Al-Masri" in client.get(case).text


def test_somebody_alike_is_stopped_at_the_desk_without_data(
    client: Browser, login: Login, office: Office, people: SmallOffice, lodged: Case
) -> None:
    protect(people, lodged.request_id)
    login(client, RoleName.CLERK)
    twin = FORM | {
        "family_name": "Al-Masri",
        "given_names": "Layla",
        "native_name": "",
        "birth_date-day": "1",
        "birth_date-month": "1",
        "birth_date-year": "1992",
        "sex": "F",
        "person": "new",
    }
    stopped = client.submit("/desk/lodge", twin)
    assert stopped.status_code == 403
    assert "Somebody alike has a protected record" in stopped.text
    assert says(stopped) == []
    with office.reading() as look:
        assert len(look.session.scalars(select(IssuanceRequest)).all()) == 1
        assert len(look.session.scalars(select(Attempt)).all()) == 1


def test_the_family_of_a_protected_person_shows_no_name(
    client: Browser, login: Login, people: SmallOffice, lodged: Case
) -> None:
    husband = people.lodge(changed(LAYLA, family_name="Haddad", given_names="Karim", native_name="", sex="M",
                                   birth_date="1990-02-02", case_reference="2026/TM/0777", phone="",
                                   birth_place="Homs", address="Timișoara"))  # fmt: skip
    login(client, RoleName.CLERK)
    with people.reading() as look:
        reference = look.session.get_one(IssuanceRequest, lodged.request_id).reference
    linked = client.submit(
        f"/cases/{husband}/family",
        {"tie": "spouse", "relative": reference, "evidence": "certificate", "source": "person"},
    )
    assert linked.status_code == 303, linked.text
    assert "Al-Masri" in client.get(f"/cases/{husband}").text
    protect(people, lodged.request_id)
    shown = client.get(f"/cases/{husband}").text
    assert "Al-Masri" not in shown
    assert veil.SAID in shown


def test_the_holder_finds_the_status_page_as_it_was(client: Browser, people: SmallOffice, checked: Case) -> None:
    protect(people, checked.request_id)
    with people.reading() as look:
        reference = look.session.get_one(IssuanceRequest, checked.request_id).reference
    born = {"birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1992"}
    answer = client.submit("/status", {"reference": reference, **born})
    assert "Ready" in answer.text or "ready" in answer.text
    assert says(answer) == []
    assert "Timișoara" not in answer.text
