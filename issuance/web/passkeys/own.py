"""One's own passkeys: add one with the present password, remove one."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from issuance.errors import InvalidInput
from issuance.services.passkeys import ceremony, keys
from issuance.web.frame import sessions as browser
from issuance.web.frame.auth import ANY_ROLE, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.login import check_own_password
from issuance.web.passkeys import parts

blueprint = Blueprint("own", __name__, url_prefix="/account/passkeys")


@blueprint.get("")
@allow(*ANY_ROLE)
def show() -> Response:
    """One's passkeys, and the form for another."""
    return _page(Form())


@blueprint.post("/asked")
@allow(*ANY_ROLE)
def ask() -> ResponseReturnValue:
    """What the browser is to make a key of, as JSON."""
    office = current_office()
    with office.reading(current_actor()) as look:
        keys.check_may_change(look, by_passkey=_by_passkey())
        known = keys.of_account(look, current_user.id)
    options = ceremony.to_add(parts.site(), current_user, known, parts.ask(office.clock))
    return Response(options, mimetype="application/json")


@blueprint.post("")
@allow(*ANY_ROLE)
def add() -> ResponseReturnValue:
    """Keep the key that the browser made."""
    form, office, asked = Form.sent(), current_office(), parts.asked(current_office().clock)
    with form.catch():
        name, present = form.text("name", limit=60), form.value("present")
        answer = form.value("credential")
        form.check()
        check_own_password(present)
        if asked is None:
            raise InvalidInput("credential", "This is not the key that was asked for. Begin again.")
        new = ceremony.added(parts.site(), answer, asked.challenge)
        with office.act(current_actor()) as act:
            keys.check_may_change(act, by_passkey=_by_passkey())
            keys.add(act, name, new)
        flash(gettext("The passkey is added. From now on, log in with it."), "done")
        return redirect(url_for("passkeys.own.show"), 303)
    return _page(form)


@blueprint.get("/<uuid:passkey_id>")
@allow(*ANY_ROLE)
def removing(passkey_id: UUID) -> Response:
    """One of one's passkeys, to be removed."""
    return _one(passkey_id, Form())


@blueprint.post("/<uuid:passkey_id>")
@allow(*ANY_ROLE)
def remove(passkey_id: UUID) -> ResponseReturnValue:
    """Nobody logs in with this one any more."""
    form = Form.sent()
    with form.catch():
        check_own_password(form.value("present"))
        with current_office().act(current_actor()) as act:
            keys.check_may_change(act, by_passkey=_by_passkey())
            keys.end_own(act, passkey_id)
        flash(gettext("The passkey is removed. Nobody logs in with it any more."), "done")
        return redirect(url_for("passkeys.own.show"), 303)
    return _one(passkey_id, form)


def _one(passkey_id: UUID, form: Form) -> Response:
    with current_office().reading(current_actor()) as look:
        shown = render_template("passkeys/remove.html", form=form, key=keys.own(look, passkey_id))
    return make_response(shown, form.status)


def _by_passkey() -> bool:
    """Whether a passkey opened this session."""
    row = browser.current().row
    return bool(row and row.by_passkey)


def _page(form: Form) -> Response:
    office = current_office()
    with office.reading(current_actor()) as look:
        shown = render_template(
            "passkeys/own.html",
            form=form,
            passkeys=keys.of_account(look, current_user.id),
            is_asked=keys.are_asked_of(look.actor.roles, look.clock.today()),
            by_passkey=_by_passkey(),
            must=not office.settings.demo,
        )
    return make_response(shown, form.status)
