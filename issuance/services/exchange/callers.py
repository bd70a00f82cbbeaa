"""Systems outside that call the register, to tell events or to fetch what they are told: their tokens, of which it
keeps the digest alone, and how often they may call (ADR 0105).
"""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select, update

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.office.feeds import recipients
from issuance.models.exchange import EVENTS as EVENTS
from issuance.models.exchange import ExchangeToken
from issuance.models.staff import Staff
from issuance.services.roles import CASE_HANDLING
from issuance.services.trust.limits import TooManyTries

ROLE = "case_handling"
"""The role by which case handling states what only it may: `endings.toml`, `transfers.asking`."""

PER_MINUTE = 600
MINUTE = 60
LISTED = 200


def doors() -> list[str]:
    """What a token can open: the address of events, and that of each recipient which fetches, by its code."""
    return [EVENTS, *(code for code, recipient in recipients().items() if recipient.way == "pull")]


def add(act: Act, name: str, per_minute: int = PER_MINUTE, opens: str = EVENTS) -> str:
    """A new token, shown once. One that an administrator makes waits for a second one.

    InvalidInput for a name that is taken, also by one that was revoked, and for what no token opens.
    """
    if not name.strip():
        raise InvalidInput("name", "Give the token a name, for example that of the system that will hold it.")
    if opens not in doors():
        raise InvalidInput("opens", "No token opens this. Choose events, or a body that fetches its files.")
    if act.session.scalar(select(ExchangeToken.id).where(ExchangeToken.name == name.strip())):
        raise InvalidInput("name", "There is or was a token of this name. Choose another one.")
    token = secrets.token_urlsafe(32)
    row = ExchangeToken(name=name.strip(), token_digest=digest(token, opens), per_minute=per_minute, opens=opens)
    row.made_at, row.made_by = act.clock.now(), act.actor.id if act.actor.kind == "staff" else None
    act.session.add(row)
    act.record("exchange.token_made", row, per_minute=per_minute, opens=opens)
    return token


def agree(act: Act, row: ExchangeToken) -> None:
    """A second administrator agrees: the token opens from now on. NotAllowed for who made it."""
    if not row.waits or row.revoked_at is not None:
        raise Conflict("Somebody answered this already. Open the page again.")
    if row.made_by == act.actor.id:
        raise NotAllowed("You made this token. Another administrator agrees to it.")
    row.agreed_by, row.agreed_at = act.actor.id, act.clock.now()
    act.record("exchange.token_agreed", row, opens=row.opens)


def revoke(act: Act, row: ExchangeToken) -> None:
    """The token opens nothing any more, from now on."""
    if row.revoked_at is not None:
        raise Conflict("This token is revoked already.")
    row.revoked_at, row.revoked_by = act.clock.now(), act.actor.id if act.actor.kind == "staff" else None
    act.record("exchange.token_revoked", row, opens=row.opens)


def named(look: Look, name: str) -> ExchangeToken:
    """The token of this name; InvalidInput when there is none."""
    row = look.session.scalar(select(ExchangeToken).where(ExchangeToken.name == name.strip()))
    if row is None:
        raise InvalidInput("name", "There is no token of this name. List them first.")
    return row


def with_id(look: Look, token_id: UUID) -> ExchangeToken:
    """The token with this id, held until the transaction ends; NotFound when there is none."""
    row = look.session.get(ExchangeToken, token_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no such token. Open the list again.")
    return row


def listed(look: Look) -> list[ExchangeToken]:
    """The tokens that were made, those that open or may come to open first, then the newest first."""
    query = select(ExchangeToken).order_by(ExchangeToken.revoked_at.is_not(None), ExchangeToken.id.desc())
    return list(look.session.scalars(query.limit(LISTED)))


def count_to_agree(look: Look) -> Select[int]:
    """How many wait for somebody else than the actor, as a query."""
    waits = (ExchangeToken.agreed_at.is_(None), ExchangeToken.revoked_at.is_(None))
    mine = ExchangeToken.made_by != look.actor.id
    return select(func.count()).select_from(ExchangeToken).where(*waits, mine)


def by_token(look: Look, token: str, opens: str = EVENTS) -> ExchangeToken | None:
    """Whose token this is; None for one that is wrong, revoked, waits for a second person or opens something else."""
    holds = or_(ExchangeToken.made_by.is_(None), ExchangeToken.agreed_at.is_not(None))
    query = select(ExchangeToken).where(ExchangeToken.token_digest == digest(token, opens), holds)
    return look.session.scalar(query.where(ExchangeToken.revoked_at.is_(None), ExchangeToken.opens == opens))


def count(look: Look, token_id: UUID) -> None:
    """Count one call, in a transaction of its own; TooManyTries beyond the token's limit of this minute."""
    minute = int(look.clock.now().timestamp()) // MINUTE
    mine = ExchangeToken.id == token_id
    calls = case((ExchangeToken.minute == minute, ExchangeToken.calls + 1), else_=1)
    look.session.execute(update(ExchangeToken).where(mine).values(calls=calls, minute=minute))
    made, most = look.session.execute(select(ExchangeToken.calls, ExchangeToken.per_minute).where(mine)).one()
    if made > most:
        raise TooManyTries(MINUTE)


def actor(look: Look) -> Actor:
    """Case handling as the author of an act: its account, which cannot log in."""
    account = look.session.scalar(select(Staff.id).where(Staff.email == CASE_HANDLING))
    return Actor(account, kind=ROLE, roles=frozenset({ROLE}))


def digest(token: str, opens: str) -> str:
    """SHA-256 (hex) of a token for what it opens.

    That of events is of the token alone, as a release before kept it; so its servers take no other for one of events.
    """
    plain = hashlib.sha256(token.encode()).hexdigest()
    return plain if opens == EVENTS else hashlib.sha256(f"{opens} {plain}".encode()).hexdigest()
