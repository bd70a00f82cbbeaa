"""Who acts for a person: mandates given and ended, and the children who have no guardian yet."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.law.persons.families import families
from issuance.models.staff import RoleName
from issuance.services.mandates import giving
from issuance.services.mandates.asking import SCOPES
from issuance.services.mandates.giving import Given
from issuance.services.persons import guardians
from issuance.web.case import access
from issuance.web.case.access import acting
from issuance.web.case.families import MANDATE_KINDS
from issuance.web.family.mandate_page import GRANTORS, WHY_ENDED, WHY_NO_GUARDIAN, done, page
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("mandates", __name__)

KEEPERS = (RoleName.CLERK, RoleName.SUPERVISOR)
QUEUES = (
    Queue(
        lazy_gettext("Children without guardian"),
        "family.mandates.listed",
        KEEPERS,
        guardians.count,
        urgent=True,
        group=Group.FOLLOW_UP,
    ),
)


@blueprint.get("/children")
@allow(*KEEPERS)
def listed() -> str:
    """The children of the centre who have no guardian, those whose 24 hours end first ahead."""
    with current_office().reading(current_actor()) as look:
        rows = guardians.waiting(look)
        return render_template(
            "family/children.html", rows=rows, now=look.clock.now(), term=families().guardian, language=language()
        )


@blueprint.get("/cases/<uuid:request_id>/mandates")
@allow(RoleName.CLERK)
def show(request_id: UUID) -> ResponseReturnValue:
    """Who acts for the person of this case. The opening is recorded."""
    access.open_case(request_id)
    return page(request_id)


@blueprint.post("/cases/<uuid:request_id>/mandates")
@allow(RoleName.CLERK)
def give(request_id: UUID) -> ResponseReturnValue:
    """Record who acts for the person."""
    form = Form.sent()
    with form.catch():
        given = Given(
            kind=form.choice("kind", MANDATE_KINDS),
            holder=form.text("holder", required=False),
            relation=form.text("relation", limit=100),
            scopes=form.choices("scopes", SCOPES),
            evidence=form.text("evidence"),
            from_day=form.date("from_day", required=False),
            to_day=form.date("to_day", required=False),
            granted_by=form.choice("granted_by", GRANTORS),
            body_id=form.id("body"),
        )
        with acting(form, request_id, None) as (act, found):
            giving.give(act, found, given)
        return done(request_id, gettext("The mandate is recorded."))
    return page(request_id, give=form)


@blueprint.post("/cases/<uuid:request_id>/mandates/<uuid:mandate_id>/end")
@allow(RoleName.CLERK)
def end(request_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """The mandate ends now."""
    form = Form.sent()
    with form.catch():
        because = form.choice("because", WHY_ENDED)
        with acting(form, request_id, None) as (act, found):
            giving.end(act, found, giving.mandate_of(act, found, mandate_id), because)
        return done(request_id, gettext("The mandate has ended. It is kept."))
    return page(request_id, act=form)


@blueprint.post("/cases/<uuid:request_id>/guardian/referred")
@allow(RoleName.CLERK)
def refer(request_id: UUID) -> ResponseReturnValue:
    """The referral was given to child protection."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id, None) as (act, found):
            guardians.refer(act, found)
        return done(request_id, gettext("Noted. Record the guardian when one is appointed."))
    return page(request_id, give=form)


@blueprint.post("/cases/<uuid:request_id>/guardian/no-longer")
@allow(RoleName.CLERK)
def stop_waiting(request_id: UUID) -> ResponseReturnValue:
    """The child needs no guardian any more."""
    form = Form.sent()
    with form.catch():
        because = form.choice("because", WHY_NO_GUARDIAN)
        with acting(form, request_id, None) as (act, found):
            guardians.stop_waiting(act, found, because)
        return done(request_id, gettext("Noted. The child does not wait for a guardian any more."))
    return page(request_id, stop=form)
