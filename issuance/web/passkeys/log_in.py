"""Logging in with a passkey: no address is typed, and no lock that strangers caused keeps its owner out."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security.utils import login_user, validate_redirect_url

from issuance.models.staff import Passkey
from issuance.services.passkeys import ceremony, keys
from issuance.web.frame.auth import logging_in, may_work
from issuance.web.frame.current import current_office
from issuance.web.frame.login import BY_PASSKEY, record_failure
from issuance.web.passkeys import parts

blueprint = Blueprint("log_in", __name__, url_prefix="/login/passkey")


@blueprint.post("/asked")
@logging_in
def ask() -> Response:
    """What the browser is to sign with whichever key it has, as JSON."""
    options = ceremony.to_log_in(parts.site(), parts.ask(current_office().clock))
    return Response(options, mimetype="application/json")


@blueprint.post("")
@logging_in
def prove() -> ResponseReturnValue:
    """Open a session for the owner of the key that signed; the same sentence for every other answer."""
    office, found = current_office(), _proved(request.form.get("credential", ""))
    if found is None or not may_work(found.account, office.clock.today()):
        record_failure(office, found.account if found else None)
        return make_response(render_template("passkeys/refused.html"), 401)
    login_user(found.account, authn_via=[BY_PASSKEY])
    wanted = request.form.get("next", "")
    return redirect(wanted if wanted and validate_redirect_url(wanted) else url_for("frame.home.start"), 303)


def _proved(answer: str) -> Passkey | None:
    """The passkey that signed the challenge of this browser, which is spent by it."""
    office, asked = current_office(), parts.asked(current_office().clock)
    if asked is None:
        return None
    with office.reading() as look:
        key = keys.find(look, ceremony.credential_of(answer))
    count = ceremony.proved(parts.site(), answer, asked.challenge, key) if key else None
    if key is None or count is None:
        return None
    with office.upkeep() as look:
        return key if keys.spend(look, key, count, asked.at) else None
