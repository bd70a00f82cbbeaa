"""The line between the stations and the register, which meets its fault at one address, once."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
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

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str] | None:
        """What the register answers, as far as the line lets it through; None for a line that was cut."""
        with self._lock:
            if self._is_here(path, None):
                return None
        answer = self._pass(method, path, body, headers)
        self._deliver_late(path)
        with self._lock:
            if not self._is_here(path, answer[0]):
                return answer
        assert self._case is not None, "it is here"
        if self._case.fault is Fault.CUT:
            return None
        if self._case.fault is Fault.HALF_OPEN:
            self.over.wait(HELD)
            return None
        if self._case.fault is Fault.TWICE:
            return self._pass(method, path, body, headers)
        self._kept = (method, path, body, headers)  # it comes once more, after those behind it
        return answer

    def _deliver_late(self, path: str) -> None:
        """After the next request of another kind, the one that was kept comes once more."""
        with self._lock:
            kept = self._kept if self._kept and named(self._kept[1]) != named(path) else None
            self._kept = None if kept else self._kept
        if kept:
            self._pass(*kept)

    def _pass(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as there:
            there.request(method, path, body, headers)
            answer = there.getresponse()
            return answer.status, answer.read(), answer.getheader("Date") or ""


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
                self.send_response_only(found[0])
                self.send_header("Date", found[2])
                self.send_header("Content-Length", str(len(found[1])))
                self.end_headers()
                self.wfile.write(found[1])

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
