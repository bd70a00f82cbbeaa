"""The pages of stacks: the operator declares and counts, the officer scans, the supervisor finds what is in doubt."""

from __future__ import annotations

import html
import re
from uuid import UUID

import pytest
from sqlalchemy import select

from card_drivers.order import Abilities, DeviceStatus, Outcome, Result
from issuance.models.documents import Document
from issuance.models.staff import Shift, Station
from issuance.models.stock import Blank, Stack, StackCard, StrayBlank
from issuance.office import Office
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.stacks import without_serials
from tests.web.centre.shared import document_of, hidden, sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import sentence_beside

BLANKS = "/oversight/blanks"


@pytest.fixture
def operator(client: Browser, office: Office, people: SmallOffice) -> Browser:
    without_serials(people).open_shift()
    return sit_down(client, office, people, "operator")


def address(people: SmallOffice, page: str) -> str:
    return f"/production/stations/{people.station.id}{page}"


def declare(browser: Browser, people: SmallOffice, first: str, last: str, missing: str = ""):  # type: ignore[no-untyped-def]
    return browser.submit(address(people, "/stack"), {"first": first, "last": last, "missing": missing})


def print_one(people: SmallOffice, number: int = 0) -> Case:
    """One permit in the tray of a printer that reads no serial."""
    name = ("Layla", "Amina", "Nour", "Sara")[number]
    lodging = changed(LAYLA, given_names=name, native_name="", case_reference=f"2026/TM/{7000 + number}")
    case = people.carry("claimed", lodging)
    assert case.claim is not None
    order = people.leave(people.order(case.claim))
    made = {"order_id": order.order_id, "claim_id": order.claim_id, "digests": order.digests()}
    people.report(Result.model_validate(made | {"outcome": Outcome.DONE, "chip_uid": f"04{order.order_id.hex[-12:]}"}))
    return case


def scan(browser: Browser, case: Case, serial: str, number: str = ""):  # type: ignore[no-untyped-def]
    page = browser.get(f"/quality/{case.request_id}/blank").text
    fields = hidden(page) | {"blank_serial": serial, "number": number or case.number}
    return browser.submit(f"/quality/{case.request_id}/blank", fields)


def words(answer) -> str:  # type: ignore[no-untyped-def]
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


def open_stacks(office: Office) -> int:
    with office.database.reading() as session:
        return len(session.scalars(select(Stack).where(Stack.closed_at.is_(None))).all())


def test_the_operator_declares_and_counts_at_the_end_of_the_shift(
    operator: Browser, people: SmallOffice, office: Office
) -> None:
    assert "None is declared" in operator.get(address(people, "")).text
    assert declare(operator, people, "card-chip-1", "card-chip-5").status_code == 303
    case = print_one(people)
    page = operator.get(address(people, "")).text
    for said in ("The stack is declared", "card-chip-1 to card-chip-5", "4 left, 1 taken", "Count the stacks"):
        assert said in page, said
    listed = operator.get("/production/stations").text
    assert f'href="{address(people, "/count")}"' in listed
    assert "<strong>4</strong> cards with chip" in listed
    refused = operator.submit(address(people, "/count"), {"lies-card-chip": "top"})
    assert sentence_beside(refused, "top-card-chip") == "Fill this in."
    assert "Choose one of the options" in operator.submit(address(people, "/count")).text
    stray = operator.submit(address(people, "/count"), {"lies-card-chip": "top", "top-card-chip": "card-chip-9"})
    assert "card-chip-9 is no unused card of the stacks declared here" in words(stray)
    assert open_stacks(office) == 1
    done = operator.submit(address(people, "/count"), {"lies-card-chip": "top", "top-card-chip": "card-chip-2"})
    assert done.headers["Location"] == "/production/stations"
    assert "Documents bound to their blanks: 1." in operator.get("/production/stations").text
    assert document_of(office, case.document_id).blank_serial == "card-chip-1"
    with office.database.reading() as session:
        assert session.scalars(select(Shift)).one().closed_at is not None
    late = operator.submit(address(people, "/count"), {"do": "count"})
    assert (late.status_code, "No stack is declared at this station" in late.text) == (409, True)


def test_a_count_that_does_not_agree_says_so_and_the_shift_may_go_on(
    operator: Browser, people: SmallOffice, office: Office
) -> None:
    declare(operator, people, "card-chip-1", "card-chip-5")
    print_one(people)
    fields = {"lies-card-chip": "top", "top-card-chip": "card-chip-3", "do": "count"}
    answer = operator.submit(address(people, "/count"), fields)
    assert answer.headers["Location"] == address(people, "")
    page = operator.get(address(people, "")).text
    assert "The count does not agree. Cards in doubt: 2." in page
    assert "In doubt: card-chip-1, card-chip-2." in page
    with office.database.reading() as session:
        assert session.scalars(select(Shift)).one().closed_at is None


def test_what_may_not_lie_in_a_stack_is_named_and_told(operator: Browser, people: SmallOffice, office: Office) -> None:
    declare(operator, people, "card-chip-3", "card-chip-4")
    refused = declare(operator, people, "card-chip-4", "card-chip-6")
    assert refused.status_code == 409
    assert "Blank card-chip-4 was declared in a stack before" in words(refused)
    wrong = declare(operator, people, "card-chip-5", "booklet-blue-9")
    assert "not of the same series" in sentence_beside(wrong, "last")
    assert "between the first and the last" in sentence_beside(
        declare(operator, people, "card-chip-5", "card-chip-6", "card-chip-1"), "missing"
    )
    assert sentence_beside(declare(operator, people, "", ""), "first") == "Fill this in."
    for odd in ("\x00", "‮1", "9" * 59, "card-chip-" + "٣"):
        assert declare(operator, people, odd, odd).status_code in (400, 409)
    client = sit_down(operator, office, people, "supervisor")
    page = client.get(BLANKS).text
    assert "card-chip-4" in page
    assert "it lies in another stack" in page


def test_a_station_that_reads_serials_shows_no_stacks(operator: Browser, people: SmallOffice, office: Office) -> None:
    said = DeviceStatus(state="idle", abilities=Abilities(reads_serial=True))
    with office.database.transaction() as session:
        session.get_one(Station, people.station.id).status = said.model_dump(mode="json")
    assert "Declare a stack" not in operator.get(address(people, "")).text
    assert "by itself" in declare(operator, people, "card-chip-1", "card-chip-2").text


def test_the_officer_scans_the_back_before_the_check(client: Browser, people: SmallOffice, office: Office) -> None:
    case = print_one(without_serials(people))
    officer = sit_down(client, office, people, "quality_officer")
    assert "not scanned yet" in officer.get("/quality/").text
    for shown in (case.number, f"I<ROU{case.number}0<<<<".lower()):
        assert f'href="/quality/{case.request_id}"' in officer.get("/quality/", query_string={"serial": shown}).text
    assert officer.get(f"/quality/{case.request_id}").headers["Location"] == f"/quality/{case.request_id}/blank"
    other = scan(officer, case, "card-chip-2", number="RP0000001")
    assert "number of another document" in sentence_beside(other, "number")
    assert case.number not in other.text
    stray = scan(officer, case, "nobody-7")
    assert "The ledger has no blank nobody-7" in sentence_beside(stray, "blank_serial")
    assert scan(officer, case, "card-chip-2").headers["Location"] == f"/quality/{case.request_id}"
    assert document_of(office, case.document_id).blank_serial == "card-chip-2"
    assert officer.get(f"/quality/{case.request_id}").status_code == 200
    assert "This document is on blank card-chip-2." in officer.get(f"/quality/{case.request_id}/blank").text
    with office.database.reading() as session:
        row = session.scalars(select(StrayBlank)).unique().one()
    assert (row.kind, row.serial, row.document_id) == ("unknown", "nobody-7", case.document_id)


def test_a_scan_names_what_is_in_doubt_and_the_supervisor_settles_it(
    operator: Browser, people: SmallOffice, office: Office
) -> None:
    declare(operator, people, "card-chip-1", "card-chip-6")
    made = [print_one(people, number) for number in range(2)]
    officer = sit_down(operator, office, people, "quality_officer")
    scan(officer, made[0], "card-chip-1")
    scan(officer, made[1], "card-chip-3")
    page = officer.get(f"/quality/{made[1].request_id}").text
    assert "By its stack this document was to be on blank card-chip-2, and it is on card-chip-3" in page
    assert "In doubt: card-chip-2." in page
    supervisor = sit_down(operator, office, people, "supervisor")
    assert re.search(r'href="/oversight/blanks"[^>]*>.*?<span class="count[^"]*">1<', supervisor.get(BLANKS).text, re.S)
    with office.database.reading() as session:
        doubted = session.scalars(select(StackCard).where(StackCard.state == "doubted")).unique().one()
    one = f"{BLANKS}/cards/{doubted.id}"
    assert "I have the spoiled document" not in supervisor.get(one).text
    assert sentence_beside(supervisor.submit(one, {"way": "missing", "found": ""}), "found") == "Fill this in."
    assert "Choose one of the options" in supervisor.submit(one, {"way": "used", "found": "in the tray"}).text
    answer = supervisor.submit(one, {"way": "missing", "found": "looked in the feeder and the tray"})
    assert answer.headers["Location"] == BLANKS
    assert "No blank is looked for" in supervisor.get(BLANKS).text
    with office.database.reading() as session:
        assert session.scalars(select(Blank).where(Blank.serial == "card-chip-2")).one().state == "missing"
    assert supervisor.get(one).status_code == 404


def test_a_rejected_document_that_nobody_can_read_is_given_to_the_supervisor(
    client: Browser, people: SmallOffice, office: Office
) -> None:
    case = print_one(without_serials(people))
    officer = sit_down(client, office, people, "quality_officer")
    page = officer.get(f"/quality/{case.request_id}/reject").text
    answer = officer.submit(f"/quality/{case.request_id}/reject", hidden(page) | {"reason": "scratched"})
    assert "give the document to the supervisor" in officer.get(answer.headers["Location"]).text
    supervisor = sit_down(client, office, people, "supervisor")
    assert "nobody could read its serial" in supervisor.get(BLANKS).text
    with office.database.reading() as session:
        row_id: UUID = session.scalars(select(StrayBlank.id)).one()
    one = f"{BLANKS}/strays/{row_id}"
    assert "I have the spoiled document" in supervisor.get(one).text
    wrong = supervisor.submit(one, {"way": "used", "blank_serial": "nobody-7", "found": "under a lamp"})
    assert "The ledger has no blank nobody-7" in wrong.text
    supervisor.submit(one, {"way": "used", "blank_serial": "card-chip-4", "found": "under a lamp"})
    assert "under a lamp" in supervisor.get(one).text
    with office.database.reading() as session:
        assert session.get_one(Document, case.document_id).blank_serial == "card-chip-4"
