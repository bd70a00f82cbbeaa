"""Accounts: who works here, and who answers for an imported file."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

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


@dataclass(frozen=True)
class NewAccount:
    """Somebody who starts to work here. `password_hash` is argon2's."""

    email: str
    full_name: str
    centre: Centre
    roles: Collection[RoleName]
    password_hash: str


def add_account(act: Act, new: NewAccount) -> Staff:
    """A new account; InvalidInput when the address is taken."""
    if act.session.scalar(select(Staff.id).where(Staff.email == new.email)):
        raise InvalidInput("email", "There is already an account with this address.")
    account = Staff(
        email=new.email,
        full_name=new.full_name,
        centre=new.centre,
        password=new.password_hash,
        fs_uniquifier=secrets.token_hex(16),
        roles=list(act.session.scalars(select(Role).where(Role.name.in_(map(str, new.roles))))),
    )
    act.session.add(account)
    act.session.flush()
    act.record("account.added", account, centre_id=new.centre.id, roles=", ".join(sorted(new.roles)))
    return account


def reset_second_factor(act: Act, email: str) -> None:
    """Forget the second factor of an account whose owner lost it; InvalidInput when there is no such account."""
    account = act.session.scalar(select(Staff).where(Staff.email == email))
    if account is None:
        raise InvalidInput("email", "There is no account with this address.")
    account.tf_primary_method = account.tf_totp_secret = None
    act.record("account.second_factor_reset", account)
