"""The HTTP exchange: addresses it accepts, peers that stall, lie or vanish, and how a broken exchange ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from card_drivers.device import ConfigurationError
from card_drivers.links.transport import Endpoint, Limits, LinkBroken, NotConnected, Reply

HURRY = Limits(operation=0.5, exchange=1.0, answer=1000)


@contextmanager
def peer(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server on loopback that treats one connection so."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(10)
            behave(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        thread.join(10)
        listener.close()


def ask(url: str, body: bytes | None = None) -> Reply:
    return Endpoint.parse(url, "http", "https").exchange("POST", "/x", {}, body, HURRY)


def answering(answer: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return behave


@pytest.mark.parametrize(
    "url", ["http://localhost:5000", "http://127.0.0.1", "http://127.9.9.9:1/", "http://[::1]:8", "https://example.org"]
)
def test_accepts_this_machine_and_https(url: str) -> None:
    assert Endpoint.parse(url, "http", "https").tls is url.startswith("https")


@pytest.mark.parametrize(
    "url", ["http://example.org", "http://10.0.0.1:5000", "http://localhost.example.org", "http://0.0.0.0"]
)
def test_refuses_plain_text_to_other_machines(url: str) -> None:
    with pytest.raises(ConfigurationError, match="in the clear: use https"):
        Endpoint.parse(url, "http", "https")


@pytest.mark.parametrize(
    "url",
    ["", "localhost", "ftp://localhost", "http://", "http://localhost:port", "http://localhost:99999", "http://[::1"],
)
def test_refuses_what_is_no_address(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is no address"):
        Endpoint.parse(url, "http", "https")


def test_secrets_in_an_address_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        Endpoint.parse("https://user:secret@example.org", "http", "https")


def test_reads_an_answer() -> None:
    with peer(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")) as url:
        assert ask(url)[:2] == (200, b"hi")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotConnected, match="cannot be reached"):
        ask(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\1\2",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFF\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000,
    ],
)
def test_broken_answers_are_a_broken_link(answer: bytes) -> None:
    with peer(answering(answer)) as url, pytest.raises(LinkBroken):
        ask(url)


def ask_whole(url: str) -> Reply:
    """As a printer is asked: its answers say themselves where they end, here at the full stop."""
    return Endpoint.parse(url, "http", "https").exchange("POST", "/x", {}, b"?", HURRY, lambda data: b"." in data)


ODD_LENGTHS = {
    "too long": b"Content-Length: 40\r\n\r\nwell.",
    "too short": b"Content-Length: 2\r\n\r\nwell.",
    "none at all": b"\r\nwell.",
    "nothing": b"Content-Length: 0\r\n\r\nwell.",
    "two of them": b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nwell.",
    "no number": b"Content-Length: 5, 5\r\n\r\nwell.",
    "below nothing": b"Content-Length: -1\r\n\r\nwell.",
    "chunked": b"Transfer-Encoding: chunked\r\n\r\n2\r\nwe\r\n3;x=y\r\nll.\r\n0\r\n\r\n",
    "chunked, without an end": b"Transfer-Encoding: chunked\r\n\r\n5\r\nwell.\r\n",
    "chunked, with a length too": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwell.\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 100 Continue\r\n\r\n"])
@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("what", ODD_LENGTHS)
def test_an_answer_that_says_where_it_ends_is_whole_whatever_its_length(what: str, stays: bool, first: bytes) -> None:
    over = threading.Event()

    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(first + b"HTTP/1.1 200 OK\r\n" + ODD_LENGTHS[what])
        if stays:
            over.wait(10)

    with peer(behave) as url:
        try:
            assert ask_whole(url)[:2] == (200, b"well.")
        finally:
            over.set()


@pytest.mark.parametrize(
    "answer", [b"Content-Length: 4\r\n\r\nwell", b"\r\n" + b"x" * 2000, b"Content-Length: 4\r\n\r\n"]
)
def test_an_answer_that_never_gets_whole_is_a_broken_link(answer: bytes) -> None:
    with peer(answering(b"HTTP/1.1 200 OK\r\n" + answer)) as url, pytest.raises(LinkBroken):
        ask_whole(url)


def test_a_refusal_is_read_by_its_length() -> None:
    with peer(answering(b"HTTP/1.1 401 No\r\nContent-Length: 2\r\nWWW-Authenticate: Basic\r\n\r\nno")) as url:
        reply = ask_whole(url)
    assert (reply.status, reply.body, reply.headers["WWW-Authenticate"]) == (401, b"no", "Basic")


def test_silence_ends_with_the_operation_limit() -> None:
    ended = threading.Event()
    with peer(lambda connection: ended.wait(10)) as url:
        with pytest.raises(LinkBroken):
            ask(url)
        ended.set()


def test_a_slow_drip_ends_with_the_exchange_limit() -> None:
    """One byte now and then passes every single timeout."""

    def drip(connection: socket.socket) -> None:
        pause = threading.Event()
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            try:
                connection.sendall(b"x")
            except OSError:
                return
            pause.wait(0.1)
        raise AssertionError("the client never hung up")

    with peer(drip) as url, pytest.raises(LinkBroken):
        ask(url)


def how_it_ended(connection: socket.socket, ends: list[str]) -> None:
    """Read to the end of what comes: orderly, or by a reset."""
    try:
        while connection.recv(65536):
            pass
        ends.append("orderly")
    except ConnectionResetError:
        ends.append("reset")


def test_a_stalled_request_ends_in_a_reset() -> None:
    """An orderly end would pass for the end of the document."""
    ends: list[str] = []
    stalled = threading.Event()

    def behave(connection: socket.socket) -> None:
        connection.recv(1000)
        stalled.wait(10)
        how_it_ended(connection, ends)

    with peer(behave) as url:
        with pytest.raises(LinkBroken):
            ask(url, b"x" * 50_000_000)
        stalled.set()
    assert ends == ["reset"]


def send_for_ever(url: str) -> None:
    Endpoint.parse(url, "http", "https").exchange("POST", "/x", {}, b"x" * 50_000_000, Limits(30, 30, 1000))


def test_a_killed_sender_ends_in_a_reset() -> None:
    ends: list[str] = []
    reached, killed = threading.Event(), threading.Event()

    def behave(connection: socket.socket) -> None:
        connection.recv(1000)
        reached.set()
        killed.wait(10)
        how_it_ended(connection, ends)

    with peer(behave) as url:
        process = multiprocessing.get_context("forkserver").Process(target=send_for_ever, args=(url,))
        process.start()
        assert reached.wait(20)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(10)
        killed.set()
    assert ends == ["reset"]
