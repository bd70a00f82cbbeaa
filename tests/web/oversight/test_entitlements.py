"""Entitlements that a clerk typed: flagged on every later page, listed by day, sampled by the auditor."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.errors import InvalidInput
from issuance.models.audit import AuditEvent
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.casework import entitlements
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login

FLAG = "Entitlement typed by hand"
BY_HAND = changed(LAYLA, source="hand", case_reference="")
MONDAY = dt.date(2026, 11, 9)


def of_last_week(people: SmallOffice, office: Office, count: int) -> list[UUID]:
    """So many requests of last week whose entitlement was typed."""
    made = [people.lodge(changed(BY_HAND, given_names=f"Layla {name}", native_name="")) for name in NAMES[:count]]
    with office.database.transaction() as session:
        for request_id in made:
            session.get_one(IssuanceRequest, request_id).lodged_on = MONDAY + dt.timedelta(days=2)
    return made


NAMES = ["Amal", "Basma", "Dana", "Farah", "Hala", "Iman", "Jana", "Kamar", "Lina", "Mona", "Nada", "Rana"]


@pytest.mark.parametrize(("source", "is_flagged"), [("hand", True), ("case_handling", False)])
def test_it_is_flagged_on_every_later_page(
    client: Browser, login: Login, people: SmallOffice, source: str, is_flagged: bool
) -> None:
    case = Case(people.lodge(changed(LAYLA, source=source)))
    people.enrol(case.request_id)
    login(client, RoleName.CLERK)
    for page in ("", "/enrolment", "/hand-over"):
        assert (FLAG in client.get(f"/cases/{case.request_id}{page}").text) == is_flagged, page
    login(client, RoleName.DECISION_OFFICER)
    assert (FLAG in client.get(f"/decisions/{case.request_id}").text) == is_flagged


def test_the_supervisor_sees_those_of_a_day(client: Browser, login: Login, people: SmallOffice) -> None:
    typed, other = people.lodge(BY_HAND), people.lodge(changed(LAYLA, document_type="TD-C"))
    far = people.lodge(changed(BY_HAND, centre="galati", source="case_handling", given_names="Amal", native_name=""))
    login(client, RoleName.SUPERVISOR)
    page = client.get("/oversight/entitlements").text
    assert (str(typed) in page, str(other) in page, str(far) in page) == (True, False, False)
    assert "1204/2026" in page
    for day in ("2026-11-19", "1999-01-01", "9999-12-31", "nonsense"):
        assert client.get(f"/oversight/entitlements?day={day}").status_code == 200
    assert str(typed) not in client.get("/oversight/entitlements?day=2026-11-19").text


def test_the_auditor_says_what_was_found_about_a_stable_sample(
    client: Browser, login: Login, people: SmallOffice, office: Office
) -> None:
    of_last_week(people, office, 12)
    with office.reading() as look:
        drawn, again = ([case.id for case in entitlements.sample(look, MONDAY)] for _ in range(2))
        assert len(drawn) == entitlements.SAMPLE
        assert drawn == again
        with pytest.raises(InvalidInput):
            entitlements.sample(look, entitlements.monday(look.clock.today()))
    login(client, RoleName.AUDITOR)
    page = client.get("/oversight/entitlements/sample").text
    assert [str(request_id) in page for request_id in drawn] == [True] * 10
    address = f"/oversight/entitlements/{drawn[0]}/seen"
    assert client.submit(address, {"verdict": "not_in_order", "note": " "}).status_code == 400
    assert client.submit(address, {"verdict": "not_in_order", "note": "No such decision."}).status_code == 303
    assert client.submit(address, {"verdict": "in_order"}).status_code == 409
    assert "No such decision." in client.get("/oversight/entitlements/sample").text
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == entitlements.SEEN)).one()
        assert (event.details, event.reason) == ({"in_order": False}, "No such decision.")
        left = next(case for case in look.session.scalars(select(IssuanceRequest)) if case.id not in drawn)
    assert client.submit(f"/oversight/entitlements/{left.id}/seen", {"verdict": "in_order"}).status_code == 404
    login(client, RoleName.SUPERVISOR)
    assert "not in order" in client.get(f"/oversight/entitlements?day={MONDAY + dt.timedelta(days=2)}").text
