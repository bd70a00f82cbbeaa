"""What the desk reads of an SMS: that the gateway took it is no delivery."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from issuance.models.notices import Notice
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.states import NoticeState
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login

AGREED = {"channel": "sms", "address": "0722 123 456", "agrees": "1"}


@pytest.fixture
def page(client: Browser, login: Login, office: Office, people: SmallOffice, lodged: Case) -> str:
    """The person agreed to get SMS, and a clerk looks."""
    said = {"sms_gateway": "json", "sms_url": "http://127.0.0.1:1"}
    office.settings = people.settings = office.settings.model_copy(update=said)
    login(client, RoleName.CLERK)
    address = f"/cases/{lodged.request_id}/contacts"
    assert client.submit(address, AGREED).status_code == 303
    return address


@pytest.mark.parametrize(
    ("state", "report", "words"),
    [
        ("accepted", "", "taken by the gateway, not delivered yet"),
        ("accepted", "operator", "with the operator, not delivered yet"),
        ("delivered", "delivered", "<td>delivered"),
        ("refused", "refused", "refused: the address is wrong"),
        ("unknown", "", "nobody knows whether it was sent"),
    ],
)
def test_the_desk_reads_how_far_it_came(
    client: Browser, people: SmallOffice, page: str, state: str, report: str, words: str
) -> None:
    with people.database.transaction() as session:
        row = session.scalars(select(Notice)).one()
        row.state, row.delivery_report = NoticeState(state), report
    shown = client.get(page).text
    assert words in shown
    assert "+40722123456" in shown
    assert ("not delivered yet" in shown) == (state == "accepted")
