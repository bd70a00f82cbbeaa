"""The owner of an account is asked at the next log-in, answers, and an administrator sees what was not them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from issuance.chores.public import notices
from issuance.models.audit import AuditEvent
from issuance.models.notices.letters import AccountLetter
from issuance.models.staff import AccountAlert, RoleName
from issuance.office import Office
from issuance.states import NoticeState
from tests import relay
from tests.relay import Relay
from tests.web.conftest import PASSWORD, Browser, Login, address_of

ASKED = "Something happened with your account."
WISE = "three unlikely words"


@pytest.fixture
def changed(client: Browser, login: Login) -> Browser:
    """A clerk whose password was changed in this browser."""
    login(client, RoleName.CLERK)
    answer = client.submit("/account/password", {"present": PASSWORD, "password": WISE, "again": WISE})
    assert answer.status_code == 303
    return client


@pytest.fixture
def next_one(app: Flask, changed: Browser) -> Browser:
    """The next log-in, in another browser."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    browser.submit("/login", {"email": address_of(RoleName.CLERK), "password": WISE})
    return browser


def acts(office: Office) -> list[str]:
    with office.database.reading() as session:
        found = session.scalars(select(AuditEvent.act).order_by(AuditEvent.id))
        return [act for act in found if act.startswith("account.alert")]


def answer(browser: Browser, which: str) -> str:
    """The address of this answer to the one thing that is asked."""
    (found,) = re.findall(rf'action="(/account/alerts/[^"]+/{which})"', browser.get("/account/alerts").text)
    return str(found)


def test_it_was_me(changed: Browser, next_one: Browser, office: Office) -> None:
    assert ASKED not in changed.get("/account").text
    assert "/account/alerts/" not in changed.get("/account/alerts").text  # who changed it does not answer
    assert ASKED in next_one.get("/").text
    assert "The password was changed" in next_one.get("/account/alerts").text
    assert next_one.submit(answer(next_one, "mine")).status_code == 303
    assert ASKED not in next_one.get("/").text
    assert "It was you" in next_one.get("/account/alerts").text
    assert acts(office) == ["account.alert_confirmed"]


def test_it_was_not_me(app: Flask, changed: Browser, next_one: Browser, office: Office, login: Login) -> None:
    assert next_one.submit(answer(next_one, "not-mine")).status_code == 303
    for browser in (changed, next_one):
        assert browser.get("/desk").status_code == 302
    assert "its owner said that something was not them" in changed.get("/login").text
    head = app.test_client()
    assert isinstance(head, Browser)
    head.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    login(head, RoleName.ADMINISTRATOR)
    page = head.get("/alerts").text
    assert "Test clerk" in page
    assert "The password was changed" in page
    with office.database.reading() as session:
        row = session.scalars(select(AccountAlert)).unique().one()
    assert "Not its owner" in head.get(f"/accounts/{row.staff_id}").text
    assert head.submit(f"/alerts/{row.id}/settle").status_code == 303
    assert "Nobody says so" in head.get("/alerts").text
    assert head.submit(f"/alerts/{row.id}/settle").status_code == 404
    assert acts(office) == ["account.alert_disowned", "account.alert_settled"]


def test_another_administrators_page_is_not_ones_own(changed: Browser, office: Office) -> None:
    """A clerk settles nothing, and answers for nobody else."""
    with office.database.reading() as session:
        row = session.scalars(select(AccountAlert)).unique().one()
    assert changed.submit(f"/alerts/{row.id}/settle").status_code == 403
    assert changed.submit(f"/account/alerts/{row.id}/mine").status_code == 404


def test_a_password_says_why_it_is_refused(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    for chosen, why in (
        ("starwars!2026!2026", "public lists of stolen ones"),
        ("toamna la TIMISOARA", "name, address or office"),
    ):
        page = client.submit("/account/password", {"present": PASSWORD, "password": chosen, "again": chosen})
        assert (page.status_code, why in page.text, chosen in page.text) == (400, True, False)


@pytest.fixture
def mail(office: Office) -> Iterator[Relay]:
    with relay.running() as running:
        said = {"smtp_url": f"smtp://127.0.0.1:{running.port}", "smtp_from": "no-reply@liman.example"}
        office.settings = office.settings.model_copy(update=said)
        yield running


def subjects(office: Office, mail: Relay) -> list[str]:
    """What came, once the worker sent what is due."""
    for _ in range(3):
        notices.send_notices(office)
    return [str(each["Subject"]) for each in mail.came]


@pytest.mark.parametrize(
    ("language", "subject"),
    [("en", "Something happened with your account"), ("ro", "S-a întâmplat ceva cu contul dumneavoastră")],
)
def test_a_changed_password_is_one_letter_in_the_language_of_the_log_in(
    client: Browser, mail: Relay, office: Office, language: str, subject: str
) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    client.submit("/login", {"email": address_of(RoleName.CLERK), "password": PASSWORD})
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.submit("/account/password", {"present": PASSWORD, "password": WISE, "again": WISE})
    assert subjects(office, mail) == [subject]
    assert mail.to == [address_of(RoleName.CLERK)]


def test_a_letter_that_came_back_waits_at_the_administrators_page(
    app: Flask, mail: Relay, changed: Browser, office: Office, login: Login
) -> None:
    mail.will_answer("RCPT", "550 no such mailbox")
    assert subjects(office, mail) == []
    head = app.test_client()
    assert isinstance(head, Browser)
    head.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    login(head, RoleName.ADMINISTRATOR)
    page = head.get("/alerts/letters").text
    for said in ("Test clerk", "The password was changed", "The mail answered 550."):
        assert said in page
    with office.database.reading() as session:
        (key,) = session.scalars(select(AccountLetter.id).where(AccountLetter.state == NoticeState.REFUSED))
    assert head.submit(f"/alerts/letters/{key}/settle").status_code == 303
    assert "No letter came back" in head.get("/alerts/letters").text
    assert head.submit(f"/alerts/letters/{key}/settle").status_code == 404
