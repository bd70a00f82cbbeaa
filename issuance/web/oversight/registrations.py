"""Applications that were registered late, and why (E22)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.law.persons.registration import late_reasons, registration_rules_on
from issuance.models.staff import RoleName
from issuance.services.casework import cases
from issuance.services.persons import registrations
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options, page_number
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.codes import APPLICATION_PLACES

blueprint = Blueprint("registrations", __name__, url_prefix="/oversight/registrations")


def _centre(look: Look) -> UUID | None:
    """The centre whose applications one sees; None for an auditor, who sees all."""
    return None if RoleName.AUDITOR in look.actor.roles else look.actor.centre_id


QUEUES = (Queue(lazy_gettext("Registered late"), "oversight.registrations.late", READERS, group=Group.OVERSIGHT),)


@blueprint.get("")
@allow(*READERS)
def late() -> ResponseReturnValue:
    """Applications that were registered after the term of the law: those without a reason, or with one."""
    return _page()


@blueprint.post("/<uuid:request_id>")
@allow(RoleName.SUPERVISOR)
def explain(request_id: UUID) -> ResponseReturnValue:
    """Say why this one was registered late."""
    form = Form.sent()
    with form.catch():
        because = form.choice("because", late_reasons())
        form.check()
        with current_office().act(current_actor()) as act:
            registrations.explain(act, cases.own_case(act, request_id), because)
        flash(gettext("The reason is recorded."), "done")
        return redirect(url_for("oversight.registrations.late"), 303)
    return _page(form)


def _page(sent: Form | None = None) -> ResponseReturnValue:
    page, form, said = page_number(), sent or Form(), "said" in request.args
    with current_office().reading(current_actor()) as look:
        rows = registrations.late(look, _centre(look), said=said, page=page)
        shown = render_template(
            "oversight/registrations.html",
            rows=[(row, registrations.days_late(row)) for row in rows],
            articles={row.id: registration_rules_on(row.made_on).legal_basis.text(language()) for row in rows},
            reasons=options((code, title.text(language())) for code, title in late_reasons().items()),
            places=APPLICATION_PLACES,
            form=form,
            is_supervisor=RoleName.SUPERVISOR in look.actor.roles,
            chips=_chips(registrations.unexplained(look, _centre(look)), said),
            here={"said": 1} if said else {},
            page=page,
            is_last=len(rows) < registrations.PAGE_ROWS,
        )
    return make_response(shown, form.status)


def _chips(unsaid: int, said: bool) -> list[tuple[str, str, bool, int | None]]:
    """The two lists; only what waits is counted."""
    late = "oversight.registrations.late"
    return [
        (gettext("Without a reason"), url_for(late), not said, unsaid),
        (gettext("With a reason"), url_for(late, said=1), said, None),
    ]
