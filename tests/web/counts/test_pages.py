"""The pages of counts and of closed days: blind for who counts, each difference by its name, a sheet at the end."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuance.clock import FixedClock
from issuance.models.staff import Staff
from issuance.models.supply import CountFinding, Place, StockCount, StockDay
from issuance.office import Office
from issuance.services.counts import asking
from issuance.services.trust import audit_chain
from issuance.states import BlankState
from issuance.tasks import note_use
from tests.people import SmallOffice
from tests.supply import blank, check
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import sentence_beside

As = Callable[[str], Browser]


@pytest.fixture
def sat(client: Browser, office: Office, people: SmallOffice) -> As:
    """Somebody sits down before the browser."""
    return lambda who: sit_down(client, office, people, who)


def words(answer: TestResponse) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def account(people: SmallOffice, stock: str = "card") -> str:
    """The cards at the station, as the form names them."""
    with people.database.reading() as session:
        return f"{session.scalars(select(Place.id).where(Place.station_id == people.station.id)).one()} {stock}"


def asked(sat: As, people: SmallOffice, stock: str = "card") -> tuple[UUID, str]:
    """A count that a supervisor asked for, of the clerk."""
    supervisor = sat("supervisor")
    answer = supervisor.submit("/counts/new", {"account": account(people, stock)})
    assert answer.status_code == 303, words(answer)
    with people.database.reading() as session:
        key = session.scalars(select(StockCount.id).order_by(StockCount.id.desc()).limit(1)).one()
    named = {"counter": str(people.actors["clerk"].id), "reason": "who was drawn is ill"}
    assert supervisor.submit(f"/counts/{key}/counter", named).status_code == 303
    return key, f"/counts/{key}"


def version(browser: Browser, address: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', browser.get(address).text)
    assert found
    return found.group(1)


def test_a_count_from_the_question_to_the_last_word(sat: As, people: SmallOffice) -> None:
    key, address = asked(sat, people)
    clerk = sat("clerk")
    assert address in clerk.get("/counts/mine").text
    page = clerk.get(address)
    assert "card-" not in page.text, "nothing that is expected is shown"
    answer = clerk.submit(
        address, {"serials": "card-1 card-9\ncard-10 card-17\nX99\ncard-9", "version": version(clerk, address)}
    )
    assert answer.status_code == 303
    said = words(clerk.get(address))
    assert "No ledger has X99" in said
    assert "card-9 is counted already" in said
    assert "Written down so far 17" in said
    assert clerk.submit(f"{address}/end", {"version": version(clerk, address)}).status_code == 303
    assert "A count is typed once" in words(clerk.get(address))
    supervisor = sat("supervisor")
    assert "3 differences" in words(supervisor.get("/counts"))
    result = words(supervisor.get(f"{address}/result"))
    for sentence in (
        "card-18 – card-19 2",
        "not counted there",
        "X99",
        "in no ledger",
        "who was drawn is ill",
        "card-10 – card-17",
    ):
        assert sentence in result, result
    with people.database.reading() as session:
        found = {
            row.first: row.id
            for row in session.scalars(
                select(CountFinding).where(CountFinding.count_id == key, CountFinding.differs)
            ).unique()
        }
    said_nothing = supervisor.submit(f"{address}/differences/{found['card-18']}", {"said": "declared", "word": ""})
    assert said_nothing.status_code == 400
    lost = {"said": "declared", "word": "looked behind the feeder"}
    assert supervisor.submit(f"{address}/differences/{found['card-18']}", lost).status_code == 303
    told = {"said": "told", "word": "it has no number of ours"}
    assert supervisor.submit(f"{address}/differences/{found['X99']}", told).status_code == 303
    assert [str(blank(people, f"card-{n}").state) for n in (17, 18, 19)] == ["at_station", "missing", "missing"]
    assert "X99" in supervisor.get("/oversight/blanks").text
    assert "looked behind the feeder" in supervisor.get(f"{address}/result").text
    check(people)


def test_a_count_is_refused_from_an_old_page_a_second_person_and_twice(sat: As, people: SmallOffice) -> None:
    _, address = asked(sat, people)
    clerk = sat("clerk")
    old = version(clerk, address)
    clerk.submit(address, {"serials": "card-1", "version": old})
    stale = clerk.submit(address, {"serials": "card-2", "version": old})
    assert stale.status_code == 409
    assert "went on since you opened the page" in words(stale)
    operator = sat("operator")
    assert operator.get(address).status_code == 403
    assert operator.submit(address, {"serials": "card-2", "version": old}).status_code == 403
    clerk = sat("clerk")
    clerk.submit(f"{address}/end", {"version": version(clerk, address)})
    again = clerk.submit(address, {"serials": "card-2", "version": "9"})
    assert again.status_code == 409
    assert "a count is typed once" in words(again)


def test_who_counts_does_not_read_it_in_the_ledger(sat: As, people: SmallOffice) -> None:
    key, _ = asked(sat, people)
    with people.database.transaction() as session:
        row = session.get_one(StockCount, key)
        row.counter = session.get_one(Staff, people.actors["operator"].id)
        place_id = row.place_id
    operator = sat("operator")
    line = re.search(r"<tr data-row>(?:(?!</tr>).)*you are to count it.*?</tr>", operator.get("/stock").text, re.S)
    assert line
    assert not re.search(r"\b19\b", re.sub(r"<[^>]*>", " ", line.group()))
    assert operator.get(f"/stock/places/{place_id}").status_code == 403
    assert "19" in words(sat("supervisor").get("/stock"))
    with people.reading(people.actors["operator"]) as look:
        assert asking.blind(look) == {(place_id, "card")}


def test_a_day_closes_with_a_word_on_each_difference_and_its_sheet_has_the_end_of_the_audit(
    sat: As, people: SmallOffice, office: Office, clock: FixedClock
) -> None:
    asked(sat, people)
    with office.upkeep() as look:
        while audit_chain.link(look).events == audit_chain.BATCH:
            pass
    supervisor = sat("supervisor")
    page = supervisor.get("/days/close")
    assert "A count was asked for and not made: s1, Cards" in words(page) or "A count was asked for" in words(page)
    (field,) = re.findall(r'<textarea[^>]* name="([a-z_]+:[^"]*)"', page.text)
    refused = supervisor.submit("/days/close", {field: "", "word": ""})
    assert refused.status_code == 400
    assert "not known" in sentence_beside(refused, field)
    answer = supervisor.submit("/days/close", {field: "the clerk counts tomorrow", "word": "a quiet day"})
    assert answer.status_code == 303, words(answer)
    day = words(supervisor.get(answer.location))
    with people.database.reading() as session:
        row = session.scalars(select(StockDay)).one()
    for sentence in ("the clerk counts tomorrow", "a quiet day", row.head, "not reported"):
        assert sentence in day, day
    sheet = supervisor.get(f"{answer.location}/sheet.pdf")
    assert sheet.mimetype == "application/pdf"
    printed = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(sheet.data))
    for said in (row.head[:32], row.head[32:], f"{row.position}", "the clerk counts tomorrow", "Închiderea zilei"):
        assert said in printed, printed
    assert "Today is closed" in words(supervisor.get("/days/close"))
    again = supervisor.submit("/days/close", {field: "x"})
    assert again.status_code == 409
    assert sat("operator").get("/days").status_code == 403
    clock.advance(dt.timedelta(days=4))
    auditor = sat("auditor")
    assert answer.location in auditor.get("/days").text
    assert auditor.get(answer.location).status_code == 200
    assert auditor.get("/days/close").status_code == 403
    supervisor = sat("supervisor")
    home = supervisor.get("/").text
    assert re.search(r'<a href="/days" class="urgent"><strong>\d', home), (
        "a day that was not closed is on the first page"
    )
    assert "not closed" in words(supervisor.get("/days"))


def test_blanks_that_run_out_are_on_the_first_page_in_time_to_order(
    sat: As, people: SmallOffice, office: Office, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.carry("made")
    clock.advance(dt.timedelta(days=14))
    note_use(office)
    monkeypatch.setattr("issuance.services.counts.forecast.DELIVERY_DAYS", 200)
    for who in ("supervisor", "operator"):
        browser = sat(who)
        assert '<a href="/stock/forecast" class="urgent"><strong>1' in browser.get("/").text
        for page in ("/stock/forecast", "/stock"):
            said = words(browser.get(page))
            assert "order now" in said
            assert "not known: too little was used" in said


def test_a_stock_in_a_place_is_offered_only_where_it_can_be_counted(sat: As, people: SmallOffice) -> None:
    page = sat("supervisor").get("/counts/new").text
    assert account(people) in page
    assert "Documents:" not in page
    with people.database.reading() as session:
        gone = session.scalars(select(Place.id).where(Place.kind == BlankState.IN_TRANSIT)).first()
    refused = sat("supervisor").submit("/counts/new", {"account": f"{gone} card"})
    assert refused.status_code == 400
