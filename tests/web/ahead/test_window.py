"""The window opens a family's form: what each line becomes, the lodging one after another, codes that open nothing."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from issuance.models.ahead import AheadForm
from issuance.models.audit import AuditEvent
from issuance.models.people import FamilyLink
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, StaffSession
from issuance.office import Office
from issuance.services.ahead import codes
from issuance.tasks import HANDLERS
from tests.people import SmallOffice
from tests.web.ahead.filling import HADI, filled, words
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser, Login
from tests.web.public.holder import ON_BOTH

TID = {"document_type": "TID", "status": "applicant", "travel_document_shown": "none"}
MINA = HADI | {
    "family_name": "মিনা",
    "given_names": "খাতুন",
    "latin_family": "",
    "latin_given": "",
    "language": "bn",
    "tie": "other",
}

SOMEBODY = {"family_name": "Popescu", "given_names": "Ion", "native_name": "", "birth_date-year": "1971"}
"""What makes another person of a form."""


@pytest.fixture
def phone(app: Flask) -> Browser:
    """The family's own."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


@pytest.fixture
def clerk(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "clerk")


def fields(answer: TestResponse) -> dict[str, Any]:
    """What the main form of the page holds, as a browser would send it."""
    found: dict[str, Any] = {}
    page = answer.text.partition('<form id="act"')[2].partition("</form>")[0]
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        is_left_out = re.search(r'type="(radio|checkbox)"', tag) and " checked" not in tag
        if name and value and not is_left_out:
            found[name[1]] = html.unescape(value[1])
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', options)
        found[name] = chosen[1] if chosen else ""
    found.pop("csrf_token")
    return found


def to_lodging(clerk: Browser, page: TestResponse, **typed: Any) -> TestResponse:
    """What was compared, into the lodging form; every line was found right."""
    there = fields(page)
    address = re.search(r'<form id="act"[^>]*action="([^"]+)"', page.text)
    assert address
    compared = {"compared_field": there["to_compare"].split()}
    lodging = clerk.submit(address[1], there | compared | typed)
    assert lodging.status_code == 200, words(lodging)
    lodging.request.environ["ahead"] = address[1]
    return lodging


def lodge(clerk: Browser, page: TestResponse, **typed: Any) -> TestResponse:
    """The person of the page, lodged as anybody is."""
    lodging = to_lodging(clerk, page, **typed)
    return clerk.submit(lodging.request.environ["ahead"], fields(lodging))


def requests(office: Office) -> list[IssuanceRequest]:
    with office.reading() as look:
        found = list(look.session.scalars(select(IssuanceRequest).order_by(IssuanceRequest.id)))
        for each in found:
            assert each.person.full_name
        return found


def forms_left(office: Office) -> int:
    with office.reading() as look:
        return len(look.session.scalars(select(AheadForm)).all())


@ON_BOTH
def test_a_family_is_lodged_person_by_person_and_nothing_of_its_form_stays(
    clerk: Browser, phone: Browser, office: Office
) -> None:
    code = filled(phone, needs=["interpreter", "milk"], contact="0722 123 456")
    with capture_logs() as logs:
        scanned = {"q": codes.grouped(code).lower(), "scanned": "1"}
        asked = clerk.submit("/search", scanned)
        assert (asked.status_code, asked.location) == (307, "/desk/ahead"), "a browser sends the same there"
        opened = clerk.submit(asked.location, scanned, follow_redirects=True)
    assert (opened.request.path, opened.status_code) == ("/desk/ahead", 200)
    assert not [each for each in logs if code in str(each) or "المصري" in str(each)]
    there = fields(opened)
    said = (
        "family_name",
        "given_names",
        "native_name",
        "birth_date-year",
        "birth_place",
        "sex",
        "nationality",
        "phone",
        "note",
    )
    assert [there[each] for each in said] == [
        *("Al-Masri", "Hadi", "المصري هادي", "1980", "Hlb", "M", "SYR", "+40722123456"),
        "an interpreter, a place to feed a baby",
    ]
    next_one = lodge(clerk, opened, **TID)
    assert (next_one.status_code, next_one.location) == (303, "/desk/ahead"), words(next_one)
    page = clerk.get(next_one.location)
    there = fields(page)
    assert [there[each] for each in ("given_names", "tie", "document_type", "status")] == [
        "Ryma",
        "child",
        "TID",
        "applicant",
    ]
    assert forms_left(office) == 1
    end = lodge(clerk, page, **TID, given_names="Rima")
    hadi, rima = requests(office)
    assert end.location == f"/cases/{hadi.id}/family"
    assert [each.person.full_name for each in (hadi, rima)] == [
        "Hadi Al-Masri",
        "Rima Al-Masri",
    ] or hadi.person.given_names == "Hadi"
    assert (rima.person.birth_date, rima.person.native_name) == ("2015-XX-XX", "المصري ريما")
    assert forms_left(office) == 0
    with office.reading() as look:
        (link,) = look.session.scalars(select(FamilyLink)).all()
        assert (link.person_id, link.relative_id, link.tie) == (rima.person_id, hadi.person_id, "parent")
        acts = list(look.session.scalars(select(AuditEvent.act).where(AuditEvent.act.startswith("request.form"))))
        assert sorted(acts) == ["request.form_opened", "request.form_used", "request.form_used"]
        assert not [each for each in look.session.scalars(select(StaffSession)) if code in str(each.content)]
    again = clerk.submit("/desk/ahead", {"code": code})
    assert (again.status_code, "Everybody of this form is lodged already" in words(again)) == (404, True)


def test_what_nobody_compared_is_marked_in_the_lodging(clerk: Browser, phone: Browser) -> None:
    page = clerk.submit("/desk/ahead", {"code": filled(phone)}, follow_redirects=True)
    lodging = to_lodging(clerk, page, compared_field=["family_name", "given_names", "sex"], **TID)
    said = "Compare this with the papers of the person: keep it, or correct it."
    assert words(lodging).count(said) == 2 * 5
    assert clerk.submit("/desk/lodge", fields(lodging)).status_code == 303


def test_a_script_without_a_table_is_asked(clerk: Browser, phone: Browser) -> None:
    page = clerk.submit("/desk/ahead", {"code": filled(phone, MINA)}, follow_redirects=True)
    assert (fields(page)["family_name"], "no table for this script: ask" in words(page)) == ("", True)
    assert "মিনা" in words(page)


def test_somebody_else_of_the_form_is_lodged_without_a_link(clerk: Browser, phone: Browser, office: Office) -> None:
    page = clerk.submit("/desk/ahead", {"code": filled(phone, HADI, MINA)}, follow_redirects=True)
    page = clerk.get(lodge(clerk, page, **TID).location)
    end = lodge(clerk, page, **TID, family_name="Mina", given_names="Khatun", birth_place="Dhaka")
    assert end.location == f"/cases/{requests(office)[1].id}"
    with office.reading() as look:
        assert look.session.scalars(select(FamilyLink)).all() == []


def test_any_person_of_the_form_can_be_first_and_the_rest_deleted(
    clerk: Browser, phone: Browser, office: Office
) -> None:
    clerk.submit("/desk/ahead", {"code": filled(phone)})
    page = clerk.get("/desk/ahead?place=1")
    assert fields(page)["given_names"] == "Ryma"
    assert lodge(clerk, page, **TID, representative="Popa Ana (aunt)").location == "/desk/ahead"
    assert fields(clerk.get("/desk/ahead?place=1"))["given_names"] == "Hadi"
    assert clerk.submit("/desk/ahead/drop").status_code == 303
    assert forms_left(office) == 0
    assert "Code of the form" in words(clerk.get("/desk/ahead"))
    assert clerk.submit("/desk/ahead/drop").status_code == 303


def test_two_windows_lodge_nobody_twice(
    app: Flask, clerk: Browser, phone: Browser, office: Office, people: SmallOffice
) -> None:
    code = filled(phone)
    other = sit_down(app.test_client(), office, people, "second_clerk")  # type: ignore[arg-type]
    other.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    pages = [each.submit("/desk/ahead", {"code": code}, follow_redirects=True) for each in (clerk, other)]
    lodgings = [to_lodging(each, page, **TID) for each, page in zip((clerk, other), pages, strict=True)]
    assert clerk.submit("/desk/lodge", fields(lodgings[0])).status_code == 303
    late = other.submit("/desk/lodge", fields(lodgings[1]) | SOMEBODY)
    assert (late.status_code, "Somebody lodged this person of the form meanwhile." in words(late)) == (409, True)
    assert len(requests(office)) == 1
    twice = clerk.submit("/desk/lodge", fields(lodgings[0]))
    assert (twice.status_code, len(requests(office))) == (303, 1)


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ("", 400, "This is no code of a form"),
        ("x" * 5_000, 400, "This is no code of a form"),
        ("K7WM-P3XQ-H5R", 400, "This is no code of a form"),
        ("\0\u202e", 400, "This is no code of a form"),
        (codes.new(), 404, "Nothing is kept for this code"),
    ],
    ids=["none", "long", "a reference", "odd", "unknown"],
)
def test_a_code_that_opens_nothing_says_what_to_do(clerk: Browser, typed: str, status: int, said: str) -> None:
    answer = clerk.submit("/desk/ahead", {"code": typed})
    assert (answer.status_code, said in words(answer)) == (status, True)
    assert "Set-Cookie" not in answer.headers or "ahead=" not in answer.headers["Set-Cookie"]
    assert typed not in answer.text or not typed


def test_a_letter_that_is_wrong_is_noticed(clerk: Browser, phone: Browser) -> None:
    code = filled(phone)
    wrong = ("3" if code[0] != "3" else "4") + code[1:]
    assert clerk.submit("/desk/ahead", {"code": wrong}).status_code == 400


def test_after_fourteen_days_the_family_is_written_down_as_everybody(
    clerk: Browser, phone: Browser, office: Office, clock: Any
) -> None:
    code = filled(phone)
    clock.advance(dt.timedelta(days=14))
    office.keep_time()
    clerk.come_back()
    assert "it is older than 14 days" in words(clerk.submit("/desk/ahead", {"code": code}))
    HANDLERS["purge-ahead"](office)
    assert forms_left(office) == 0


def test_the_open_form_is_of_the_account_that_opened_it(
    clerk: Browser, phone: Browser, office: Office, people: SmallOffice
) -> None:
    page = clerk.submit("/desk/ahead", {"code": filled(phone)}, follow_redirects=True)
    cookie = clerk.get_cookie("ahead", path="/desk/ahead")
    assert cookie
    assert cookie.http_only
    assert "المصري" not in cookie.value
    sit_down(clerk, office, people, "second_clerk")
    assert "Code of the form" in words(clerk.get("/desk/ahead"))
    lodging = clerk.submit("/desk/lodge", fields(page) | TID)
    answer = clerk.submit("/desk/lodge", fields(lodging) | {"birth_place": "Halab"})
    assert (answer.status_code, forms_left(office)) == (303, 1), "it is lodged as anybody, and the form stays"


def test_who_only_registers_opens_it_too_and_nobody_else(client: Browser, phone: Browser, login: Login) -> None:
    code = filled(phone)
    for role in RoleName:
        login(client, role)
        may = role in (RoleName.CLERK, RoleName.ENROLMENT_EXPERT, RoleName.BORDER_POLICE)
        assert client.submit("/desk/ahead", {"code": code}).status_code == (303 if may else 403), role
