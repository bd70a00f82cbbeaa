"""Who is there: a grave act asks again for the passkey, or for a code; what was typed waits (ADR 0109)."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from issuance.errors import InvalidInput
from issuance.services.passkeys import ceremony, keys
from issuance.services.trust import sessions
from issuance.web.frame import sessions as browser
from issuance.web.frame.auth import ANY_ROLE, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.login import check_own_code, record_failure
from issuance.web.passkeys import parts

blueprint = Blueprint("proof", __name__, url_prefix="/account/proof")

OURS = ("csrf_token", "proof-to", "proof-credential", "proof-code")
"""The fields of the page itself; any other is of the form that waits."""

SECRET = "present"  # noqa: S105 - the name of a field
"""A password is in no page: it is typed again."""


@blueprint.post("")
@allow(*ANY_ROLE)
def ask() -> ResponseReturnValue:
    """Ask for the proof, with the form that waits for it. Its files are chosen again."""
    return _page(Form(), request.args.get("to", ""))


@blueprint.post("/asked")
@allow(*ANY_ROLE)
def challenge() -> Response:
    """What the browser is to sign, as JSON."""
    asked = parts.ask(current_office().clock, parts.PROOF_PLACE)
    return Response(ceremony.to_log_in(parts.site(), asked), mimetype="application/json")


@blueprint.post("/given")
@allow(*ANY_ROLE)
def give() -> ResponseReturnValue:
    """Take the proof and send the form on to where it was sent first."""
    form, to = Form.sent(), request.form.get("proof-to", "")
    with form.catch():
        by_passkey = _check(form)
        row = browser.current().row
        assert row is not None
        with current_office().act(current_actor(), while_stopped=True) as act:
            sessions.prove(act, row.id, by_passkey=by_passkey)
        return redirect(_inside(to), 307)
    record_failure(current_office(), current_user)
    return _page(form, to)


def _check(form: Form) -> bool:
    """Whether a passkey proved it, or a code where there is none; InvalidInput when neither did."""
    if not _has_passkey():
        if current_user.tf_totp_secret is None:
            raise InvalidInput(
                "proof-code", "You have neither passkey nor code. Log out, log in again, and add a passkey at once."
            )
        check_own_code(form.value("proof-code"))
        return False
    key = parts.proved(form.value("proof-credential"), parts.PROOF_PLACE)
    if key is None or key.staff_id != current_user.id:
        raise InvalidInput("proof-credential", "This is not a passkey of your account. Use yours.")
    return True


def _has_passkey() -> bool:
    with current_office().reading(current_actor()) as look:
        return bool(keys.of_account(look, current_user.id))


def _inside(to: str) -> str:
    """The address on this site to go on to; the start for any other."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else url_for("frame.home.start")


def _page(form: Form, to: str) -> Response:
    shown = render_template(
        "passkeys/proof.html",
        form=form,
        to=_inside(to),
        waiting=[pair for pair in request.form.items(multi=True) if pair[0] not in (*OURS, SECRET)],
        secret=SECRET in request.form,
        files=any(file.filename for file in request.files.values()),
        by_passkey=_has_passkey(),
    )
    return make_response(shown, max(form.status, 401))
