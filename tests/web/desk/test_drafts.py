"""Drafts: one's own, encrypted, there until the form is sent or the day is over."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from issuance import tasks
from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.models.staff import Draft, RoleName, Staff
from issuance.office import Office
from issuance.services import roles
from issuance.services.roles import Term
from tests.people import SmallOffice
from tests.web.conftest import Browser, Login, address_of
from tests.web.desk.shared import FORM

PLACE = "/desk/lodge"


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def keep(browser: Browser, **fields: str) -> None:
    assert browser.submit("/drafts", {"place": PLACE, **fields}).status_code == 204


def count(office: Office) -> int:
    with office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Draft)) or 0


def test_what_was_typed_last_comes_back_and_nothing_else(clerk: Browser, office: Office) -> None:
    keep(clerk, family_name="Had")
    keep(clerk, family_name="Haddad", mark="1", version="3", draft="/desk/lodge")
    found = clerk.get("/drafts", query_string={"place": PLACE})
    assert found.json["fields"] == [["family_name", "Haddad"]]
    assert clerk.get("/drafts", query_string={"place": "/desk/other"}).status_code == 204
    assert count(office) == 1
    with office.database.reading() as session:
        assert b"Haddad" not in session.scalars(select(Draft.encrypted)).one()


def test_a_draft_is_nobody_elses(clerk: Browser, office: Office, login: Login) -> None:
    """Also not when its row is given to another account: the ciphertext is bound to its own."""
    keep(clerk, family_name="Haddad")
    with office.act(SYSTEM) as act:
        query = select(Staff).where(Staff.email == address_of(RoleName.SUPERVISOR))
        supervisor = act.session.scalars(query).unique().one()
        roles.give(act, supervisor, Term(RoleName.CLERK, act.clock.today(), None))
    other = clerk.application.test_client()
    assert isinstance(other, Browser)
    login(other, RoleName.SUPERVISOR)
    assert other.get("/drafts", query_string={"place": PLACE}).status_code == 204
    with office.database.transaction() as session:
        session.scalars(select(Draft)).one().account_id = other.account_id
    answer = other.get("/drafts", query_string={"place": PLACE})
    assert "Haddad" not in answer.text


def test_it_outlives_the_session_but_not_the_day(clerk: Browser, office: Office, clock: FixedClock) -> None:
    keep(clerk, family_name="Haddad")
    clock.advance(dt.timedelta(hours=13))
    clerk.come_back()
    tasks.purge_sessions(office)
    assert clerk.get("/drafts", query_string={"place": PLACE}).status_code == 200
    clock.advance(dt.timedelta(hours=2))  # after midnight in Romania
    clerk.come_back()
    assert clerk.get("/drafts", query_string={"place": PLACE}).status_code == 204
    tasks.purge_sessions(office)
    assert count(office) == 0


def test_what_was_lodged_is_no_draft_any_more(clerk: Browser, people: SmallOffice, office: Office) -> None:
    keep(clerk, family_name="Haddad")
    refused = clerk.submit(PLACE, {**FORM, "family_name": "", "draft": PLACE})
    assert (refused.status_code, count(office)) == (400, 1)
    assert clerk.submit(PLACE, {**FORM, "draft": PLACE}).status_code == 303
    assert count(office) == 0


def test_it_can_be_begun_anew(clerk: Browser, office: Office) -> None:
    keep(clerk, family_name="Haddad")
    assert clerk.submit("/drafts/drop", {"place": PLACE}).status_code == 204
    assert count(office) == 0


@pytest.mark.parametrize("place", ["", "desk", "//evil.example/x?y", "/desk/" + "x" * 200])
def test_only_a_form_of_ours_has_drafts(clerk: Browser, place: str) -> None:
    assert clerk.submit("/drafts", {"place": place, "family_name": "x"}).status_code == 400


def test_a_draft_that_is_too_long_is_refused(clerk: Browser, office: Office) -> None:
    typed = {"place": PLACE, "note": "x" * 4_100_000}
    with clerk.submit("/drafts", typed, content_type="multipart/form-data") as answer:
        assert answer.status_code == 400
        answer.request.input_stream.close()
    assert count(office) == 0


def test_the_way_back_from_an_ended_session_is_one_click(clerk: Browser, clock: FixedClock) -> None:
    """Also from a form with a picture, which cannot be sent again by itself."""
    clock.advance(dt.timedelta(hours=13))
    form = {"draft": "/cases/1/enrolment", "captured": "x" * 70_000}
    ours = {"Sec-Fetch-Site": "same-origin"}
    page = clerk.submit("/cases/1/enrolment/picture", form, content_type="multipart/form-data", headers=ours)
    assert page.status_code in (400, 404)
    page = clerk.submit("/desk/lodge", {"draft": "/desk/lodge"}, headers=ours)
    assert 'href="/login?next=/desk/lodge"' in page.text
