"""The night of a small office: an officer of another centre decides for it on her hours, from her own list."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import select

from issuance.actors import SYSTEM, Actor
from issuance.clock import FixedClock
from issuance.errors import Conflict, StaleState
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.duties import Roster
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Staff
from issuance.office import Office
from issuance.services.casework import decisions
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login, address_of

SEEN = ("seen-request", "seen-person", "seen-portrait", "seen-evidence", "seen-signature")
HOURS = {
    "email": address_of(RoleName.DECISION_OFFICER),
    **{f"from_day-{part}": value for part, value in (("day", "20"), ("month", "11"), ("year", "2026"))},
    **{f"to_day-{part}": value for part, value in (("day", "22"), ("month", "11"), ("year", "2026"))},
    "role": "decision_officer",
    "from_time": "20:00",
    "to_time": "06:00",
    "weekdays": ["5", "6"],
    "reason": "Nobody here decides at night.",
}
NIGHT = dt.timedelta(hours=11)
"""From NOW, Friday ten in the morning of Bucharest, until nine in the evening."""


@pytest.fixture
def elsewhere(office: Office) -> None:
    """The decision officer belongs to Galați."""
    with office.database.transaction() as session:
        account = session.scalars(select(Staff).where(Staff.email == HOURS["email"])).unique().one()
        account.centre_id = session.scalars(select(Centre.id).where(Centre.code == "galati")).one()


@pytest.fixture
def on_roster(client: Browser, login: Login, office: Office, elsewhere: None) -> Roster:
    """She is on the roster of Timișoara, on the nights of Friday and Saturday."""
    login(client, RoleName.SUPERVISOR)
    assert client.submit("/oversight/roster", HOURS).status_code == 303
    with office.reading() as look:
        return look.session.scalars(select(Roster)).unique().one()


def pass_time(office: Office, clock: FixedClock, step: dt.timedelta) -> None:
    clock.advance(step)
    office.keep_time()


def approve(client: Browser, case: Case) -> int:
    page = client.get(f"/decisions/{case.request_id}").text
    seen = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in SEEN}
    return client.submit(f"/decisions/{case.request_id}", seen).status_code


def test_within_her_hours_the_case_is_in_her_list_and_the_event_names_both_centres(
    client: Browser, login: Login, office: Office, clock: FixedClock, complete: Case, on_roster: Roster
) -> None:
    login(client, RoleName.DECISION_OFFICER)
    assert f"/decisions/{complete.request_id}" not in client.get("/decisions/").text
    assert client.get(f"/decisions/{complete.request_id}").status_code == 403
    pass_time(office, clock, NIGHT)
    login(client, RoleName.DECISION_OFFICER)
    listed = client.get("/decisions/").text
    assert f"/decisions/{complete.request_id}" in listed
    assert ("Timi" in listed, "on duty until 06:00" in listed) == (True, True)
    assert "You are on duty for" in client.get("/").text
    assert str(on_roster.id) not in client.get("/").text  # no centre to choose in the menu
    assert "until 06:00" in client.get(f"/decisions/{complete.request_id}").text
    assert approve(client, complete) == 303
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "request.approved")).one()
        at = look.session.get_one(Centre, event.centre_id).code
        assert (at, event.details["of_centre"]) == ("timisoara", "galati")
        assert event.details["roster"] == str(on_roster.id)
        assert look.session.get_one(IssuanceRequest, complete.request_id).state == "approved"


def test_those_at_the_centre_see_who_decides_tonight(
    client: Browser, login: Login, office: Office, clock: FixedClock, complete: Case, on_roster: Roster
) -> None:
    login(client, RoleName.CLERK)
    assert "On duty for this centre now" not in client.get("/").text
    pass_time(office, clock, NIGHT)
    login(client, RoleName.CLERK)
    today = client.get("/").text
    assert ("Test decision_officer" in today, HOURS["email"] in today) == (True, False)
    assert "on duty until 06:00" in client.get(f"/cases/{complete.request_id}").text


@pytest.mark.parametrize(("hours", "answer"), [(9.9, 403), (10, 200), (19.9, 200), (20, 403), (58, 403), (44, 403)])
def test_the_hours_begin_and_end_to_the_minute(
    client: Browser,
    login: Login,
    office: Office,
    clock: FixedClock,
    complete: Case,
    on_roster: Roster,
    hours: float,
    answer: int,
) -> None:
    """58 hours on it is Sunday evening, when no night begins; 44 hours on, Sunday at six, Saturday's has just ended."""
    pass_time(office, clock, dt.timedelta(hours=hours))
    login(client, RoleName.DECISION_OFFICER)
    assert client.get(f"/decisions/{complete.request_id}").status_code == answer


@pytest.mark.parametrize("ends", ["by the hour", "by the supervisor"])
def test_what_she_had_open_is_refused_in_a_sentence_when_it_ends(
    client: Browser, login: Login, office: Office, clock: FixedClock, complete: Case, on_roster: Roster, ends: str
) -> None:
    pass_time(office, clock, NIGHT)
    login(client, RoleName.DECISION_OFFICER)
    page = client.get(f"/decisions/{complete.request_id}").text
    seen = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in SEEN}
    if ends == "by the hour":
        pass_time(office, clock, dt.timedelta(hours=9))
    else:
        login(client, RoleName.SUPERVISOR)
        assert client.submit(f"/oversight/roster/{on_roster.id}/end").status_code == 303
    login(client, RoleName.DECISION_OFFICER)
    answer = client.submit(f"/decisions/{complete.request_id}", seen)
    assert (answer.status_code, "You are not on duty for this centre now" in answer.text) == (403, True)
    assert f"/decisions/{complete.request_id}" not in client.get("/decisions/").text
    with office.reading() as look:
        assert look.session.get_one(IssuanceRequest, complete.request_id).state == "complete"


def test_on_duty_she_has_this_duty_alone(
    client: Browser, login: Login, office: Office, clock: FixedClock, complete: Case, on_roster: Roster
) -> None:
    """Her other roles are of her own centre: as its clerk she does nothing at this one."""
    with office.database.transaction() as session:
        account = session.scalars(select(Staff).where(Staff.email == HOURS["email"])).unique().one()
        given = account.given[0]
        account.given.append(type(given)(role="clerk", from_day=given.from_day, given_at=given.given_at))
    pass_time(office, clock, NIGHT)
    login(client, RoleName.DECISION_OFFICER)
    assert client.get(f"/decisions/{complete.request_id}").status_code == 200
    assert client.get(f"/cases/{complete.request_id}/enrolment").status_code == 403
    asked = client.submit(f"/cases/{complete.request_id}/override/decision", {"why": "I am alone."})
    assert (asked.status_code, "a second person beside you" in asked.text) == (403, True)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"role": "quality_officer"}, "role", "does not have this role"),
        ({"from_time": "25:00"}, "from_time", "time of day"),
        ({"to_time": ""}, "to_time", "Fill this in"),
        ({"weekdays": []}, "weekdays", "at least one day"),
    ],
)
def test_wrong_hours_are_refused_beside_their_field(
    client: Browser, login: Login, office: Office, changes: dict[str, object], field: str, words: str
) -> None:
    login(client, RoleName.SUPERVISOR)
    answer = client.submit("/oversight/roster", HOURS | changes)
    assert answer.status_code == 400
    assert words in answer.text.split(f'id="e-{field}"')[1][:600]
    with office.reading() as look:
        assert look.session.scalars(select(Roster)).unique().all() == []


def test_of_two_officers_who_have_it_open_the_second_is_told(
    client: Browser, login: Login, office: Office, clock: FixedClock, complete: Case, on_roster: Roster
) -> None:
    """A colleague of Galați, on duty too, decided while she looked."""
    with office.act(SYSTEM) as act:
        galati = act.session.scalars(select(Centre).where(Centre.code == "galati")).one()
        role = RoleName.DECISION_OFFICER
        accounts.add_account(act, NewAccount("other@liman.example", "Other", galati, [role], "-", given=False))
    login(client, RoleName.SUPERVISOR)
    assert client.submit("/oversight/roster", HOURS | {"email": "other@liman.example"}).status_code == 303
    pass_time(office, clock, NIGHT)
    login(client, RoleName.DECISION_OFFICER)
    page = client.get(f"/decisions/{complete.request_id}").text
    seen = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in SEEN}
    with office.reading() as look:
        other_id = look.session.scalars(select(Staff.id).where(Staff.email == "other@liman.example")).one()
    client.take_session(other_id)
    assert approve(client, complete) == 303
    login(client, RoleName.DECISION_OFFICER)
    answer = client.submit(f"/decisions/{complete.request_id}", seen)
    assert (answer.status_code, "someone changed: the request" in answer.text) == (409, True)


@pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
def test_of_two_officers_who_decide_at_once_one_does(people: SmallOffice, complete: Case) -> None:
    """Each on a thread of its own, at the same moment; what the second of them finds is not there to decide on."""
    both = Barrier(2)
    mine = people.actors["decision_officer"]
    other = replace(mine, id=people.actors["administrator"].id, roster=uuid4(), home="galati", remote=True)

    def decide(actor: Actor) -> str:
        both.wait(30)
        try:
            with people.act(actor) as act:
                decisions.approve(act, act.session.get_one(IssuanceRequest, complete.request_id))
        except (Conflict, StaleState) as error:
            return type(error).__name__
        return "approved"

    with ThreadPoolExecutor(2) as threads:
        said = list(threads.map(decide, (mine, other)))
    assert said.count("approved") == 1, said
    with people.reading() as look:
        assert len(look.session.scalars(select(Document)).unique().all()) == 1
