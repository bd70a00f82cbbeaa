"""Portraits, signatures and frozen content at rest: AES-256-GCM under one data key per request.

The data key is wrapped under the office's master key. Destroying it makes everything of the request unreadable, which
is how retention ends (E18). Encrypted bytes are a 12 byte nonce and the ciphertext with its tag (NIST SP 800-38D).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuance.clock import Clock
from issuance.db import uuid7
from issuance.errors import Conflict, LimanError, NotFound
from issuance.models.vault import Blob, DataKey

KEY_BYTES = 32
NONCE_BYTES = 12
LOST = "This is not in the vault. Open the case again to see what it holds."

Opened = Mapping[UUID, bytes | LimanError]
"""Plain bytes by the id of their blob, or why there are none."""


class _Found(NamedTuple):
    """The columns of a blob."""

    id: UUID
    request_id: UUID
    purpose: str
    encrypted: bytes


class VaultError(LimanError):
    """The key or the stored bytes are not what they were: a matter for the administrator, not for the user."""

    code = "vault"


class Vault:
    """Encrypts and decrypts the blobs of requests with the master key of this installation (32 bytes)."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != KEY_BYTES:
            raise VaultError("The master key has %(size)s bytes and needs 32. Restore its file.", size=len(master_key))
        self._master = AESGCM(master_key)
        self._finder = hmac.digest(master_key, b"liman digests", hashlib.sha256)

    def put(self, session: Session, request_id: UUID, purpose: str, data: bytes) -> Blob:
        """Encrypt `data` for a request, in the caller's transaction. Conflict once the key is destroyed.

        The request, the blob's id and `purpose` are bound to the ciphertext: moved elsewhere it does not open.
        """
        data_key = self._unwrap(self._key_row(session, request_id))
        blob = Blob(id=uuid7(), request_id=request_id, purpose=purpose)
        blob.encrypted = _encrypt(AESGCM(data_key), data, _bound_to(blob))
        session.add(blob)
        session.flush()
        return blob

    def put_first(self, session: Session, request_id: UUID, purpose: str, data: bytes) -> Blob:
        """The same for a request that is new in this transaction: its key is made with it, and nothing is asked."""
        data_key = secrets.token_bytes(KEY_BYTES)
        session.add(DataKey(request_id=request_id, wrapped=_encrypt(self._master, data_key, request_id.bytes)))
        blob = Blob(id=uuid7(), request_id=request_id, purpose=purpose)
        blob.encrypted = _encrypt(AESGCM(data_key), data, _bound_to(blob))
        session.add(blob)
        return blob

    def get(self, session: Session, blob_id: UUID) -> bytes:
        """The plain bytes of a blob; NotFound when there is none or its key was destroyed under retention."""
        blob = session.get(Blob, blob_id)
        if blob is None:
            raise NotFound(LOST)
        key = _find_key(session, blob.request_id)
        return self._opened(blob, key.wrapped if key else None)

    def open_all(self, session: Session, blob_ids: Collection[UUID]) -> Opened:
        """The plain bytes of each of these blobs, by its id, or why there are none: by one statement."""
        query = select(Blob.id, Blob.request_id, Blob.purpose, Blob.encrypted, DataKey.wrapped)
        joined = query.outerjoin(DataKey, DataKey.request_id == Blob.request_id)
        opened: dict[UUID, bytes | LimanError] = dict.fromkeys(blob_ids, NotFound(LOST))
        for blob_id, request_id, purpose, encrypted, wrapped in session.execute(joined.where(Blob.id.in_(blob_ids))):
            blob = _Found(blob_id, request_id, purpose, encrypted)
            try:
                opened[blob.id] = self._opened(blob, wrapped)
            except LimanError as error:
                opened[blob.id] = error
        return opened

    def _opened(self, blob: Blob | _Found, wrapped: bytes | None) -> bytes:
        if wrapped is None:
            raise NotFound("This was destroyed under the retention rules. Capture it again in a new request.")
        try:
            return _decrypt(AESGCM(self._unwrapped(wrapped, blob.request_id)), blob.encrypted, _bound_to(blob))
        except InvalidTag as error:
            raise VaultError("The stored bytes were changed. Restore the register from a copy.") from error

    def destroy(self, session: Session, request_id: UUID, *, clock: Clock) -> None:
        """Forget the data key of a request, for ever. A second time, or with nothing stored, changes nothing."""
        row = _find_key(session, request_id)
        if row is not None and row.wrapped is not None:
            row.wrapped, row.destroyed_at = None, clock.now()
            session.flush()

    def opens(self, row: DataKey) -> bool:
        """Whether the key of a request, which is not destroyed, opens; VaultError says why not."""
        return len(self._unwrap(row)) == KEY_BYTES

    def encrypt(self, data: bytes, bound_to: bytes) -> bytes:
        """Encrypt what belongs to no request (a device's password) by the master key; it opens with `bound_to` only."""
        return _encrypt(self._master, data, bound_to)

    def decrypt(self, encrypted: bytes, bound_to: bytes) -> bytes:
        """What `encrypt` made unreadable; VaultError when it or the master key is not what it was."""
        try:
            return _decrypt(self._master, encrypted, bound_to)
        except InvalidTag as error:
            raise VaultError("The stored bytes were changed. Restore the register from a copy.") from error

    def digest(self, data: bytes) -> str:
        """By which what is encrypted is found again by who has the master key: HMAC-SHA256 in hexadecimal."""
        return hmac.digest(self._finder, data, hashlib.sha256).hex()

    def _key_row(self, session: Session, request_id: UUID) -> DataKey:
        """The request's key row, made at first use; another process may make it at the same moment."""
        row = _find_key(session, request_id)
        if row is not None:
            return row
        wrapped = _encrypt(self._master, secrets.token_bytes(KEY_BYTES), request_id.bytes)
        try:
            with session.begin_nested():
                session.add(DataKey(request_id=request_id, wrapped=wrapped))
        except IntegrityError:
            # Either the other process was first, or there is no such request: then the caller hears it.
            if _find_key(session, request_id) is None:
                raise
        return session.scalars(select(DataKey).where(DataKey.request_id == request_id)).one()

    def _unwrap(self, row: DataKey) -> bytes:
        if row.wrapped is None:
            raise Conflict("The data of this request was destroyed under the retention rules. Lodge a new request.")
        return self._unwrapped(row.wrapped, row.request_id)

    def _unwrapped(self, wrapped: bytes, request_id: UUID) -> bytes:
        try:
            return _decrypt(self._master, wrapped, request_id.bytes)
        except InvalidTag as error:
            raise VaultError("The master key does not fit this register. Put its own key file back.") from error


def _find_key(session: Session, request_id: UUID) -> DataKey | None:
    return session.scalar(select(DataKey).where(DataKey.request_id == request_id))


def _bound_to(blob: Blob | _Found) -> bytes:
    """What the ciphertext of a blob is bound to: 16 bytes request, 16 bytes blob, purpose."""
    return blob.request_id.bytes + blob.id.bytes + blob.purpose.encode()


def _encrypt(key: AESGCM, data: bytes, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + key.encrypt(nonce, data, bound_to)


def _decrypt(key: AESGCM, encrypted: bytes, bound_to: bytes) -> bytes:
    if len(encrypted) < NONCE_BYTES:
        raise InvalidTag
    return key.decrypt(encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], bound_to)
