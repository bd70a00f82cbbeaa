"""What is put into the vault comes out for the same request and key, and for nothing else."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from issuance.clock import FixedClock
from issuance.db import Database
from issuance.errors import Conflict, NotFound
from issuance.models.vault import Blob, DataKey
from issuance.vault import Vault, VaultError
from tests.integration.rows import a_request

MASTER = bytes(range(32))
SECRET = b"a portrait of somebody \x00\xff" * 40
CLOCK = FixedClock(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))


@pytest.fixture
def vault() -> Vault:
    return Vault(MASTER)


@pytest.fixture
def request_id(database: Database) -> UUID:
    with database.transaction() as session:
        return a_request(session).id


def put(database: Database, request_id: UUID, data: bytes = SECRET, purpose: str = "portrait") -> UUID:
    with database.transaction() as session:
        return Vault(MASTER).put(session, request_id, purpose, data).id


def get(database: Database, blob_id: UUID, vault: Vault) -> bytes:
    with database.reading() as session:
        return vault.get(session, blob_id)


@pytest.mark.parametrize("data", [b"", b"x", SECRET, bytes(3_000_000)], ids=["empty", "byte", "text", "3 MB"])
def test_what_goes_in_comes_out(database: Database, vault: Vault, request_id: UUID, data: bytes) -> None:
    assert get(database, put(database, request_id, data), vault) == data


def test_stored_bytes_are_aes_gcm_as_documented(database: Database, request_id: UUID) -> None:
    blob_id = put(database, request_id)
    with database.reading() as session:
        blob, row = session.get_one(Blob, blob_id), session.scalars(select(DataKey)).one()
        assert row.wrapped is not None
        key = AESGCM(MASTER).decrypt(row.wrapped[:12], row.wrapped[12:], request_id.bytes)
        bound_to = request_id.bytes + blob_id.bytes + b"portrait"
        assert AESGCM(key).decrypt(blob.encrypted[:12], blob.encrypted[12:], bound_to) == SECRET
        assert len(key) == 32
        assert SECRET[:10] not in blob.encrypted


def test_the_same_bytes_are_never_stored_alike(database: Database, request_id: UUID) -> None:
    first, second = put(database, request_id), put(database, request_id)
    with database.reading() as session:
        assert session.get_one(Blob, first).encrypted != session.get_one(Blob, second).encrypted
        assert session.scalar(select(func.count()).select_from(DataKey)) == 1


def test_bytes_moved_to_another_place_do_not_open(database: Database, vault: Vault, request_id: UUID) -> None:
    portrait, signature = put(database, request_id), put(database, request_id, b"a signature", "signature")
    with database.transaction() as session:
        first, second = session.get_one(Blob, portrait), session.get_one(Blob, signature)
        first.encrypted, second.encrypted = second.encrypted, first.encrypted
    for blob_id in (portrait, signature):
        with pytest.raises(VaultError, match="stored bytes were changed"):
            get(database, blob_id, vault)


def test_bytes_do_not_open_for_another_purpose_or_request(database: Database, vault: Vault, request_id: UUID) -> None:
    renamed, moved = put(database, request_id), put(database, request_id)
    with database.transaction() as session:
        other = a_request(session).id
        vault.put(session, other, "portrait", b"theirs")
        session.get_one(Blob, renamed).purpose = "signature"
        session.get_one(Blob, moved).request_id = other
    for blob_id in (renamed, moved):
        with pytest.raises(VaultError):
            get(database, blob_id, vault)


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_changed_bit_is_found(database: Database, vault: Vault, request_id: UUID, place: int) -> None:
    blob_id = put(database, request_id)
    with database.transaction() as session:
        changed = bytearray(session.get_one(Blob, blob_id).encrypted)
        changed[place] ^= 1
        session.get_one(Blob, blob_id).encrypted = bytes(changed)
    with pytest.raises(VaultError):
        get(database, blob_id, vault)


def test_truncated_bytes_are_found(database: Database, vault: Vault, request_id: UUID) -> None:
    blob_id = put(database, request_id)
    with database.transaction() as session:
        session.get_one(Blob, blob_id).encrypted = b"short"
    with pytest.raises(VaultError):
        get(database, blob_id, vault)


def test_another_master_key_says_so(database: Database, request_id: UUID) -> None:
    blob_id = put(database, request_id)
    with pytest.raises(VaultError, match="master key does not fit") as caught:
        get(database, blob_id, Vault(bytes(32)))
    assert caught.value.code == "vault"


def test_a_data_key_moved_to_another_request_does_not_open(database: Database, vault: Vault, request_id: UUID) -> None:
    blob_id = put(database, request_id)
    with database.transaction() as session:
        other = a_request(session).id
        vault.put(session, other, "portrait", b"theirs")
        ours, theirs = session.scalars(select(DataKey).order_by(DataKey.request_id)).all()
        ours.wrapped, theirs.wrapped = theirs.wrapped, ours.wrapped
    with pytest.raises(VaultError):
        get(database, blob_id, vault)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_master_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(VaultError, match=f"has {size} bytes and needs 32"):
        Vault(bytes(size))


def test_destroying_makes_everything_of_the_request_unreadable(
    database: Database, vault: Vault, request_id: UUID
) -> None:
    blobs = [put(database, request_id), put(database, request_id, b"frozen", "content")]
    with database.transaction() as session:
        kept = vault.put(session, a_request(session).id, "portrait", b"another person's").id
    with database.transaction() as session:
        vault.destroy(session, request_id, clock=CLOCK)
    for blob_id in blobs:
        with pytest.raises(NotFound, match="destroyed under the retention rules"):
            get(database, blob_id, vault)
    assert get(database, kept, vault) == b"another person's"
    with database.transaction() as session, pytest.raises(Conflict, match="destroyed under the retention rules"):
        vault.put(session, request_id, "portrait", b"again")


def test_destroying_twice_keeps_the_first_date(database: Database, vault: Vault, request_id: UUID) -> None:
    put(database, request_id)
    clock = FixedClock(CLOCK.now())
    for _ in range(2):
        with database.transaction() as session:
            vault.destroy(session, request_id, clock=clock)
        clock.advance(dt.timedelta(days=1))
    with database.reading() as session:
        row = session.scalars(select(DataKey)).one()
        assert (row.wrapped, row.destroyed_at) == (None, CLOCK.now())


def test_destroying_what_never_was_changes_nothing(database: Database, vault: Vault, request_id: UUID) -> None:
    with database.transaction() as session:
        vault.destroy(session, request_id, clock=CLOCK)
    with database.reading() as session:
        assert session.scalars(select(DataKey)).all() == []


def test_an_unknown_blob_is_not_found(database: Database, vault: Vault) -> None:
    with pytest.raises(NotFound):
        get(database, uuid4(), vault)


def test_an_act_that_fails_leaves_nothing(database: Database, vault: Vault, request_id: UUID) -> None:
    def act() -> None:
        with database.transaction() as session:
            vault.put(session, request_id, "portrait", SECRET)
            raise Conflict("no")

    with pytest.raises(Conflict):
        act()
    with database.reading() as session:
        assert session.scalars(select(Blob)).all() == []
        assert session.scalars(select(DataKey)).all() == []


def test_an_unknown_request_has_no_vault(database: Database) -> None:
    with pytest.raises(IntegrityError):
        put(database, uuid4())


def test_two_processes_storing_the_first_bytes_share_one_key(
    database: Database, database_url: str, vault: Vault, request_id: UUID
) -> None:
    other = Database(database_url)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            ours = vault.put(session, request_id, "portrait", b"ours").id
            theirs = pool.submit(put, other, request_id, b"theirs")
            with pytest.raises(TimeoutError):  # it waits for us, on either database
                theirs.result(timeout=0.3)
        assert get(database, theirs.result(timeout=20), vault) == b"theirs"
    assert get(database, ours, vault) == b"ours"
    other.engine.dispose()


def test_no_key_shows_in_what_is_printed(vault: Vault) -> None:
    shown = repr(vault) + str(vars(vault))
    assert MASTER.hex() not in shown
    assert repr(MASTER) not in shown
