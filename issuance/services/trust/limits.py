"""Counting tries (a login, a status look-up) per account, reference and address, shared by all processes.

Only HMAC-SHA256 digests are kept: the table tells nobody who asked or what for. The caller counts in a transaction of
its own *before* the try, so that a try that fails, and is rolled back, stays counted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from issuance.clock import Clock
from issuance.errors import LimanError
from issuance.models.machinery import Try


class TooManyAttempts(LimanError):
    """The limit is reached; `retry_after` is how many seconds are left until a try is free again."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        minutes = -(-retry_after // 60)
        super().__init__("Too many attempts. Try again in %(minutes)s minutes.", minutes=minutes)
        self.retry_after = retry_after


def count(
    session: Session, kind: str, key: str, *, secret: bytes, clock: Clock, window: dt.timedelta, limit: int
) -> None:
    """Count one try of `key`; TooManyAttempts, and nothing counted, when the window already holds `limit` of them."""
    digest = _digest(secret, kind, key)
    _wait_turn(session, digest)
    since = clock.now() - window
    session.execute(delete(Try).where(Try.key == digest, Try.at <= since))
    recent = select(Try.at).where(Try.key == digest).order_by(Try.at.desc()).limit(limit)
    times = list(session.scalars(recent))
    if len(times) >= limit:
        raise TooManyAttempts(int((times[-1] - since).total_seconds()) + 1)
    session.add(Try(key=digest, at=clock.now()))
    session.flush()


def forget(session: Session, kind: str, key: str, *, secret: bytes) -> None:
    """Forget the tries of `key`: the account's, after it logged in."""
    session.execute(delete(Try).where(Try.key == _digest(secret, kind, key)))


def purge(session: Session, *, clock: Clock, window: dt.timedelta) -> None:
    """Delete every try older than `window`, which no count needs any more."""
    session.execute(delete(Try).where(Try.at <= clock.now() - window))


def _digest(secret: bytes, kind: str, key: str) -> str:
    return hmac.new(secret, f"{kind}\0{key}".encode(), hashlib.sha256).hexdigest()


def _wait_turn(session: Session, digest: str) -> None:
    """Let tries of one key pass one at a time: PostgreSQL needs a lock, SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(int(digest[:15], 16))))
