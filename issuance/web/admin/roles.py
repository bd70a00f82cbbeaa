"""The roles of an account: one administrator gives one, another agrees; any takes one away at once."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Act
from issuance.models.staff import RoleGiven, RoleName, Staff
from issuance.services import roles
from issuance.services.roles import Term
from issuance.services.trust import accounts
from issuance.web.admin.account_page import account_page, role_options
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form

blueprint = Blueprint("roles", __name__, url_prefix="/accounts/<uuid:account_id>/roles")


@blueprint.route("", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def give(account_id: UUID) -> ResponseReturnValue:
    """Give the account a role from one day to another; it waits for a second administrator."""
    form = Form.sent() if request.method == "POST" else Form({"from_day": current_office().clock.today().isoformat()})
    if request.method == "POST":
        with form.catch():
            with current_office().act(current_actor()) as act:
                roles.give(act, accounts.in_centre(act, account_id), _term(form))
            return _done(account_id, gettext("The role waits until another administrator agrees."))
    with current_office().reading(current_actor()) as look:
        account = accounts.in_centre(look, account_id)
        page = render_template("admin/role.html", form=form, account=account, roles=role_options())
    return make_response(page, form.status)


def _term(form: Form) -> Term:
    """The role and its days. FormRefused when a field cannot be taken."""
    role = form.choice("role", tuple(RoleName))
    from_day, to_day = form.date("from_day"), form.date("to_day", required=False)
    form.check()
    assert from_day
    return Term(RoleName(role), from_day, to_day)


@blueprint.post("/<uuid:given_id>/agree")
@allow(RoleName.ADMINISTRATOR)
def agree(account_id: UUID, given_id: UUID) -> ResponseReturnValue:
    """A second administrator agrees: the role is in force on its days."""
    return _do(account_id, given_id, roles.agree, gettext("Agreed. The role is in force on its days."))


@blueprint.post("/<uuid:given_id>/decline")
@allow(RoleName.ADMINISTRATOR)
def decline(account_id: UUID, given_id: UUID) -> ResponseReturnValue:
    """The role is not given."""
    return _do(account_id, given_id, roles.decline, gettext("The role is not given."))


@blueprint.post("/<uuid:given_id>/take")
@allow(RoleName.ADMINISTRATOR)
def take(account_id: UUID, given_id: UUID) -> ResponseReturnValue:
    """Take a role away now; the account is logged out."""
    said = gettext("The role is taken away. The account was logged out.")
    return _do(account_id, given_id, accounts.take_role, said)


def _do(
    account_id: UUID, given_id: UUID, what: Callable[[Act, Staff, RoleGiven], None], said: str
) -> ResponseReturnValue:
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            account = accounts.in_centre(act, account_id)
            what(act, account, roles.of_account(account, given_id))
        return _done(account_id, said)
    return account_page(account_id, form)


def _done(account_id: UUID, said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("admin.accounts.show", account_id=account_id), 303)
