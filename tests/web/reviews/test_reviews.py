"""The pages of a review: one file walked from the person's page to its end, who sees what, and what is refused."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pypdfium2
import pytest

from issuance.clock import FixedClock
from issuance.law.persons.consent import consent_text
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.mandates import bodies
from issuance.services.reviews import files
from issuance.services.reviews.files import Opening
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

OPENED = {"grounds": "98-e", "origin": "proposal", "institution": "a national authority", "procedure": "regular"}
OPENED |= {"why": "The circumstances have ceased."}
MOST_PAGES = 12


def on(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def delivered(day: dt.date, **changes: str) -> dict[str, str]:
    said = {"how": "at_the_desk", "language": "ar", "interpreter": "Samir Haddad", "signed": "yes"}
    return said | on("delivered_on", day) | changes


class Desk:
    """A browser that counts the pages it is shown, and sends forms as they are drawn."""

    def __init__(self, client: Browser, office: Office) -> None:
        self.client, self.office, self.pages = client, office, 0

    def page(self, url: str) -> str:
        self.pages += 1
        answer = self.client.get(url)
        assert answer.status_code == 200, url
        return str(answer.text)

    def send(self, url: str, fields: dict[str, str]) -> str:
        answer = self.client.submit(url, fields | {"version": str(self.version)})
        assert answer.status_code == 303, answer.text
        return self.page(answer.location)

    @property
    def version(self) -> int:
        with self.office.reading() as look:
            row = look.session.query(Review).first()
            return row.version if row else 1


@pytest.fixture
def valid(people: SmallOffice, checked: Case) -> Case:
    people.hand_over(checked.request_id, checked.number)
    return checked


@pytest.fixture
def person_id(office: Office, valid: Case) -> UUID:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, valid.request_id).person_id


@pytest.fixture
def opened(people: SmallOffice, valid: Case) -> UUID:
    """A review with a restricted detail, opened by the small office's officer."""
    with people.act(people.actors["decision_officer"]) as act:
        request = act.session.get_one(IssuanceRequest, valid.request_id)
        opening = Opening(("100-b",), "ex_officio", "New elements.", exclusions=("25-b",))
        return files.open_file(act, request, opening).id


def state_of(office: Office) -> tuple[str, str, str]:
    with office.reading() as look:
        review, document = look.session.query(Review).one(), look.session.query(Document).one()
        return str(review.state), str(document.state), look.session.get_one(Person, review.person_id).status


def test_a_whole_file_is_walked_in_twelve_pages(
    client: Browser, login: Login, people: SmallOffice, office: Office, clock: FixedClock, person_id: UUID
) -> None:
    login(client, RoleName.DECISION_OFFICER)
    desk, today = Desk(client, office), clock.today()
    assert f"/persons/{person_id}/review" in desk.page(f"/persons/{person_id}")
    assert "Law 122/2006, Art 98(e)" in desk.page(f"/persons/{person_id}/review")
    begun = client.submit(f"/persons/{person_id}/review", OPENED)
    file = begun.location
    assert "Deliver the notice" in desk.page(file)
    interview = today + dt.timedelta(days=14)
    hour = {"interview_time": "10:30", "interview_place": "room 4"}
    desk.send(f"{file}/interview", on("interview_on", interview) | hour)
    shown = desk.send(f"{file}/notice", delivered(today))
    assert "Hear the person" in shown
    assert "Law 122/2006, Art 103(1) and (5)" in shown
    clock.advance(dt.timedelta(days=15))
    client.come_back()
    heard = {"hearing": "file", "heard_paper": "PV 9"} | on("heard_on", interview)
    desk.send(f"{file}/hearing", heard)
    proposal = {"decision": "ceased", "decision_number": "R-7/2026", "reasons": "Ended circumstances."}
    shown = desk.send(f"{file}/proposal", proposal)
    assert "Take it back" in shown
    assert "I read the file: agree" not in shown
    client.take_session(people.actors["decision_officer"].id)
    desk.send(f"{file}/agree", {})
    shown = desk.send(f"{file}/decision", delivered(clock.today()))
    assert "Until then every document holds" in shown
    clock.advance(dt.timedelta(days=14))
    client.come_back()
    assert "The decision is final: end the protection" in desk.page(file)
    assert state_of(office) == ("communicated", "valid", "refugee")
    desk.send(f"{file}/final", {})
    assert state_of(office) == ("withdrawn", "voided", "ended")
    assert desk.pages <= MOST_PAGES
    shown = client.get(f"/persons/{person_id}").text
    assert "protection ended" in shown
    assert "final decision on a review of the status" in shown


def test_who_sees_the_restricted_detail(
    client: Browser, login: Login, office: Office, valid: Case, opened: UUID
) -> None:
    letter = "a serious offence outside Romania"
    for role, sees in (
        (RoleName.DECISION_OFFICER, True),
        (RoleName.SUPERVISOR, True),
        (RoleName.CLERK, False),
        (RoleName.AUDITOR, False),
    ):
        login(client, role)
        shown = client.get(f"/reviews/{opened}").text
        assert (letter in shown) == sees, role
        assert "Restricted detail" in shown
        for other in ("/reviews", f"/cases/{valid.request_id}"):
            assert letter not in client.get(other).text
    login(client, RoleName.QUALITY_OFFICER)
    assert client.get(f"/reviews/{opened}").status_code == 403
    with office.database.reading() as session:
        assert session.query(Review).one().detail_id is not None


def test_case_and_person_say_that_a_review_is_open_and_the_list_has_it(
    client: Browser, login: Login, valid: Case, person_id: UUID, opened: UUID
) -> None:
    login(client, RoleName.CLERK)
    for page in (f"/cases/{valid.request_id}", f"/persons/{person_id}"):
        shown = client.get(page).text
        assert "A review of the status is open." in shown
        assert f"/reviews/{opened}" in shown
    assert f"/persons/{person_id}/review" not in client.get(f"/persons/{person_id}").text
    listed = client.get("/reviews").text
    assert f"/reviews/{opened}" in listed
    assert "Deliver the notice" in listed
    assert "/reviews" in client.get("/").text


def test_a_refusal_names_its_field_and_keeps_what_was_typed(
    client: Browser, login: Login, office: Office, person_id: UUID
) -> None:
    login(client, RoleName.DECISION_OFFICER)
    page = f"/persons/{person_id}/review"
    for field, typed in (
        ("grounds", OPENED | {"grounds": ""}),
        ("grounds", OPENED | {"grounds": "99-1"}),
        ("institution", OPENED | {"institution": ""}),
        ("why", OPENED | {"why": ""}),
        ("exclusions", OPENED | {"grounds": "100-b"}),
        ("origin", OPENED | {"grounds": "98-g"}),
    ):
        refused = client.submit(page, typed)
        assert refused.status_code == 400, field
        assert sentence_beside(refused, field)
    begun = client.submit(page, OPENED).location
    again = client.submit(page, OPENED)
    assert again.status_code == 409
    unknown = client.submit(f"{begun}/notice", delivered(dt.date(2027, 1, 1)) | {"version": "1"})
    assert unknown.status_code == 400
    assert sentence_beside(unknown, "delivered_on")
    stale = client.submit(f"{begun}/notice", delivered(office.clock.today()) | {"version": "77"})
    assert stale.status_code == 409
    assert client.submit(f"{begun}/proposal", {"decision": "ceased", "version": "1"}).status_code == 400


@pytest.mark.parametrize(("language", "word"), [("ar", "92"), ("uk", "про виключення"), ("fr", "clauses d’exclusion")])
def test_the_notice_is_in_both_languages_and_says_nothing_restricted(
    client: Browser, login: Login, opened: UUID, language: str, word: str
) -> None:
    login(client, RoleName.CLERK)
    answer = client.get(f"/reviews/{opened}/notice.pdf?language={language}")
    assert answer.mimetype == "application/pdf"
    with pypdfium2.PdfDocument(answer.data) as document:
        text = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)
    assert "art. 100 lit. b)" in text
    assert "art. 25 lit. b)" not in text
    assert "infracțiune" not in text
    assert word in text or language == "ar"
    assert client.get(f"/reviews/{opened}/decision.pdf").status_code == 409
    assert client.get(f"/reviews/{opened}/invitation.pdf").status_code == 409
    assert client.get(f"/reviews/{opened}/explanation.pdf").status_code == 409


def test_nothing_of_it_opens_at_another_centre(
    client: Browser, login: Login, office: Office, people: SmallOffice, opened: UUID
) -> None:
    with office.database.transaction() as session:
        for request in session.query(IssuanceRequest):
            request.centre_id = session.query(type(request.centre)).filter_by(code="galati").one().id
    login(client, RoleName.DECISION_OFFICER)
    assert client.get(f"/reviews/{opened}").status_code == 403
    assert str(opened) not in client.get("/reviews").text


def begin(people: SmallOffice, request_id: UUID, *grounds: str) -> str:
    origin = "holder" if grounds == ("98-g",) else "ex_officio"
    with people.act(people.actors["decision_officer"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        return f"/reviews/{files.open_file(act, request, Opening(grounds, origin, 'New elements.')).id}"


def test_a_renunciation_is_explained_on_its_page_before_it_is_decided(
    client: Browser, login: Login, people: SmallOffice, office: Office, clock: FixedClock, valid: Case
) -> None:
    file = begin(people, valid.request_id, "98-g")
    login(client, RoleName.DECISION_OFFICER)
    desk, today = Desk(client, office), clock.today()
    assert "not explained yet" in desk.send(f"{file}/notice", delivered(today))
    desk.send(f"{file}/hearing", {"hearing": "statement", "heard_paper": "D 3"} | on("heard_on", today))
    proposal = {"decision": "ceased", "decision_number": "R-8/2026", "reasons": "Renounced."}
    refused = client.submit(f"{file}/proposal", proposal | {"version": str(desk.version)})
    assert refused.status_code == 409
    assert "Law 122/2006, Art 98(g)" in refused.text
    assert "Print the explanation" in desk.page(f"{file}/explanation")
    assert client.get(f"{file}/explanation.pdf?language=ar").mimetype == "application/pdf"
    unread = client.submit(f"{file}/explanation", delivered(today, interpreter="") | {"version": str(desk.version)})
    assert sentence_beside(unread, "interpreter")
    assert "Renunciation explained" in desk.send(f"{file}/explanation", delivered(today))
    assert "Take it back" in desk.send(f"{file}/proposal", proposal)
    shown = desk.send(f"{file}/decline", {})
    assert "Propose the decision" in shown


def test_who_was_there_what_was_invoked_and_an_appeal_that_is_admitted(
    client: Browser, login: Login, people: SmallOffice, office: Office, clock: FixedClock, valid: Case
) -> None:
    file = begin(people, valid.request_id, "98-e")
    login(client, RoleName.DECISION_OFFICER)
    desk, today = Desk(client, office), clock.today()
    there = {"present": "unhcr", "name": "Anna Berg", "body": "UNHCR"} | on("present_on", today)
    refused = client.submit(f"{file}/presence", there | {"version": str(desk.version)})
    assert refused.status_code == 409
    assert "Art 103(6)" in refused.text
    assert "No office of UNHCR is in the register" in client.get(f"{file}/consent").text
    with office.act(people.actors["administrator"]) as act:
        body_id = str(bodies.add(act, "UNHCR Romania", "unhcr").id)
    page = client.get(f"{file}/consent?language=en").text
    assert "What is read to the person" in page
    version = consent_text().version.isoformat()
    said = {"body": body_id, "text_version": version, "consent_language": "en"}
    assert client.submit(f"{file}/consent", said | {"body": "", "version": str(desk.version)}).status_code == 400
    assert "The consent is recorded" in desk.send(f"{file}/consent", said)
    assert "UNHCR may see the file since" in desk.page(file)
    assert "Anna Berg" in desk.send(f"{file}/presence", there)
    assert "The consent has ended" in desk.send(f"{file}/consent/withdraw", {})
    assert "from 2014" in desk.send(f"{file}/detail", {"compelling": "reasons from 2014", "accepted": "no"})
    desk.send(f"{file}/notice", delivered(today))
    interview = on("interview_on", today + dt.timedelta(days=14)) | {"interview_time": "9:00", "interview_place": "4"}
    assert "Print the invitation" in desk.send(f"{file}/interview", interview)
    assert client.get(f"{file}/invitation.pdf").mimetype == "application/pdf"
    desk.send(f"{file}/invitation", delivered(today))
    desk.send(f"{file}/hearing", {"hearing": "interview", "heard_paper": "PV 2"} | on("heard_on", today))
    proposal = {"decision": "ceased", "decision_number": "R-9/2026", "reasons": "Ended.", "leaves": "yes"}
    desk.send(f"{file}/proposal", proposal)
    client.take_session(people.actors["decision_officer"].id)
    desk.send(f"{file}/agree", {})
    assert client.get(f"{file}/decision.pdf?language=fr").mimetype == "application/pdf"
    desk.send(f"{file}/decision", delivered(today))
    desk.send(f"{file}/appeal", {"appeal_paper": "44/2026"} | on("appealed_on", today))
    early = client.submit(f"{file}/final", {"version": str(desk.version)})
    assert early.status_code == 409
    result = {"appeal_result": "admitted", "final_paper": "court, 9/2026"} | on("final_on", today)
    shown = desk.send(f"{file}/result", result)
    assert "protection maintained" in shown
    assert state_of(office) == ("maintained", "valid", "refugee")


def test_a_review_that_was_opened_by_mistake_is_stopped(
    client: Browser, login: Login, office: Office, opened: UUID, person_id: UUID
) -> None:
    login(client, RoleName.SUPERVISOR)
    desk = Desk(client, office)
    desk.send(f"/reviews/{opened}/stop", {"reason": "the wrong file"})
    assert state_of(office)[0] == "stopped"
    assert f"/persons/{person_id}/review" in desk.page(f"/persons/{person_id}")
