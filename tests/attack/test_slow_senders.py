"""Nobody outside stops the office by sending slowly: a half-sent request holds a connection and no thread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attack.conftest import RealOffice, Visitor

HALF_HEAD = b"GET /status HTTP/1.1\r\nHost: liman\r\nX-Slow: "
HALF_BODY = b"POST /status HTTP/1.1\r\nHost: liman\r\nContent-Length: 1000\r\n\r\nreference="
HALF_CHUNK = b"POST /login HTTP/1.1\r\nHost: liman\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nemail="
HALF_PICTURE = (
    b"POST /cases/01890000-0000-7000-8000-000000000000/enrolment/picture HTTP/1.1\r\nHost: liman\r\n"
    b"Content-Length: 15000000\r\n\r\n" + b"x" * 10_000
)


@pytest.fixture(scope="module")
def clerk(real_office: RealOffice) -> Visitor:
    return real_office.visitor("clerk")


@pytest.fixture
def held(real_office: RealOffice, request: pytest.FixtureRequest) -> Iterator[RealOffice]:
    """The office while a stranger holds so many half-sent requests open."""
    begin, count = request.param
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(real_office.connect()).sendall(begin)
        yield real_office


KINDS = {"head": HALF_HEAD, "body": HALF_BODY, "chunk": HALF_CHUNK, "picture": HALF_PICTURE}


@pytest.mark.parametrize("held", [(begin, 60) for begin in KINDS.values()], indirect=True, ids=list(KINDS))
def test_a_clerk_is_answered_while_requests_are_half_sent(held: RealOffice, clerk: Visitor) -> None:
    for path in ("/desk", "/desk/due", "/desk/lodge"):
        assert clerk.get(path).status == 200
    found = clerk.post("/search", {"q": "al"}, page="/desk")
    assert found.status == 200
    assert held.visitor().get("/status").status == 200


@pytest.mark.parametrize("held", [(HALF_HEAD, 700)], indirect=True, ids=["700 heads"])
def test_more_connections_than_the_server_keeps_shut_nobody_out(held: RealOffice, clerk: Visitor) -> None:
    assert clerk.get("/desk").status == 200
    assert held.visitor().get("/status").status == 200


@pytest.mark.parametrize("held", [(b"", 60)], indirect=True, ids=["60 silent"])
def test_silent_connections_hold_nothing(held: RealOffice, clerk: Visitor) -> None:
    assert clerk.get("/desk").status == 200


def test_a_slow_sender_leaves_no_thread_behind(real_office: RealOffice, clerk: Visitor) -> None:
    """Threads are counted before and during: none is made for each of forty half-sent requests."""
    tasks = Path(f"/proc/{real_office.process.pid}/task")
    before = len(list(tasks.iterdir()))
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(real_office.connect()).sendall(HALF_BODY)
        assert clerk.get("/desk").status == 200
        assert len(list(tasks.iterdir())) < before + 10, "the server's own upkeep needs a few"


def test_a_half_sent_request_is_answered_when_the_rest_comes(real_office: RealOffice) -> None:
    with real_office.connect() as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHo")
        assert real_office.visitor().get("/status").status == 200
        slow.sendall(b"st: liman\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: slow.recv(65_536), b""))
    assert re.match(rb"HTTP/1.1 200 OK\r\n", answer)
