"""The files that somebody carries: written to a folder by a command, with their signatures, and the receipts taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from issuance import commands
from issuance.models.feeds import FeedFile
from tests.feeds import lines, receipt, report, sent, told
from tests.people import Case, SmallOffice


@pytest.fixture
def run(office: SmallOffice) -> Iterator[FlaskCliRunner]:
    """The command line of the office."""
    app = Flask("test")
    app.extensions["office"] = office
    commands.register(app)
    with app.app_context():
        yield app.test_cli_runner()


@pytest.fixture
def file(office: SmallOffice, checked: Case) -> FeedFile:
    """SIS is told of a loss in one file."""
    office.hand_over(checked.request_id, checked.number)
    report(office, checked)
    return sent(office, "sis")[0]


def test_a_timer_writes_each_file_once_and_whole(
    run: FlaskCliRunner, office: SmallOffice, file: FeedFile, tmp_path: Path
) -> None:
    assert run.invoke(args=["write-feeds", str(tmp_path / "out")]).output == "2 files written.\n"
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["sis-000001.jsonl", "sis-000001.jsonl.sig", "sltd-000001.jsonl", "sltd-000001.jsonl.sig"]
    assert (tmp_path / "out" / "sis-000001.jsonl").read_bytes() == file.body
    assert (tmp_path / "out" / "sis-000001.jsonl.sig").read_bytes() == file.signature
    assert run.invoke(args=["write-feeds", str(tmp_path / "out")]).output == "0 files written.\n"


def test_a_receipt_is_taken_and_a_wrong_one_refused_in_a_sentence(
    run: FlaskCliRunner, office: SmallOffice, file: FeedFile, tmp_path: Path
) -> None:
    answer = tmp_path / "receipt.jsonl"
    answer.write_bytes(receipt(file, [line["event"] for line in lines(office, file)[1:]]))
    wrong = run.invoke(args=["take-receipt", "sltd", str(answer)])
    assert (wrong.exit_code, "another recipient" in wrong.stderr) == (2, True)
    unknown = run.invoke(args=["take-receipt", "nobody", str(answer)])
    assert (unknown.exit_code, "case_handling" in unknown.stderr) == (2, True)
    assert run.invoke(args=["take-receipt", "sis", str(answer)]).output == "Acknowledged: 1. Refused: 0.\n"
    assert all(row.acknowledged_at for row in told(office, "sis"))
    twice = run.invoke(args=["take-receipt", "sis", str(answer)])
    assert (twice.exit_code, "answered before" in twice.stderr) == (1, True)
