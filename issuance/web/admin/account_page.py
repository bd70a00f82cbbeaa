"""The page of one account, which the acts on it and on its roles come back to."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from flask import make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext

from issuance.acts import Look
from issuance.law.office.roles import role_rules_on
from issuance.models.staff import RoleGiven, RoleName, Staff
from issuance.services.admin import recovery
from issuance.services.passkeys import keys
from issuance.services.trust import accounts, sessions
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import capital, day
from issuance.web.words.states import word

BECOMES = {
    "waits": (lazy_gettext("waits for another administrator"), "soon"),
    "held": (lazy_gettext("in force"), "done"),
    "later": (lazy_gettext("later"), "info"),
    "over": (lazy_gettext("ended"), "plain"),
    "taken": (lazy_gettext("taken away"), "plain"),
    "declined": (lazy_gettext("declined"), "plain"),
}
"""What became of a role that was given: word and tone."""


def account_page(account_id: UUID, form: Form | None) -> ResponseReturnValue:
    """The account with its roles, sessions and what can be done with it; what was refused stands in `form`."""
    actor = current_actor()
    with current_office().reading(actor) as look:
        account, today = accounts.in_centre(look, account_id), look.clock.today()
        form = form or Form()
        page = render_template(
            "admin/account.html",
            form=form,
            account=account,
            is_own=account.id == actor.id,
            findings=_findings(look, account),
            given=[_given(look, each, today) for each in reversed(account.given)],
            has_factor=bool(account.tf_totp_secret or keys.of_account(look, account.id)),
            recovery=_recovery(look, account),
            sessions=[(row, sessions.ending(look, row)) for row in sessions.of_account(look, account.id)],
            today=today,
        )
    return make_response(page, form.status)


def role_options() -> list[tuple[str, str]]:
    """Every role with its word."""
    return [(str(role), capital(word(role))) for role in RoleName]


def roles_said(account: Staff, today: dt.date) -> str:
    """The roles of an account today, and those that wait."""
    held = [word(role) for role in account.roles_on(today)]
    waiting = [gettext("%(role)s (waits)", role=word(given.role)) for given in account.given if given.waits]
    return capital(", ".join(held + waiting))


def _given(look: Look, given: RoleGiven, today: dt.date) -> dict[str, Any]:
    state = _became(given, today)
    by = look.session.get_one(Staff, given.given_by).full_name if given.given_by else gettext("the command line")
    return {
        "id": given.id,
        "role": capital(word(given.role)),
        "days": _days(given),
        "state": state,
        "chip": BECOMES[state],
        "by": by,
        "is_mine": given.given_by == look.actor.id,
    }


def _recovery(look: Look, account: Staff) -> dict[str, Any] | None:
    """What waits for a second administrator, who asked, and whether that is who reads."""
    row = recovery.waiting(look, account)
    if row is None:
        return None
    return {"by": look.session.get_one(Staff, row.asked_by).full_name, "is_mine": row.asked_by == look.actor.id}


def _days(given: RoleGiven) -> str:
    if given.to_day is None:
        return str(gettext("from %(first)s", first=day(given.from_day)))
    return str(gettext("from %(first)s to %(last)s", first=day(given.from_day), last=day(given.to_day)))


def _became(given: RoleGiven, today: dt.date) -> str:
    if given.ended_at is not None:
        return "taken" if given.agreed_at else "declined"
    if given.waits:
        return "waits"
    if given.is_held_on(today):
        return "held"
    return "later" if given.from_day > today else "over"


def _findings(look: Look, account: Staff) -> list[str]:
    """Why the account should not have all its roles: from before the rule, since nobody is given such now."""
    today = look.clock.today()
    reasons = role_rules_on(today).conflicts(account.roles_on(today))
    return [reason.text(str(get_locale())) for reason in reasons]
