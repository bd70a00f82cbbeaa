"""A holder's code: made on the status page, read by one reader, worth nothing once it ended or was stopped."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from issuance.models.audit import AuditEvent
from issuance.models.documents import Confirmation, Document
from issuance.models.requests import IssuanceRequest
from issuance.services.public.confirmations import Purpose
from issuance.states import DocumentState
from issuance.tasks import HANDLERS
from issuance.web.public.parts.carried import carry
from issuance.web.public.parts.spoken import LANGUAGES
from issuance.web.public.parts.spoken import words as said_in
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.camera import read_code
from tests.web.public.holder import ON_BOTH, ask, statements, words

MAKE, STOP = "/status/confirmations/new", "/status/confirmations/withdrawn"
CODE = re.compile(r"[2-9A-HJ-KM-NP-Z]{4}(?:-[2-9A-HJ-KM-NP-Z]{4}){3}")
VALID, NOTHING = "The holder's document is valid today.", "This code shows nothing."
PERSONAL = ("Al-Masri", "AL-MASRI", "Layla", "Haddad", "SYR", "Syria", "1992")


def who(people: SmallOffice, case: Case) -> tuple[str, str]:
    """What the holder knows: reference and birth date."""
    with people.reading() as look:
        request = look.session.get_one(IssuanceRequest, case.request_id)
        return request.reference, request.person.birth_date


@pytest.fixture
def collected(people: SmallOffice, checked: Case) -> Case:
    """A document that its holder has."""
    people.hand_over(checked.request_id, checked.number)
    return checked


def held(client: FlaskClient, people: SmallOffice, case: Case) -> str:
    """What the holder's pages carry."""
    with client.application.test_request_context():
        return carry(*who(people, case))


def make(client: FlaskClient, carried: str, purpose: str = "employer", once: str = "a") -> TestResponse:
    return client.post(MAKE, data={"carried": carried, "purpose": purpose, "once": once})


def code_in(answer: TestResponse) -> str:
    found = CODE.search(words(answer))
    assert found, answer.text
    return found[0]


def shown(client: FlaskClient, code: str) -> TestResponse:
    return client.post("/verify/confirmation", data={"code": code})


def number_of(people: SmallOffice, case: Case) -> str:
    with people.reading() as look:
        return look.session.get_one(Document, case.document_id).number


def row(people: SmallOffice) -> Confirmation:
    with people.reading() as look:
        return look.session.scalars(select(Confirmation)).one()


def events(people: SmallOffice) -> list[tuple[str, str, str]]:
    with people.reading() as look:
        found = look.session.scalars(
            select(AuditEvent).where(AuditEvent.act.startswith("confirmation.")).order_by(AuditEvent.id)
        )
        return [(each.act, each.actor_kind, str(each.details["purpose"])) for each in found]


@ON_BOTH
def test_a_holder_makes_a_code_and_stops_it(client: FlaskClient, people: SmallOffice, collected: Case) -> None:
    answer = ask(client, *who(people, collected))
    carried = re.search(r'action="/status/confirmations">.*?name="carried" value="([^"]+)"', answer.text, re.S)
    assert carried
    listed = client.post("/status/confirmations", data={"carried": carried[1]})
    assert [each for each in Purpose if f'value="{each}"' not in listed.text] == []
    made = make(client, carried[1], "bank")
    code = code_in(made)
    assert re.fullmatch(rf"https?://[^/]+/verify/confirmation#{code.replace('-', '')}", read_code(made))
    assert ("a bank" in words(made), made.headers["Cache-Control"]) == (True, "no-store")
    reader = shown(client, code.lower().replace("-", " "))
    assert (reader.status_code, VALID in words(reader)) == (200, True)
    assert f"The number ends with {number_of(people, collected)[-3:]}" in words(reader)
    assert "Made for a bank" in words(reader)
    assert number_of(people, collected) not in reader.text
    assert not [word for word in PERSONAL if word in reader.text]
    HANDLERS["record-confirmations"](people)
    assert events(people) == [("confirmation.made", "holder", "bank")]
    kept = row(people)
    assert (kept.recorded, kept.waits_since, code.replace("-", "") in kept.digest) == (True, None, False)
    stopped = client.post(STOP, data={"carried": carried[1], "confirmation": str(kept.id)})
    assert "The code is stopped." in words(stopped)
    assert NOTHING in words(shown(client, code)), "replayed, before the office recorded it"
    HANDLERS["record-confirmations"](people)
    assert events(people)[1:] == [("confirmation.withdrawn", "holder", "bank")]
    with people.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(Confirmation)) == 0
    assert NOTHING in words(shown(client, code))


@ON_BOTH
def test_made_and_stopped_before_the_office_looked_are_two_events(
    client: FlaskClient, people: SmallOffice, collected: Case
) -> None:
    carried = held(client, people, collected)
    make(client, carried)
    client.post(STOP, data={"carried": carried, "confirmation": str(row(people).id)})
    HANDLERS["record-confirmations"](people)
    assert [act for act, *_ in events(people)] == ["confirmation.made", "confirmation.withdrawn"]


@ON_BOTH
def test_ended_stopped_and_never_made_are_one_answer(client: FlaskClient, people: SmallOffice, collected: Case) -> None:
    """Byte for byte, by the same statements."""
    carried = held(client, people, collected)
    code = code_in(make(client, carried))
    with statements(people) as for_unknown:
        unknown = shown(client, "ABCD-EFGH-JKMN-PQRS")
    client.post(STOP, data={"carried": carried, "confirmation": str(row(people).id)})
    with statements(people) as for_stopped:
        stopped = shown(client, code)
    with people.database.transaction() as session:
        session.execute(update(Confirmation).values(withdrawn_at=None))
    people.clock.advance(dt.timedelta(days=31))
    with statements(people) as for_ended:
        ended = shown(client, code)
    assert unknown.status_code == stopped.status_code == ended.status_code == 404
    assert unknown.data == stopped.data == ended.data
    assert for_unknown == for_stopped == for_ended


@ON_BOTH
def test_it_works_for_thirty_days_and_is_then_gone(client: FlaskClient, people: SmallOffice, collected: Case) -> None:
    code = code_in(make(client, held(client, people, collected)))
    HANDLERS["record-confirmations"](people)
    people.clock.advance(dt.timedelta(days=30))
    HANDLERS["purge-confirmations"](people)
    assert VALID in words(shown(client, code))
    people.clock.advance(dt.timedelta(days=1))
    HANDLERS["purge-confirmations"](people)
    assert NOTHING in words(shown(client, code))
    with people.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(Confirmation)) == 0


@ON_BOTH
@pytest.mark.parametrize("how", ["told", "surrendered"])
def test_a_document_that_holds_no_more_is_not_valid(
    client: FlaskClient, people: SmallOffice, collected: Case, how: str
) -> None:
    reference, born = who(people, collected)
    code = code_in(make(client, held(client, people, collected)))
    if how == "told":
        with people.reading() as look:
            day = look.clock.today()
        when = {f"noticed_on-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
        client.post("/status/loss", data={"carried": held(client, people, collected), "kind": "lost", **when})
    else:
        with people.database.transaction() as session:
            session.get_one(Document, collected.document_id).state = DocumentState.SURRENDERED
    answer = shown(client, code)
    assert ("This document is not valid." in words(answer), "lost" in words(answer)) == (True, False)
    assert "Show that it is valid" not in words(ask(client, reference, born))
    again = make(client, held(client, people, collected), once="b")
    assert "You have no valid document now." in words(again)


def test_the_same_form_sent_twice_is_the_same_code(client: FlaskClient, people: SmallOffice, collected: Case) -> None:
    carried = held(client, people, collected)
    first, again = make(client, carried), make(client, carried)
    assert code_in(first) == code_in(again)
    others = {code_in(make(client, carried, "school")), code_in(make(client, carried, once="b"))}
    assert len(others | {code_in(first)}) == 3
    client.post(STOP, data={"carried": carried, "confirmation": str(kept_first(people))})
    assert CODE.search(words(make(client, carried))) is None, "a code that was stopped does not come back"


def kept_first(people: SmallOffice) -> str:
    with people.reading() as look:
        return str(look.session.scalars(select(Confirmation.id).order_by(Confirmation.place)).first())


@ON_BOTH
def test_ten_work_at_a_time(client: FlaskClient, people: SmallOffice, collected: Case) -> None:
    carried = held(client, people, collected)
    answers = [make(client, carried, once=str(number)) for number in range(11)]
    assert [each.status_code for each in answers] == [200] * 10 + [409]
    assert "Stop one of them first." in words(answers[-1])
    client.post(STOP, data={"carried": carried, "confirmation": kept_first(people)})
    HANDLERS["record-confirmations"](people)
    assert make(client, carried, once="more").status_code == 200


def test_nobody_fills_the_audit_by_making_and_stopping(
    client: FlaskClient, people: SmallOffice, collected: Case
) -> None:
    carried = held(client, people, collected)
    statuses, key = [], ""
    for number in range(11):
        statuses.append(make(client, carried, once=str(number)).status_code)
        key = kept_first(people) if number < 10 else key
        statuses.append(client.post(STOP, data={"carried": carried, "confirmation": key}).status_code)
        HANDLERS["record-confirmations"](people)
    assert statuses == [200] * 20 + [429] * 2


def test_another_holder_cannot_stop_it(client: FlaskClient, people: SmallOffice, collected: Case) -> None:
    code = code_in(make(client, held(client, people, collected)))
    other = people.carry(
        "checked", changed(LAYLA, given_names="Nour", birth_date="1999-03-04", case_reference="2026/TM/77")
    )
    people.hand_over(other.request_id, other.number)
    carried = held(client, people, other)
    client.post(STOP, data={"carried": carried, "confirmation": str(row(people).id)})
    assert VALID in words(shown(client, code))
    listed = client.post("/status/confirmations", data={"carried": carried})
    assert "Codes that work now" not in words(listed)


@pytest.mark.parametrize("wrong", ["", "x" * 5000, "\N{ARABIC LETTER BEH}", "gAAAAA"])
def test_who_carries_nothing_of_ours_is_led_to_the_question(
    client: FlaskClient, people: SmallOffice, collected: Case, wrong: str
) -> None:
    for path in ("/status/confirmations", MAKE, STOP):
        data = {"carried": wrong, "purpose": "bank", "confirmation": wrong}
        answer = client.post(path, data=data)
        assert (answer.status_code, answer.location) == (303, "/status")
        assert client.get(f"{path}?lang=ar").location == "/status?lang=ar"
    people.clock.advance(dt.timedelta(minutes=1))
    with people.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(Confirmation)) == 0


@pytest.mark.parametrize("wrong", ["", "police", "employer\x00", "\u202eknab", "9" * 10_000])
def test_what_cannot_be_changes_nothing(client: FlaskClient, people: SmallOffice, collected: Case, wrong: str) -> None:
    carried = held(client, people, collected)
    assert make(client, carried, wrong).status_code in (400, 413)
    make(client, carried)
    assert client.post(STOP, data={"carried": carried, "confirmation": wrong}).status_code in (400, 413)
    assert row(people).withdrawn_at is None
    assert shown(client, wrong).status_code in (400, 404, 413)


def test_guesses_end(client: FlaskClient, people: SmallOffice, collected: Case) -> None:
    code = code_in(make(client, held(client, people, collected)))
    assert [shown(client, f"GUESS{number:011}").status_code for number in range(13)] == [404] * 12 + [429]
    assert shown(client, code).status_code == 429


def test_the_address_of_a_code_is_the_offices_own(client: FlaskClient, people: SmallOffice, collected: Case) -> None:
    data = {"carried": held(client, people, collected), "purpose": "bank", "once": "a"}
    tricks = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert "evil.example" not in client.post(MAKE, data=data, headers=tricks).text


def test_nothing_of_a_code_is_logged(client: FlaskClient, people: SmallOffice, collected: Case) -> None:
    with capture_logs() as logs:
        code = code_in(make(client, held(client, people, collected)))
        shown(client, code)
        shown(client, "A" * 16)
    assert [(each["event"], each["outcome"]) for each in logs] == [
        ("confirmation", "made"),
        ("verification", "valid"),
        ("verification", "unconfirmed"),
    ]
    assert {key for each in logs for key in each} == {"event", "outcome", "log_level"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_pages_speak_every_language(
    client: FlaskClient, people: SmallOffice, collected: Case, language: str
) -> None:
    client.set_cookie("language", language)
    said = said_in("confirmations")
    assert all(set(texts) == set(LANGUAGES) and all(texts.values()) for texts in said.values())
    carried = held(client, people, collected)
    assert said["title"][language] in words(client.post("/status/confirmations", data={"carried": carried}))
    made = make(client, carried)
    assert said["made"][language] in words(made)
    assert said_in("verify")["confirmed"][language] in words(shown(client, code_in(made)))


def test_a_code_is_typed_where_documents_are_checked(client: FlaskClient) -> None:
    assert 'action="/verify/confirmation"' in client.get("/verify").text
    assert 'name="code"' in client.get("/verify/confirmation").text
