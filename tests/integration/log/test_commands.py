"""The commands of the logs: written now, shown, and one event proved to a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from issuance import commands, tasks
from issuance.models.audit import AuditLink
from issuance.services.log import writing
from tests.counterparts import require
from tests.logs import audited
from tests.people import SmallOffice
from verify import liman_cosign


@pytest.fixture
def run(office: SmallOffice, tmp_path: Path) -> Iterator[FlaskCliRunner]:
    """The command line of the office, with files of its own."""
    office.settings = office.settings.model_copy(update={"var": tmp_path / "var"})
    app = Flask("test")
    app.extensions["office"] = office
    commands.register(app)
    with app.app_context():
        yield app.test_cli_runner()


def test_an_event_goes_from_the_register_to_a_stranger(
    run: FlaskCliRunner, office: SmallOffice, tmp_path: Path
) -> None:
    tasks.link_audit(office)
    shown = run.invoke(args=["write-log"], catch_exceptions=False)
    assert shown.exit_code == 0, shown.output
    assert run.invoke(args=["show-log"]).output == shown.output
    keys = re.findall(r"^key (\S+)$", shown.output, re.M)
    with office.reading() as look:
        event_id, chain = look.session.execute(select(AuditLink.event_id, AuditLink.chain).limit(1)).one()
    file = tmp_path / "one.tlog-proof"
    assert run.invoke(args=["prove-event", str(event_id), str(file), "--whole"]).exit_code == 0
    (key,) = [each for each in keys if f"/{chain}+" in each]
    assert audited("proof", file, key=key) == 0
    assert "There is no such event." in run.invoke(args=["prove-event", str(uuid4()), str(file)]).output
    for checkpoint in (office.settings.var / "log").rglob("checkpoint"):
        checkpoint.write_text("nothing\n")
    refused = run.invoke(args=["write-log"])
    assert refused.exit_code == 1
    assert "does not carry the signature of this log" in refused.output


def test_a_cosigner_is_asked_by_hand(run: FlaskCliRunner, office: SmallOffice, tmp_path: Path) -> None:
    require("openssl", "it makes the keys and the signatures of a cosigner")
    folder, asked, answered = tmp_path / "galati", tmp_path / "question", tmp_path / "answer"
    key = liman_cosign.make(folder, "galati.example/cosigner")
    office.settings = office.settings.model_copy(update={"log_cosigners": key})
    tasks.link_audit(office)
    assert "galati.example/cosigner: not asked yet, 0 entries signed" in run.invoke(args=["write-log"]).output
    with office.reading() as look:
        log = writing.logs(look)[0]
    (folder / "logs").write_text(log.verifier)
    about = ["galati.example/cosigner", log.chain]
    assert run.invoke(args=["ask-cosigner", *about, str(asked)]).exit_code == 0
    answered.write_text(liman_cosign.cosign(folder, asked.read_text(), 1772445600))
    taken = run.invoke(args=["take-cosignature", *about, str(answered)])
    assert "galati.example/cosigner: signed, " in taken.output
    assert answered.read_text() in taken.output, "the checkpoint carries it"
    assert "no cosignature" in run.invoke(args=["take-cosignature", *about, str(asked)]).output
    for wrong in (["nobody", log.chain], ["galati.example/cosigner", "nowhere"]):
        assert run.invoke(args=["ask-cosigner", *wrong, str(asked)]).exit_code != 0
