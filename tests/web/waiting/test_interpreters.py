"""Interpreters on the pages: looked after by supervisors, booked by clerks, offered where an act names one."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from issuance.clock import OFFICE_ZONE
from issuance.models.appointments import Purpose
from issuance.models.interpreters import Interpreter
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services import centres
from issuance.services.appointments import bookings, capacity
from issuance.services.appointments.bookings import Wanted
from issuance.services.appointments.capacity import Given
from issuance.services.casework import requests
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

RANA = {
    "name": "Haddad Rana",
    "languages": ["ar", "fr"],
    "opening_hours": "Mo-Fr 09:00-12:00",
    "from_day-day": "1",
    "from_day-month": "11",
    "from_day-year": "2026",
}


@pytest.fixture
def rana(client: Browser, login: Login, office: Office) -> UUID:
    """An interpreter, added by a supervisor."""
    login(client, RoleName.SUPERVISOR)
    for wrong, field in (({"opening_hours": "always"}, "opening_hours"), ({"name": ""}, "name")):
        assert sentence_beside(client.submit("/interpreters/add", RANA | wrong), field)
    assert client.submit("/interpreters/add", RANA).status_code == 303
    with office.reading() as look:
        return look.session.scalars(select(Interpreter.id)).one()


@pytest.fixture
def appointment(people: SmallOffice, lodged: Case) -> UUID:
    """The person of the case comes on Monday at nine with what is missing."""
    with people.act(people.actors["administrator"]) as act:
        capacity.give(act, centres.named(act, "timisoara"), dict.fromkeys(Purpose, Given(2, 30, 0)))
    with people.act(people.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, lodged.request_id)
        requests.wait_for(act, request, ["residence"])
        monday = dt.datetime(2026, 11, 23, 9, tzinfo=OFFICE_ZONE)
        return bookings.book(act, request.centre, Wanted(Purpose.LODGING, monday, 1, uuid4()), request).id


def test_a_supervisor_changes_an_interpreter_and_a_clerk_only_reads(client: Browser, login: Login, rana: UUID) -> None:
    page = f"/interpreters/{rana}"
    assert client.submit(page, RANA | {"languages": ["uk"]}).status_code == 303
    assert "Ukrainian" in client.get("/interpreters").text
    login(client, RoleName.CLERK)
    assert "Haddad Rana" in client.get("/interpreters").text
    assert client.get(page).status_code == 403


def test_a_clerk_sees_who_is_free_and_books_one(client: Browser, login: Login, rana: UUID, appointment: UUID) -> None:
    login(client, RoleName.CLERK)
    page = f"/appointments/{appointment}"
    assert "none yet" in client.get(page).text
    assert "Haddad Rana" in client.get(f"{page}/interpreter").text
    wrong = client.submit(f"{page}/interpreter", {"interpreter": str(uuid4())})
    assert sentence_beside(wrong, "interpreter")
    assert client.submit(f"{page}/interpreter", {"interpreter": str(rana)}).status_code == 303
    assert "Haddad Rana" in client.get(page).text
    assert client.submit(f"{page}/interpreter/release").status_code == 303
    assert client.submit(f"{page}/interpreter/release").status_code == 404


@pytest.mark.usefixtures("rana")
def test_an_act_that_names_an_interpreter_offers_the_register(client: Browser, login: Login, lodged: Case) -> None:
    login(client, RoleName.CLERK)
    text = client.get(f"/cases/{lodged.request_id}/rights").text
    assert '<option value="Haddad Rana">' in text
    assert '<option value="Haddad Rana">' not in client.get(f"/cases/{lodged.request_id}/rights?language=uk").text
