"""Generations of the master key: made by two, everything moves under the newest, an old one goes when unneeded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Update, select, update
from sqlalchemy.exc import IntegrityError

from issuance.actors import SYSTEM
from issuance.chores import masters as chore
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.audit import AuditEvent
from issuance.models.staff import RoleName
from issuance.models.vault import DataKey, MasterKey
from issuance.services import centres, masters
from issuance.services.masters import Two
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.settings import Settings
from issuance.vault import Vault, VaultError
from issuance.vault.masters import OfficeMasters
from tests.fixtures.databases import on_sqlite
from tests.integration.rows import a_request
from tests.people import NOON, VAULT_KEY, SmallOffice, Stage
from tests.stacks import proved

FIRST, SECOND = "administrator@test.example", "second@test.example"
SECRET = b"a portrait of somebody"


@pytest.fixture
def keyed(office: SmallOffice, tmp_path: Path) -> Iterator[SmallOffice]:
    """An office with a second administrator and places for master keys."""
    with office.act(SYSTEM) as act:
        centre = centres.named(act, "timisoara")
        accounts.add_account(act, NewAccount(SECOND, "Second", centre, [RoleName.ADMINISTRATOR], "-", given=False))
    office.masters = OfficeMasters(Settings(var=tmp_path))
    anew(office)
    yield office
    office.masters.close()


def anew(office: SmallOffice, **changes: bool) -> None:
    """Open the vault as a process does that starts now: it asks which master key is the newest."""
    office.vault = Vault(VAULT_KEY, office.masters, **changes)


def make(office: SmallOffice) -> int:
    """Two administrators make the next master key; its generation."""
    with office.reading() as look:
        by = masters.two(look, (FIRST, SECOND))
        generation = masters.following(look, office.masters.known())
    made = office.masters.make(generation)
    with office.act(by.actor) as act:
        masters.begin(act, by, made)
    anew(office)
    return generation


def put(office: SmallOffice, data: bytes = SECRET) -> UUID:
    """A blob of a new request."""
    with office.database.transaction() as session:
        return office.vault.put(session, a_request(session).id, "portrait", data).id


def get(office: SmallOffice, blob_id: UUID) -> bytes:
    with office.reading() as look:
        return look.vault.get(look.session, blob_id)


def by_two(office: SmallOffice) -> Two:
    with office.reading() as look:
        return masters.two(look, (FIRST, SECOND))


def by_hand(office: SmallOffice, statement: Update) -> None:
    """Change the register as somebody does who has the database."""
    with office.database.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        connection.execute(statement)


def under(office: SmallOffice) -> dict[int, int]:
    with office.reading() as look:
        return {one.generation: one.keys for one in masters.under(look)}


def destroy(office: SmallOffice, generation: int) -> None:
    by = by_two(office)
    with office.act(by.actor) as act:
        masters.destroyed(act, by, generation)
    office.masters.destroy(generation)


def test_everything_new_lies_under_the_newest_and_all_of_it_opens(keyed: SmallOffice) -> None:
    blobs = [put(keyed, b"of before")]
    assert make(keyed) == 1
    blobs.append(put(keyed, b"one"))
    assert make(keyed) == 2
    blobs.append(put(keyed, b"two"))
    assert under(keyed) == {0: 1, 1: 1, 2: 1}
    assert [get(keyed, blob) for blob in blobs] == [b"of before", b"one", b"two"]
    with keyed.reading() as look:
        assert list(look.vault.open_all(look.session, blobs).values()) == [b"of before", b"one", b"two"]


def test_data_keys_move_and_the_audit_sees_it(keyed: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masters, "MOST", 2)
    blobs = [put(keyed, str(number).encode()) for number in range(5)]
    make(keyed)
    while chore.rewrap_next(keyed):
        pass
    assert under(keyed) == {0: 0, 1: 5}
    assert [get(keyed, blob) for blob in blobs] == [b"0", b"1", b"2", b"3", b"4"]
    with keyed.reading() as look:
        told = look.session.scalars(
            select(AuditEvent).where(AuditEvent.act == "master_key.rewrapped").order_by(AuditEvent.id)
        )
        assert [event.details for event in told] == [{"generation": 1, "keys": keys} for keys in (2, 2, 1)]
    assert not chore.rewrap_next(keyed)


def test_a_key_that_is_destroyed_meanwhile_stays_destroyed(keyed: SmallOffice) -> None:
    blob, other = put(keyed), put(keyed, b"another")
    make(keyed)
    with keyed.reading() as look:
        generation, keys = masters.to_move(look)
        request_id = next(key.request_id for key in keys)
    moved = keyed.vault.rewrap(keys, generation)
    with keyed.act(SYSTEM) as act:
        act.vault.destroy(act.session, request_id, clock=act.clock)
        act.record("request.destroyed")
    with keyed.act(SYSTEM) as act:
        assert masters.move(act, generation, moved) == 1
    outcomes = []
    for one in (blob, other):
        try:
            outcomes.append(get(keyed, one))
        except NotFound:
            outcomes.append(b"")
    assert sorted(outcomes)[0] == b""
    assert sum(bool(one) for one in outcomes) == 1


def test_what_was_changed_by_hand_holds_nobody_up(keyed: SmallOffice) -> None:
    bad, good = put(keyed), put(keyed, b"good")
    with keyed.reading() as look:
        row = look.session.scalars(select(DataKey).order_by(DataKey.id)).first()
        assert row is not None
        assert row.wrapped is not None
        changed, key = bytes([row.wrapped[0] ^ 1]) + row.wrapped[1:], row.id
    by_hand(keyed, update(DataKey).where(DataKey.id == key).values(wrapped=changed))
    make(keyed)
    while chore.rewrap_next(keyed):
        pass
    assert under(keyed) == {0: 1, 1: 1}
    assert get(keyed, good) == b"good"
    with pytest.raises(VaultError):
        get(keyed, bad)


def test_a_key_moved_to_another_generation_by_hand_does_not_open(keyed: SmallOffice) -> None:
    make(keyed)
    blob = put(keyed)
    make(keyed)
    by_hand(keyed, update(DataKey).values(generation=2))
    with pytest.raises(VaultError, match="does not fit"):
        get(keyed, blob)


def test_an_old_master_goes_when_nothing_needs_it(keyed: SmallOffice) -> None:
    make(keyed)
    blob = put(keyed)
    with pytest.raises(Conflict, match="make a new one first"):
        destroy(keyed, 1)
    make(keyed)
    with pytest.raises(Conflict, match="still wrapped under this master key"):
        destroy(keyed, 1)
    while chore.rewrap_next(keyed):
        pass
    with pytest.raises(Conflict, match="Back-ups from before it was replaced need this master key until"):
        destroy(keyed, 1)
    days = keyed.settings.backups_kept_days
    keyed.clock.advance(dt.timedelta(days=days))
    with pytest.raises(Conflict, match="Back-ups"):
        destroy(keyed, 1)
    keyed.clock.advance(dt.timedelta(days=1))
    destroy(keyed, 1)
    assert [one.generation for one in keyed.masters.known()] == [2]
    assert get(keyed, blob) == SECRET
    assert make(keyed) == 3  # a number is never given twice
    with pytest.raises(InvalidInput, match="knows no such master key"):
        destroy(keyed, 9)


@on_sqlite
def test_two_different_administrators_make_it(keyed: SmallOffice) -> None:
    with keyed.reading() as look:
        with pytest.raises(InvalidInput, match="Two persons do this together"):
            masters.two(look, (FIRST, FIRST))
        for emails, field in (
            ((FIRST, f"{RoleName.DECISION_OFFICER}@test.example"), "--and"),
            (("nobody@test.example", SECOND), "--as"),
        ):
            with pytest.raises(InvalidInput, match="No administrator who works here") as refused:
                masters.two(look, emails)
            assert refused.value.field == field


def test_the_register_itself_refuses_one_person(keyed: SmallOffice) -> None:
    by, made = by_two(keyed), keyed.masters.make(1)
    with pytest.raises(IntegrityError, match="two_make"), keyed.act(by.actor) as act:
        masters.begin(act, Two(by.first, by.first, by.actor), made)
    make(keyed)
    once = {"destroyed_at": NOON, "destroyed_by": by.first.id}
    for changes, name in (({"destruction_agreed_by": by.first.id}, "two_destroy"), ({}, "destroyed_by_somebody")):
        with pytest.raises(IntegrityError, match=name):
            by_hand(keyed, update(MasterKey).values(**once, **changes))


@on_sqlite
def test_where_a_token_is_needed_nothing_new_lies_under_a_file(keyed: SmallOffice) -> None:
    blob = put(keyed)
    anew(keyed, needs_token=True)
    assert get(keyed, blob) == SECRET
    with pytest.raises(VaultError, match="no master key in the token yet"):
        put(keyed)
    make(keyed)
    anew(keyed, needs_token=True)
    with pytest.raises(VaultError, match="no master key in the token yet"):
        put(keyed)


@on_sqlite
def test_who_runs_since_before_asks_again_after_a_minute(keyed: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [1000.0]
    monkeypatch.setattr("issuance.vault.vault.time.monotonic", lambda: seconds[0])
    anew(keyed)
    put(keyed)
    running = keyed.vault
    make(keyed)
    keyed.vault = running
    put(keyed)
    assert under(keyed) == {0: 2, 1: 0}
    seconds[0] += 61
    put(keyed)
    assert under(keyed) == {0: 2, 1: 1}
    while chore.rewrap_next(keyed):
        pass
    assert under(keyed) == {0: 0, 1: 3}


def test_a_key_that_was_put_back_by_hand_is_not_made_good(keyed: SmallOffice) -> None:
    request_id = keyed.carry(Stage.COMPLETE).request_id
    with keyed.reading() as look:
        before = look.session.scalar(select(DataKey.wrapped).where(DataKey.request_id == request_id))
    with keyed.act(SYSTEM) as act:
        act.vault.destroy(act.session, request_id, clock=act.clock)
        act.record("retention.applied")
    by_hand(keyed, update(DataKey).values(wrapped=before, destroyed_at=None))
    make(keyed)
    assert not chore.rewrap_next(keyed)
    assert under(keyed) == {0: 1, 1: 0}
    assert not proved(keyed)


def test_the_audit_proves_keys_that_moved_and_finds_a_master_that_was_changed(keyed: SmallOffice) -> None:
    keyed.carry(Stage.COMPLETE)
    make(keyed)
    while chore.rewrap_next(keyed):
        pass
    assert proved(keyed)
    by_hand(keyed, update(MasterKey).values(fingerprint="0" * 64))
    assert not proved(keyed)
