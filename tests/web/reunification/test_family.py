"""A family asked for, decided on, and its return title lodged, as the desk and the officer walk it (E13)."""

from __future__ import annotations

import re

import pypdfium2
from sqlalchemy import select

from issuance.models.requests import IssuanceRequest
from issuance.models.reunification import Reunification
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.people import Case
from tests.web.centre.shared import hidden
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

ENTERED = {"entered_on-day": "1", "entered_on-month": "3", "entered_on-year": "2024"}
HUSBAND = {
    "tie": "spouse",
    "family_name": "Al-Masri",
    "given_names": "Karim",
    "birth_date-day": "2",
    "birth_date-month": "4",
    "birth_date-year": "1988",
    "birth_place": "Halab",
    "sex": "M",
    "nationality": "SYR",
    "language": "ar",
    "married_on-day": "1",
    "married_on-month": "6",
    "married_on-year": "2015",
    "evidence": "marriage certificate 12/2015",
}
SON = HUSBAND | {
    "tie": "child",
    "given_names": "Sami",
    "birth_date-year": "2018",
    "married_on-day": "",
    "married_on-month": "",
    "married_on-year": "",
    "unmarried": "yes",
    "dependent": "yes",
}


def only(office: Office) -> Reunification:
    with office.reading() as look:
        row = look.session.scalars(select(Reunification)).unique().one()
        assert row.members is not None
        return row


def asked(client: Browser, office: Office, lodged: Case) -> str:
    """The page of a request with two members, as the clerk took it in."""
    at = f"/cases/{lodged.request_id}/reunification"
    assert at in client.get(f"/cases/{lodged.request_id}").text
    assert client.submit(at, ENTERED).status_code == 303
    page = f"{at}/{only(office).id}"
    for member in (HUSBAND, SON):
        assert client.submit(f"{page}/members", member).status_code == 303
    return page


def test_a_family_is_asked_for_decided_and_comes(client: Browser, login: Login, office: Office, lodged: Case) -> None:
    login(client, RoleName.CLERK)
    page = asked(client, office, lodged)
    assert page in client.get("/reunification").text
    assert client.submit(f"{page}/complete").status_code == 303
    paper = pypdfium2.PdfDocument(client.get(f"{page}/receipt.pdf").data)
    assert "Al-Masri Karim" in paper[0].get_textpage().get_text_range()
    login(client, RoleName.DECISION_OFFICER)
    assert page in client.get("/reunification").text
    husband, son = only(office).members
    said = {f"outcome-{husband.id}": "approved", f"outcome-{son.id}": "refused"}
    refused = client.submit(f"{page}/decide", said)
    assert sentence_beside(refused, f"reason-{son.id}")
    assert client.submit(f"{page}/decide", said | {f"reason-{son.id}": "Nu este dovedit."}).status_code == 303
    paper = pypdfium2.PdfDocument(client.get(f"{page}/decision.pdf").data)
    assert "Nu este dovedit." in paper[0].get_textpage().get_text_range()
    login(client, RoleName.CLERK)
    (title,) = re.findall(rf'href="({page}/members/[^"]+/title)"', client.get(page).text)
    form = hidden(client.get(title).text)
    assert client.submit(title, form | {"centre": "timisoara"}).status_code == 303
    with office.reading() as look:
        request = look.session.scalars(select(IssuanceRequest).where(IssuanceRequest.document_type == "RT")).one()
        assert (request.person.full_name, request.person.birth_place) == ("Al-Masri Karim", "Halab")
    case = client.get(f"/cases/{request.id}").text
    assert "family reunification, decided here" in case
    assert client.get(title).status_code == 409
    assert client.submit(f"{page}/close", {"because": "arrived"}).status_code == 409
    assert client.submit(f"{page}/close", {"because": "not_coming"}).status_code == 303
    assert page not in client.get("/reunification").text


def test_who_is_no_family_is_told_so_with_the_article(
    client: Browser, login: Login, office: Office, lodged: Case
) -> None:
    login(client, RoleName.CLERK)
    page = asked(client, office, lodged)
    answer = client.submit(f"{page}/members", HUSBAND | {"tie": "partner", "given_names": "Omar"})
    assert "Law 122/2006, Art 2(j)" in sentence_beside(answer, "tie")
    assert 'value="Omar"' in answer.text, "what was typed stays"
    married = HUSBAND | {"given_names": "Omar", "married_on-year": "2025"}
    answer = client.submit(f"{page}/members", married)
    assert "A spouse is family only when they married before the entry into Romania" in answer.text
    for name, value in (("birth_date-month", "13"), ("nationality", "???"), ("family_name", ""), ("sex", "x")):
        assert client.submit(f"{page}/members", HUSBAND | {name: value}).status_code == 400, name
    assert len(only(office).members) == 2
    assert client.submit(f"{page}/missing", {}).status_code == 400
    assert client.submit(f"{page}/missing", {"missing": ["kinship", "consent"]}).status_code == 303
    assert "Consent of the other parent" in client.get(page).text
    member = only(office).members[1]
    assert client.submit(f"{page}/members/{member.id}/remove").status_code == 303
    assert client.submit(f"{page}/members/{member.id}/remove").status_code == 404
    assert client.submit(f"{page}/entered", ENTERED | {"entered_on-year": "2025"}).status_code == 303


def test_who_took_it_in_does_not_decide(client: Browser, login: Login, office: Office, lodged: Case) -> None:
    login(client, RoleName.DECISION_OFFICER)
    at = f"/cases/{lodged.request_id}/reunification"
    assert client.submit(at, ENTERED).status_code == 303
    page = f"{at}/{only(office).id}"
    client.submit(f"{page}/members", HUSBAND)
    client.submit(f"{page}/complete")
    assert "You took this request in. Another officer decides on it." in client.get(page).text
    answer = client.submit(f"{page}/decide", {f"outcome-{only(office).members[0].id}": "approved"})
    assert answer.status_code == 403
    ex_officio = client.submit(at, ENTERED | {"ex_officio": "yes"})
    assert "Law 122/2006, Art 72" in ex_officio.text


def test_a_file_of_another_case_is_not_there(client: Browser, login: Login, office: Office, lodged: Case) -> None:
    login(client, RoleName.CLERK)
    at = f"/cases/{lodged.request_id}/reunification/{lodged.request_id}"
    for path in (at, f"{at}/receipt.pdf", f"{at}/decision.pdf"):
        assert client.get(path).status_code == 404
