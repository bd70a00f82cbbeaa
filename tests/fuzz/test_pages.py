"""Forms and addresses of the whole office with anything in them, by every role and by strangers: no page breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from issuance.settings import Settings
from tests.fixtures.databases import Folder
from tests.fuzz.engine import Block, Share, play
from tests.fuzz.pages import Crowd, like
from tests.web.conftest import (  # noqa: F401 - fixtures
    app,
    application,
    argon2_hash,
    client,
    clock,
    database_url,
    ground,
    login,
    office,
    people,
    stages,
)
from tests.web.test_access import things  # noqa: F401 - a fixture

STOPPED = ("too old", "POST 302", "POST 403", "POST 404", "POST 405")
"""Answers of the frame, before any view reads a field."""
FORMS = Share("forms", 25_000, sample=300, block=2_500)


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """A register of one's own, thrown away after the block."""
    return sqlite


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:  # noqa: F811
    """An office that counts no tries, or every address but the first hundred would be answered alike."""
    limits = {"status_attempts_per_reference": 10**9, "status_attempts_per_address": 10**9}
    return Settings(var=tmp_path / "var", demo=True, database_url=database_url, **limits)


@pytest.mark.parametrize("block", FORMS.blocks, ids=str)
def test_no_page_breaks(
    app: Flask,  # noqa: F811
    things: dict[str, Any],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    block: Block,
) -> None:
    if block.is_done:
        pytest.skip("done before")
    crowd = Crowd(app, things)
    crowd.watch(monkeypatch.setattr)
    sendings = crowd.sendings()
    assert len([each for each in sendings if each.method == "POST"]) > 300
    assert play(block, like(sendings), crowd.send) > 0
    stopped = sum(crowd.answers[what] for what in STOPPED)
    assert stopped < crowd.answers.total() * 0.4, f"hardly a form gets as far as its view: {crowd.answers}"
