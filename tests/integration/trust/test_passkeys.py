"""The register of passkeys on both databases: whose, how many, and that each proof is taken once."""

from __future__ import annotations

import datetime as dt

import pytest

from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import Passkey
from issuance.services.passkeys import keys
from issuance.services.passkeys.ceremony import NewPasskey
from tests.people import SmallOffice


def new(number: int = 1, *, synced: bool = False) -> NewPasskey:
    return NewPasskey(bytes([number] * 16), b"public", 0, synced)


def add(office: SmallOffice, who: str, name: str, key: NewPasskey) -> Passkey:
    with office.act(office.actors[who]) as act:
        return keys.add(act, name, key)


def test_a_key_is_one_persons_and_its_name_one_keys(office: SmallOffice) -> None:
    mine = add(office, "clerk", "black", new())
    with pytest.raises(Conflict, match="somebody's already"):
        add(office, "second_clerk", "black", new())
    with pytest.raises(InvalidInput) as refused:
        add(office, "clerk", "black", new(2))
    assert refused.value.field == "name"
    with pytest.raises(NotFound), office.act(office.actors["second_clerk"]) as act:
        keys.end_own(act, mine.id)
    with office.act(office.actors["clerk"]) as act:
        keys.end_own(act, mine.id)
    with office.reading() as look:
        assert keys.find(look, mine.credential_id) is None
    with pytest.raises(Conflict, match="or was"):
        add(office, "clerk", "black", new())


def test_what_a_role_asks_for(office: SmallOffice) -> None:
    """Whoever approves has one that does not leave its device, and never none once there is one."""
    with pytest.raises(Conflict, match="copied to other devices"):
        add(office, "decision_officer", "telephone", new(synced=True))
    assert add(office, "clerk", "telephone", new(synced=True)).synced
    mine = add(office, "decision_officer", "black", new(2))
    with pytest.raises(Conflict, match="last passkey"), office.act(office.actors["decision_officer"]) as act:
        keys.end_own(act, mine.id)
    add(office, "decision_officer", "in the safe", new(3))
    with office.act(office.actors["decision_officer"]) as act:
        keys.end_own(act, mine.id)


def test_a_session_of_a_password_changes_nothing_once_there_is_a_key(office: SmallOffice) -> None:
    clerk = office.actors["clerk"]
    with office.reading(clerk) as look:
        keys.check_may_change(look, by_passkey=False)
    add(office, "clerk", "black", new())
    with office.reading(clerk) as look:
        keys.check_may_change(look, by_passkey=True)
        with pytest.raises(NotAllowed, match="log in with it"):
            keys.check_may_change(look, by_passkey=False)


def test_an_account_has_ten_at_most(office: SmallOffice) -> None:
    for number in range(keys.MOST):
        add(office, "clerk", str(number), new(number))
    with pytest.raises(Conflict, match="at most 10"):
        add(office, "clerk", "eleventh", new(99))


def test_a_challenge_is_spent_with_all_that_are_older(office: SmallOffice) -> None:
    key, asked = add(office, "clerk", "black", new()), office.clock.now()
    taken = []
    for seconds in (0, 0, -5, 1):
        with office.upkeep() as look:
            taken.append(keys.spend(look, key, 1, asked + dt.timedelta(seconds=seconds)))
    assert taken == [True, False, False, True]
    with office.act(office.actors["clerk"]) as act:
        keys.end_own(act, key.id)
    with office.upkeep() as look:
        assert not keys.spend(look, key, 1, asked + dt.timedelta(seconds=9))


@pytest.mark.parametrize(
    ("roles", "asked"),
    [
        (("clerk",), False),
        (("quality_officer",), False),
        (("auditor",), False),
        (("decision_officer",), True),
        (("operator",), True),
        (("clerk", "supervisor"), True),
        (("administrator",), True),
        (("mission",), True),
        ((), False),
    ],
)
def test_who_approves_operates_answers_for_stock_or_administers_is_asked(roles: tuple[str, ...], asked: bool) -> None:
    assert keys.are_asked_of(roles, dt.date(2026, 11, 30)) is asked
