"""Systems outside that may tell events: their tokens, of which the register keeps the digest alone, and how often they
may call.
"""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import case, select, update

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.exchange import ExchangeToken
from issuance.models.staff import Staff
from issuance.services.roles import CASE_HANDLING
from issuance.services.trust.limits import TooManyTries

ROLE = "case_handling"
"""The role by which case handling states what only it may: `endings.toml`, `transfers.asking`."""

PER_MINUTE = 600
MINUTE = 60


def add(act: Act, name: str, per_minute: int = PER_MINUTE) -> str:
    """A new token, shown once. InvalidInput for a name that is taken, also by one that was revoked."""
    if not name.strip():
        raise InvalidInput("name", "Give the token a name, for example that of the system that will hold it.")
    if act.session.scalar(select(ExchangeToken.id).where(ExchangeToken.name == name.strip())):
        raise InvalidInput("name", "There is or was a token of this name. Choose another one.")
    token = secrets.token_urlsafe(32)
    row = ExchangeToken(name=name.strip(), token_digest=_digest(token), per_minute=per_minute)
    row.made_at = act.clock.now()
    act.session.add(row)
    act.record("exchange.token_made", row, per_minute=per_minute)
    return token


def revoke(act: Act, name: str) -> None:
    """The token opens nothing any more, from now on."""
    row = act.session.scalar(select(ExchangeToken).where(ExchangeToken.name == name.strip()))
    if row is None:
        raise InvalidInput("name", "There is no token of this name. List them first.")
    if row.revoked_at is not None:
        raise Conflict("This token is revoked already.")
    row.revoked_at = act.clock.now()
    act.record("exchange.token_revoked", row)


def listed(look: Look) -> list[ExchangeToken]:
    """Every token that was made, the newest first."""
    return list(look.session.scalars(select(ExchangeToken).order_by(ExchangeToken.id.desc())))


def by_token(look: Look, token: str) -> ExchangeToken | None:
    """Whose token this is; None for a wrong or revoked one."""
    query = select(ExchangeToken).where(ExchangeToken.token_digest == _digest(token))
    return look.session.scalar(query.where(ExchangeToken.revoked_at.is_(None)))


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


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
