"""A filled register of the release before comes to this release with every row, and is read as its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.orm import Session

from card_drivers.troubles import Trouble, english
from issuance import migrate
from issuance.db import Base, Database
from issuance.errors import LimanError
from issuance.models.documents import Document, QualityCheck
from issuance.models.machinery import Task
from issuance.models.production import ChipRead, PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.stations import PrintTest, SettingsRevision
from issuance.services.production import troubles
from issuance.services.rule_versions import rules_of
from tests.registers import saved

BEFORE = "0004"
PUT_IN_AGAIN = {"seal-audit", "purge-attempts"}


@pytest.fixture
def upgraded(empty_database_url: str) -> Iterator[Database]:
    """A register filled by the release before, brought to this one."""
    opened = Database(empty_database_url)
    with opened.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        command.upgrade(migrate._config(connection=connection), BEFORE)
        saved.fill(connection, saved.saved(BEFORE))
    migrate.upgrade(opened)
    yield opened
    opened.engine.dispose()


def test_every_row_is_there_and_can_be_read(upgraded: Database) -> None:
    migrate.metadata()
    rows = saved.saved(BEFORE)
    renamed = [task for task in rows["task"] if task["name"] in PUT_IN_AGAIN]
    assert len(renamed) == len(PUT_IN_AGAIN)
    expected = {name: len(found) for name, found in rows.items()} | {"task": len(rows["task"]) - len(renamed)}
    expected["audit_unlinked"] = len(rows["audit_event"]) - len(rows.get("audit_link", []))
    with upgraded.reading() as session:
        read = {mapper.local_table.name: len(list(_all(session, mapper))) for mapper in Base.registry.mappers}
    assert read == {name: expected.get(name, 0) for name in read}
    assert set(expected) <= set(read) | {"staff_role"}


def _all(session: Session, mapper: Any) -> sa.ScalarResult[Any]:
    return session.scalars(sa.select(mapper.class_))


def test_what_was_said_is_kept_by_code(upgraded: Database) -> None:
    with upgraded.reading() as session:
        held = sorted(session.scalars(sa.select(PrintJob.trouble)), key=str)
        answers = [
            list(session.scalars(sa.select(model.trouble).order_by(model.id)))
            for model in (ChipRead, PrintTest, SettingsRevision)
        ]
        reasons = set(session.scalars(sa.select(Document.attempt_reason)))
        judged = set(session.scalars(sa.select(QualityCheck.reason)))
        names = set(session.scalars(sa.select(Task.name)))
    by_code = {trouble["code"] for trouble in held if trouble}
    assert by_code == {"signer-unavailable", "not-as-prepared", "as-said"}
    assert [len([trouble for trouble in found if trouble]) for found in answers] == [1, 1, 1]
    assert reasons == {"", "encode", "not-ordered", "resolved", "read-back: mrz"}
    assert judged == {"", "read-back: mrz"}
    assert not names & PUT_IN_AGAIN


def test_what_was_said_reads_as_it_did(upgraded: Database) -> None:
    with upgraded.reading() as session:
        kept = session.scalars(sa.select(PrintJob.trouble)).all()
    said = {_english(troubles.read(trouble)) for trouble in kept if trouble}
    earlier = {job.get("hold_reason", "") for job in saved.saved(BEFORE)["print_job"]}
    unavailable = "PKCS#11 module softhsm has no token labelled liman: set LIMAN_SEAL_TOKEN."
    assert said == {text for text in earlier if text and not text.startswith("{")} | {unavailable}


def _english(trouble: Trouble | LimanError) -> str:
    return english(trouble) if isinstance(trouble, Trouble) else trouble.sentence()


def test_its_requests_keep_their_rules(upgraded: Database) -> None:
    with upgraded.reading() as session:
        requests = session.scalars(sa.select(IssuanceRequest)).all()
        assert len(requests) == len(saved.saved(BEFORE)["request"])
        assert {rules_of(request).document_type for request in requests} == {"RP-R"}
