"""The public pages alone, and a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from issuance.settings import Settings
from tests.fixtures.databases import Server, server_of


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """SQLite, unless a test says ON_BOTH."""
    return server_of(request, getattr(request, "param", "sqlite"))


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """An office with small limits."""
    return Settings(
        var=tmp_path / "var", demo=True, database_url=database_url, status_attempts_per_address=12, env="development"
    )


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The public pages alone, built once."""
    return create_app(Settings(var=tmp_path_factory.mktemp("application"), demo=True), surfaces={"public"})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A phone that prefers English."""
    phone = app.test_client()
    phone.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return phone
