"""Roles of accounts: given from one day to another by one administrator, in force once a second one agreed (ADR 0047).

What the command line gives is in force at once: a register begins without administrators.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.office.roles import role_rules_on
from issuance.models.staff import RoleGiven, RoleName, Staff

CASE_HANDLING = "case-handling@liman.example"


@dataclass(frozen=True)
class Term:
    """A role from one day to another; `to_day` None: until it is taken."""

    role: RoleName
    from_day: dt.date
    to_day: dt.date | None = None


def check_other(act: Act, account: Staff) -> None:
    """NotAllowed for one's own account, for another centre's, and for case handling's, which is no person's."""
    if account.email == CASE_HANDLING:
        raise NotAllowed("This is the account of case handling itself, which nobody logs in with.")
    if act.actor.kind != "staff":
        return
    if account.id == act.actor.id:
        raise NotAllowed("This is your own account. Ask another administrator.")
    if account.centre_id != act.actor.centre_id:
        raise NotAllowed("This belongs to another centre. Ask somebody who works there.")


def give(act: Act, account: Staff, term: Term) -> RoleGiven:
    """Give the account a role: it waits for a second administrator. InvalidInput names the field.

    Of two roles that no account may have, none is given for a day on which it has the other, or would.
    """
    check_other(act, account)
    _check_days(act, account, term)
    _lock(act, account)
    _check_together(account, term)
    is_staff = act.actor.kind == "staff"
    given = RoleGiven(
        role=term.role,
        from_day=term.from_day,
        to_day=term.to_day,
        given_by=act.actor.id if is_staff else None,
        given_at=act.clock.now(),
        agreed_at=None if is_staff else act.clock.now(),
    )
    account.given.append(given)
    act.session.flush()
    _record(act, "role.proposed" if is_staff else "role.given", account, given)
    return given


def agree(act: Act, account: Staff, given: RoleGiven) -> None:
    """A second administrator agrees: the role is in force on its days. NotAllowed for who gave it."""
    check_other(act, account)
    _check_waits(given)
    if given.given_by == act.actor.id:
        raise NotAllowed("You gave this role. Another administrator agrees to it.")
    _lock(act, account)
    _check_together(account, Term(RoleName(given.role), given.from_day, given.to_day), besides=given)
    given.agreed_by, given.agreed_at = act.actor.id, act.clock.now()
    _record(act, "role.given", account, given)


def decline(act: Act, account: Staff, given: RoleGiven) -> None:
    """The role is not given, or whoever gave it takes that back."""
    check_other(act, account)
    _check_waits(given)
    given.ended_by, given.ended_at = act.actor.id, act.clock.now()
    _record(act, "role.declined", account, given)


def end(act: Act, account: Staff, given: RoleGiven) -> None:
    """The account has the role no more; the caller's act ends its sessions. Conflict when it had it no more."""
    if given.agreed_at is None or _is_over(act, given):
        raise Conflict("The account does not have this role any more. Open its page again.")
    given.ended_by, given.ended_at = act.actor.id if act.actor.kind == "staff" else None, act.clock.now()
    _record(act, "role.taken", account, given)


def ask_again(act: Act, account: Staff) -> None:
    """Whoever moved the account gives its roles anew: they wait for an administrator of the centre where it is now."""
    for given in account.given:
        if given.agreed_at is not None and not _is_over(act, given):
            given.given_by, given.given_at = act.actor.id, act.clock.now()
            given.agreed_by = given.agreed_at = None


def of_account(account: Staff, given_id: UUID) -> RoleGiven:
    """The role of the account with this id; NotFound for any other."""
    found = next((given for given in account.given if given.id == given_id), None)
    if found is None:
        raise NotFound("The account was not given this role. Open its page again.")
    return found


def lasting(look: Look, account: Staff, role: RoleName) -> list[RoleGiven]:
    """How the account has this role now or will; Conflict when it does not."""
    found = [given for given in account.given if given.role == role and given.agreed_at and not _is_over(look, given)]
    if not found:
        raise Conflict("The account does not have this role.")
    return found


def count_to_agree(look: Look) -> Select[int]:
    """How many roles in the actor's centre wait for somebody who neither gave nor gets them, as a query."""
    mine = (RoleGiven.given_by != look.actor.id, Staff.id != look.actor.id, Staff.centre_id == look.actor.centre_id)
    query = select(func.count()).select_from(RoleGiven).join(Staff, RoleGiven.staff_id == Staff.id)
    return query.where(waiting(), *mine)


def waiting() -> ColumnElement[bool]:
    """On given roles: whether they wait for a second administrator."""
    return RoleGiven.agreed_at.is_(None) & RoleGiven.ended_at.is_(None)


def held(role: RoleName, day: dt.date) -> ColumnElement[bool]:
    """On given roles: whether the account has this role on a day; as `RoleGiven.is_held_on`."""
    is_open = RoleGiven.agreed_at.is_not(None) & RoleGiven.ended_at.is_(None) & (RoleGiven.role == role.value)
    return is_open & (RoleGiven.from_day <= day) & (RoleGiven.to_day.is_(None) | (RoleGiven.to_day >= day))


def check_last_day(look: Look, account: Staff, last: dt.date | None) -> None:
    """InvalidInput when the account would have no last day and a role that asks for one."""
    roles = [given.role for given in account.given if given.waits or (given.agreed_at and not _is_over(look, given))]
    reason = next(iter(role_rules_on(look.clock.today()).endless(roles)), None)
    if last is None and reason is not None:
        said = {"ro": f"{reason.ro} Dați-i o ultimă zi."}
        raise InvalidInput("ends_on", f"{reason.en} Give it a last day.", translations=said)


def _check_days(look: Look, account: Staff, term: Term) -> None:
    if term.to_day is not None and term.to_day < max(term.from_day, look.clock.today()):
        raise InvalidInput("to_day", "The last day lies before the first, or has passed. Give a later one.")
    if term.from_day < look.clock.today():
        raise InvalidInput("from_day", "A role is given from today or a later day.")
    for reason in role_rules_on(look.clock.today()).endless([term.role]):
        if account.ends_on is None:
            said = {"ro": f"{reason.ro} Dați-i întâi o ultimă zi."}
            raise InvalidInput("role", f"{reason.en} Give it a last day first.", translations=said)


def _check_together(account: Staff, term: Term, besides: RoleGiven | None = None) -> None:
    """InvalidInput when on one of its days the account has the same role, or one that does not go together with it."""
    for other in account.given:
        if other is besides or other.ended_at is not None or not other.meets(term.from_day, term.to_day):
            continue
        if other.role == term.role:
            raise InvalidInput("role", "The account has this role on these days already, or it waits for an agreement.")
        for reason in role_rules_on(term.from_day).conflicts([other.role, term.role]):
            said = {"ro": f"{reason.ro} Dați rolurile la două conturi."}
            raise InvalidInput("role", f"{reason.en} Give the roles to two accounts.", translations=said)


def _check_waits(given: RoleGiven) -> None:
    if not given.waits:
        raise Conflict("Somebody answered this already. Open the page of the account again.")


def _is_over(look: Look, given: RoleGiven) -> bool:
    return given.ended_at is not None or (given.to_day is not None and given.to_day < look.clock.today())


def _lock(act: Act, account: Staff) -> None:
    """Hold the account, so that two who give it roles at once see what the other gave."""
    act.session.flush()
    act.session.refresh(account, ["given"], with_for_update=True)


def _record(act: Act, name: str, account: Staff, given: RoleGiven) -> None:
    until = given.to_day.isoformat() if given.to_day else ""
    details = {"role": given.role, "from_day": given.from_day.isoformat(), "until": until}
    act.record(name, account, given, centre_id=account.centre_id, **details)
