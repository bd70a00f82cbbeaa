"""The accounts of a centre, as its administrator looks after them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext
from flask_security.utils import hash_password

from issuance.acts import Act, Look
from issuance.law.roles import role_rules_on
from issuance.models.staff import Centre, RoleName, Staff
from issuance.services.stations import tokens
from issuance.services.trust import accounts, sessions
from issuance.services.trust.accounts import NewAccount
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import capital
from issuance.web.frame.rail import Queue
from issuance.web.words.states import word

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")

QUEUES = (Queue(lazy_gettext("Accounts"), "admin.accounts.listed", (RoleName.ADMINISTRATOR,)),)

ONE_TIME_BYTES = 12


@blueprint.get("")
@allow(RoleName.ADMINISTRATOR)
def listed() -> str:
    """The accounts of the centre with their roles, what is wrong with them, and its stations, open or closed."""
    actor = current_actor()
    with current_office().reading(actor) as look:
        found = accounts.of_centre(look, actor.centre_id)
        return render_template(
            "admin/accounts.html",
            accounts=found,
            findings={account.id: _findings(look, account) for account in found},
            roles={account.id: _roles(account) for account in found},
            today=look.clock.today(),
            stations=tokens.of_centre(look, actor.centre_id),
        )


@blueprint.route("/add", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """Add an account of this centre; its first password is shown once."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            email, full_name = form.text("email"), form.text("full_name")
            roles = _chosen(form)
            form.check()
            password = secrets.token_urlsafe(ONE_TIME_BYTES)
            hashed = hash_password(password)
            with current_office().act(current_actor()) as act:
                centre = act.session.get_one(Centre, act.actor.centre_id)
                added = accounts.add_account(act, NewAccount(email, full_name, centre, roles, hashed))
            return render_template("admin/password.html", account=added, password=password)
    return make_response(render_template("admin/add.html", form=form, roles=_options()), form.status)


@blueprint.get("/<uuid:account_id>")
@allow(RoleName.ADMINISTRATOR)
def show(account_id: UUID) -> ResponseReturnValue:
    """One account: its roles, its sessions, and what can be done with it."""
    return _page(account_id, None)


@blueprint.post("/<uuid:account_id>/roles")
@allow(RoleName.ADMINISTRATOR)
def change_roles(account_id: UUID) -> ResponseReturnValue:
    """Give the account the ticked roles and no others; it is logged out."""
    form = Form.sent()
    with form.catch():
        roles = _chosen(form)
        form.check()
        with current_office().act(current_actor()) as act:
            accounts.change_roles(act, accounts.in_centre(act, account_id), roles)
        return _done(account_id, gettext("The roles are changed. The account was logged out."))
    return _page(account_id, form)


@blueprint.post("/<uuid:account_id>/close")
@allow(RoleName.ADMINISTRATOR)
def close(account_id: UUID) -> ResponseReturnValue:
    """Close the account; it is logged out at once."""
    return _do(account_id, accounts.close_account, gettext("The account is closed. Nobody can log in with it."))


@blueprint.post("/<uuid:account_id>/reopen")
@allow(RoleName.ADMINISTRATOR)
def reopen(account_id: UUID) -> ResponseReturnValue:
    """Open a closed account again."""
    return _do(account_id, accounts.reopen_account, gettext("The account is open again, with the roles it had."))


@blueprint.post("/<uuid:account_id>/second-factor")
@allow(RoleName.ADMINISTRATOR)
def forget_second_factor(account_id: UUID) -> ResponseReturnValue:
    """Forget the second factor of somebody who lost it."""
    said = gettext("The second factor is forgotten. It is set up anew at the next log-in.")
    return _do(account_id, accounts.reset_second_factor, said)


@blueprint.post("/<uuid:account_id>/sessions/end")
@allow(RoleName.ADMINISTRATOR)
def end_sessions(account_id: UUID) -> ResponseReturnValue:
    """Log the account out wherever it is logged in."""
    return _do(account_id, accounts.end_sessions, gettext("The account is logged out everywhere."))


@blueprint.post("/<uuid:account_id>/password")
@allow(RoleName.ADMINISTRATOR)
def reset_password(account_id: UUID) -> ResponseReturnValue:
    """Give the account a new first password, which is shown once."""
    form, password = Form.sent(), secrets.token_urlsafe(ONE_TIME_BYTES)
    with form.catch():
        hashed = hash_password(password)
        with current_office().act(current_actor()) as act:
            account = accounts.in_centre(act, account_id)
            accounts.reset_password(act, account, hashed)
        return render_template("admin/password.html", account=account, password=password)
    return _page(account_id, form)


def _do(account_id: UUID, what: Callable[[Act, Staff], None], said: str) -> ResponseReturnValue:
    """Act on an account of the centre, and show it again; what is refused is said there."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            what(act, accounts.in_centre(act, account_id))
        return _done(account_id, said)
    return _page(account_id, form)


def _done(account_id: UUID, said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("admin.accounts.show", account_id=account_id), 303)


def _page(account_id: UUID, form: Form | None) -> ResponseReturnValue:
    actor = current_actor()
    with current_office().reading(actor) as look:
        account = accounts.in_centre(look, account_id)
        if form is None or "roles" not in form.values:
            shown = Form({"roles": accounts.roles_of(account)})
            shown.problems, shown.status = (form.problems, form.status) if form else ([], 200)
            shown.errors = form.errors if form else {}
            form = shown
        found = sessions.of_account(look, account.id)
        page = render_template(
            "admin/account.html",
            form=form,
            account=account,
            is_own=account.id == actor.id,
            findings=_findings(look, account),
            roles=_options(),
            sessions=[(session, sessions.ending(look, session)) for session in found],
            today=look.clock.today(),
        )
    return make_response(page, form.status)


def _chosen(form: Form) -> list[RoleName]:
    return [RoleName(role) for role in form.choices("roles", tuple(RoleName))]


def _options() -> list[tuple[str, str]]:
    return [(str(role), capital(word(role))) for role in RoleName]


def _roles(account: Staff) -> str:
    return capital(", ".join(word(role) for role in accounts.roles_of(account)))


def _findings(look: Look, account: Staff) -> list[str]:
    """Why the account should not have all its roles: from before the rule, since nobody is given such now."""
    reasons = role_rules_on(look.clock.today()).conflicts(accounts.roles_of(account))
    return [reason.text(str(get_locale())) for reason in reasons]
