"""While a key file signs, every page says so, staff's and the public's, in the reader's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from issuance.models.staff import RoleName
from issuance.settings import Settings
from tests.production import PRODUCTION
from tests.web.conftest import Browser, Login

WARNING = {
    "en": "Test keys: seals made here prove nothing. Not for real documents.",
    "ro": "Chei de probă: sigiliile făcute aici nu dovedesc nimic. Nu pentru documente reale.",
}


@pytest.mark.parametrize("language", WARNING)
@pytest.mark.parametrize("address", ["/status", "/login", "/", "/nowhere"])
def test_every_page_warns(client: Browser, login: Login, address: str, language: str) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    if address == "/":
        login(client, RoleName.CLERK)
    page = client.get(address).text
    assert page.count(WARNING[language]) == 1
    assert page.index('class="test-keys"') < page.index('<header class="bar"')


@pytest.mark.parametrize("changes", [PRODUCTION, {"signer": "pkcs11"}])
def test_real_keys_are_not_warned_of(tmp_path: Path, changes: dict[str, Any]) -> None:
    app: Flask = create_app(Settings(var=tmp_path, **changes), surfaces={"public"})
    page = app.test_client().get("/status").text
    assert "test-keys" not in page
