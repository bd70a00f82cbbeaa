"""What nobody collects: the list of the centre, and the vault, the window and the bin for each document."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.life import collection
from issuance.services.life.collection import LONGEST_PLACE
from issuance.services.production import documents
from issuance.web.case import access, card
from issuance.web.case.access import acting, done
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("uncollected", __name__)

KEEPERS = (RoleName.CLERK, RoleName.SUPERVISOR)
QUEUES = (
    Queue(lazy_gettext("Not collected"), "desk.uncollected.listed", KEEPERS, collection.count, group=Group.FOLLOW_UP),
)


@blueprint.get("/uncollected")
@allow(*KEEPERS)
def listed() -> str:
    """Documents of the centre that wait longer than their type's rules say."""
    with current_office().reading(current_actor()) as look:
        rows = [(row, collection.dates(look, row)) for row in collection.listed(look)]
        return render_template("desk/uncollected.html", rows=rows, today=look.clock.today())


@blueprint.get("/cases/<uuid:request_id>/uncollected")
@allow(*KEEPERS)
def show(request_id: UUID) -> ResponseReturnValue:
    """One of them: where it lies, and what may be done with it today. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id)


@blueprint.post("/cases/<uuid:request_id>/uncollected/vault")
@allow(*KEEPERS)
def vault(request_id: UUID) -> ResponseReturnValue:
    """It lies in the vault now, and where."""
    form = Form.sent()
    with form.catch():
        place = form.text("place", limit=LONGEST_PLACE)
        with acting(form, request_id) as (act, found):
            collection.vault(act, found, place)
        flash(gettext("Noted where it lies."), "done")
        return redirect(url_for("desk.uncollected.listed"), 303)
    return _page(request_id, form)


@blueprint.post("/cases/<uuid:request_id>/uncollected/back")
@allow(*KEEPERS)
def back(request_id: UUID) -> ResponseReturnValue:
    """The holder came: it lies at the window again."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id) as (act, found):
            collection.bring_back(act, found)
        return done(request_id, gettext("It is ready again. Hand it over now."))
    return _page(request_id, form)


@blueprint.post("/cases/<uuid:request_id>/uncollected/discard")
@allow(*KEEPERS)
def discard(request_id: UUID) -> ResponseReturnValue:
    """Nobody came in time: it goes into the bin, and its request is closed."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id) as (act, found):
            collection.discard(act, found)
        flash(gettext("It is void. Put it into the bin: two persons destroy it."), "done")
        return redirect(url_for("desk.uncollected.listed"), 303)
    return _page(request_id, form)


def _page(request_id: UUID, form: Form | None = None) -> ResponseReturnValue:
    with access.looking(request_id) as (look, found):
        row, form = collection.opened(look, found), form or Form()
        form.values["version"] = found.version
        dates = collection.dates(look, row) if row else None
        page = render_template(
            "desk/uncollected_one.html",
            case=found,
            card=card.card(look, found),
            form=form,
            row=row,
            document=documents.newest(look, found),
            dates=dates,
            term=dates.rules.text.text(language()) if dates else "",
            article=dates.rules.legal_basis.text(language()) if dates else "",
            today=look.clock.today(),
            longest=LONGEST_PLACE,
        )
    return make_response(page, form.status)
