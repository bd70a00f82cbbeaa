"""What the status page tells strangers: nothing, in the same time, and not for long; and its process of its own."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from app import create_app
from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.appointments import Purpose
from issuance.models.audit import AuditEvent
from issuance.models.machinery import Refusal, Try
from issuance.models.notices import Contact, Notice
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName
from issuance.office import Office
from issuance.sending.gateway import reports_token
from issuance.services import centres, founding, rule_versions
from issuance.services.appointments import capacity
from issuance.services.appointments.capacity import Given
from issuance.services.notices import contacts
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.settings import Settings
from issuance.states import NoticeState, RequestState
from issuance.tasks import purge_tries
from issuance.web.public.parts.carried import carry
from tests.web.ahead.filling import HADI, filled
from tests.web.conftest import NOW
from tests.web.public.checked import pictured, sealed, shown
from tests.web.public.holder import (
    BORN,
    KNOWN,
    MALFORMED,
    ON_BOTH,
    UNKNOWN,
    ask,
    date_fields,
    lodged,
    statements,
    whole,
    words,
)

STOP = "the-end-of-a-link"

# Strangers


@ON_BOTH
@pytest.mark.parametrize("wrong", ["1992-03-01", "1992-XX-XX", "1992-04-XX", "XXXX-03-XX", "1992-03-30"])
def test_a_wrong_date_and_an_unknown_reference_look_and_take_the_same(
    client: FlaskClient, office: Office, wrong: str
) -> None:
    lodged(office, RequestState.READY)
    with statements(office) as for_wrong:
        first = ask(client, KNOWN, wrong)
    with statements(office) as for_unknown:
        second = ask(client, UNKNOWN, BORN)
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert first.status_code == 404
    assert set(first.headers.keys()) == set(second.headers.keys())
    assert first.headers["Content-Length"] == second.headers["Content-Length"]
    assert for_wrong == for_unknown
    assert len([each for each in for_wrong if "FROM request" in each]) == 1


@ON_BOTH
def test_a_malformed_reference_gets_the_same_page_with_a_hint(client: FlaskClient, office: Office) -> None:
    with statements(office) as for_unknown:
        unknown = ask(client, UNKNOWN)
    with statements(office) as for_malformed:
        malformed = ask(client, MALFORMED)
    hint = re.compile(r"<li>A reference has 11.*?</li>\s*<li>It never has.*?</li>", re.S)
    assert hint.search(malformed.text)
    assert hint.sub("", malformed.text).split() == unknown.text.split()
    # what is no reference may be the number of a document of before: the same statements, by another condition
    condition = re.compile(r"WHERE request\.(reference =|id = \(SELECT document).*", re.S)
    for_malformed, for_unknown = ([condition.sub("", each) for each in ran] for ran in (for_malformed, for_unknown))
    assert (malformed.status_code, for_malformed) == (unknown.status_code, for_unknown)
    assert MALFORMED not in malformed.text


def test_the_answer_reads_no_name(client: FlaskClient, office: Office) -> None:
    lodged(office)
    with statements(office) as ran:
        ask(client)
    assert not [
        each for each in ran if re.search(r"family_name|given_names|native_name|nationality|address.*person", each)
    ]


# Limits


def tries(client: FlaskClient, count: int, **more: Any) -> list[int]:
    """The status of so many tries with a wrong date."""
    return [ask(client, birth_date="1950-01-01", **more).status_code for _ in range(count)]


@ON_BOTH
def test_a_reference_that_is_tried_too_often_is_closed_for_a_while(
    client: FlaskClient, office: Office, clock: FixedClock
) -> None:
    lodged(office)
    clock.advance(dt.timedelta(minutes=1))
    assert tries(client, 10) == [404] * 10
    clock.advance(dt.timedelta(minutes=3, seconds=30))
    existing, right = ask(client, birth_date="1950-01-01"), ask(client)
    assert existing.status_code == 429
    assert existing.data == right.data
    assert existing.headers["Retry-After"] == str(11 * 60 + 30 + 1)
    assert "Too many tries. Please wait. What to do now Try again in 12 minutes, at 10:16." in words(existing)
    clock.advance(dt.timedelta(seconds=int(existing.headers["Retry-After"])))
    assert ask(client).status_code == 200


@ON_BOTH
def test_a_closed_reference_looks_the_same_whether_it_exists(app: Flask, office: Office) -> None:
    lodged(office)
    answers = []
    for number, reference in enumerate((KNOWN, UNKNOWN)):
        phone = app.test_client()
        phone.environ_base |= {"REMOTE_ADDR": f"10.0.0.{number}", "HTTP_ACCEPT_LANGUAGE": "en"}
        tries(phone, 11, reference=reference)
        with statements(office) as ran:
            answers.append((ask(phone, reference), ran))
    (existing, ran), (other, ran_other) = answers
    assert (existing.status_code, existing.data, ran) == (429, other.data, ran_other)
    assert existing.headers["Retry-After"] == other.headers["Retry-After"]


@ON_BOTH
def test_an_address_has_its_limit_and_no_header_changes_it(client: FlaskClient) -> None:
    got = [ask(client, whole(f"{number:2}".replace(" ", "A").translate(DIGITS) * 5), headers={
        "X-Forwarded-For": f"192.0.2.{number}", "X-Real-IP": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}",
    }).status_code for number in range(13)]  # fmt: skip
    assert got == [404] * 12 + [429]
    assert ask(client, environ_base={"REMOTE_ADDR": "10.9.9.9"}).status_code == 404


DIGITS = str.maketrans("0123456789", "BCDEFGHJKM")


def test_addresses_of_one_ipv6_customer_count_together(client: FlaskClient) -> None:
    def from_address(address: str, number: int) -> int:
        reference = whole(f"{number:02}".translate(DIGITS) * 5)
        return ask(client, reference, environ_base={"REMOTE_ADDR": address}).status_code

    assert [from_address(f"2001:db8:0:1::{number:x}", number) for number in range(13)] == [404] * 12 + [429]
    assert from_address("2001:db8:0:2::1", 14) == 404


FORMS = ["10.1.2.3:5555", "::ffff:10.1.2.3", "[::ffff:10.1.2.3]:80", "10.1.2.3", '"10.1.2.3"']


def test_an_address_counts_as_one_in_all_its_written_forms(client: FlaskClient) -> None:
    """A proxy writes it with a port or mapped into IPv6; each was a 500 or an address of its own."""
    got = [
        ask(
            client,
            whole(f"{number:02}".translate(DIGITS) * 5),
            environ_base={"REMOTE_ADDR": FORMS[number % len(FORMS)]},
        ).status_code
        for number in range(13)
    ]
    assert got == [404] * 12 + [429]
    assert ask(client, environ_base={"REMOTE_ADDR": "unknown"}).status_code == 404
    assert ask(client, environ_base={"REMOTE_ADDR": "fe80::1%eth0"}).status_code == 404


def test_a_reference_counts_as_one_in_every_spelling_that_the_page_takes(client: FlaskClient, office: Office) -> None:
    lodged(office)
    spellings = [KNOWN, KNOWN.lower(), f" {KNOWN[:4]} {KNOWN[4:]}", f"{KNOWN[:4]}\u2013{KNOWN[4:]}", f"\u200e{KNOWN}"]
    assert [tries(client, 2, reference=spelling) for spelling in spellings] == [[404, 404]] * 5
    assert ask(client).status_code == 429


@ON_BOTH
def test_a_stranger_does_not_shut_the_holder_out(client: FlaskClient, office: Office) -> None:
    lodged(office)
    assert tries(client, 12, environ_base={"REMOTE_ADDR": "192.0.2.7"}) == [404] * 10 + [429] * 2
    assert ask(client).status_code == 200


def test_a_reference_has_a_limit_for_all_addresses_together(client: FlaskClient, office: Office) -> None:
    lodged(office)
    for number in range(5):
        assert tries(client, 10, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"}) == [404] * 10
    assert ask(client).status_code == 429


def test_a_flood_of_refused_look_ups_is_one_line_and_its_count(
    client: FlaskClient, office: Office, clock: FixedClock
) -> None:
    with capture_logs() as logs:
        tries(client, 12)
        tries(client, 30)
        clock.advance(dt.timedelta(minutes=16))
        purge_tries(office)
    limited = [entry for entry in logs if entry["outcome"] == "limited"]
    assert [entry.get("count") for entry in limited] == [None, 31]
    with office.database.reading() as session:
        assert session.scalars(select(Refusal)).all() == []


def test_typing_wrongly_costs_no_try(client: FlaskClient, office: Office) -> None:
    for _ in range(20):
        assert client.post("/status", data={"reference": KNOWN}).status_code == 400
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Try)) == 0


def test_only_digests_and_no_personal_data_are_kept_of_a_look_up(client: FlaskClient, office: Office) -> None:
    lodged(office)
    with office.database.reading() as session:
        before = session.scalar(select(func.count()).select_from(AuditEvent))
    with capture_logs() as logs:
        for birth_date in (BORN, "1950-01-01"):
            ask(client, birth_date=birth_date)
    assert [(entry["event"], entry["outcome"]) for entry in logs] == [
        ("status_enquiry", "answered"),
        ("status_enquiry", "not_found"),
    ]
    assert {key for entry in logs for key in entry} == {"event", "outcome", "log_level"}
    with office.database.reading() as session:
        keys = set(session.scalars(select(Try.key)))
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == before
    assert len(keys) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)


# A process of its own


def test_the_public_surface_has_its_pages_and_nobody_elses(app: Flask) -> None:
    addresses = {rule.rule for rule in app.url_map.iter_rules()}
    checking = {"/verify", *(f"/verify/{each}" for each in ("number", "picture", "confirmation"))}
    checking |= {"/lists/", "/lists/<name>", "/ahead"}
    others = {"/", "/status", "/status/loss", "/board/<centre>", "/healthz", "/readyz", "/static/<path:filename>"}
    others |= {
        "/stop/<token>",
        "/delivery-reports/<token>",
        "/receipts/<token>",
        "/rights",
        "/rights/<status>",
        "/privacy",
    }
    made = {f"/status/confirmations{each}" for each in ("", "/new", "/withdrawn")}
    telling = {"/status/times", "/status/time", "/status/time/cancel", "/status/appointment.ics"}
    telling |= {"/status/mistake", "/status/mistake/told", "/status/messages", "/status/lost"}
    telling |= {f"/status/messages/{each}" for each in ("address", "code", "stop")}
    waiting = {"/kiosk", "/kiosk/<tongue>", "/kiosk/voices/<name>"}
    assert addresses == others | checking | made | telling | waiting


@ON_BOTH
def test_the_public_surface_needs_no_key_but_its_own(settings: Settings, clock: FixedClock) -> None:
    app = create_app(settings, surfaces={"public"}, clock=clock)
    client, office = app.test_client(), app.extensions["office"]
    lodged(office)
    assert words(client.get("/")) == words(client.get("/status"))
    assert ask(client).status_code == 200
    assert client.get("/login").status_code == 404
    assert client.get("/readyz").json["ready"] is True
    kept = {path.name for path in (office.settings.var / "keys").iterdir()}
    assert kept == {"session", "attempts"}
    assert "vault" not in vars(office)
    office.database.engine.dispose()


def test_beside_the_staff_pages_the_start_page_is_theirs(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"database_url": "sqlite://"}))
    with app.test_client() as client:
        assert client.get("/").headers["Location"].startswith("/login")
        assert client.get("/status").status_code == 200


def grants() -> list[str]:
    """The statements of docs/status-page.md."""
    page = (Path(__file__).parents[3] / "docs" / "status-page.md").read_text()
    return [each.strip() for each in page.partition("```sql")[2].partition("```")[0].split(";") if each.strip()]


def agreed(owner: Database) -> None:
    """The person of the one request agreed to be written to: the link of what they are sent ends in STOP."""
    with Office(Settings(), owner).act(SYSTEM) as act:
        centre = act.session.scalars(select(Centre).limit(1)).one()
        clerk = accounts.add_account(
            act, NewAccount("clerk@x.example", "Clerk", centre, [RoleName.CLERK], "-", given=False)
        )
        person, now = act.session.scalars(select(Person)).one(), act.clock.now()
        contact = Contact(person_id=person.id, channel="email", encrypted=b"-", given_by=clerk.id, given_at=now)
        contact.stop_digest = contacts.digest(STOP)
        act.session.add(contact)
        act.flush()
        request = act.session.scalars(select(IssuanceRequest)).one()
        said = {"kind": "ready", "channel": "sms", "language": "ar", "gateway_id": "g-1"}
        notice = Notice(request_id=request.id, contact_id=contact.id, written_at=now, next_at=now, taken_at=now, **said)
        notice.state = NoticeState.ACCEPTED
        act.session.add(notice)
        act.record("contact.given", contact, channel="email")


@pytest.fixture
def limited_role(postgres_url: str) -> Iterator[str]:
    """The address of the register for the role that the documentation makes."""
    owner = Database(postgres_url)
    with Office(Settings(), owner).act(SYSTEM) as act:
        founding.found_centres(act)
        rule_versions.publish(act)
    with owner.transaction() as session:
        for statement in grants():
            session.execute(text(statement))
    lodged(Office(Settings(), owner), RequestState.READY)
    agreed(owner)
    with Office(Settings(), owner).act(SYSTEM) as act:
        capacity.give(act, centres.named(act, "timisoara"), dict.fromkeys(Purpose, Given(1, 30, 0)))
    yield make_url(postgres_url).set(username="liman_public").render_as_string()
    with owner.transaction() as session:
        session.execute(text("DROP OWNED BY liman_public"))
        session.execute(text("DROP ROLE liman_public"))
    owner.engine.dispose()


def tells_and_chooses(client: FlaskClient) -> list[int]:
    """An unknown code, a time taken, changed, kept and given back, what is wrong, an address, a lost reference."""
    with client.application.test_request_context():
        known = {"carried": carry(KNOWN, BORN)}
    times = re.findall(r'name="starts_at" value="([^"]+)"', client.post("/status/times", data=known).text)
    asked = [("", {"reference": "A" * 26}), ("/time", {"starts_at": times[0]}), ("/time", {"starts_at": times[1]})]
    asked += [("/appointment.ics", {}), ("/time/cancel", {}), ("/mistake/told", {"field": "name", "said": "Layla"})]
    given = {"channel": "sms", "address": "0722 123 456", "agrees": "1"}
    asked += [("/messages", {}), ("/messages/address", given), ("/messages/stop", {"channel": "email"})]
    asked += [("/messages/code", {"code": "123456"}), ("/lost", {**given, **date_fields()})]
    answers = [client.post(f"/status{path}", data=known | more).status_code for path, more in asked]
    return [*answers, ask(client).status_code]


def test_a_database_role_that_may_read_no_name_is_enough(limited_role: str, tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "public", database_url=limited_role, sms_gateway="json")
    app = create_app(settings, surfaces={"public"}, clock=FixedClock(NOW))
    client = app.test_client()
    assert [ask(client).status_code, ask(client, UNKNOWN).status_code] == [200, 404]
    assert client.post("/verify/number", data={"number": "RP1000000", "date": "1.2.2027"}).status_code == 404
    assert shown(client, pictured(sealed("RP1000000"))).status_code == 404
    assert client.post("/verify/confirmation", data={"code": "A" * 16}).status_code == 404
    assert [client.get(f"/lists/{name}").status_code for name in ("", "RP1")] == [200, 404]
    assert [client.post(f"/stop/{token}").status_code for token in ("unknown", STOP, STOP)] == [404, 200, 200]
    reports = f"/delivery-reports/{reports_token(settings)}"
    told = [client.post(reports, json={"id": key, "status": "delivered"}).status_code for key in ("g-2", "g-1", "g-1")]
    assert told == [404, 200, 200]
    assert filled(client, HADI)
    assert client.get("/rights/refugee?lang=ar").status_code == 200
    assert client.get("/readyz").json["ready"] is True
    assert tells_and_chooses(client) == [404, 200, 200, 200, 200, 200, 200, 200, 200, 400, 200, 200]
    database = app.extensions["office"].database
    secrets = ("family_name FROM person", "said FROM told_mistake", "sealed FROM receipt_code")
    secrets += ("encrypted FROM contact", "address FROM told_contact", "address FROM told_lost_reference")
    for secret in secrets:
        with database.reading() as session, pytest.raises(Exception, match="permission denied"):
            session.execute(text(f"SELECT {secret}"))
    database.engine.dispose()
