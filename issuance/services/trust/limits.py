"""Counting tries (a log-in, a status look-up) per account, reference and address, shared by all processes.

Only HMAC-SHA256 digests are kept: the table tells nobody who asked or what for. The caller counts in a transaction of
its own (`office.upkeep()`) *before* the try, so that a try that fails, and is rolled back, stays counted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

from sqlalchemy import ColumnElement, delete, func, or_, select

from issuance.acts import Look
from issuance.errors import LimanError
from issuance.models.machinery import Try
from issuance.services.trust.trusted_time import TOLERANCE
from issuance.settings import key_file


class TooManyTries(LimanError):
    """The limit is reached; `retry_after` is how many seconds are left until a try is free again."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        minutes = -(-retry_after // 60)
        super().__init__("Too many attempts. Try again in %(minutes)s minutes.", minutes=minutes)
        self.retry_after = retry_after


def count(look: Look, kind: str, key: str, limit: int) -> None:
    """Count one try of `key`; TooManyTries, and nothing counted, when the window already holds `limit` of them."""
    digest = _digest(look, kind, key)
    _wait_turn(look, digest)
    now, since = look.clock.now(), look.clock.now() - _window(look)
    look.session.execute(delete(Try).where(Try.key == digest, _counts_no_more(now, since)))
    recent = select(Try.at).where(Try.key == digest).order_by(Try.at.desc()).limit(limit)
    times = list(look.session.scalars(recent))
    if len(times) >= limit:
        raise TooManyTries(int(min(times[-1] - since, now - since).total_seconds()) + 1)
    look.session.add(Try(key=digest, at=now))
    look.session.flush()


def forget(look: Look, kind: str, key: str) -> None:
    """Forget the tries of `key`: the account's, after it logged in."""
    look.session.execute(delete(Try).where(Try.key == _digest(look, kind, key)))


def purge(look: Look) -> None:
    """Delete every try that no count needs any more."""
    now = look.clock.now()
    look.session.execute(delete(Try).where(_counts_no_more(now, now - _window(look))))


def _counts_no_more(now: dt.datetime, since: dt.datetime) -> ColumnElement[bool]:
    """Tries before the window, and those of a clock that was ahead: nobody waits for them."""
    return or_(Try.at <= since, Try.at > now + TOLERANCE)


def _window(look: Look) -> dt.timedelta:
    return dt.timedelta(minutes=look.settings.attempt_window_minutes)


def _digest(look: Look, kind: str, key: str) -> str:
    secret = key_file(look.settings, "attempts")
    return hmac.new(secret, f"{kind}\0{key}".encode(), hashlib.sha256).hexdigest()


def _wait_turn(look: Look, digest: str) -> None:
    """Let tries of one key pass one at a time: PostgreSQL needs a lock, SQLite has one writer anyway."""
    if look.session.get_bind().dialect.name == "postgresql":
        look.session.execute(select(func.pg_advisory_xact_lock(int(digest[:15], 16))))
