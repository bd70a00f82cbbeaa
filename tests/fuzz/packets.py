"""What comes over a line: requests to the server, answers to a station and to what sends messages, announcements."""

from __future__ import annotations

import datetime as dt
import logging
import select
import smtplib
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import zeroconf
from asn1crypto import pem
from hypothesis import strategies as st

from card_drivers.device import CardRejected, ConfigurationError, DeviceOffline, NoLeave
from card_drivers.links import discovery
from card_drivers.links.http_login import Login
from card_drivers.links.transport import Endpoint, Limits
from card_drivers.order import ChannelRequest, ChipFound, Enrolled
from card_drivers.station.identity import Identity
from card_drivers.station.register import Register, RegisterError
from issuance.clock import FixedClock
from issuance.sending import Message, Sent, wire
from issuance.sending.mail import Mail, Relay
from issuance.server import Limits as ServerLimits
from issuance.server import Server
from issuance.server.connections import Channel
from tests import chip_files
from tests.fuzz import drawn
from tests.fuzz.engine import Input
from tests.unit.station.orders import make_order

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MOST = 10_000
MOMENT = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
UNHURRIED = ServerLimits(requests_per_second=1e9, burst=10**9, strangers_per_second=1e9, strangers_burst=10**9)


@contextmanager
def said(data: bytes) -> Iterator[socket.socket]:
    """Our end of a line at whose other end that was said, and no more comes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        yield ours


# The server


def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Reads what came, and says how much that was."""
    text = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


class Defects(logging.Handler):
    """Keeps what the server would log as a defect and then forget."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record)


WAITING: list[Channel] = []
"""Connections whose request is whole."""


@cache
def server() -> tuple[Server, Defects]:
    """A server whose loop does not turn: a request is answered when it is whole, in the same thread."""
    made = Server(application, "127.0.0.1:0", lambda _method, path: (MOST, path.startswith("/public")), UNHURRIED)
    defects = Defects()
    for lane in (made.task_dispatcher, made.strangers):
        lane.shutdown()
    made.task_dispatcher = made.strangers = SimpleNamespace(add_task=WAITING.append)
    logger = logging.getLogger("waitress")
    logger.addHandler(defects)
    return made, defects


REQUESTS = [
    b"GET /public?x=%41 HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 10.0.0.1, [::1]:80\r\n\r\n",
    b"POST /cases HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n",
    b"POST /cases HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
    b"POST http://a:1/b HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\nConnection: keep-alive\r\n\r\n" + b"a" * 50,
]


def receive(data: bytes) -> None:
    """What anybody sends to the server, in one piece."""
    made, defects = server()
    defects.found.clear()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.sendall(data)
        channel = Channel(made, ours, ("127.0.0.1", 9), made.adj, map={})
        for _ in range(9):
            if channel.connected and channel.readable() and select.select([ours], [], [], 0)[0]:
                channel.handle_read()
            while WAITING:
                WAITING.pop().service()
        channel.close()
        theirs.setblocking(False)
        answer = b""
        with suppress(BlockingIOError, ConnectionError):
            answer = theirs.recv(1 << 20)
    assert not defects.found, defects.found[0].getMessage()
    assert not answer or answer.startswith(b"HTTP/1."), answer[:80]
    assert b" 500 " not in answer[:20], answer[:80]


# A station, and what sends messages


class Said(Endpoint):
    """A register that says one thing, whatever is asked."""

    def _connect(self, limits: Limits) -> HTTPConnection:
        connection = HTTPConnection(self.host, self.port, timeout=5)
        connection.sock = LINES[-1]
        return connection


LINES: list[socket.socket] = []
"""The line of the case that is tried."""
ORDER = make_order(uuid.UUID(int=1), uuid.UUID(int=2))


@cache
def register() -> Register:
    """A station that was enrolled and has started."""
    identity = Identity(Path(tempfile.mkdtemp()))
    identity.enrolled(Enrolled(station_id=uuid.UUID(int=3), leave_key=bytes(32)))
    made = Register("http://127.0.0.1:9", identity)
    made._endpoint = Said("127.0.0.1", 9, "", False)
    return made


def ask_register(data: bytes) -> None:
    """Everything that a station asks, with that for an answer."""
    station, claim = register(), ORDER.claim_id
    asked = ChannelRequest(claim_id=claim, host_challenge=bytes(8), answer=b"a")
    found = ChipFound(claim_id=claim, chip_uid="04")
    for ask in (
        lambda: station.claim(claim), lambda: station.order(claim), lambda: station.waits(claim),
        lambda: station.leave(ORDER), lambda: station.channel_keys(asked), lambda: station.check_chip(found),
        station.errand,
    ):  # fmt: skip
        station._started = True
        with said(data) as line, suppress(RegisterError, NoLeave, CardRejected, DeviceOffline, ConfigurationError):
            LINES[:] = [line]
            ask()
    station.clock_trouble()


DATES = [b"Fri, 20 Nov 2026 10:00:00 GMT", b"Fri, 20 Nov 2026 10:00:00 +9999", b"Mon, 99 Foo 99999 99:99:99 x"]
HEAD = b"HTTP/1.1 200 OK\r\nDate: %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
BODIES: list[dict[str, Any]] = [
    {
        "protocol": 5,
        "claim_id": str(ORDER.claim_id),
        "order_id": str(ORDER.order_id),
        "lease_until": "2026-11-20T10:00Z",
    },
    {"protocol": 5, "booklet": "AB1"},
    {"protocol": 5, "seconds": 30, "signature": "AAAA", "keys": "AAAA"},
    {"protocol": 5, "enc": "AAAA", "mac": "AAAA", "rmac": "AAAA"},
    {"protocol": 5, "resume": str(uuid.UUID(int=1)), "settings": {"revision": 1, "settings": {"a": 1}}},
    {"error": "not_living", "message": "Another."},
]
WHOLE = HEAD % (DATES[0], 2) + b"{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\n{}\r\n0\r\n\r\n"
REFUSED = b'HTTP/1.0 403 Forbidden\r\nDate: x\r\n\r\n{"error": "x", "message": "y"}'
HTTP = [WHOLE, CHUNKED, REFUSED, b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE, b"HTTP/1.1 204 No Content\r\n\r\n"]


def _answer(date: bytes, body: bytes) -> bytes:
    return HEAD % (date, len(body)) + body


answers_drawn = drawn.damaged(HTTP) | st.builds(_answer, st.sampled_from(DATES), drawn.messages(BODIES))


def ask_gateway(data: bytes) -> None:
    """One exchange with a gateway, or with an authority of time stamps."""
    call = wire.Call("POST", "http://127.0.0.1:9/send?a=b", {"X": "y"}, b"body")
    with said(data) as line, suppress(wire.Unanswered):
        connection = HTTPConnection("127.0.0.1", 9, timeout=5)
        connection.sock = line
        wire._asked(connection, call)


SMTP = (
    b"220 relay ESMTP\r\n250-relay\r\n250-SIZE 1000\r\n250-AUTH LOGIN PLAIN\r\n250 HELP\r\n"
    b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data\r\n250 2.0.0 queued\r\n221 Bye\r\n"
)
SMTP_REFUSED = b"220 relay\r\n502 no\r\n250 relay\r\n250 Ok\r\n550 5.1.1 unknown\r\n421 \r\n"
MESSAGE = Message(uuid.UUID(int=4), "layla@example.org", "Your document", "It is ready.", "en")


@cache
def relay() -> Relay:
    """A relay that is trusted by one certificate: a case would else read all of the machine's."""
    path = Path(tempfile.mkdtemp()) / "authority.pem"
    path.write_bytes(pem.armor("CERTIFICATE", chip_files.the_authority().certificate))
    return Relay("127.0.0.1", 9, "office@liman.example", plain=True, authority=path)


def give_to_relay(data: bytes) -> None:
    """A whole message given to a relay that says that."""
    with said(data) as line, mock.patch.object(smtplib.SMTP, "_get_socket", return_value=line):
        sent = Mail(relay(), FixedClock(MOMENT)).send(MESSAGE)
    assert isinstance(sent, Sent)


# Printers in the network

CHALLENGES = [
    'Basic realm="printer"', 'Digest realm="a", nonce="b", qop="auth,auth-int", algorithm=SHA-256, opaque="c"',
    'Digest realm="a", nonce="b"', 'Bearer, Digest realm="x\\"y", nonce=b, algorithm=MD5-sess, qop=auth, Basic realm=z',
]  # fmt: skip


def be_challenged(headers: list[str]) -> None:
    """A device that asks for a log-in by these headers, of which a line holds Latin letters."""
    login = Login("admin", "secret")
    if login.take([header.encode("latin-1", "replace").decode("latin-1") for header in headers]):
        login.header("POST", "/ipp/print")
        login.header("POST", "/ipp/print")


TEXTS = b"\x0aty=Printer\x0crp=ipp/print\x13pdl=application/pdf\x05noval\x02=x"
KINDS = sorted(discovery.SCHEMES)


def hear(case: tuple[str, str, list[bytes], int, bytes]) -> None:
    """An announcement of a printer; zeroconf itself refuses names that nobody may have."""
    kind, name, addresses, port, texts = case
    try:
        info = zeroconf.ServiceInfo(kind, f"{name}.{kind}", port, properties=texts, addresses=addresses)
    except (zeroconf.Error, OSError, ValueError):
        return
    discovery.each_once([discovery.announced(info)])


addresses = st.lists(
    st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16) | st.just(b"\xa9\xfe\x01\x02"), max_size=3
)

INPUTS = [
    Input("http-requests", 40_000, 100, cases=drawn.damaged(REQUESTS), read=receive),
    Input("register-answers", 13_000, 40, cases=answers_drawn, read=ask_register),
    Input("http-answers", 20_000, 60, cases=answers_drawn, read=ask_gateway),
    Input("mail-answers", 10_000, 40, cases=drawn.damaged([SMTP, SMTP_REFUSED]), read=give_to_relay),
    Input("challenges", 15_000, 60, cases=st.lists(drawn.garbled(CHALLENGES), max_size=2), read=be_challenged),
    Input(
        "announcements", 20_000, 60, read=hear,
        cases=st.tuples(
            st.sampled_from(KINDS), drawn.texts, addresses, st.integers(0, 65_535), drawn.damaged([TEXTS])
        ),
    ),
]  # fmt: skip
