"""The decision officer's pages: the queue, the look, the unseen second entry, approval, refusal, sending back."""

from __future__ import annotations

import datetime as dt
import io
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select

from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.duties import Duty, DutyName
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.office import Office
from issuance.services.casework import enrolment
from issuance.services.persons import signatures
from issuance.services.persons.signatures import NotSigned
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed, measured_portrait
from tests.web.centre.shared import case_of, hidden, sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import elsewhere, sentence_beside

BY_HAND = changed(LAYLA, source="hand", case_reference="")
ENTITLEMENT = {
    "decision_number": "1204/2026",
    "decision_date-day": "5",
    "decision_date-month": "10",
    "decision_date-year": "2026",
}


@pytest.fixture
def officer(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "decision_officer")


def approve(officer: Browser, request_id: UUID, **fields: str) -> tuple[int, str]:
    """Open the page, fill in and approve: status and page of the answer."""
    page = officer.get(f"/decisions/{request_id}").text
    answer = officer.submit(f"/decisions/{request_id}", hidden(page) | fields)
    return answer.status_code, answer.text


def test_the_queue_has_whoever_must_not_wait_first_and_marks_portraits(
    officer: Browser, people: SmallOffice, office: Office
) -> None:
    assert "Nothing waits for a decision" in officer.get("/decisions/").text
    people.carry("complete")
    people.clock.advance(dt.timedelta(days=1))
    officer.come_back()
    child = changed(LAYLA, given_names="Amal", native_name="", case_reference="2026/TM/2", vulnerable=True)
    request_id = people.carry("complete", child).request_id
    with office.database.transaction() as session:
        session.scalars(select(Portrait).where(Portrait.request_id == request_id)).one().source = "uploaded"
    page = officer.get("/decisions/").text
    assert page.index("Amal") < page.index("Layla")
    assert "uploaded portrait" in page[page.index("Amal") : page.index("Layla")]
    assert "uploaded portrait" not in page[page.index("Layla") :]
    assert f'href="/decisions/{request_id}" data-primary' in page


def test_the_queue_is_sorted_as_asked_and_a_chip_keeps_it_so(officer: Browser, people: SmallOffice) -> None:
    for number, name in enumerate(("Haddad", "Ahmadzai"), 1):
        people.carry("complete", changed(LAYLA, family_name=name, case_reference=f"2026/TM/090{number}"))
    page = officer.get("/decisions/?sort=name&down=1").text
    assert page.index("Haddad") < page.index("Ahmadzai")
    assert 'aria-sort="descending"' in page
    assert 'href="/decisions/?type=RP-R&amp;sort=name&amp;down=1"' in page
    narrowed = officer.get("/decisions/?sort=name&type=RP-R").text
    assert narrowed.index("Ahmadzai") < narrowed.index("Haddad")
    assert 'href="/decisions/?sort=name"' in narrowed, "all documents, in the same order"


def test_an_approval_numbers_the_document_and_queues_its_job(officer: Browser, office: Office, complete: Case) -> None:
    assert approve(officer, complete.request_id)[0] == 303
    with office.database.reading() as session:
        document = session.scalars(select(Document)).one()
    assert (document.request_id, document.number, case_of(office, complete.request_id).state) == (
        complete.request_id,
        "RP1000000",
        "approved",
    )
    assert "RP1000000" in officer.get("/decisions/").text


def test_the_document_is_shown_as_a_specimen(officer: Browser, complete: Case) -> None:
    answer = officer.get(f"/decisions/{complete.request_id}/specimen.png")
    picture = Image.open(io.BytesIO(answer.data))
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/png", "no-store")
    assert picture.width > 600
    assert picture.height > picture.width
    assert picture.convert("L").getextrema()[0] < 60


@carrying(BY_HAND)
def test_what_the_desk_typed_by_hand_is_nowhere(officer: Browser, complete: Case) -> None:
    for address in (f"/decisions/{complete.request_id}", "/decisions/", f"/cases/{complete.request_id}", "/"):
        page = officer.get(address).text
        assert "1204" not in page, address
        assert "5 Oct 2026" not in page, address
        assert "2026-10-05" not in page, address


def test_case_handlings_entitlement_is_shown(officer: Browser, complete: Case) -> None:
    page = officer.get(f"/decisions/{complete.request_id}").text
    assert "1204/2026" in page
    assert 'name="decision_number"' not in page


@carrying(BY_HAND)
def test_the_second_entry_must_agree(officer: Browser, office: Office, complete: Case) -> None:
    status, page = approve(officer, complete.request_id)
    assert (status, "Fill this in." in page) == (400, True)
    status, page = approve(officer, complete.request_id, **ENTITLEMENT | {"decision_number": "1205/2026"})
    assert status == 400
    assert "differ from what the desk typed" in page
    assert 'value="1205/2026"' in page
    assert "1204/2026" not in page
    assert case_of(office, complete.request_id).state == "complete"
    assert approve(officer, complete.request_id, **ENTITLEMENT)[0] == 303


@carrying(BY_HAND)
def test_an_impossible_date_keeps_what_was_typed(officer: Browser, complete: Case) -> None:
    status, page = approve(
        officer, complete.request_id, **ENTITLEMENT | {"decision_date-day": "31", "decision_date-month": "2"}
    )
    assert (status, "no such day" in page, 'value="31"' in page) == (400, True, True)


@pytest.mark.parametrize("duty", [DutyName.LODGING, DutyName.CASE])
def test_ones_own_case_is_shown_with_the_reason_and_cannot_be_decided(
    officer: Browser, people: SmallOffice, office: Office, duty: DutyName, complete: Case
) -> None:
    with office.database.transaction() as session:
        did = session.scalars(select(Duty).where(Duty.request_id == complete.request_id)).one()
        did.staff_id, did.duty = people.actors["decision_officer"].id, duty
    assert "not yours to decide" in officer.get("/decisions/").text
    page = officer.get(f"/decisions/{complete.request_id}").text
    assert "so you do not decide on it" in page
    assert f"/cases/{complete.request_id}/override/decision" in page
    assert ">Approve<" not in page
    for act in ("", "/refuse", "/send-back"):
        fields = {"reason": "x", "missing": "portrait", **seen_of(office, complete.request_id)}
        assert officer.submit(f"/decisions/{complete.request_id}{act}", fields).status_code == 403
    assert case_of(office, complete.request_id).state == "complete"


def seen_of(office: Office, request_id: UUID) -> dict[str, str]:
    """What a page drawn now would send back."""
    with office.reading() as look:
        case = look.session.get_one(IssuanceRequest, request_id)
        portrait, signature = enrolment.newest(look, case), signatures.of(look, case)
        return {
            "seen-request": str(case.version),
            "seen-person": str(case.person.version),
            "seen-portrait": str(portrait.id if portrait else ""),
            "seen-signature": str(signature.picture_id if signature else ""),
        }


@carrying(BY_HAND)
@pytest.mark.parametrize("change", ["portrait", "signature", "person", "request"])
def test_what_changed_while_the_officer_looked_is_named_and_nothing_typed_is_lost(
    officer: Browser, people: SmallOffice, office: Office, change: str, complete: Case
) -> None:
    fields = hidden(officer.get(f"/decisions/{complete.request_id}").text) | ENTITLEMENT
    with people.act(people.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, complete.request_id)
        if change == "portrait":
            enrolment.add_portrait(act, request, measured_portrait(), "uploaded")
            enrolment.accept_portrait(act, request)
        elif change == "signature":
            signatures.keep(act, request, NotSigned("refused"))
        elif change == "person":
            act.session.get_one(Person, request.person_id).birth_place = "Idlib"
        else:
            request.note = "brought a letter"
        act.record("case.changed", request)
    answer = officer.submit(f"/decisions/{complete.request_id}", fields)
    assert answer.status_code == 409
    words = {"portrait": "the portrait", "signature": "the signature", "person": "the person&#39;s data"}
    words["request"] = "the request"
    assert f"someone changed: {words[change]}" in answer.text
    assert 'value="1204/2026"' in answer.text
    assert case_of(office, complete.request_id).state == "complete"
    again = officer.submit(f"/decisions/{complete.request_id}", hidden(answer.text) | ENTITLEMENT)
    assert again.status_code == 303


def test_a_refusal_needs_a_reason(officer: Browser, office: Office, complete: Case) -> None:
    address = f"/decisions/{complete.request_id}/refuse"
    fields = hidden(officer.get(address).text)
    assert sentence_beside(officer.submit(address, fields), "reason") == "Fill this in."
    assert officer.submit(address, fields | {"reason": "The decision was annulled."}).status_code == 303
    assert (case_of(office, complete.request_id).state, case_of(office, complete.request_id).decision_reason) == (
        "refused",
        "The decision was annulled.",
    )


def test_sending_back_says_what_is_missing(officer: Browser, office: Office, complete: Case) -> None:
    address = f"/decisions/{complete.request_id}/send-back"
    page = officer.get(address).text
    assert "replacement_reason" not in page
    assert officer.submit(address, hidden(page)).status_code == 400
    assert officer.submit(address, hidden(page) | {"missing": "no-such-paper"}).status_code == 400
    assert officer.submit(address, hidden(page) | {"missing": "proof_of_residence"}).status_code == 303
    assert (case_of(office, complete.request_id).state, case_of(office, complete.request_id).missing) == (
        "incomplete",
        ["proof_of_residence"],
    )


def test_another_centres_case_is_looked_at_with_a_reason_and_not_decided(
    officer: Browser, people: SmallOffice, office: Office
) -> None:
    request_id = people.carry("complete", elsewhere()).request_id
    answer = officer.get(f"/cases/{request_id}")
    assert answer.headers["Location"] == f"/cases/{request_id}/reason"
    officer.submit(f"/cases/{request_id}/reason", {"reason": "the officer of Galați is ill"})
    assert "Your reason lets you look" in officer.get(f"/cases/{request_id}").text
    for address in (f"/decisions/{request_id}", f"/decisions/{request_id}/specimen.png"):
        refused = officer.get(address)
        assert (refused.status_code, "only who works there" in refused.text) == (403, True)
    with office.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.act == "case.opened_elsewhere")).one()
    assert event.reason == "the officer of Galați is ill"


def test_a_decided_case_says_so(officer: Browser, people: SmallOffice, complete: Case) -> None:
    people.approve(complete.request_id)
    page = officer.get(f"/decisions/{complete.request_id}").text
    assert "does not wait for a decision any more" in page
    assert ">Approve<" not in page
    assert officer.submit(f"/decisions/{complete.request_id}", {}).status_code == 409


def test_opening_a_case_is_recorded(officer: Browser, office: Office, complete: Case) -> None:
    officer.get(f"/decisions/{complete.request_id}")
    with office.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.act == "case.opened")).one()
    assert complete.request_id in {subject.subject_id for subject in event.subjects}


def test_an_unknown_case(officer: Browser) -> None:
    assert officer.get("/decisions/01890000-0000-7000-8000-000000000000").status_code == 404
