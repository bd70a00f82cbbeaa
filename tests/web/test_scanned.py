"""Every answer as the strictest scanner wants it: the rules of Mozilla's HTTP Observatory (version 5), over all routes.

Its tests and their marks are written down here from its documentation ("HTTP Observatory tests & scoring", MDN); what
asks the network (redirects from port 80, the preload list) is the front's (deploy/liman.nginx).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from issuance.models.staff import RoleName
from issuance.server.connections import Refusal
from issuance.settings import Settings
from issuance.web.frame.headers import ONE_YEAR
from tests.fixtures.databases import Folder
from tests.web.conftest import Browser, Login
from tests.web.test_routes import address, methods, rules

HERE = "https://liman.example"
MISSES = ("/nowhere", "/static/nowhere.css", "/%00", "/static/js/keys.js", "/status?lang=ro")
SIX_MONTHS = 15_768_000
BEST = 135
"""100, and what an answer gets above it: 10 for a policy that begins with nothing, 5 for cookies, 5 for framing refused
by the policy, 5 for a private referrer, 10 for a resource policy."""


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Which database is beneath makes no difference to headers."""
    return sqlite


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """A demonstration office behind TLS, which says whom to tell of a weakness."""
    told = {"security_contact": "mailto:security@liman.example", "security_expires": "2027-06-01"}
    return Settings(
        var=tmp_path / "var", demo=True, database_url=database_url, public_url="https://liman.example", **told
    )


def policy_of(headers: Mapping[str, str]) -> dict[str, list[str]]:
    """The content security policy by directive."""
    parts = (part.split() for part in headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in filter(None, parts)}


def of_scripts(policy: dict[str, list[str]], kind: str) -> list[str]:
    """The sources of a kind, or those of everything."""
    return policy.get(kind, policy.get("default-src", ["*"]))


def csp(headers: Mapping[str, str]) -> int:
    """-25 to 10: what the policy lets in."""
    policy = policy_of(headers)
    unsafe = {"'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "data:", "*", "http:", "https:", "blob:"}
    scripts, styles = (of_scripts(policy, kind) for kind in ("script-src", "style-src"))
    if unsafe & set(scripts) or "data:" in of_scripts(policy, "object-src"):
        return -25
    if {"'unsafe-inline'", "*", "https:", "http:"} & set(styles):
        return -20 if "'unsafe-inline'" not in styles else 0
    if any(source.startswith("http:") for sources in policy.values() for source in sources):
        return -20
    return 10 if policy.get("default-src") == ["'none'"] else 5


def framing(headers: Mapping[str, str]) -> int:
    """-20 to 5: who may show the page within another."""
    if policy_of(headers).get("frame-ancestors") == ["'none'"]:
        return 5
    return 0 if headers.get("X-Frame-Options") in ("DENY", "SAMEORIGIN") else -20


def transport(headers: Mapping[str, str]) -> int:
    """-20 to 0: for how long the browser comes by TLS alone."""
    said = dict(part.strip().partition("=")[::2] for part in headers.get("Strict-Transport-Security", "").split(";"))
    return 0 if int(said.get("max-age", 0)) >= SIX_MONTHS else -10 if said.get("max-age") else -20


def referrer(headers: Mapping[str, str]) -> int:
    """-5 to 5: what another site learns."""
    private = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    return 5 if headers.get("Referrer-Policy") in private else -5


def resources(headers: Mapping[str, str]) -> int:
    """-5 to 10: who may load it."""
    return {"same-origin": 10, "same-site": 10, "cross-origin": -5}.get(
        headers.get("Cross-Origin-Resource-Policy", ""), 0
    )


def sharing(headers: Mapping[str, str]) -> int:
    """-50 to 0: whether another site may read what somebody logged in sees."""
    origin = headers.get("Access-Control-Allow-Origin")
    return -50 if headers.get("Access-Control-Allow-Credentials") or origin not in (None, "*") else 0


def cookies(set_: list[str]) -> int:
    """-40 to 5: what protects each cookie that is set."""
    marks = [5]
    for line in set_:
        said = [part.strip().lower() for part in line.split(";")]
        marks.append(
            5 if {"secure", "httponly"} <= set(said) and {"samesite=lax", "samesite=strict"} & set(said) else -20
        )
        name = line.partition("=")[0]
        if name.startswith("__Host-"):
            assert "path=/" in said
            assert not any(part.startswith("domain=") for part in said)
        else:
            assert name.startswith("__Secure-"), line
    return min(marks)


def score(headers: Mapping[str, str], set_: list[str]) -> int:
    """What the scanner gives an answer."""
    plain = 0 if headers.get("X-Content-Type-Options") == "nosniff" else -5
    rated = sum(rate(headers) for rate in (csp, framing, transport, referrer, resources, sharing))
    return 100 + plain + rated + cookies(set_)


def answers(app: Flask, browser: Browser) -> Iterator[tuple[str, Mapping[str, str], list[str]]]:
    """What each route answers to who asks, by each of its methods; and addresses that there are not."""
    asked = [(method, address(rule)) for rule in rules(app) for method in methods(rule)]
    more = [
        ("GET", path) for path in ("/nowhere", "/static/nowhere.css", "/%00", "/static/js/keys.js", "/status?lang=ro")
    ]
    for method, path in [*asked, *more, ("OPTIONS", "/login"), ("DELETE", "/login"), ("HEAD", "/login")]:
        with browser.open(path, method=method, base_url=HERE) as answer:
            yield f"{method} {path} {answer.status_code}", answer.headers, answer.headers.getlist("Set-Cookie")


@pytest.fixture
def behind_tls(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application as it is when its cookies travel by TLS."""
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    monkeypatch.setitem(app.config, "SESSION_COOKIE_NAME", "__Host-liman")
    return app


@pytest.mark.parametrize("who", [None, RoleName.CLERK, RoleName.ADMINISTRATOR], ids=str)
def test_every_answer_gets_the_best_mark(
    behind_tls: Flask, client: Browser, login: Login, who: RoleName | None
) -> None:
    if who is not None:
        login(client, who)
        key = client.get_cookie("liman")
        assert key
        client.set_cookie("__Host-liman", key.value, secure=True)
    seen, statuses = {}, set()
    for what, headers, set_ in answers(behind_tls, client):
        statuses.add(what.rpartition(" ")[2])
        if (mark := score(headers, set_)) != BEST:
            seen[what] = (mark, dict(headers))
    assert seen == {}
    assert {"200", "400", "404", "405"} <= statuses


def test_what_scanners_do_not_rate_is_closed_too(behind_tls: Flask, client: Browser) -> None:
    """COOP and COEP; no feature of the browser that no page uses; nothing that says what runs here."""
    for what, headers, _ in answers(behind_tls, client):
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", what
        assert headers["Cross-Origin-Embedder-Policy"] == "require-corp", what
        allowed = [each for each in headers["Permissions-Policy"].split(", ") if not each.endswith("=()")]
        assert allowed == ["camera=(self)", "publickey-credentials-create=(self)", "publickey-credentials-get=(self)"]
        assert not {"Server", "X-Powered-By", "X-AspNet-Version"} & set(headers.keys()), what
        assert headers["Strict-Transport-Security"] == f"max-age={ONE_YEAR}; includeSubDomains"


def test_what_the_server_says_without_the_application_lets_nothing_in() -> None:
    for code in (400, 429, 431, 500, 501):
        _, listed, _ = Refusal(code).to_response()
        headers = dict(listed)
        assert (csp(headers), framing(headers), referrer(headers)) == (10, 5, 5)
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_over_tls_the_session_is_of_this_host_alone(tmp_path: Path) -> None:
    names = {}
    for url in ("https://liman.example", "http://127.0.0.1:5000"):
        app = create_app(Settings(var=tmp_path / "var", demo=True, public_url=url))
        names[url[:5]] = app.config["SESSION_COOKIE_NAME"]
        app.extensions["office"].database.engine.dispose()
    assert names == {"https": "__Host-liman", "http:": "liman"}


@pytest.mark.parametrize(
    ("header", "value", "mark"),
    [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'unsafe-inline'; frame-ancestors 'none'",
            BEST - 35,
        ),
        ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'", BEST - 5),
        ("Content-Security-Policy", "default-src 'none'", BEST - 5),
        ("Strict-Transport-Security", "max-age=60", BEST - 10),
        ("Referrer-Policy", "unsafe-url", BEST - 10),
        ("X-Content-Type-Options", "", BEST - 5),
        ("Cross-Origin-Resource-Policy", "cross-origin", BEST - 15),
        ("Access-Control-Allow-Origin", "https://evil.example", BEST - 50),
    ],
)
def test_a_looser_answer_would_be_noticed(
    behind_tls: Flask, client: Browser, header: str, value: str, mark: int
) -> None:
    with client.get("/status", base_url=HERE) as answer:
        assert score(answer.headers, []) == BEST
        assert score(dict(answer.headers) | {header: value}, []) == mark


def test_a_cookie_without_its_marks_would_be_noticed() -> None:
    assert cookies(["__Host-a=1; Secure; HttpOnly; Path=/; SameSite=Lax"]) == 5
    for line in ("__Host-a=1; HttpOnly; Path=/; SameSite=Lax", "__Host-a=1; Secure; HttpOnly; Path=/"):
        assert cookies([line]) == -20
