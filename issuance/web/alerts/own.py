"""What happened with one's own account: was it you?"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.services.alerts import owners
from issuance.services.trust import accounts
from issuance.web.frame import sessions as browser
from issuance.web.frame.auth import ANY_ROLE, allow
from issuance.web.frame.current import current_actor, current_office

blueprint = Blueprint("own", __name__, url_prefix="/account/alerts")


@blueprint.get("")
@allow(*ANY_ROLE)
def show() -> str:
    """What waits for one's answer, and what happened before."""
    actor = current_actor()
    assert actor.id is not None
    with current_office().reading(actor) as look:
        waiting = owners.waiting(look, actor.id, _here())
        before = [row for row in owners.of_account(look, actor.id) if row not in waiting]
        return render_template("alerts/own.html", waiting=waiting, before=before, here=_here())


@blueprint.post("/<uuid:alert_id>/mine")
@allow(*ANY_ROLE)
def mine(alert_id: UUID) -> ResponseReturnValue:
    """It was me."""
    actor = current_actor()
    assert actor.id is not None
    with current_office().act(actor) as act:
        owners.confirm(act, alert_id, _here())
        is_last = not owners.waiting(act, actor.id, _here())
    if is_last:
        browser.current().pop(browser.TOLD, None)
        flash(gettext("Thank you. Nothing else waits for your answer."), "done")
    return redirect(url_for("alerts.own.show"), 303)


@blueprint.post("/<uuid:alert_id>/not-mine")
@allow(*ANY_ROLE)
def not_mine(alert_id: UUID) -> ResponseReturnValue:
    """It was not me: every session ends, this one too, and an administrator sees to it."""
    with current_office().act(current_actor()) as act:
        accounts.not_me(act, alert_id, _here())
    return redirect(url_for("security.login"), 303)


def _here() -> UUID:
    row = browser.current().row
    assert row is not None
    return row.id
