"""Getting an account back whose owner lost the second factor: two administrators, the person standing before both.

One administrator alone could take over any account of the centre. The command line resets without a second one: who has
it has the server.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.staff import FactorReset, Staff
from issuance.services import roles
from issuance.services.trust import accounts

WITHIN = dt.timedelta(minutes=30)
"""How soon the second administrator agrees: nobody is asked to wait longer at a counter."""


def waiting(look: Look, account: Staff) -> FactorReset | None:
    """What an administrator asked for and no other answered yet; None when there is nothing, or it is too old."""
    since = look.clock.now() - WITHIN
    query = select(FactorReset).where(FactorReset.staff_id == account.id, FactorReset.asked_at > since)
    open_one = query.where(FactorReset.agreed_at.is_(None), FactorReset.ended_at.is_(None))
    return look.session.scalars(open_one.order_by(FactorReset.id.desc()).limit(1)).one_or_none()


def ask(act: Act, account: Staff, *, is_present: bool) -> None:
    """An administrator has the owner before them. Conflict when one asked already, InvalidInput without the person."""
    roles.check_other(act, account)
    _check_present(is_present)
    act.session.get_one(Staff, account.id, with_for_update={"of": Staff})
    if waiting(act, account):
        raise Conflict("Another administrator is asked already. They open this page and agree.")
    act.session.add(FactorReset(staff_id=account.id, asked_by=act.actor.id, asked_at=act.clock.now()))
    act.record("account.recovery_asked", account, centre_id=account.centre_id)


def agree(act: Act, account: Staff, *, is_present: bool) -> None:
    """A second one has too: second factor and passkeys are forgotten. NotAllowed for who asked."""
    roles.check_other(act, account)
    _check_present(is_present)
    row = _waiting(act, account)
    if row.asked_by == act.actor.id:
        raise NotAllowed("You asked for this. Another administrator of the centre agrees.")
    row.agreed_by, row.agreed_at = act.actor.id, act.clock.now()
    accounts.reset_second_factor(act, account)


def decline(act: Act, account: Staff) -> None:
    """It is not done, or whoever asked takes it back."""
    roles.check_other(act, account)
    _waiting(act, account).ended_at = act.clock.now()
    act.record("account.recovery_declined", account, centre_id=account.centre_id)


def _waiting(act: Act, account: Staff) -> FactorReset:
    row = waiting(act, account)
    if row is None:
        raise Conflict("Nobody asked for this in the last half hour. Ask, and another administrator agrees.")
    return row


def _check_present(is_present: bool) -> None:
    if not is_present:
        raise InvalidInput("present", "Say that the person stands before you and you know them or saw their papers.")
