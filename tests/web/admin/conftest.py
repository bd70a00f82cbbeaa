"""Two administrators of one centre, each with a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from issuance.actors import SYSTEM
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services import centres
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from tests.web.conftest import Browser, Login

Administrator = Callable[[str, str], Browser]


@pytest.fixture
def first(client: Browser, login: Login) -> Browser:
    login(client, RoleName.ADMINISTRATOR)
    return client


@pytest.fixture
def administrator_of(app: Flask, office: Office) -> Administrator:
    """`administrator_of(name, centre)` is the browser of one more administrator."""

    def add(name: str, centre: str) -> Browser:
        with office.act(SYSTEM) as act:
            here = centres.named(act, centre)
            new = NewAccount(f"{name}@liman.example", name.title(), here, [RoleName.ADMINISTRATOR], "-", given=False)
            account = accounts.add_account(act, new)
        browser = app.test_client()
        assert isinstance(browser, Browser)
        browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        browser.take_session(account.id)
        return browser

    return add


@pytest.fixture
def second(administrator_of: Administrator) -> Browser:
    return administrator_of("second", "timisoara")
