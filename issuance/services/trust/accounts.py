"""Accounts, centres, stations and shifts."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance.actors import Actor
from issuance.clock import Clock
from issuance.errors import InvalidInput
from issuance.models.staff import Centre, Role, RoleName, Staff
from issuance.services.trust import audit

CASE_HANDLING = "case-handling@liman.example"


def lodger(session: Session, email: str = CASE_HANDLING) -> Actor:
    """Who answers for an imported file: an account, or case handling itself, which cannot log in."""
    account = session.scalar(select(Staff).where(Staff.email == email))
    if account is None:
        raise InvalidInput("--as", "There is no account with this address.")
    return Actor(account.id, account.centre_id, kind="system" if email == CASE_HANDLING else "staff")


def add_account(
    session: Session,
    email: str,
    full_name: str,
    centre: Centre,
    roles: Iterable[RoleName],
    password_hash: str,
    *,
    actor: Actor,
    clock: Clock,
) -> Staff:
    """A new account; InvalidInput when the address is taken."""
    if session.scalar(select(Staff.id).where(Staff.email == email)):
        raise InvalidInput("email", "There is already an account with this address.")
    names = [str(role) for role in roles]
    account = Staff(
        email=email,
        full_name=full_name,
        centre=centre,
        password=password_hash,
        fs_uniquifier=secrets.token_hex(16),
        roles=list(session.scalars(select(Role).where(Role.name.in_(names)))),
    )
    session.add(account)
    session.flush()
    audit.record(
        session,
        "account.added",
        actor=actor,
        clock=clock,
        subjects=[account],
        centre_id=centre.id,
        roles=", ".join(sorted(names)),
    )
    return account


def reset_second_factor(session: Session, email: str, *, actor: Actor, clock: Clock) -> None:
    """Forget the second factor of an account whose owner lost it; InvalidInput when there is no such account."""
    account = session.scalar(select(Staff).where(Staff.email == email))
    if account is None:
        raise InvalidInput("email", "There is no account with this address.")
    account.tf_primary_method = account.tf_totp_secret = None
    audit.record(session, "account.second_factor_reset", actor=actor, clock=clock, subjects=[account])
