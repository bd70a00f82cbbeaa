"""E-mail against a real server: STARTTLS and a log-in, what is refused for now, for ever, and a line that is cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from issuance.clock import FixedClock
from issuance.sending import DOWN, Message, Outcome, Sent
from issuance.sending.mail import LETTERS, Mail, in_ascii
from issuance.sending.mail import Relay as At
from tests import relay
from tests.counterparts import free_port
from tests.people import NOON
from tests.relay import CUT, PASSWORD, USER, Relay

STOP = "https://liman.example/stop/abc"
MESSAGE = Message(
    UUID("019a0000-0000-7000-8000-000000000001"),
    "layla@post.example",
    "وثيقتكم جاهزة",
    f"وثيقتكم جاهزة.\n\n.\n{STOP}\n",
    "ar",
    STOP,
)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return relay.certificate(tmp_path_factory.mktemp("relay"))


@pytest.fixture
def server(tls: tuple[Path, Path]) -> Iterator[Relay]:
    with relay.running(tls) as running:
        yield running


def at(server: Relay, tls: tuple[Path, Path]) -> At:
    return At("127.0.0.1", server.port, "no-reply@liman.example", USER, PASSWORD, authority=tls[0])


def send(where: At, message: Message = MESSAGE) -> Sent:
    return Mail(where, FixedClock(NOON)).send(message)


def test_a_message_goes_through_tls_after_a_log_in(server: Relay, tls: tuple[Path, Path]) -> None:
    assert send(at(server, tls)) == Sent(Outcome.ACCEPTED, "250")
    (came,) = server.came
    assert server.to == ["layla@post.example"]
    assert came["Subject"] == MESSAGE.subject
    assert came.get_content_type() == "text/plain"
    assert came.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert (came["List-Unsubscribe"], came["List-Unsubscribe-Post"]) == (f"<{STOP}>", "List-Unsubscribe=One-Click")
    assert came["Message-ID"] == f"<{MESSAGE.id}@liman.example>"
    assert came["Content-Language"] == "ar"


@pytest.mark.parametrize(
    ("command", "answer", "sent"),
    [
        ("RCPT", "451 4.7.1 greylisted", Sent(Outcome.RETRY, "451")),
        ("RCPT", "550 5.1.1 <layla@post.example> unknown", Sent(Outcome.REFUSED, "550")),
        ("DATA", "452 4.3.1 full", Sent(Outcome.RETRY, "452")),
        ("DATA", "554 5.7.1 not this", Sent(Outcome.REFUSED, "554")),
        ("RCPT", CUT, Sent(Outcome.RETRY, "", DOWN)),
    ],
)
def test_what_the_server_says_decides(
    server: Relay, tls: tuple[Path, Path], command: str, answer: str, sent: Sent
) -> None:
    server.will_answer(command, answer)
    assert send(at(server, tls)) == sent
    assert server.came == []


def test_of_a_line_that_is_cut_after_the_whole_message_nobody_knows(server: Relay, tls: tuple[Path, Path]) -> None:
    server.will_answer("DATA", CUT)
    assert send(at(server, tls)) == Sent(Outcome.UNKNOWN)
    assert len(server.came) == 1  # the server had it: a second try would have been a second message


def test_the_office_itself_not_being_let_in_is_nobodys_wrong_address(server: Relay, tls: tuple[Path, Path]) -> None:
    wrong = replace(at(server, tls), password="another")
    assert (send(wrong).outcome, send(wrong).reason) == (Outcome.RETRY, DOWN)
    untrusted = replace(at(server, tls), authority=None)
    assert send(untrusted) == Sent(Outcome.RETRY, "", DOWN)
    without_tls = replace(at(server, tls), plain=True)
    assert send(without_tls).reason == DOWN
    nobody = replace(at(server, tls), port=free_port())
    assert send(nobody) == Sent(Outcome.RETRY, "", DOWN)
    assert server.came == []


def test_without_tls_nothing_is_said_to_a_server_that_offers_none(tls: tuple[Path, Path]) -> None:
    with relay.running() as bare:
        asks = replace(at(bare, tls), user="")
        assert send(asks) == Sent(Outcome.RETRY, "", DOWN)
        assert send(replace(asks, plain=True)) == Sent(Outcome.ACCEPTED, "250")
        assert len(bare.came) == 1


def test_a_domain_of_other_letters_is_written_as_mail_carries_it() -> None:
    assert in_ascii("layla@bücher.example") == "layla@xn--bcher-kva.example"
    assert send(At("127.0.0.1", 1, "x@y.example"), replace(MESSAGE, to="лейла@post.example")) == Sent(
        Outcome.REFUSED, reason=LETTERS
    )
