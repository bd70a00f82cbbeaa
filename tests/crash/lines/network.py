"""The line between the stations and the register, which meets its fault at one address, once."""

from __future__ import annotations

import http.client
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.crash.points import Case, Fault, Kind

HELD = 12.0
"""Seconds for which a half-open connection stays so: longer than a station waits for one answer."""

NAMES = {"claims": "claim", "errand/done": "errand_done", "reading": "send_reading"}


def named(path: str) -> str:
    """The name of an address, as its function has it."""
    tail = re.sub(r"claims/[0-9a-f-]{36}/", "", path.removeprefix("/api/station/"))
    return NAMES.get(tail, tail)


@dataclass(frozen=True)
class Answer:
    """What the register said, of which the first bytes are `sent` on."""

    status: int
    body: bytes
    date: str
    sent: int


class Line:
    """Passes requests on; what it does at its point is the fault of the case."""

    def __init__(self, port: int, folder: Path, case: Case | None) -> None:
        self.port, self.over = port, threading.Event()
        self._word = folder / "struck"
        self._case = case if case and case.point.kind == Kind.ADDRESS and case.fault is not Fault.KILL else None
        self._kept: tuple[str, str, bytes, dict[str, str]] | None = None
        self._lock = threading.Lock()

    def _is_here(self, path: str, status: int | None) -> bool:
        """Whether this request, or this answer, is the point; an answer that refuses is none."""
        case = self._case
        if case is None or self._word.exists() or named(path) != case.point.name:
            return False
        if (case.point.moment == "before") != (status is None) or (status or 0) >= 400:
            return False
        self._word.write_text(path)
        return True

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer | None:
        """What the register answers, as far as the line lets it through; None for nothing."""
        with self._lock:
            is_here = self._is_here(path, None)
        if is_here:
            return self._lose(method, path, body, headers)
        answer = self._pass(method, path, body, headers)
        self._deliver_late(path)
        with self._lock:
            if not self._is_here(path, answer.status):
                return answer
        assert self._case is not None, "it is here"
        if self._case.fault is Fault.CUT:
            return replace(answer, sent=len(answer.body) // 2) if answer.body else None
        if self._case.fault is Fault.HALF_OPEN:
            self.over.wait(HELD)
            return None
        if self._case.fault is Fault.TWICE:
            return self._pass(method, path, body, headers)
        self._kept = (method, path, body, headers)  # it comes once more, after those behind it
        return answer

    def _lose(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Half of a request arrives, and the line is cut; or nothing, and the line stays half-open."""
        if self._case is not None and self._case.fault is Fault.HALF_OPEN:
            self.over.wait(HELD)
            return
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body
        with socket.create_connection(("127.0.0.1", self.port)) as there:
            there.sendall(request[: len(request) - max(len(body) // 2, 2)])

    def _deliver_late(self, path: str) -> None:
        """After the next request of another kind, the one that was kept comes once more."""
        with self._lock:
            kept = self._kept if self._kept and named(self._kept[1]) != named(path) else None
            self._kept = None if kept else self._kept
        if kept:
            self._pass(*kept)

    def _pass(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as there:
            there.request(method, path, body, headers)
            answer = there.getresponse()
            said = answer.read()
            return Answer(answer.status, said, answer.getheader("Date") or "", len(said))


@contextmanager
def line_to(port: int, folder: Path, case: Case | None) -> Iterator[int]:
    """The port of a line to the register, until the block ends."""
    line = Line(port, folder, case)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            self._forward(b"")

        def do_POST(self) -> None:
            self._forward(self.rfile.read(int(self.headers["Content-Length"] or 0)))

        def _forward(self, body: bytes) -> None:
            try:
                found = line.ask(self.command, self.path, body, dict(self.headers))
            except (OSError, http.client.HTTPException):
                found = None  # nobody is at the other end
            self.close_connection = True
            if found is None:
                return
            with suppress(OSError):
                self.send_response_only(found.status)
                self.send_header("Date", found.date)
                self.send_header("Content-Length", str(len(found.body)))
                self.end_headers()
                self.wfile.write(found.body[: found.sent])

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.daemon_threads = True
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served.server_port
    finally:
        line.over.set()
        served.shutdown()
        thread.join()
        served.server_close()
