"""Accounts by page: added, given other roles, closed and opened by an administrator of their centre."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from issuance.actors import SYSTEM
from issuance.models.audit import AuditEvent
from issuance.models.staff import RoleGiven, RoleName, Staff
from issuance.office import Office
from issuance.services import centres
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from tests.web.conftest import NOW, PASSWORD, Browser, Login, address_of

WISE = "three unlikely words"
GIVEN = {"role": "operator", "from_day-day": "20", "from_day-month": "11", "from_day-year": "2026"}


@pytest.fixture
def administrator(client: Browser, login: Login) -> Browser:
    login(client, RoleName.ADMINISTRATOR)
    return client


@pytest.fixture
def other(app: object) -> Browser:
    """Somebody else's browser."""
    browser = app.test_client()  # type: ignore[attr-defined]
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert isinstance(browser, Browser)
    return browser


def account_of(office: Office, email: str) -> Staff:
    with office.database.reading() as session:
        return session.scalars(select(Staff).where(Staff.email == email)).unique().one()


def last_event(office: Office) -> tuple[str, dict[str, object]]:
    with office.database.reading() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
        return event.act, event.details


def address(office: Office, role: RoleName) -> str:
    return f"/accounts/{account_of(office, address_of(role)).id}"


def one_time(page: str) -> str:
    """The password that a page shows once."""
    found = re.findall(r'<bdi class="code" dir="ltr">([^<]+)</bdi>', page)
    assert found, page
    return html.unescape(found[-1])


def enter(browser: Browser, email: str, password: str) -> int:
    return browser.submit("/login", {"email": email, "password": password}).status_code


def test_a_new_account_logs_in_and_first_chooses_a_password(
    administrator: Browser, other: Browser, office: Office
) -> None:
    fields = {"full_name": "Ana Pop", "email": " Ana.Pop@Liman.example ", "roles": ["clerk"]}
    page = administrator.submit("/accounts/add", fields).text
    password = one_time(page)
    assert last_event(office) == ("role.proposed", {"role": "clerk", "from_day": "2026-11-20", "until": ""})
    assert enter(other, "ana.pop@LIMAN.example", password) == 302
    for path in ("/", "/desk", "/account", "/desk/lodge"):
        assert other.get(path).headers["Location"] == "/account/password", path
    assert other.submit("/search", {"q": "x"}).headers["Location"] == "/account/password"
    assert "Somebody else knows your password." in other.get("/account/password").text
    chosen = {"present": password, "password": WISE, "again": WISE}
    assert other.submit("/account/password", chosen).headers["Location"] == "/"
    assert last_event(office)[0] == "account.password_changed"
    assert other.get("/desk").status_code == 403, "no second administrator agreed to the role yet"
    assert password not in administrator.get("/accounts").text


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("Clerk@Liman.example", "There is already an account with this address."),
        ("  clerk@liman.example", "There is already an account with this address."),
        ("no address", "This is no e-mail address."),
        ("", "Fill this in."),
    ],
)
def test_an_address_that_is_none_or_taken_is_refused(
    administrator: Browser, office: Office, email: str, words: str
) -> None:
    answer = administrator.submit("/accounts/add", {"full_name": "Ana", "email": email, "roles": ["clerk"]})
    assert answer.status_code == 400
    assert words in answer.text
    assert enter(administrator.application.test_client(), address_of(RoleName.CLERK), PASSWORD) == 302  # type: ignore[arg-type]


def test_addresses_beyond_ascii_are_one_however_they_are_typed(
    administrator: Browser, other: Browser, office: Office
) -> None:
    fields = {"full_name": "Dan", "email": "S\u0326TEFAN@bücher.example", "roles": ["clerk"]}
    password = one_time(administrator.submit("/accounts/add", fields).text)
    again = administrator.submit("/accounts/add", fields | {"email": "ștefan@xn--bcher-kva.example"})
    assert "There is already an account" in again.text
    assert enter(other, "Ștefan@BÜCHER.example", password) == 302


@pytest.mark.parametrize("roles", [["clerk", "decision_officer"], ["administrator", "clerk"], ["auditor", "operator"]])
def test_roles_that_do_not_go_together_are_refused(administrator: Browser, office: Office, roles: list[str]) -> None:
    fields = {"full_name": "Ana", "email": "ana@liman.example", "roles": roles}
    assert "Give the roles to two accounts." in administrator.submit("/accounts/add", fields).text
    with pytest.raises(NoResultFound):
        account_of(office, "ana@liman.example")


def test_a_role_that_is_taken_logs_the_account_out(administrator: Browser, other: Browser, office: Office) -> None:
    assert enter(other, address_of(RoleName.CLERK), PASSWORD) == 302
    clerk = account_of(office, address_of(RoleName.CLERK))
    answer = administrator.submit(f"/accounts/{clerk.id}/roles/{clerk.given[0].id}/take")
    assert answer.status_code == 303
    assert last_event(office) == ("role.taken", {"role": "clerk", "from_day": "2026-11-20", "until": ""})
    assert other.get("/desk").headers["Location"].startswith("/login")
    assert "the roles were changed" in other.get("/login").text
    assert "the roles were changed" in administrator.get(address(office, RoleName.CLERK)).text


def test_a_closed_account_is_out_at_once_and_comes_back_when_opened(
    administrator: Browser, other: Browser, office: Office
) -> None:
    enter(other, address_of(RoleName.CLERK), PASSWORD)
    administrator.submit(f"{address(office, RoleName.CLERK)}/close")
    assert last_event(office)[0] == "account.closed"
    typed = other.post("/desk/lodge", data={"family_name": "Öz"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert typed.status_code == 400
    assert "Öz" in typed.text
    assert "Log in, in a new window" in typed.text
    assert enter(other, address_of(RoleName.CLERK), PASSWORD) == 200
    assert address_of(RoleName.CLERK) not in administrator.get("/accounts").text
    assert "Closed" in administrator.get("/accounts?show=closed").text
    administrator.submit(f"{address(office, RoleName.CLERK)}/reopen")
    assert enter(other, address_of(RoleName.CLERK), PASSWORD) == 302


def test_nobody_changes_the_own_account(administrator: Browser, office: Office) -> None:
    own = address(office, RoleName.ADMINISTRATOR)
    assert "Another administrator changes it." in administrator.get(own).text
    for act, fields in {
        "close": {},
        "roles": GIVEN | {"role": "auditor"},
        "centre": {"centre": "galati"},
        "last-day": {"ends_on-day": "1", "ends_on-month": "1", "ends_on-year": "2027"},
        "password": {},
        "second-factor": {},
        "sessions/end": {},
    }.items():
        answer = administrator.submit(f"{own}/{act}", fields)
        assert answer.status_code == 403, act
        assert "This is your own account. Ask another administrator." in answer.text, act
    assert administrator.get("/accounts").status_code == 200


def test_another_centres_account_is_not_there(administrator: Browser, office: Office) -> None:
    with office.act(SYSTEM) as act:
        galati = centres.named(act, "galati")
        far = accounts.add_account(act, NewAccount("far@liman.example", "Far", galati, [RoleName.CLERK], "-"))
    assert "far@liman.example" not in administrator.get("/accounts").text
    assert administrator.get(f"/accounts/{far.id}").status_code == 404
    for act_name in ("close", "password", "second-factor", "sessions/end"):
        assert administrator.submit(f"/accounts/{far.id}/{act_name}").status_code == 404
    assert account_of(office, "far@liman.example").active


def test_a_new_first_password_ends_the_old_one(administrator: Browser, other: Browser, office: Office) -> None:
    enter(other, address_of(RoleName.CLERK), PASSWORD)
    page = administrator.submit(f"{address(office, RoleName.CLERK)}/password").text
    assert last_event(office)[0] == "account.password_reset"
    assert other.get("/desk").status_code == 302
    assert enter(other, address_of(RoleName.CLERK), PASSWORD) == 200
    assert enter(other, address_of(RoleName.CLERK), one_time(page)) == 302
    assert other.get("/desk").headers["Location"] == "/account/password"


def test_an_account_of_before_with_roles_apart_is_shown(administrator: Browser, office: Office) -> None:
    with office.database.transaction() as session:
        clerk = session.get_one(Staff, account_of(office, address_of(RoleName.CLERK)).id)
        since = {"from_day": NOW.date(), "given_at": NOW, "agreed_at": NOW}
        clerk.given.append(RoleGiven(role=RoleName.DECISION_OFFICER, **since))
    page = administrator.get(address(office, RoleName.CLERK)).text
    assert "Roles that do not go together" in page
    assert "Whoever lodges, spells or completes a request does not approve it." in page


def test_an_administrator_logs_an_account_out(administrator: Browser, other: Browser, office: Office) -> None:
    clerk = address(office, RoleName.CLERK)
    assert "Nobody is logged in with this account." in administrator.submit(f"{clerk}/sessions/end").text
    enter(other, address_of(RoleName.CLERK), PASSWORD)
    assert "Log out everywhere" in administrator.get(clerk).text
    administrator.submit(f"{clerk}/sessions/end")
    assert last_event(office) == ("account.sessions_ended", {"sessions": 1})
    assert other.get("/desk").status_code == 302
