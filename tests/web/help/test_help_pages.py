"""The manual of each role as its reader opens it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from issuance.models.staff import RoleName
from issuance.web.frame.auth import access_of
from issuance.web.help.text import manual
from tests.web.conftest import Browser, Login


@pytest.mark.parametrize("role", RoleName)
def test_one_opens_the_manual_of_ones_role(client: Browser, login: Login, role: RoleName) -> None:
    """In the language of the page; all that it names as a link can be opened."""
    login(client, role)
    for language in ("en", "ro"):
        answer = client.get("/help", query_string={"lang": language})
        assert answer.status_code == 200
        title = manual(role, language)[0].parts[0].text.replace("'", "&#39;")
        assert f"<h1>{title}</h1>" in answer.text
        for link in set(re.findall(r'href="(/[^"?]*)"', answer.text.partition('class="manual"')[2])):
            assert client.get(link).status_code == 200, link


def test_a_manual_links_to_pages_of_its_role(app: Flask) -> None:
    for role in RoleName:
        for block in manual(role, "en"):
            for part in block.parts:
                if part.endpoint:
                    access = access_of(app, part.endpoint)
                    assert access, part.endpoint
                    assert role in access.roles or (access.at_missions and role == RoleName.MISSION), part.endpoint


def test_what_the_reader_may_not_open_is_no_link(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    page = client.get("/help/auditor").text
    assert "<b>Events</b>" in page
    assert 'href="/oversight/events"' not in page


def test_there_is_no_manual_of_a_role_that_is_none(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    assert client.get("/help/director").status_code == 404
