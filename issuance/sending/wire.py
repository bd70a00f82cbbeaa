"""One exchange by HTTP with a gateway: bounded in time and size, and with the host that was asked for alone."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
"""For the whole answer, however it comes."""

LONGEST_ANSWER = 16_000
"""Bytes; what comes after them is not read."""


class NotSent(Exception):
    """Nothing of the message left this machine."""


class Unanswered(Exception):
    """The message left, and nobody knows what became of it."""


@dataclass(frozen=True)
class Call:
    """What is asked for. Nothing of it is ever shown: it holds secrets and the message."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Reply:
    """The status of HTTP and the beginning of the body."""

    status: int
    body: bytes = field(repr=False)


def exchange(call: Call, authority: Path | None = None) -> Reply:
    """Ask once, directly, and follow nowhere. NotSent before the message went, Unanswered after that.

    `authority` is the file of the certificates that are trusted, else the machine's own.
    """
    try:
        connection = _connection(call.url, authority)
    except OSError as error:
        raise NotSent from error
    try:
        with _connected(connection) as late:
            reply = _asked(connection, call)
    finally:
        connection.close()
    if late.is_set():
        raise Unanswered
    return reply


def _connection(url: str, authority: Path | None) -> HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        trust = ssl.create_default_context(cafile=authority)
        return HTTPSConnection(host, parts.port, timeout=CONNECT_SECONDS, context=trust)
    return HTTPConnection(host, parts.port, timeout=CONNECT_SECONDS)


@contextlib.contextmanager
def _connected(connection: HTTPConnection) -> Iterator[threading.Event]:
    """Connect; after so many seconds the line is cut, whatever the other side does meanwhile. Whether it was."""
    try:
        connection.connect()
    except OSError as error:  # also what TLS says of a certificate
        raise NotSent from error
    line, late = connection.sock, threading.Event()
    line.settimeout(ANSWER_SECONDS)
    timer = threading.Timer(ANSWER_SECONDS, _cut, [line, late])
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _cut(line: socket.socket, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _asked(connection: HTTPConnection, call: Call) -> Reply:
    parts = urlsplit(call.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    own = {"User-Agent": "Liman", "Accept-Encoding": "identity", "Connection": "close"}
    try:
        connection.request(call.method, target, call.body, own | dict(call.headers))
        response = connection.getresponse()
        return Reply(response.status, response.read(LONGEST_ANSWER))
    except (OSError, HTTPException) as error:
        raise Unanswered from error
