"""The real server, as `make run` starts it, on a demonstration register of its own; and people who visit it."""

from __future__ import annotations

import http.client
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar
from pathlib import Path
from types import ModuleType

import pytest

from tests.counterparts import free_port

ROOT = Path(__file__).parents[2]
SECONDS = 120
"""A test that hangs shows where; nothing is judged by it."""

STRANGER = "127.0.0.9"
"""Whoever attacks has an address of their own."""

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"')


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    text: str
    url: str


class Visitor:
    """A browser without pictures: it keeps cookies, follows redirects, and sends forms with the token of their page."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> Answer:
        return self._ask(urllib.request.Request(self.url + path))

    def post(self, path: str, fields: dict[str, str], page: str | None = None) -> Answer:
        """Send a form, with the token that `page` has, if one is named."""
        if page is not None:
            found = TOKEN.search(self.get(page).text)
            assert found, f"{page} has no form"
            fields = fields | {"csrf_token": found[1] or found[2]}
        data = urllib.parse.urlencode(fields).encode()
        return self._ask(urllib.request.Request(self.url + path, data=data))

    def log_in(self, name: str, password: str) -> Answer:
        return self.post("/login", {"email": f"{name}@liman.example", "password": password}, page="/login")

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self.opener.open(request, timeout=SECONDS) as answer:
                return Answer(answer.status, answer.read().decode(errors="replace"), answer.url)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(errors="replace"), error.url)


@dataclass(frozen=True)
class RealOffice:
    """A running server: its address, its data, its process, and the password of every demonstration login."""

    url: str
    var: Path
    process: subprocess.Popen[bytes]
    password: str

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    def visitor(self, name: str = "") -> Visitor:
        """Somebody new; with a name, one of the staff who has just logged in."""
        visitor = Visitor(self.url)
        if name:
            assert "/login" not in visitor.log_in(name, self.password).url
        return visitor

    def connect(self, source: str = STRANGER) -> socket.socket:
        """A connection from an address of loopback."""
        return socket.create_connection(self.address, timeout=SECONDS, source_address=(source, 0))

    def say(self, request: bytes, source: str = STRANGER) -> bytes:
        """Send these bytes, and read until the server closes."""
        with self.connect(source) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def send(self, method: str, path: str, body: bytes, **headers: str) -> Answer:
        """Send a request as a stranger."""
        connection = http.client.HTTPConnection(*self.address, timeout=SECONDS, source_address=(STRANGER, 0))
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        connection.close()
        return Answer(answer.status, text, path)

    @property
    def log(self) -> str:
        return (self.var / "log" / "server.log").read_text(errors="replace")


@cache
def make_run() -> ModuleType:
    """What `make run` runs."""
    spec = importlib.util.spec_from_file_location("demo", ROOT / ".ci" / "demo.py")
    assert spec
    assert spec.loader
    demo = sys.modules["demo"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    return demo


@contextmanager
def serving(demonstration: Path, var: Path, **environment: str) -> Iterator[RealOffice]:
    """The server of `make run` on a copy of the demonstration in `var`, as a process of its own."""
    shutil.copytree(demonstration, var)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server, _station = make_run().parts(port, var)
    settings = {"LIMAN_VAR": str(var), "LIMAN_DEMO": "1", "LIMAN_PUBLIC_URL": url, "LIMAN_LISTEN": f"127.0.0.1:{port}"}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIMAN_")}
    with server.log.open("ab") as log:
        process = subprocess.Popen(
            server.command, cwd=ROOT, env=clean | settings | environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(url, process)
        yield RealOffice(url, var, process, (var / "demo-password").read_text())
    finally:
        process.terminate()
        process.wait(SECONDS)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers."""
    for _ in range(SECONDS * 10):
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=SECONDS):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server never answered")


@pytest.fixture(scope="module")
def real_office(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealOffice]:
    """The real server on loopback, for the tests of one file."""
    with serving(demonstration, tmp_path_factory.mktemp("real") / "var") as office:
        yield office
