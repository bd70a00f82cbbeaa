"""Who answers for what bodies outside are told sees what waits, carries files and takes receipts; two allow more."""

from __future__ import annotations

import datetime as dt
import io
import json
from base64 import b64decode
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.chores import feeds as chores
from issuance.errors import NotFound
from issuance.law.office.feeds import recipients
from issuance.models.audit import AuditEvent
from issuance.models.feeds import FeedFile, FeedRow
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services import centres
from issuance.services.feeds import allowances, files, pushing, receipts
from issuance.web.feeds import overview
from tests.feeds import receipt, report
from tests.integration.life.test_retention import second_administrator
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.exchange.shared import made_token

SIS, CASES, API = "/feeds/sis", "/feeds/case_handling", "/api/outgoing/case_handling"


@pytest.fixture
def lost(people: SmallOffice, office: Office, checked: Case) -> Case:
    """A document that was handed over and reported, and told in files."""
    people.hand_over(checked.request_id, checked.number)
    report(people, checked)
    chores.make_feeds(people)
    return checked


def file_of(office: Office, recipient: str, number: int = 1) -> FeedFile:
    with office.reading() as look:
        return files.taken(look, recipient, number)


def events(office: Office, file: FeedFile) -> list[str]:
    with office.reading() as look:
        rows = look.session.scalars(select(FeedRow).where(FeedRow.file_id == file.id).order_by(FeedRow.nth))
        return [str(row.id) for row in rows]


def bring(browser: Browser, address: str, data: bytes) -> str:
    sent = {"receipt": (io.BytesIO(data), "receipt.jsonl")}
    return browser.submit(f"{address}/receipt", sent, content_type="multipart/form-data", follow_redirects=True).text


def test_a_supervisor_walks_from_the_rail_to_the_receipt(
    client: Browser, login: Login, office: Office, people: SmallOffice, lost: Case
) -> None:
    login(client, RoleName.SUPERVISOR)
    assert 'href="/feeds"' in client.get("/").text
    listed = client.get("/feeds").text
    assert "Schengen Information System (SIS)" in listed
    assert "too long" not in listed
    file = file_of(office, "sis")
    taken = client.get(f"{SIS}/1.jsonl")
    assert (taken.data, taken.headers["Content-Disposition"]) == (file.body, "attachment; filename=sis-000001.jsonl")
    assert client.get(f"{SIS}/1.sig").data == file.signature
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "feed.file_taken")).one()
        assert event.details == {"recipient": "sis", "number": 1, "count": 1}
    assert "Waits for a receipt" in client.get(SIS).text
    page = bring(client, SIS, receipt(file, events(office, file)))
    assert "Acknowledged: 1. Refused: 0." in page
    assert "Every row is answered" in page
    assert client.get(f"{SIS}/1.jsonl").status_code == 404


def test_a_wrong_receipt_is_said_beside_its_field(client: Browser, login: Login, office: Office, lost: Case) -> None:
    login(client, RoleName.SUPERVISOR)
    file = file_of(office, "sis")
    for data, words in (
        (receipt(file, [str(uuid4())]), "answers a row that is not in this file"),
        (receipt(file, events(office, file), number=10**12), "is none of a receipt"),
        (b"\x00\xff", "answers no row"),
        (b"", "Choose"),
    ):
        assert words in bring(client, SIS, data)
    assert file_of(office, "sis").unanswered == 1
    bring(client, SIS, receipt(file, events(office, file)))
    assert "answered before" in bring(client, SIS, receipt(file, events(office, file)))


def test_what_waits_too_long_is_red(client: Browser, login: Login, people: SmallOffice, checked: Case) -> None:
    people.hand_over(checked.request_id, checked.number)
    people.clock.advance(dt.timedelta(minutes=16))
    login(client, RoleName.SUPERVISOR)
    assert "too long" in client.get("/feeds").text
    assert "was not told for too long" in client.get(CASES).text


def test_what_was_refused_there_is_sent_again_or_left(
    client: Browser, login: Login, office: Office, people: SmallOffice, lost: Case
) -> None:
    login(client, RoleName.SUPERVISOR)
    file = file_of(office, "sis")
    (event,) = events(office, file)
    page = bring(client, SIS, receipt(file, [event], why="bad_number"))
    assert "bad_number" in page
    assert 'href="/feeds"' in client.get("/").text
    assert "It goes in the next file" in client.submit(f"{SIS}/rows/{event}/again", follow_redirects=True).text
    chores.make_feeds(people)
    second = file_of(office, "sis", 2)
    bring(client, SIS, receipt(second, [event], why="bad_number"))
    assert "Say why nothing more" in client.get(f"{SIS}/rows/{event}/let-be").text
    assert client.submit(f"{SIS}/rows/{event}/let-be", {"reason": ""}).status_code == 400
    done = client.submit(f"{SIS}/rows/{event}/let-be", {"reason": "told by telephone"}, follow_redirects=True)
    assert "Nothing more is sent of it" in done.text
    assert "bad_number" not in done.text


def test_a_refused_row_is_of_its_centre(
    client: Browser, login: Login, office: Office, people: SmallOffice, lost: Case
) -> None:
    """It names a case of case handling: a supervisor of another centre sees and answers nothing of it."""
    file = file_of(office, "case_handling")
    key, *_ = events(office, file)
    login(client, RoleName.SUPERVISOR)
    bring(client, CASES, receipt(file, [key], why="unknown_case"))
    assert "unknown_case" in client.get(CASES).text
    with office.reading() as look:
        elsewhere = replace(people.actors["supervisor"], centre_id=centres.named(look, "galati").id)
    row_id, to = UUID(key), recipients()["case_handling"]
    with office.reading(elsewhere) as look:
        assert receipts.refused(look, to) == []
        assert look.session.scalar(overview.waiting(look)) == 0
        with pytest.raises(NotFound):
            receipts.refused_row(look, to, row_id)
    for role in ("supervisor", "administrator", "auditor"):
        with office.reading(people.actors[role]) as look:
            assert [row.id for row in receipts.refused(look, to)] == [row_id]
    with office.reading(replace(elsewhere, roles=frozenset({RoleName.ADMINISTRATOR}))) as look:
        assert receipts.refused_row(look, to, row_id).id == row_id


def live(office: Office) -> dict[str, str]:
    with office.reading() as look:
        found = allowances.live(look, "sis")
        return {what: str(row.id) for what, row in found.items()}


def token_of(client: Browser, login: Login, office: Office, people: SmallOffice) -> str:
    """A token that two administrators agreed to."""
    login(client, RoleName.ADMINISTRATOR)
    return made_token(client, people, "case_handling")


def test_personal_columns_take_two_administrators_and_an_article(
    client: Browser, login: Login, office: Office, people: SmallOffice, lost: Case
) -> None:
    login(client, RoleName.ADMINISTRATOR)
    assert "Allow personal columns" in client.get(SIS).text
    assert "Allow personal columns" not in client.get("/feeds/sltd").text
    assert client.get("/feeds/sltd/personal").status_code == 404
    assert client.submit(f"{SIS}/personal", {"legal_basis": " "}).status_code == 400
    asked = client.submit(f"{SIS}/personal", {"legal_basis": "Art 38(2)"}, follow_redirects=True).text
    assert "Waits for another administrator" in asked
    row_id = live(office)["personal"]
    assert client.submit(f"{SIS}/allowances/{row_id}/agree").status_code == 403
    client.take_session(second_administrator(people).id)
    agreed = client.submit(f"{SIS}/allowances/{row_id}/agree", follow_redirects=True).text
    assert "In force" in agreed
    assert "End" in agreed
    client.submit(f"{SIS}/allowances/{row_id}/end")
    assert live(office) == {}


def test_case_handling_fetches_by_its_token_and_acknowledges(
    client: Browser, login: Login, office: Office, people: SmallOffice, lost: Case
) -> None:
    token = token_of(client, login, office, people)
    outside, named = client.application.test_client(), {"Authorization": f"Bearer {token}"}
    file = file_of(office, "case_handling")
    answer = outside.get(f"{API}?after=0", headers=named)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, file.body, "application/jsonl")
    assert b64decode(answer.headers[pushing.SIGNATURE]) == file.signature
    assert answer.headers[pushing.NUMBER] == "1"
    assert outside.get(f"{API}?after=1", headers=named).status_code == 204
    told = [json.loads(line) for line in answer.data.splitlines()]
    assert [row.get("fact") for row in told] == [None, "issued", "suspended"]
    said = outside.post(f"{API}/acknowledged", data=receipt(file, [row["event"] for row in told[1:]]), headers=named)
    assert said.json == {"taken": 2, "refused": 0}
    assert outside.get(f"{API}?after=0", headers=named).status_code == 204
    again = outside.post(f"{API}/acknowledged", data=receipt(file, events(office, file)), headers=named)
    assert (again.status_code, again.json["error"]) == (409, "conflict")


@pytest.mark.parametrize("path", [API, f"{API}/acknowledged", "/api/outgoing/nobody", "/api/outgoing/return_system"])
def test_a_stranger_is_told_nothing(
    client: Browser, login: Login, office: Office, people: SmallOffice, lost: Case, path: str
) -> None:
    token = token_of(client, login, office, people)
    outside = client.application.test_client()
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {token}"}):
        answer = outside.open(path, method="POST" if path.endswith("acknowledged") else "GET", headers=headers)
        assert (answer.status_code, answer.json["error"]) == (401, "no_token")
    if "case_handling" not in path:
        assert outside.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_odd_questions_are_answered_in_a_sentence(
    client: Browser, login: Login, office: Office, people: SmallOffice, lost: Case
) -> None:
    named = {"Authorization": f"Bearer {token_of(client, login, office, people)}"}
    outside = client.application.test_client()
    for after in ("-1", "x", "9" * 40, "٢"):
        answer = outside.get(API, query_string={"after": after}, headers=named)
        assert (answer.status_code, answer.json["field"]) == (400, "after")
    for body in (b"", b"{", b'{"receipt": "case_handling"}\n{}', b"[" * 50_000, b"\xff" * 100):
        answer = outside.post(f"{API}/acknowledged", data=body, headers=named)
        assert (answer.status_code, answer.json["field"]) == (400, "receipt")
    form = outside.post(f"{API}/acknowledged", data={"receipt": "x"}, headers=named)
    assert "not as a form" in form.json["message"]


def test_an_auditor_reads_and_takes_nothing(client: Browser, login: Login, office: Office, lost: Case) -> None:
    login(client, RoleName.AUDITOR)
    page = client.get(SIS).text
    assert ".jsonl" not in page
    assert "Take the receipt" not in page
    assert client.get(f"{SIS}/1.jsonl").status_code == 403
    assert client.get("/feeds/nobody").status_code == 404
    login(client, RoleName.SUPERVISOR)
    assert client.get(f"{SIS}/999999999999999999999.jsonl").status_code == 404


def test_a_file_that_was_refused_is_pushed_again_from_its_page(
    client: Browser, login: Login, office: Office, people: SmallOffice, lost: Case
) -> None:
    file = file_of(office, "case_handling")
    with office.act(SYSTEM) as act:
        pushing.refused(act, file.id, 422)
    login(client, RoleName.SUPERVISOR)
    assert "Refused there with code 422" in client.get(CASES).text
    assert "pushed again" in client.submit(f"{CASES}/1/push", follow_redirects=True).text
    assert client.submit(f"{CASES}/1/push").status_code == 409
