"""Who has no passkey proves by a code, before a grave act: what was typed waits, and no code does it twice."""

from __future__ import annotations

import datetime as dt
import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from issuance.clock import FixedClock
from tests.attack import test_spent_codes as codes
from tests.attack.test_spent_codes import STEP, code, half_way, send

pytestmark = codes.pytestmark
app, clock, key = codes.app, codes.clock, codes.key
"""An office that is no demonstration, and a clerk with an authenticator app."""

FORM = {"serials": "A typed serial"}
LONG = dt.timedelta(minutes=20)


def at_work(app: Flask, clock: FixedClock, key: str) -> FlaskClient:
    """A clerk who logged in forty minutes ago, and worked all the while."""
    browser = half_way(app)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    send(browser, "/tf-validate", {"code": code(key, clock.now())}, "/tf-validate")
    for _ in range(2):
        clock.advance(LONG)
        assert browser.get("/").status_code == 200
    return browser


def sent(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/bin").text)
    assert token
    form = FORM | fields | {"csrf_token": token[1]}
    answer = browser.post(path, data=form)
    while answer.status_code == 307:  # as a browser does: the same form to where it is sent on
        answer = browser.post(answer.location, data=form)
    return answer


def test_the_form_waits_for_the_code_and_then_is_done(app: Flask, clock: FixedClock, key: str) -> None:
    browser = at_work(app, clock, key)
    asked = sent(browser, "/bin/count")
    assert (asked.status_code, "Show that it is you" in asked.text) == (401, True)
    assert 'name="serials" value="A typed serial"' in asked.text
    assert 'name="proof-to" value="/bin/count"' in asked.text
    shown = code(key, clock.now())
    wrong = sent(browser, "/account/proof/given", **{"proof-to": "/bin/count", "proof-code": "000000"})
    assert (wrong.status_code, "The code is wrong" in wrong.text) == (401, True)
    assert 'name="serials" value="A typed serial"' in wrong.text
    done = sent(browser, "/account/proof/given", **{"proof-to": "/bin/count", "proof-code": shown})
    assert done.request.path == "/bin/count"
    assert "Show that it is you" not in done.text
    assert done.status_code in (400, 404, 409)  # it was looked at: no document has this number
    assert "Show that it is you" not in sent(browser, "/bin/count").text  # for half an hour
    clock.advance(dt.timedelta(minutes=29))
    browser.get("/")
    clock.advance(dt.timedelta(minutes=2))
    assert "Show that it is you" in sent(browser, "/bin/count").text


def test_a_code_that_was_taken_proves_nothing(app: Flask, clock: FixedClock, key: str) -> None:
    browser, other = at_work(app, clock, key), half_way(app)
    shown = code(key, clock.now())
    send(other, "/tf-validate", {"code": shown}, "/tf-validate")
    again = sent(browser, "/account/proof/given", **{"proof-to": "/bin/count", "proof-code": shown})
    assert "The code is wrong, has run out or was used." in again.text
    clock.advance(STEP)
    assert "Show that it is you" in sent(browser, "/bin/count").text


def test_codes_are_not_guessed_at(app: Flask, clock: FixedClock, key: str) -> None:
    browser = at_work(app, clock, key)
    answers = [sent(browser, "/account/proof/given", **{"proof-code": "000000"}) for _ in range(11)]
    assert "Too many attempts." in answers[-1].text
    late = sent(browser, "/account/proof/given", **{"proof-code": code(key, clock.now())})
    assert "Too many attempts." in late.text
