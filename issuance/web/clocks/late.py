"""Acts that came after their clock had passed, and why: a supervisor says it, an auditor reads it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select

from issuance.acts import Look
from issuance.law.office.clocks import clocks, reasons
from issuance.models.staff import RoleName
from issuance.services import lateness
from issuance.services.lists import number
from issuance.web.clocks import places
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options, page_number
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("late", __name__, url_prefix="/late")


def _centre(look: Look) -> UUID | None:
    """The centre whose acts one sees; None for an auditor, who sees all."""
    return None if RoleName.AUDITOR in look.actor.roles else look.actor.centre_id


def _count(look: Look) -> Select[int]:
    return lateness.unexplained(_centre(look))


QUEUES = (Queue(lazy_gettext("Done late"), "clocks.late.listed", READERS, _count, group=Group.OVERSIGHT),)


@blueprint.get("")
@allow(*READERS)
def listed() -> ResponseReturnValue:
    """Acts that came late: those without a reason, or with one."""
    return _page()


@blueprint.post("/<uuid:lateness_id>")
@allow(RoleName.SUPERVISOR)
def explain(lateness_id: UUID) -> ResponseReturnValue:
    """Say why this one came late."""
    form = Form.sent()
    with current_office().reading(current_actor()) as look:
        lateness.own(look, lateness_id)
    with form.catch():
        because = form.choice("because", reasons())
        form.check()
        with current_office().act(current_actor()) as act:
            lateness.explain(act, lateness_id, because)
        flash(gettext("The reason is recorded."), "done")
        return redirect(url_for("clocks.late.listed"), 303)
    return _page(form)


def _page(sent: Form | None = None) -> ResponseReturnValue:
    page, form, said = page_number(), sent or Form(), "said" in request.args
    with current_office().reading(current_actor()) as look:
        rows = lateness.listed(look, _centre(look), said=said, page=page)
        shown = render_template(
            "clocks/late.html",
            rows=rows,
            clocks=clocks(),
            reasons=options((code, title.text(language())) for code, title in reasons().items()),
            form=form,
            besides=places.besides(),
            is_supervisor=RoleName.SUPERVISOR in look.actor.roles,
            chips=_chips(number(look, _count(look)), said),
            here={"said": 1} if said else {},
            page=page,
            is_last=len(rows) < lateness.PAGE_ROWS,
            language=language(),
        )
    return make_response(shown, form.status)


def _chips(unsaid: int, said: bool) -> list[tuple[str, str, bool, int | None]]:
    """The two lists; only what waits is counted."""
    return [
        (gettext("Without a reason"), url_for("clocks.late.listed"), not said, unsaid),
        (gettext("With a reason"), url_for("clocks.late.listed", said=1), said, None),
    ]
