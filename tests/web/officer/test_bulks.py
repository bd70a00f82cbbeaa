"""The pages of what is approved together: ticked in the list, drawn, opened, released; two tabs, and sent twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, insert, select

from issuance.models.documents import Document
from issuance.models.duties import Bulk
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.services.life import endings
from tests import bulks
from tests.bulks import displaced
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.centre.shared import case_of, hidden, sit_down
from tests.web.conftest import Browser

MOST_STATEMENTS = 40
"""Of a list with its rail, as in `test_full_register`."""

MOST_OF_A_CASE = 45
"""Of one case: opened and recorded, then drawn in a session of its own; more is asked when it was drawn by lot."""

LIST = "/decisions/?type=TPP"


@pytest.fixture
def officer(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "decision_officer")


def draw(officer: Browser, ids: list[UUID]) -> str:
    """Tick these and draw: the address of what was drawn."""
    answer = officer.submit("/decisions/together/", {"type": "TPP", "case": [str(each) for each in ids]})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def approve(officer: Browser, request_id: UUID) -> str:
    answer = officer.submit(f"/decisions/{request_id}", hidden(officer.get(f"/decisions/{request_id}").text))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def bulk_id_of(address: str) -> UUID:
    return UUID(address.rpartition("/")[2])


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    """What is asked of the register from now on."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append(statement)

    event.listen(office.database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(office.database.engine, "before_cursor_execute", note)


def test_only_what_may_be_approved_together_can_be_ticked(officer: Browser, people: SmallOffice) -> None:
    good = bulks.complete(people, 2)
    typed = bulks.complete_one(people, displaced(5, source="hand", case_reference=""))
    lacking = bulks.complete_one(people, displaced(6), brought=())
    page = officer.get(LIST).text
    assert set(re.findall(r'name="case" value="([^"]+)"', page)) == {str(each) for each in good}
    assert "typed by hand at the desk" in page[page.index(str(typed)) :]
    assert "a paper is missing" in page[page.index(str(lacking)) :]
    assert 'name="case"' not in officer.get("/decisions/").text


def test_twenty_are_drawn_opened_and_approved(officer: Browser, people: SmallOffice, office: Office) -> None:
    ids = bulks.complete(people, 5)
    address = draw(officer, ids)
    bulk_id = bulk_id_of(address)
    page = officer.get(address).text
    assert "3 requests are drawn by lot" in page
    assert "/approve" not in page
    refused = officer.submit(f"{address}/approve")
    assert (refused.status_code, "3 of the drawn requests wait" in officer.get(address).text) == (303, True)
    for each in bulks.drawn(people, bulk_id):
        assert "Drawn by lot" in officer.get(f"/decisions/{each}").text
        assert approve(officer, each) == address
    assert "Approve 2 together" in officer.get(address).text
    for _ in range(2):  # Enter twice
        assert officer.submit(f"{address}/approve").status_code == 303
    assert "You may leave this page" in officer.get(address).text
    bulks.finish(people, bulk_id)
    page = officer.get(address).text
    assert "5 of 5 approved." in page
    assert {case_of(office, each).state for each in ids} == {"approved"}


def test_half_of_a_bulk_is_shown_with_its_reasons(officer: Browser, people: SmallOffice, office: Office) -> None:
    ids = bulks.complete(people, 5)
    address = draw(officer, [*ids, bulks.complete_one(people, displaced(30), brought=())])
    bulk_id = bulk_id_of(address)
    for each in bulks.drawn(people, bulk_id):
        approve(officer, each)
    one, _ = [row.request_id for row in bulks.rows(people, bulk_id) if not row.outcome]
    officer.submit(f"{address}/approve")
    with people.act(people.actors["clerk"]) as act:
        bulks.change(act, one, "brought a letter")
    bulks.finish(people, bulk_id)
    page = officer.get(address).text
    assert "4 of 6 approved." in page
    assert "2 are not, because of what stands beside them" in page
    left = page[page.index("To be decided one by one") :]
    assert "changed meanwhile" in left
    assert "a paper is missing" in left
    assert case_of(office, one).state == "complete"


def test_drawing_twice_leads_to_what_was_drawn(officer: Browser, people: SmallOffice, office: Office) -> None:
    ids = bulks.complete(people, 4)
    first = draw(officer, ids)
    assert draw(officer, ids) == first
    assert draw(officer, ids[:2]) == first
    with office.database.reading() as session:
        assert len(session.scalars(select(Bulk)).all()) == 1
    page = officer.get(LIST).text
    assert "4 requests are drawn to be approved together." in page
    assert "taken in today already" in page
    assert 'name="case"' not in page


@pytest.mark.parametrize(("ticked", "said"), [([], "Tick the requests"), (["nothing"], "not the register&#39;s")])
def test_nothing_ticked_says_what_to_do(officer: Browser, people: SmallOffice, ticked: list[str], said: str) -> None:
    bulks.complete(people, 1)
    answer = officer.submit("/decisions/together/", {"type": "TPP", "case": ticked})
    assert (answer.status_code, answer.headers["Location"]) == (303, LIST)
    assert said in officer.get(LIST).text


def test_a_drawn_case_that_is_sent_back_stops_the_rest(officer: Browser, people: SmallOffice) -> None:
    address = draw(officer, bulks.complete(people, 5))
    first = bulks.drawn(people, bulk_id_of(address))[0]
    page = officer.get(f"/decisions/{first}/send-back").text
    answer = officer.submit(f"/decisions/{first}/send-back", hidden(page) | {"missing": "proof_of_residence"})
    assert answer.headers["Location"] == address
    page = officer.get(address).text
    assert "Stopped: a drawn request was not approved." in page
    assert 'action="' + address not in page
    officer.submit(f"{address}/approve")
    assert "decided one by one" in officer.get(address).text


def test_another_officers_draw_is_not_there(officer: Browser, people: SmallOffice, client: Browser) -> None:
    bulk_id = bulks.draw(people, bulks.complete(people, 4))
    assert officer.get(f"/decisions/together/{bulk_id}").status_code == 200
    assert officer.get(f"/decisions/together/{uuid4()}").status_code == 404
    people.becomes(people.actors["second_clerk"], "decision_officer")  # type: ignore[arg-type]
    client.take_session(people.actors["second_clerk"].id)  # type: ignore[arg-type]
    assert client.get(f"/decisions/together/{bulk_id}").status_code == 404
    assert client.submit(f"/decisions/together/{bulk_id}/approve").status_code == 404


def test_earlier_documents_are_shown_with_their_ends(officer: Browser, people: SmallOffice, checked: Case) -> None:
    people.hand_over(checked.request_id, checked.number)
    with people.act(people.actors["clerk"]) as act:
        document = act.session.get_one(Document, checked.document_id)
        endings.end(act, document, "damaged", "water", given_back=True)
    later = changed(LAYLA, kind="replacement", previous_document=checked.number, case_reference="2026/TM/0002")
    request_id = people.carry("complete", changed(later, replacement_reason="damaged")).request_id
    page = officer.get(f"/decisions/{request_id}").text
    earlier = page[page.index("Earlier documents of the person") :]
    assert checked.number in earlier
    assert "Damaged" in earlier


def test_somebody_alike_is_an_exception_of_the_page(officer: Browser, people: SmallOffice) -> None:
    (first,) = bulks.complete(people, 1, first=3)
    assert "alike in the register" not in officer.get(f"/decisions/{first}").text
    people.lodge(displaced(3, family_name="Kowal", case_reference="2026/TP/0700"))
    page = officer.get(f"/decisions/{first}").text
    assert "alike in the register: 1" in page
    assert "Kowal" not in page  # who they are is shown where it is recorded


def test_a_list_of_ten_thousand_is_paged_and_asks_once_for_all_rows(
    officer: Browser, people: SmallOffice, office: Office
) -> None:
    ids = bulks.complete(people, 6)
    multiply(office, ids[0], 10_000)
    address = draw(officer, ids)
    cases = dict.fromkeys((f"/decisions/{each}" for each in ids), MOST_OF_A_CASE)  # some were drawn by lot
    for page, most in (dict.fromkeys((LIST, "/decisions/", address), MOST_STATEMENTS) | cases).items():
        officer.get(page)
        with statements(office) as asked:
            answer = officer.get(page)
        assert answer.status_code == 200
        assert len(asked) <= most, (page, len(asked))
    page = officer.get(LIST).text
    assert page.count("<tr data-row>") == 50
    assert "Page 1 of 201" in page


def multiply(office: Office, request_id: UUID, count: int) -> None:
    """So many rows like this one, each of a person of their own."""
    with office.database.transaction() as session:
        request = session.get_one(IssuanceRequest, request_id)
        person = session.get_one(Person, request.person_id)
        of_person, of_request = columns(person), columns(request)
        made = [uuid4() for _ in range(count)]
        session.execute(insert(Person), [of_person | {"id": key, "eurodac_reference": None} for key in made])
        own = [{"id": uuid4(), "person_id": key, "reference": key.hex[:11], "case_reference": None} for key in made]
        session.execute(insert(IssuanceRequest), [of_request | each | {"mark": None} for each in own])


def columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
