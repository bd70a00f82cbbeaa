"""Who acts for a person: mandates given and ended, and the children who have no guardian yet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.law.families import families, mandate_kinds
from issuance.models.staff import RoleName
from issuance.services.persons import guardians, mandates
from issuance.services.persons.mandates import SCOPES, Given
from issuance.web.case import access
from issuance.web.case.access import acting
from issuance.web.case.card import card
from issuance.web.case.families import MANDATE_KINDS
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
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
SCOPE_WORDS: dict[str, Any] = {
    "see_status": lazy_gettext("ask how far it is"),
    "receive_notices": lazy_gettext("receive notices"),
    "collect": lazy_gettext("be present when a minor collects"),
    "sign": lazy_gettext("sign"),
    "see_file": lazy_gettext("see the file"),
}
WHY_ENDED: dict[str, Any] = {
    "family_found": lazy_gettext("A parent or responsible adult was found"),
    "of_age": lazy_gettext("The person is of age"),
    "mistaken": lazy_gettext("The child never was alone"),
}


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
    return _page(request_id)


@blueprint.post("/cases/<uuid:request_id>/mandates")
@allow(RoleName.CLERK)
def give(request_id: UUID) -> ResponseReturnValue:
    """Record who acts for the person."""
    form = Form.sent()
    with form.catch():
        given = Given(
            kind=form.choice("kind", MANDATE_KINDS),
            holder=form.text("holder"),
            relation=form.text("relation", limit=100),
            scopes=form.choices("scopes", SCOPES),
            evidence=form.text("evidence"),
            from_day=form.date("from_day", required=False),
            to_day=form.date("to_day", required=False),
        )
        with acting(form, request_id, None) as (act, found):
            mandates.give(act, found, given)
        return _done(request_id, gettext("The mandate is recorded."))
    return _page(request_id, give=form)


@blueprint.post("/cases/<uuid:request_id>/mandates/<uuid:mandate_id>/end")
@allow(RoleName.CLERK)
def end(request_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """The mandate ends now."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id, None) as (act, found):
            mandates.end(act, found, mandates.mandate_of(act, found, mandate_id))
        return _done(request_id, gettext("The mandate has ended. It is kept."))
    return _page(request_id, give=form)


@blueprint.post("/cases/<uuid:request_id>/guardian/referred")
@allow(RoleName.CLERK)
def refer(request_id: UUID) -> ResponseReturnValue:
    """The referral was given to child protection."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id, None) as (act, found):
            guardians.refer(act, found)
        return _done(request_id, gettext("Noted. Record the guardian when one is appointed."))
    return _page(request_id, give=form)


@blueprint.post("/cases/<uuid:request_id>/guardian/no-longer")
@allow(RoleName.CLERK)
def stop_waiting(request_id: UUID) -> ResponseReturnValue:
    """The child needs no guardian any more."""
    form = Form.sent()
    with form.catch():
        because = form.choice("because", WHY_ENDED)
        with acting(form, request_id, None) as (act, found):
            guardians.stop_waiting(act, found, because)
        return _done(request_id, gettext("Noted. The child does not wait for a guardian any more."))
    return _page(request_id, stop=form)


def _done(request_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("family.mandates.show", request_id=request_id), 303)


def _page(request_id: UUID, **sent: Form) -> ResponseReturnValue:
    usual = {"scopes": list(mandate_kinds()["guardian"].scopes)}
    with access.looking(request_id) as (look, found):
        page = render_template(
            "family/mandates.html",
            case=found,
            card=card(look, found),
            rows=mandates.of(look, found.person),
            today=look.clock.today(),
            lone_child=guardians.waiting_for(look, found.person),
            now=look.clock.now(),
            term=families().guardian,
            language=language(),
            forms={"give": Form(usual), "stop": Form()} | sent,
            kinds=options(MANDATE_KINDS.items()),
            kind_words=MANDATE_KINDS,
            scopes=options(SCOPE_WORDS.items()),
            scope_words=SCOPE_WORDS,
            why_ended=options(WHY_ENDED.items()),
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))
