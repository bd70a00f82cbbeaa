"""Roles by page: given from one day to another by one administrator, in force when another agreed."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.models.staff import RoleName, Staff
from issuance.office import Office
from issuance.services.trust import accounts
from tests.web.admin.conftest import Administrator
from tests.web.conftest import Browser, address_of

TODAY = dt.date(2026, 11, 20)


def days(name: str, day: dt.date) -> dict[str, str]:
    """A date as its three boxes send it."""
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def role(name: str, first: dt.date = TODAY, last: dt.date | None = None) -> dict[str, str]:
    return {"role": name, **days("from_day", first), **(days("to_day", last) if last else {})}


@pytest.fixture
def clerk(office: Office) -> UUID:
    with office.database.reading() as session:
        return session.scalars(select(Staff.id).where(Staff.email == address_of(RoleName.CLERK))).one()


def given(office: Office, account_id: UUID, name: str) -> UUID:
    with office.database.reading() as session:
        account = session.get_one(Staff, account_id)
        return next(one.id for one in reversed(account.given) if one.role == name)


def held(office: Office, account_id: UUID) -> list[str]:
    with office.database.reading() as session:
        return list(map(str, session.get_one(Staff, account_id).roles_on(office.clock.today())))


def test_a_role_is_in_force_when_another_administrator_agrees(
    first: Browser, second: Browser, office: Office, clerk: UUID
) -> None:
    assert first.submit(f"/accounts/{clerk}/roles", role("operator")).status_code == 303
    assert held(office, clerk) == ["clerk"]
    waits = f"/accounts/{clerk}/roles/{given(office, clerk, 'operator')}"
    assert ">Agree<" not in first.get(f"/accounts/{clerk}").text
    refused = first.submit(f"{waits}/agree")
    assert (refused.status_code, "You gave this role. Another administrator agrees to it." in refused.text) == (
        403,
        True,
    )
    assert "Test clerk" in second.get("/accounts?show=waiting").text
    assert ">Agree<" in second.get(f"/accounts/{clerk}").text
    assert second.submit(f"{waits}/agree").status_code == 303
    assert held(office, clerk) == ["clerk", "operator"]
    assert "Somebody answered this already." in second.submit(f"{waits}/agree").text


def test_what_is_declined_is_never_in_force(first: Browser, second: Browser, office: Office, clerk: UUID) -> None:
    first.submit(f"/accounts/{clerk}/roles", role("operator"))
    waits = f"/accounts/{clerk}/roles/{given(office, clerk, 'operator')}"
    second.submit(f"{waits}/decline")
    assert "Somebody answered this already." in first.submit(f"{waits}/agree").text
    assert held(office, clerk) == ["clerk"]
    assert first.submit(f"/accounts/{clerk}/roles", role("operator")).status_code == 303, "it may be given anew"


def test_a_role_gives_nothing_before_its_first_day_and_after_its_last(
    first: Browser, second: Browser, other: Browser, office: Office, clock: FixedClock, clerk: UUID
) -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    first.submit(f"/accounts/{clerk}/roles", role("operator", tomorrow, tomorrow))
    second.submit(f"/accounts/{clerk}/roles/{given(office, clerk, 'operator')}/agree")
    seen = []
    for _ in range(3):
        other.take_session(clerk)
        seen.append(other.get("/production/jobs").status_code)
        clock.advance(dt.timedelta(days=1))
    assert seen == [403, 200, 403]


@pytest.fixture
def other(app: Flask) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (role("clerk"), "The account has this role on these days already"),
        (role("decision_officer"), "Give the roles to two accounts."),
        (role("administrator"), "Whoever gives roles does not work in one."),
        (role("operator", TODAY - dt.timedelta(days=1)), "A role is given from today or a later day."),
        (role("operator", TODAY, TODAY - dt.timedelta(days=9)), "The last day lies before the first, or has passed."),
        (role("king"), "Choose one of the options."),
    ],
)
def test_a_role_that_cannot_be_given_is_refused_beside_its_field(
    first: Browser, office: Office, clerk: UUID, fields: dict[str, str], words: str
) -> None:
    answer = first.submit(f"/accounts/{clerk}/roles", fields)
    assert answer.status_code >= 400
    assert words in answer.text
    assert held(office, clerk) == ["clerk"]


def test_both_sides_of_a_pair_are_refused_while_one_only_waits(first: Browser, office: Office, clerk: UUID) -> None:
    last = TODAY + dt.timedelta(days=5)
    with office.act(SYSTEM) as act:
        account = act.session.get_one(Staff, clerk)
        accounts.take_role(act, account, account.given[0])
    first.submit(f"/accounts/{clerk}/roles", role("operator", TODAY, last))
    assert "Give the roles to two accounts." in first.submit(f"/accounts/{clerk}/roles", role("quality_officer")).text
    later = role("quality_officer", last + dt.timedelta(days=1))
    assert first.submit(f"/accounts/{clerk}/roles", later).status_code == 303, "on other days it is no pair"


def test_who_is_moved_has_the_roles_when_an_administrator_there_agrees(
    first: Browser, administrator_of: Administrator, office: Office, clerk: UUID
) -> None:
    assert "Galați" in first.get(f"/accounts/{clerk}/centre").text
    assert first.submit(f"/accounts/{clerk}/centre", {"centre": "galati"}).status_code == 303
    assert held(office, clerk) == []
    assert first.get(f"/accounts/{clerk}").status_code == 404
    there = administrator_of("there", "galati")
    assert there.submit(f"/accounts/{clerk}/roles/{given(office, clerk, 'clerk')}/agree").status_code == 303
    assert held(office, clerk) == ["clerk"]


def test_an_account_ends_with_its_last_day(
    first: Browser, other: Browser, office: Office, clock: FixedClock, clerk: UUID
) -> None:
    past = first.submit(f"/accounts/{clerk}/last-day", days("ends_on", TODAY - dt.timedelta(days=1)))
    assert "This day has passed." in past.text
    assert first.submit(f"/accounts/{clerk}/last-day", days("ends_on", TODAY)).status_code == 303
    other.take_session(clerk)
    assert other.get("/desk").status_code == 200
    clock.advance(dt.timedelta(days=1))
    other.take_session(clerk)
    assert other.get("/desk").status_code == 302


def account_of(office: Office, email: str) -> UUID:
    with office.database.reading() as session:
        return session.scalars(select(Staff.id).where(Staff.email == email)).one()


def test_no_page_leaves_a_centre_without_an_administrator_who_stays(
    first: Browser, second: Browser, office: Office
) -> None:
    """Each of two would end the other: the one who has a last day already may not."""
    mine, hers = account_of(office, address_of(RoleName.ADMINISTRATOR)), account_of(office, "second@liman.example")
    last = TODAY + dt.timedelta(days=3)
    assert second.submit(f"/accounts/{mine}/last-day", days("ends_on", last)).status_code == 303
    ways = {
        "close": {},
        "centre": {"centre": "galati"},
        "last-day": days("ends_on", last),
        f"roles/{given(office, hers, 'administrator')}/take": {},
    }
    for way, fields in ways.items():
        refused = first.submit(f"/accounts/{hers}/{way}", fields)
        assert (refused.status_code, "Every other administrator of the centre has a last day." in refused.text) == (
            409,
            True,
        ), way
    assert held(office, hers) == ["administrator"]
    assert second.submit(f"/accounts/{mine}/close").status_code == 303, "who stays may close who does not"


def test_who_was_an_administrator_ends_the_last_one_no_more(
    first: Browser, administrator_of: Administrator, office: Office
) -> None:
    """Nobody ends the own account, and whose role was taken is logged out: so no page reaches the last one."""
    second = administrator_of("second", "timisoara")
    mine, hers = account_of(office, address_of(RoleName.ADMINISTRATOR)), account_of(office, "second@liman.example")
    assert first.submit(f"/accounts/{hers}/roles/{given(office, hers, 'administrator')}/take").status_code == 303
    assert second.submit(f"/accounts/{mine}/close").status_code != 303
    assert second.get("/accounts").location.startswith("/login")
    assert held(office, mine) == ["administrator"]


def test_of_a_pair_that_waits_neither_order_of_agreeing_makes_one_person_both_sides(
    first: Browser, second: Browser, office: Office, clerk: UUID
) -> None:
    """What waits counts; what was declined does not; what the days keep apart may be agreed to in either order."""
    later = TODAY + dt.timedelta(days=10)
    with office.act(SYSTEM) as act:
        account = act.session.get_one(Staff, clerk)
        accounts.take_role(act, account, account.given[0])
    first.submit(f"/accounts/{clerk}/roles", role("decision_officer", later))
    for name in ("operator", "quality_officer", "clerk"):
        assert "Give the roles to two accounts." in second.submit(f"/accounts/{clerk}/roles", role(name)).text, name
    before = role("operator", TODAY, later - dt.timedelta(days=1))
    assert first.submit(f"/accounts/{clerk}/roles", before).status_code == 303
    for name in ("operator", "decision_officer"):
        assert second.submit(f"/accounts/{clerk}/roles/{given(office, clerk, name)}/agree").status_code == 303
    with office.database.reading() as session:
        account = session.get_one(Staff, clerk)
        each_day = [account.roles_on(TODAY + dt.timedelta(days=n)) for n in range(20)]
    assert {tuple(map(str, held)) for held in each_day} == {("operator",), ("decision_officer",)}
