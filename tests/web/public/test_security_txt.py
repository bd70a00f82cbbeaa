"""security.txt by the grammar of RFC 9116, section 5.1, read here by itself: whom to tell, until when."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask

import app as root
from issuance import logs
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.errors import Unfit
from issuance.office import Office
from issuance.settings import Settings
from issuance.web.public.parts import security_txt
from tests.fixtures.databases import Folder
from tests.web.conftest import NOW, Browser

SAID: dict[str, Any] = {
    "security_contact": "mailto:security@liman.example https://liman.example/weaknesses",
    "security_expires": "2027-06-01",
    "security_policy": "https://liman.example/policy",
    "public_url": "https://liman.example",
}
URI = r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"
TAG = r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"
FIELDS = {
    "contact": URI,
    "expires": MOMENT,
    "preferred-languages": rf"{TAG}(?: *, *{TAG})*",
    "canonical": URI,
    "policy": URI,
    "acknowledgments": URI,
    "encryption": URI,
    "hiring": URI,
}


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Nothing is asked of the register."""
    return sqlite


@pytest.fixture
def settings(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Settings:
    """An office that says whom to tell, unless a test says otherwise."""
    return Settings(var=tmp_path / "var", demo=True, database_url=database_url, **getattr(request, "param", SAID))


def read(text: str) -> list[tuple[str, str]]:
    """The fields of a file that is not signed; AssertionError where the grammar does not take it."""
    assert text.endswith("\n")
    found = []
    for line in text.removesuffix("\n").split("\n"):
        line = line.removesuffix("\r")
        if not line or line.startswith("#"):
            continue
        name, colon, value = line.partition(":")
        assert colon
        assert value.startswith(" "), "fs = ':' SP"
        assert re.fullmatch(FIELDS[name.lower()], value[1:]), line
        found.append((name.lower(), value[1:]))
    names = [name for name, _ in found]
    assert names.count("expires") == 1
    assert names.count("preferred-languages") <= 1
    assert "contact" in names
    assert all(value.startswith("https:") for name, value in found if re.match("https?:", value))
    return found


def test_anybody_is_told_whom_to_tell(app: Flask, client: Browser) -> None:
    answer = client.get("/.well-known/security.txt")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert read(answer.text) == [
        ("contact", "mailto:security@liman.example"),
        ("contact", "https://liman.example/weaknesses"),
        ("expires", "2027-06-01T00:00:00Z"),
        ("preferred-languages", "ro, en"),
        ("canonical", "https://liman.example/.well-known/security.txt"),
        ("policy", "https://liman.example/policy"),
    ]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("settings", [{}], indirect=True)
def test_where_nobody_is_named_there_is_none(app: Flask, client: Browser) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"security_contact": "security@liman.example"},
        {"security_contact": "http://liman.example/weaknesses"},
        {"security_contact": "mailto:a@b\nExpires: never"},
        {"security_contact": "mailto:nobody"},
        {"security_expires": ""},
        {"security_expires": "2027-02-30"},
        {"security_expires": "2027-06-01T00:00"},
        {"security_expires": "٢٠٢٧-٠٦-٠١"},
        {"security_policy": "http://liman.example/policy"},
        {"security_policy": "https://liman.example/a b"},
        {"security_policy": "tel:0210000000"},
        {"security_languages": ""},
        {"security_languages": "ro,en"},
        {"security_languages": "român"},
    ],
    ids=str,
)
def test_a_wrong_setting_stops_the_start_and_is_named(changes: dict[str, str]) -> None:
    (name,) = changes
    with pytest.raises(Unfit, match=f"LIMAN_{name.upper()}"):
        security_txt.check(Settings(**SAID | changes))


def test_what_is_right_is_taken() -> None:
    for contact in ("tel:+40-21-000-0000", "https://liman.example", "mailto:a.b+c@liman.example"):
        settings = Settings(**SAID | {"security_contact": contact})
        security_txt.check(settings)
        read(security_txt.text(settings))


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2026-11-19", "expired"),
        ("2026-11-20", "expired"),
        ("2026-11-21", "soon"),
        ("2026-12-20", "soon"),
        ("2026-12-21", "holds"),
        ("2027-11-21", "holds"),
        ("2027-11-22", "too_far"),
    ],
)
def test_a_server_that_starts_says_until_when_it_holds(day: str, state: str) -> None:
    today: dt.date = NOW.date()
    settings = Settings(**SAID | {"security_expires": day})
    assert security_txt.standing(settings, today) == (state, day)
    assert security_txt.standing(Settings(), today) == ("missing", "")


def test_the_log_of_a_start_has_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As `serve` says it; a development office without the file says nothing."""
    for changes, said in ((SAID, "holds"), (SAID | {"security_expires": "2026-11-20"}, "expired"), ({}, "")):
        stream = io.StringIO()
        monkeypatch.setattr(root, "log", _log_into(stream))
        office = Office(Settings(var=tmp_path, **changes), Database("sqlite://"), FixedClock(NOW))
        root._tell_of_security_txt(office)
        assert (f'"state": "{said}"' in stream.getvalue()) if said else stream.getvalue() == ""
        assert "***" not in stream.getvalue()


def _log_into(stream: io.StringIO) -> Any:
    processors = [logs.only_allowed, structlog.processors.JSONRenderer()]
    return structlog.wrap_logger(structlog.WriteLogger(stream), processors=processors)
