"""The bodies that act for persons, and the accounts by which they see files: two administrators agree to each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.law.persons.families import body_kinds
from issuance.models.staff import RoleName
from issuance.services.mandates import bodies
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("bodies", __name__, url_prefix="/bodies")

QUEUES = (
    Queue(
        lazy_gettext("Bodies that act"),
        "partners.bodies.listed",
        (RoleName.ADMINISTRATOR,),
        bodies.count_to_agree,
        group=Group.OFFICE,
    ),
)
KINDS: dict[str, Any] = {
    "unhcr": lazy_gettext("Office of UNHCR"),
    "law_firm": lazy_gettext("Law firm"),
    "ngo": lazy_gettext("Organisation (NGO)"),
    "institution": lazy_gettext("Institution"),
    "child_protection": lazy_gettext("Child protection"),
}


@blueprint.get("")
@allow(RoleName.ADMINISTRATOR)
def listed() -> ResponseReturnValue:
    """Every body by name, and a new one."""
    return _list(Form())


@blueprint.post("")
@allow(RoleName.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """A body acts for persons from now on."""
    form = Form.sent()
    with form.catch():
        name, kind = form.text("name", limit=150), form.choice("kind", body_kinds())
        form.check()
        with current_office().act(current_actor()) as act:
            added = bodies.add(act, name, kind).id
        return _done(added, gettext("The body is in the list. Clerks can choose it in mandates."))
    return _list(form)


@blueprint.get("/<uuid:body_id>")
@allow(RoleName.ADMINISTRATOR)
def show(body_id: UUID) -> ResponseReturnValue:
    """One body: its accounts here, and its end."""
    return _one(body_id, Form())


@blueprint.post("/<uuid:body_id>/end")
@allow(RoleName.ADMINISTRATOR)
def end(body_id: UUID) -> ResponseReturnValue:
    """The body acts for nobody any more."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            bodies.end(act, bodies.with_id(act, body_id))
        return _done(body_id, gettext("The body acts for nobody any more. Its accounts see nothing."))
    return _one(body_id, form)


@blueprint.post("/<uuid:body_id>/accounts")
@allow(RoleName.ADMINISTRATOR)
def let_see(body_id: UUID) -> ResponseReturnValue:
    """An account is the body's, once another administrator agreed."""
    form = Form.sent()
    with form.catch():
        email = form.text("email", limit=254)
        form.check()
        with current_office().act(current_actor()) as act:
            bodies.let_see(act, bodies.with_id(act, body_id), email)
        return _done(body_id, gettext("It waits until another administrator agrees."))
    return _one(body_id, form)


@blueprint.post("/<uuid:body_id>/accounts/<uuid:body_account_id>/agree")
@allow(RoleName.ADMINISTRATOR)
def agree(body_id: UUID, body_account_id: UUID) -> ResponseReturnValue:
    """A second administrator agrees."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            bodies.agree(act, bodies.account_of(act, bodies.with_id(act, body_id), body_account_id))
        return _done(body_id, gettext("Agreed. The account sees the files of this body."))
    return _one(body_id, form)


@blueprint.post("/<uuid:body_id>/accounts/<uuid:body_account_id>/take")
@allow(RoleName.ADMINISTRATOR)
def take(body_id: UUID, body_account_id: UUID) -> ResponseReturnValue:
    """The account is not the body's any more."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            bodies.take_away(act, bodies.account_of(act, bodies.with_id(act, body_id), body_account_id))
        return _done(body_id, gettext("The account sees nothing of this body any more."))
    return _one(body_id, form)


def _done(body_id: UUID, said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("partners.bodies.show", body_id=body_id), 303)


def _list(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        page = render_template(
            "partners/bodies.html", form=form, rows=bodies.listed(look), kinds=options(KINDS.items()), words=KINDS
        )
    return make_response(page, form.status)


def _one(body_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        body = bodies.with_id(look, body_id)
        page = render_template(
            "partners/body.html",
            form=form,
            body=body,
            kind=KINDS[body.kind],
            rows=bodies.accounts_of(look, body),
            here=look.actor.centre_id,
            me=look.actor.id,
        )
    return make_response(page, form.status)
