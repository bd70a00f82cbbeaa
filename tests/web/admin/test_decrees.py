"""The pages of decrees: written down by one administrator, agreed by another, replaced and ended; and what is told."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from issuance.models.documents import Document
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.people import Case, SmallOffice
from tests.web.admin.conftest import Administrator
from tests.web.conftest import Browser, Login

DAY = dt.timedelta(days=1)


def boxes(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}-year": str(day.year), f"{name}-month": str(day.month), f"{name}-day": str(day.day)}


def legal(office: Office, reference: str = "HG 12/2027", **more: Any) -> dict[str, Any]:
    today = office.clock.today()
    said = {"reference": reference, "article": "art. 3", "text": "Rămân valabile.\nPână la o dată ulterioară."}
    return {**said, **boxes("gazette_day", today), **boxes("from_day", today), **more}


def whole(office: Office, until: dt.date, **more: Any) -> dict[str, Any]:
    """Every residence permit of a refugee that there is."""
    today = office.clock.today()
    days = boxes("printed_from", today - 9 * DAY) | boxes("printed_to", today + 2000 * DAY) | boxes("until", until)
    return legal(office, types=["RP-R"], **days, **more)


def written(first: Browser, office: Office, until: dt.date) -> str:
    """Its address."""
    answer = first.submit("/decrees/write", whole(office, until))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_two_administrators_let_documents_hold_longer_and_end_it(
    first: Browser, second: Browser, office: Office, people: SmallOffice, checked: Case
) -> None:
    people.hand_over(checked.request_id, checked.number)
    until = office.clock.today() + 2100 * DAY
    address = written(first, office, until)
    assert "You wrote this decree down." in first.get(address).text
    assert first.submit(f"{address}/agree").status_code == 403
    page = second.get(address).text
    assert "Residence permit (refugee)" in page
    assert "<dd>1 document</dd>" in page
    assert "Până la o dată ulterioară." in page
    assert second.submit(f"{address}/agree").status_code == 303
    assert "These documents hold until" in second.get(address).text
    assert "HG 12/2027" in second.get("/decrees").text

    shown = first.get(f"{address}/end").text
    assert "End HG 12/2027" in shown
    assert "printed_from" not in shown
    answer = first.submit(f"{address}/end", legal(office, "HG 40/2027"))
    end = str(answer.headers["Location"])
    assert second.submit(f"{end}/agree").status_code == 303
    assert "Followed by" in first.get(address).text
    assert first.submit(f"{address}/end", legal(office, "HG 41/2027")).status_code == 409


def test_a_later_act_replaces_one_with_its_class_filled_in(first: Browser, second: Browser, office: Office) -> None:
    until = office.clock.today() + 2100 * DAY
    address = written(first, office, until)
    second.submit(f"{address}/agree")
    page = first.get(f"{address}/replace").text
    assert "Replace HG 12/2027" in page
    assert re.search(r'value="RP-R" checked', page)
    answer = first.submit(f"{address}/replace", whole(office, until + DAY, reference="HG 50/2027"))
    later = str(answer.headers["Location"])
    assert "in the place of HG 12/2027" in first.get("/decrees").text
    assert second.submit(f"{later}/decline").status_code == 303
    assert "Nothing" not in second.get(later).text
    assert second.submit(f"{later}/agree").status_code == 409


def test_what_is_typed_wrongly_is_marked_and_stays(first: Browser, office: Office) -> None:
    answer = first.submit("/decrees/write", whole(office, office.clock.today(), reference="HG 9/2027"))
    assert answer.status_code == 400
    assert "They would hold no longer than is printed." in answer.text
    assert 'value="HG 9/2027"' in answer.text
    answer = first.submit("/decrees/write", legal(office, text=""))
    assert answer.text.count("Fill this in.") >= 1


def test_an_auditor_reads_and_nobody_else_does(client: Browser, login: Login) -> None:
    login(client, RoleName.AUDITOR)
    page = client.get("/decrees")
    assert page.status_code == 200
    assert "Write a decree down" not in page.text
    assert client.get("/decrees/write").status_code == 403


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Your document is valid until"), ("ro", "prin actul"), ("ar", "بموجب القرار")]
)
def test_the_holder_and_whoever_is_shown_the_document_are_told(
    client: FlaskClient,
    administrator_of: Administrator,
    office: Office,
    people: SmallOffice,
    checked: Case,
    language: str,
    said: str,
) -> None:
    people.hand_over(checked.request_id, checked.number)
    one, other = administrator_of("one", "timisoara"), administrator_of("other", "timisoara")
    until = office.clock.today() + 2100 * DAY
    other.submit(f"{written(one, office, until)}/agree")
    with office.reading() as look:
        document = look.session.get_one(Document, checked.document_id)
        reference, born, last = document.request.reference, document.person.birth_date, document.expiry_date
    assert last
    date = dict(zip(("birth_date-year", "birth_date-month", "birth_date-day"), born.split("-"), strict=True))
    date = {f"{k}-unknown" if "X" in v else k: "1" if "X" in v else v for k, v in date.items()}
    status = client.post("/status", data={"reference": reference, **date}, query_string={"lang": language})
    assert said in status.text
    assert "<bdi>HG 12/2027</bdi>" in status.text
    typed = {"number": checked.number, "date": f"{last:%d.%m.%Y}"}
    verified = client.post("/verify/number", data=typed, query_string={"lang": language})
    assert "HG 12/2027" in verified.text
