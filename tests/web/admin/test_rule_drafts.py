"""Later versions of the rules by page: one administrator drafts, another agrees, and lodging goes by them in time."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from issuance.clock import FixedClock
from issuance.models.requests import IssuanceRequest, RuleDraft
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services import rule_versions
from issuance.services.admin import rule_fields
from issuance.services.production import jobs
from issuance.web.desk import papers
from tests.people import SmallOffice
from tests.web.admin.conftest import Administrator
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import FORM, sentence_beside

TODAY = dt.date(2026, 11, 20)
TOMORROW = TODAY + dt.timedelta(days=1)
NEW = "/rules/drafts/new/TPP"
OLD_END, END = dt.date(2027, 3, 4), dt.date(2028, 3, 4)
MOVED = {
    "validity.until-year": "2028",
    "validity.text.ro": "până la 4 martie 2028, pentru toți",
    "validity.text.en": "to 4 March 2028, for all",
    "validity.refusal.reason.ro": "Protecția temporară s-a încheiat pentru toți la 4 martie 2028",
    "validity.refusal.reason.en": "Temporary protection ended for all on 4 March 2028",
}
"""What a decree says that moves the end of temporary protection by a year."""


@pytest.fixture
def third(administrator_of: Administrator) -> Browser:
    """An administrator of another centre."""
    return administrator_of("third", "galati")


def days(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def typed(office: Office, document_type: str, day: dt.date = TOMORROW) -> dict[str, Any]:
    """The form as the page is opened with, with a day and a reason."""
    with office.reading() as look:
        base = rule_versions.last(look, document_type)
    fields = rule_fields.fields(json.loads(base.content))
    filled: dict[str, Any] = {field.key: field.value for field in fields if field.kind != "day"}
    for field in fields:
        if field.kind == "day":
            filled |= days(field.key, dt.date.fromisoformat(field.value))
    return filled | days("applies_from", day) | {"reason": "Council Decision 2027/1", "version": base.id}


def draft_of(office: Office) -> UUID:
    with office.database.reading() as session:
        return session.scalars(select(RuleDraft.id).order_by(RuleDraft.id.desc())).first()  # type: ignore[return-value]


def lodge(browser: Browser, family_name: str) -> None:
    lacking = {"decision_number": "", "decision_date-day": "", "decision_date-month": "", "decision_date-year": ""}
    person = {"document_type": "TPP", "status": "temporary_protection", "family_name": family_name, **lacking}
    numbers = {"travel_document_number": f"N{len(family_name)}77", "native_name": ""}
    answer = browser.submit("/desk/lodge", FORM | person | numbers)
    assert answer.status_code == 303, re.findall(r"<li>.*", answer.text)


def test_a_decree_moves_the_end_of_temporary_protection(
    app: Flask, first: Browser, third: Browser, office: Office, people: SmallOffice, clock: FixedClock, login: Login
) -> None:
    drafted = first.submit(NEW, typed(office, "TPP") | MOVED)
    assert drafted.status_code == 303, drafted.text
    page = first.get(drafted.location).text
    assert ("2027-03-04" in page, "2028-03-04" in page, ">Agree<" in page) == (True, True, False)
    assert "HG 367/2022" in page
    waiting = third.get("/rules").text
    assert f"/rules/drafts/{draft_of(office)}" in waiting
    assert re.search(r'href="/rules"[^<]*<[^>]*>Rules.*?>1<', waiting, re.S), "the rail counts what waits"
    clerk = app.test_client()
    assert isinstance(clerk, Browser)
    login(clerk, RoleName.CLERK)
    assert third.submit(f"{drafted.location}/agree").status_code == 303
    lodge(clerk, "Before")
    clock.advance(dt.timedelta(days=1))
    for browser in (clerk, third):
        browser.come_back()
    lodge(clerk, "After")
    with office.database.reading() as session:
        lodged = {row.person.family_name: row.id for row in session.scalars(select(IssuanceRequest))}
    people.open_shift()
    made = {name: made_of(app, people, request_id) for name, request_id in lodged.items()}
    assert made == {"Before": (OLD_END, "to 4 March 2027, for all"), "After": (END, "to 4 March 2028, for all")}
    assert ">in force<" in third.get("/rules").text


def made_of(app: Flask, people: SmallOffice, request_id: UUID) -> tuple[dt.date | None, str]:
    """The last day that the order says as its station gets it, and what the notice of approval says; it is made."""
    people.enrol(request_id)
    people.prepare(people.approve(request_id))
    claim = people.claim()
    assert claim is not None
    with app.app_context(), people.reading() as look:
        recipe = jobs.order_of(look, claim.claim_id, station=people.station)
        notice = papers.approval_of(look, look.session.get_one(IssuanceRequest, request_id), "ro")
    assert recipe.seal, "its last day is signed"
    people.make(claim=claim)
    return recipe.content.expiry_date, notice.validity.en


def test_it_is_declined_with_a_word_and_drafted_anew(first: Browser, third: Browser, office: Office) -> None:
    at = first.submit(NEW, typed(office, "TPP") | MOVED).location
    assert "You drafted this version." in first.submit(f"{at}/agree").text
    refused = third.submit(f"{at}/end")
    assert (refused.status_code, "Say why, in a few words." in refused.text) == (400, True)
    assert third.submit(f"{at}/end", {"why": "the decree says June"}).status_code == 303
    page = first.get(at).text
    assert (">declined<" in page, "the decree says June" in page) == (True, True)
    assert "Somebody answered this already." in third.submit(f"{at}/agree").text
    again = first.submit(NEW, typed(office, "TPP") | MOVED).location
    assert "Withdraw it" in first.get(again).text
    assert first.submit(f"{again}/end").status_code == 303
    assert "Waiting for a second administrator" not in third.get("/rules").text


def test_a_stale_draft_says_so_and_what_was_agreed_is_taken_back(
    first: Browser, second: Browser, office: Office
) -> None:
    at, other = (first.submit(NEW, typed(office, "TPP") | MOVED).location for _ in range(2))
    second.submit(f"{at}/agree")
    stale = second.get(other).text
    assert ("changed after this was drafted" in stale, ">Agree<" in stale) == (True, False)
    assert "changed after this was drafted" in second.submit(f"{other}/agree").text
    assert first.submit(f"{at}/end", {"why": "another decree"}).status_code == 303
    assert ">not used<" in first.get("/rules").text
    assert second.submit(f"{other}/agree").status_code == 303, "its base is the last one again"


@pytest.mark.parametrize(
    ("code", "fields", "box", "words"),
    [
        ("TPP", {"validity.until-year": "2028"}, "validity.refusal.reason.en", "still says the number of before"),
        ("TPP", {"validity.until-day": "31", "validity.until-month": "2"}, "validity.until", "no such day"),
        ("TPP", days("applies_from", TODAY), "applies_from", "tomorrow or a later day"),
        ("TPP", {"reason": ""}, "reason", "Fill this in."),
        ("RP-R", {"validity.count": "5"}, "validity.count", "Law 122/2006, Art 6: this is 3."),
        ("RP-R", {"validity.count": "x"}, "validity.count", "Give a whole number"),
        ("RP-R", {"deadline.days": "31"}, "deadline.days", "Law 122/2006, Art 20(6): this is from 1 to 30."),
        ("RP-R", {"validity.text.ro": ""}, "validity.text.ro", "Fill this in."),
        ("TD-C", {"validity.count": "3"}, "validity.count", "Law 122/2006, Art 20(8): this is 2."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_box(
    first: Browser, office: Office, code: str, fields: dict[str, Any], box: str, words: str
) -> None:
    answer = first.submit(f"/rules/drafts/new/{code}", typed(office, code) | fields)
    assert answer.status_code >= 400
    assert words in sentence_beside(answer, box)
    with office.database.reading() as session:
        assert session.scalars(select(RuleDraft)).all() == []


def test_a_page_that_was_open_meanwhile_takes_nothing_back(first: Browser, second: Browser, office: Office) -> None:
    """The rules agreed to since are not those that stand in its boxes."""
    opened = typed(office, "TPP", TOMORROW + dt.timedelta(days=9)) | {"deadline.days": "3"}
    second.submit(first.submit(NEW, typed(office, "TPP") | MOVED).location + "/agree")
    answer = first.submit(NEW, opened)
    assert (answer.status_code, "changed since you opened this page" in answer.text) == (409, True)


def test_what_was_not_touched_is_no_change(first: Browser, office: Office) -> None:
    for code in ("RP-R", "TD-C", "TID", "TPP", "RC", "RT"):
        answer = first.submit(f"/rules/drafts/new/{code}", typed(office, code))
        assert "Nothing was changed. Change a rule first." in answer.text, code


def test_the_refusal_of_an_article_is_read_in_romanian(first: Browser, office: Office) -> None:
    first.set_cookie("language", "ro")
    answer = first.submit("/rules/drafts/new/RP-R", typed(office, "RP-R") | {"validity.count": "5"})
    assert "Legea 122/2006, art. 6: aici este 3." in answer.text


def test_an_auditor_reads_drafts_and_answers_none(
    app: Flask, first: Browser, client: Browser, office: Office, login: Login
) -> None:
    at = first.submit(NEW, typed(office, "TPP") | MOVED).location
    login(client, RoleName.AUDITOR)
    page = client.get(at)
    assert (page.status_code, "2028-03-04" in page.text, "<textarea" in page.text) == (200, True, False)
    assert client.submit(f"{at}/agree").status_code == 403
    assert client.get(NEW).status_code == 403


def test_what_is_not_there_is_said(first: Browser) -> None:
    assert first.get("/rules/drafts/new/XX").status_code == 404
    assert first.get(f"/rules/drafts/{uuid4()}").status_code == 404
    assert first.submit(f"/rules/drafts/{uuid4()}/agree").status_code == 404
