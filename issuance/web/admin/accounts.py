"""The accounts of a centre, as its administrator looks after them; their roles are in `roles.py`."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_security.utils import hash_password

from issuance.acts import Act
from issuance.models.staff import Centre, RoleName, Staff
from issuance.services import centres, roles
from issuance.services.admin import directory, recovery
from issuance.services.admin.directory import SORTS, Show, Wanted
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.web.admin.account_page import account_page, role_options, roles_said
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, asked_order, order_args, page_number, sorted_column
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")

QUEUES = (
    Queue(
        lazy_gettext("Accounts"),
        "admin.accounts.listed",
        (RoleName.ADMINISTRATOR,),
        roles.count_to_agree,
        group=Group.OFFICE,
    ),
)

ONE_TIME_BYTES = 12
WORDS = "accounts_searched"
"""Where the session keeps what was searched: a name in no address."""

SHOWN = {
    Show.OPEN: lazy_gettext("Open"),
    Show.CLOSED: lazy_gettext("Closed"),
    Show.WAITING: lazy_gettext("Roles to agree to"),
}
COLUMNS = {"name": lazy_gettext("Account"), "end": lazy_gettext("Last day")}


@blueprint.get("")
@allow(RoleName.ADMINISTRATOR)
def listed() -> str:
    """The accounts of the centre with their roles: a page of those that are asked for."""
    wanted = _wanted()
    address = partial(url_for, "admin.accounts.listed", show=wanted.show.value, role=wanted.role)
    with current_office().reading(current_actor()) as look:
        found, counts, today = directory.listed(look, wanted), directory.counts(look, wanted.role), look.clock.today()
        return render_template(
            "admin/accounts.html",
            accounts=found[: directory.PAGE_ROWS],
            more=len(found) > directory.PAGE_ROWS,
            roles={account.id: roles_said(account, today) for account in found},
            today=today,
            wanted=wanted,
            role_options=role_options(),
            chips=[
                (word, _list_url(wanted, show=show), show is wanted.show, counts[show]) for show, word in SHOWN.items()
            ],
            columns=[sorted_column(label, sort, wanted.order, address) for sort, label in COLUMNS.items()],
            page_url=lambda page: _list_url(wanted, page=page),
        )


@blueprint.post("/search")
@allow(RoleName.ADMINISTRATOR)
def search() -> ResponseReturnValue:
    """Keep the words that are searched, and show the list of those, with a role when one is chosen."""
    form = Form.sent()
    session[WORDS] = form.text("q", required=False)
    show, role = form.choice("show", tuple(Show)), form.choice("role", tuple(RoleName))
    return redirect(url_for("admin.accounts.listed", show=show or None, role=role or None), 303)


def _wanted() -> Wanted:
    """Which accounts the address and the session ask for; what cannot be is the default."""
    show, role = request.args.get("show", ""), request.args.get("role", "")
    return Wanted(
        show=Show(show) if show in tuple(Show) else Show.OPEN,
        role=RoleName(role) if role in tuple(RoleName) else None,
        words=session.get(WORDS, ""),
        order=asked_order(SORTS),
        page=page_number(),
    )


def _list_url(wanted: Wanted, **changes: Any) -> str:
    """The list with something else asked for, on its first page unless said."""
    asked = replace(wanted, **({"page": 1} | changes))
    about: dict[str, Any] = {"show": asked.show.value, "role": asked.role, "page": asked.page}
    return url_for("admin.accounts.listed", **about, **order_args(asked.order))


@blueprint.route("/add", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """Add an account of this centre; its first password is shown once."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            email, full_name = form.text("email"), form.text("full_name")
            chosen, ends_on = _chosen(form), form.date("ends_on", required=False)
            form.check()
            password = secrets.token_urlsafe(ONE_TIME_BYTES)
            hashed = hash_password(password)
            with current_office().act(current_actor()) as act:
                centre = act.session.get_one(Centre, act.actor.centre_id)
                added = accounts.add_account(act, NewAccount(email, full_name, centre, chosen, hashed, ends_on=ends_on))
            return render_template("admin/password.html", account=added, password=password)
    return make_response(render_template("admin/add.html", form=form, roles=role_options()), form.status)


@blueprint.get("/<uuid:account_id>")
@allow(RoleName.ADMINISTRATOR)
def show(account_id: UUID) -> ResponseReturnValue:
    """One account: its roles, its sessions, and what can be done with it."""
    return account_page(account_id, None)


@blueprint.route("/<uuid:account_id>/centre", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def move(account_id: UUID) -> ResponseReturnValue:
    """Move the account to another centre, where an administrator agrees to its roles."""
    form, actor = Form.sent(), current_actor()
    with current_office().reading(actor) as look:
        account = accounts.in_centre(look, account_id)
        others = [(one.code, one.name) for one in centres.listed(look) if one.active and one.id != actor.centre_id]
    if request.method == "POST":
        with form.catch():
            code = form.choice("centre", [code for code, _ in others])
            form.check()
            with current_office().act(actor) as act:
                accounts.move_account(act, accounts.in_centre(act, account_id), centres.named(act, code))
            flash(gettext("The account is moved. An administrator there agrees to its roles."), "done")
            return redirect(url_for("admin.accounts.listed"), 303)
    return make_response(render_template("admin/move.html", form=form, account=account, centres=others), form.status)


@blueprint.route("/<uuid:account_id>/last-day", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def last_day(account_id: UUID) -> ResponseReturnValue:
    """Say with which day the account ends."""
    form, actor = Form.sent(), current_actor()
    with current_office().reading(actor) as look:
        account = accounts.in_centre(look, account_id)
    if request.method == "POST":
        with form.catch():
            day = form.date("ends_on", required=False)
            form.check()
            with current_office().act(actor) as act:
                accounts.set_last_day(act, accounts.in_centre(act, account_id), day)
            return _done(account_id, gettext("The last day is set."))
    else:
        form = Form({"ends_on": account.ends_on.isoformat() if account.ends_on else ""})
    return make_response(render_template("admin/last_day.html", form=form, account=account), form.status)


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
def ask_recovery(account_id: UUID) -> ResponseReturnValue:
    """The owner lost the second factor or a passkey, and is here: another administrator is asked."""
    said = gettext("Another administrator opens this page within half an hour and agrees.")
    return _do(account_id, partial(recovery.ask, is_present="present" in request.form), said)


@blueprint.post("/<uuid:account_id>/second-factor/agree")
@allow(RoleName.ADMINISTRATOR)
def agree_recovery(account_id: UUID) -> ResponseReturnValue:
    """Agree as the second one: second factor and passkeys are forgotten."""
    said = gettext("The second factor is forgotten. It is set up anew at the next log-in.")
    return _do(account_id, partial(recovery.agree, is_present="present" in request.form), said)


@blueprint.post("/<uuid:account_id>/second-factor/decline")
@allow(RoleName.ADMINISTRATOR)
def decline_recovery(account_id: UUID) -> ResponseReturnValue:
    """It is not done."""
    return _do(account_id, recovery.decline, gettext("The second factor stays as it is."))


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
    return account_page(account_id, form)


def _do(account_id: UUID, what: Callable[[Act, Staff], None], said: str) -> ResponseReturnValue:
    """Act on an account of the centre, and show it again; what is refused is said there."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            what(act, accounts.in_centre(act, account_id))
        return _done(account_id, said)
    return account_page(account_id, form)


def _done(account_id: UUID, said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("admin.accounts.show", account_id=account_id), 303)


def _chosen(form: Form) -> list[RoleName]:
    chosen = [RoleName(role) for role in form.choices("roles", tuple(RoleName))]
    if not chosen:
        form.refuse("roles", gettext("Choose at least one role."))
    return chosen
