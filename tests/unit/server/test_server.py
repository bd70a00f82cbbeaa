"""The server's own rules, with a real server on loopback and limits of a test: time, room, lanes, end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from issuance.server import Limits, Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FAR = 60.0
SMALL = Limits(
    connections=8, head_seconds=FAR, body_seconds=FAR, idle_seconds=FAR, requests_per_second=1000, burst=1000
)
MOST = 1_000


class Application:
    """Answers with what it got; `/wait` waits until it is told to go on."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read()
        if environ["PATH_INFO"].endswith("wait"):
            self.begun.release()
            assert self.go_on.wait(FAR)
        text = f"{environ.get('CONTENT_LENGTH', '-')} {len(body)}".encode()
        start_response("200 OK", [("Content-Length", str(len(text)))])
        return [text]


def route(_method: str, path: str) -> tuple[int, bool]:
    return MOST, path.startswith("/public")


@contextmanager
def running(application: Application, limits: Limits) -> Iterator[Server]:
    server = Server(application, "127.0.0.1:0", route, limits)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        application.go_on.set()
        server.stop()
        thread.join(FAR)
        assert not thread.is_alive()


@pytest.fixture
def application() -> Application:
    return Application()


Connect = Callable[..., socket.socket]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connections that are closed afterwards."""
    opened = []

    def one(server: Server, sent: bytes, source: str = "127.0.0.1") -> socket.socket:
        connection = socket.create_connection(
            ("127.0.0.1", int(server.effective_port)), timeout=FAR, source_address=(source, 0)
        )
        opened.append(connection)
        connection.sendall(sent)
        return connection

    yield one
    for connection in opened:
        connection.close()


def rest(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def is_answered(connection: socket.socket) -> bool:
    """Whether something comes before the server closes, by a reset when it left bytes unread."""
    try:
        return rest(connection) != b""
    except ConnectionError:
        return False


GET = b"GET /x HTTP/1.1\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /x HT", b"POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\nx", b"GET /x HTTP/1.1\r\n\r\n"],
    ids=["silence", "half a head", "half a body", "idle afterwards"],
)
def test_who_takes_too_long_is_let_go(application: Application, connect: Connect, sent: bytes) -> None:
    with running(application, Limits(head_seconds=0, body_seconds=0, idle_seconds=0)) as server:
        is_answered(connect(server, sent))  # ends, which it would not by itself


def test_the_oldest_of_the_address_that_has_most_makes_room(application: Application, connect: Connect) -> None:
    with running(application, SMALL) as server:
        other = connect(server, b"GET /x HT", source="127.0.0.7")
        slow = [connect(server, b"GET /x HT") for _ in range(SMALL.connections)]
        assert not is_answered(slow[0])
        assert rest(connect(server, GET)).endswith(b"- 0")
        other.sendall(b"TP/1.1\r\nConnection: close\r\n\r\n")
        assert rest(other).endswith(b"- 0")


def test_memory_is_kept_by_letting_go_who_sent_most(application: Application, connect: Connect) -> None:
    with running(application, Limits(waiting_bytes=1_000_000)) as server:
        server.route = lambda _method, _path: (10_000_000, False)
        head = b"POST /x HTTP/1.1\r\nConnection: close\r\nContent-Length: 400000\r\n\r\n"
        other = connect(server, head + b"x" * 399_999, source="127.0.0.7")
        much = [connect(server, head + b"x" * 399_999) for _ in range(2)]
        assert not is_answered(much[0])
        other.sendall(b"x")
        assert rest(other).endswith(b"400000 400000")


def test_a_body_too_long_is_not_waited_for_and_the_application_knows_its_length(
    application: Application, connect: Connect
) -> None:
    with running(application, SMALL) as server:
        head = f"POST /x HTTP/1.1\r\nContent-Length: {MOST + 1}\r\nExpect: 100-continue\r\n\r\n".encode()
        answer = rest(connect(server, head))
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(f"{MOST + 1} 0".encode())
        assert b"Connection: close" in answer
        head = f"POST /x HTTP/1.1\r\nConnection: close\r\nContent-Length: {MOST}\r\n\r\n".encode()
        assert rest(connect(server, head + b"x" * MOST)).endswith(f"{MOST} {MOST}".encode())


def test_strangers_who_wait_do_not_stand_before_the_staff(application: Application, connect: Connect) -> None:
    with running(application, Limits(stranger_threads=1, staff_threads=1)) as server:
        waiting = [connect(server, b"GET /public/wait HTTP/1.1\r\nConnection: close\r\n\r\n") for _ in range(5)]
        assert application.begun.acquire(timeout=FAR)
        assert rest(connect(server, GET)).endswith(b"- 0")
        application.go_on.set()
        assert all(b"200 OK" in rest(connection) for connection in waiting)


def test_who_runs_is_told_to_wait_and_nobody_else(application: Application, connect: Connect) -> None:
    with running(application, Limits(requests_per_second=0, burst=3, strangers_burst=0)) as server:
        assert b" 429 " in rest(connect(server, b"GET /public HTTP/1.1\r\n\r\n"))
        got = [rest(connect(server, GET))[:15] for _ in range(5)]
        assert got == [b"HTTP/1.1 200 OK"] * 3 + [b"HTTP/1.1 429 To"] * 2
        assert rest(connect(server, GET, source="127.0.0.8")).startswith(b"HTTP/1.1 200")


def test_the_last_answers_are_given_before_it_ends(application: Application, connect: Connect) -> None:
    with running(application, SMALL) as server:
        connection = connect(server, b"GET /wait HTTP/1.1\r\n\r\n")
        assert application.begun.acquire(timeout=FAR)
        server.stop()
        server.stop()
        application.go_on.set()
        assert b"200 OK" in rest(connection)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /\x01x HTTP/1.1\r\nHo st: x\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"POST /x HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;;=\x01\r\nhello\r\n",
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ-secret\r\n",
        b"GET /" + b"secret" * 5000 + b" HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01secret\r\n\r\n",
    ],
    ids=["head", "uri", "length", "negative", "chunk extension", "coding", "chunk size", "long", "tls"],
)
def test_what_is_no_request_is_answered_in_a_sentence_and_not_repeated(
    application: Application, connect: Connect, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with running(application, SMALL) as server:
        answer = rest(connect(server, sent)).decode()
    status = int(answer.split()[1])
    assert status in (400, 431, 501)
    assert answer.rstrip().endswith(".")
    assert "secret" not in answer
    assert caplog.text == ""
