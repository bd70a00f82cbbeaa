"""Portraits, signatures and frozen content at rest: AES-256-GCM under one data key per request.

The data key is wrapped under a master key of the office, which may be in a token (`vault.masters`); those of the
generation 0, of releases before, under the office's own key. Destroying it makes everything of the request unreadable,
which is how retention ends (E18). Encrypted bytes are a 12 byte nonce and the ciphertext with its tag (NIST SP
800-38D).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuance.clock import Clock
from issuance.db import uuid7
from issuance.errors import Conflict, LimanError, NotFound
from issuance.keys.token import Bound
from issuance.models.vault import FIRST, Blob, DataKey, MasterKey
from issuance.settings import KEY_BYTES
from issuance.vault.masters import OfficeMasters, VaultError, decrypt, encrypt, opened
from issuance.vault.open_keys import OpenKeys

LOST = "This is not in the vault. Open the case again to see what it holds."
NO_MASTER = "There is no master key in the token yet: two administrators make it by flask keys new-master."
NEW_EVERY = 60.0
"""Seconds after which it is asked anew which master key is the newest."""

Opened = Mapping[UUID, bytes | LimanError]
"""Plain bytes by the id of their blob, or why there are none."""


class Wrapped(NamedTuple):
    """The data key of a request, under the master key of a generation."""

    request_id: UUID
    generation: int
    key: bytes


class _Found(NamedTuple):
    """The columns of a blob."""

    id: UUID
    request_id: UUID
    purpose: str
    encrypted: bytes


class _Wraps(Protocol):
    """One small part of `Masters`: what the vault needs of a master key, wherever it is."""

    def wrap(self, generation: int, keys: Sequence[Bound]) -> list[bytes]:
        """Each key wrapped."""
        ...

    def unwrap(self, generation: int, keys: Sequence[Bound]) -> list[bytes | None]:
        """Each key, or None."""
        ...


class _OwnKey:
    """The office's own key as the master of the generation 0, as releases before wrapped."""

    def __init__(self, cipher: AESGCM) -> None:
        self._cipher = cipher

    def wrap(self, _: int, keys: Sequence[Bound]) -> list[bytes]:
        """In this process."""
        return [encrypt(self._cipher, key, bound_to) for key, bound_to in keys]

    def unwrap(self, _: int, keys: Sequence[Bound]) -> list[bytes | None]:
        """In this process."""
        return [opened(self._cipher, key, bound_to) for key, bound_to in keys]


class Vault:
    """Encrypts and decrypts the blobs of requests: their data keys lie under `masters`, or under the office's own key.

    `own_key` (32 bytes) also encrypts what belongs to no request. `needs_token`: nothing new is kept under a master key
    that is no token's.
    """

    def __init__(self, own_key: bytes, masters: OfficeMasters | None = None, *, needs_token: bool = False) -> None:
        if len(own_key) != KEY_BYTES:
            raise VaultError("The master key has %(size)s bytes and needs 32. Restore its file.", size=len(own_key))
        self._own = AESGCM(own_key)
        self._first = _OwnKey(self._own)
        self._finder = hmac.digest(own_key, b"liman digests", hashlib.sha256)
        self._masters, self._needs_token = masters, needs_token
        self._open = OpenKeys()
        self._newest = _Newest()

    def put(self, session: Session, request_id: UUID, purpose: str, data: bytes) -> Blob:
        """Encrypt `data` for a request, in the caller's transaction. Conflict once the key is destroyed.

        The request, the blob's id and `purpose` are bound to the ciphertext: moved elsewhere it does not open.
        """
        cipher = self._cipher(_of(self._key_row(session, request_id)))
        blob = Blob(id=uuid7(), request_id=request_id, purpose=purpose)
        blob.encrypted = encrypt(cipher, data, _bound_to(blob))
        session.add(blob)
        session.flush()
        return blob

    def put_first(self, session: Session, request_id: UUID, purpose: str, data: bytes) -> Blob:
        """The same for a request that is new in this transaction: its key is made with it, and nothing is asked."""
        data_key = secrets.token_bytes(KEY_BYTES)
        session.add(self._new_row(session, request_id, data_key))
        blob = Blob(id=uuid7(), request_id=request_id, purpose=purpose)
        blob.encrypted = encrypt(AESGCM(data_key), data, _bound_to(blob))
        session.add(blob)
        return blob

    def get(self, session: Session, blob_id: UUID, of: UUID | None = None) -> bytes:
        """The plain bytes of a blob; NotFound when there is none or its key was destroyed under retention.

        VaultError for another's than the request `of`: a row was made to name it.
        """
        blob = session.get(Blob, blob_id)
        if blob is None:
            raise NotFound(LOST)
        if of not in (None, blob.request_id):
            raise VaultError("The stored bytes were changed. Restore the register from a copy.")
        key = _find_key(session, blob.request_id)
        if key is None or key.wrapped is None:
            raise _destroyed()
        return _plain(blob, self._cipher(_of(key)))

    def open_all(self, session: Session, blob_ids: Collection[UUID]) -> Opened:
        """The plain bytes of each of these blobs, by its id, or why there are none: by one statement.

        The keys that are not open yet are unwrapped by one question to the token.
        """
        query = select(Blob.id, Blob.request_id, Blob.purpose, Blob.encrypted, DataKey.generation, DataKey.wrapped)
        joined = query.outerjoin(DataKey, DataKey.request_id == Blob.request_id)
        rows = session.execute(joined.where(Blob.id.in_(blob_ids))).all()
        keys = {row.id: Wrapped(row.request_id, row.generation, row.wrapped) for row in rows if row.wrapped}
        ciphers = self._ciphers(set(keys.values()))
        found: dict[UUID, bytes | LimanError] = dict.fromkeys(blob_ids, NotFound(LOST))
        for blob in (_Found(*row[:4]) for row in rows):
            found[blob.id] = _opened(blob, ciphers[keys[blob.id]]) if blob.id in keys else _destroyed()
        return found

    def destroy(self, session: Session, request_id: UUID, *, clock: Clock) -> None:
        """Forget the data key of a request, for ever. A second time, or with nothing stored, changes nothing."""
        row = _find_key(session, request_id)
        if row is not None and row.wrapped is not None:
            row.wrapped, row.destroyed_at = None, clock.now()
            session.flush()
            self._open.forget(request_id)

    def opens(self, row: DataKey) -> bool:
        """Whether the key of a request, which is not destroyed, opens; VaultError says why not."""
        return self._cipher(_of(row)) is not None

    def rewrap(self, keys: Iterable[Wrapped], generation: int) -> dict[Wrapped, bytes]:
        """Each data key under another master key; those that do not open are left out. VaultError: a token's."""
        plain = {key: one for key, one in self._unwrapped(keys) if isinstance(one, bytes)}
        bound = [(one, key.request_id.bytes) for key, one in plain.items()]
        return dict(zip(plain, self._holder(generation).wrap(generation, bound), strict=True))

    def encrypt(self, data: bytes, bound_to: bytes) -> bytes:
        """Encrypt what belongs to no request (a device's password) by the office's key; `bound_to` opens it too."""
        return encrypt(self._own, data, bound_to)

    def decrypt(self, encrypted: bytes, bound_to: bytes) -> bytes:
        """What `encrypt` made unreadable; VaultError when it or the office's key is not what it was."""
        try:
            return decrypt(self._own, encrypted, bound_to)
        except InvalidTag as error:
            raise VaultError("The stored bytes were changed. Restore the register from a copy.") from error

    def digest(self, data: bytes) -> str:
        """By which what is encrypted is found again by who has the office's key: HMAC-SHA256 in hexadecimal."""
        return hmac.digest(self._finder, data, hashlib.sha256).hex()

    def _key_row(self, session: Session, request_id: UUID) -> DataKey:
        """The request's key row, made at first use; another process may make it at the same moment."""
        row = _find_key(session, request_id)
        if row is not None:
            return row
        made = self._new_row(session, request_id, secrets.token_bytes(KEY_BYTES))
        try:
            with session.begin_nested():
                session.add(made)
        except IntegrityError:
            # Either the other process was first, or there is no such request: then the caller hears it.
            if _find_key(session, request_id) is None:
                raise
        return session.scalars(select(DataKey).where(DataKey.request_id == request_id)).one()

    def _new_row(self, session: Session, request_id: UUID, data_key: bytes) -> DataKey:
        generation = self._current(session)
        (wrapped,) = self._holder(generation).wrap(generation, [(data_key, request_id.bytes)])
        return DataKey(request_id=request_id, generation=generation, wrapped=wrapped)

    def _current(self, session: Session) -> int:
        """The generation under which new keys are wrapped. VaultError where a token's is needed and there is none."""
        if self._masters is None:
            return FIRST
        generation = self._newest.of(session)
        if self._needs_token and (generation == FIRST or not self._masters.in_token(generation)):
            raise VaultError(NO_MASTER)
        return generation

    def _holder(self, generation: int) -> _Wraps:
        if generation == FIRST:
            return self._first
        if self._masters is None:
            raise VaultError("This vault has no master keys but its own: open it with those of the office.")
        return self._masters

    def _cipher(self, key: Wrapped) -> AESGCM:
        cipher = self._ciphers([key])[key]
        if isinstance(cipher, LimanError):
            raise cipher
        return cipher

    def _ciphers(self, keys: Collection[Wrapped]) -> dict[Wrapped, AESGCM | LimanError]:
        """The cipher of each data key, or why there is none; those that are open already are not asked for."""
        found: dict[Wrapped, AESGCM | LimanError] = {}
        for key in keys:
            cipher = self._open.cipher((key.request_id, key.key)) if key.generation != FIRST else None
            if cipher:
                found[key] = cipher
        closed = [key for key in keys if key not in found]
        try:
            found |= {key: self._kept(key, plain) for key, plain in self._unwrapped(closed)}
        except VaultError as error:
            found |= {key: error for key in closed if key not in found}
        return found

    def _kept(self, key: Wrapped, plain: bytes | None) -> AESGCM | LimanError:
        if plain is None:
            return VaultError("The master key does not fit this register. Put its own key file back.")
        if key.generation == FIRST:
            return AESGCM(plain)
        return self._open.keep((key.request_id, key.key), plain)

    def _unwrapped(self, keys: Iterable[Wrapped]) -> Iterator[tuple[Wrapped, bytes | None]]:
        """Each data key in the clear, or None where it does not open, by one question a generation."""
        by_generation = defaultdict(list)
        for key in keys:
            by_generation[key.generation].append(key)
        for generation, some in by_generation.items():
            plain = self._holder(generation).unwrap(generation, [(key.key, key.request_id.bytes) for key in some])
            yield from zip(some, plain, strict=True)


class _Newest:
    """The newest master key that two persons made, asked of the register once a minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation, self._until = FIRST, 0.0

    def of(self, session: Session) -> int:
        """Its generation; FIRST when there is none."""
        now = time.monotonic()
        with self._lock:
            if now < self._until:
                return self._generation
        newest = session.scalar(select(func.max(MasterKey.generation)).where(MasterKey.destroyed_at.is_(None)))
        with self._lock:
            self._generation, self._until = newest or FIRST, now + NEW_EVERY
            return self._generation


def _of(row: DataKey) -> Wrapped:
    if row.wrapped is None:
        raise Conflict("The data of this request was destroyed under the retention rules. Lodge a new request.")
    return Wrapped(row.request_id, row.generation, row.wrapped)


def _plain(blob: Blob | _Found, cipher: AESGCM) -> bytes:
    try:
        return decrypt(cipher, blob.encrypted, _bound_to(blob))
    except InvalidTag as error:
        raise VaultError("The stored bytes were changed. Restore the register from a copy.") from error


def _opened(blob: _Found, cipher: AESGCM | LimanError) -> bytes | LimanError:
    if isinstance(cipher, LimanError):
        return cipher
    try:
        return _plain(blob, cipher)
    except VaultError as error:
        return error


def _destroyed() -> NotFound:
    return NotFound("This was destroyed under the retention rules. Capture it again in a new request.")


def _find_key(session: Session, request_id: UUID) -> DataKey | None:
    return session.scalar(select(DataKey).where(DataKey.request_id == request_id))


def _bound_to(blob: Blob | _Found) -> bytes:
    """What the ciphertext of a blob is bound to: 16 bytes request, 16 bytes blob, purpose."""
    return blob.request_id.bytes + blob.id.bytes + blob.purpose.encode()
