"""One connection, and the request that comes in by it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask
from waitress.utilities import Error

from issuance.server.limits import Limits
from issuance.values import addresses

Route = Callable[[str, str], tuple[int, bool]]
"""`route(method, path)`: how many bytes of body are taken there, and whether strangers use it."""


class Keeper(Protocol):
    """What a connection asks of its server."""

    route: Route
    proxies: int
    """How many reverse proxies of ours stand before it."""

    def keep_memory(self) -> None:
        """Close what waits with too much."""


LARGE = 250_000
"""A request whose body is worth looking at the memory of all."""

LINGER_BYTES = 32_000_000
LINGER_SECONDS = 10
LINGER_READ = 1_000_000
SENTENCES = {
    400: "Cererea nu poate fi citită. Deschideți pagina din nou.\nThe request cannot be read. Open the page again.",
    429: "Prea multe cereri odată. Așteptați un minut.\nToo many requests at once. Wait a minute.",
    431: "Adresa sau antetul cererii este prea lung.\nThe address or the head of the request is too long.",
    500: "Pagina nu a putut fi afișată. Încercați din nou.\nThe page could not be shown. Try again.",
    501: "Cererea este trimisă într-un fel necunoscut.\nThe request is sent in an unknown way.",
}


class Refusal(Error):
    """An answer without the application: a sentence in two languages that repeats nothing of what was sent."""

    def __init__(self, code: int) -> None:
        self.code = code if code in SENTENCES else 400
        super().__init__(SENTENCES[self.code])

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers, body."""
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return f"{self.code} {HTTPStatus(self.code).phrase}", headers, f"{self.body}\n".encode()


class Refused(ErrorTask):
    """Answers what cannot be given to the application, in our sentences."""

    def execute(self) -> None:
        """Write the answer, and close."""
        self.channel.leftover = True
        self.request.error = Refusal(self.request.error.code)
        super().execute()


class Request(HTTPRequestParser):
    """A request on its way in. A body longer than its route takes is cut off: the application answers for it."""

    def __init__(self, channel: Channel, adj: Any) -> None:
        super().__init__(adj)
        self.channel = channel
        self.most = 0
        self.stranger = True

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head, and with it how long the body may be."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a length of five thousand digits, a port that is none
            raise ParsingError("unreadable") from error
        path = self.path.encode("latin-1").decode("utf-8", "replace")
        self.most, self.stranger = self.channel.server.route(self.command, path)
        if self.content_length > self.most:
            self._cut()

    def received(self, data: bytes) -> int:
        """Take in more of it; how many bytes were used."""
        consumed: int = super().received(data)
        if self.body_bytes_received > self.most and self.body_rcv is not None:
            self._cut()
            self.completed = True
        return consumed

    def _cut(self) -> None:
        """Hand the request over without its body; by its length the application refuses it, in a sentence."""
        self.close()
        self.body_rcv = self.error = None
        self.expect_continue = False
        self.headers["CONTENT_LENGTH"] = str(max(self.content_length, self.body_bytes_received))
        self.headers["CONNECTION"] = "close"
        self.channel.leftover = True


class Channel(HTTPChannel):
    """One connection: it knows when it has waited long enough, and reads on a little before it closes on a sender."""

    error_task_class = Refused
    server: Keeper

    def __init__(self, server: Keeper, sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:
        self.parser_class = partial(Request, self)
        self.began = time.time()
        self.leftover = False
        self.lingering = 0
        super().__init__(server, sock, addr, adj, map=map)

    @property
    def waits(self) -> bool:
        """Whether it waits for the other side: no request of it is being worked on, and it is not being closed."""
        return not self.requests and not self.will_close

    @property
    def waiting_bytes(self) -> int:
        """How much is kept for it: of an unfinished request, of an answer that is not fetched."""
        return int(self.total_outbufs_len + (self.request.body_bytes_received if self.request else 0))

    def caller(self, request: Request) -> str:
        """Whose request it is."""
        proxies = self.server.proxies
        return addresses.customer(
            addresses.of_caller(self.addr[0], request.headers.get("X_FORWARDED_FOR", ""), proxies)
        )

    def due(self, limits: Limits) -> float:
        """When it is closed, unless something comes before."""
        request = self.request
        if self.lingering:
            return self.began + LINGER_SECONDS
        if request is None:
            return float(self.last_activity) + limits.idle_seconds
        if not request.headers_finished:
            return self.began + limits.head_seconds
        length = float(max(request.content_length, request.body_bytes_received))
        return self.began + limits.body_seconds + length / limits.bytes_per_second

    def received(self, data: bytes) -> bool:
        """Take in what came, as a part of a request."""
        if self.request is None:
            self.began = time.time()
        taken = bool(super().received(data))
        if self.waiting_bytes > LARGE:
            self.server.keep_memory()
        return taken

    # A close while the other side still sends would take the answer back from it: so its end is awaited, for a while.

    def readable(self) -> bool:
        """Whether the loop should read."""
        return bool(self.lingering) or bool(super().readable())

    def writable(self) -> bool:
        """Whether the loop should write, or close."""
        return not self.lingering and bool(super().writable())

    def handle_read(self) -> None:
        """Read: a part of a request, or what nobody wants any more."""
        if not self.lingering:
            super().handle_read()
            return
        self.lingering += len(self.recv(LINGER_READ))  # at its end `recv` closes
        if self.connected and self.lingering > LINGER_BYTES:
            self.leave()

    def handle_close(self) -> None:
        """Close; with a body still on its way, say first that nothing more comes from here."""
        if self.leftover and not self.lingering and self.connected:
            self.lingering, self.will_close, self.began = 1, False, time.time()
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.leave()
        else:
            super().handle_close()

    def leave(self) -> None:
        """Close without waiting any longer."""
        self.leftover = False
        super().handle_close()
