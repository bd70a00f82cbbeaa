"""Every route is declared, pinned in routes.txt, closed to everyone else, and answers with the security headers.

A new route is a decision: add its line to routes.txt.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app import create_app
from card_drivers import signing
from issuance import web
from issuance.models.staff import RoleName
from issuance.settings import Settings
from issuance.web.frame.auth import LIBRARY_ROUTES, Access, access_of
from issuance.web.frame.headers import FIXED
from tests.fixtures.databases import Folder
from tests.web.conftest import Browser, Login

PINNED = Path(__file__).with_name("routes.txt")
SAMPLES = {"uuid": "01890000-0000-7000-8000-000000000000", "integer": 1, "unicode": "x", "path": "x"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Every surface of an office that is no demonstration, which has the second factor; it needs no register."""
    app = create_app(Settings(var=tmp_path_factory.mktemp("var")))
    yield app
    app.extensions["office"].database.engine.dispose()


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Which database is beneath makes no difference to a permission."""
    return sqlite


def rules(app: Flask) -> list[Rule]:
    """The routes by address."""
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))


def methods(rule: Rule) -> list[str]:
    """The methods somebody wrote, without those Flask adds."""
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def declared(access: Access | None) -> str:
    """A permission as routes.txt writes it."""
    if access is None:
        return "UNDECLARED"
    roles = "everyone" if access.roles == set(RoleName) else ",".join(sorted(access.roles))
    return f"{access.kind} {roles}{' and missions' if access.at_missions else ''}".strip()


def address(rule: Rule) -> str:
    """An address of the route, with made-up values."""
    kinds = {name: type(each).__name__.removesuffix("Converter").lower() for name, each in rule._converters.items()}
    values = {name: SAMPLES[kind] for name, kind in kinds.items()}
    return rule.map.bind("localhost", "/").build(rule.endpoint, values)


def test_every_route_is_pinned_with_its_permission(whole: Flask) -> None:
    lines = [f"{','.join(methods(r))} {r.rule} - {declared(access_of(whole, r.endpoint))}" for r in rules(whole)]
    pinned = PINNED.read_text().splitlines()
    change = unified_diff(pinned, lines, "routes.txt", "the application", n=1, lineterm="")
    assert lines == pinned, "\n".join(["bring tests/web/routes.txt up to date:", *change])


def test_a_wing_is_one_blueprint_and_an_endpoint_names_its_file(whole: Flask) -> None:
    """`desk.papers.receipt` is the function `receipt` of issuance/web/desk/papers.py."""
    wings = {
        path.name for path in (Path(web.__file__).parent).iterdir() if path.is_dir() and list(path.glob("[a-z]*.py"))
    }
    ours = {name for name in whole.blueprints if "." not in name and name != "security"}
    assert ours == wings - {"words"}
    for rule in rules(whole):
        view = whole.view_functions[rule.endpoint]
        if view.__module__.startswith("issuance."):
            assert f"issuance.web.{rule.endpoint}" == f"{view.__module__}.{view.__name__}"


def test_no_route_of_ours_is_undeclared(whole: Flask) -> None:
    assert [rule.endpoint for rule in rules(whole) if access_of(whole, rule.endpoint) is None] == []


def test_only_libraries_routes_are_declared_apart(whole: Flask) -> None:
    ours = {name for name in LIBRARY_ROUTES if name != "static" and not name.startswith("security.")}
    assert ours == set()


def test_staff_routes_are_closed_to_who_is_not_logged_in(app: Flask, client: Browser) -> None:
    for rule in rules(app):
        access = access_of(app, rule.endpoint)
        if access is None or access.kind != "staff":
            continue
        for method in methods(rule):
            answer = client.open(address(rule), method=method)
            expected = (302, "/login") if method == "GET" else (400, "")
            assert (answer.status_code, answer.headers.get("Location", "")[:6]) == expected, rule


def test_staff_routes_are_closed_to_other_roles(app: Flask, client: Browser, login: Login) -> None:
    for role in RoleName:
        login(client, role)
        for rule in rules(app):
            access = access_of(app, rule.endpoint)
            if access is None or access.kind != "staff" or role in access.roles:
                continue
            for method in methods(rule):
                answer = client.get(address(rule)) if method == "GET" else client.submit(address(rule))
                assert answer.status_code == 403, (role, method, rule)


def test_station_routes_are_closed_without_token(app: Flask, client: Browser) -> None:
    for rule in rules(app):
        access = access_of(app, rule.endpoint)
        if access is None or access.kind not in ("station", "signed"):
            continue
        for method in methods(rule):
            assert client.open(address(rule), method=method).status_code == 401, rule
            headers = signing.headers(uuid4(), uuid4(), b"wrong")
            assert client.open(address(rule), method=method, headers=headers).status_code == 403, rule


def test_every_answer_carries_the_headers_and_no_traceback(app: Flask, client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    for rule in rules(app):
        for method in methods(rule):
            answer = client.get(address(rule)) if method == "GET" else client.submit(address(rule))
            answer.close()
            assert FIXED.items() <= dict(answer.headers).items(), rule
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"], rule
            assert answer.status_code < 500, rule
            if rule.endpoint not in ("static", "public.files.listed"):
                assert answer.headers["Cache-Control"] == "no-store", rule


def test_public_pages_set_no_cookie(app: Flask, client: Browser) -> None:
    for rule in rules(app):
        access = access_of(app, rule.endpoint)
        if access is not None and access.kind == "public" and rule.endpoint != "static":
            for method in methods(rule):
                answer = client.open(address(rule), method=method)
                assert "Set-Cookie" not in answer.headers, rule
