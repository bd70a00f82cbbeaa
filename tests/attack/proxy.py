"""A line between a station and the register on which a test can do something at a given request."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Line:
    """`before` and `after` run once for the first request whose address ends so: before it goes on, after its answer.

    `cut` lets nothing through.
    """

    url: str = ""
    cut: bool = False
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    after: dict[str, Callable[[], object]] = field(default_factory=dict)

    def run(self, hooks: dict[str, Callable[[], object]], path: str) -> None:
        """Run the hook of this address, if it has one."""
        hook = hooks.pop(path.rpartition("/")[2], None)
        if hook is not None:
            hook()


@contextmanager
def line_to(register: str) -> Iterator[Line]:
    """A line to the register at this address, until the block ends."""
    line, target = Line(), urlsplit(register)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            self._forward(b"")

        def do_POST(self) -> None:
            self._forward(self.rfile.read(int(self.headers["Content-Length"])))

        def _forward(self, body: bytes) -> None:
            line.run(line.before, self.path)
            if line.cut:
                return
            with closing(http.client.HTTPConnection(str(target.hostname), target.port, timeout=30)) as there:
                there.request(self.command, self.path, body, dict(self.headers))
                answer = there.getresponse()
                data = answer.read()
            line.run(line.after, self.path)
            with suppress(OSError):  # a station that was killed takes no answer
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    line.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield line
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
