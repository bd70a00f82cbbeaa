"""Every other door beside the pages of access.txt: commands, the station API, systems outside, accounts that ended.

The table is doors.txt, to be read by people. A new door is a decision: add its line.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from uuid import UUID

import click
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from card_drivers.order import ChannelRequest, ChipFound, Claim, LeaveRequest, Outcome, Result, Start
from issuance.actors import SYSTEM
from issuance.models.staff import RoleName, Staff, Station
from issuance.office import Office
from issuance.services import centres
from issuance.services.exchange import callers
from issuance.services.stations import tokens
from issuance.web.frame.auth import EVERYONE, access_of
from tests.fixtures.databases import Folder
from tests.people import Case, SmallOffice
from tests.web.api.machine import Machine
from tests.web.conftest import Browser, Login
from tests.web.test_routes import address, methods, rules

PINNED = Path(__file__).with_name("doors.txt")
TOO_OLD = "This page was open too long"
HEADINGS = ("command", "station", "outside", "account")
Ask = Callable[[str, str, bytes], TestResponse]
"""Somebody who sends a request: method, path, body."""


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Which database is beneath makes no difference to a permission."""
    return sqlite


def pinned(heading: str) -> list[str]:
    return [line for line in PINNED.read_text().splitlines() if line.startswith(f"{heading} ")]


def is_as_pinned(heading: str, lines: list[str]) -> None:
    """Every difference between the table and the application fails, and is printed."""
    lines = sorted(f"{heading} {line}" for line in lines)
    change = unified_diff(pinned(heading), lines, "doors.txt", "the application", n=0, lineterm="")
    assert lines == pinned(heading), "\n".join(["bring tests/web/doors.txt up to date:", *change])


def test_the_table_holds_nothing_else() -> None:
    lines = [line for line in PINNED.read_text().splitlines() if not line.startswith("#")]
    assert {line.split(" ", 1)[0] for line in lines} == set(HEADINGS)
    assert lines == [line for heading in HEADINGS for line in pinned(heading)]


# Commands


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command with its words."""
    for name, command in sorted(group.commands.items()):
        words = f"{before} {name}".strip()
        if isinstance(command, click.Group):
            yield from commands(command, words)
        else:
            yield words, command


def whose(command: click.Command) -> str:
    """In whose name it acts: no command logs anybody in."""
    return "the account named by --as" if any("--as" in each.opts for each in command.params) else "the office itself"


def test_a_command_is_run_by_whom_the_machine_lets_in(app: Flask) -> None:
    """Who is the operating system's business: the account whose folder holds the keys, and root."""
    is_as_pinned("command", [f"{words}: {whose(command)}" for words, command in commands(app.cli)])


# Stations and systems outside


def word(answer: TestResponse) -> str:
    """What is answered to a request without a message in it: `heard` is let in."""
    said = answer.get_json(silent=True) or {}
    assert answer.status_code < 500, answer.text
    if said.get("error") == "not_living":
        return "not the living one"
    shut = {401: "unknown", 403: "refused", 404: "not there"}
    return shut.get(answer.status_code, "heard")


def of_kind(app: Flask, *kinds: str) -> list[tuple[Rule, str]]:
    """The routes of these kinds, once a method."""
    found = []
    for rule in rules(app):
        access = access_of(app, rule.endpoint)
        if access is not None and access.kind in kinds:
            found += [(rule, method) for method in methods(rule)]
    return found


@dataclass
class Floor:
    """Machines of several stations, and a claim of the first."""

    app: Flask
    client: Browser
    people: SmallOffice
    folder: Path

    def machine(self, name: str, token: str, *, starts: bool = True) -> Machine:
        made = Machine(self.client, self.folder / name)
        assert made.enrol(token).status_code == 200
        assert not starts or made.start().status_code == 204
        return made

    def station(self, name: str, centre: str) -> tuple[UUID, str]:
        with self.people.act(SYSTEM) as act:
            station, token = tokens.add_station(act, name, centres.named(act, centre))
            return station.id, token

    def bearer(self, token: str) -> Ask:
        headers = {"Authorization": f"Bearer {token}"}
        return lambda method, path, body: self.client.open(path, method=method, data=body, headers=headers)

    def logged_in(self, client: Browser) -> Ask:
        return lambda method, path, body: client.open(path, method=method, data=body)


@pytest.fixture
def floor(app: Flask, client: Browser, people: SmallOffice, tmp_path: Path) -> Floor:
    return Floor(app, client, people, tmp_path)


@pytest.fixture
def claim(floor: Floor, queued: Case) -> Claim:
    """A claim of the first station, whose order is not fetched."""
    floor.people.open_shift()
    claimed = floor.people.claim()
    assert claimed is not None
    return claimed


def signed_by(machine: Machine) -> Ask:
    return lambda method, path, body: machine.open(path, method, body)


def at_stations(floor: Floor, login: Login, outside: str) -> Mapping[str, Ask]:
    """Who knocks at the station API, in the order of trial: what its own process sends comes last."""
    own = floor.machine("own", floor.people.token)
    shutil.copytree(floor.folder / "own", floor.folder / "copy")
    galati = floor.machine("galati", floor.station("galati 1", "galati")[1])
    beside = floor.machine("beside", floor.station("beside", "timisoara")[1])
    closed_id, token = floor.station("closed", "timisoara")
    closed = floor.machine("closed", token)
    renewed_id, token = floor.station("renewed", "timisoara")
    renewed = floor.machine("renewed", token)
    with floor.people.act(SYSTEM) as act:
        tokens.renew(act, act.session.get_one(Station, renewed_id))
    with floor.people.upkeep() as look:
        look.session.connection().execute(
            Station.__table__.update().where(Station.__table__.c.id == closed_id).values(active=False)
        )
    operator = floor.app.test_client()
    assert isinstance(operator, Browser)
    login(operator, RoleName.OPERATOR)
    return {
        "nobody": floor.bearer(""),
        "its token alone": floor.bearer(floor.people.token),
        "a token of a system outside": floor.bearer(outside),
        "an operator logged in": floor.logged_in(operator),
        "another station of the centre": signed_by(beside),
        "a station of another centre": signed_by(galati),
        "a closed station": signed_by(closed),
        "a machine that was replaced": signed_by(renewed),
        "a copy of its folder": signed_by(Machine(floor.client, floor.folder / "copy")),
        "its own process": signed_by(own),
    }


def bodies(claim: Claim) -> dict[str, bytes]:
    """Messages that reach the claim itself, by the end of an address: whose it is decides."""
    claim_id, order_id = claim.claim_id, claim.order_id
    said = {
        "/leave": LeaveRequest(claim_id=claim_id, digests={}),
        "/result": Result(claim_id=claim_id, order_id=order_id, outcome=Outcome.UNKNOWN),
        "/chip": ChipFound(claim_id=claim_id, chip_uid="04AABBCCDD1122"),
        "/channel": ChannelRequest(claim_id=claim_id, host_challenge=bytes(8), answer=bytes(29)),
        "/start": Start(before=(), host="test"),
    }
    return {end: message.model_dump_json().encode() for end, message in said.items()}


def test_the_station_api_hears_its_own_living_process(floor: Floor, login: Login, claim: Claim) -> None:
    with floor.people.act(SYSTEM) as act:
        outside = callers.add(act, "case handling")
    who = at_stations(floor, login, outside)
    said = bodies(claim)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    routes = sorted(of_kind(floor.app, "station", "signed"), key=lambda each: each[0].rule.endswith(("/start", "/end")))
    for name, ask in who.items():
        for rule, method in routes:
            path = rule.rule.replace("<uuid:claim_id>", str(claim.claim_id))
            body = next((body for end, body in said.items() if path.endswith(end)), b"{}")
            found[f"{method} {rule.rule}", word(ask(method, path, body))].append(name)
    is_as_pinned("station", [f"{route}, {answer}: {', '.join(names)}" for (route, answer), names in found.items()])


def outside_tokens(floor: Floor, office: Office) -> Mapping[str, str]:
    """A token of each kind for each door, by who holds it."""
    administrator = floor.people.actors["administrator"]
    found = {"nobody": "", "a token nobody made": "x" * 43}
    with floor.people.act(SYSTEM) as act:
        for door in callers.doors():
            found[f"a token of {door}"] = callers.add(act, f"of {door}", opens=door)
            found[f"a revoked token of {door}"] = callers.add(act, f"revoked {door}", opens=door)
            callers.revoke(act, callers.named(act, f"revoked {door}"))
    with floor.people.act(administrator) as act:
        found["a token of events that one administrator made"] = callers.add(act, "waits")
    return found


def test_a_token_of_a_system_outside_opens_its_own_door(floor: Floor, office: Office, login: Login) -> None:
    who = {name: floor.bearer(token) for name, token in outside_tokens(floor, office).items()}
    administrator = floor.app.test_client()
    assert isinstance(administrator, Browser)
    login(administrator, RoleName.ADMINISTRATOR)
    station = floor.machine("own", floor.people.token)
    who |= {"a station": signed_by(station), "an administrator logged in": floor.logged_in(administrator)}
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for rule, method in of_kind(floor.app, "caller"):
        for door in callers.doors() if rule.arguments else ["-"]:
            path = rule.rule.replace("<recipient>", door)
            for name, ask in who.items():
                found[f"{method} {path}", word(ask(method, path, b"{}"))].append(name)
    is_as_pinned("outside", [f"{route}, {answer}: {', '.join(names)}" for (route, answer), names in found.items()])


# Accounts that ended, with a session that somebody kept


def end_closed(account: Staff, today: dt.date) -> None:
    account.active = False


def end_past(account: Staff, today: dt.date) -> None:
    account.ends_on = today - dt.timedelta(days=1)


def end_roles(account: Staff, today: dt.date) -> None:
    for given in account.given:
        given.to_day = given.from_day = today - dt.timedelta(days=1)


def give_password(account: Staff, today: dt.date) -> None:
    account.password_given_at = dt.datetime.combine(today, dt.time(), dt.UTC)


ENDED: Mapping[str, Callable[[Staff, dt.date], None]] = {
    "closed": end_closed,
    "past its last day": end_past,
    "whose roles ended": end_roles,
    "whose password somebody else gave": give_password,
}


def looked_at(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every page of the staff, and what everybody who works here may send: the rest is refused to a role in
    test_routes.py, at the same place."""
    for rule, method in of_kind(app, "staff"):
        access = access_of(app, rule.endpoint)
        if access is not None and (method == "GET" or access.roles == EVERYONE):
            yield rule, method


def shown(answer: TestResponse) -> str:
    """What somebody whose account ended sees."""
    there = answer.headers.get("Location", "")
    if answer.status_code == 302 and there.startswith("/login"):
        return "log in"
    if answer.status_code == 400 and TOO_OLD in answer.text:
        return "log in"  # a form that was sent: its page keeps what was typed
    if answer.status_code == 303 and there.endswith("/account/password"):
        return "a new password first"
    return "refused" if answer.status_code == 403 else "let in"


@pytest.mark.parametrize("state", ENDED)
def test_an_account_that_ended_opens_nothing_with_the_session_it_had(
    app: Flask, client: Browser, login: Login, office: Office, state: str
) -> None:
    account = login(client, RoleName.SUPERVISOR)
    with office.database.transaction() as session:
        row = session.scalars(select(Staff).where(Staff.id == account.id)).unique().one()
        ENDED[state](row, office.clock.today())
    found: dict[str, list[str]] = defaultdict(list)
    for rule, method in looked_at(app):
        answer = client.get(address(rule)) if method == "GET" else client.submit(address(rule))
        found[shown(answer)].append(f"{method} {rule.rule}")
    usual = max(found, key=lambda each: len(found[each]))
    lines = [f"{state}, {usual}: every other page of the staff"]
    lines += [f"{state}, {answer}: {route}" for answer, routes in found.items() if answer != usual for route in routes]
    told = [line for line in pinned("account") if line.startswith(f"account {state},")]
    lines = sorted(f"account {line}" for line in lines)
    change = unified_diff(told, lines, "doors.txt", "the application", n=0, lineterm="")
    assert lines == told, "\n".join(["bring tests/web/doors.txt up to date:", *change])


def test_nobodys_routes_are_closed_to_everybody(app: Flask, client: Browser, login: Login) -> None:
    login(client, RoleName.ADMINISTRATOR)
    for rule, method in of_kind(app, "nobody"):
        assert client.open(address(rule), method=method).status_code == 403, (method, rule)
