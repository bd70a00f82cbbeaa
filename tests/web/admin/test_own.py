"""The own account: sessions that can be ended, a password that can be changed."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from issuance.clock import FixedClock
from issuance.models.staff import RoleName, StaffSession
from issuance.office import Office
from issuance.services.trust import sessions
from issuance.services.trust.sessions import IDLE, LONGEST
from tests.web.conftest import PASSWORD, Browser, Login, address_of

CLERK = address_of(RoleName.CLERK)
WISE = "three unlikely words"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


@pytest.fixture
def elsewhere(app: Flask) -> Browser:
    """The same person at another computer."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    browser.environ_base |= {"HTTP_ACCEPT_LANGUAGE": "en", "HTTP_USER_AGENT": CHROME}
    browser.submit("/login", {"email": CLERK, "password": PASSWORD})
    assert browser.get("/desk").status_code == 200
    return browser


def seen(office: Office) -> list[dt.datetime]:
    """When each session was used last, as the register knows it."""
    with office.database.reading() as session:
        return list(session.scalars(select(StaffSession.last_seen_at)))


def test_ones_sessions_are_listed_and_one_of_them_ended(clerk: Browser, elsewhere: Browser) -> None:
    page = clerk.get("/account").text
    assert "Firefox, Linux" in page
    assert "Chrome, Windows" in page
    assert "142.0" not in page
    (other,) = re.findall(r'action="(/account/sessions/[^"]+/end)"', page)
    assert clerk.submit(other).status_code == 303
    assert elsewhere.get("/desk").status_code == 302
    assert clerk.get("/desk").status_code == 200
    assert clerk.submit(other).status_code == 404


def test_of_those_that_ended_the_last_are_shown_and_all_that_live(
    clerk: Browser, elsewhere: Browser, office: Office, clock: FixedClock
) -> None:
    with office.database.transaction() as session:
        mine = session.scalars(select(StaffSession)).first()
        assert mine
        for at in range(sessions.ENDED_SHOWN + 5):
            ended = dict.fromkeys(("created_at", "last_seen_at", "ended_at"), clock.now() - dt.timedelta(minutes=at))
            row = StaffSession(digest=f"{at}", account_id=mine.account_id, device="Edge, Windows", content={}, **ended)
            row.ended_why = "logged-out"
            session.add(row)
    page = clerk.get("/account").text
    assert page.count("Edge, Windows") == sessions.ENDED_SHOWN
    assert ("Firefox, Linux" in page, "Chrome, Windows" in page) == (True, True)


def test_anothers_session_is_not_hers_to_end(clerk: Browser, elsewhere: Browser, login: Login) -> None:
    (other,) = re.findall(r'action="(/account/sessions/[^"]+/end)"', clerk.get("/account").text)
    login(clerk, RoleName.OPERATOR)
    assert clerk.submit(other).status_code == 404
    assert elsewhere.get("/desk").status_code == 200


def test_a_session_ends_when_nobody_uses_it(clerk: Browser, clock: FixedClock) -> None:
    for _ in range(3):
        clock.advance(IDLE - dt.timedelta(minutes=1))
        assert clerk.get("/desk").status_code == 200
    clock.advance(IDLE)
    assert clerk.get("/desk").status_code == 302
    assert "not used for 30 minutes" in clerk.get("/login").text


def test_what_was_typed_survives_the_log_in_that_became_necessary(clerk: Browser, clock: FixedClock) -> None:
    ours = {"Sec-Fetch-Site": "same-origin"}
    clock.advance(IDLE)
    page = clerk.post("/desk/lodge", data={"family_name": "Öz-Typed", "csrf_token": "of before"}, headers=ours)
    assert "Öz-Typed" in page.text
    clerk.submit("/login", {"email": CLERK, "password": PASSWORD})
    page = clerk.post("/desk/lodge", data=hidden(page.text), headers=ours)
    assert (page.status_code, "Öz-Typed" in page.text) == (400, True), "the log-in has a CSRF secret of its own"
    page = clerk.post("/desk/lodge", data=hidden(page.text), headers=ours)
    assert 'value="Öz-Typed"' in page.text
    assert "Nothing was saved yet" in page.text


def hidden(page: str) -> dict[str, str]:
    """What the page that keeps it would send again."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token, page
    return dict(re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page)) | {"csrf_token": token[1]}


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(clerk: Browser, clock: FixedClock) -> None:
    for _ in range(int(LONGEST / dt.timedelta(minutes=20)) - 1):
        clock.advance(dt.timedelta(minutes=20))
        assert clerk.get("/mrz").status_code == 405
    clerk.get("/desk")
    clock.advance(dt.timedelta(minutes=20))
    assert clerk.get("/desk").status_code == 302


def test_a_page_that_is_looked_at_writes_once_a_minute(clerk: Browser, office: Office, clock: FixedClock) -> None:
    begun = clock.now()
    clock.advance(dt.timedelta(seconds=50))
    clerk.get("/desk")
    assert seen(office) == [begun]
    clock.advance(dt.timedelta(seconds=20))
    clerk.get("/desk")
    assert seen(office) == [clock.now()]


def test_a_page_that_fetches_itself_again_keeps_nobody_logged_in(clerk: Browser, clock: FixedClock) -> None:
    for _ in range(3):
        clock.advance(IDLE / 2)
        answer = clerk.get("/desk", headers={"Sec-Fetch-Mode": "cors"})
    assert answer.status_code == 302


def test_a_session_of_the_future_is_none(clerk: Browser, clock: FixedClock, login: Login) -> None:
    clock.advance(dt.timedelta(days=1000))
    login(clerk, RoleName.CLERK)
    clock.advance(-dt.timedelta(days=1000))
    assert clerk.get("/desk").status_code == 302


def test_old_sessions_are_forgotten(clerk: Browser, office: Office, clock: FixedClock) -> None:
    with office.upkeep() as look:
        sessions.purge(look)
    assert len(seen(office)) == 1
    clock.advance(LONGEST)
    with office.upkeep() as look:
        sessions.purge(look)
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 0


def test_a_changed_password_ends_every_other_session(clerk: Browser, elsewhere: Browser) -> None:
    answer = elsewhere.submit("/account/password", {"present": PASSWORD, "password": WISE, "again": WISE})
    assert answer.headers["Location"] == "/account"
    assert elsewhere.get("/desk").status_code == 200
    assert clerk.get("/desk").status_code == 302
    assert "Nothing was saved yet" not in elsewhere.get("/account/password").text


@pytest.mark.parametrize(
    ("present", "chosen", "again", "words"),
    [
        ("wrong", WISE, WISE, "This is not your present password."),
        (PASSWORD, "two lamps", "two lamps", "Choose at least 12 characters."),
        (PASSWORD, WISE, "another of them", "Type it twice alike."),
        (PASSWORD, "parola-2026-!!", "parola-2026-!!", "one of the first that are guessed"),
        (PASSWORD, "my clerk and I", "my clerk and I", "a part of your name or address"),
        (PASSWORD, "x" * 5000, "x" * 5000, "Choose at most 200 characters."),
    ],
)
def test_a_password_that_will_not_do_is_refused(
    clerk: Browser, present: str, chosen: str, again: str, words: str
) -> None:
    answer = clerk.submit("/account/password", {"present": present, "password": chosen, "again": again})
    assert answer.status_code == 400
    assert words in answer.text
    assert chosen not in answer.text


def test_the_present_password_cannot_be_tried_for_ever(clerk: Browser) -> None:
    fields = {"present": "wrong", "password": WISE, "again": WISE}
    answers = [clerk.submit("/account/password", fields) for _ in range(11)]
    assert answers[-1].status_code == 429
    assert "Too many attempts" in answers[-1].text


def test_reasons_and_messages_are_kept_by_the_register(clerk: Browser, office: Office) -> None:
    """Once in the cookie, which was full after 66 cases of another centre."""
    with clerk.session_transaction() as kept:
        kept["reasons"] = {str(number): "a transfer that is answered" for number in range(500)}
    assert clerk.get("/desk").status_code == 200
    with clerk.session_transaction() as kept:
        assert len(kept["reasons"]) == 500
    cookie = clerk.get_cookie("liman")
    assert cookie is not None
    assert len(cookie.value) == 43
