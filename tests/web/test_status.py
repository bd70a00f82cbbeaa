"""The holder's status page: eight states in plain words, nothing for strangers, nothing personal."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, text
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from app import create_app
from issuance import document_types, references
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.audit import AuditEvent
from issuance.models.office import Attempt
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest, RuleVersion
from issuance.models.staff import Centre
from issuance.office import Office
from issuance.services import rules, staff
from issuance.services.enquiries import PublicState
from issuance.settings import Settings
from issuance.states import RequestState
from issuance.web.status import hours
from issuance.web.status_words import ANSWERS, MISSING
from tests.web.conftest import NOW

TODAY = dt.date(2026, 11, 20)
MALFORMED = "12345"
BORN = "1992-03-XX"
PERSONAL = ("AL-MASRI", "Al-Masri", "Layla", "ليلى", "SYR", "Syria", "Halab", "1992")
SECTION_4 = {
    "lodged": "We have your request.",
    "incomplete": "Something is missing.",
    "complete": "We are checking your request.",
    "approved": "The answer is yes. We are making your document.",
    "in_production": "The answer is yes. We are making your document.",
    "ready": "Your document is ready.",
    "uncollected": "Your document is ready.",
    "delivered": "You have your document.",
    "refused": "The answer is no. Come to the office.",
    "withdrawn": "This request is closed.",
    "closed": "This request is closed.",
}
"""The eight states of the domain paper, section 4, as the page says them."""


def whole(body: str) -> str:
    """A reference with its check character."""
    return next(body + last for last in references.ALPHABET if references.normalise(body + last))


KNOWN, UNKNOWN = whole("KNWNA2BC3D"), whole("NNKNWN2345")


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a test says ON_BOTH."""
    return str(request.getfixturevalue(getattr(request, "param", "sqlite_url")))


ON_BOTH = pytest.mark.parametrize("database_url", ["sqlite_url", "postgres_url"], indirect=True)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """An office with small limits."""
    return Settings(
        var=tmp_path / "var", demo=True, database_url=database_url, status_attempts_per_address=12, env="development"
    )


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> Iterator[Flask]:
    """The public pages alone, on a register with centres and rules."""
    app = create_app(settings, surfaces={"public"}, clock=clock)
    office: Office = app.extensions["office"]
    with office.database.transaction() as session:
        staff.found_centres(session)
        rules.publish(session)
    yield app
    office.database.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A phone that prefers English."""
    phone = app.test_client()
    phone.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return phone


def lodged(office: Office, state: RequestState = RequestState.LODGED, **changes: Any) -> None:
    """The request KNOWN of a person born on BORN; `changes` are of the request, `vulnerable` of the person."""
    vulnerable = changes.pop("vulnerable", False)
    values = {"document_type": "RP-R", "lodged_on": TODAY - dt.timedelta(12), "due_on": TODAY + dt.timedelta(18)}
    with office.database.transaction() as session:
        person = Person(
            family_name="Al-Masri",
            given_names="Layla",
            native_name="ليلى المصري",
            mrz_name="AL<MASRI<<LAYLA",
            birth_date=BORN,
            birth_place="Halab",
            sex="F",
            nationality="SYR",
            status="refugee",
            vulnerable=vulnerable,
        )
        request = IssuanceRequest(
            reference=KNOWN,
            person=person,
            centre=session.scalars(select(Centre).where(Centre.code == "timisoara")).one(),
            kind="first",
            rule_version=session.scalars(select(RuleVersion).limit(1)).one(),
            entitlement_source="case_handling",
            state=state,
            **(values | changes),
        )
        session.add(request)


def date_fields(birth_date: str = BORN) -> dict[str, str]:
    """The three boxes, or the tick where a part is unknown."""
    parts = zip(("year", "month", "day"), birth_date.split("-"), strict=True)
    return dict((f"birth_date-{k}-unknown", "1") if v.startswith("X") else (f"birth_date-{k}", v) for k, v in parts)


def ask(client: FlaskClient, reference: str = KNOWN, birth_date: str = BORN, **more: Any) -> TestResponse:
    """Send the form."""
    return client.post("/status", data={"reference": reference, **date_fields(birth_date)}, **more)


def words(answer: TestResponse) -> str:
    """What a page says, without its marks."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", "<" + main)).split())


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    """Every SQL statement that runs meanwhile."""
    ran: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        ran.append(statement)

    event.listen(office.database.engine, "before_cursor_execute", note)
    yield ran
    event.remove(office.database.engine, "before_cursor_execute", note)


# The answer


@pytest.mark.parametrize("state", RequestState)
def test_each_state_has_its_answer_in_the_first_line(client: FlaskClient, office: Office, state: RequestState) -> None:
    lodged(office, state)
    answer = ask(client)
    assert answer.status_code == 200
    said = words(answer)
    first, _, rest = said.partition(" What to do now ")
    assert first == SECTION_4[state]
    assert "Residence permit (refugee)" in rest
    assert not [word for word in PERSONAL if word in answer.text]


def test_there_are_eight_answers_and_each_says_what_to_do_now() -> None:
    assert len(PublicState) == len(ANSWERS) == len(set(SECTION_4.values())) == 8
    assert all(answer.now for answer in ANSWERS.values())


@ON_BOTH
def test_the_clock_and_its_article(client: FlaskClient, office: Office) -> None:
    lodged(office)
    said = words(ask(client))
    assert "12 of 30" in said
    assert "8 Dec 2026" in said
    assert "Law 122/2006, Art 20(6)" in said
    assert "We are late" not in said


def test_the_office_says_itself_that_it_is_late(client: FlaskClient, office: Office) -> None:
    lodged(office, lodged_on=TODAY - dt.timedelta(31), due_on=TODAY - dt.timedelta(1))
    said = words(ask(client))
    assert "31 of 30" in said
    assert "We are late. You may come and ask." in said


def test_what_is_due_the_same_day_has_no_days_to_count(client: FlaskClient, office: Office) -> None:
    lodged(office, document_type="TPP", lodged_on=TODAY, due_on=TODAY)
    said = words(ask(client))
    assert " of 0" not in said
    assert "20 Nov 2026" in said


@pytest.mark.parametrize("state", ["delivered", "refused", "withdrawn", "closed"])
def test_days_are_not_counted_when_all_is_over(client: FlaskClient, office: Office, state: str) -> None:
    lodged(office, RequestState(state))
    assert "12 of 30" not in words(ask(client))


def test_a_holder_is_told_when_to_declare_a_loss(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.DELIVERED, document_type="TD-C")
    assert "Loss or theft is declared within 48 hours" in words(ask(client))


def codes() -> list[tuple[str, str]]:
    """Every code a clerk can note, with a document type that asks for it."""
    papers = {
        paper.code: kind.code
        for kind in document_types.load().values()
        for block in kind.rules
        for paper in block.evidence
    }
    return sorted((dict.fromkeys(MISSING, "RP-R") | papers | {"other": "RP-R", "from a newer release": "RP-R"}).items())


@pytest.mark.parametrize(("code", "kind"), codes())
def test_what_is_missing_is_said_in_words(client: FlaskClient, office: Office, code: str, kind: str) -> None:
    lodged(office, RequestState.INCOMPLETE, missing=[code], document_type=kind)
    listed = re.findall(r"<li>(.*?)</li>", ask(client).text.partition("bring")[2])
    assert len(listed) == 1
    assert re.fullmatch(r"[A-Z][^_]* [^_]*", listed[0])


def test_what_was_missing_once_is_not_shown_later(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.COMPLETE, missing=["portrait"])
    assert "photo" not in words(ask(client))


def test_where_to_go_with_opening_hours(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.READY)
    said = words(ask(client))
    assert "Where Str. Armoniei 33, Timișoara Monday–Friday 09:00–12:00, 14:00–16:00" in said
    assert "luni–vineri 09:00–12:00" in words(ask(client, headers={"Accept-Language": "ro"}))


def test_nobody_is_sent_to_the_office_for_nothing(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.IN_PRODUCTION)
    assert "Armoniei" not in words(ask(client))


def test_every_day_of_the_week_has_a_name(app: Flask) -> None:
    with app.test_request_context("/?lang=ro"):
        assert hours("Mo-We 09:00-12:00; Th,Fr 10:00-13:00; Sa-Su off").startswith(
            "luni–miercuri 09:00–12:00; joi,vineri"
        )
        assert hours("Sa-Su 10:00-12:00") == "sâmbătă–duminică 10:00–12:00"


def test_where_a_vulnerable_person_goes_is_not_shown_and_not_why(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.READY, vulnerable=True)
    answer = ask(client)
    assert answer.status_code == 200
    assert not [word for word in ("Timi", "Armoniei", "09:00", "ulnerab") if word in answer.text]
    assert "At the office where you asked for the document. Your paper says where it is." in words(answer)


@pytest.mark.parametrize(
    "reference",
    [KNOWN.lower(), references.grouped(KNOWN), f" {KNOWN[:4]} {KNOWN[4:]} ", f"\u200e{KNOWN[:4]}\u2013{KNOWN[4:]}"],
)
def test_a_reference_is_read_however_it_is_written(client: FlaskClient, office: Office, reference: str) -> None:
    lodged(office)
    assert ask(client, reference).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        {"birth_date-year": "1992", "birth_date-month": "3", "birth_date-day": "xx"},
        {"birth_date-year": "١٩٩٢", "birth_date-month": "٠٣", "birth_date-day-unknown": "1"},
        {"birth_date-year": "১৯৯২", "birth_date-month": "৩", "birth_date-day": "X"},
    ],
)
def test_a_birth_date_is_read_as_people_type_it(client: FlaskClient, office: Office, typed: dict[str, str]) -> None:
    lodged(office)
    assert client.post("/status", data={"reference": KNOWN, **typed}).status_code == 200


# Strangers


@ON_BOTH
@pytest.mark.parametrize("wrong", ["1992-03-01", "1992-XX-XX", "1992-04-XX", "XXXX-03-XX", "1992-03-30"])
def test_a_wrong_date_and_an_unknown_reference_look_and_take_the_same(
    client: FlaskClient, office: Office, wrong: str
) -> None:
    lodged(office, RequestState.READY)
    with statements(office) as for_wrong:
        first = ask(client, KNOWN, wrong)
    with statements(office) as for_unknown:
        second = ask(client, UNKNOWN, BORN)
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert first.status_code == 404
    assert set(first.headers.keys()) == set(second.headers.keys())
    assert first.headers["Content-Length"] == second.headers["Content-Length"]
    assert for_wrong == for_unknown
    assert len([each for each in for_wrong if "FROM request" in each]) == 1


@ON_BOTH
def test_a_malformed_reference_gets_the_same_page_with_a_hint(client: FlaskClient, office: Office) -> None:
    with statements(office) as for_unknown:
        unknown = ask(client, UNKNOWN)
    with statements(office) as for_malformed:
        malformed = ask(client, MALFORMED)
    hint = re.compile(r"<li>A reference has 11.*?</li>\s*<li>It never has.*?</li>", re.S)
    assert hint.search(malformed.text)
    assert hint.sub("", malformed.text).split() == unknown.text.split()
    assert (malformed.status_code, for_malformed) == (unknown.status_code, for_unknown)
    assert MALFORMED not in malformed.text


def test_the_answer_reads_no_name(client: FlaskClient, office: Office) -> None:
    lodged(office)
    with statements(office) as ran:
        ask(client)
    assert not [
        each for each in ran if re.search(r"family_name|given_names|native_name|nationality|address.*person", each)
    ]


# Limits


def tries(client: FlaskClient, count: int, **more: Any) -> list[int]:
    """The status of so many tries with a wrong date."""
    return [ask(client, birth_date="1950-01-01", **more).status_code for _ in range(count)]


@ON_BOTH
def test_a_reference_that_is_tried_too_often_is_closed_for_a_while(
    client: FlaskClient, office: Office, clock: FixedClock
) -> None:
    lodged(office)
    clock.advance(dt.timedelta(minutes=1))
    assert tries(client, 10) == [404] * 10
    clock.advance(dt.timedelta(minutes=3, seconds=30))
    existing, right = ask(client, birth_date="1950-01-01"), ask(client)
    assert existing.status_code == 429
    assert existing.data == right.data
    assert existing.headers["Retry-After"] == str(11 * 60 + 30 + 1)
    assert "Too many tries. Please wait. What to do now Try again in 12 minutes, at 10:16." in words(existing)
    clock.advance(dt.timedelta(seconds=int(existing.headers["Retry-After"])))
    assert ask(client).status_code == 200


@ON_BOTH
def test_a_closed_reference_looks_the_same_whether_it_exists(app: Flask, office: Office) -> None:
    lodged(office)
    answers = []
    for number, reference in enumerate((KNOWN, UNKNOWN)):
        phone = app.test_client()
        phone.environ_base |= {"REMOTE_ADDR": f"10.0.0.{number}", "HTTP_ACCEPT_LANGUAGE": "en"}
        tries(phone, 10, reference=reference)
        with statements(office) as ran:
            answers.append((ask(phone, reference), ran))
    (existing, ran), (other, ran_other) = answers
    assert (existing.status_code, existing.data, ran) == (429, other.data, ran_other)
    assert existing.headers["Retry-After"] == other.headers["Retry-After"]


@ON_BOTH
def test_an_address_has_its_limit_and_no_header_changes_it(client: FlaskClient) -> None:
    got = [ask(client, whole(f"{number:2}".replace(" ", "A").translate(DIGITS) * 5), headers={
        "X-Forwarded-For": f"192.0.2.{number}", "X-Real-IP": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}",
    }).status_code for number in range(13)]  # fmt: skip
    assert got == [404] * 12 + [429]
    assert ask(client, environ_base={"REMOTE_ADDR": "10.9.9.9"}).status_code == 404


DIGITS = str.maketrans("0123456789", "BCDEFGHJKM")


def test_addresses_of_one_ipv6_customer_count_together(client: FlaskClient) -> None:
    def from_address(address: str, number: int) -> int:
        reference = whole(f"{number:02}".translate(DIGITS) * 5)
        return ask(client, reference, environ_base={"REMOTE_ADDR": address}).status_code

    assert [from_address(f"2001:db8:0:1::{number:x}", number) for number in range(13)] == [404] * 12 + [429]
    assert from_address("2001:db8:0:2::1", 14) == 404


def test_typing_wrongly_costs_no_try(client: FlaskClient, office: Office) -> None:
    for _ in range(20):
        assert client.post("/status", data={"reference": KNOWN}).status_code == 400
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 0


def test_only_digests_and_no_personal_data_are_kept_of_a_look_up(client: FlaskClient, office: Office) -> None:
    lodged(office)
    with capture_logs() as logs:
        for birth_date in (BORN, "1950-01-01"):
            ask(client, birth_date=birth_date)
    assert [(entry["event"], entry["outcome"]) for entry in logs] == [
        ("status_enquiry", "answered"),
        ("status_enquiry", "not_found"),
    ]
    assert {key for entry in logs for key in entry} == {"event", "outcome", "log_level"}
    with office.database.reading() as session:
        keys = set(session.scalars(select(Attempt.key)))
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == 0
    assert len(keys) == 2
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)


# The question


def test_the_question_sets_no_cookie_and_carries_no_token(client: FlaskClient) -> None:
    page = client.get("/status")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert "csrf" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert re.findall(r"<form[^>]*>", page.text) == [
        '<form class="form" method="post" action="/status" novalidate data-status>'
    ]
    assert page.text.count('inputmode="numeric"') == 3
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", page.text)


def test_no_answer_sets_a_cookie(client: FlaskClient, office: Office) -> None:
    lodged(office)
    answers = [ask(client), ask(client, UNKNOWN), client.post("/status", data={})]
    assert [answer.status_code for answer in answers] == [200, 404, 400]
    assert not [answer for answer in answers if "Set-Cookie" in answer.headers]


def test_a_chosen_language_is_the_only_cookie(client: FlaskClient) -> None:
    page = client.get("/status?lang=ro")
    assert '<html lang="ro" dir="ltr">' in page.text
    assert [cookie.partition("=")[0] for cookie in page.headers.getlist("Set-Cookie")] == ["language"]
    assert "Unde este documentul meu?" in client.get("/status").text


def test_the_language_menu_of_an_answer_leads_back_to_the_question(client: FlaskClient) -> None:
    links = re.findall(r'href="([^"]*lang=[^"]*)"', ask(client).text)
    assert links == ["/status?lang=ro", "/status?lang=en"]


def test_a_reference_in_an_address_is_not_taken(client: FlaskClient, office: Office) -> None:
    lodged(office)
    page = client.get(f"/status?reference={KNOWN}&birth_date-year=1992")
    assert KNOWN not in page.text
    assert words(page).startswith("Where is my document?")


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"reference": KNOWN},
        {"reference": "", **date_fields()},
        {"reference": KNOWN, **date_fields("2001-02-29")},
        {"reference": KNOWN, "birth_date-year": "92", "birth_date-month": "3", "birth_date-day": "1"},
        {"reference": "x" * 1000, **date_fields()},
        {"reference": "A\x00B\x1b", **date_fields()},
        {"reference": "\u202eABC\x07", **date_fields()},
        {"reference": KNOWN, **date_fields(), "birth_date-day": "5"},
        {"reference": KNOWN, "birth_date-year": "²⁰⁰¹", "birth_date-month": "x", "birth_date-day": "-1"},
    ],
)
def test_what_cannot_be_read_is_marked_and_kept(client: FlaskClient, typed: dict[str, str]) -> None:
    answer = client.post("/status", data=typed)
    assert answer.status_code == 400
    assert "Please look at this again." in words(answer)
    assert 'class="error"' in answer.text
    if typed.get("reference") == KNOWN:
        assert f'value="{KNOWN}"' in answer.text


@pytest.mark.parametrize(
    "reference", ["' OR 1=1 --", "%", "_" * 11, "ΑΒΓΔ-ΕΖΗΘ-ΙΚΛ", "'\"<script>alert(1)</script>", "null"]
)
def test_a_strange_reference_is_only_malformed(client: FlaskClient, office: Office, reference: str) -> None:
    lodged(office)
    answer = ask(client, reference)
    assert answer.status_code == 404
    assert "alert(1)" not in answer.text


# A process of its own


def test_the_public_surface_has_its_pages_and_nobody_elses(app: Flask) -> None:
    addresses = {rule.rule for rule in app.url_map.iter_rules()}
    assert addresses == {"/", "/status", "/healthz", "/readyz", "/static/<path:filename>"}


@ON_BOTH
def test_the_public_surface_needs_no_key_but_its_own(client: FlaskClient, office: Office) -> None:
    lodged(office)
    assert words(client.get("/")) == words(client.get("/status"))
    assert ask(client).status_code == 200
    assert client.get("/login").status_code == 404
    assert client.get("/readyz").json["ready"] is True
    kept = {path.name for path in (office.settings.var / "keys").iterdir()}
    assert kept == {"session", "attempts"}
    assert "vault" not in vars(office)


def test_beside_the_staff_pages_the_start_page_is_theirs(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"database_url": "sqlite://"}))
    with app.test_client() as client:
        assert client.get("/").headers["Location"].startswith("/login")
        assert client.get("/status").status_code == 200


def grants() -> list[str]:
    """The statements of docs/status-page.md."""
    page = (Path(__file__).parents[2] / "docs" / "status-page.md").read_text()
    return [each.strip() for each in page.partition("```sql")[2].partition("```")[0].split(";") if each.strip()]


@pytest.fixture
def limited_role(postgres_url: str) -> Iterator[str]:
    """The address of the register for the role that the documentation makes."""
    owner = Database(postgres_url)
    with owner.transaction() as session:
        staff.found_centres(session)
        rules.publish(session)
        for statement in grants():
            session.execute(text(statement))
    lodged(Office(Settings(), owner), RequestState.READY)
    yield make_url(postgres_url).set(username="liman_public").render_as_string()
    with owner.transaction() as session:
        session.execute(text("DROP OWNED BY liman_public"))
        session.execute(text("DROP ROLE liman_public"))
    owner.engine.dispose()


def test_a_database_role_that_may_read_no_name_is_enough(limited_role: str, tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "public", database_url=limited_role)
    app = create_app(settings, surfaces={"public"}, clock=FixedClock(NOW))
    client = app.test_client()
    assert [ask(client).status_code, ask(client, UNKNOWN).status_code] == [200, 404]
    assert client.get("/readyz").json["ready"] is True
    database = app.extensions["office"].database
    with database.reading() as session, pytest.raises(Exception, match="permission denied"):
        session.execute(text("SELECT family_name FROM person"))
    database.engine.dispose()
