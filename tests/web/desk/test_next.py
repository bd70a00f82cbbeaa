"""After every act the main button leads to the next one of the queue that one works in, the most urgent first."""

from __future__ import annotations

import re

import pytest

from issuance.models.documents import Document
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import case_of

KARIM = changed(LAYLA, family_name="Haddad", given_names="Karim", native_name="", case_reference="2026/TM/2")
CHILD = changed(
    LAYLA,
    family_name="Ahmadzai",
    given_names="Gul",
    native_name="",
    birth_date="2014-03-01",
    representative="Popa Ana (child protection)",
    unaccompanied=True,
    case_reference="2026/TM/3",
)
OMAR = changed(LAYLA, family_name="Omar", given_names="Sami", native_name="", case_reference="2026/TM/4")


def primary(page: str) -> tuple[str, str]:
    """What the main button says, and where it leads if it is a link."""
    found = re.search(r'class="button primary[^"]*"([^>]*)>([^<]*)<', page)
    assert found, "no main button"
    where = re.search(r'href="([^"]*)"', found.group(1))
    return found.group(2).strip(), where.group(1) if where else ""


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def test_after_the_desk_is_done_the_next_is_the_most_urgent(clerk: Browser, people: SmallOffice) -> None:
    first = people.lodge(LAYLA)
    second = people.lodge(KARIM)
    page = clerk.get(f"/cases/{first}").text
    assert primary(page)[0] != "Next: Haddad Karim", "its own step comes first"
    people.enrol(first)
    assert primary(clerk.get(f"/cases/{first}").text) == ("Next: Haddad Karim", f"/cases/{second}")
    child = people.lodge(CHILD)
    assert primary(clerk.get(f"/cases/{first}").text) == ("Next: Ahmadzai Gul", f"/cases/{child}")


def test_what_waits_for_its_person_is_not_next_but_leads_on(
    clerk: Browser, people: SmallOffice, office: Office
) -> None:
    first, second = people.lodge(LAYLA), people.lodge(KARIM)
    waits = clerk.submit(f"/cases/{first}/missing", {"missing": "portrait", "version": case_of(office, first).version})
    assert waits.status_code == 303
    page = clerk.get(f"/cases/{first}").text
    assert f'href="/cases/{second}">Next: Haddad Karim' in page
    people.enrol(second)
    assert "Next:" not in clerk.get(f"/cases/{second}").text


def test_after_a_hand_over_the_next_document_that_waits(
    clerk: Browser, people: SmallOffice, office: Office, checked: Case
) -> None:
    """Not one that this clerk may not hand over."""
    page = clerk.get(f"/cases/{checked.request_id}").text
    assert "Next:" not in primary(page)[0]
    lodged = people.lodge(OMAR)
    with office.database.reading() as session:
        number = session.get_one(Document, checked.document_id).number
    people.hand_over(checked.request_id, number)
    assert primary(clerk.get(f"/cases/{checked.request_id}").text) == ("Next: Omar Sami", f"/cases/{lodged}")
    assert "Lodge the next request" in clerk.get(f"/cases/{checked.request_id}").text


def test_the_officer_goes_on_to_the_next_decision(client: Browser, login: Login, people: SmallOffice) -> None:
    login(client, RoleName.DECISION_OFFICER)
    for lodging in (LAYLA, KARIM):
        people.enrol(people.lodge(lodging))
    label, where = primary(client.get("/decisions/").text)
    assert label == "Next: Al-Masri Layla"
    assert where.startswith("/decisions/")
