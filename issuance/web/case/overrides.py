"""Two pages of the only door out of kept-apart duties: somebody barred asks, a second person gives leave."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.errors import NotFound
from issuance.models.duties import DutyName
from issuance.models.requests import IssuanceRequest
from issuance.services import centres, duties
from issuance.services.casework import overrides
from issuance.services.casework.overrides import GIVERS, ROLES
from issuance.values import references
from issuance.web.case import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.duties import duty_word

blueprint = Blueprint("overrides", __name__)


def _count(look: Look) -> int:
    return len(overrides.asked(look))


QUEUES = (Queue(lazy_gettext("Overrides asked for"), "case.overrides.asked", GIVERS, _count, group=Group.FOLLOW_UP),)


@blueprint.route("/cases/<uuid:request_id>/override/<duty>", methods=["GET", "POST"])
@allow(*ROLES.values())
def ask(request_id: UUID, duty: str) -> ResponseReturnValue:
    """Ask to do a duty that another of one's own excludes. The page names the case by its reference alone."""
    form, wanted = Form.sent(), _duty(duty)
    if request.method == "POST":
        with form.catch():
            why = form.text("why", limit=500, lines=True)
            form.check()
            with current_office().act(current_actor()) as act:
                overrides.ask(act, _own(act, request_id), wanted, why)
            flash(gettext("Asked. A colleague gives it under Overrides asked for; then do it."), "done")
            return redirect(url_for("frame.home.start"), 303)
    with current_office().reading(current_actor()) as look:
        task = overrides.task_of(look, _own(look, request_id), wanted)
        barred = duties.hindrance(look, task)
        page = render_template(
            "case/override.html",
            form=form,
            case=task.request,
            duty=wanted,
            reference=references.grouped(task.request.reference),
            document=card.type_title(task.request.document_type),
            barred=sentence(barred) if barred else "",
            is_asked=overrides.is_asked(look, task),
            from_a_distance=gettext(overrides.FROM_A_DISTANCE) if look.actor.remote else "",
        )
    return make_response(page, form.status)


def _duty(name: str) -> DutyName:
    if name not in ROLES:
        raise NotFound("There is no such duty. Go back to the page you came from.")
    return DutyName(name)


def _own(look: Look, request_id: UUID) -> IssuanceRequest:
    case = look.session.get(IssuanceRequest, request_id)
    if case is None:
        raise NotFound("There is no such case. Search for it by reference or name.")
    centres.check_own(look, case)
    return case


@blueprint.get("/overrides")
@allow(*GIVERS)
def asked() -> ResponseReturnValue:
    """What colleagues of the centre asked for and nobody gave yet."""
    return _listed()


@blueprint.post("/overrides/<uuid:override_id>/give")
@allow(*GIVERS)
def give(override_id: UUID) -> ResponseReturnValue:
    """Give leave for one duty on one document, as the second person present."""
    form = Form.sent()
    with form.catch():
        reason = form.text("reason", limit=500, lines=True)
        form.check()
        with current_office().act(current_actor()) as act:
            overrides.give(act, overrides.own(act, override_id), reason)
        flash(gettext("Given, for this document and this duty alone. A supervisor closes it."), "done")
        return redirect(url_for("case.overrides.asked"), 303)
    return _listed(form, override_id)


def _listed(form: Form | None = None, about: UUID | None = None) -> ResponseReturnValue:
    """The list; `form` is what was just refused, about the override named."""
    with current_office().reading(current_actor()) as look:
        found = overrides.asked(look)
        page = render_template(
            "case/overrides.html",
            rows=found,
            forms={each.id: form if form and each.id == about else Form() for each in found},
            refused=form,
            actor=look.actor,
            duty_word=duty_word,
        )
    return make_response(page, form.status if form else 200)
