"""Accounts, centres, stations and shifts."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from sqlalchemy import select

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import InvalidInput
from issuance.models.staff import Centre, Role, RoleName, Staff

CASE_HANDLING = "case-handling@liman.example"


def lodger(look: Look, email: str = CASE_HANDLING) -> Actor:
    """Who answers for an imported file: an account, or case handling itself, which cannot log in."""
    account = look.session.scalar(select(Staff).where(Staff.email == email))
    if account is None:
        raise InvalidInput("--as", "There is no account with this address.")
    return Actor(account.id, account.centre_id, kind="system" if email == CASE_HANDLING else "staff")


def add_account(
    act: Act, email: str, full_name: str, centre: Centre, roles: Iterable[RoleName], password_hash: str
) -> Staff:
    """A new account; InvalidInput when the address is taken."""
    if act.session.scalar(select(Staff.id).where(Staff.email == email)):
        raise InvalidInput("email", "There is already an account with this address.")
    names = [str(role) for role in roles]
    account = Staff(
        email=email,
        full_name=full_name,
        centre=centre,
        password=password_hash,
        fs_uniquifier=secrets.token_hex(16),
        roles=list(act.session.scalars(select(Role).where(Role.name.in_(names)))),
    )
    act.session.add(account)
    act.session.flush()
    act.record("account.added", account, centre_id=centre.id, roles=", ".join(sorted(names)))
    return account


def reset_second_factor(act: Act, email: str) -> None:
    """Forget the second factor of an account whose owner lost it; InvalidInput when there is no such account."""
    account = act.session.scalar(select(Staff).where(Staff.email == email))
    if account is None:
        raise InvalidInput("email", "There is no account with this address.")
    account.tf_primary_method = account.tf_totp_secret = None
    act.record("account.second_factor_reset", account)
