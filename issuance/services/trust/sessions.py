"""Sessions of those who work here: kept in the register, so that they can be listed and ended.

A browser holds an unguessable key and nothing else; the register keeps its digest. A session ends when nobody used it
for a while, at the latest after a shift (`roles.toml` says for which role how long, never more than `IDLE` and
`LONGEST`), and at once when its owner, an administrator or a change of the account ends it. A key that is nobody's,
ended or too old is all the same to a browser: it is not logged in. Whoever writes to the register without the office's
key file makes no session, and no session somebody else's (ADR 0112).
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, delete, select, update
from sqlalchemy.orm import lazyload

from issuance.acts import Act, Look
from issuance.clock import Clock, office_day
from issuance.errors import NotFound
from issuance.law.office.roles import SessionLimits, role_rules, role_rules_on
from issuance.models.staff import Staff, StaffSession
from issuance.settings import key_file

IDLE = dt.timedelta(minutes=30)
"""The widest limits, which no role exceeds."""

LONGEST = dt.timedelta(hours=12)
SEEN_EVERY = dt.timedelta(minutes=1)
"""How often at most it is written down that a session is used: a page that is looked at writes nothing."""

KEY_BYTES = 32
ID_BYTES = 16
KEY, OWNER = b"liman session key\n", b"liman session owner\n"

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
    PASSKEY = "passkey"
    TOO_MANY = "too-many"
    NOT_ME = "not-me"
    PROVIDER = "provider"


def begin(
    look: Look, account_id: UUID, device: str, *, passkey_id: UUID | None = None, provider_sid: str | None = None
) -> tuple[StaffSession, str]:
    """A new session of the account, and the key for its browser, which is nowhere else.

    `device` is what the owner knows the browser by: its name and system, no more. `passkey_id` opened it, or the
    identity provider did in the session that it names `provider_sid`, or else a password.
    """
    key, now = secrets.token_urlsafe(KEY_BYTES), look.wall.now()
    account = look.session.get_one(Staff, account_id)
    row = StaffSession(
        id=_bound(look, key, account_id, by_passkey=passkey_id is not None),
        digest=_mac(look, KEY, key).hex(),
        account=account,
        created_at=now,
        last_seen_at=now,
        device=device,
        content={},
        by_passkey=passkey_id is not None,
        passkey_id=passkey_id,
        provider_sid=provider_sid,
    )
    look.session.add(row)
    look.session.flush()
    return row, key


def find(look: Look, key: str) -> StaffSession | None:
    """The session of this key while it lives, with its account; None for any other key, and for one made another's."""
    row = look.session.scalar(select(StaffSession).where(_is_of(look, key), _lives(look)))
    is_ours = row is not None and row.id == _bound(look, key, row.account_id, by_passkey=row.by_passkey)
    return row if row and is_ours and ending(look, row) is None else None


def why_ended(look: Look, key: str) -> Ending | None:
    """Why the session of this key ended; None when it lives, or there never was one."""
    row = look.session.scalar(select(StaffSession).where(_is_of(look, key)))
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


def end_beyond(look: Look, newest: StaffSession) -> int:
    """End the oldest sessions of an account that has too many at once with this one; how many ended.

    A part of the act that logs in.
    """
    mine = select(StaffSession).where(StaffSession.account_id == newest.account_id, _lives(look))
    living = [
        row
        for row in look.session.scalars(mine.order_by(StaffSession.created_at, StaffSession.id))
        if ending(look, row) is None
    ]
    beyond = max(0, len(living) - limits(look, newest.account).at_once)
    too_many = [row for row in living if row is not newest][:beyond]
    for row in too_many:
        row.ended_at, row.ended_why, row.content = look.wall.now(), Ending.TOO_MANY, {}
    return len(too_many)


def end_of_passkey(act: Act, passkey_id: UUID) -> int:
    """End the living sessions that this passkey opened; how many. A part of the act that removes it."""
    opened = and_(StaffSession.passkey_id == passkey_id, _lives(act))
    values = {"ended_at": act.wall.now(), "ended_why": Ending.PASSKEY, "content": {}}
    ended = act.session.execute(update(StaffSession).where(opened).values(values))
    return cast("CursorResult[Any]", ended).rowcount


def prove(act: Act, session_id: UUID, *, by_passkey: bool) -> None:
    """The owner of a session proved again who they are."""
    row = act.session.get_one(StaffSession, session_id)
    row.proved_at = act.wall.now()
    act.record("account.proved", row.account, centre_id=row.account.centre_id, by_passkey=by_passkey)


def is_proved(clock: Clock, session: StaffSession, within: dt.timedelta) -> bool:
    """Whether its owner proved `within` that time who they are, at the log-in or since; never in the future."""
    proved_at = session.proved_at or session.created_at
    return -SEEN_EVERY <= clock.now() - proved_at <= within


def limits(look: Look, account: Staff) -> SessionLimits:
    """How long the account's sessions last, and how many there are at once, by the strictest of its roles."""
    day = max(office_day(look.wall.now()), role_rules()[0].from_date)
    return role_rules_on(day).session_limits(account.roles_on(day))


def provided(look: Look, sid: str) -> Staff | None:
    """Whose sessions the identity provider opened in its own session `sid`, while one of them lives."""
    opened = select(StaffSession).where(StaffSession.provider_sid == sid, _lives(look)).limit(1)
    row = look.session.scalar(opened) if sid else None
    return row.account if row else None


def end_provided(
    look: Look, account_id: UUID, *, sid: str = "", until: dt.datetime | None = None, besides: UUID | None = None
) -> int:
    """End the living sessions that the identity provider opened, in its session `sid` or in any; how many there were.

    Those begun after `until` go on, and the one with the id `besides`.
    """
    wanted = [StaffSession.account_id == account_id, StaffSession.provider_sid.is_not(None), _lives(look)]
    if sid:
        wanted.append(StaffSession.provider_sid == sid)
    if until is not None:
        wanted.append(StaffSession.created_at <= until)
    if besides is not None:
        wanted.append(StaffSession.id != besides)
    values = {"ended_at": look.wall.now(), "ended_why": Ending.PROVIDER, "content": {}}
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
    idle, longest, _ = limits(look, session.account)
    lives = now - longest < session.created_at <= now + SEEN_EVERY and session.last_seen_at > now - idle
    return None if lives else Ending.TOO_OLD


def purge(look: Look) -> None:
    """Forget the sessions that cannot live any more, however they ended: the audit keeps log-in and log-out."""
    look.session.execute(delete(StaffSession).where(StaffSession.created_at <= look.wall.now() - LONGEST))


def _lives(look: Look) -> ColumnElement[bool]:
    """The condition of a session that may live, by the widest limits; `ending` knows those of its owner's roles.

    One begun in the future is none, whatever a clock said meanwhile.
    """
    now = look.wall.now()
    return and_(
        StaffSession.ended_at.is_(None),
        StaffSession.created_at > now - LONGEST,
        StaffSession.created_at <= now + SEEN_EVERY,
        StaffSession.last_seen_at > now - IDLE,
    )


def _is_of(look: Look, key: str) -> ColumnElement[bool]:
    return StaffSession.digest == _mac(look, KEY, key).hex()


def _bound(look: Look, key: str, account_id: UUID, *, by_passkey: bool) -> UUID:
    """The id of a session: whose it is and how it was opened, under the office's key."""
    return UUID(bytes=_mac(look, OWNER, f"{key}\n{account_id}\n{by_passkey}")[:ID_BYTES])


def _mac(look: Look, what: bytes, said: str) -> bytes:
    """HMAC-SHA256 under the key file of sessions, which no database has."""
    return hmac.digest(key_file(look.settings, "session"), what + said.encode(), "sha256")
