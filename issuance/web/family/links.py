"""The family of a person: who belongs to it on what evidence, and their cases together."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.models.staff import RoleName
from issuance.services.persons import family
from issuance.services.persons.family import Said
from issuance.web.case import access
from issuance.web.case.access import acting
from issuance.web.case.card import card
from issuance.web.case.families import SOURCES, TIES, WHY_ENDED, cases_together, members, next_ready
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form, options

blueprint = Blueprint("links", __name__, url_prefix="/cases/<uuid:request_id>/family")


@blueprint.get("")
@allow(RoleName.CLERK)
def show(request_id: UUID) -> ResponseReturnValue:
    """The family of the person of this case, and all their requests. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id)


@blueprint.post("")
@allow(RoleName.CLERK)
def link(request_id: UUID) -> ResponseReturnValue:
    """Say who belongs to the family: a person of the register, by reference or document number."""
    form = Form.sent()
    with form.catch():
        code = form.text("relative", limit=40)
        said = _said(form)
        with acting(form, request_id, None) as (act, found):
            family.link(act, found, family.person_of(act, code), said)
        return _done(request_id, gettext("The link is recorded."))
    return _page(request_id, link=form)


def _said(form: Form) -> Said:
    return Said(
        tie=form.choice("tie", TIES),
        source=form.choice("source", SOURCES),
        evidence=form.text("evidence"),
        from_day=form.date("from_day", required=False),
    )


@blueprint.post("/<uuid:link_id>/end")
@allow(RoleName.CLERK)
def unlink(request_id: UUID, link_id: UUID) -> ResponseReturnValue:
    """The link ended, or never was."""
    form = Form.sent()
    with form.catch():
        because, on = form.choice("because", WHY_ENDED), form.date("to_day")
        with acting(form, request_id, None) as (act, found):
            assert on is not None
            family.unlink(act, found, family.link_of(act, found, link_id), because, on)
        return _done(request_id, gettext("The link has ended. It is kept."))
    return _page(request_id, **{f"end-{link_id}": form})


def _done(request_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("family.links.show", request_id=request_id), 303)


def _page(request_id: UUID, **sent: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, found):
        family_of, together = members(look, found.person), cases_together(look, found.person)
        ending = {f"end-{member.link.id}": Form() for member in family_of}
        page = render_template(
            "family/links.html",
            case=found,
            card=card(look, found),
            family=family_of,
            together=together,
            next_ready=next_ready(look, together),
            forms={"link": Form()} | ending | sent,
            ties=options(TIES.items()),
            sources=options(SOURCES.items()),
            source_words=SOURCES,
            why_ended=options(WHY_ENDED.items()),
            why_words=WHY_ENDED,
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))
