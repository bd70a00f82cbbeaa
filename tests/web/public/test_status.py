"""The holder's status page: eight states in plain words, and the question in any hand."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from issuance import document_types
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest, Outlook
from issuance.models.staff import Centre
from issuance.office import Office
from issuance.services.life import endings, loss
from issuance.services.life.loss import Said
from issuance.services.public.status import PublicState
from issuance.states import RequestState
from issuance.values import references
from issuance.web.public.parts.answering import hours
from issuance.web.words.status import ANSWERS, MISSING
from tests.people import Case, SmallOffice
from tests.web.public.holder import KNOWN, ON_BOTH, PERSONAL, TODAY, UNKNOWN, ask, date_fields, lodged, words

SECTION_4 = {
    "lodged": "We have your request.",
    "incomplete": "Something is missing.",
    "complete": "We are checking your request.",
    "approved": "The answer is yes. We are making your document.",
    "in_production": "The answer is yes. We are making your document.",
    "ready": "Your document is ready.",
    "uncollected": "Your document is ready.",
    "delivered": "You have your document.",
    "refused": "The answer is no. Come to the office.",
    "withdrawn": "This request is closed.",
    "closed": "This request is closed.",
}
"""The eight states of the domain paper, section 4, as the page says them."""


# The answer


@pytest.mark.parametrize("state", RequestState)
def test_each_state_has_its_answer_in_the_first_line(client: FlaskClient, office: Office, state: RequestState) -> None:
    lodged(office, state)
    answer = ask(client)
    assert answer.status_code == 200
    said = words(answer)
    first, _, rest = said.partition(" What to do now ")
    assert first == SECTION_4[state]
    assert "Residence permit (refugee)" in rest
    assert not [word for word in PERSONAL if word in answer.text]


def test_there_are_eight_answers_and_each_says_what_to_do_now() -> None:
    assert len(PublicState) == len(ANSWERS) == len(set(SECTION_4.values())) == 8
    assert all(answer.now for answer in ANSWERS.values())


@ON_BOTH
def test_the_clock_and_its_article(client: FlaskClient, office: Office) -> None:
    lodged(office)
    said = words(ask(client))
    assert "12 of 30" in said
    assert "8 Dec 2026" in said
    assert "Law 122/2006, Art 20(6)" in said
    assert "We are late" not in said


def test_the_office_says_itself_that_it_is_late(client: FlaskClient, office: Office) -> None:
    lodged(office, lodged_on=TODAY - dt.timedelta(31), due_on=TODAY - dt.timedelta(1))
    said = words(ask(client))
    assert "31 of 30" in said
    assert "We are late. You may come and ask." in said


def test_what_is_due_the_same_day_has_no_days_to_count(client: FlaskClient, office: Office) -> None:
    lodged(office, document_type="TPP", lodged_on=TODAY, due_on=TODAY)
    said = words(ask(client))
    assert " of 0" not in said
    assert "20 Nov 2026" in said


@pytest.mark.parametrize("state", ["ready", "uncollected", "delivered", "refused", "withdrawn", "closed"])
def test_days_are_not_counted_when_all_is_over(client: FlaskClient, office: Office, state: str) -> None:
    lodged(office, RequestState(state))
    said = words(ask(client))
    assert ("12 of 30" in said, "At the latest" in said) == (False, False)


def expects(office: Office, **known: object) -> None:
    """What was worked out for the request KNOWN."""
    with office.database.transaction() as session:
        request_id = session.scalars(select(IssuanceRequest.id).where(IssuanceRequest.reference == KNOWN)).one()
        session.add(Outlook(request_id=request_id, **known))


@ON_BOTH
def test_who_waits_for_the_office_reads_the_place_and_the_day(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.COMPLETE)
    expects(office, place=35, a_day=12, expected_on=dt.date(2026, 12, 14), said_before=dt.date(2026, 12, 9))
    said = words(ask(client))
    assert "Before you 34 people This office gives out about 12 documents a day." in said
    assert "Probably ready until 14 Dec 2026 For 9 of 10 people" in said
    assert "It takes longer We said 9 Dec 2026 before." in said


def test_who_is_next_reads_so_and_no_day_that_nobody_measured(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.APPROVED)
    expects(office, place=1)
    said = words(ask(client))
    assert "Before you Nobody. You are next." in said
    assert ("Probably" in said, "documents a day" in said, "It takes longer" in said) == (False, False, False)


@pytest.mark.parametrize("state", ["incomplete", "ready", "delivered", "withdrawn"])
def test_what_was_worked_out_before_is_not_said_any_more(client: FlaskClient, office: Office, state: str) -> None:
    lodged(office, RequestState(state))
    expects(office, place=3, a_day=12, expected_on=TODAY + dt.timedelta(9))
    assert "Before you" not in words(ask(client))


def test_a_holder_is_told_when_to_declare_a_loss(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.DELIVERED, document_type="TD-C")
    assert "Loss or theft is declared within 48 hours" in words(ask(client))


@pytest.mark.parametrize(
    ("what", "first"),
    [
        ("kept", "You have your document."),
        ("reported", "Your document is not valid: it was reported lost or stolen."),
        ("lost", "Your document is not valid: it was reported lost or stolen."),
        ("ended", "This document is not valid any more."),
        ("expired", "This document is not valid any more."),
    ],
)
def test_what_was_collected_and_does_not_hold_is_said_at_once(
    client: FlaskClient, people: SmallOffice, checked: Case, what: str, first: str
) -> None:
    people.hand_over(checked.request_id, checked.number)
    with people.act(people.actors["supervisor"]) as act:
        document = act.session.get_one(Document, checked.document_id)
        reference = document.request.reference
        if what in ("reported", "lost"):
            report = loss.report(act, document, Said("lost", "holder", TODAY))
        if what == "lost":
            loss.confirm(act, report, "lost", "portrait")
        if what == "ended":
            endings.end(act, document, "naturalisation", "12/2026", given_back=False)
        if what in ("kept", "expired"):
            act.record("case.searched")
    if what == "expired":
        people.clock.advance(dt.timedelta(days=3 * 366))
    said = words(ask(client, reference, "1992-01-01"))
    assert said.startswith(f"{first} What to do now")
    assert ("Lost or stolen?" in said) == (what == "kept")


def codes() -> list[tuple[str, str]]:
    """Every code a clerk can note, with a document type that asks for it."""
    papers = {
        paper.code: kind.code
        for kind in document_types.load().values()
        for block in kind.rules
        for paper in block.evidence
    }
    return sorted((dict.fromkeys(MISSING, "RP-R") | papers | {"other": "RP-R", "from a newer release": "RP-R"}).items())


@pytest.mark.parametrize(("code", "kind"), codes())
def test_what_is_missing_is_said_in_words(client: FlaskClient, office: Office, code: str, kind: str) -> None:
    lodged(office, RequestState.INCOMPLETE, missing=[code], document_type=kind)
    listed = re.findall(r"<li>(.*?)</li>", ask(client).text.partition("bring")[2])
    assert len(listed) == 1
    assert re.fullmatch(r"[A-Z][^_]* [^_]*", listed[0])


def test_what_was_missing_once_is_not_shown_later(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.COMPLETE, missing=["portrait"])
    assert "photo" not in words(ask(client))


def test_where_to_go_with_opening_hours(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.READY)
    said = words(ask(client))
    assert "Where Str. Armoniei 33, Timișoara Monday–Friday 09:00–12:00 , 14:00–16:00" in said
    assert "luni–vineri 09:00–12:00" in words(ask(client, headers={"Accept-Language": "ro"}))


def test_opening_hours_stay_in_order_in_a_language_from_right_to_left(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.READY)
    with office.database.transaction() as session:
        session.execute(update(Centre).values(opening_hours="Mo 09:00-12:00 <b>"))
    page = ask(client, headers={"Accept-Language": "ar"}).text
    assert 'الاثنين <bdi class="span" dir="ltr">09:00–12:00</bdi> &lt;b&gt;' in page


def test_nobody_is_sent_to_the_office_for_nothing(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.IN_PRODUCTION)
    assert "Armoniei" not in words(ask(client))


def test_every_day_of_the_week_has_a_name(app: Flask) -> None:
    with app.test_request_context("/?lang=ro"):
        assert hours("Mo-We 09:00-12:00; Th,Fr 10:00-13:00; Sa-Su off").startswith(
            "luni–miercuri 09:00–12:00; joi,vineri"
        )
        assert hours("Sa-Su 10:00-12:00") == "sâmbătă–duminică 10:00–12:00"


def test_where_a_vulnerable_person_goes_is_not_shown_and_not_why(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.READY, vulnerable=True)
    answer = ask(client)
    assert answer.status_code == 200
    assert not [word for word in ("Timi", "Armoniei", "09:00", "ulnerab") if word in answer.text]
    assert "At the office where you asked for the document. Your paper says where it is." in words(answer)


@pytest.mark.parametrize(
    "reference",
    [KNOWN.lower(), references.grouped(KNOWN), f" {KNOWN[:4]} {KNOWN[4:]} ", f"\u200e{KNOWN[:4]}\u2013{KNOWN[4:]}"],
)
def test_a_reference_is_read_however_it_is_written(client: FlaskClient, office: Office, reference: str) -> None:
    lodged(office)
    assert ask(client, reference).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        {"birth_date-year": "1992", "birth_date-month": "3", "birth_date-day": "xx"},
        {"birth_date-year": "١٩٩٢", "birth_date-month": "٠٣", "birth_date-day-unknown": "1"},
        {"birth_date-year": "১৯৯২", "birth_date-month": "৩", "birth_date-day": "X"},
    ],
)
def test_a_birth_date_is_read_as_people_type_it(client: FlaskClient, office: Office, typed: dict[str, str]) -> None:
    lodged(office)
    assert client.post("/status", data={"reference": KNOWN, **typed}).status_code == 200


# The question


def test_the_question_sets_no_cookie_and_carries_no_token(client: FlaskClient) -> None:
    page = client.get("/status")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert "csrf" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert re.findall(r"<form[^>]*>", page.text) == [
        '<form class="form" method="post" action="/status" novalidate data-status>'
    ]
    assert page.text.count('inputmode="numeric"') == 3
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", page.text)


def test_no_answer_sets_a_cookie(client: FlaskClient, office: Office) -> None:
    lodged(office)
    answers = [ask(client), ask(client, UNKNOWN), client.post("/status", data={})]
    assert [answer.status_code for answer in answers] == [200, 404, 400]
    assert not [answer for answer in answers if "Set-Cookie" in answer.headers]


def test_a_chosen_language_is_the_only_cookie(client: FlaskClient) -> None:
    page = client.get("/status?lang=ro")
    assert '<html lang="ro" dir="ltr">' in page.text
    assert [cookie.partition("=")[0] for cookie in page.headers.getlist("Set-Cookie")] == ["language"]
    assert "Unde este documentul meu?" in client.get("/status").text


def test_the_language_menu_of_an_answer_leads_back_to_the_question(client: FlaskClient) -> None:
    links = re.findall(r'href="([^"]*lang=[^"]*)"', ask(client).text)
    assert links == [f"/status?lang={each}" for each in ("ro", "en", "fr", "ar", "uk", "bn", "ur")]


def test_a_reference_in_an_address_is_not_taken(client: FlaskClient, office: Office) -> None:
    lodged(office)
    page = client.get(f"/status?reference={KNOWN}&birth_date-year=1992")
    assert KNOWN not in page.text
    assert words(page).startswith("Where is my document?")


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"reference": KNOWN},
        {"reference": "", **date_fields()},
        {"reference": KNOWN, **date_fields("2001-02-29")},
        {"reference": KNOWN, "birth_date-year": "92", "birth_date-month": "3", "birth_date-day": "1"},
        {"reference": "x" * 1000, **date_fields()},
        {"reference": "A\x00B\x1b", **date_fields()},
        {"reference": "\u202eABC\x07", **date_fields()},
        {"reference": KNOWN, **date_fields(), "birth_date-day": "5"},
        {"reference": KNOWN, "birth_date-year": "²⁰⁰¹", "birth_date-month": "x", "birth_date-day": "-1"},
    ],
)
def test_what_cannot_be_read_is_marked_and_kept(client: FlaskClient, typed: dict[str, str]) -> None:
    answer = client.post("/status", data=typed)
    assert answer.status_code == 400
    assert "Please look at this again." in words(answer)
    assert 'class="error"' in answer.text
    if typed.get("reference") == KNOWN:
        assert f'value="{KNOWN}"' in answer.text


@pytest.mark.parametrize(
    "reference", ["' OR 1=1 --", "%", "_" * 11, "ΑΒΓΔ-ΕΖΗΘ-ΙΚΛ", "'\"<script>alert(1)</script>", "null"]
)
def test_a_strange_reference_is_only_malformed(client: FlaskClient, office: Office, reference: str) -> None:
    lodged(office)
    answer = ask(client, reference)
    assert answer.status_code == 404
    assert "alert(1)" not in answer.text
