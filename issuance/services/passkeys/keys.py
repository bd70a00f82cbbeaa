"""The passkeys of an account: its owner adds and removes them, and each proof is taken once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, or_, select, update

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.office.roles import role_rules_on
from issuance.models.staff import Passkey, Staff
from issuance.services.passkeys.ceremony import NewPasskey

MOST = 10
"""Passkeys of one account: one in the pocket, one in the safe, and some to spare."""


def are_asked_of(roles: Collection[str], day: dt.date) -> bool:
    """Whether who has one of these roles works only in a session that a passkey opened (roles.toml)."""
    return bool(role_rules_on(day).by_passkey_alone(roles))


def of_account(look: Look, account_id: UUID) -> list[Passkey]:
    """Those that open a session, the oldest first."""
    query = select(Passkey).where(Passkey.staff_id == account_id, Passkey.ended_at.is_(None))
    return list(look.session.scalars(query.order_by(Passkey.id)))


def find(look: Look, credential_id: bytes) -> Passkey | None:
    """The passkey of this id, with its account; None for one that was ended, or never was."""
    query = select(Passkey).where(Passkey.credential_id == credential_id, Passkey.ended_at.is_(None))
    return look.session.scalars(query).unique().one_or_none()


def own(look: Look, passkey_id: UUID) -> Passkey:
    """One of the actor's own. NotFound when it is not theirs, or was removed."""
    row = look.session.get(Passkey, passkey_id)
    if row is None or row.staff_id != look.actor.id or row.ended_at is not None:
        raise NotFound("There is no such passkey on your account. Open the list again.")
    return row


def check_may_change(look: Look, *, by_passkey: bool) -> None:
    """NotAllowed in a session that a password opened, when its owner has a passkey: a password shall not replace it."""
    if look.actor.id is not None and of_account(look, look.actor.id) and not by_passkey:
        raise NotAllowed(
            "You have a passkey: log in with it, then add or remove one. If it is lost, ask the administrator of your"
            " centre to reset your second factor."
        )


def add(act: Act, name: str, new: NewPasskey) -> Passkey:
    """The owner adds a key that a browser proved.

    InvalidInput for a name that another has, Conflict for one too many, for a key that is somebody's already, and for
    one that may leave its device where a role asks for passkeys.
    """
    account = act.session.get_one(Staff, act.actor.id, with_for_update={"of": Staff})
    mine = of_account(act, account.id)
    if len(mine) >= MOST:
        raise Conflict("An account has at most %(most)s passkeys. Remove one first.", most=MOST)
    if name in (each.name for each in mine):
        raise InvalidInput("name", "You have a passkey of this name. Choose another name.")
    if new.synced and are_asked_of(act.actor.roles, act.clock.today()):
        raise Conflict("A key that may be copied to other devices does not do for your role. Take a security key.")
    if act.session.scalar(select(Passkey.id).where(Passkey.credential_id == new.credential_id)):
        raise Conflict("This key is somebody's already, or was. Take another one.")
    row = Passkey(staff_id=account.id, name=name, added_at=act.clock.now())
    row.credential_id, row.public_key = new.credential_id, new.public_key
    row.sign_count, row.synced = new.sign_count, new.synced
    act.session.add(row)
    act.record("account.passkey_added", account, centre_id=account.centre_id)
    return row


def end_own(act: Act, passkey_id: UUID) -> None:
    """The owner removes one. Errors as of `own`, and Conflict for the last one where a role asks for it."""
    account = act.session.get_one(Staff, act.actor.id, with_for_update={"of": Staff})
    row = own(act, passkey_id)
    if len(of_account(act, account.id)) == 1 and are_asked_of(act.actor.roles, act.clock.today()):
        raise Conflict("This is your last passkey, and your role asks for one. Add another first.")
    row.ended_at = act.clock.now()
    act.record("account.passkey_removed", account, centre_id=account.centre_id)


def end_all(act: Act, account: Staff) -> None:
    """None of them opens a session any more. A part of the act that resets the factors of an account."""
    mine = Passkey.staff_id == account.id, Passkey.ended_at.is_(None)
    for row in act.session.scalars(select(Passkey).where(*mine)).unique():
        row.ended_at = act.clock.now()


def spend(look: Look, key: Passkey, sign_count: int, asked_at: dt.datetime) -> bool:
    """Whether this proof could be taken: of a challenge that is newer than every one that was, so never twice."""
    unspent = Passkey.ended_at.is_(None) & or_(Passkey.challenged_at.is_(None), Passkey.challenged_at < asked_at)
    taken = {"challenged_at": asked_at, "sign_count": sign_count, "used_at": look.wall.now()}
    spent = look.session.execute(update(Passkey).where(Passkey.id == key.id, unspent).values(taken))
    return cast("CursorResult[Any]", spent).rowcount == 1
