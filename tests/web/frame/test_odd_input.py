"""Whatever is typed into an address or a form, nothing breaks: an answer is a page or a sentence, never a 500.

Every GET route is walked with odd arguments by somebody who may use it, every form of strangers with odd fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.routing import Rule

from issuance.models.staff import RoleName
from issuance.web.frame.auth import STRANGER_BYTES, UPLOAD_BYTES, Access, access_of
from tests.web.conftest import Browser, Login
from tests.web.test_routes import address, methods, rules

ARGUMENTS = ("act", "centre", "day", "page", "state", "type", "serial", "lang", "language", "next", "now", "v", "token")
TEXTS = [
    "%00", "a%00b", "%", "%zz", "%ff%fe", "%ed%a0%80", "%F0%9F%92%A9", "%0d%0a", "%E2%80%AE", "-1", "0", "1e9", "NaN",
    "9" * 400, "9" * 5000, "x" * 6000, "9999-12-31", "0001-01-01", "2026-W40-1", "2026-02-30", "20260230", "0000-00-00",
    "..%2f..%2fetc%2fpasswd", "%27%20OR%201=1--", "%cc%81" * 500, "%EF%B7%BA" * 300, "&", "=", ";",
]  # fmt: skip
"""Values as an address carries them."""

SOME = ["%00", "%ff%fe", "9" * 400]

FIELDS = ["reference", "birth_date-day", "birth_date-month", "birth_date-year", "email", "password", "next", "code"]
TYPED = [
    "\0", "a\0b", "\x85", "\u202e", "\ufdfa" * 300, "a" + "\u0344\u0345" * 1_000, "x" * 5_000, "9" * 5_000, "-1",
    "\u0662\u0663", "\U0001f4a9", "9999-12-31", "' OR 1=1--", "%00", "\r\n",
]  # fmt: skip
"""Values as people and others type them."""


def pages(app: Flask, method: str) -> Iterator[tuple[Rule, Access]]:
    """Every route of this method that somebody may use."""
    for rule in rules(app):
        access = access_of(app, rule.endpoint)
        if method in methods(rule) and access is not None and access.kind != "nobody":
            yield rule, access


@pytest.mark.parametrize("role", [None, *RoleName], ids=str)
def test_no_page_breaks_by_an_odd_argument(app: Flask, client: Browser, login: Login, role: RoleName | None) -> None:
    """Each page is asked by one of the roles that may."""
    if role is not None:
        login(client, role)
    for rule, access in pages(app, "GET"):
        if role != next((each for each in RoleName if each in access.roles), None):
            continue
        for text in TEXTS if rule.endpoint in ASKED else SOME:
            query = "&".join(f"{name}={text}" for name in ASKED.get(rule.endpoint, " ".join(ARGUMENTS)).split())
            answer = client.get(f"{address(rule)}?{query}&other={text}")
            answer.close()
            assert answer.status_code < 500, (rule, text)


ASKED = {
    "oversight.events.listed": "act centre day page",
    "centre.quality.waiting": "serial page",
    "centre.jobs.listed": "state page",
    "desk.queues.to_complete": "state type page",
    "desk.queues.due": "state type page",
    "desk.queues.ready": "state type page",
    "officer.decisions.waiting": "type page",
    "oversight.chain.show": "now",
    "oversight.overrides.listed": "page",
    "public.status.ask": "lang",
    "security.login": "next lang",
    "static": "v",
}
"""What pages read of their address; the others are given SOME values in every argument there is."""


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-W40-1", "20260101", "٢٠٢٦-٠١-٠١", "2026-02-30"])
def test_a_day_that_cannot_be_is_said(client: Browser, login: Login, day: str) -> None:
    login(client, RoleName.AUDITOR)
    answer = client.get(f"/oversight/events?day={quote(day)}")
    assert answer.status_code == 200
    assert "Give the day as YYYY-MM-DD." in answer.text


@pytest.mark.parametrize("path", ["/status", "/login"])
@pytest.mark.parametrize("typed", TYPED, ids=ascii)
def test_no_form_of_strangers_breaks_by_an_odd_field(client: Browser, path: str, typed: str) -> None:
    plain = {"reference": "x", "birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1990"}
    plain |= {"email": "clerk@liman.example", "password": "x"}
    for field in FIELDS:
        answer = client.submit(path, {**plain, field: typed})
        assert answer.status_code < 500, field
        assert answer.status_code != 302, field


@pytest.mark.parametrize(
    "path", ["/%00", "/static/%00", "/static/a%00.css", "/cases/%00", "/%ff", "/status%00", "/\u0085"]
)
def test_no_address_breaks(client: Browser, login: Login, path: str) -> None:
    login(client, RoleName.CLERK)
    answer = client.get(path)
    answer.close()
    assert answer.status_code in (302, 400, 404)


WITH_A_PICTURE = (
    "imports.files.listed",
    "groups.listed.bring",
    "groups.listed.add",
    "desk.lodging.passport_page",
    "desk.enrolment.add_portrait",
    "desk.enrolment.keep_signature",
    "desk.handover.give_out",
    "desk.fingerprints.take",
    "centre.quality.check",
    "centre.trays.work",
    "centre.showing.show",
    "stock.deliveries.announce",
    "stock.deliveries.count",
    "stock.parcel.count",
    "stock.parcels.pack",
    "feeds.recipient.receipt",
)
BIGGER = dict.fromkeys(WITH_A_PICTURE, UPLOAD_BYTES) | {
    "desk.evidence.attach": 21_000_000,
    "border.forgeries.report": 21_000_000,
    "legacy.files.listed": 65_000_000,
    "admin.drafts.keep": UPLOAD_BYTES,
    "ahead.form.fill": 64_000,
    "api.outgoing.following": 64_000,
    "api.outgoing.acknowledged": 64_000,
    "public.phone.sign": 200_000,
    "public.verify.picture": 8_000_000,
}
"""The forms with a file, and drafts of them; a paper itself may have 20 MB, a drawing of a phone little."""


def test_every_route_has_a_limit_of_its_body(app: Flask) -> None:
    of_kind = {
        "public": 16_000,
        "login": 16_000,
        "nobody": 16_000,
        "staff": 64_000,
        "station": 2_000_000,
        "signed": 2_000_000,
        "caller": 32_000,
    }
    for rule in rules(app):
        access = access_of(app, rule.endpoint)
        assert access is not None
        assert access.body == BIGGER.get(rule.endpoint, of_kind[access.kind]), rule
    assert (STRANGER_BYTES, UPLOAD_BYTES) == (16_000, 20_000_000)


def test_every_route_refuses_what_is_longer_in_a_sentence(app: Flask, client: Browser) -> None:
    """Whoever sends it, and before anything is asked of the database."""
    for rule in rules(app):
        access = access_of(app, rule.endpoint)
        assert access is not None
        for method in methods(rule):
            head = {"CONTENT_LENGTH": str(access.body + 1), "wsgi.input_terminated": True}
            answer = client.open(address(rule), method=method, environ_overrides=head)
            answer.close()
            assert answer.status_code == 413, rule
