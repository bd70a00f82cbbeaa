"""The page of clocks, what is near its end, and why something came late."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from issuance.models.audit import AuditEvent
from issuance.models.clocks import Lateness
from issuance.models.documents import Document
from issuance.office import Office
from tests.exchange import told
from tests.people import SmallOffice, Stage
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser

As = Callable[[str], Browser]


@pytest.fixture
def sat(client: Browser, office: Office, people: SmallOffice) -> As:
    """Somebody sits down before the browser."""
    return lambda who: sit_down(client, office, people, who)


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def row_of(page: str, title: str) -> str:
    found = [words(row) for row in re.findall(r"<tr data-row>.*?</tr>", page, re.S) if title in words(row)]
    assert len(found) == 1, title
    return found[0]


def handed_over_late(people: SmallOffice) -> None:
    case = people.carry(Stage.CHECKED)
    people.clock.advance(dt.timedelta(days=33))
    with people.reading() as look:
        number = look.session.scalars(select(Document.number)).one()
    people.hand_over(case.request_id, number)


def test_the_page_of_clocks_says_article_term_and_who_answers(sat: As, people: SmallOffice) -> None:
    people.lodge()
    people.clock.advance(dt.timedelta(days=28))
    browser = sat("supervisor")
    page = browser.get("/clocks").text
    handing = row_of(page, "Handing the document over")
    assert "Law 122/2006, Art 20(6)" in handing
    assert " 30 days from: the day of lodging" in handing
    assert " 1 0 " in handing  # near, passed
    assert "24 hours" in row_of(page, "guardian for an unaccompanied minor")
    assert "48 or 120 hours" in row_of(page, "Declaring a loss or theft")
    assert "at once" in row_of(page, "Telling rights and duties")
    assert "not counted here" in row_of(page, "Keeping data after")


def test_what_runs_on_no_request_leads_to_where_it_is_acted_on(sat: As, people: SmallOffice) -> None:
    told(people, "application_registered")
    told(people, "appeal_decided", 2)
    page = sat("supervisor").get("/clocks").text
    event = row_of(page, "What case handling told and was not applied")
    assert "at once from: the day on which it came" in event
    assert " 1 0 " in event
    assert "3 working days" in row_of(page, "Acknowledging a parcel of blanks")
    assert "72 hours" in row_of(page, "Telling the authority of a data breach")
    for address in (
        "/case-events",
        "/oversight/breaches",
        "/stock/parcels/late",
        "/oversight/registrations",
        "/housing",
    ):
        assert f'href="{address}"' in page, address
    assert "Suspended while a review is open" in row_of(page, "Keeping data after")
    page = sat("clerk").get("/clocks").text
    assert "/case-events" not in page
    assert "What case handling told" in words(page)
    assert sat("supervisor").get("/clocks/parcel").status_code == 404


def test_the_list_of_late_acts_says_where_the_other_reasons_stand(sat: As) -> None:
    page = sat("supervisor").get("/late").text
    for address in ("/oversight/registrations", "/housing", "/oversight/breaches"):
        assert f'href="{address}"' in page, address
    page = sat("auditor").get("/late").text
    assert 'href="/housing"' not in page
    assert "Telling a change of residence" in words(page)


def test_one_clock_lists_the_requests_whose_end_is_near(sat: As, people: SmallOffice) -> None:
    request_id = people.lodge()
    people.clock.advance(dt.timedelta(days=28))
    browser = sat("clerk")
    page = browser.get("/clocks/thirty_days").text
    assert f"/cases/{request_id}" in page
    assert "2 days left" in words(page)
    people.clock.advance(dt.timedelta(days=4))
    assert "passed 1 day ago" in words(sat("clerk").get("/clocks/thirty_days").text)
    assert "Nothing is near its end" in browser.get("/clocks/uncollected").text
    assert browser.get("/clocks/tomorrow").status_code == browser.get("/clocks/retention").status_code == 404


def test_a_supervisor_says_why_and_the_case_shows_it(sat: As, people: SmallOffice) -> None:
    handed_over_late(people)
    with people.reading() as look:
        late = look.session.scalars(select(Lateness)).one()
    case = f"/cases/{late.request_id}"
    assert "The supervisor still says why." in words(sat("clerk").get(case).text)
    browser = sat("supervisor")
    assert "3 days late" in words(browser.get("/late").text)
    assert browser.submit(f"/late/{late.id}", {"because": ""}).status_code == 400
    assert browser.submit(f"/late/{late.id}", {"because": "no_blanks"}).status_code == 303
    assert "Nothing waits for a reason" in browser.get("/late").text
    assert "there were no blanks" in browser.get("/late?said=1").text
    assert "there were no blanks" in words(browser.get(case).text)
    with people.reading() as look:
        said = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "clock.lateness_explained")).one()
        assert said.details == {"clock": "thirty_days", "because": "no_blanks"}


def test_an_auditor_reads_and_explains_nothing(sat: As, people: SmallOffice) -> None:
    handed_over_late(people)
    with people.reading() as look:
        late = look.session.scalars(select(Lateness)).one()
    browser = sat("auditor")
    assert "not said yet" in words(browser.get("/late").text)
    assert browser.submit(f"/late/{late.id}", {"because": "influx"}).status_code == 403
