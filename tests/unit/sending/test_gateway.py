"""The port of SMS: what is put to a gateway, and what of its answers is believed."""

from __future__ import annotations

import json
import socket
import time
from email.parser import BytesHeaderParser
from pathlib import Path
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from issuance.errors import Unfit
from issuance.sending import Message, Outcome, Sent, wire
from issuance.sending.gateway import gateway_of, reports_address, reports_token
from issuance.sending.templates import HERE
from issuance.settings import Settings
from tests.counterparts import free_port
from tests.gateways import Answer, FakeGateway, gateway, says, served_as

ID = UUID("0192f0c1-7e1a-7b9e-9a55-1d1c0f6a2b11")
ARABIC = 'وثيقتك جاهزة\n{password} & "%d" \\ \'=#'
NOTICE = Message(ID, "+40722123456", "", ARABIC, "ar")
ACCEPTED = '{"id": "m-1", "status": "queued"}'


def office(tmp_path: Path, port: int = 1, **changes: object) -> Settings:
    """Settings of an office with a gateway on loopback."""
    secret = tmp_path / "sms-password"
    secret.write_text("s3cret\n")
    given = {"sms_gateway": "json", "sms_url": f"http://127.0.0.1:{port}/v1/messages", "sms_user": "office"}
    more = {"sms_sender": "LIMAN", "sms_password_file": secret, "public_url": "https://office.example"}
    return Settings(**{"var": tmp_path, **given, **more, **changes})  # type: ignore[arg-type]


def send(settings: Settings, message: Message = NOTICE) -> Sent:
    channel = gateway_of(settings)
    assert channel
    return channel.send(message)


def answered(tmp_path: Path, answer: Answer, **changes: object) -> tuple[Sent, FakeGateway]:
    with gateway(answer) as theirs:
        return send(office(tmp_path, theirs.port, **changes)), theirs


def test_a_message_is_put_as_json(tmp_path: Path) -> None:
    sent, theirs = answered(tmp_path, says(201, ACCEPTED))
    assert sent == Sent(Outcome.ACCEPTED, "201", "", "m-1")
    (request,) = theirs.requests
    head, _, body = request.partition(b"\r\n\r\n")
    first, _, headers = head.partition(b"\r\n")
    assert first == b"POST /v1/messages HTTP/1.1"
    read = BytesHeaderParser().parsebytes(headers)
    assert read["Authorization"] == "Bearer s3cret"
    assert read["Idempotency-Key"] == str(ID)
    assert read["Content-Type"] == "application/json"
    assert json.loads(body) == {
        "from": "LIMAN",
        "to": "+40722123456",
        "text": ARABIC,
        "reference": str(ID),
        "callback": reports_address(office(tmp_path)),
    }


def test_a_message_is_put_as_a_form(tmp_path: Path) -> None:
    template = (HERE / "json.toml").read_text().replace("[request.json]", "[request.form]")
    (tmp_path / "form.toml").write_text(template.replace('to = "{to}"', 'to = "{digits}"'))
    sent, theirs = answered(tmp_path, says(200, ACCEPTED), sms_gateway=str(tmp_path / "form.toml"))
    assert sent.outcome is Outcome.ACCEPTED
    form = parse_qs(theirs.requests[0].partition(b"\r\n\r\n")[2].decode())
    assert form["text"] == [ARABIC]
    assert form["to"] == ["40722123456"]


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        (says(200, '{"status": "failed"}'), Sent(Outcome.REFUSED, "200")),
        (says(422, '{"error": "+40722123456 is no number"}'), Sent(Outcome.REFUSED, "422")),
        (says(503), Sent(Outcome.RETRY, "503", "down")),
        (says(429), Sent(Outcome.RETRY, "429", "down")),
        # What it has against the office is no fault of the number.
        (says(401), Sent(Outcome.RETRY, "401", "down")),
        (says(404, "<html>"), Sent(Outcome.RETRY, "404", "down")),
        (says(302, "", "Location: https://elsewhere.example/"), Sent(Outcome.RETRY, "302", "down")),
        (says(307, "", "Location: /v2/messages"), Sent(Outcome.RETRY, "307", "down")),
        # It may have taken it: never a second time.
        (says(500), Sent(Outcome.UNKNOWN, "500")),
        (says(504), Sent(Outcome.UNKNOWN, "504")),
        (says(200, "OK"), Sent(Outcome.UNKNOWN, "200")),
        (says(200, '{"status": "perhaps"}'), Sent(Outcome.UNKNOWN, "200")),
        (says(200, '{"status": ["queued"]}'), Sent(Outcome.UNKNOWN, "200")),
        (says(200, '{"status": "queued", "x": "' + "x" * 20_000 + '"}'), Sent(Outcome.UNKNOWN, "200")),
        (lambda line: line.sendall(b"\x16\x03\x01\x00" * 100 + b"\r\n\r\n"), Sent(Outcome.UNKNOWN)),
        (lambda line: line.sendall(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n"), Sent(Outcome.UNKNOWN)),
        (lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000), Sent(Outcome.UNKNOWN)),
        (lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), Sent(Outcome.UNKNOWN, "200")),
        (lambda line: None, Sent(Outcome.UNKNOWN)),
        # An id that would be written into the register as it came.
        (says(200, '{"status": "sent", "id": "a\\u0000b"}'), Sent(Outcome.ACCEPTED, "200")),
        (says(200, '{"status": "sent", "id": "' + "7" * 101 + '"}'), Sent(Outcome.ACCEPTED, "200")),
        (says(200, '{"status": "sent", "id": {"a": 1}}'), Sent(Outcome.ACCEPTED, "200")),
        (says(200, '{"status": "sent", "id": 99}'), Sent(Outcome.ACCEPTED, "200", "", "99")),
    ],
)
def test_only_what_a_gateway_says_clearly_is_believed(tmp_path: Path, answer: Answer, sent: Sent) -> None:
    found, theirs = answered(tmp_path, answer)
    assert found == sent
    assert len(theirs.requests) == 1


def test_a_gateway_that_is_not_there_got_nothing(tmp_path: Path) -> None:
    assert send(office(tmp_path, free_port())) == Sent(Outcome.RETRY, reason="down")


def _drip(line: socket.socket) -> None:
    """A byte now and then, for ever: each comes in time."""
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        line.sendall(b"X: y\r\n")
        time.sleep(0.05)


def test_a_gateway_that_never_ends_its_answer_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("http.client._MAXHEADERS", 1_000_000)
    found, _ = answered(tmp_path, _drip)
    assert found == Sent(Outcome.UNKNOWN)


def test_a_certificate_that_nobody_knows_gets_nothing(tmp_path: Path) -> None:
    context, authority = served_as("localhost", tmp_path)
    with gateway(says(201, ACCEPTED), context) as theirs:
        url = f"https://localhost:{theirs.port}/"
        assert send(office(tmp_path, sms_url=url)) == Sent(Outcome.RETRY, reason="down")
        assert theirs.requests == []
        known = office(tmp_path, sms_url=url, sms_authority=authority)
        assert send(known) == Sent(Outcome.ACCEPTED, "201", "", "m-1")
        elsewhere = office(tmp_path, sms_url=f"https://127.0.0.1:{theirs.port}/", sms_authority=authority)
        assert send(elsewhere) == Sent(Outcome.RETRY, reason="down")
        assert len(theirs.requests) == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sms_url": ""}, "LIMAN_SMS_URL is no address"),
        ({"sms_url": "ftp://gateway.example"}, "LIMAN_SMS_URL is no address"),
        ({"sms_url": "https://user:word@gateway.example"}, "LIMAN_SMS_URL is no address"),
        ({"sms_url": "https://gateway.example/#x"}, "LIMAN_SMS_URL is no address"),
        ({"sms_url": "https://gateway.example:port/"}, "LIMAN_SMS_URL is no address"),
        ({"sms_url": "http://gateway.example"}, "no https:// address"),
        ({"sms_url": "http://10.0.0.1"}, "no https:// address"),
        ({"sms_sender": "Liman\r\nX: y"}, "LIMAN_SMS_SENDER"),
        ({"sms_user": "Ștefan"}, "LIMAN_SMS_USER"),
        ({"sms_gateway": "smoke"}, "there is no gateway smoke"),
        ({"sms_password_file": Path("/no/such/file")}, "LIMAN_SMS_PASSWORD_FILE"),
        ({"sms_authority": Path("/no/such/file")}, "LIMAN_SMS_AUTHORITY"),
    ],
)
def test_settings_that_would_not_do_are_named(tmp_path: Path, changes: dict[str, object], why: str) -> None:
    with pytest.raises(Unfit, match=why):
        gateway_of(office(tmp_path, **changes))


def test_an_office_may_have_no_gateway(tmp_path: Path) -> None:
    assert gateway_of(Settings(var=tmp_path)) is None


def test_nothing_that_is_secret_is_shown(tmp_path: Path) -> None:
    shown = repr(gateway_of(office(tmp_path)))
    assert "s3cret" not in shown
    assert reports_token(office(tmp_path)) not in shown


def test_the_address_of_delivery_reports_is_the_offices_own(tmp_path: Path) -> None:
    here, other = office(tmp_path), office(tmp_path, var=tmp_path / "other")
    assert reports_address(here) == f"https://office.example/delivery-reports/{reports_token(here)}"
    assert len(reports_token(here)) == 64
    assert reports_token(here) == reports_token(office(tmp_path)) != reports_token(other)
