"""Log-ins are counted so that a stranger can neither guess nor lock: by account and address, known devices apart."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask
from sqlalchemy import select

from issuance.clock import FixedClock
from issuance.models.audit import AuditEvent
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.web.frame import login
from issuance.web.frame.login import TRIES_OF_STRANGERS, TRIES_PER_ACCOUNT
from tests.web.conftest import PASSWORD, Browser, address_of

CLERK = address_of(RoleName.CLERK)
TOO_MANY = "Too many attempts. Try again in"
WRONG = "The e-mail address or the password is wrong."


def browser(app: Flask, address: str) -> Browser:
    """Somebody at this address."""
    client = app.test_client()
    assert isinstance(client, Browser)
    client.environ_base |= {"REMOTE_ADDR": address, "HTTP_ACCEPT_LANGUAGE": "en"}
    return client


def log_in(client: Browser, password: str = PASSWORD, email: str = CLERK) -> str:
    """Send the log-in form: the sentence of the refusal, or nothing when it is in."""
    answer = client.submit("/login", {"email": email, "password": password})
    if answer.status_code == 302:
        return ""
    found = re.search(r'notice-title">(.*?)</p>', answer.text)
    assert found
    return found[1]


def log_out(client: Browser) -> None:
    assert client.submit("/logout").status_code == 302


def device_of(client: Browser) -> list[str]:
    """The names of the cookies by which this device is known."""
    return sorted(name for _, _, name in client._cookies if name.startswith("device-"))  # type: ignore[union-attr]


def tried_out(app: Flask, addresses: int = 5) -> None:
    """Strangers use up every try that strangers have at the clerk's account."""
    for number in range(addresses):
        stranger = browser(app, f"192.0.2.{number}")
        answers = [log_in(stranger, "wrong") for _ in range(TRIES_PER_ACCOUNT + 1)]
        assert answers[0] == WRONG
        assert answers[-1].startswith(TOO_MANY)


def test_strangers_do_not_lock_out_who_comes_from_a_known_device(app: Flask) -> None:
    clerk = browser(app, "10.0.0.1")
    assert log_in(clerk) == ""
    log_out(clerk)
    tried_out(app)
    assert log_in(browser(app, "10.0.0.1")).startswith(TOO_MANY), "her address is not enough"
    assert log_in(clerk) == ""


def test_one_stranger_does_not_lock_out_who_comes_from_another_address(app: Flask) -> None:
    tried_out(app, addresses=1)
    assert log_in(browser(app, "10.0.0.1")) == ""


def test_an_address_that_tries_all_accounts_is_refused_and_no_other(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "TRIES_PER_ADDRESS", 12)  # a password of nobody is hashed too, which takes long
    stranger = browser(app, "192.0.2.1")
    for number in range(12):
        assert log_in(stranger, "wrong", f"n{number}@liman.example") == WRONG
    assert log_in(stranger, "wrong", "another@liman.example").startswith(TOO_MANY)
    assert log_in(browser(app, "10.0.0.1")) == ""


def test_strangers_together_have_a_limit_at_one_account(app: Flask, clock: FixedClock) -> None:
    assert TRIES_OF_STRANGERS == 5 * TRIES_PER_ACCOUNT
    tried_out(app)
    assert log_in(browser(app, "192.0.2.200"), "wrong").startswith(TOO_MANY)
    clock.advance(dt.timedelta(minutes=16))
    assert log_in(browser(app, "192.0.2.200")) == ""


SPELLINGS = [CLERK, CLERK.upper(), f"  {CLERK}", " " * 250 + CLERK, f"\u2003{CLERK}", f"{CLERK}\u00a0"]


def test_every_spelling_of_an_address_is_one_account(app: Flask) -> None:
    """Leading spaces gave a stranger 76 tries."""
    stranger = browser(app, "192.0.2.1")
    got = [log_in(stranger, "wrong", SPELLINGS[number % len(SPELLINGS)]) for number in range(TRIES_PER_ACCOUNT + 1)]
    assert got[:-1] == [WRONG] * TRIES_PER_ACCOUNT
    assert got[-1].startswith(TOO_MANY)


def test_every_form_of_a_network_address_is_one(app: Flask) -> None:
    forms = ["192.0.2.1", "192.0.2.1:4711", "::ffff:192.0.2.1", "[::ffff:c000:201]:80"]
    for number in range(TRIES_PER_ACCOUNT):
        assert log_in(browser(app, forms[number % len(forms)]), "wrong") == WRONG
    assert all(log_in(browser(app, form)).startswith(TOO_MANY) for form in forms)


def test_a_known_device_has_a_limit_too(app: Flask) -> None:
    clerk = browser(app, "10.0.0.1")
    log_in(clerk)
    log_out(clerk)
    for _ in range(TRIES_PER_ACCOUNT):
        assert log_in(clerk, "wrong") == WRONG
    assert log_in(clerk).startswith(TOO_MANY)
    assert log_in(browser(app, "10.0.0.2")) == "", "and uses up nobody else's"


def test_a_device_is_known_for_the_account_that_logged_in_there(app: Flask, office: Office) -> None:
    clerk = browser(app, "10.0.0.1")
    assert log_in(clerk, "wrong") == WRONG
    assert device_of(clerk) == []
    assert log_in(clerk) == ""
    (mine,) = device_of(clerk)
    log_out(clerk)
    assert log_in(clerk, email=address_of(RoleName.OPERATOR)) == ""
    assert len(device_of(clerk)) == 2
    kept = clerk.get_cookie(mine)
    assert kept is not None
    assert (kept.http_only, kept.same_site, kept.max_age) == (True, "Lax", 365 * 24 * 3600)
    assert CLERK not in str(kept)
    assert re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]{64}", kept.value)


def test_a_device_cookie_that_is_not_ours_is_nobodys(app: Flask) -> None:
    clerk = browser(app, "10.0.0.1")
    log_in(clerk)
    (name,) = device_of(clerk)
    kept = clerk.get_cookie(name)
    assert kept is not None
    tried_out(app)
    device, proof = kept.value.split("-")
    for forged in (f"{'0' * 16}-{proof}", f"{device}-{'0' * 64}", "", "\u0219", device):
        stranger = browser(app, "192.0.2.99")
        stranger.set_cookie(name, forged)
        assert log_in(stranger).startswith(TOO_MANY)


@pytest.mark.parametrize("password", ["x" * 5_000, "\ufdfa" * 200, "nul\0", "x" * 201, "\ud7ff\x85"])
def test_what_cannot_be_a_password_is_answered_in_a_sentence(app: Flask, password: str) -> None:
    sentence = log_in(browser(app, "10.0.0.1"), password)
    assert sentence == "No password is so long or has such characters. Type it again."


@pytest.mark.parametrize("email", ["x" * 5_000, f"{CLERK}\0", "\0", "\x85@", "a@b\u202e", "@", "\ufdfa" * 300])
def test_what_cannot_be_an_address_is_nobodys(app: Flask, email: str) -> None:
    assert log_in(browser(app, "10.0.0.1"), email=email) == WRONG


def test_a_flood_of_refused_log_ins_is_one_event(app: Flask, office: Office) -> None:
    stranger = browser(app, "192.0.2.1")
    for _ in range(TRIES_PER_ACCOUNT):
        log_in(stranger, "wrong")
    for number in range(8):
        log_in(stranger, "wrong", f"n{number}@liman.example")
    with office.database.reading() as session:
        told = [event for event in session.scalars(select(AuditEvent)) if event.act.startswith("account.log")]
    assert [len(event.subjects) for event in told] == [1, 0], "one for the account, one for all who are nobody"
