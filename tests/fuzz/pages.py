"""The forms of an office as its pages draw them, and people who send them with anything at all in them."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from inspect import getsource
from sys import modules
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from issuance.errors import LimanError
from issuance.models.staff import RoleName, Staff
from issuance.office import Office
from issuance.web.frame.auth import access_of
from tests.fuzz import drawn, files
from tests.web.conftest import CSRF, Browser, address_of
from tests.web.test_routes import methods, rules

READ = re.compile(
    r"form\.\w+\(\s*\"([\w-]+)\"|\.(?:form|files|args|values)\.get\(\s*\"([\w-]+)\"|\.getlist\(\"([\w-]+)\""
)
"""Names of fields as views and their modules read them."""
LENGTH_OF_AN_ID = 20
TOO_OLD = "This page was open too long"
LEAVES = ("security.logout", "admin.own.end", "admin.sessions.end")
"""Whoever sends these is logged out, and tries nothing any more."""


@dataclass(frozen=True)
class Sending:
    """A form or an address: who sends it, where, by which method, with which fields; `files` are fields of files.

    `others` are the roles that may send it too.
    """

    who: RoleName | None
    method: str
    rule: str
    path: str
    fields: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    others: tuple[RoleName, ...] = ()


class FormsOf(HTMLParser):
    """The forms of a page: address, method, fields with their values, fields of files."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str], tuple[str, ...]]] = []
        self._open: tuple[str, str, dict[str, str], tuple[str, ...]] | None = None
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = (said.get("action", ""), said.get("method", "get").upper(), {}, ())
        elif self._open and tag in ("input", "select", "textarea", "button") and said.get("name"):
            self._field(tag, said)
        elif self._open and tag == "option" and self._select and said.get("value"):
            self._open[2][self._select] = self._open[2].get(self._select) or said["value"]

    def _field(self, tag: str, said: dict[str, str]) -> None:
        assert self._open
        if said.get("type") == "file":
            self._open = (*self._open[:3], (*self._open[3], said["name"]))
            return
        self._select = said["name"] if tag == "select" else ""
        self._open[2].setdefault(said["name"], said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._open:
            self.found.append(self._open)
            self._open = None


@dataclass
class Crowd:
    """A browser for each role and one of a stranger, on one office; `broken` is what broke last."""

    app: Flask
    things: dict[str, Any]
    browsers: dict[RoleName | None, Browser] = field(default_factory=dict)
    broken: BaseException | None = None
    answers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        signer = URLSafeTimedSerializer(self.app.secret_key or "", salt="wtf-csrf-token")
        self.token = signer.dumps(CSRF)
        self.browsers = {who: self._browser(who) for who in (None, *RoleName)}

    @property
    def office(self) -> Office:
        """Where they are."""
        return self.app.extensions["office"]  # type: ignore[no-any-return]

    def _browser(self, who: RoleName | None) -> Browser:
        browser = self.app.test_client()
        assert isinstance(browser, Browser)
        browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        if who is not None:
            with self.office.database.reading() as session:
                account = session.scalars(select(Staff).where(Staff.email == address_of(who))).unique().one()
            browser.take_session(account.id)
        return browser

    def watch(self, undo: Callable[[Any, str, Any], None]) -> None:
        """Remember what a view raises that is no refusal; `undo` is monkeypatch.setattr."""
        handle = self.app.handle_user_exception

        def noting(error: Exception) -> Any:
            if not isinstance(error, (LimanError, HTTPException)):
                self.broken = error
            return handle(error)

        undo(self.app, "handle_user_exception", noting)

    def send(self, sending: Sending) -> TestResponse:
        """Send it; what broke is raised as it broke."""
        self.broken = None
        browser = self.browsers[sending.who]
        answer = _sent(browser, sending, self.token)
        is_old = answer.status_code == 400 and TOO_OLD in answer.text
        answer.close()
        if self.broken is not None:
            raise AssertionError(f"{sending.rule} broke") from self.broken
        assert answer.status_code != 500, sending
        self.answers["too old" if is_old else f"{sending.method} {answer.status_code}"] += 1
        if sending.who is not None and "/login" in answer.headers.get("Location", ""):
            browser.come_back()
        return answer

    def sendings(self) -> list[Sending]:
        """Every form that a page of the office draws, and every other address with the fields that its view reads."""
        drawn_ = {(each.who, each.method, each.path): each for each in self._drawn()}
        reached = {(each.method, each.rule) for each in drawn_.values()}
        others = (each for each in self._others() if (each.method, each.rule) not in reached or each.method == "GET")
        return [*drawn_.values(), *others]

    def _others(self) -> Iterator[Sending]:
        for rule in rules(self.app):
            access = access_of(self.app, rule.endpoint)
            if rule.endpoint in LEAVES or access is None:
                continue
            others = self._others_of(rule)
            for method in methods(rule):
                who = others[0] if others else None
                yield Sending(who, method, rule.rule, self._path(rule), self._read_by(rule), (), others)

    def _path(self, rule: Rule) -> str:
        values = {name: self.things.get(name, "x") for name in rule.arguments}
        return quote(rule.map.bind("localhost", "/").build(rule.endpoint, values), safe="/%")

    def _read_by(self, rule: Rule) -> dict[str, str]:
        module = modules.get(self.app.view_functions[rule.endpoint].__module__)
        found = READ.findall(getsource(module)) if module else []
        return dict.fromkeys(found, "")

    def _drawn(self) -> Iterator[Sending]:
        """The forms of every page, as the first role sees it that may open it."""
        for rule in rules(self.app):
            access = access_of(self.app, rule.endpoint)
            if access is None or "GET" not in methods(rule) or access.kind not in ("staff", "public", "login"):
                continue
            who = next((role for role in RoleName if role in access.roles), None) if access.kind == "staff" else None
            with self.browsers[who].get(self._path(rule)) as answer:
                if answer.mimetype == "text/html" and answer.status_code == 200:
                    yield from self._forms(who, rule, answer.text)

    def _forms(self, who: RoleName | None, rule: Rule, page: str) -> Iterator[Sending]:
        bound = self.app.url_map.bind("localhost", "/")
        for action, method, fields, uploads in FormsOf(page).found:
            path = action.partition("#")[0] or self._path(rule)
            try:
                target, _ = bound.match(path.partition("?")[0], method, return_rule=True)
            except HTTPException:
                continue
            if target.endpoint not in LEAVES:
                fields.pop("csrf_token", None)
                yield Sending(who, method, target.rule, path, fields, uploads, self._others_of(target))

    def _others_of(self, rule: Rule) -> tuple[RoleName, ...]:
        access = access_of(self.app, rule.endpoint)
        return tuple(role for role in RoleName if access and access.kind == "staff" and role in access.roles)


def _sent(browser: Browser, sending: Sending, token: str) -> TestResponse:
    if sending.method == "GET":
        fields = {name: value.encode("utf-8", "surrogatepass") for name, value in sending.fields.items()}
        return browser.get(f"{sending.path.partition('?')[0]}?{urlencode(fields)}")
    body: dict[str, Any] = {"csrf_token": token}
    for name, value in sending.fields.items():
        body[name] = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    for name in sending.files:
        given = body.pop(name, "")
        body[name] = (io.BytesIO(given.encode("latin-1", "replace")), "scan.jpg")
    return browser.open(sending.path, method=sending.method, data=body)


_odd_files = drawn.damaged([*files.PICTURES[:3], *files.TABLES, files.PDF]).map(lambda data: data.decode("latin-1"))


def like(sendings: list[Sending]) -> st.SearchStrategy[Sending]:
    """One of them, as somebody sends it who means no good: other values and fields, addresses, people."""
    values = drawn.texts | st.sampled_from(sorted({v for s in sendings for v in s.fields.values()}) or [""])
    edits = st.lists(st.tuples(st.integers(0, 99), values), max_size=3)
    return st.builds(_changed, st.sampled_from(sendings), edits, _odd_files, st.integers(0, 99), st.booleans())


def _changed(sending: Sending, edits: list[tuple[int, str]], file: str, who: int, is_right: bool) -> Sending:
    names = [*sending.fields, "page", "lang", "next"]
    fields = dict(sending.fields) | {names[which % len(names)]: value for which, value in edits}
    fields |= dict.fromkeys(sending.files, file)
    head, _, tail = sending.path.rpartition("/")
    if is_right or not edits or len(tail) < LENGTH_OF_AN_ID:
        path = sending.path
    else:
        path = f"{head}/{quote(edits[0][1][:60].encode('utf-8', 'surrogatepass'))}"
    return replace(sending, who=_somebody(sending, who), path=path, fields=fields)


def _somebody(sending: Sending, number: int) -> RoleName | None:
    """Mostly who may, by turns; of ten one who may not, or a stranger."""
    if number % 10 == 0:
        return [None, *RoleName][number // 10]
    return sending.others[number % len(sending.others)] if number % 3 == 0 and sending.others else sending.who
