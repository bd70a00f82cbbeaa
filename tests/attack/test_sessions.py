"""A log-in ends when it is ended: cookies kept from before, cookies that remember, cookies planted before a log-in.

By the real server in a process of its own; accounts are changed by the office's commands, each a process too.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from tests.counterparts import free_port

ROOT = Path(__file__).parents[2]
SECONDS = 60
"""A test that hangs shows where; nothing is judged by it."""


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def redirect_request(self, *_args: object, **_more: object) -> None:
        return None


OPENER = urllib.request.build_opener(NoRedirects)


@dataclass
class Thief:
    """A browser whose cookies can be looked at, kept and put back."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """Every Set-Cookie so far."""

    def get(self, path: str) -> tuple[int, str]:
        return self._ask(path, None)

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        return self._ask(path, urllib.parse.urlencode(fields).encode())

    def token(self, path: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path)[1])
        assert found, path
        return found[1]

    def log_in(self, name: str, password: str, **more: str) -> int:
        email = f"{name}@liman.example"
        return self.post("/login", email=email, password=password, csrf_token=self.token("/login"), **more)[0]

    @property
    def is_in(self) -> bool:
        """Whether the start page is shown."""
        return self.get("/")[0] == 200

    def _ask(self, path: str, data: bytes | None) -> tuple[int, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        asked = urllib.request.Request(self.url + path, data, {"Cookie": cookie, "Accept-Language": "en"})
        try:
            answer = OPENER.open(asked, timeout=SECONDS)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            for said in answer.headers.get_all("Set-Cookie") or []:
                self.said.append(said)
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(said).items()}
            return answer.status, answer.read().decode()


@dataclass(frozen=True)
class Office:
    """A running demonstration office."""

    url: str
    var: Path
    password: str

    def browser(self) -> Thief:
        return Thief(self.url)

    def command(self, *words: str) -> None:
        """One of the office's commands, in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *words],
            cwd=ROOT,
            env=environment(self.var),
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def environment(var: Path) -> dict[str, str]:
    return os.environ | {"LIMAN_VAR": str(var), "LIMAN_DEMO": "1"}


@pytest.fixture(scope="module")
def office(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The real server on a register of its own."""
    var = tmp_path_factory.mktemp("attacked") / "var"
    shutil.copytree(demonstration, var)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "app"]
    listening = environment(var) | {"LIMAN_LISTEN": f"127.0.0.1:{port}"}
    with (var / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=listening, stdout=log, stderr=log)
    try:
        wait_for(url, process)
        yield Office(url, var, (var / "demo-password").read_text())
    finally:
        process.terminate()
        process.wait(SECONDS)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        assert process.poll() is None
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=SECONDS):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server did not start")


def test_a_cookie_copied_before_the_log_out_is_nobodys(office: Office) -> None:
    owner = office.browser()
    owner.log_in("clerk", office.password)
    thief = Thief(office.url, dict(owner.cookies))
    assert thief.is_in
    assert owner.post("/logout", csrf_token=owner.token("/"))[0] == 302
    assert not thief.is_in


def test_the_cookie_says_nothing_and_cannot_be_guessed(office: Office) -> None:
    owners = [office.browser(), office.browser()]
    for owner in owners:
        owner.log_in("clerk", office.password)
    keys = {owner.cookies["liman"] for owner in owners}
    assert len(keys) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", key) for key in keys)
    assert not any(key.encode() in (office.var / "register.sqlite").read_bytes() for key in keys)


def test_nobody_is_remembered_even_who_asks_for_it(office: Office) -> None:
    owner = office.browser()
    assert owner.log_in("clerk", office.password, remember="y") == 302
    assert owner.is_in
    said = [each for each in owner.said if not each.startswith("device-")]  # which opens nothing: it counts tries
    lasting = [each for each in said if re.search("remember|expires|max-age", each, re.IGNORECASE)]
    assert lasting == []


def test_a_cookie_that_remembered_before_is_nobodys(office: Office) -> None:
    with closing(sqlite3.connect(office.var / "register.sqlite")) as register:
        ((name,),) = register.execute("SELECT fs_uniquifier FROM staff WHERE email = 'clerk@liman.example'").fetchall()
    secret = (office.var / "keys" / "session").read_bytes().hex()
    mark = hmac.new(secret.encode(), name.encode(), hashlib.sha512).hexdigest()
    thief = Thief(office.url, {"remember_token": f"{name}|{mark}"})
    assert not thief.is_in
    assert not thief.is_in, "nor by what the first answer planted"


def test_what_was_planted_before_a_log_in_is_worth_nothing_after_it(office: Office) -> None:
    owner = office.browser()
    token = owner.token("/login")
    planted = Thief(office.url, dict(owner.cookies))
    form = {"email": "clerk@liman.example", "password": office.password, "csrf_token": token}
    assert owner.post("/login", **form)[0] == 302
    assert owner.is_in
    assert not planted.is_in
    assert owner.post("/mrz", text="Layla", csrf_token=token)[0] == 400, "the CSRF secret is a new one"
    assert owner.post("/mrz", text="Layla", csrf_token=owner.token("/"))[0] == 200


def test_an_account_is_closed_while_somebody_works_with_it(office: Office) -> None:
    clerk = office.browser()
    clerk.log_in("clerk2", office.password)
    assert clerk.is_in
    office.command("close-account", "clerk2@liman.example")
    assert not clerk.is_in
    assert clerk.log_in("clerk2", office.password) == 200
    assert not clerk.is_in


def test_a_change_of_roles_ends_the_session(office: Office) -> None:
    officer = office.browser()
    officer.log_in("officer", office.password)
    assert officer.get("/decisions/")[0] == 200
    office.command("take-role", "officer@liman.example", "decision_officer")
    office.command("give-role", "officer@liman.example", "supervisor")
    assert officer.get("/decisions/")[0] == 302
    officer.log_in("officer", office.password)
    assert officer.is_in
    assert officer.get("/decisions/")[0] == 403
