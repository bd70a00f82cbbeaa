"""What a holder says is wrong: told on a phone, answered at the desk, read on the phone."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from issuance.models.audit import AuditEvent
from issuance.models.holders import Mistake, ToldMistake
from issuance.models.requests import IssuanceRequest
from issuance.models.vault import Blob
from issuance.office import Office
from issuance.services.casework import corrections, decisions
from issuance.services.casework.corrections import Proposal
from issuance.tasks import HANDLERS
from issuance.web.public.mistakes import TOLD
from issuance.web.public.parts.carried import carry
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser
from tests.web.public.holder import ON_BOTH, ask, words

WROTE = "Al-Masri هو المصري\nnot Al-Masry"
TELL = "Tell us what is wrong"


@pytest.fixture
def clerk(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "clerk")


@pytest.fixture
def phone(client: Browser) -> FlaskClient:
    """Somebody who is not logged in, and reads English."""
    stranger = client.application.test_client()
    stranger.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return stranger


def who(people: SmallOffice, request_id: UUID) -> tuple[str, str]:
    with people.reading() as look:
        request = look.session.get_one(IssuanceRequest, request_id)
        return request.reference, request.person.birth_date


def tell(phone: FlaskClient, people: SmallOffice, request_id: UUID, **fields: str) -> TestResponse:
    with phone.application.test_request_context():
        token = carry(*who(people, request_id))
    return phone.post("/status/mistake/told", data={"carried": token, "field": "name", "said": WROTE, **fields})


def count(people: SmallOffice, kind: type[ToldMistake] | type[Mistake] | type[Blob]) -> int:
    with people.reading() as look:
        query = select(func.count()).select_from(kind)
        return look.session.scalar(query.where(Blob.purpose == "mistake") if kind is Blob else query) or 0


def acts(people: SmallOffice) -> list[str]:
    with people.reading() as look:
        query = select(AuditEvent.act).where(AuditEvent.act.like("mistake.%")).order_by(AuditEvent.id)
        return list(look.session.scalars(query))


@ON_BOTH
def test_it_is_told_looked_at_and_answered(
    clerk: Browser, phone: FlaskClient, people: SmallOffice, complete: Case
) -> None:
    holder = who(people, complete.request_id)
    assert TELL in words(ask(phone, *holder))
    told = tell(phone, people, complete.request_id)
    assert (told.status_code, "Thank you." in words(told), "Masry" in told.text) == (200, True, False)
    answer = words(ask(phone, *holder))
    assert ("We are looking at it." in answer, TELL in answer, "Masry" in answer) == (True, False, False)
    HANDLERS["take-told"](people)
    assert (count(people, ToldMistake), count(people, Mistake), count(people, Blob)) == (0, 1, 1)
    with people.reading() as look:
        assert b"Masry" not in look.session.scalars(select(Blob.encrypted).where(Blob.purpose == "mistake")).one()
    assert "We are looking at it." in words(ask(phone, *holder))
    assert f"/cases/{complete.request_id}/mistake" in clerk.get("/mistakes").text
    assert f"/cases/{complete.request_id}/mistake" in clerk.get(f"/cases/{complete.request_id}").text
    assert "not Al-Masry" in words(clerk.get(f"/cases/{complete.request_id}/mistake"))
    done = clerk.submit(f"/cases/{complete.request_id}/mistake", {"outcome": "papers_agree"})
    assert (done.status_code, done.location) == (303, "/mistakes")
    assert "nothing to correct" in words(ask(phone, *holder))
    assert (count(people, Blob), acts(people)) == (0, ["mistake.told", "mistake.settled"])
    assert clerk.get(f"/cases/{complete.request_id}/mistake").status_code == 404
    tell(phone, people, complete.request_id)
    HANDLERS["take-told"](people)
    assert "We are looking at it." in words(ask(phone, *holder))


@ON_BOTH
def test_corrected_is_said_of_what_was_corrected(
    clerk: Browser, phone: FlaskClient, people: SmallOffice, complete: Case
) -> None:
    tell(phone, people, complete.request_id, field="address", said="")
    HANDLERS["take-told"](people)
    people.clock.advance(dt.timedelta(minutes=1))
    refused = clerk.submit(f"/cases/{complete.request_id}/mistake", {"outcome": "corrected"})
    assert (refused.status_code, "Nothing was corrected since then." in words(refused)) == (409, True)
    people.clock.advance(dt.timedelta(minutes=1))
    with people.act(people.actors["clerk"]) as act:
        person = act.session.get_one(IssuanceRequest, complete.request_id).person
        corrections.propose(
            act, person, Proposal({"address": "Str. Nouă 3, Timișoara"}, "office_error", "Lease 12/2026")
        )
    assert clerk.submit(f"/cases/{complete.request_id}/mistake", {"outcome": "corrected"}).status_code == 303
    assert "we corrected it" in words(ask(phone, *who(people, complete.request_id)))


def test_told_twice_is_one_task(phone: FlaskClient, people: SmallOffice, complete: Case) -> None:
    for _ in range(2):
        assert tell(phone, people, complete.request_id).status_code == 200
    HANDLERS["take-told"](people)
    assert tell(phone, people, complete.request_id).status_code == 200
    HANDLERS["take-told"](people)
    assert (count(people, Mistake), acts(people)) == (1, ["mistake.told"])


WRONG: list[dict[str, str]] = [
    {"field": ""},
    {"field": "family_name"},
    {"said": "x" * 301},
    {"said": "x" * 9000},
    {"said": "a\0b"},
    {"said": "\u202eabc"},
    {"said": "a" + "\u0300" * 200},
]


@pytest.mark.parametrize("changes", WRONG)
def test_what_cannot_be_is_said_and_nothing_is_told_or_echoed(
    phone: FlaskClient, people: SmallOffice, complete: Case, changes: dict[str, str]
) -> None:
    answer = tell(phone, people, complete.request_id, **changes)
    assert (answer.status_code, count(people, ToldMistake)) == (400, 0)
    assert "Masry" not in answer.text
    assert "xxxx" not in answer.text


def test_of_a_request_that_is_over_nothing_is_told(phone: FlaskClient, people: SmallOffice, complete: Case) -> None:
    with people.act(people.actors["decision_officer"]) as act:
        decisions.refuse(act, act.session.get_one(IssuanceRequest, complete.request_id), "The proof is not genuine.")
    assert TELL not in words(ask(phone, *who(people, complete.request_id)))
    tell(phone, people, complete.request_id)
    assert count(people, ToldMistake) == 0


def test_who_carries_nothing_of_ours_is_led_to_the_question(phone: FlaskClient) -> None:
    for address in ("/status/mistake", "/status/mistake/told"):
        for token in ("", "x" * 5000, "\N{ARABIC LETTER BEH}"):
            answer = phone.post(address, data={"carried": token, "field": "name"})
            assert (answer.status_code, answer.location) == (303, "/status")
        assert phone.get(f"{address}?lang=ar").location == "/status?lang=ar"


def test_telling_has_a_limit(phone: FlaskClient, people: SmallOffice, complete: Case) -> None:
    codes = [tell(phone, people, complete.request_id).status_code for _ in range(TOLD + 1)]
    assert codes == [200] * TOLD + [429]
    assert "Too many tries" in words(tell(phone, people, complete.request_id))


@pytest.mark.parametrize("outcome", ["", "waiting", "CORRECTED", "x" * 500])
def test_an_answer_that_is_none_answers_nothing(
    clerk: Browser, phone: FlaskClient, people: SmallOffice, complete: Case, outcome: str
) -> None:
    tell(phone, people, complete.request_id)
    HANDLERS["take-told"](people)
    answer = clerk.submit(f"/cases/{complete.request_id}/mistake", {"outcome": outcome})
    assert (answer.status_code, acts(people)) == (400, ["mistake.told"])


def test_the_list_is_the_centre_s_own(clerk: Browser, phone: FlaskClient, people: SmallOffice) -> None:
    elsewhere = people.lodge(changed(LAYLA, centre="galati", case_reference="2026/GL/1"))
    tell(phone, people, elsewhere)
    HANDLERS["take-told"](people)
    assert str(elsewhere) not in clerk.get("/mistakes").text
