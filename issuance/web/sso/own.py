"""Connecting one's own account with the office's identity provider, and taking that away."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from issuance.errors import Conflict
from issuance.law.office.roles import Deed
from issuance.services.passkeys import keys
from issuance.services.sso import identities
from issuance.services.trust import accounts
from issuance.web.frame import sessions as browser
from issuance.web.frame.auth import ANY_ROLE, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.login import check_own_password
from issuance.web.sso import provider

blueprint = Blueprint("own", __name__, url_prefix="/account/office")

ASKED = "provider_asked"
"""In the session: its owner proved themselves and may go to the provider, once."""

WITHIN_SECONDS = 600


@blueprint.get("")
@allow(*ANY_ROLE)
def show() -> Response:
    """Whether one's account is connected, and what to do about it."""
    return _page(Form())


@blueprint.post("")
@allow(*ANY_ROLE, fresh=Deed.KEYS)
def change() -> ResponseReturnValue:
    """With one's present password: take the connection away, or go on to the provider."""
    form = Form.sent()
    with form.catch():
        check_own_password(form.value("present"))
        _check_session()
        if form.value("what") == "disconnect":
            _disconnect()
            return redirect(url_for("sso.own.show"), 303)
        session[ASKED] = current_office().clock.now().timestamp()
        return redirect(url_for("sso.own.show"), 303)
    return _page(form)


def _check_session() -> None:
    """A password replaces no passkey: who has one connects and disconnects in a session that it opened."""
    row = browser.current().row
    with current_office().reading(current_actor()) as look:
        keys.check_may_change(look, by_passkey=bool(row and row.by_passkey))


def _disconnect() -> None:
    row = browser.current().row
    with current_office().act(current_actor()) as act:
        accounts.disconnect_provider(act, besides=row.id if row else None)
    flash(gettext("The connection is taken away."), "done")


@blueprint.get("/ask")
@allow(*ANY_ROLE)
def ask() -> ResponseReturnValue:
    """Go to the identity provider, right after the password was given."""
    if not provider.is_there():
        abort(404)
    if not _may_connect():
        return redirect(url_for("sso.own.show"), 303)
    return provider.send(url_for("sso.own.back", _external=True))


@blueprint.get("/back")
@allow(*ANY_ROLE)
def back() -> ResponseReturnValue:
    """The person that the provider says is there is whose account this is."""
    if not provider.is_there():
        abort(404)
    may = _may_connect()
    session.pop(ASKED, None)
    if not may:
        raise Conflict("Nobody asked for this connection here, or it took too long. Begin again.")
    proved, row = provider.proved(), browser.current().row
    with current_office().act(current_actor()) as act:
        identities.connect(act, proved.who, row.id if row else None)
    flash(gettext("Your account is connected: from now on you can log in there."), "done")
    return redirect(url_for("sso.own.show"), 303)


def _may_connect() -> bool:
    asked = session.get(ASKED)
    return asked is not None and 0 <= current_office().clock.now().timestamp() - asked <= WITHIN_SECONDS


def _page(form: Form) -> Response:
    if not provider.is_there():
        abort(404)
    with current_office().reading(current_actor()) as look:
        shown = render_template(
            "sso/own.html",
            form=form,
            identity=identities.of_account(look, current_user.id),
            name=current_office().settings.oidc_name,
            goes_on=_may_connect(),
        )
    return make_response(shown, form.status)
