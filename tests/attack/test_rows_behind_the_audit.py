"""Attack row 13: the owner of the database changes rows by SQL; `verify-audit` names each change, never a value.

All changes are made at once in one register, and each must be named for itself. The command is a real process.
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select

from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff
from tests.attack.victim import Attack, Victim, insert, sql, victim_on
from tests.fixtures.stages import Stages

YESTERDAY = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
FORGED, STRANGER = uuid4(), uuid4()


def forge_approval(connection: Connection) -> None:
    """An event that says that the officer approved the second request, the day before."""
    request_id, centre_id = connection.execute(
        select(IssuanceRequest.id, IssuanceRequest.centre_id).where(IssuanceRequest.case_reference == "2026/TM/0002")
    ).one()
    officer = connection.scalar(select(Staff.id).where(Staff.email == "decision_officer@test.example"))
    event = {"at": YESTERDAY, "act": "request.approved", "actor_id": officer, "actor_kind": "staff"}
    insert(AuditEvent, id=FORGED, centre_id=centre_id, reason="", details={}, **event)(connection)
    insert(AuditSubject, id=uuid4(), event_id=FORGED, kind="request", subject_id=request_id)(connection)


def add_stranger(connection: Connection) -> None:
    """An account that no act added."""
    centre_id = connection.scalar(select(Staff.centre_id).limit(1))
    named = {"email": "stranger@test.example", "full_name": "Stranger", "password": "$argon2id$mine"}
    insert(Staff, id=STRANGER, centre_id=centre_id, active=True, fs_uniquifier="f" * 32, **named)(connection)


CLERK = "email = 'clerk@test.example'"
ROWS: dict[str, tuple[Attack, str]] = {
    "the state of a document": (
        sql("UPDATE document SET state = 'valid'"),
        r"document \S+: state is not what event \S+ left",
    ),
    "its number": (
        sql("UPDATE document SET number = 'RPR9999999'"),
        r"document \S+: number is not what event \S+ left",
    ),
    "a password": (
        sql(f"UPDATE staff SET password = '$argon2id$mine' WHERE {CLERK}"),
        r"staff \S+: password is not what event \S+ left",
    ),
    "a role": (
        sql(f"UPDATE role_given SET role = 'administrator' WHERE staff_id IN (SELECT id FROM staff WHERE {CLERK})"),
        r"role_given \S+: role is not what event \S+ left",
    ),
    "a blank": (
        sql("UPDATE blank SET state = 'at_station', document_id = NULL WHERE document_id IS NOT NULL"),
        r"blank \S+: document_id is not what event \S+ left",
    ),
    "lodger made approver": (
        sql("UPDATE request SET decided_by = lodged_by WHERE decided_by IS NOT NULL"),
        r"request \S+: decided_by is not what event \S+ left",
    ),
    "a forged, back-dated approval": (
        forge_approval,
        f"audit_event {FORGED}: event {FORGED} does not carry the MAC of this office",
    ),
    "what the forged approval approves": (
        sql("UPDATE request SET state = 'approved' WHERE state = 'complete'"),
        r"request \S+: state is not what event \S+ left",
    ),
    "a check that was deleted": (
        sql("DELETE FROM quality_check"),
        r"quality_check \S+: the row that event \S+ left is gone",
    ),
    "an account that nobody added": (add_stranger, f"staff {STRANGER}: no event left this row"),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def victim(
    request: pytest.FixtureRequest, stages: Stages, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Victim]:
    """One register for all of these, on each database."""
    with victim_on(request, stages, tmp_path_factory.mktemp("var")) as made:
        yield made


@pytest.fixture(scope="module")
def untouched(victim: Victim) -> subprocess.CompletedProcess[str]:
    """What the command says before."""
    return victim.verify()


@pytest.fixture(scope="module")
def said(victim: Victim, untouched: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """What the command says after all attacks."""
    victim.tamper(*(attack for attack, _ in ROWS.values()))
    return victim.verify()


def test_what_nobody_changed_is_sound(untouched: subprocess.CompletedProcess[str]) -> None:
    assert (untouched.returncode, untouched.stderr) == (0, "")
    assert re.fullmatch(r"No fault in \d+ events and \d+ rows\.\n", untouched.stdout)


@pytest.mark.parametrize("change", ROWS)
def test_a_change_by_sql_is_named(said: subprocess.CompletedProcess[str], change: str) -> None:
    assert (said.returncode, said.stderr) == (1, "")
    assert re.search(f"^{ROWS[change][1]}", said.stdout, re.MULTILINE), said.stdout


def test_no_value_is_said(said: subprocess.CompletedProcess[str]) -> None:
    for value in ("argon2id", "administrator", "RPR9999999", "stranger@", "Haddad", "at_station"):
        assert value not in said.stdout
