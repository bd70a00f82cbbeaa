"""Somebody of another centre works here by the roster, which the supervisor keeps; what they do says so."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from issuance.models.audit import AuditEvent
from issuance.models.duties import Roster
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Staff
from issuance.office import Office
from tests.people import Case
from tests.web.conftest import Browser, Login, address_of

STAY = {
    "email": address_of(RoleName.DECISION_OFFICER),
    **{f"from_day-{part}": value for part, value in (("day", "20"), ("month", "11"), ("year", "2026"))},
    **{f"to_day-{part}": value for part, value in (("day", "21"), ("month", "11"), ("year", "2026"))},
    "reason": "The officer here is ill.",
}


@pytest.fixture
def elsewhere(office: Office) -> None:
    """The decision officer belongs to Galați."""
    with office.database.transaction() as session:
        account = session.scalars(select(Staff).where(Staff.email == STAY["email"])).unique().one()
        account.centre_id = session.scalars(select(Centre.id).where(Centre.code == "galati")).one()


def _entry(office: Office) -> Roster:
    with office.reading() as look:
        return look.session.scalars(select(Roster)).unique().one()


@pytest.mark.usefixtures("elsewhere")
def test_a_supervisor_takes_somebody_on_who_works_here_until_it_ends(
    client: Browser, login: Login, office: Office, complete: Case
) -> None:
    login(client, RoleName.SUPERVISOR)
    assert client.submit("/oversight/roster", STAY).status_code == 303
    assert "The officer here is ill." in client.get("/oversight/roster").text
    entry = _entry(office)

    login(client, RoleName.DECISION_OFFICER)
    assert client.get(f"/decisions/{complete.request_id}").status_code == 403
    assert str(entry.id) in client.get("/").text
    assert client.submit("/work-at", {"roster": str(entry.id)}).status_code == 303
    assert "by its roster until" in client.get("/").text
    page = client.get(f"/decisions/{complete.request_id}").text
    assert ">Approve<" in page
    seen = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in SEEN}
    assert client.submit(f"/decisions/{complete.request_id}", seen).status_code == 303
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "request.approved")).one()
        assert event.details["roster"] == str(entry.id)
        assert look.session.get_one(IssuanceRequest, complete.request_id).state == "approved"

    login(client, RoleName.SUPERVISOR)
    assert client.submit(f"/oversight/roster/{entry.id}/end").status_code == 303
    login(client, RoleName.DECISION_OFFICER)
    with client.session_transaction() as session:
        session["works_by"] = str(entry.id)
    assert client.get(f"/decisions/{complete.request_id}").status_code == 403
    assert client.submit("/work-at", {"roster": str(entry.id)}).status_code == 403


SEEN = ("seen-request", "seen-person", "seen-portrait", "seen-evidence", "seen-signature")


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"email": "nobody@liman.example"}, "email", "no account"),
        ({"email": address_of(RoleName.CLERK)}, "email", "works here already"),
        ({"to_day-day": "19"}, "to_day", "later one"),
        ({"reason": " "}, "reason", "Fill this in"),
    ],
)
def test_a_wrong_entry_is_refused_beside_its_field(
    client: Browser, login: Login, office: Office, changes: dict[str, str], field: str, words: str
) -> None:
    login(client, RoleName.SUPERVISOR)
    answer = client.submit("/oversight/roster", STAY | changes)
    assert answer.status_code == 400
    assert words in answer.text.split(f'id="e-{field}"')[1][:600]
    with office.reading() as look:
        assert look.session.scalars(select(Roster)).unique().all() == []


@pytest.mark.usefixtures("elsewhere")
def test_an_entry_holds_on_its_days_alone(client: Browser, login: Login, office: Office, complete: Case) -> None:
    login(client, RoleName.SUPERVISOR)
    client.submit("/oversight/roster", STAY)
    with office.database.transaction() as session:
        entry = session.scalars(select(Roster)).unique().one()
        entry.from_day, entry.to_day = (office.clock.today() - dt.timedelta(days=days) for days in (5, 1))
    login(client, RoleName.DECISION_OFFICER)
    assert client.submit("/work-at", {"roster": str(entry.id)}).status_code == 403
    with client.session_transaction() as session:
        session["works_by"] = str(entry.id)
    assert client.get(f"/decisions/{complete.request_id}").status_code == 403
