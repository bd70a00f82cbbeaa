"""The supervisor's page of reports that contradict the register, from the alarm to the end of the document."""

from __future__ import annotations

import pytest

from card_drivers.order import Outcome, Result
from issuance.models.documents import Document
from issuance.models.production import Contradiction
from issuance.office import Office
from tests.people import Case, SmallOffice
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser

LIST = "/oversight/contradictions"


@pytest.fixture
def supervisor(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "supervisor")


def contradict(people: SmallOffice, case: Case) -> None:
    """The station takes back what it said."""
    said = Result(
        order_id=case.claim.order_id, claim_id=case.claim.claim_id, outcome=Outcome.SPOILED, blank_serial="card-chip-9"
    )
    assert "another result" in str(people.report(said))
    assert "another result" in str(people.report(said))


def state(office: Office, case: Case) -> str:
    with office.reading() as look:
        return str(look.session.get_one(Document, case.document_id).state)


def test_a_report_is_listed_once_and_settled(
    supervisor: Browser, people: SmallOffice, office: Office, made: Case
) -> None:
    assert "No report contradicts" in supervisor.get(LIST).text
    contradict(people, made)
    page = supervisor.get(LIST).text
    assert page.count(made.number) == 1
    with office.reading() as look:
        (row,) = look.session.query(Contradiction)
    address = f"{LIST}/{row.id}"
    assert "card-chip-9" in supervisor.get(address).text
    assert supervisor.submit(address, {"verdict": "ends", "found": " "}).status_code == 400
    done = {"verdict": "ends", "found": "Two cards of the number; both destroyed."}
    assert supervisor.submit(address, done).headers["Location"] == LIST
    assert state(office, made) == "cancelled"
    assert "No report contradicts" in supervisor.get(LIST).text
    assert "Two cards of the number" in supervisor.get(address).text
    assert supervisor.submit(address, done).status_code == 409


@pytest.mark.parametrize(("verdict", "end"), [("stands", "valid"), ("ends", "voided")])
def test_a_valid_document_is_suspended_meanwhile(
    supervisor: Browser, people: SmallOffice, office: Office, checked: Case, verdict: str, end: str
) -> None:
    people.hand_over(checked.request_id, checked.number)
    contradict(people, checked)
    assert state(office, checked) == "suspended"
    with office.reading() as look:
        (row,) = look.session.query(Contradiction)
    supervisor.submit(f"{LIST}/{row.id}", {"verdict": verdict, "found": "Looked into both trays."})
    assert state(office, checked) == end
