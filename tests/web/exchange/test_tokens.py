"""Tokens of systems outside: one page, one way in, whichever way they go."""

from __future__ import annotations

import json

import pytest

from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.exchange import callers
from tests.exchange import body
from tests.people import SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.exchange.shared import CALLERS, agreeing, made_token

EVENTS, FILES, OTHERS = "/api/case-events", "/api/outgoing/case_handling", "/api/outgoing/return_system"


def opened(client: Browser, token: str) -> list[int]:
    """What the three addresses answer to a token."""
    outside, named = client.application.test_client(), {"Authorization": f"Bearer {token}"}
    said = json.dumps(body("application_registered"))
    told = outside.post(EVENTS, data=said, headers=named, content_type="application/json")
    return [told.status_code, *(outside.get(path, headers=named).status_code for path in (FILES, OTHERS))]


@pytest.mark.parametrize(
    ("opens", "answers"),
    [("case_events", [200, 401, 401]), ("case_handling", [401, 204, 401]), ("return_system", [401, 401, 204])],
)
def test_a_token_opens_one_address_once_two_agreed(
    client: Browser, login: Login, people: SmallOffice, opens: str, answers: list[int]
) -> None:
    login(client, RoleName.ADMINISTRATOR)
    assert "No system outside has a token" in client.get(CALLERS).text
    token = made_token(client, people, opens)
    assert "In force" in client.get(CALLERS).text
    assert opened(client, token) == answers
    assert client.submit(agreeing(people, "a system outside")).status_code == 409
    revoked = agreeing(people, "a system outside").replace("/agree", "/revoke")
    assert "opens nothing any more" in client.submit(revoked, follow_redirects=True).text
    assert opened(client, token) == [401, 401, 401]
    assert client.submit(revoked).status_code == 409


def test_a_token_that_waits_opens_nothing_and_stands_in_the_rail_of_the_other(
    client: Browser, login: Login, office: Office, people: SmallOffice
) -> None:
    administrator = people.actors["administrator"]
    with office.act(administrator) as act:
        token = callers.add(act, "waits", opens="case_handling")
    assert opened(client, token) == [401, 401, 401]
    with office.reading(administrator) as look:
        assert look.session.scalar(callers.count_to_agree(look)) == 0
    with office.reading(people.actors["supervisor"]) as look:
        assert look.session.scalar(callers.count_to_agree(look)) == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": " "}, "name"),
        ({"opens": "sis"}, "opens"),
        ({"per_minute": "0"}, "per_minute"),
        ({"name": "used"}, "name"),
    ],
)
def test_what_is_no_token_is_said_beside_its_field(
    client: Browser, login: Login, office: Office, people: SmallOffice, said: dict[str, str], field: str
) -> None:
    login(client, RoleName.ADMINISTRATOR)
    with office.act(people.actors["administrator"]) as act:
        callers.add(act, "used")
    answer = client.submit(f"{CALLERS}/add", {"name": "new", "opens": "case_events", "per_minute": "10"} | said)
    assert answer.status_code == 400
    assert f'id="f-{field}-error"' in answer.text or f"e-{field}" in answer.text


def test_files_are_fetched_so_often_a_minute(
    client: Browser, login: Login, office: Office, people: SmallOffice
) -> None:
    login(client, RoleName.ADMINISTRATOR)
    token = made_token(client, people, "case_handling")
    with office.database.transaction() as session:
        session.query(callers.ExchangeToken).update({"per_minute": 1})
    outside, named = client.application.test_client(), {"Authorization": f"Bearer {token}"}
    assert outside.get(FILES, headers=named).status_code == 204
    slow = outside.get(FILES, headers=named)
    assert (slow.status_code, slow.json["error"], slow.headers["Retry-After"]) == (429, "too_many_attempts", "60")
