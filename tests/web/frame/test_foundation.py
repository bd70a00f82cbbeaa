"""The ground every page stands on: logging in, permissions, languages, headers, refusals, health."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask, request
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select, text, update
from werkzeug.test import TestResponse

from app import create_app
from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.errors import InvalidInput, NotFound, RuleViolation
from issuance.models.audit import AuditEvent
from issuance.models.staff import Centre, RoleName, Staff
from issuance.office import Office
from issuance.services.stations import tokens
from issuance.services.trust import accounts
from issuance.settings import Settings
from issuance.web.frame.auth import ANY_ROLE, UPLOAD_BYTES, allow, public, station
from issuance.web.frame.login import TRIES_PER_ACCOUNT
from tests.web.api.machine import Machine
from tests.web.conftest import CENTRE, CSRF, PASSWORD, Browser, Login, address_of, whole_application

CLERK = address_of(RoleName.CLERK)

FOUNDING = ("office.founded", "rules.published", "account.added", "account.login_changed", "role.given")
"""What the office began with, and hashes that are kept anew."""


def add_routes(app: Flask) -> None:
    """Routes that refuse and break in every way."""
    probe = Blueprint("probe", __name__)

    @probe.route("/probe/<what>", methods=["GET", "POST"])
    @allow(RoleName.CLERK, RoleName.OPERATOR)
    def staff_probe(what: str) -> str:
        if what == "rule":
            raise RuleViolation("E3", "Law 122/2006, Art 20(8)", "The permit cannot be extended. Lodge a new request.")
        if what == "missing":
            raise NotFound("There is no such case.")
        if what == "broken":
            raise RuntimeError("Noor Al-Hassan, born 1990")
        return f"typed {request.form.get('name', '')}"

    @probe.post("/probe-picture")
    @allow(RoleName.CLERK, body=UPLOAD_BYTES)
    def picture_probe() -> str:
        return str(len(request.form["name"]))

    @probe.get("/probe-station")
    @station
    def station_probe() -> str:
        raise InvalidInput("order", "This order is not ours.")

    @probe.post("/probe-public")
    @public
    def public_probe() -> str:
        return "answered"

    @probe.get("/probe-forgotten")
    def forgotten() -> str:
        return "never"

    app.register_blueprint(probe)


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application with routes to test by."""
    app = whole_application(tmp_path_factory)
    add_routes(app)
    return app


def acts(office: Office) -> list[str]:
    """The audit events so far, without those of setting up."""
    with office.database.reading() as session:
        return [act for act in session.scalars(select(AuditEvent.act)) if act not in FOUNDING]


# Logging in


def enter(client: Browser, password: str = PASSWORD, email: str = CLERK, **more: str) -> int:
    """Send the log-in form; the status of the answer."""
    return client.submit("/login", {"email": email, "password": password, **more}).status_code


def test_staff_log_in_by_address_and_password_and_out_by_a_form(client: Browser, office: Office) -> None:
    assert client.get("/").headers["Location"].startswith("/login")
    assert enter(client, email=CLERK.upper()) == 302
    page = client.get("/").text
    assert "Timișoara" in page
    assert "Front-desk clerk" in page
    assert client.get("/logout").status_code == 405
    assert client.submit("/logout").status_code == 302
    assert client.get("/").status_code == 302
    assert acts(office) == ["account.logged_in", "account.logged_out"]


@pytest.mark.parametrize("email", [CLERK, "nobody@liman.example", "not an address", "x" * 500, "\u202e"])
def test_wrong_log_ins_look_the_same_and_are_recorded(client: Browser, office: Office, email: str) -> None:
    answer = client.submit("/login", {"email": email, "password": "wrong"})
    assert "The e-mail address or the password is wrong." in answer.text
    assert acts(office) == ["account.login_refused"]
    with office.database.reading() as session:
        assert email not in str([event.details for event in session.scalars(select(AuditEvent))])


@pytest.mark.parametrize(
    ("more", "said"), [(50, "The e-mail address or the password is wrong."), (5000, "No password is so long")]
)
def test_a_password_of_any_length_is_answered_in_a_sentence(client: Browser, more: int, said: str) -> None:
    answer = client.submit("/login", {"email": CLERK, "password": PASSWORD + "x" * more})
    assert answer.status_code == 200
    assert said in answer.text


@pytest.mark.parametrize("change", [{"active": False}, {"ends_on": dt.date(2026, 11, 19)}])
def test_a_closed_account_is_refused_and_thrown_out(client: Browser, office: Office, change: dict[str, object]) -> None:
    assert enter(client) == 302
    with office.database.transaction() as session:
        session.execute(update(Staff).where(Staff.email == CLERK).values(**change))
    assert client.get("/").status_code == 302
    assert enter(client) == 200
    assert client.get("/").status_code == 302


def test_an_account_works_on_its_last_day(client: Browser, office: Office) -> None:
    with office.database.transaction() as session:
        session.execute(update(Staff).where(Staff.email == CLERK).values(ends_on=dt.date(2026, 11, 20)))
    assert enter(client) == 302


def test_tries_are_limited_per_account_and_free_again_later(client: Browser, clock: FixedClock) -> None:
    for _ in range(TRIES_PER_ACCOUNT):
        assert enter(client, "wrong") == 200
    answer = client.submit("/login", {"email": CLERK, "password": PASSWORD})
    assert "Too many attempts. Try again in" in answer.text
    clock.advance(dt.timedelta(minutes=16))
    assert enter(client) == 302


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "http:evil.example"])
def test_logging_in_never_leads_to_another_site(client: Browser, target: str) -> None:
    answer = client.submit(f"/login?next={target}", {"email": CLERK, "password": PASSWORD, "next": target})
    location = answer.headers["Location"].replace("\\", "/")
    assert location.startswith("/")
    assert not location.startswith("//")


def test_logging_in_leads_back_to_the_page_asked_for(client: Browser) -> None:
    asked = client.get("/probe/this")
    answer = client.submit(asked.headers["Location"], {"email": CLERK, "password": PASSWORD})
    assert answer.headers["Location"] == "/probe/this"


def test_no_token_logs_anyone_in(client: Browser, app: Flask, office: Office) -> None:
    with app.test_request_context(), office.database.reading() as session:
        token = session.scalars(select(Staff)).unique().first().get_auth_token()  # type: ignore[union-attr]
    assert client.get("/", headers={"Authentication-Token": token}).status_code == 302
    assert client.get(f"/?auth_token={token}").status_code == 302


# Flask-Security's own forms still name their choices the way WTForms 3.4 will no longer take.
legacy_choices = pytest.mark.filterwarnings("ignore:Passing SelectField choices as tuples:DeprecationWarning")


def totp(secret: str, clock: FixedClock) -> str:
    """RFC 6238 with SHA-1, six digits, 30 seconds, by its text."""
    counter = struct.pack(">Q", int(clock.now().timestamp()) // 30)
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


@pytest.fixture
def strict_client(settings: Settings, clock: FixedClock, app: Flask) -> Iterator[Browser]:
    """A browser of an office that is no demonstration: the second factor is required."""
    strict = create_app(settings.model_copy(update={"demo": False}), clock=clock)
    strict.test_client_class = Browser
    browser = strict.test_client()
    assert isinstance(browser, Browser)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    yield browser
    strict.extensions["office"].database.engine.dispose()


@legacy_choices
def test_the_second_factor_is_set_up_once_and_asked_for_ever_after(strict_client: Browser, clock: FixedClock) -> None:
    answer = strict_client.submit("/login", {"email": CLERK, "password": PASSWORD})
    assert answer.headers["Location"].startswith("/tf-setup")
    assert strict_client.get("/").status_code == 302
    page = strict_client.submit("/tf-setup", {"setup": "authenticator"}).text
    secret = re.search(r'<bdi class="code" dir="ltr">([A-Z2-7-]+)</bdi>', page)
    assert secret
    key = secret[1].replace("-", "")
    assert strict_client.submit("/tf-validate", {"code": totp(key, clock)}).status_code == 302
    assert strict_client.get("/").status_code == 200

    clock.advance(dt.timedelta(seconds=30))
    strict_client.submit("/logout")
    answer = strict_client.submit("/login", {"email": CLERK, "password": PASSWORD})
    assert "tf-validate" in (answer.headers.get("Location") or answer.text)
    assert strict_client.get("/").status_code == 302
    wrong = f"{(int(totp(key, clock)) + 1) % 10**6:06d}"
    assert "The code is wrong or has run out." in strict_client.submit("/tf-validate", {"code": wrong}).text
    assert strict_client.get("/").status_code == 302
    assert strict_client.submit("/tf-validate", {"code": totp(key, clock)}).status_code == 302
    assert strict_client.get("/").status_code == 200


@legacy_choices
def test_a_new_officer_changes_the_password_that_was_given_and_then_gets_a_passkey(
    strict_client: Browser, office: Office, clock: FixedClock
) -> None:
    email = "decision_officer@liman.example"
    with office.act(SYSTEM) as act:
        account = accounts.named(act, email)
        accounts.reset_password(act, account, account.password or "")
    strict_client.submit("/login", {"email": email, "password": PASSWORD})
    page = strict_client.submit("/tf-setup", {"setup": "authenticator"}).text
    secret = re.search(r'<bdi class="code" dir="ltr">([A-Z2-7-]+)</bdi>', page)
    assert secret
    strict_client.submit("/tf-validate", {"code": totp(secret[1].replace("-", ""), clock)})
    assert strict_client.get("/decisions/").headers["Location"] == "/account/password"
    assert "Somebody else knows your password." in strict_client.get("/account/password").text
    own = "three words that do not belong"
    chosen = {"present": PASSWORD, "password": own, "again": own}
    assert strict_client.submit("/account/password", chosen).status_code == 303
    assert strict_client.get("/decisions/").headers["Location"] == "/account/passkeys"
    assert "Your role asks for a passkey." in strict_client.get("/account/passkeys").text


@legacy_choices
def test_codes_of_the_second_factor_are_limited(strict_client: Browser) -> None:
    strict_client.submit("/login", {"email": CLERK, "password": PASSWORD})
    strict_client.submit("/tf-setup", {"setup": "authenticator"})
    for _ in range(TRIES_PER_ACCOUNT):
        strict_client.submit("/tf-validate", {"code": "000000"})
    assert "Too many attempts" in strict_client.submit("/tf-validate", {"code": "000000"}).text


def test_the_rescue_by_mail_is_closed(strict_client: Browser) -> None:
    strict_client.submit("/login", {"email": CLERK, "password": PASSWORD})
    assert strict_client.submit("/tf-rescue", {"help_setup": "help"}).status_code == 403


# Permissions


def test_another_role_is_refused_in_words(client: Browser, login: Login) -> None:
    login(client, RoleName.AUDITOR)
    answer = client.get("/probe/this")
    assert answer.status_code == 403
    assert "Your account has no role for this page." in answer.text


def test_a_route_without_permission_is_closed_to_everyone(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    assert client.get("/probe-forgotten").status_code == 403


def test_allow_names_at_least_one_role() -> None:
    with pytest.raises(ValueError, match="name the roles"):
        allow()


def test_a_station_signs_its_requests(client: Browser, office: Office, tmp_path: Path) -> None:
    with office.act(SYSTEM) as act:
        centre = act.session.scalars(select(Centre).where(Centre.code == CENTRE)).one()
        _, token = tokens.add_station(act, "desk-1", centre)
    machine = Machine(client, tmp_path / "station")
    assert (machine.enrol(token).status_code, machine.start().status_code) == (200, 204)
    right = machine.get("/probe-station")
    assert (right.status_code, right.json["message"]) == (400, "This order is not ours.")
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        assert client.get("/probe-station", headers=headers).status_code == 401
    wrong = client.get("/probe-station", headers=machine.identity.headers("GET", "/elsewhere", b""))
    assert wrong.status_code == 403
    assert wrong.json["error"] == "not_allowed"


# CSRF


def test_a_form_without_token_changes_nothing_and_can_be_sent_again(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    answer = client.post("/probe/this", data={"name": "Öz & <b>"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400
    assert "This page was open too long" in answer.text
    assert "Öz &amp; &lt;b&gt;" in answer.text
    assert client.submit("/probe/this", {"name": "Öz"}).text == "typed Öz"


def test_a_form_from_another_site_is_not_offered_again(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    answer = client.post("/probe/this", data={"name": "Öz"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert "Öz" not in answer.text


def test_what_was_typed_survives_a_session_that_ended(client: Browser) -> None:
    answer = client.post("/probe/this", data={"name": "Öz"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400
    assert "Öz" in answer.text


def test_log_in_and_log_out_need_a_token_too(client: Browser, login: Login) -> None:
    assert client.post("/login", data={"email": CLERK, "password": PASSWORD}).status_code == 400
    login(client, RoleName.CLERK)
    client.post("/logout")
    assert client.get("/").status_code == 200


def test_public_forms_need_no_session(client: Browser) -> None:
    answer = client.post("/probe-public")
    assert answer.text == "answered"
    assert "Set-Cookie" not in answer.headers


# Refusals


def test_a_refusal_is_a_page_with_its_sentence_and_article(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    answer = client.get("/probe/rule")
    assert answer.status_code == 409
    assert "The permit cannot be extended. Lodge a new request. (Law 122/2006, Art 20(8))" in answer.text
    assert client.get("/probe/missing").status_code == 404


def test_a_defect_shows_a_support_number_and_logs_no_text(
    client: Browser, login: Login, capsys: pytest.CaptureFixture[str]
) -> None:
    login(client, RoleName.CLERK)
    answer = client.get("/probe/broken")
    assert answer.status_code == 500
    shown = re.search(r'class="support">([0-9a-f]{8})<', answer.text)
    assert shown
    assert "Noor" not in answer.text
    assert "Traceback" not in answer.text
    output = "".join(capsys.readouterr())
    assert shown[1] in output
    assert "Noor" not in output


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing-here", 404), ("/%FF%FE", 404), ("/probe/%00", 400), ("/static/../app.py", 404)]
)
def test_unknown_addresses_get_a_page(client: Browser, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"


def test_a_holder_and_who_works_here_get_advice_of_their_own(client: Browser, login: Login) -> None:
    stranger = client.get("/nothing-here", headers={"Accept-Language": "uk"}).text
    assert '<html lang="uk"' in stranger
    assert "Перевірте адресу ще раз." in stranger
    login(client, RoleName.CLERK)
    assert "search for the case by its reference" in client.get("/nothing-here").text


def send_in_parts(client: Browser, path: str, length: int) -> TestResponse:
    """Send a form in parts, as browsers send pictures."""
    client.submit("/probe/this")  # its session has a token now
    token = URLSafeTimedSerializer(client.application.secret_key or "", salt="wtf-csrf-token").dumps(CSRF)
    field = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + b"x" * length + b"\r\n--b--\r\n"
    kind = "multipart/form-data; boundary=b"
    return client.post(path, data=field, content_type=kind, headers={"X-CSRFToken": token})


def test_a_form_with_a_picture_takes_20_megabytes_and_any_other_64_kilobytes(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    assert send_in_parts(client, "/probe-picture", 10_000_000).text == "10000000"
    answer = send_in_parts(client, "/probe-picture", 21_000_000)
    assert answer.status_code == 413
    assert "This page takes at most 20 MB. Send a smaller file, or shorten the text." in answer.text
    one_line = [client.submit(path, {"name": "x" * 70_000}) for path in ("/probe/this", "/probe-picture")]
    for answer in (send_in_parts(client, "/probe/this", 70_000), *one_line):
        assert answer.status_code == 413
        assert "This page takes at most 64 kB." in answer.text


def test_a_body_that_nothing_reads_is_refused_too(client: Browser) -> None:
    assert client.post("/probe-public", data=b"x" * 16_000).text == "answered"
    answer = client.post("/probe-public", data=b"x" * 16_001)
    assert answer.status_code == 413
    assert "Go back and send less." in answer.text


def test_more_fields_than_a_page_has_are_refused(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    many = "&".join(["a=1"] * 1_001)
    answers = [client.post("/probe-public", query_string=many), client.get(f"/probe/this?{many}")]
    answers.append(client.post("/status", data=many, content_type="application/x-www-form-urlencoded"))
    answers.append(client.submit("/probe/this", {f"f{number}": "" for number in range(1_001)}))
    assert [answer.status_code for answer in answers] == [413] * 4
    assert "Too much was sent at once" in answers[2].text


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded", "application/json"])
def test_a_body_that_is_no_form_is_a_bad_request(client: Browser, login: Login, kind: str) -> None:
    login(client, RoleName.CLERK)
    assert client.post("/probe/this", data=b"\xff\x00--", content_type=kind).status_code == 400


# Languages


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("en", "en"), ("ro-RO,en;q=0.5", "ro"), ("uk", "ro"), ("fr,en;q=0.3", "en"), ("", "ro"), ("%%%", "ro")],
)
def test_the_browser_chooses_the_language(client: Browser, accepted: str, language: str) -> None:
    page = client.get("/login", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{language}" dir="ltr">' in page


def test_the_menu_chooses_the_language_for_good(client: Browser) -> None:
    answer = client.get("/login?lang=ro")
    assert '<html lang="ro"' in answer.text
    assert "language=ro; " in answer.headers.getlist("Set-Cookie")[0]
    assert '<html lang="ro"' in client.get("/login").text
    assert '<html lang="ro"' in client.get("/login?lang=xx").text


def test_languages_are_offered_by_their_own_names(client: Browser) -> None:
    page = client.get("/login").text
    assert '<a href="/login?lang=ro" lang="ro" hreflang="ro" dir="auto">Română</a>' in page


# Headers


def test_every_answer_is_protected(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    for path in ("/", "/nothing", "/healthz", "/static/css/liman.css", "/probe/broken"):
        answer = client.get(path)
        answer.close()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=(self)" in answer.headers["Permissions-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in answer.headers


def test_the_nonce_is_new_each_time_and_every_script_carries_it(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    nonces = set()
    for answer in (client.get("/"), client.get("/")):
        nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
        assert nonce
        assert re.findall(r'<script[^>]*nonce="([^"]+)"', answer.text) == [nonce[1]] * answer.text.count("<script")
        nonces.add(nonce[1])
    assert len(nonces) == 2


def test_static_files_stay_for_a_year_under_the_digest_of_their_content(client: Browser) -> None:
    link = re.search(r'href="(/static/css/liman.css\?v=[0-9a-f]{12})"', client.get("/login").text)
    assert link
    answer = client.get(link[1])
    answer.close()
    assert "immutable" in answer.headers["Cache-Control"]


def test_over_tls_cookies_are_secure_and_browsers_stay_there(settings: Settings, app: Flask) -> None:
    secure = create_app(settings.model_copy(update={"public_url": "https://liman.example"}))
    answer = secure.test_client().get("/login")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookie = answer.headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    secure.extensions["office"].database.engine.dispose()


# Surfaces and health


def test_a_public_process_has_no_staff_pages(settings: Settings, app: Flask) -> None:
    apart = create_app(settings, {"public"})
    client = apart.test_client()
    assert client.get("/healthz").json == {"status": "alive"}
    assert "frame.home.start" not in apart.view_functions
    assert not (settings.var / "keys" / "vault").exists()
    apart.extensions["office"].database.engine.dispose()


def test_ready_says_what_is_missing(client: Browser, office: Office) -> None:
    answer = client.get("/readyz")
    assert answer.json == {"ready": True, "checks": dict.fromkeys(answer.json["checks"], True)}
    with office.database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["checks"]["migrations"]) == (503, False)


def test_names_get_their_mrz_form_while_typed(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    assert client.submit("/mrz", {"text": "Müller-Ștefan"}).text == "MUELLER<STEFAN"
    assert client.submit("/mrz", {"text": "১২৩"}).text == ""


def test_everyone_who_works_here_has_a_start_page(client: Browser, login: Login) -> None:
    for role in ANY_ROLE:
        login(client, role)
        assert client.get("/").status_code == 200
