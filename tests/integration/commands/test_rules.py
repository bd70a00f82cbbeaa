"""Later versions of the rules by command: the functions and events of the pages, and nobody else has to agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app import create_app
from issuance.actors import Actor
from issuance.clock import FixedClock
from issuance.models.audit import AuditEvent
from issuance.models.requests import RuleDraft
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services import rule_versions
from issuance.services.admin import rule_drafts
from issuance.services.admin.rule_drafts import Proposal
from issuance.services.trust import accounts
from issuance.settings import Settings

Run = Callable[..., Result]
SHORTER = (
    *("--set", "validity.count=60", "--set", "validity.text.ro=în pași de 60 de zile"),
    *("--set", "validity.text.en=in steps of 60 days", "--reason", "Decision 12"),
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(Settings(var=tmp_path / "var"), clock=FixedClock(dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC)))
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
    def run(*args: str) -> Result:
        return app.test_cli_runner().invoke(args=args, catch_exceptions=False)

    assert run("set-up").exit_code == 0
    return run


def drafted(office: Office, run: Run) -> str:
    """A draft of an administrator, that waits; its id."""
    name = "admin@test.example"
    run("add-account", name, "--name", "Ana", "--centre", "timisoara", "--role", "administrator")
    with office.reading() as look:
        account = accounts.named(look, name)
    with office.act(Actor(account.id, account.centre_id, frozenset({RoleName.ADMINISTRATOR}))) as act:
        day = act.clock.today() + dt.timedelta(days=1)
        base = rule_versions.last(act, "TID")
        said = {"deadline.days": 20, "deadline.text.ro": "20 de zile", "deadline.text.en": "20 days"}
        return str(rule_drafts.draft(act, Proposal(base, day, said, "quicker")).id)


def days_on(run: Run, day: str) -> str:
    """What the list of types says of a TID's validity on a day."""
    lines = run("document-types", "--on", day).output.splitlines()
    return next(line for line in lines if line.startswith("TID"))


def test_what_the_command_line_drafts_is_in_force_from_its_day(run: Run, office: Office) -> None:
    done = run("draft-rules", "TID", "--from", "2026-11-03", *SHORTER)
    assert (done.exit_code, done.output) == (0, "The version applies from 2026-11-03.\n")
    assert "steps of 90 days" in days_on(run, "2026-11-02")
    assert "in steps of 60 days" in days_on(run, "2026-11-03")
    with office.reading() as look:
        assert look.session.scalars(select(AuditEvent.act).where(AuditEvent.act == "rules.agreed")).one()
        row = look.session.scalars(select(RuleDraft)).one()
    assert (row.drafted_by, row.agreed_by, row.is_agreed) == (None, None, True)
    back = run("end-rules", str(row.id), "--why", "a mistake")
    assert (back.exit_code, back.output) == (0, "The version does not apply.\n")
    assert "steps of 90 days" in days_on(run, "2026-11-03")


def test_drafts_are_listed_and_agreed_to(run: Run, office: Office) -> None:
    draft_id = drafted(office, run)
    assert run("rule-drafts").output == f"{draft_id}  TID  2026-11-03  admin@test.example  quicker\n"
    assert run("agree-rules", draft_id).exit_code == 0
    assert run("rule-drafts").output == ""
    assert "20 days" in days_on(run, "2026-11-03")
    again = run("agree-rules", draft_id)
    assert (again.exit_code, again.output) == (1, "Somebody answered this already. Open the page again.\n")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("RP-R", "--from", "2026-11-03", "--set", "validity.count=4", "--reason", "x"), 1, "Law 122/2006, Art 6"),
        (("TID", "--from", "2026-11-02", *SHORTER), 2, "applies_from: A version applies from tomorrow"),
        (
            ("TID", "--from", "2026-11-03", "--set", "validity.count=x", "--reason", "x"),
            2,
            "validity.count: Give a whole",
        ),
        (("TID", "--from", "2026-11-03", "--set", "stock=card", "--reason", "x"), 2, "stock: An office cannot change"),
        (("TID", "--from", "2026-11-03", "--set", "nothing", "--reason", "x"), 2, "nothing: An office cannot change"),
        (("XX", "--from", "2026-11-03", *SHORTER), 1, "There is no document type XX"),
    ],
)
def test_what_cannot_be_is_one_sentence(run: Run, args: tuple[str, ...], code: int, words: str) -> None:
    result = run("draft-rules", *args)
    assert (result.exit_code, words in result.output) == (code, True), result.output
    assert "Traceback" not in result.output


def test_a_draft_that_is_not_there_is_one_sentence(run: Run) -> None:
    assert run("agree-rules", str(uuid4())).output == "There is no such draft. Open the list again.\n"


def test_types_are_listed_without_a_register(app: Flask, office: Office) -> None:
    listed = app.test_cli_runner().invoke(args=["document-types"])
    assert (listed.exit_code, "TID" in listed.output) == (0, True)
    assert not office.settings.register_file.exists(), "looking makes none"
