"""The pages of documents of before: brought by one administrator, agreed to by another on the same page."""

from __future__ import annotations

import csv
import io
import re
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.chores import legacy
from issuance.db import uuid7
from issuance.models.documents import Document
from issuance.models.endings import ToldLoss
from issuance.office import Office
from tests.integration.legacy.filed import OMAR, of, take_over, written
from tests.integration.legacy.test_alike import ALIKE
from tests.integration.life.test_retention import second_administrator
from tests.people import LAYLA, Case, SmallOffice
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser


def test_two_administrators_take_documents_over(client: Browser, people: SmallOffice, office: Office) -> None:
    administrator = sit_down(client, office, people, "administrator")
    assert "No file was brought yet" in administrator.get("/legacy").text
    data = written(OMAR, OMAR | {"number": "IGI00X"})
    answer = administrator.submit("/legacy", {"file": (io.BytesIO(data), "before.csv")})
    assert answer.status_code == 303
    address = answer.headers["Location"]
    file_id = of(people, address_id(address)).id
    while legacy.check_next(office, file_id):
        pass
    page = administrator.get(address).text
    assert "You brought this file. Another administrator agrees to it." in page
    assert "ends in six digits" in page
    assert "Haddad" not in page
    assert administrator.submit(f"{address}/agree", {"without_refused": "yes"}).status_code == 403
    other = second_administrator(people)
    assert other.id
    client.take_session(other.id)
    refused = client.submit(f"{address}/agree")
    assert "1 lines are refused" in refused.text
    assert client.submit(f"{address}/agree", {"without_refused": "yes"}).status_code == 303
    while legacy.keep_next(office, file_id):
        pass
    assert "1 document taken over" in client.get(address).text
    clerk = sit_down(client, office, people, "clerk")
    assert "Haddad" in clerk.look_up(OMAR["number"]).text


def address_id(address: str) -> UUID:
    found = re.search(r"[0-9a-f-]{36}", address)
    assert found
    return UUID(found[0])


@pytest.mark.parametrize("role", ["clerk", "supervisor", "auditor", "decision_officer"])
def test_its_case_document_and_person_open_as_any_other(
    client: Browser, people: SmallOffice, office: Office, role: str
) -> None:
    take_over(people, OMAR)
    with office.reading() as look:
        found = look.session.scalars(select(Document)).one()
    reader = sit_down(client, office, people, role)
    for address in (
        f"/cases/{found.request_id}",
        f"/cases/{found.request_id}/documents/{found.id}",
        f"/persons/{found.person_id}",
    ):
        page = reader.get(address, follow_redirects=True)
        assert page.status_code == 200, address
        assert "Haddad" in page.text
        assert OMAR["number"] in page.text, address


def test_a_file_of_something_else_is_refused_beside_the_box(
    client: Browser, people: SmallOffice, office: Office
) -> None:
    administrator = sit_down(client, office, people, "administrator")
    answer = administrator.submit("/legacy", {"file": (io.BytesIO(b"a,b\n1,2\n"), "x.csv")})
    assert answer.status_code == 400
    assert "The first line must name the columns" in answer.text


def test_the_same_file_leads_to_what_became_of_it_and_is_stopped(
    client: Browser, people: SmallOffice, office: Office
) -> None:
    administrator = sit_down(client, office, people, "administrator")
    first, again = (
        administrator.submit("/legacy", {"file": (io.BytesIO(written(OMAR)), "x.csv")}).headers["Location"]
        for _ in range(2)
    )
    assert first == again
    administrator.submit(f"{first}/stop")
    assert "Stopped. What is taken over stays" in administrator.get(first).text


def test_whose_a_document_is_another_administrator_says_on_the_page(
    client: Browser, people: SmallOffice, office: Office
) -> None:
    people.lodge(LAYLA)
    administrator = sit_down(client, office, people, "administrator")
    data = written(OMAR, ALIKE, OMAR | {"number": "=X"})
    address = administrator.submit("/legacy", {"file": (io.BytesIO(data), "x.csv")}).headers["Location"]
    file_id = address_id(address)
    while legacy.check_next(office, file_id):
        pass
    page = administrator.get(address).text
    assert "1 line names somebody like a person of the register" in page
    assert "Another administrator says whose these documents are" in page
    found = administrator.get(f"{address}/findings.csv")
    rows = list(csv.DictReader(io.StringIO(found.data.decode("utf-8-sig"))))
    assert [(row["number"], bool(row["what_to_do"])) for row in rows] == [(ALIKE["number"], True), ("'=X", True)]
    other = second_administrator(people)
    client.take_session(other.id)
    page = client.get(f"{address}/who").text
    for words in ("Al Masri", "None of them: a new person", "Set aside: leave this line out", ALIKE["number"]):
        assert words in page
    shown = re.findall(r'name="shown-(\d+)" value="([^"]+)"', page)
    ((line, ids),) = shown
    sent = {f"person-{line}": ids.split()[0], f"shown-{line}": ids}
    assert client.submit(f"{address}/who", sent).status_code == 303
    assert "Nothing is to be decided here any more" in client.get(f"{address}/who").text
    client.submit(f"{address}/agree", {"without_refused": "yes"})
    while legacy.keep_next(office, file_id):
        pass
    assert (of(people, file_id).lodged, of(people, file_id).alike) == (2, 0)


def test_its_holder_sees_it_by_its_number_and_tells_of_its_loss(
    client: Browser, people: SmallOffice, office: Office
) -> None:
    """Nobody gave a reference: the number stands for it, and only with the birth date."""
    take_over(people, OMAR)
    asked = {"reference": "igi 0012345", "birth_date-day": "17", "birth_date-month": "5", "birth_date-year": "1988"}
    page = client.post("/status", data=asked)
    assert page.status_code == 200
    assert "Haddad" not in page.text
    assert client.post("/status", data=asked | {"birth_date-year": "1989"}).status_code == 404
    carried = re.search(r'name="carried" value="([^"]+)"', page.text)
    assert carried
    noticed = {"noticed_on-day": "1", "noticed_on-month": "10", "noticed_on-year": "2026"}
    told = client.post("/status/loss", data={"carried": carried[1], "kind": "lost", **noticed})
    assert told.status_code == 200
    with office.reading() as look:
        assert len(look.session.scalars(select(ToldLoss)).all()) == 1


def test_a_number_of_our_own_opens_no_status(
    client: Browser, people: SmallOffice, office: Office, checked: Case
) -> None:
    with office.reading() as look:
        number = look.session.get_one(Document, checked.document_id).number
    asked = {"reference": number, "birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1992"}
    assert client.post("/status", data=asked).status_code == 404


@pytest.mark.parametrize("act", ["", "/agree", "/stop", "/who"])
def test_no_such_file_is_not_found(client: Browser, people: SmallOffice, office: Office, act: str) -> None:
    administrator = sit_down(client, office, people, "administrator")
    address = f"/legacy/{uuid7()}{act}"
    answer = administrator.submit(address) if act else administrator.get(address)
    assert answer.status_code == 404
