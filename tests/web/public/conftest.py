"""The public pages alone, and a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from issuance.clock import FixedClock
from issuance.settings import Settings


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a test says ON_BOTH."""
    return str(request.getfixturevalue(getattr(request, "param", "sqlite_url")))


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """An office with small limits."""
    return Settings(
        var=tmp_path / "var", demo=True, database_url=database_url, status_attempts_per_address=12, env="development"
    )


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> Iterator[Flask]:
    """The public pages alone, on a register with centres and rules."""
    app = create_app(settings, surfaces={"public"}, clock=clock)
    yield app
    app.extensions["office"].database.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A phone that prefers English."""
    phone = app.test_client()
    phone.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return phone
