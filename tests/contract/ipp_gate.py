"""A gate before an IPP printer, as a web server before it or in it: it wants a log-in, and moves or chunks answers.

Its log-in is written from RFC 7616 and RFC 7617, not from ours. It prints nothing itself.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

USER, PASSWORD, REALM = "stație", "a:b c", 'the "best" printer'
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"


class Gate(ThreadingHTTPServer):
    """Listens on loopback. `wants` is what stands in WWW-Authenticate, None for no log-in; `moved` sends elsewhere."""

    daemon_threads = True

    def __init__(self, target: str, wants: str | None = None, moved: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.target = urlsplit(target)
        self.wants = wants
        self.moved = moved
        self.stale: set[str] = set()  # counts of the nonce that were used
        self.passed = 0
        self.refused = 0
        self.uri = f"ipp://127.0.0.1:{self.server_port}/ipp/print"


@contextmanager
def gate(target: str, wants: str | None = None, moved: str | None = None) -> Iterator[Gate]:
    """A gate before the printer at `target`."""
    server = Gate(target, wants, moved)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Gate

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.moved:
            return self._say(301, "Location", self.server.moved)
        if self.server.wants and not self._is_known():
            self.server.refused += 1
            return self._say(401, "WWW-Authenticate", self.server.wants)
        self.server.passed += 1
        host, port = self.server.target.hostname, self.server.target.port
        assert host
        printer = http.client.HTTPConnection(host, port, timeout=10)
        printer.request("POST", self.path, body, {"Content-Type": "application/ipp"})
        answer = printer.getresponse().read()
        printer.close()
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(answer), 100):
            part = answer[start : start + 100]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def _say(self, status: int, name: str, value: str) -> None:
        self.send_response(status)
        self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _is_known(self) -> bool:
        scheme, _, rest = self.headers.get("Authorization", "").encode("latin-1").decode().partition(" ")
        if scheme == "Basic":
            return "Basic" in (self.server.wants or "") and base64.b64decode(rest).decode() == f"{USER}:{PASSWORD}"
        return scheme == "Digest" and self._is_digest(rest)

    def _is_digest(self, rest: str) -> bool:
        found = re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))', rest)
        said = {name: re.sub(r"\\(.)", r"\1", quoted) or bare for name, quoted, bare in found}
        kind = hashlib.sha256 if said.get("algorithm", "MD5").startswith("SHA-256") else hashlib.md5

        def h(text: str) -> str:
            return kind(text.encode()).hexdigest()

        a1 = h(f"{USER}:{REALM}:{PASSWORD}")
        if said.get("algorithm", "").endswith("-sess"):
            a1 = h(f"{a1}:{NONCE}:{said['cnonce']}")
        middle = f":{said['nc']}:{said['cnonce']}:auth:" if "qop" in said else ":"
        right = h(f"{a1}:{NONCE}{middle}{h(f'POST:{self.path}')}")
        fresh = said.get("nc", "") not in self.server.stale or "qop" not in said
        self.server.stale.add(said.get("nc", ""))
        fields = (said["username"], said["realm"], said["nonce"], said["uri"])
        return said["response"] == right and fresh and fields == (USER, REALM, NONCE, self.path)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""
