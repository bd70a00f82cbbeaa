"""Rights and duties on the page of a case: read in two languages, recorded, on paper; and who was granted."""

from __future__ import annotations

from uuid import UUID

import pypdfium2
import pytest

from issuance.models.people import RightsNotice
from issuance.models.rights import Grant
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.drill import TID
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

TOLD = {"notice_language": "ar", "interpreter": "", "signed": "yes", "text_version": "2026-11-30"}
DECIDED = {"decided_on-day": "20", "decided_on-month": "10", "decided_on-year": "2026"}
WORK = "Puteți munci și puteți avea o afacere, ca un român."
WORK_IN_ARABIC = "يمكنكم العمل وفتح عمل خاص بكم مثل الرومانيين."


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def notice(office: Office) -> RightsNotice:
    with office.reading() as look:
        return look.session.query(RightsNotice).one()


def test_both_languages_stand_beside_each_other_with_their_articles(clerk: Browser, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/rights"
    assert page in clerk.get(f"/cases/{lodged.request_id}").text
    shown = clerk.get(page).text
    assert WORK in shown
    assert f'<div lang="ar" dir="rtl"><p>{WORK_IN_ARABIC}</p>' in shown
    assert "Legea 122/2006, art. 20 alin. (1) lit. c)" in shown
    assert "nobody has reviewed it" in shown
    in_french = clerk.get(f"{page}?language=fr").text
    assert 'lang="fr" dir="ltr"' in in_french
    assert WORK_IN_ARABIC not in in_french
    pashto = clerk.get(f"{page}?language=ps").text
    assert "There is no text in this language." in pashto
    assert 'value="ps"' in pashto
    assert clerk.get(f"{page}?language=../x").status_code == 200


def test_what_was_read_is_what_is_recorded(clerk: Browser, office: Office, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/rights"
    refused = clerk.submit(page, TOLD | {"signed": ""})
    assert refused.status_code == 400
    assert sentence_beside(refused, "signed")
    stale = clerk.submit(page, TOLD | {"text_version": "2026-01-01"})
    assert stale.status_code == 409
    told = clerk.submit(page, TOLD | {"interpreter": "Samir Haddad"})
    assert told.status_code == 303
    row = notice(office)
    said = (row.language, row.status, row.text_version, row.text_language, row.text_state, row.counts)
    assert said == ("ar", "refugee", "2026-11-30", "ar", "machine", True)
    shown = clerk.get(page).text
    assert "Samir Haddad" in shown
    assert "made by a machine, not reviewed" in shown


def test_a_machines_text_without_an_interpreter_stays_on_the_list(clerk: Browser, office: Office, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/rights"
    assert page in clerk.get("/granted").text
    clerk.submit(page, TOLD)
    assert not notice(office).counts
    assert "It does not count yet" in clerk.get(page).text
    assert page in clerk.get("/granted").text
    clerk.submit(page, TOLD | {"interpreter": "Samir Haddad"})
    assert page not in clerk.get("/granted").text


@carrying(TID)
def test_who_is_granted_is_advised_until_the_permit_is_asked_for(
    clerk: Browser, people: SmallOffice, office: Office, lodged: Case
) -> None:
    page = f"/cases/{lodged.request_id}/rights"
    assert "Was protection granted?" in clerk.get(page).text
    assert page not in clerk.get("/granted").text
    typed = {"status": "refugee", "decision_number": "77/2026"} | DECIDED
    refused = clerk.submit(f"/cases/{lodged.request_id}/grant", typed | {"decision_number": ""})
    assert refused.status_code == 400
    assert sentence_beside(refused, "decision_number")
    assert clerk.submit(f"/cases/{lodged.request_id}/grant", typed).status_code == 303
    assert WORK in clerk.get(page).text  # what a refugee is read, no more what an applicant is
    waits = clerk.get("/granted").text
    assert page in waits
    assert "not told yet" in waits
    with office.reading() as look:
        person_id = look.session.query(Grant).one().person_id
    people.lodge(changed(LAYLA, case_reference="2026/TM/2", person_id=person_id))
    with office.reading() as look:
        assert look.session.query(Grant).one().ended_because == "requested"


@carrying(TID)
def test_a_grant_that_was_none_is_taken_back(clerk: Browser, office: Office, lodged: Case) -> None:
    typed = {"status": "refugee", "decision_number": "77/2026"} | DECIDED
    clerk.submit(f"/cases/{lodged.request_id}/grant", typed)
    end = f"/cases/{lodged.request_id}/grant/end"
    assert clerk.submit(end, {"because": ""}).status_code == 400
    assert clerk.submit(end, {"because": "mistaken"}).status_code == 303
    assert "Nobody waits." in clerk.get("/granted").text


@pytest.mark.parametrize("language", ["ro", "ar", "uk", "ps"])
def test_the_paper_is_in_both_languages(clerk: Browser, lodged: Case, language: str) -> None:
    answer = clerk.get(f"/cases/{lodged.request_id}/rights.pdf?language={language}")
    assert answer.mimetype == "application/pdf"
    with pypdfium2.PdfDocument(answer.data) as document:
        text = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)
    assert "Puteți munci" in text
    assert "2026-11-30" in text
    assert ("працювати" in text) == (language == "uk")


def test_another_centre_reads_nothing(client: Browser, login: Login, people: SmallOffice) -> None:
    request_id: UUID = people.lodge(changed(LAYLA, centre="galati"))
    login(client, RoleName.CLERK)
    assert client.get(f"/cases/{request_id}/rights").status_code in (302, 403)
    assert str(request_id) not in client.get("/granted").text
