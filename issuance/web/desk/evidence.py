"""The papers of a case at the desk: sent as scans, ticked as seen, removed while nothing is decided."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.models.staff import RoleName
from issuance.services.evidence import papers, scans
from issuance.services.evidence.scans import MOST_BYTES
from issuance.states import UNDECIDED
from issuance.web.case import access
from issuance.web.case.access import acting
from issuance.web.case.brought import lines, paper_words
from issuance.web.frame.auth import SCAN_BYTES, allow
from issuance.web.frame.forms import Form, options

blueprint = Blueprint("evidence", __name__)


@blueprint.get("/cases/<uuid:request_id>/evidence")
@allow(RoleName.CLERK)
def listed(request_id: UUID) -> ResponseReturnValue:
    """The papers of the case, and the form that sends one. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id, Form())


@blueprint.post("/cases/<uuid:request_id>/evidence")
@allow(RoleName.CLERK, body=SCAN_BYTES)
def attach(request_id: UUID) -> ResponseReturnValue:
    """Keep a scan. It is read and drawn anew first, outside the transaction."""
    form = Form.sent()
    with form.catch():
        code, name = form.text("paper", limit=40), form.file_name("scan")
        data = form.file("scan", limit=MOST_BYTES)
        form.check()
        clean = scans.clean(data, name)
        with acting(form, request_id, None) as (act, case):
            papers.attach(act, case, code, clean)
        return _done(request_id, gettext("The scan is attached."))
    return _page(request_id, form)


@blueprint.post("/cases/<uuid:request_id>/evidence/seen")
@allow(RoleName.CLERK)
def tick(request_id: UUID) -> ResponseReturnValue:
    """The paper itself was seen."""
    form = Form.sent()
    with form.catch():
        code = form.text("paper", limit=40)
        with acting(form, request_id, None) as (act, case):
            papers.tick(act, case, code)
        return _done(request_id, gettext("Ticked: the paper was seen."))
    return _page(request_id, form)


@blueprint.post("/cases/<uuid:request_id>/evidence/<uuid:evidence_id>/remove")
@allow(RoleName.CLERK)
def remove(request_id: UUID, evidence_id: UUID) -> ResponseReturnValue:
    """Take a wrong paper away."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id, None) as (act, case):
            papers.remove(act, case, evidence_id)
        return _done(request_id, gettext("Removed."))
    return _page(request_id, form)


def _done(request_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("desk.evidence.listed", request_id=request_id), 303)


def _page(request_id: UUID, form: Form) -> Response:
    with access.looking(request_id) as (look, case):
        page = render_template(
            "desk/evidence.html",
            form=form,
            case=case,
            lines=lines(look, case),
            papers=options(paper_words(case).items()),
            is_open=case.state in UNDECIDED,
        )
    return make_response(page, form.status)
