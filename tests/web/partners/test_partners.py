"""A body's pages: made by two administrators, read-only for the body, each look told to the holder (E12)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from issuance.actors import SYSTEM
from issuance.law.persons.consent import consent_text
from issuance.models.mandates import Body, BodyAccount, Consent, Mandate
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName
from issuance.office import Office
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.web.frame.auth import ANY_ROLE, access_of
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

UNHCR = "UNHCR Romania"
SECOND = "second.administrator@liman.example"


@pytest.fixture
def body_id(client: Browser, login: Login, office: Office) -> UUID:
    """A body with the partner's account, by two administrators and their pages."""
    with office.act(SYSTEM) as act:
        centre = act.session.scalars(select(Centre).where(Centre.code == "timisoara")).one()
        second = accounts.add_account(act, NewAccount(SECOND, "Second", centre, [RoleName.ADMINISTRATOR], "-")).id
        act.session.flush()
        accounts.named(act, SECOND).password_given_at = None
    login(client, RoleName.ADMINISTRATOR)
    assert "partners.bodies" not in client.get("/bodies").text
    added = client.submit("/bodies", {"name": UNHCR, "kind": "unhcr"})
    assert added.status_code == 303
    page = added.location
    wrong = client.submit(f"{page}/accounts", {"email": "clerk@liman.example"})
    assert "role of a partner" in sentence_beside(wrong, "email")
    assert client.submit(f"{page}/accounts", {"email": "partner@liman.example"}).status_code == 303
    with office.reading() as look:
        row_id = look.session.scalars(select(BodyAccount.id)).one()
        found = look.session.scalars(select(Body.id)).one()
    assert "Another administrator agrees" in client.submit(f"{page}/accounts/{row_id}/agree").text
    client.take_session(second)
    assert client.submit(f"{page}/accounts/{row_id}/agree").status_code == 303
    return found


@pytest.fixture
def mandate_id(client: Browser, login: Login, office: Office, body_id: UUID, made: Case) -> UUID:
    """A mandate of the person of a case for that body, recorded by a clerk, still without consent."""
    login(client, RoleName.CLERK)
    said = {"kind": "unhcr", "body": str(body_id), "relation": "UNHCR", "scopes": ["see_status", "see_file"]}
    answer = client.submit(
        f"/cases/{made.request_id}/mandates", said | {"granted_by": "person", "evidence": "form 3", "holder": ""}
    )
    assert answer.status_code == 303
    with office.reading() as look:
        return look.session.scalars(select(Mandate.id)).one()


def consent(client: Browser, request_id: UUID, mandate_id: UUID, **more: str) -> int:
    """Let a clerk record the consent; what the page answers."""
    said = {"text_version": consent_text().version.isoformat(), "consent_language": "ar", "interpreter": "Haddad Rana"}
    return client.submit(f"/cases/{request_id}/mandates/{mandate_id}/consent", said | more).status_code


def test_a_file_opens_by_consent_is_told_and_closes_when_it_is_taken_back(
    client: Browser, login: Login, office: Office, made: Case, mandate_id: UUID
) -> None:
    page, case = f"/files/{mandate_id}", f"/cases/{made.request_id}"
    assert "no consent" in client.get(f"{case}/mandates").text
    login(client, RoleName.PARTNER)
    assert "No file is open to you today" in client.get("/files").text
    assert client.get(page).status_code == 404
    login(client, RoleName.CLERK)
    text = client.get(f"{case}/mandates/{mandate_id}/consent").text
    assert 'lang="ar" dir="rtl"' in text
    assert consent(client, made.request_id, mandate_id, interpreter="") == 400
    assert consent(client, made.request_id, mandate_id) == 303
    login(client, RoleName.PARTNER)
    assert "Al-Masri" in client.get("/files").text
    file = client.get(page).text
    assert f"Seen by Test partner for {UNHCR}" in file
    assert "In production" in file or "in production" in file
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, made.request_id)
        reference, person_id = request.reference, request.person_id
    assert_told(client, reference)
    login(client, RoleName.SUPERVISOR)
    person = client.get(f"/persons/{person_id}").text
    assert "looked at the file" in person
    assert "File seen by a body" in person
    login(client, RoleName.CLERK)
    assert client.submit(f"{case}/mandates/{mandate_id}/consent/withdraw").status_code == 303
    login(client, RoleName.PARTNER)
    assert client.get(page).status_code == 404


def assert_told(client: Browser, reference: str) -> None:
    """The status page names the body and the day, once, in the holder's language; a wrong date learns nothing."""
    born = {"reference": reference, "birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1992"}
    answer = client.post("/status", data=born).text
    assert answer.count("looked at your file on") == 1
    assert UNHCR in answer
    for language in ("ro", "fr", "ar", "uk", "bn", "ur"):
        said = client.post(f"/status?lang={language}", data=born).text
        assert UNHCR in said
        assert "looked at your file" not in said
    client.delete_cookie("lang")
    assert UNHCR not in client.post("/status", data=born | {"birth_date-day": "2"}).text


def test_a_partner_reaches_its_files_and_nothing_else_of_the_register(
    app: Flask, client: Browser, login: Login, people: SmallOffice, made: Case, mandate_id: UUID
) -> None:
    """Over the whole map of addresses, with a case, a person and a document that are there."""
    assert consent(client, made.request_id, mandate_id) == 303
    login(client, RoleName.PARTNER)
    known = {"request_id": made.request_id, "document_id": made.document_id, "mandate_id": mandate_id}
    with people.reading() as look:
        known["person_id"] = look.session.get_one(IssuanceRequest, made.request_id).person_id
    reached = set()
    for rule, method in staff_routes(app):
        values = {name: known.get(name, uuid4() if "uuid" in repr(kind).lower() else "1") for name, kind in kinds(rule)}
        address = rule.map.bind("localhost", "/").build(rule.endpoint, values)
        answer = client.get(address) if method == "GET" else client.submit(address)
        assert answer.status_code < 500, address
        if answer.status_code not in (403, 404):
            reached.add(rule.endpoint)
    everybody = {rule.endpoint for rule, _ in staff_routes(app) if is_for_everybody(app, rule)}
    assert reached - everybody == {"partners.files.listed", "partners.files.show"}
    assert "Al-Masri" not in client.get("/").text


def staff_routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access and access.kind == "staff":
            yield from ((rule, method) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def is_for_everybody(app: Flask, rule: Rule) -> bool:
    access = access_of(app, rule.endpoint)
    return access is not None and access.roles == {*ANY_ROLE}


def kinds(rule: Rule) -> list[tuple[str, object]]:
    return [(name, type(rule._converters[name]).__name__) for name in rule.arguments]


def test_a_body_that_ended_sees_nothing(
    client: Browser, login: Login, made: Case, body_id: UUID, mandate_id: UUID
) -> None:
    assert consent(client, made.request_id, mandate_id) == 303
    login(client, RoleName.ADMINISTRATOR)
    assert client.submit(f"/bodies/{body_id}/end").status_code == 303
    assert "ended already" in client.submit(f"/bodies/{body_id}/end").text
    login(client, RoleName.PARTNER)
    assert "belongs to no body" in client.get("/files").text
    assert client.get(f"/files/{mandate_id}").status_code == 403


def test_a_second_consent_and_one_of_no_language_are_refused(
    client: Browser, office: Office, made: Case, mandate_id: UUID
) -> None:
    assert consent(client, made.request_id, mandate_id, consent_language="xx") == 400
    assert consent(client, made.request_id, mandate_id, text_version="2020-01-01") in (400, 409)
    assert consent(client, made.request_id, mandate_id) == 303
    assert consent(client, made.request_id, mandate_id) in (400, 409)
    with office.reading() as look:
        assert len(look.session.scalars(select(Consent)).all()) == 1
