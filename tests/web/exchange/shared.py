"""A token of a system outside, as two administrators make it."""

from __future__ import annotations

import re

from sqlalchemy import select

from issuance.models.exchange import ExchangeToken
from tests.integration.life.test_retention import second_administrator
from tests.people import SmallOffice
from tests.web.conftest import Browser

CALLERS = "/callers"


def made_token(client: Browser, people: SmallOffice, opens: str, name: str = "a system outside") -> str:
    """Made by who is logged in, agreed to by another administrator, who is logged in afterwards."""
    page = client.submit(f"{CALLERS}/add", {"name": name, "opens": opens, "per_minute": "600"}).text
    token = page.split('class="once"')[1].split('dir="ltr">')[1].split("<")[0]
    assert re.fullmatch(r"[\w-]{43}", token)
    address = agreeing(people, name)
    assert client.submit(address).status_code == 403
    client.take_session(second_administrator(people).id)
    assert client.submit(address).status_code == 303
    return token


def agreeing(people: SmallOffice, name: str) -> str:
    """Where somebody agrees to a token."""
    with people.reading() as look:
        row = look.session.scalars(select(ExchangeToken).where(ExchangeToken.name == name)).one()
    return f"{CALLERS}/{row.id}/agree"
