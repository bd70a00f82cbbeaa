"""The papers of a case: offered when their act is done, in the person's language, with no more than they need."""

from __future__ import annotations

import tomllib
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuance import document_types
from issuance.models.audit import AuditEvent
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.services.casework import decisions, requests
from issuance.web.case.papers import missing_of, title_of
from issuance.web.desk.handover import MEANS
from printing import papers
from printing.papers import HandOver, Receipt
from printing.papers.wording import wording
from tests.fixtures.databases import Folder
from tests.fixtures.live import ROOT
from tests.people import LAYLA, Case, SmallOffice
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser

UNPRINTABLE = "No \U0001e290 here"
REASON = "The proof of residence is not genuine.\nDovada reședinței nu este autentică."


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Nothing here depends on the database."""
    return sqlite


@pytest.fixture
def clerk(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "clerk")


def refused(people: SmallOffice, reason: str = REASON) -> UUID:
    request_id = people.carry("complete").request_id
    with people.act(people.actors["decision_officer"]) as act:
        case = act.session.get_one(IssuanceRequest, request_id)
        decisions.refuse(act, case, reason)
    return request_id


def said(answer: TestResponse) -> str:
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (
        200,
        "application/pdf",
        "no-store",
    )
    with pypdfium2.PdfDocument(answer.data) as document:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())


def openings(office: Office) -> int:
    with office.database.reading() as session:
        return len(session.scalars(select(AuditEvent).where(AuditEvent.act == "case.opened")).all())


def test_the_receipt_names_the_kiosk_of_its_centre(
    clerk: Browser, office: Office, people: SmallOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, machine = f"/cases/{people.lodge(LAYLA)}/receipt.pdf?language=uk", "до зчитувача апарата"
    assert machine not in said(clerk.get(address))
    monkeypatch.setattr(office, "settings", office.settings.model_copy(update={"kiosks": "timisoara"}))
    assert machine in said(clerk.get(address))


OF_HOLDERS = [each for each in papers.languages(Receipt) if each not in ("ro", "en")]


@pytest.mark.parametrize("language", OF_HOLDERS)
def test_a_receipt_says_document_and_what_is_missing_in_the_language_of_the_paper(
    clerk: Browser, people: SmallOffice, language: str
) -> None:
    """The rules speak Romanian and English alone."""
    request_id = people.lodge(LAYLA)
    with people.act(people.actors["clerk"]) as act:
        case = act.session.get_one(IssuanceRequest, request_id)
        requests.wait_for(act, case, ["portrait", "proof_of_residence", "request_form"])
        title = title_of(case, language).local
        missing = [each.local for each in missing_of(case, language)]
    assert len([each for each in (title, *missing) if each]) == 4
    text = said(clerk.get(f"/cases/{request_id}/receipt.pdf?language={language}"))
    assert "Permis de ședere (refugiat)" in text
    for english in ("Residence permit", "Proof of residence", "request form", "photograph"):
        assert english not in text
    assert language in ("ar", "bn", "ur") or all(words in text for words in (title, *missing)), "shaped scripts reorder"


def test_every_type_and_paper_has_words_in_every_language_of_the_papers() -> None:
    texts = tomllib.loads((ROOT / "issuance/web/case/papers.toml").read_text("utf-8"))
    types = document_types.load()
    assert set(texts["titles"]) == set(types)
    asked = {paper.code for kind in types.values() for rules in kind.rules for paper in rules.evidence}
    assert asked | {"portrait", "signature", "fingerprints"} == set(texts["missing"])
    for said_by in (*texts["titles"].values(), *texts["missing"].values()):
        assert set(OF_HOLDERS) <= set(said_by)


def test_an_approved_request_has_its_notice_without_a_name(clerk: Browser, people: SmallOffice, complete: Case) -> None:
    assert "approval.pdf" not in clerk.get(f"/cases/{complete.request_id}").text
    early = clerk.get(f"/cases/{complete.request_id}/approval.pdf")
    assert (early.status_code, "not approved" in early.text) == (409, True)
    people.approve(complete.request_id)
    assert "approval.pdf" in clerk.get(f"/cases/{complete.request_id}").text
    text = said(clerk.get(f"/cases/{complete.request_id}/approval.pdf?language=fr"))
    for words in ("Cererea este aprobată", "Votre demande est acceptée", "3 ani", "art. 20 alin. (6)"):
        assert words in text.replace("\u00a0", " "), words
    assert LAYLA.identity.family_name.upper() not in text.upper()


def test_a_refused_request_has_its_notice_with_reason_and_ways_out(
    clerk: Browser, people: SmallOffice, office: Office
) -> None:
    request_id = refused(people)
    page = clerk.get(f"/cases/{request_id}").text
    assert ("refusal.pdf" in page, "approval.pdf" in page, "hand-over.pdf" in page) == (True, False, False)
    before = openings(office)
    text = said(clerk.get(f"/cases/{request_id}/refusal.pdf?language=en"))
    for words in (*REASON.splitlines(), "Law 554/2004", "art. 20 alin. (6)", LAYLA.identity.family_name):
        assert words in text.replace("\u00a0", " "), words
    assert openings(office) == before + 1, "a paper with a name is an opening of the case"


def test_a_reason_that_cannot_be_printed_is_said_and_nothing_is_sent(clerk: Browser, people: SmallOffice) -> None:
    answer = clerk.get(f"/cases/{refused(people, UNPRINTABLE)}/refusal.pdf")
    assert (answer.status_code, "U+1E290" in answer.text) == (409, True)


def test_the_protocol_of_a_hand_over_is_in_the_language_of_the_notice(
    clerk: Browser, people: SmallOffice, checked: Case
) -> None:
    assert clerk.get(f"/cases/{checked.request_id}/hand-over.pdf").status_code == 409
    people.hand_over(checked.request_id, checked.number)
    text = said(clerk.get(f"/cases/{checked.request_id}/hand-over.pdf"))
    for words in (checked.number, LAYLA.identity.family_name, "Portretul de pe document", "محضر تسليم"):
        assert words in text, words


def test_a_language_that_no_paper_has_gives_english(clerk: Browser, complete: Case) -> None:
    for language in ("xx", "ro", ""):
        assert "Receipt of your request" in said(
            clerk.get(f"/cases/{complete.request_id}/receipt.pdf?language={language}")
        )


def test_who_has_no_need_to_know_is_offered_nothing(client: Browser, office: Office, people: SmallOffice) -> None:
    request_id = refused(people)
    operator = sit_down(client, office, people, "operator")
    assert "refusal.pdf" not in operator.get(f"/cases/{request_id}").text
    assert operator.get(f"/cases/{request_id}/refusal.pdf").status_code == 403


def test_the_protocol_has_words_for_every_means_of_the_desk() -> None:
    assert set(wording(HandOver.file).phrases["identity"]) == set(MEANS)
