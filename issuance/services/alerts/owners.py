"""What an account's owner is told, and whether it was them.

The session that caused it does not answer: whoever logged in with a stolen password cannot say that it was the owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE, office_day
from issuance.errors import NotFound
from issuance.law.office.roles import role_rules_on
from issuance.models.staff import AccountAlert, Staff, StaffSession
from issuance.services import roles
from issuance.services.alerts import letters

MOST = 20
"""So many of an account, or of a centre, a page shows: the newest."""


class Kind(StrEnum):
    """What happened."""

    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    CODE_SET = "code-set"
    FACTORS_RESET = "factors-reset"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - what happened
    PASSWORD_GIVEN = "password-given"  # noqa: S105 - what happened
    PROVIDER_CONNECTED = "provider-connected"
    PROVIDER_DISCONNECTED = "provider-disconnected"
    SEALED_KEY = "sealed-key"
    NEW_DEVICE = "new-device"
    AT_NIGHT = "at-night"
    AFTER_WRONG_TRIES = "after-wrong-tries"


def tell(act: Act, account: Staff, *kinds: Kind, session_id: UUID | None = None, device: str = "") -> None:
    """Tell the owner at the next log-in, and by one letter at once. A part of the act that did it."""
    for kind in kinds:
        row = AccountAlert(staff_id=account.id, kind=kind, at=act.wall.now(), session_id=session_id, device=device)
        act.session.add(row)
    letters.write(act, account, kinds)


def odd(look: Look, session: StaffSession, *, is_known_device: bool, wrong_tries: int) -> list[Kind]:
    """What is odd about the log-in that began this session. Nothing is while somebody else knows the password."""
    now, account = session.created_at, session.account
    rules = role_rules_on(office_day(now))
    if rules.odd_log_ins is None or account.password_given_at is not None:
        return []
    hour = now.astimezone(OFFICE_ZONE).hour
    works_at_night = set(account.roles_on(office_day(now))) & set(rules.odd_log_ins.usual_at_night)
    is_night = hour >= rules.odd_log_ins.night_from or hour < rules.odd_log_ins.night_until
    found = {
        Kind.NEW_DEVICE: not is_known_device,
        Kind.AT_NIGHT: is_night and not works_at_night,
        Kind.AFTER_WRONG_TRIES: wrong_tries >= rules.odd_log_ins.wrong_tries,
    }
    return [kind for kind, holds in found.items() if holds]


def waiting(look: Look, account_id: UUID, here: UUID | None) -> list[AccountAlert]:
    """What the owner has not answered and this session (`here`) did not cause, the newest first."""
    mine = (AccountAlert.staff_id == account_id, _is_unanswered(), AccountAlert.session_id.is_distinct_from(here))
    query = select(AccountAlert).where(*mine).order_by(AccountAlert.at.desc(), AccountAlert.id.desc())
    return list(look.session.scalars(query.limit(MOST)).unique())


def of_account(look: Look, account_id: UUID) -> list[AccountAlert]:
    """The last ones of an account, whatever was answered."""
    query = select(AccountAlert).where(AccountAlert.staff_id == account_id)
    query = query.order_by(AccountAlert.at.desc(), AccountAlert.id.desc())
    return list(look.session.scalars(query.limit(MOST)).unique())


def confirm(act: Act, alert_id: UUID, here: UUID) -> None:
    """The owner says that it was them. NotFound when it is not theirs, was answered, or is of this very session."""
    row = _own(act, alert_id, here)
    row.confirmed_at = act.clock.now()
    act.record("account.alert_confirmed", row.account, centre_id=row.account.centre_id, odd=row.kind)


def disown(act: Act, alert_id: UUID, here: UUID) -> AccountAlert:
    """The owner says that it was not them. A part of the act that ends the sessions; errors as of `confirm`."""
    row = _own(act, alert_id, here)
    row.disowned_at = act.clock.now()
    return row


def disowned(look: Look) -> list[AccountAlert]:
    """What somebody of the actor's centre did not do, for another administrator to settle, the oldest first."""
    query = select(AccountAlert).join(Staff, AccountAlert.staff_id == Staff.id).where(*_to_settle(look))
    return list(look.session.scalars(query.order_by(AccountAlert.disowned_at).limit(MOST)).unique())


def count_disowned(look: Look) -> Select[int]:
    """How many wait for the actor, as a query."""
    query = select(func.count()).select_from(AccountAlert).join(Staff, AccountAlert.staff_id == Staff.id)
    return query.where(*_to_settle(look))


def settle(act: Act, alert_id: UUID) -> None:
    """An administrator saw to it. NotFound when it does not wait for them."""
    row = act.session.get(AccountAlert, alert_id, with_for_update={"of": AccountAlert})
    if row is None or row.disowned_at is None or row.settled_at is not None:
        raise NotFound("This is settled already. Open the list again.")
    roles.check_other(act, row.account)
    row.settled_by, row.settled_at = act.actor.id, act.clock.now()
    act.record("account.alert_settled", row.account, centre_id=row.account.centre_id, odd=row.kind)


def _own(act: Act, alert_id: UUID, here: UUID) -> AccountAlert:
    row = act.session.get(AccountAlert, alert_id, with_for_update={"of": AccountAlert})
    is_mine = row is not None and row.staff_id == act.actor.id and row.session_id != here
    if row is None or not is_mine or row.confirmed_at or row.disowned_at:
        raise NotFound("There is nothing of this kind to answer. Open the list again.")
    return row


def _is_unanswered() -> ColumnElement[bool]:
    return AccountAlert.confirmed_at.is_(None) & AccountAlert.disowned_at.is_(None)


def _to_settle(look: Look) -> Iterable[ColumnElement[bool]]:
    """On alerts and their accounts: of the actor's centre, not the actor's own."""
    waits = AccountAlert.disowned_at.is_not(None) & AccountAlert.settled_at.is_(None)
    return waits, Staff.centre_id == look.actor.centre_id, Staff.id != look.actor.id
