"""Where a person lives, as the desk and the supervisor walk it: found from the case, moved, late, leaving (E11)."""

from __future__ import annotations

import datetime as dt
import html

import pytest

from issuance.models.requests import IssuanceRequest
from issuance.models.residence import Residence
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.residence import history
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.border.shared import boxes
from tests.web.centre.shared import hidden
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

HOMELESS = changed(LAYLA, address="", case_reference="2026/TM/0070")
NEW = "Str. Gheorghe Lazăr 9"


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def today(office: Office) -> dt.date:
    with office.reading() as look:
        return look.clock.today()


def moved(office: Office, **changes: str) -> dict[str, str]:
    """The form of a move told today at the desk."""
    return {"address": NEW, "reported_by": "desk"} | boxes("reported_on", today(office)) | changes


def now(office: Office, case: IssuanceRequest | Case | object) -> Residence | None:
    request_id = getattr(case, "request_id", case)
    with office.reading() as look:
        return history.current(look, look.session.get_one(IssuanceRequest, request_id).person)


def test_a_late_move_from_the_case_to_its_reason(client: Browser, login: Login, office: Office, lodged: Case) -> None:
    login(client, RoleName.CLERK)
    page = f"/cases/{lodged.request_id}/lives"
    assert page in client.get(f"/cases/{lodged.request_id}").text
    shown = client.get(page)
    fields = hidden(shown.text) | moved(office) | boxes("moved_on", today(office) - dt.timedelta(8))
    assert client.submit(page, fields).status_code == 303
    shown = client.get(page)
    assert "It was told late" in shown.text
    assert "3 days late" in shown.text
    assert "office rule on a change of residence" in shown.text
    assert client.submit(page, fields).status_code == 409, "the person was changed meanwhile"
    login(client, RoleName.SUPERVISOR)
    assert page in client.get("/housing").text
    row = now(office, lodged)
    assert row is not None
    assert client.submit(f"{page}/{row.id}/late", {"because": ""}).status_code == 400
    assert client.submit(f"{page}/{row.id}/late", {"because": "ill"}).status_code == 303
    assert page not in client.get("/housing").text
    assert "Residence recorded" in html.unescape(client.get(f"/cases/{lodged.request_id}").text)


def test_housing_in_a_centre_ends_what_is_missing(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(HOMELESS)
    case, page = f"/cases/{request_id}", f"/cases/{request_id}/lives"
    assert "The person is housed in a centre" in clerk.get(case).text
    shown = clerk.get(page)
    assert "The office does not know where the person lives." in shown.text
    both = clerk.submit(page, hidden(shown.text) | moved(office, house="timisoara"))
    assert both.status_code == 400
    assert sentence_beside(both, "address")
    assert clerk.submit(page, hidden(shown.text) | moved(office, address="", house="timisoara")).status_code == 303
    assert "The person is housed in a centre" not in clerk.get(case).text
    assert clerk.submit(f"{page}/until", boxes("leaves_on", today(office))).status_code == 303
    left = clerk.submit(f"{page}/left", hidden(clerk.get(page).text) | boxes("moved_out_on", today(office)))
    assert left.status_code == 303
    assert "The office does not know where the person lives." in clerk.get(page).text


def test_who_leaves_is_on_the_supervisors_list(client: Browser, login: Login, office: Office, lodged: Case) -> None:
    login(client, RoleName.CLERK)
    page = f"/cases/{lodged.request_id}/lives"
    leaves = boxes("leaves_on", today(office) + dt.timedelta(3))
    fields = hidden(client.get(page).text) | moved(office, address="", house="timisoara") | leaves
    assert client.submit(page, fields).status_code == 303
    login(client, RoleName.SUPERVISOR)
    listed = client.get("/housing").text
    assert page in listed
    assert "Nothing waits for a reason" in listed
    assert "Housing and moves" in client.get("/").text


def test_a_document_that_says_the_former_address_names_its_replacement(
    client: Browser, login: Login, office: Office, people: SmallOffice
) -> None:
    tid = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)
    case = people.carry("checked", tid)
    people.hand_over(case.request_id, case.number)
    login(client, RoleName.CLERK)
    page = f"/cases/{case.request_id}/lives"
    client.submit(page, hidden(client.get(page).text) | moved(office))
    shown = client.get(page).text
    assert f"TID {case.number} says the former address." in shown
    assert "Regulation (EU) 2024/1348, Art 29(4)" in shown
    assert f"/cases/{case.request_id}/next?kind=replacement" in shown


def test_what_was_typed_stays_when_it_is_refused(clerk: Browser, office: Office, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/lives"
    begun = hidden(clerk.get(page).text)
    for bad, field in (
        ({"address": "", "house": ""}, "address"),
        ({"house": "nowhere", "address": ""}, "house"),
        ({"reported_by": "rumour"}, "reported_by"),
        (boxes("moved_on", today(office) + dt.timedelta(1)), "moved_on"),
        ({"moved_on-day": "31", "moved_on-month": "2", "moved_on-year": "2026"}, "moved_on"),
    ):
        answer = clerk.submit(page, begun | moved(office) | bad)
        assert answer.status_code == 400, bad
        assert sentence_beside(answer, field), field
