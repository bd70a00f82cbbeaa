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
from card_drivers.links.transport import Endpoint, Limits, LinkBroken, NotConnected

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


def ask(url: str, body: bytes | None = None) -> tuple[int, bytes]:
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
