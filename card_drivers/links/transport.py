"""One HTTP exchange with limits: to the register and to IPP printers. Standard library only."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from card_drivers.device import ConfigurationError
from card_drivers.troubles import Troubled


class NotConnected(Troubled):
    """No connection: the other side saw nothing of the request."""


class NotTrusted(NotConnected):
    """The other side shows a certificate that is not to be believed: it saw nothing of the request."""


class LinkBroken(Troubled):
    """The connection ended, stalled or spoke no HTTP after it was made: the request may have been acted upon."""


@dataclass(frozen=True)
class Limits:
    """Seconds one network operation and the whole exchange may take, and the largest answer in bytes."""

    operation: float = 10.0
    exchange: float = 60.0
    answer: int = 64 * 1024 * 1024


class Reply(NamedTuple):
    """What an exchange brought."""

    status: int
    body: bytes
    headers: Message


@dataclass(frozen=True)
class Endpoint:
    """Where to connect to. Plain text is for this machine only: everything else is TLS, with verified names.

    With a `fingerprint`, the SHA-256 of the other side's certificate in hex, that one is believed and no other,
    whatever its name or who signed it: devices sign their own.
    """

    host: str
    port: int
    path: str
    tls: bool
    fingerprint: str = ""

    @classmethod
    def parse(
        cls, url: str, plain: str, secure: str, default_port: int | None = None, fingerprint: str = ""
    ) -> Endpoint:
        """Read `url` with the scheme `plain` (loopback only) or `secure`; ConfigurationError otherwise."""
        parts, port = _split(url)
        if parts.scheme not in (plain, secure) or not parts.hostname or parts.username or parts.query:
            raise ConfigurationError("address-form", url=url, scheme=secure)
        tls = parts.scheme == secure
        if not tls and not is_loopback(parts.hostname):
            raise ConfigurationError("address-clear", url=url, scheme=secure)
        where = (parts.hostname, port or default_port or (443 if tls else 80), parts.path.rstrip("/"))
        return cls(*where, tls, fingerprint.replace(":", "").lower())

    def exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        limits: Limits,
        whole: Callable[[bytes], bool] | None = None,
    ) -> Reply:
        """What one request brought. NotConnected or LinkBroken; never waits longer than `limits` says.

        Redirects are not followed. A good answer that says itself when it is `whole` ends there, whatever length its
        headers announce.
        """
        connection = self._connect(limits)
        try:
            with _deadline(connection.sock, limits.exchange):
                connection.request(method, self.path + path or "/", body, dict(headers))
                response = connection.getresponse()
                data = _read(response, limits.answer, whole if response.status == 200 else None)
                _close_by(connection.sock, reset=False)
                if data is None:
                    raise LinkBroken("link-incomplete", host=self.host, bytes=limits.answer)
                return Reply(response.status, data, response.msg)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise LinkBroken("link-broke", host=self._name, said=_reason(error)) from error
        finally:
            connection.close()

    @property
    def _name(self) -> str:
        return f"{self.host}:{self.port}"

    def _connect(self, limits: Limits) -> http.client.HTTPConnection:
        if self.tls:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self.host, self.port, timeout=limits.operation, context=self._context()
            )
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=limits.operation)
        try:
            connection.connect()
            self._check_certificate(connection.sock)
        except ssl.SSLCertVerificationError as error:
            connection.close()
            raise NotTrusted("link-certificate", host=self._name, said=error.verify_message) from error
        except OSError as error:
            connection.close()
            raise NotConnected("link-unreachable", host=self._name, said=_reason(error)) from error
        except NotTrusted:
            connection.close()
            raise
        _close_by(connection.sock, reset=True)
        return connection

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.fingerprint:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _check_certificate(self, sock: socket.socket) -> None:
        """NotTrusted when the other side has another certificate than the one that is expected."""
        if not self.fingerprint or not isinstance(sock, ssl.SSLSocket):
            return
        found = hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()
        if found != self.fingerprint:
            raise NotTrusted("link-other-certificate", host=self._name, found=found)


def shown_fingerprint(host: str, port: int, seconds: float) -> str:
    """SHA-256 of the certificate that is shown there, as printers write it; nobody has proved whose it is. OSError."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((host, port), seconds) as sock, context.wrap_socket(sock) as secure:
        return hashlib.sha256(secure.getpeercert(binary_form=True) or b"").digest().hex(":").upper()


def _read(response: http.client.HTTPResponse, most: int, whole: Callable[[bytes], bool] | None) -> bytes | None:
    """The body; None when it is incomplete or longer than `most`. Printers announce wrong lengths."""
    if whole is None:
        data = response.read(most + 1)
        return None if len(data) > most or response.length else data
    if not response.chunked:
        response.length = None
    data = b""
    while not whole(data):
        part = response.read1(65536)
        data += part
        if not part or len(data) > most:
            return None
    return data


def _close_by(sock: socket.socket | None, reset: bool) -> None:
    """Until the answer is there, a close - also by the end of this process - must be a reset.

    A printer takes an orderly end of a half-sent document for its end, and prints the half (ippeveprinter does).
    """
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", reset, 0))


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise ConfigurationError("address-none", url=url, said=str(error)) from error


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def _deadline(sock: socket.socket, seconds: float) -> Iterator[None]:
    """Hang up after `seconds`: a peer that sends one byte now and then passes every timeout of single operations."""

    expired = threading.Event()

    def hang_up() -> None:
        expired.set()
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
    if expired.is_set():  # http.client takes an end within the headers for their end
        raise TimeoutError(f"no complete answer in {seconds:g} s")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
