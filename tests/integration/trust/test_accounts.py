"""Accounts against each other: administrators who close one another at once, one code at two log-ins at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest

from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.staff import RoleName, Staff, StaffSession
from issuance.services import centres, roles
from issuance.services.production import shifts
from issuance.services.roles import Term
from issuance.services.trust import accounts, sessions
from issuance.services.trust.accounts import NewAccount
from issuance.services.trust.sessions import Ending
from tests.fixtures.databases import on_sqlite
from tests.people import SmallOffice


def administrator(office: SmallOffice, name: str) -> Actor:
    """One more administrator of the small office's centre."""
    with office.act(SYSTEM) as act:
        centre = centres.named(act, "timisoara")
        new = NewAccount(f"{name}@test.example", name, centre, [RoleName.ADMINISTRATOR], "-")
        account = accounts.add_account(act, new)
    return Actor(account.id, centre.id, frozenset({RoleName.ADMINISTRATOR}))


def id_of(actor: Actor) -> UUID:
    assert actor.id is not None
    return actor.id


def close(office: SmallOffice, by: Actor, whom: Actor) -> None:
    with office.act(by) as act:
        accounts.close_account(act, accounts.in_centre(act, id_of(whom)))


def is_open(office: SmallOffice, actor: Actor) -> bool:
    with office.reading() as look:
        return look.session.get_one(Staff, actor.id).active


def together(*calls: Callable[[], object]) -> list[object]:
    """What each call gives or raises, all begun at one moment."""
    begin = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        begin.wait()
        try:
            return call()
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(len(calls)) as threads:
        return [each.result() for each in [threads.submit(run, call) for call in calls]]


def test_two_administrators_who_close_each_other_leave_one(office: SmallOffice) -> None:
    first, second = office.actors["administrator"], administrator(office, "second")
    ends = together(lambda: close(office, first, second), lambda: close(office, second, first))
    assert len([end for end in ends if isinstance(end, Conflict)]) == 1
    assert sorted([is_open(office, first), is_open(office, second)]) == [False, True]


@on_sqlite
def test_the_last_administrator_is_closed_by_the_command_line_only(office: SmallOffice) -> None:
    last, outside = office.actors["administrator"], administrator(office, "outside")
    with office.act(SYSTEM) as act:
        accounts.close_account(act, act.session.get_one(Staff, outside.id))
    with pytest.raises(Conflict, match="last administrator"):
        close(office, outside, last)
    takings: tuple[Callable[[Act, Staff], object], ...] = (
        lambda act, account: accounts.take_role(act, account, account.given[0]),
        lambda act, account: accounts.set_last_day(act, account, act.clock.today()),
        lambda act, account: accounts.move_account(act, account, centres.named(act, "galati")),
    )
    for take in takings:
        with pytest.raises(Conflict, match="last administrator"), office.act(outside) as act:
            take(act, accounts.in_centre(act, id_of(last)))
    with office.act(SYSTEM) as act:
        accounts.close_account(act, act.session.get_one(Staff, last.id))
    assert not is_open(office, last)


def test_a_code_is_taken_by_one_of_two_log_ins_at_once(office: SmallOffice) -> None:
    account_id = id_of(office.actors["clerk"])

    def spend() -> bool:
        with office.upkeep() as look:
            return accounts.spend_code(look, account_id, 58_000_000)

    assert sorted(map(bool, together(spend, spend))) == [False, True]


@pytest.mark.parametrize("act_on", ["close", "roles", "move"])
@on_sqlite
def test_no_station_works_in_the_name_of_somebody_who_may_not(office: SmallOffice, act_on: str) -> None:
    office.open_shift()
    with office.act(SYSTEM) as act:
        operator = act.session.get_one(Staff, office.actors["operator"].id)
        if act_on == "close":
            accounts.close_account(act, operator)
        elif act_on == "roles":
            accounts.take_role(act, operator, operator.given[0])
        else:
            accounts.move_account(act, operator, centres.named(act, "galati"))
    with office.reading() as look:
        assert shifts.open_on(look, office.station) is None


@on_sqlite
def test_case_handlings_account_is_nobodys(office: SmallOffice) -> None:
    with office.reading() as look:
        case_handling = look.session.get_one(Staff, accounts.lodger(look).id)
        assert case_handling.email not in [each.email for each in accounts.of_centre(look, None)]
    with pytest.raises(InvalidInput, match="no account"), office.reading() as look:
        accounts.named(look, roles.CASE_HANDLING)
    with pytest.raises(NotAllowed, match="nobody logs in"), office.act(SYSTEM) as act:
        accounts.reopen_account(act, act.session.get_one(Staff, case_handling.id))


def test_a_session_is_found_by_its_key_until_it_is_ended(office: SmallOffice) -> None:
    clerk = id_of(office.actors["clerk"])
    with office.upkeep() as look:
        (row, key), (_, other) = sessions.begin(look, clerk, "Firefox"), sessions.begin(look, clerk, "Chrome")
        sessions.keep(look, row.id, {"reasons": {"case": "a transfer"}})
    with office.reading() as look:
        found = sessions.find(look, key)
        assert found is not None
        assert (found.account.id, found.content) == (clerk, {"reasons": {"case": "a transfer"}})
        assert key not in found.digest
        assert sessions.find(look, found.digest) is None
        assert sessions.find(look, "") is None
    with office.upkeep() as look:
        assert sessions.end(look, clerk, Ending.ROLES, besides=row.id) == 1
    with office.reading() as look:
        assert sessions.find(look, key) is not None
        assert sessions.find(look, other) is None
        assert sessions.why_ended(look, other) is Ending.ROLES


def test_nothing_is_kept_for_a_session_that_ended_meanwhile(office: SmallOffice) -> None:
    clerk = id_of(office.actors["clerk"])
    with office.upkeep() as look:
        row, _ = sessions.begin(look, clerk, "Firefox")
    with office.upkeep() as look:
        sessions.end(look, clerk, Ending.LOGGED_OUT)
    with office.upkeep() as look:
        sessions.keep(look, row.id, {"_user_id": "typed late"})
    with office.reading() as look:
        assert look.session.get_one(StaffSession, row.id).content == {}


@pytest.mark.parametrize("ends", ["role", "account"])
def test_a_station_claims_nothing_for_an_operator_who_is_none_any_more(office: SmallOffice, ends: str) -> None:
    office.carry("queued")
    with office.act(SYSTEM) as act:
        operator = act.session.get_one(Staff, office.actors["operator"].id)
        if ends == "account":
            accounts.set_last_day(act, operator, act.clock.today())
        else:
            accounts.take_role(act, operator, operator.given[0])
            roles.give(act, operator, Term(RoleName.OPERATOR, act.clock.today(), act.clock.today()))
    office.open_shift()
    office.clock.advance(dt.timedelta(days=1))
    with pytest.raises(Conflict, match="none any more"):
        office.claim()
