"""Logging in at the office's identity provider, and being logged out by it."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security.utils import login_user, validate_redirect_url

from issuance.actors import SYSTEM
from issuance.errors import NotFound
from issuance.services.sso import identities
from issuance.services.trust import accounts, limits
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.values import addresses
from issuance.web.frame.auth import logging_in, may_work, public
from issuance.web.frame.current import current_office
from issuance.web.frame.login import BY_PROVIDER, record_failure
from issuance.web.sso import provider

blueprint = Blueprint("log_in", __name__, url_prefix="/login/office")

NEXT = "provider_next"
MOST_LOGOUTS = 300
"""From one address in a window: a provider logs many out at the end of a day."""


@blueprint.get("")
@logging_in
def ask() -> ResponseReturnValue:
    """Go to the identity provider."""
    if not provider.is_there():
        abort(404)
    session[NEXT] = request.args.get("next", "")
    return _sent()


def _sent() -> ResponseReturnValue:
    try:
        return provider.send(url_for("sso.log_in.back", _external=True))
    except provider.Refused as error:
        return _refused(error)


@blueprint.get("/back")
@logging_in
def back() -> ResponseReturnValue:
    """Open a session for the account that the provider means; the same sentence for every other answer."""
    if not provider.is_there():
        abort(404)
    office, wanted = current_office(), session.pop(NEXT, "")
    try:
        proved = provider.proved()
    except provider.Refused as error:
        record_failure(office, None)
        return _refused(error)
    with office.reading() as look:
        found = identities.find(look, proved.who)
    if found is None or not may_work(found.account, office.clock.today()):
        record_failure(office, found.account if found else None)
        return _refused(None)
    g.provider_sid = proved.sid
    login_user(found.account, authn_via=[BY_PROVIDER])
    return redirect(wanted if wanted and validate_redirect_url(wanted) else url_for("frame.home.start"), 303)


def _refused(error: provider.Refused | None) -> Response:
    return make_response(render_template("sso/refused.html", error=error), 401)


@blueprint.post("/ended")
@public
def ended() -> ResponseReturnValue:
    """The provider says that somebody has logged out there: their sessions that it opened end here."""
    if not provider.is_there():
        abort(404)
    office = current_office()
    try:
        with office.upkeep() as look:
            limits.count(look, Counted("provider", addresses.customer(request.remote_addr or ""), MOST_LOGOUTS))
        proved, at = provider.logged_out(request.form.get("logout_token", ""))
    except TooManyTries:
        abort(429)
    except provider.Refused:
        abort(400)
    with suppress(NotFound), office.act(SYSTEM, while_stopped=True) as act:
        accounts.provider_logged_out(act, proved.who, proved.sid, at)
    return "", 200
