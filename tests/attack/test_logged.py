"""Nothing of a person stands in what an office logs: a run of its real processes, then every line is searched.

Beside what is always logged, people and strangers do what leads to errors: they mistype, attack, and the relay is away.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from issuance.logs import ALLOWED
from issuance.models.documents import Document
from issuance.models.notices import NoticeKind
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.notices import contacts, outbox
from tests.counterparts import free_port
from tests.drill import PATIENCE, Drill
from tests.people import LAYLA

EMAIL = "layla.al-masri@holder.example"
STAFF = "somebody.of.the.staff@liman.example"
WORKERS = {"LIMAN_WORKERS": "apart"}
ALWAYS = frozenset({"event", "level", "timestamp"})
OF_STATIONS = ALWAYS | {"logger", "message", "error", "where"}
SHORT = 4
"""A value with fewer letters says nobody's name: it stands in words of its own."""


class Watched(Drill):
    """The drill's office with workers of their own, which would write by e-mail to a relay that is not there."""

    @property
    def environment(self) -> dict[str, str]:
        """What its programs are told."""
        relay = {"LIMAN_SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "LIMAN_SMTP_FROM": "no-reply@liman.example"}
        return super().environment | WORKERS | relay

    def worker(self) -> object:
        """A process that does the background work."""
        return self._process("worker", "flask", "--app", "app", "worker")

    def logs(self) -> dict[str, str]:
        """What each process wrote."""
        return {path.stem: path.read_text("utf-8") for path in sorted(self.var.glob("*.log"))}


def personal(drill: Drill) -> Iterator[str]:
    """Everything that names somebody of this run: what was typed, what was given, what stands on the document."""
    yield from (EMAIL, STAFF, *vars(LAYLA.identity).values())
    with drill.office() as office, office.reading() as look:
        for person in look.session.scalars(select(Person)):
            row = {column.key: getattr(person, column.key) for column in Person.__table__.columns}
            yield from (str(value) for name, value in row.items() if isinstance(value, str) and name != "sex")
        for request in look.session.scalars(select(IssuanceRequest)):
            yield from (request.reference, request.case_reference or "")
        yield from (number for number in look.session.scalars(select(Document.number)) if number)


def ways_to_write(value: object) -> Iterator[str]:
    """A value as it stands in texts, addresses and JSON, in capitals or not; of dates the ways to write them."""
    text = str(value)
    if len(text) < SHORT or text in ("None", "False", "True"):
        return
    yield text
    yield urllib.parse.quote(text)
    yield json.dumps(text)[1:-1]
    yield base64.b64encode(text.encode()).decode().rstrip("=")[:-1]
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
        yield from (".".join(reversed(found.groups())), "".join(found.groups()), "".join(found.groups())[2:])
    yield from (part for part in re.split(r"[\s,/]+", text) if len(part) >= SHORT and not part.isdigit())


def ask(drill: Drill, path: str, body: bytes | None = None, **headers: str) -> int:
    """One request; its status, and what it answers does not matter here."""
    request = urllib.request.Request(f"http://127.0.0.1:{drill.port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def misused(drill: Drill, reference: str) -> list[int]:
    """What strangers and machines send that leads to refusals, with names in it everywhere."""
    name, born = LAYLA.identity.family_name, LAYLA.identity.birth_date
    year, month, day = born.split("-")
    typed = {"birth_date-day": day, "birth_date-month": month, "birth_date-year": year, "reference": reference}
    statuses = [
        ask(drill, "/status", urllib.parse.urlencode(typed).encode()),
        ask(drill, "/status", urllib.parse.urlencode(typed | {"reference": name}).encode()),
        ask(drill, f"/cases/{urllib.parse.quote(name)}"),
        ask(drill, f"/search?q={urllib.parse.quote(name)}"),
        ask(drill, "/login", urllib.parse.urlencode({"email": STAFF, "password": name}).encode()),
        ask(drill, "/api/case-events", json.dumps({"name": name}).encode(), Authorization=f"Bearer {name}"),
        ask(drill, "/api/station/claims", json.dumps({"claim_id": name}).encode(), Authorization=f"Bearer {name}"),
        ask(drill, f"/delivery-reports/{urllib.parse.quote(name)}?number={urllib.parse.quote(EMAIL)}", b"x"),
        ask(drill, "/lists/" + urllib.parse.quote(name)),
        ask(drill, "/status", b"x" * 20_000),
        ask(
            drill,
            "/login",
            b"{",
            **{"Content-Type": "application/json", "Referer": f"http://x/{urllib.parse.quote(name)}"},
        ),
    ]
    for line in (f"GET /{name} HTTP/9\r\n\r\n", f"{name}\r\n\r\n", f"GET / HTTP/1.1\r\nX: {name * 2000}\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", drill.port)) as link:
            link.settimeout(PATIENCE)
            link.sendall(line.encode())
            assert link.recv(12).startswith(b"HTTP/1."), line
    return statuses


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_of_a_run_no_name_number_or_day_is_logged(database_url: str, tmp_path: Path) -> None:
    drill = Watched(tmp_path / "var", database_url)
    with drill.server(), drill.worker(), drill.station():  # type: ignore[attr-defined]
        drill.approve(2)
        with drill.office() as office:
            office.settings = office.settings.model_copy(update={"smtp_url": "smtp://x", "smtp_from": "a@b.example"})
            with office.reading() as look:
                request = look.session.scalars(select(IssuanceRequest)).first()
                assert request
            with office.act(office.actors["clerk"]) as act:
                here = act.session.get_one(IssuanceRequest, request.id)
                contacts.give(act, here, "email", EMAIL)
                outbox.write(act, here, NoticeKind.READY)
        statuses = misused(drill, request.reference)
        assert {200, 401, 404, 413} <= set(statuses), statuses
        drill.wait_until_made(2)
        drill.wait(lambda: "task_failed" in drill.logs()["worker"])
    found = drill.logs()
    assert set(found) == {"server", "station", "worker"}
    assert all(found.values()), {name: len(text) for name, text in found.items()}
    lines = {name: [json.loads(line) for line in text.splitlines()] for name, text in found.items()}
    for name, entries in lines.items():
        known = OF_STATIONS if name == "station" else ALLOWED
        for entry in entries:
            assert set(entry) >= ALWAYS, entry
            assert {key for key in entry if not key.endswith("_id")} <= known, entry
    written = "\n".join(found.values()).lower()
    secrets = {way for value in personal(drill) for way in ways_to_write(value)}
    assert len(secrets) > 30
    assert sorted(way for way in secrets if way.lower() in written) == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("Al-Masri", '{"event": "station", "message": "card of AL-MASRI"}'),
        ("المصري", '{"event": "station", "message": "\\u0627\\u0644\\u0645\\u0635\\u0631\\u064a"}'),
        ("Layla Amina", '{"route": "/cases/Layla%20Amina"}'),
        ("1990-03-14", '{"message": "900314"}'),
        ("1990-03-14", '{"message": "14.03.1990"}'),
        ("RP1000423", '{"where": "rp1000423"}'),
        (EMAIL, '{"message": "bGF5bGEuYWwtbWFzcmlAaG9sZGVyLmV4YW1wbGU="}'),
    ],
)
def test_a_line_that_names_somebody_would_be_found(value: str, line: str) -> None:
    assert any(way.lower() in line.lower() for way in ways_to_write(value))
    assert not any(way.lower() in '{"event": "task_failed", "level": "warning"}' for way in ways_to_write(value))
