"""The own account: where one is logged in, and one's password."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from flask_security.utils import hash_password

from issuance.services.trust import accounts, sessions
from issuance.values import passwords
from issuance.web.frame import sessions as browser
from issuance.web.frame.auth import ANY_ROLE, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import capital
from issuance.web.frame.login import check_own_password
from issuance.web.words.states import word

blueprint = Blueprint("own", __name__, url_prefix="/account")


@blueprint.get("")
@allow(*ANY_ROLE)
def show() -> str:
    """Who one is here, and every browser one is logged in with."""
    actor, row = current_actor(), browser.current().row
    assert actor.id is not None
    with current_office().reading(actor) as look:
        found = sessions.of_account(look, actor.id)
        return render_template(
            "admin/own.html",
            account=current_user,
            roles=capital(", ".join(word(role) for role in current_user.roles_on(look.clock.today()))),
            sessions=[(session, sessions.ending(look, session)) for session in found],
            here=row.id if row else None,
        )


@blueprint.post("/sessions/<uuid:session_id>/end")
@allow(*ANY_ROLE)
def end_session(session_id: UUID) -> ResponseReturnValue:
    """End one of one's own sessions, for example at a computer that one left."""
    with current_office().act(current_actor()) as act:
        sessions.end_own(act, session_id)
    flash(gettext("That session is ended."), "done")
    return redirect(url_for("admin.own.show"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
@allow(*ANY_ROLE)
def password() -> ResponseReturnValue:
    """Choose another password; the first thing an account does whose password somebody else gave."""
    form = Form.sent()
    given = current_user.password_given_at is not None
    if request.method == "POST":
        with form.catch():
            chosen = _chosen(form)
            row = browser.current().row
            assert row is not None
            hashed = hash_password(chosen)
            with current_office().act(current_actor()) as act:
                accounts.change_own_password(act, hashed, row.id)
            flash(gettext("The password is changed. You are logged out everywhere else."), "done")
            return redirect(url_for("frame.home.start" if given else "admin.own.show"), 303)
    return make_response(render_template("admin/own_password.html", form=form, given=given), form.status)


def _chosen(form: Form) -> str:
    """The new password, when the present one was given with it and it may be chosen; FormRefused otherwise."""
    present, chosen, again = (form.value(name)[: passwords.LONGEST + 1] for name in ("present", "password", "again"))
    about = (current_user.email, current_user.full_name)
    form.checked("password", lambda: passwords.check(chosen, about))
    if chosen == present:
        form.refuse("password", gettext("This is the password you have. Choose another."))
    if chosen != again:
        form.refuse("again", gettext("This is not what you typed above. Type it twice alike."))
    form.check()
    check_own_password(present)
    return chosen
