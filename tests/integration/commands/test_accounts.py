"""Accounts and stations by command: each an act with its event, and the library's own commands gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app import create_app
from issuance.models.audit import AuditEvent
from issuance.models.staff import Staff, Station
from issuance.office import Office
from issuance.settings import Settings

Run = Callable[..., Result]
EMAIL = "ana@test.example"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(Settings(var=tmp_path / "var"))
    with app.app_context():
        yield app
    app.extensions["office"].database.engine.dispose()


@pytest.fixture
def office(app: Flask) -> Office:
    office = app.extensions["office"]
    assert isinstance(office, Office)
    return office


@pytest.fixture
def run(app: Flask) -> Run:
    """Commands of an office with one clerk."""
    runner = app.test_cli_runner()

    def run(*args: str) -> Result:
        return runner.invoke(args=args, catch_exceptions=False)

    assert run("set-up").exit_code == 0
    added = run("add-account", " Ana@Test.example", "--name", "Ana", "--centre", "timisoara", "--role", "clerk")
    assert added.exit_code == 0, added.output
    assert added.output.startswith(f"{EMAIL}: ")
    return run


def account(office: Office) -> Staff:
    with office.database.reading() as session:
        return session.scalars(select(Staff).where(Staff.email == EMAIL)).unique().one()


def last_act(office: Office) -> str:
    with office.database.reading() as session:
        return session.scalars(select(AuditEvent.act).order_by(AuditEvent.id.desc()).limit(1)).one()


def test_the_librarys_own_commands_are_gone(run: Run) -> None:
    assert {"users", "roles"} & {line.split()[0] for line in run("--help").output.splitlines() if line.split()} == set()
    for name in ("users", "roles"):
        assert run(name, "create").exit_code == 2


def test_an_account_from_the_first_day_to_the_last(run: Run, office: Office) -> None:
    assert account(office).password_given_at is not None
    steps = {
        ("take-role", EMAIL, "clerk"): "role.taken",
        ("give-role", EMAIL, "operator", "--to", "2099-12-31"): "role.given",
        ("give-role", EMAIL, "quality_officer", "--from", "2100-01-01", "--to", "2100-01-31"): "role.given",
        ("set-last-day", EMAIL, "2099-12-31"): "account.end_set",
        ("move-account", EMAIL, "--centre", "galati"): "account.moved",
        ("reset-password", "ANA@test.example"): "account.password_reset",
        ("reset-second-factor", EMAIL): "account.second_factor_reset",
        ("close-account", EMAIL): "account.closed",
    }
    for command, event in steps.items():
        done = run(*command)
        assert (done.exit_code, last_act(office)) == (0, event), done.output
    assert f"{EMAIL}  galati  operator  closed" in run("accounts").output
    assert EMAIL not in run("accounts", "--centre", "timisoara").output
    assert run("reopen-account", EMAIL).exit_code == 0
    assert account(office).active


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("reopen-account", EMAIL), "open already"),
        (("end-sessions", EMAIL), "Nobody is logged in"),
        (("give-role", EMAIL, "decision_officer"), "Give the roles to two accounts."),
        (("give-role", EMAIL, "clerk"), "The account has this role on these days already"),
        (("give-role", EMAIL, "operator", "--to", "2020-01-01"), "The last day lies before the first, or has passed."),
        (("take-role", EMAIL, "operator"), "The account does not have this role."),
        (("set-last-day", EMAIL, "2020-01-01"), "This day has passed."),
        (("close-account", "nobody@test.example"), "There is no account with this address."),
        (("add-account", "no address", "--name", "B", "--centre", "timisoara", "--role", "clerk"), "no e-mail address"),
        (
            ("add-account", "ANA@test.example", "--name", "B", "--centre", "galati", "--role", "clerk"),
            "already an account",
        ),
        (("close-station", "nowhere"), "There is no station of this name."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    run: Run, office: Office, command: tuple[str, ...], words: str
) -> None:
    refused = run(*command)
    assert refused.exit_code in (1, 2)
    assert words in refused.stderr
    assert last_act(office) == "role.given"


def test_a_station_is_closed_and_opened_again(run: Run, office: Office) -> None:
    run("add-station", "desk-1", "--centre", "timisoara")
    assert run("close-station", "desk-1").exit_code == 0
    assert last_act(office) == "station.closed"
    with office.database.reading() as session:
        assert not session.scalars(select(Station)).one().active
    assert run("reopen-station", "desk-1").exit_code == 0
    assert last_act(office) == "station.reopened"
