"""A family of five: lodged with its common data typed once, printed together, handed over one after another."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import select

from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.services.casework.decisions import Entitlement
from issuance.values import references
from tests.people import SmallOffice
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import FORM, case_of, counts, sentence_beside

MEMBERS = (
    ("Amal", "F", (3, 4, 1972), "spouse"),
    ("Yusuf", "M", (1, 6, 2015), "child"),
    ("Sara", "F", (9, 8, 2018), "child"),
    ("Huda", "F", (5, 5, 1945), "parent"),
)
ENTITLEMENT = Entitlement("1342/2026", dt.date(2026, 10, 17))
TYPED = {"given_names", "native_name", "birth_date", "birth_place", "sex", "travel_document_shown", "tie", "evidence"}
"""What a clerk types of each further member; everything else is on the page already."""


def shown(page: str) -> dict[str, str]:
    """What the form holds when it is opened: boxes, the chosen radios, the selected options."""
    tags = re.findall(r"<input[^>]*>", page)
    found: dict[str, str] = {}
    for tag in tags:
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and ('type="radio"' not in tag or " checked" in tag) and 'type="checkbox"' not in tag:
            found[name.group(1)] = html.unescape(value.group(1))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', options)
        found[name] = chosen.group(1) if chosen else ""
    return {name: value for name, value in found.items() if name != "csrf_token"}


@pytest.fixture
def family(client: Browser, office: Office, people: SmallOffice) -> list[UUID]:
    """The five requests, lodged on the pages."""
    clerk = sit_down(client, office, people, "clerk")
    assert clerk.submit("/desk/lodge", FORM).status_code == 303
    with office.reading() as look:
        first = look.session.scalars(select(IssuanceRequest.id)).one()
    for given, sex, (day, month, year), tie in MEMBERS:
        born = {"birth_date-day": str(day), "birth_date-month": str(month), "birth_date-year": str(year)}
        own = {"given_names": given, "sex": sex, "birth_place": "Homs", "tie": tie, "evidence": "family booklet"} | born
        own |= {"travel_document_shown": "none"}
        there = shown(clerk.get(f"/cases/{first}/member").text)
        assert {name.partition("-")[0] for name, value in own.items() if there.get(name) != value} <= TYPED
        answer = clerk.submit(f"/cases/{first}/member", there | own)
        assert answer.status_code == 303, sentence_beside(answer, "representative")
    with office.reading() as look:
        return list(look.session.scalars(select(IssuanceRequest.id).order_by(IssuanceRequest.id)))


def make(people: SmallOffice, request_id: UUID) -> str:
    """The request carried until its document waits for its holder; its number."""
    people.enrol(request_id)
    document_id = people.approve(request_id, ENTITLEMENT)
    people.prepare(document_id)
    people.make(claim=people.claim())
    assert people.check(document_id, people.readings(document_id))
    with people.reading() as look:
        return look.session.get_one(Document, document_id).number


def test_a_family_of_five_comes_and_goes_together(
    client: Browser, office: Office, people: SmallOffice, family: list[UUID]
) -> None:
    page = client.get(f"/cases/{family[0]}/family").text
    for given, _, _, _ in MEMBERS:
        assert f"Haddad {given}" in page
    yusuf = case_of_person(office, "Yusuf")
    assert yusuf[1] == "Haddad Karim (parent)"
    receipts = client.get(f"/cases/{family[0]}/family/receipts.pdf")
    with pypdfium2.PdfDocument(receipts.data) as paper:
        assert len(paper) == len(family)
    people.open_shift()
    numbers = {request_id: make(people, request_id) for request_id in family}
    clerk = sit_down(client, office, people, "second_clerk")
    lines = re.findall(r"<tr data-row>.*?</tr>", clerk.get("/desk/ready").text, re.DOTALL)
    assert len(lines) == 1
    assert "with family: 5 together" in lines[0]
    start = re.search(r'href="(/cases/[^"]+/hand-over\?together=1)"', lines[0])
    assert start
    address, given_out = start.group(1), []
    while "/hand-over" in address:
        request_id = UUID(address.split("/")[2])
        values = fields(clerk, office, address, numbers[request_id])
        answer = clerk.submit(address, values, content_type="multipart/form-data")
        assert answer.status_code == 303, answer.text[-3000:]
        given_out.append(request_id)
        address = answer.headers["Location"]
    assert sorted(given_out) == sorted(family)
    with office.reading() as look:
        assert {str(each.state) for each in look.session.scalars(select(Document))} == {"valid"}


def test_the_production_room_sees_one_block_without_names(
    client: Browser, office: Office, people: SmallOffice, family: list[UUID]
) -> None:
    alone = people.lodge()
    for request_id in (family[0], alone, family[2]):
        people.enrol(request_id)
        people.prepare(people.approve(request_id, ENTITLEMENT))
    with office.reading() as look:
        grouped = {
            each.id: references.grouped(each.reference) for each in look.session.scalars(select(IssuanceRequest))
        }
    page = sit_down(client, office, people, "operator").get("/production/jobs").text
    rows = [re.sub(r"<[^>]*>|\s+", " ", row) for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL)[1:]]
    heading, *shown = [re.sub(r"\s+", " ", row).strip() for row in rows]
    assert heading.startswith("Family of 5, 2 ready not here:")
    assert [each for each in family if grouped[each] in heading] == [family[1], family[3], family[4]]
    assert [next(each for each in grouped if grouped[each] in row) for row in shown] == [family[0], family[2], alone]
    assert not [given for given, *_ in MEMBERS if given in page]


def test_each_case_says_what_it_is_printed_with(
    client: Browser, office: Office, people: SmallOffice, family: list[UUID]
) -> None:
    clerk = sit_down(client, office, people, "clerk")
    for request_id in family:
        page = clerk.get(f"/cases/{request_id}").text
        (printed_with,) = re.findall(r"<dt>Printed with</dt><dd>(.*?)</dd>", page, re.DOTALL)
        assert {UUID(each) for each in re.findall(r"/cases/([0-9a-f-]{36})\"", printed_with)} == set(family) - {
            request_id
        }
    assert "Printed with" not in clerk.get(f"/cases/{people.lodge()}").text


def test_whoever_must_not_wait_brings_the_line_of_the_family_ahead(
    client: Browser, office: Office, people: SmallOffice, family: list[UUID]
) -> None:
    people.open_shift()
    alone = people.lodge()
    for request_id in (alone, family[0], family[4]):
        make(people, request_id)
    with office.upkeep() as look:
        look.session.get_one(IssuanceRequest, family[4]).person.vulnerable = True
    page = sit_down(client, office, people, "second_clerk").get("/desk/ready").text
    assert re.findall(r'<tr data-row>.*?href="/cases/([^"]+)"', page, re.DOTALL) == [str(family[4]), str(alone)]


def case_of_person(office: Office, given_names: str) -> tuple[UUID, str]:
    with office.reading() as look:
        cases = look.session.scalars(select(IssuanceRequest)).all()
        return next((each.id, each.representative) for each in cases if each.person.given_names == given_names)


def fields(clerk: Browser, office: Office, address: str, number: str) -> dict[str, Any]:
    """A complete hand-over; with a minor stands who is offered."""
    page = clerk.get(address).text
    present = re.findall(r'name="representative_present"[^>]*value="([^"]+)"', page)
    return {
        "version": case_of(office, UUID(address.split("/")[2])).version,
        "identity_confirmed_by": "portrait",
        "scanned_number": number,
        "notice_language": "ar",
        "notice_signed": "yes",
        "signature": "",
        "refusal": "cannot write",
    } | ({"representative_present": present[0]} if present else {})


def test_a_member_is_lodged_with_the_link_or_not_at_all(client: Browser, office: Office, people: SmallOffice) -> None:
    clerk = sit_down(client, office, people, "clerk")
    clerk.submit("/desk/lodge", FORM)
    with office.reading() as look:
        first = look.session.scalars(select(IssuanceRequest.id)).one()
    there = shown(clerk.get(f"/cases/{first}/member").text)
    own = {"given_names": "Old", "sex": "M", "tie": "child", "evidence": "family booklet"}
    own |= {"travel_document_shown": "none"}
    born = {"birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1940"}
    answer = clerk.submit(f"/cases/{first}/member", there | own | born)
    assert (answer.status_code, counts(office)) == (400, (1, 1))
    assert "not younger than the adult" in html.unescape(answer.text)


def test_a_member_sent_twice_is_lodged_once(client: Browser, office: Office, people: SmallOffice) -> None:
    clerk = sit_down(client, office, people, "clerk")
    clerk.submit("/desk/lodge", FORM)
    with office.reading() as look:
        first = look.session.scalars(select(IssuanceRequest.id)).one()
    there = shown(clerk.get(f"/cases/{first}/member").text)
    given, sex, _, tie = MEMBERS[0]
    own = {"given_names": given, "sex": sex, "tie": tie, "evidence": "family booklet", "travel_document_shown": "none"}
    born = {"birth_date-day": "3", "birth_date-month": "4", "birth_date-year": "1972"}
    answers = [clerk.submit(f"/cases/{first}/member", there | own | born) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert counts(office) == (2, 2)
