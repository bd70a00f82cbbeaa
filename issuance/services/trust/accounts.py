"""Accounts: who works here, with which roles, and who may log in.

An administrator acts on the other accounts of the own centre; the office's command line on any. Whatever takes
something from an account, or gives it something else, ends its sessions.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, or_, select, update

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.staff import Centre, RoleGiven, RoleName, Shift, Staff
from issuance.services import roles
from issuance.services.passkeys import keys
from issuance.services.roles import CASE_HANDLING, Term
from issuance.services.trust import sessions
from issuance.services.trust.sessions import Ending
from issuance.values import contacts


def lodger(look: Look, email: str = CASE_HANDLING) -> Actor:
    """Who answers for an imported file: an account, or case handling itself, which cannot log in."""
    account = look.session.scalar(select(Staff).where(Staff.email == contacts.folded(email)))
    if account is None:
        raise InvalidInput("--as", "There is no account with this address.")
    return Actor(account.id, account.centre_id, kind="system" if account.email == CASE_HANDLING else "staff")


def named(look: Look, email: str) -> Staff:
    """The account of the person with this address; InvalidInput when there is none."""
    account = look.session.scalar(select(Staff).where(Staff.email == contacts.folded(email)))
    if account is None or account.email == CASE_HANDLING:
        raise InvalidInput("email", "There is no account with this address.")
    return account


def of_centre(look: Look, centre_id: UUID | None) -> list[Staff]:
    """The accounts of a centre by name, or all of them; the open ones first."""
    query = select(Staff).where(Staff.email != CASE_HANDLING).order_by(Staff.active.desc(), Staff.full_name)
    if centre_id is not None:
        query = query.where(Staff.centre_id == centre_id)
    return list(look.session.scalars(query).unique())


def in_centre(look: Look, account_id: UUID) -> Staff:
    """The account of the actor's own centre with this id; NotFound also for another centre's."""
    account = look.session.get(Staff, account_id)
    if account is None or account.centre_id != look.actor.centre_id or account.email == CASE_HANDLING:
        raise NotFound("There is no such account in your centre. Open the list again.")
    return account


@dataclass(frozen=True)
class NewAccount:
    """Somebody who starts to work here, with `roles` from today on. `password_hash` is argon2's.

    `given` says that somebody else knows the password, so that it must be changed first; `ends_on` is the last day.
    """

    email: str
    full_name: str
    centre: Centre
    roles: Collection[RoleName]
    password_hash: str
    given: bool = True
    ends_on: dt.date | None = None


def add_account(act: Act, new: NewAccount) -> Staff:
    """A new account; InvalidInput when the address is taken or none, the day passed, or the roles do not go together.

    Roles that an administrator gives it wait for a second one.
    """
    email = contacts.email(new.email)
    if act.session.scalar(select(Staff.id).where(Staff.email == email)):
        raise InvalidInput("email", "There is already an account with this address.")
    if not new.roles:
        raise InvalidInput("roles", "Choose at least one role.")
    _check_last_day(act, new.ends_on)
    account = Staff(
        email=email,
        full_name=new.full_name,
        centre=new.centre,
        password=new.password_hash,
        password_given_at=act.clock.now() if new.given else None,
        fs_uniquifier=secrets.token_hex(16),
        ends_on=new.ends_on,
    )
    act.session.add(account)
    act.session.flush()
    act.record("account.added", account, centre_id=new.centre.id)
    for role in new.roles:
        roles.give(act, account, Term(role, act.clock.today()))
    return account


def close_account(act: Act, account: Staff) -> None:
    """Nobody works with this account any more, from now on; Conflict for a centre's last administrator."""
    roles.check_other(act, account)
    if not account.active:
        raise Conflict("This account is closed already.")
    _check_administrator_left(act, account)
    account.active = False
    _throw_out(act, account, Ending.ACCOUNT_CLOSED)
    shifts = _end_shifts(act, account)
    act.record("account.closed", account, centre_id=account.centre_id, shifts_ended=shifts)


def reopen_account(act: Act, account: Staff) -> None:
    """The account may be used again, with the roles and the password it had."""
    roles.check_other(act, account)
    if account.active:
        raise Conflict("This account is open already.")
    account.active = True
    act.record("account.reopened", account, centre_id=account.centre_id)


def take_role(act: Act, account: Staff, given: RoleGiven) -> None:
    """Take a role from the account now, also one that begins later; Conflict for a centre's last administrator."""
    roles.check_other(act, account)
    if given.role == RoleName.ADMINISTRATOR:
        _check_administrator_left(act, account)
    roles.end(act, account, given)
    _throw_out(act, account, Ending.ROLES)
    if given.role in (RoleName.OPERATOR, RoleName.MISSION):
        _end_shifts(act, account)


def set_last_day(act: Act, account: Staff, day: dt.date | None) -> None:
    """The account ends with this day, or does not end by itself; Conflict for a centre's last administrator."""
    roles.check_other(act, account)
    _check_last_day(act, day)
    roles.check_last_day(act, account, day)
    if day is not None:
        _check_administrator_left(act, account)
    account.ends_on = day
    act.record("account.end_set", account, centre_id=account.centre_id, until=day.isoformat() if day else "")


def move_account(act: Act, account: Staff, centre: Centre) -> None:
    """The account belongs to another centre from now on, where an administrator agrees to its roles.

    The command line moves it with its roles.
    """
    roles.check_other(act, account)
    if account.centre_id == centre.id:
        raise Conflict("This account belongs to that centre already.")
    _check_administrator_left(act, account)
    account.centre = centre
    if act.actor.kind == "staff":
        roles.ask_again(act, account)
    _throw_out(act, account, Ending.CENTRE)
    act.record("account.moved", account, centre_id=centre.id, shifts_ended=_end_shifts(act, account))


def reset_password(act: Act, account: Staff, password_hash: str) -> None:
    """Give the account a password that is used once: at the log-in its owner must choose another."""
    roles.check_other(act, account)
    account.password, account.password_given_at = password_hash, act.clock.now()
    _throw_out(act, account, Ending.PASSWORD)
    act.record("account.password_reset", account, centre_id=account.centre_id)


def change_own_password(act: Act, password_hash: str, session_id: UUID) -> None:
    """The owner chose another password; her other sessions end."""
    account = act.session.get_one(Staff, act.actor.id)
    account.password, account.password_given_at = password_hash, None
    _throw_out(act, account, Ending.PASSWORD, besides=session_id)
    act.record("account.password_changed", account)


def reset_second_factor(act: Act, account: Staff) -> None:
    """Forget the second factor and the passkeys of an account whose owner lost them; they are set up anew."""
    roles.check_other(act, account)
    keys.end_all(act, account)
    account.tf_primary_method = account.tf_totp_secret = account.totp_step = None
    _throw_out(act, account, Ending.SECOND_FACTOR)
    act.record("account.second_factor_reset", account, centre_id=account.centre_id)


def end_sessions(act: Act, account: Staff) -> None:
    """End every session of the account; Conflict when there is none."""
    roles.check_other(act, account)
    ended = sessions.end(act, account.id, Ending.BY_ADMINISTRATOR)
    if not ended:
        raise Conflict("Nobody is logged in with this account.")
    act.record("account.sessions_ended", account, centre_id=account.centre_id, sessions=ended)


def spend_code(look: Look, account_id: UUID, step: int) -> bool:
    """Whether the code of this time step could be taken: no code of it or of a later one was taken before."""
    unspent = or_(Staff.totp_step.is_(None), Staff.totp_step < step)
    spent = look.session.execute(update(Staff).where(Staff.id == account_id, unspent).values(totp_step=step))
    return cast("CursorResult[Any]", spent).rowcount == 1


def _throw_out(act: Act, account: Staff, why: Ending, besides: UUID | None = None) -> None:
    """End the sessions of the account, and whatever log-in with it has begun."""
    sessions.end(act, account.id, why, besides=besides)
    account.fs_uniquifier = secrets.token_hex(16)


def _end_shifts(act: Act, account: Staff) -> int:
    """No station takes orders any more in the name of somebody who may not work there; how many shifts there were."""
    open_shifts = select(Shift).where(Shift.operator_id == account.id, Shift.closed_at.is_(None))
    ended = act.session.scalars(open_shifts.with_for_update(of=Shift)).all()
    for shift in ended:
        shift.closed_at = act.clock.now()
    return len(ended)


def _check_last_day(look: Look, day: dt.date | None) -> None:
    if day is not None and day < look.clock.today():
        raise InvalidInput("ends_on", "This day has passed. Give a later one, or close the account.")


def _check_administrator_left(act: Act, account: Staff) -> None:
    """Conflict when a page would leave the centre without an administrator, now or once the others' days are over. The
    command line may.

    The centre's row is locked, so that two administrators cannot close each other.
    """
    today = act.clock.today()
    if act.actor.kind != "staff" or RoleName.ADMINISTRATOR not in account.roles_on(today):
        return
    act.session.get_one(Centre, account.centre_id, with_for_update=True)
    act.session.flush()
    held = roles.held(RoleName.ADMINISTRATOR, today)
    here = select(Staff.id).where(Staff.centre_id == account.centre_id, Staff.active)
    now = here.where(Staff.id != account.id, _not_ended(today), Staff.given.any(held)).limit(1)
    if act.session.scalar(now) is None:
        raise Conflict("This is the last administrator of the centre. Make somebody else an administrator first.")
    lasting = here.where(Staff.ends_on.is_(None), Staff.given.any(held & RoleGiven.to_day.is_(None)))
    stay = set(act.session.scalars(lasting.limit(2)))
    if stay == {account.id}:
        raise Conflict(
            "Every other administrator of the centre has a last day. Make somebody else one who stays, first."
        )


def _not_ended(day: dt.date) -> ColumnElement[bool]:
    return or_(Staff.ends_on.is_(None), Staff.ends_on >= day)
