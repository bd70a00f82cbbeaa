"""The page of a document, the list of losses and the bin: from the first report to the minutes of the destruction."""

from __future__ import annotations

import re

import pytest

from issuance.actors import SYSTEM
from issuance.demo import supply
from issuance.models.documents import Document
from issuance.models.endings import Destruction
from issuance.models.staff import RoleName, Station
from issuance.office import Office
from tests.integration.reviews.shared import Walk
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

SAID = {"kind": "lost", "source": "holder", "noticed_on-day": "20", "noticed_on-month": "11", "noticed_on-year": "2026"}
BORN = {"birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1992"}


@pytest.fixture
def valid(people: SmallOffice, checked: Case) -> Case:
    people.hand_over(checked.request_id, checked.number)
    return checked


@pytest.fixture
def clerk(client: Browser, login: Login, valid: Case) -> Browser:
    login(client, RoleName.CLERK)
    return client


def page_of(case: Case) -> str:
    return f"/cases/{case.request_id}/documents/{case.document_id}"


def aside(page: str) -> str:
    """The card at the side of a page."""
    return page.split('<section class="case">')[1].split("</section>")[0]


def version(office: Office, case: Case) -> dict[str, int]:
    with office.reading() as look:
        return {"version": look.session.get_one(Document, case.document_id).version}


def state(office: Office, case: Case) -> str:
    with office.reading() as look:
        return str(look.session.get_one(Document, case.document_id).state)


def test_lost_at_ten_is_void_everywhere_at_ten(clerk: Browser, office: Office, valid: Case) -> None:
    here = page_of(valid)
    assert here in clerk.get(f"/cases/{valid.request_id}").text
    assert ">Valid<" in clerk.get(here).text
    assert clerk.submit(f"{here}/report", SAID | version(office, valid)).status_code == 303
    for page in (here, f"/cases/{valid.request_id}"):
        assert ">Suspended<" in aside(clerk.get(page).text)
    assert valid.number in clerk.get("/losses").text
    confirmed = {"kind": "lost", "identity_confirmed_by": "portrait"} | version(office, valid)
    assert clerk.submit(f"{here}/confirm", confirmed).status_code == 303
    for page in (here, f"/cases/{valid.request_id}"):
        assert ">Lost<" in aside(clerk.get(page).text)
    assert valid.number not in clerk.get("/losses").text
    assert state(office, valid) == "lost"


def test_a_loss_is_reported_by_number_wherever_the_document_was_issued(
    clerk: Browser, office: Office, valid: Case
) -> None:
    refused = clerk.submit("/losses/report", SAID | BORN | {"number": valid.number, "birth_date-year": "1993"})
    assert refused.status_code == 400
    assert "Check both" in sentence_beside(refused, "number")
    assert state(office, valid) == "valid"
    answer = clerk.submit("/losses/report", SAID | BORN | {"number": valid.number.lower()})
    assert (answer.status_code, state(office, valid)) == (303, "suspended")


def test_found_takes_a_second_person(clerk: Browser, office: Office, valid: Case, login: Login) -> None:
    here = page_of(valid)
    clerk.submit(f"{here}/report", SAID | version(office, valid))
    assert clerk.submit(f"{here}/found", version(office, valid)).status_code == 303
    assert "Another person lifts" in clerk.get(here).text
    assert "Another person lifts" in clerk.submit(f"{here}/lift", version(office, valid)).text
    assert state(office, valid) == "suspended"
    login(clerk, RoleName.SUPERVISOR)
    assert clerk.submit(f"{here}/lift", version(office, valid)).status_code == 303
    assert state(office, valid) == "valid"


@pytest.mark.parametrize("field", ["kind", "source", "noticed_on"])
def test_a_report_names_what_is_missing(clerk: Browser, office: Office, valid: Case, field: str) -> None:
    data = {name: value for name, value in SAID.items() if not name.startswith(field)}
    answer = clerk.submit(f"{page_of(valid)}/report", data | version(office, valid))
    assert (answer.status_code, state(office, valid)) == (400, "valid")
    assert sentence_beside(answer, field)


def test_a_form_that_is_out_of_date_changes_nothing(clerk: Browser, office: Office, valid: Case) -> None:
    old = version(office, valid)
    clerk.submit(f"{page_of(valid)}/report", SAID | old)
    answer = clerk.submit(f"{page_of(valid)}/found", old)
    assert (answer.status_code, "Someone else changed this" in answer.text) == (409, True)


def test_damaged_binned_counted_and_destroyed_with_minutes(
    clerk: Browser, office: Office, valid: Case, login: Login
) -> None:
    ended = {"ground": "damaged", "evidence": "window, today", "given_back": "yes"} | version(office, valid)
    assert clerk.submit(f"{page_of(valid)}/end", ended).status_code == 303
    assert valid.number in clerk.get("/bin").text
    refused = clerk.submit("/bin/count", {"numbers": "RP0000001"})
    assert "does not lie in the bin" in sentence_beside(refused, "numbers")
    assert clerk.submit("/bin/count", {"numbers": valid.number}).status_code == 303
    with office.reading() as look:
        key = look.session.query(Destruction).one().id
    assert "Another person witnesses" in clerk.submit(f"/bin/{key}/witness", {"method": "shredded"}).text
    assert clerk.get(f"/bin/{key}/minutes.pdf").status_code == 409
    login(clerk, RoleName.SUPERVISOR)
    assert clerk.submit(f"/bin/{key}/witness", {"method": "shredded"}).status_code == 303
    minutes = clerk.get(f"/bin/{key}/minutes.pdf")
    assert minutes.data.startswith(b"%PDF")
    assert state(office, valid) == "destroyed"


def test_an_officer_ends_a_document_and_its_protection_by_a_review_alone(
    valid: Case, people: SmallOffice, office: Office, client: Browser, login: Login
) -> None:
    """No officer voids a permit by a number typed: notice, hearing and a second officer come before (E9)."""
    login(client, RoleName.DECISION_OFFICER)
    page = client.get(page_of(valid)).text
    assert "End the document" in page
    assert "Report a loss" not in page
    assert 'value="protection_ended"' not in page
    ended = {"ground": "protection_ended", "evidence": "decision 77/2026", "given_back": "no"}
    assert client.submit(f"{page_of(valid)}/end", ended | version(office, valid)).status_code == 400
    assert state(office, valid) == "valid"
    Walk(people, valid.request_id).open().decided().term_over().final()
    assert state(office, valid) == "voided"
    login(client, RoleName.DECISION_OFFICER)
    page = client.get(page_of(valid)).text
    happened = re.findall(
        r"<li>([^<]*) <span[^>]*>[^<]*</span> <span[^>]*>(?:(?!</li>).)*this happened", page, re.DOTALL
    )
    assert happened == ["The decision to end or cancel protection becomes final"]


def test_a_return_title_ends_on_entry(people: SmallOffice, office: Office, client: Browser, login: Login) -> None:
    with people.act(SYSTEM) as act:
        supply.bring(act, act.session.get_one(Station, people.station.id), "sheet", ["sheet-1"])
    title = people.carry("checked", changed(LAYLA, document_type="RT"))
    people.hand_over(title.request_id, title.number)
    login(client, RoleName.CLERK)
    page = client.get(page_of(title)).text
    assert "the mission abroad" in page
    assert "kept encrypted while the document lives and 90 days more" in page
    ended = {"ground": "entry", "evidence": "border stamp 20 Nov 2026", "given_back": "yes"}
    assert client.submit(f"{page_of(title)}/end", ended | version(office, title)).status_code == 303
    assert state(office, title) == "surrendered"
