"""The jobs page when something cannot be made: its reason, the next step, and each way out from the page to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from card_drivers.order import Outcome, Result
from card_drivers.troubles import Trouble
from issuance.actors import SYSTEM
from issuance.errors import Conflict
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Station
from issuance.models.stock import Blank
from issuance.office import Office
from issuance.services.production import documents, jobs, shifts
from issuance.services.stations import tokens
from tests.people import Case, SmallOffice, able
from tests.web.centre.shared import case_of, document_of, job_of, sit_down
from tests.web.conftest import Browser

JOBS = "/production/jobs"
STUCK = f"{JOBS}/stuck"


@pytest.fixture
def as_(client: Browser, office: Office, people: SmallOffice) -> Callable[[str], Browser]:
    """Sit one of the small office's people down."""
    return lambda who: sit_down(client, office, people, who)


def says(office: Office, people: SmallOffice, status: dict[str, Any]) -> None:
    """The station tells what it can make."""
    with office.upkeep() as look:
        here = look.session.get_one(Station, people.station.id)
        here.status, here.last_seen = status, look.clock.now()


def address(office: Office, case: Case) -> str:
    return f"{JOBS}/{job_of(office, newest(office, case).id).id}"


def newest(office: Office, case: Case) -> Document:
    with office.reading() as look:
        return documents.current(look, look.session.get_one(IssuanceRequest, case.request_id))


def add_bureau(office: Office, people: SmallOffice) -> UUID:
    with office.act(SYSTEM) as act:
        centre = act.session.get_one(Centre, people.station.centre_id)
        bureau, _ = tokens.add_station(act, "the-bureau", centre, bureau=True)
        bureau.status = able()
    with office.act(people.actors["operator"]) as act:
        shifts.open_shift(act, act.session.get_one(Station, bureau.id))
    return bureau.id


def refuse(people: SmallOffice, why: str = "feeder-empty") -> None:
    """The station does not start the order that it claims."""
    claim = people.claim()
    assert claim is not None
    people.order(claim)
    said = Result(
        order_id=claim.order_id, claim_id=claim.claim_id, outcome=Outcome.NOT_STARTED, trouble=Trouble.of(why)
    )
    assert people.report(said) is None


def reason_in_the_audit(office: Office, act: str) -> str:
    with office.database.reading() as session:
        return session.scalars(select(AuditEvent).where(AuditEvent.act == act)).one().reason


def test_what_nobody_can_make_is_listed_with_its_reason_and_counted(
    as_: Callable[[str], Browser], people: SmallOffice, office: Office, queued: Case
) -> None:
    operator = as_("operator")
    assert "Every job that waits can be made" in operator.get(STUCK).text
    says(office, people, able("RC"))
    page = operator.get(STUCK).text
    assert "No blanks card-chip lie in s1. Load some, or send the job elsewhere." in page
    assert queued.number in page
    assert queued.number not in operator.get(JOBS).text
    assert address(office, queued) in page
    rail = page[page.index("Jobs nobody can make") :]
    assert ">1<" in rail[:200].replace("\n", "").replace(" ", "")
    shown = operator.get(address(office, queued)).text
    assert "No blanks card-chip lie in s1" in shown
    for words in ("85.6 x 53.98 mm", "generic-globalplatform", "cards with chip", "a station or a bureau"):
        assert words in shown, words
    assert "can make it" in operator.get(f"/production/stations/{people.station.id}").text
    operator.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ro"
    assert "Nu sunt blanchete card-chip în s1." in operator.get(STUCK).text


def test_a_station_that_steps_aside_says_so_and_is_sent_back_to_work(
    as_: Callable[[str], Browser], people: SmallOffice, office: Office, queued: Case
) -> None:
    people.open_shift()
    refuse(people)
    people.prepare(newest(office, queued).id)
    operator = as_("operator")
    assert "s1 did not start this order. It is offered again at" in operator.get(STUCK).text
    shown = operator.get(address(office, queued)).text
    assert Trouble.of("feeder-empty").sentence().split(".")[0] in shown
    station = operator.get(f"/production/stations/{people.station.id}").text
    assert "It did not start an order of RP-R and is not offered it before" in station
    assert people.claim() is None
    assert "Try again now" in shown
    assert operator.submit(f"{address(office, queued)}/try-again").status_code == 303
    assert "Try again now" not in operator.get(address(office, queued)).text
    assert operator.submit(f"{address(office, queued)}/try-again").status_code == 409
    assert people.claim() is not None


def test_a_supervisor_cancels_a_job_that_is_made_anew(
    as_: Callable[[str], Browser], people: SmallOffice, office: Office, queued: Case
) -> None:
    url = f"{address(office, queued)}/cancel"
    assert "Cancel the job" not in as_("operator").get(address(office, queued)).text
    assert as_("operator").submit(url, {"follows": "again", "reason": "x"}).status_code == 403
    supervisor = as_("supervisor")
    assert url in supervisor.get(address(office, queued)).text
    assert "Its number is cancelled for ever" in supervisor.get(url).text
    for wrong in ({"follows": "again", "reason": " "}, {"follows": "perhaps", "reason": "x"}, {}):
        assert supervisor.submit(url, wrong).status_code == 400
    sent = supervisor.submit(url, {"follows": "again", "reason": "The film was recalled."})
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{JOBS}?state=unmade")
    assert queued.number in supervisor.get(f"{JOBS}?state=unmade").text
    new = newest(office, queued)
    assert (document_of(office, queued.document_id).state, new.attempt) == ("cancelled", 2)
    assert new.number in supervisor.get(JOBS).text
    assert reason_in_the_audit(office, "job.cancelled") == "The film was recalled."
    assert supervisor.submit(url, {"follows": "again", "reason": "x"}).status_code == 409
    assert "This job does not wait any more." in supervisor.get(url).text


def test_a_supervisor_cancels_a_job_and_its_request(
    as_: Callable[[str], Browser], people: SmallOffice, office: Office, queued: Case
) -> None:
    supervisor = as_("supervisor")
    url = f"{address(office, queued)}/cancel"
    assert supervisor.submit(url, {"follows": "withdraw", "reason": "The person left."}).status_code == 303
    assert case_of(office, queued.request_id).state == "withdrawn"
    people.open_shift()
    assert people.claim() is None
    assert "The person left." in as_("clerk").get(f"/cases/{queued.request_id}").text


def test_a_job_is_sent_to_the_bureau(
    as_: Callable[[str], Browser], people: SmallOffice, office: Office, queued: Case
) -> None:
    bureau = add_bureau(office, people)
    people.open_shift()
    operator, url = as_("operator"), f"{address(office, queued)}/elsewhere"
    page = operator.get(url).text
    assert "the-bureau, the bureau" in page
    assert "Any station of the centre" in page
    for wrong in ({"station": str(bureau)}, {"station": str(queued.request_id), "reason": "x"}, {"reason": "x"}):
        assert operator.submit(url, wrong).status_code == 400
    assert operator.submit(url, {"station": str(bureau), "reason": "The ribbon is out."}).status_code == 303
    assert "meant for the-bureau" in operator.get(JOBS).text
    assert people.claim() is None
    with office.act(tokens.actor_of(there := station_of(office, bureau))) as act:
        assert jobs.claim(act, queued.request_id, station=there) is not None
    assert reason_in_the_audit(office, "job.sent_elsewhere") == "The ribbon is out."
    assert operator.submit(url, {"station": "any", "reason": "x"}).status_code == 409


def station_of(office: Office, station_id: UUID) -> Station:
    with office.database.reading() as session:
        return session.get_one(Station, station_id)


def test_a_job_is_not_sent_where_it_cannot_be_made(
    as_: Callable[[str], Browser], people: SmallOffice, office: Office, queued: Case
) -> None:
    says(office, people, able("RC"))
    operator, url = as_("operator"), f"{address(office, queued)}/elsewhere"
    refused = operator.submit(url, {"station": str(people.station.id), "reason": "x"})
    assert refused.status_code == 409
    assert "No blanks card-chip lie in s1" in refused.text
    assert job_of(office, queued.document_id).wanted_station_id is None


def test_a_job_that_cannot_be_prepared_is_tried_again_from_its_page(
    as_: Callable[[str], Browser], people: SmallOffice, office: Office, approved: Case
) -> None:
    job_id = job_of(office, approved.document_id).id
    with office.upkeep() as look:
        jobs.wait(look, job_id, Conflict("There is no portrait. Take one."))
    operator = as_("operator")
    assert "There is no portrait. Take one." in operator.get(STUCK).text
    page = operator.get(f"{JOBS}/{job_id}").text
    assert "There is no portrait. Take one." in page
    assert "Try again now" in page
    assert operator.submit(f"{JOBS}/{job_id}/try-again").status_code == 303
    with office.database.reading() as session:
        assert session.get_one(PrintJob, job_id).state == "preparing"


@pytest.mark.parametrize("role", ["clerk", "supervisor"])
def test_a_document_found_wrong_at_the_desk_goes_back(
    as_: Callable[[str], Browser], people: SmallOffice, office: Office, checked: Case, role: str
) -> None:
    browser, url = as_(role), f"/cases/{checked.request_id}"
    assert "Found wrong at the desk" in browser.get(url).text
    at = case_of(office, checked.request_id).version
    empty = browser.submit(f"{url}/found-wrong", {"reason": " ", "version": at})
    assert empty.status_code == 400
    assert "Fill this in." in empty.text
    sent = browser.submit(f"{url}/found-wrong", {"reason": "The film is torn.", "version": at})
    assert sent.status_code == 303
    page = browser.get(url).text
    assert "Found wrong at the desk, a new number was made" in page
    assert case_of(office, checked.request_id).state == "in_production"
    assert document_of(office, checked.document_id).state == "cancelled"
    with office.database.reading() as session:
        blank = session.scalars(select(Blank).where(Blank.document_id == checked.document_id)).one()
    assert blank.state == "spoiled"
    later = case_of(office, checked.request_id).version
    assert browser.submit(f"{url}/found-wrong", {"reason": "again", "version": later}).status_code == 409
    assert "The film is torn." in as_("operator").get(JOBS).text


def test_a_request_that_was_not_started_is_withdrawn_at_the_desk(
    as_: Callable[[str], Browser], people: SmallOffice, office: Office, claimed: Case
) -> None:
    clerk, url = as_("clerk"), f"/cases/{claimed.request_id}"
    fields = {"reason": "leaves the country", "version": case_of(office, claimed.request_id).version}
    assert f"{url}/withdraw" not in clerk.get(url).text
    assert clerk.submit(f"{url}/withdraw", fields).status_code == 409
    people.order(claimed.claim)
    said = Result(order_id=claimed.claim.order_id, claim_id=claimed.claim.claim_id, outcome=Outcome.NOT_STARTED)
    assert people.report(said) is None
    assert f"{url}/withdraw" in clerk.get(url).text
    fields["version"] = case_of(office, claimed.request_id).version
    assert clerk.submit(f"{url}/withdraw", fields).status_code == 303
    assert case_of(office, claimed.request_id).state == "withdrawn"
    assert newest(office, claimed).state == "cancelled"
