"""Sessions of those who work here: kept in the register, so that they can be listed and ended.

A browser holds an unguessable key and nothing else; the register keeps its digest. A session ends when nobody used it
for `IDLE`, at the latest after `LONGEST`, and at once when its owner, an administrator or a change of the account ends
it. A key that is nobody's, ended or too old is all the same to a browser: it is not logged in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, delete, select, update
from sqlalchemy.orm import lazyload

from issuance.acts import Act, Look
from issuance.errors import NotFound
from issuance.models.staff import Staff, StaffSession

IDLE = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(hours=12)
SEEN_EVERY = dt.timedelta(minutes=1)
"""How often at most it is written down that a session is used: a page that is looked at writes nothing."""

KEY_BYTES = 32

ENDED_SHOWN = 20
"""Of an account's sessions that ended, the newest."""


class Ending(StrEnum):
    """Why a session ended."""

    TOO_OLD = "too-old"
    LOGGED_OUT = "logged-out"
    BY_OWNER = "by-owner"
    BY_ADMINISTRATOR = "by-administrator"
    ACCOUNT_CLOSED = "account-closed"
    ROLES = "roles"
    CENTRE = "centre"
    PASSWORD = "password"  # noqa: S105 - why it ended
    SECOND_FACTOR = "second-factor"


def begin(look: Look, account_id: UUID, device: str, *, by_passkey: bool = False) -> tuple[StaffSession, str]:
    """A new session of the account, and the key for its browser, which is nowhere else.

    `device` is what the owner knows the browser by: its name and system, no more.
    """
    key, now = secrets.token_urlsafe(KEY_BYTES), look.wall.now()
    account = look.session.get_one(Staff, account_id)
    row = StaffSession(
        digest=_digest(key),
        account=account,
        created_at=now,
        last_seen_at=now,
        device=device,
        content={},
        by_passkey=by_passkey,
    )
    look.session.add(row)
    look.session.flush()
    return row, key


def find(look: Look, key: str) -> StaffSession | None:
    """The session of this key while it lives, with its account; None for any other key."""
    return look.session.scalar(select(StaffSession).where(StaffSession.digest == _digest(key), _lives(look)))


def why_ended(look: Look, key: str) -> Ending | None:
    """Why the session of this key ended; None when it lives, or there never was one."""
    row = look.session.scalar(select(StaffSession).where(StaffSession.digest == _digest(key)))
    return ending(look, row) if row else None


def keep(look: Look, session_id: UUID, content: dict[str, Any] | None = None) -> None:
    """Note that the session is used now, and keep what it holds when that changed; nothing for one that ended."""
    values: dict[str, Any] = {"last_seen_at": look.wall.now()}
    if content is not None:
        values["content"] = content
    mine = and_(StaffSession.id == session_id, StaffSession.ended_at.is_(None))
    look.session.execute(update(StaffSession).where(mine).values(values))


def end(look: Look, account_id: UUID, why: Ending, *, besides: UUID | None = None, only: UUID | None = None) -> int:
    """End the living sessions of the account, `besides` one or `only` one; how many there were.

    What they held is forgotten. The caller's act says in its event what ended them.
    """
    wanted = [StaffSession.account_id == account_id, _lives(look)]
    if besides is not None:
        wanted.append(StaffSession.id != besides)
    if only is not None:
        wanted.append(StaffSession.id == only)
    values = {"ended_at": look.wall.now(), "ended_why": why, "content": {}}
    ended = look.session.execute(update(StaffSession).where(*wanted).values(values))
    return cast("CursorResult[Any]", ended).rowcount


def end_own(act: Act, session_id: UUID) -> None:
    """Somebody ends one of her own sessions; NotFound when it is not hers or ended already."""
    account = act.session.get_one(Staff, act.actor.id)
    if not end(act, account.id, Ending.BY_OWNER, only=session_id):
        raise NotFound("This session has ended already. Open the list again.")
    act.record("account.sessions_ended", account, sessions=1)


def of_account(look: Look, account_id: UUID) -> list[StaffSession]:
    """The sessions of an account, the living and the last that ended a short while ago, the newest first.

    By the account's index alone: sorted by the database, it would be every session of the office, the newest first.
    """
    query = select(StaffSession).where(StaffSession.account_id == account_id).options(lazyload(StaffSession.account))
    found = sorted(look.session.scalars(query), key=lambda row: (row.created_at, row.id), reverse=True)
    ended = [row for row in found if ending(look, row)]
    return [row for row in found if row not in ended[ENDED_SHOWN:]]


def ending(look: Look, session: StaffSession) -> Ending | None:
    """How the session ended; None while it lives."""
    if session.ended_at is not None:
        return Ending(session.ended_why)
    now = look.wall.now()
    lives = now - LONGEST < session.created_at <= now + SEEN_EVERY and session.last_seen_at > now - IDLE
    return None if lives else Ending.TOO_OLD


def purge(look: Look) -> None:
    """Forget the sessions that cannot live any more, however they ended: the audit keeps log-in and log-out."""
    look.session.execute(delete(StaffSession).where(StaffSession.created_at <= look.wall.now() - LONGEST))


def _lives(look: Look) -> ColumnElement[bool]:
    """The condition of a living session; one begun in the future is none, whatever a clock said meanwhile."""
    now = look.wall.now()
    return and_(
        StaffSession.ended_at.is_(None),
        StaffSession.created_at > now - LONGEST,
        StaffSession.created_at <= now + SEEN_EVERY,
        StaffSession.last_seen_at > now - IDLE,
    )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
