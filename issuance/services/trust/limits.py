"""Counting tries (a log-in, a status look-up) per account, reference and address, shared by all processes.

Only HMAC-SHA256 digests are kept: the table tells nobody who asked or what for. The caller counts in a transaction of
its own (`office.upkeep()`) *before* the try, so that a try that fails, and is rolled back, stays counted. Tries that
were refused are one row a window, however many there are: nobody outside can fill the register or its audit trail.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections import defaultdict
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, bindparam, delete, func, or_, select, update

from issuance.acts import Act, Look
from issuance.db import wait_turn
from issuance.errors import LimanError
from issuance.models.machinery import Refusal, Try
from issuance.models.staff import Staff
from issuance.services.trust.trusted_time import TOLERANCE
from issuance.settings import key_file

LOGIN, STATUS, FORGED, CALLER = "login", "status", "forged", "caller"
"""The kinds of tries that are refused; forged are requests in the name of a station without its key, those of a caller
come with no token that opens."""


RECENT = (
    select(Try.key, Try.at)
    .where(Try.key.in_(bindparam("keys", expanding=True)), Try.at > bindparam("since"), Try.at <= bindparam("until"))
    .order_by(Try.at.desc())
)
"""The tries of some keys in a window: never more than their limits, since no more are counted."""


class TooManyTries(LimanError):
    """The limit is reached; `retry_after` is how many seconds are left until a try is free again."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        minutes = -(-retry_after // 60)
        super().__init__("Too many attempts. Try again in %(minutes)s minutes.", minutes=minutes)
        self.retry_after = retry_after


class Counted(NamedTuple):
    """One of the counts that a try adds to: at most `limit` a window of this `kind` and `key`."""

    kind: str
    key: str
    limit: int


def count(look: Look, *counts: Counted) -> None:
    """Count one try in each of `counts`; TooManyTries, and nothing counted, when one of them is full."""
    digests = [_digest(look, each.kind, each.key) for each in counts]
    for each, digest in zip(counts, digests, strict=True):
        wait_turn(look.session, digest)
        _check_free(look, each, digest)
    now = look.clock.now()
    look.session.add_all(Try(key=digest, at=now) for digest in digests)
    look.session.flush()


def check(look: Look, *counts: Counted) -> None:
    """TooManyTries when one of `counts` is full; nothing is written. One statement, whatever was counted."""
    now, digests = look.clock.now(), [_digest(look, each.kind, each.key) for each in counts]
    values = {"keys": digests, "since": now - _window(look), "until": now + TOLERANCE}
    times = defaultdict[str, list[dt.datetime]](list)
    for digest, at in look.session.execute(RECENT, values):
        times[digest].append(at)
    for each, digest in zip(counts, digests, strict=True):
        _check_not_full(look, each, times[digest][: each.limit])


def _check_free(look: Look, each: Counted, digest: str) -> None:
    now = look.clock.now()
    since = now - _window(look)
    recent = select(Try.at).where(Try.key == digest, ~_counts_no_more(now, since))
    _check_not_full(look, each, list(look.session.scalars(recent.order_by(Try.at.desc()).limit(each.limit))))


def _check_not_full(look: Look, each: Counted, times: list[dt.datetime]) -> None:
    """TooManyTries for so many `times`, the last one first."""
    now = look.clock.now()
    since = now - _window(look)
    if len(times) >= each.limit:
        raise TooManyTries(int(min(times[-1] - since, now - since).total_seconds()) + 1)


def count_refused(look: Look, kind: str, account_id: UUID | None = None) -> bool:
    """Count a try that was refused; whether it is the first of its window, which is worth telling at once."""
    mine = (Refusal.kind == kind, Refusal.account_id.is_not_distinct_from(account_id))
    wait_turn(look.session, _digest(look, f"refused-{kind}", str(account_id)))
    since = look.clock.now() - _window(look)
    more = update(Refusal).where(*mine, Refusal.since > since).values(count=Refusal.count + 1)
    if cast("CursorResult[Any]", look.session.execute(more)).rowcount:
        return False
    look.session.add(Refusal(kind=kind, account_id=account_id, since=look.clock.now()))
    look.session.flush()
    return True


def tell_refused(act: Act) -> None:
    """Tell by one event each how many more log-ins at an account were refused in a window that has ended."""
    worth_telling = (Refusal.since <= act.clock.now() - _window(act), Refusal.kind == LOGIN, Refusal.count > 1)
    for each in act.session.scalars(select(Refusal).where(*worth_telling)).all():
        account = act.session.get(Staff, each.account_id) if each.account_id else None
        subjects, centre_id = ([account], account.centre_id) if account else ([], None)
        act.record("account.logins_refused", *subjects, centre_id=centre_id, count=each.count - 1)
        act.session.delete(each)


def forget(look: Look, kind: str, key: str) -> None:
    """Forget the tries of `key`: the account's, after it logged in."""
    look.session.execute(delete(Try).where(Try.key == _digest(look, kind, key)))


def purge(look: Look) -> int:
    """Delete what no count needs any more; how many look-ups were refused beyond the first of their window."""
    now = look.clock.now()
    ended = now - _window(look)
    look.session.execute(delete(Try).where(_counts_no_more(now, ended)))
    old = (Refusal.since <= ended, (Refusal.kind != LOGIN) | (Refusal.count == 1))
    refused = look.session.scalar(select(func.sum(Refusal.count - 1)).where(*old, Refusal.kind == STATUS))
    look.session.execute(delete(Refusal).where(*old))
    return int(refused or 0)


def _counts_no_more(now: dt.datetime, since: dt.datetime) -> ColumnElement[bool]:
    """Tries before the window, and those of a clock that was ahead: nobody waits for them."""
    return or_(Try.at <= since, Try.at > now + TOLERANCE)


def _window(look: Look) -> dt.timedelta:
    return dt.timedelta(minutes=look.settings.attempt_window_minutes)


def _digest(look: Look, kind: str, key: str) -> str:
    secret = look.once("attempts", lambda: key_file(look.settings, "attempts"))
    return hmac.new(secret, f"{kind}\0{key}".encode(), hashlib.sha256).hexdigest()
