"""`POST /api/case-events`: with a token, once, in order per person; what cannot be taken gets a sentence."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from issuance.actors import SYSTEM
from issuance.models.audit import AuditEvent
from issuance.models.exchange import CaseEvent, HandledCase
from issuance.models.people import Person
from issuance.office import Office
from issuance.services.exchange import callers, taking
from issuance.states import CaseEventState
from tests.background import work
from tests.exchange import body
from tests.web.conftest import Browser

ADDRESS = "/api/case-events"


class Sender:
    """Case handling with its token."""

    def __init__(self, client: Browser, office: Office, per_minute: int = callers.PER_MINUTE) -> None:
        self.client, self.office = client, office
        with office.act(SYSTEM) as act:
            self.token = callers.add(act, "case handling", per_minute)

    def post(self, said: Any, token: str | None = None, **more: Any) -> TestResponse:
        """Send a body as it is."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        return self.client.post(ADDRESS, data=data, headers=headers, **({"content_type": "application/json"} | more))

    def tell(self, kind: str, number: int = 1, **changes: Any) -> dict[str, Any]:
        """What is answered to an event that is taken."""
        answer = self.post(body(kind, number, **changes))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json or {}
        return found

    def wanted(self) -> int:
        """The number that is wanted next of the person `CH-1`."""
        with self.office.reading() as look:
            return (look.session.scalar(select(HandledCase.applied).where(HandledCase.key == "CH-1")) or 0) + 1

    def clear(self) -> str:
        """What became of the last event of `CH-1`; when it waits, it is set aside, so that the next one can come."""
        with self.office.act(SYSTEM) as act:
            mine = select(CaseEvent).join(HandledCase).where(HandledCase.key == "CH-1")
            row = act.session.scalars(mine.order_by(CaseEvent.number.desc()).limit(1)).one()
            if row.state in (CaseEventState.HELD, CaseEventState.REFUSED):
                taking.set_aside(act, row, "the next one")
            return str(row.state)

    def count(self, kind: type) -> int:
        """How many rows of a kind there are."""
        with self.office.reading() as look:
            return look.session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.fixture
def sender(client: Browser, app: Flask) -> Sender:
    """Case handling, which may tell events."""
    return Sender(client, app.extensions["office"])


def refused(answer: TestResponse, status: int, error: str) -> dict[str, Any]:
    """The problem that was answered: a sentence, and nothing of what was sent."""
    assert (answer.status_code, answer.mimetype) == (status, "application/json"), answer.text
    problem: dict[str, Any] = answer.json or {}
    assert problem["error"] == error
    assert problem["message"].endswith(".")
    assert not any(word in answer.text for word in ("Haidari", "Mariam", "1990-03-14"))
    return problem


def test_an_event_that_is_sent_twice_happens_once(sender: Sender) -> None:
    said = body("application_registered")
    first, again = sender.post(said), sender.post(json.dumps(said, indent=3).encode())
    assert (first.status_code, first.json) == (200, again.json)
    assert first.json == {"event_id": said["event_id"], "state": "applied", "why": "", "next_number": 2}
    assert (sender.count(Person), sender.count(CaseEvent)) == (1, 1)


def test_the_same_id_with_another_body_is_refused(sender: Sender) -> None:
    said = body("application_registered")
    sender.post(said)
    refused(sender.post(said | {"given_names": "Maryam"}), 409, "other_body")
    refused(sender.post(said | {"event_id": str(uuid4())}), 409, "number_taken")


def test_what_comes_too_early_is_held_and_applied_once_the_gap_is_filled(sender: Sender) -> None:
    held = sender.tell("flags", 3)
    assert (held["state"], held["why"], held["next_number"]) == ("held", "gap", 1)
    assert sender.tell("application_registered", 1)["next_number"] == 2
    assert sender.tell("decision", 2)["state"] == "applied"
    work(sender.office)
    with sender.office.reading() as look:
        assert look.session.scalars(select(CaseEvent.state).order_by(CaseEvent.number)).all() == ["applied"] * 3
        assert look.session.scalars(select(HandledCase.applied)).all() == [3]
    refused(sender.post(body("flags", 200)), 409, "too_far_ahead")


def test_a_person_whom_nobody_knows_is_waited_for(sender: Sender) -> None:
    held = sender.tell("decision", 1)
    assert (held["state"], held["why"]) == ("held", "unknown_person")
    assert sender.count(Person) == 0


def test_an_event_of_tomorrow_is_refused_and_nothing_is_kept(sender: Sender) -> None:
    problem = refused(sender.post(body("application_registered", occurred_on="2026-11-21")), 422, "invalid_input")
    assert problem["field"] == "occurred_on"
    assert sender.count(CaseEvent) == sender.count(HandledCase) == 0
    assert sender.tell("application_registered", occurred_on="2026-11-20")["state"] == "applied"


def test_what_can_be_seen_to_be_wrong_is_refused_at_once_and_may_be_sent_corrected(sender: Sender) -> None:
    said = body("application_registered", centre="atlantis")
    assert refused(sender.post(said), 422, "invalid_input")["field"] == "centre"
    assert sender.count(CaseEvent) == 0
    assert sender.post(said | {"centre": "timisoara"}).status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{" * 9_000,
        b"[" * 30_000,
        b'{"a":' * 4_000 + b"1" + b"}" * 4_000,
        '{"type": "flags", "given_names": "Mariam Haidari \ud800"}'.encode("utf-8", "surrogatepass"),
        '{"type": "flags", "x": "Mariam"}'.encode("utf-16"),
        b'{"type": "flags"}\xff',
        json.dumps(body("flags") | {"number": "1"}).encode(),
        json.dumps(body("flags") | {"Mariam Haidari": 1}).encode(),
        json.dumps(body("flags") | {"schema_version": 2}).encode(),
        json.dumps(body("flags") | {"type": "Haidari"}).encode(),
    ],
)
def test_a_body_that_is_no_event_gets_a_sentence(sender: Sender, data: bytes) -> None:
    refused(sender.post(data), 422, "invalid_input")
    assert sender.count(CaseEvent) == 0


def test_a_huge_body_and_another_charset_are_not_read(sender: Sender) -> None:
    refused(sender.post(b" " * 32_001), 413, "too_large")
    for kind in ("application/json; charset=latin-1", "text/plain", "application/x-www-form-urlencoded"):
        refused(sender.post(body("flags"), content_type=kind), 415, "not_json")


def test_only_a_token_that_was_not_revoked_opens(sender: Sender) -> None:
    for token in ("", "x", sender.token[:-1], sender.token + "x", "a\u0000"):
        if "\u0000" not in token:
            answer = sender.post(body("flags"), token=token)
            refused(answer, 401, "no_token")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert sender.post(body("application_registered")).status_code == 200
    with sender.office.act(SYSTEM) as act:
        callers.revoke(act, callers.named(act, "case handling"))
    refused(sender.post(body("flags", 2)), 401, "no_token")
    with sender.office.reading() as look:
        events = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "exchange.refused_caller")).all()
        assert len(events) == 1


def test_a_token_may_call_so_often_in_a_minute(sender: Sender) -> None:
    with sender.office.act(SYSTEM) as act:
        sender.token = callers.add(act, "slow", per_minute=2)
    said = body("application_registered")
    assert [sender.post(said).status_code for _ in range(3)] == [200, 200, 429]
    answer = sender.post(said)
    refused(answer, 429, "too_many_attempts")
    assert answer.headers["Retry-After"] == "60"


def test_nothing_personal_is_logged(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        sender.tell("application_registered")
        sender.post(body("application_registered", 2, birth_date="1990-03-41"))
        sender.post(body("application_registered", 1, key="CH-9", birth_date="1990-03-XX", case_reference="X/1"))
    assert not any(word in caplog.text for word in ("Haidari", "1990-03", "Armoniei"))


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_one_event_that_comes_twice_at_once_happens_once(sender: Sender, app: Flask) -> None:
    said = [body("application_registered", key=f"CH-{each}", **named(each)) for each in range(4)]

    def send(each: dict[str, Any]) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {sender.token}"}
        answer = FlaskClient(app, TestResponse).post(ADDRESS, json=each, headers=headers)
        return answer.status_code, str((answer.json or {}).get("state"))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, [each for each in said for _ in range(4)]))
    assert set(answers) == {(200, "applied")}
    assert (sender.count(Person), sender.count(CaseEvent)) == (4, 4)


def named(each: int) -> dict[str, str]:
    """Four who are not alike."""
    family = ("Haidari", "Bondarenko", "Tesfaye", "Rahman")[each]
    return {"family_name": family, "native_name": "", "birth_date": f"198{each}-01-11", "case_reference": f"A/{each}"}
