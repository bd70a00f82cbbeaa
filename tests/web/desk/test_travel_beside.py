"""A travel document beside a permit: one act, what both have in common is there, the fee is asked."""

from __future__ import annotations

import html
import re

import pytest

from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.people import LAYLA, SmallOffice, Stage, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import case_of, counts, sentence_beside

OFFERED = "Lodge a travel document too"


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def filled(page: str) -> dict[str, str]:
    """What stands in the form of the page."""
    form = page[page.index('id="act"') : page.index("</form>", page.index('id="act"'))]
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"(?![^>]*type="radio")', form))
    for name, value in re.findall(r'<input type="radio" name="([^"]+)" value="([^"]+)" checked', form):
        fields[name] = value
    for name in re.findall(r'<select[^>]*name="([^"]+)"', form):
        options = re.search(rf'<select[^>]*name="{name}".*?</select>', form, re.DOTALL)
        chosen = re.search(r'value="([^"]*)" selected', options.group(0)) if options else None
        fields[name] = chosen.group(1) if chosen else ""
    unticked = {"unaccompanied", "vulnerable"}
    return {name: html.unescape(value) for name, value in fields.items() if name not in unticked}


def test_what_is_common_is_copied_and_the_fee_is_asked(clerk: Browser, office: Office, people: SmallOffice) -> None:
    permit = people.lodge(LAYLA)
    assert OFFERED in clerk.get(f"/cases/{permit}").text
    fields = filled(clerk.get(f"/cases/{permit}/next?beside=1").text)
    assert (fields["document_type"], fields["kind"], fields["fee"]) == ("TD-C", "first", "")
    assert (fields["decision_number"], fields["address"]) == (LAYLA.decision_number, LAYLA.identity.address)
    url = f"/cases/{permit}/next"
    assert sentence_beside(clerk.submit(url, fields), "fee") == "Fill this in."
    assert counts(office) == (1, 1)
    lodged = clerk.submit(url, fields | {"fee": "258"})
    assert lodged.status_code == 303, lodged.text
    with office.database.reading() as session:
        travel = session.query(IssuanceRequest).filter_by(document_type="TD-C").one()
        assert (travel.person_id, travel.fee, travel.kind) == (case_of(office, permit).person_id, 258, "first")
        assert (travel.decision_number, travel.decision_date) == (LAYLA.decision_number, LAYLA.decision_date)
        assert travel.travel_document == LAYLA.travel_document
    assert OFFERED not in clerk.get(f"/cases/{permit}").text, "one is open"
    assert OFFERED not in clerk.get(f"/cases/{travel.id}").text


@pytest.mark.parametrize(
    ("lodging", "code"),
    [
        (changed(LAYLA, document_type="RP-S", status="subsidiary"), "TD-S"),
        (changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None), ""),
        (changed(LAYLA, document_type="TD-C"), ""),
    ],
    ids=["RP-S", "TID", "TD-C"],
)
def test_the_status_says_which(clerk: Browser, people: SmallOffice, lodging: object, code: str) -> None:
    first = people.lodge(lodging)  # type: ignore[arg-type]
    assert (OFFERED in clerk.get(f"/cases/{first}").text) == bool(code)
    page = clerk.get(f"/cases/{first}/next?beside=1").text
    assert (f'value="{code}" selected' in page and 'name="beside"' in page) == bool(code)


def test_a_permit_that_came_to_nothing_offers_none(clerk: Browser, people: SmallOffice) -> None:
    permit = people.lodge(LAYLA)
    form = {"version": "1", "reason": "The person leaves the country."}
    answer = clerk.submit(f"/cases/{permit}/withdraw", form)
    assert answer.status_code == 303, answer.text
    assert OFFERED not in clerk.get(f"/cases/{permit}").text


def test_a_travel_document_that_holds_is_not_asked_for_again(clerk: Browser, people: SmallOffice) -> None:
    travel = people.carry(Stage.CHECKED, changed(LAYLA, document_type="TD-C"))
    people.hand_over(travel.request_id, travel.number)
    permit = people.lodge(changed(LAYLA, case_reference="2026/TM/0002"))
    assert case_of(people, permit).person_id == case_of(people, travel.request_id).person_id
    assert OFFERED not in clerk.get(f"/cases/{permit}").text
