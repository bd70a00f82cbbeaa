"""Suspected forgeries (E26): reported by whoever was shown the document, followed up at that centre."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.document_types.values import Localised
from issuance.law.documents.forgeries import bodies, features
from issuance.models.staff import RoleName
from issuance.services.evidence import scans
from issuance.services.evidence.scans import MOST_BYTES
from issuance.services.public import forgeries
from issuance.services.public.forgeries import Seen
from issuance.web.frame.auth import SCAN_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options, page_number
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("forgeries", __name__, url_prefix="/forgeries")

REPORTERS = (
    *(RoleName.POLICE, RoleName.BORDER_POLICE),
    *(RoleName.CLERK, RoleName.QUALITY_OFFICER, RoleName.SUPERVISOR),
)
IN_THE_RAIL = (RoleName.POLICE, RoleName.BORDER_POLICE, RoleName.QUALITY_OFFICER, RoleName.SUPERVISOR)
"""Clerks come here from the search."""

FOLLOWERS = (RoleName.SUPERVISOR, RoleName.AUDITOR)

QUEUES = (
    Queue(
        lazy_gettext("Suspected forgeries"),
        "border.forgeries.listed",
        FOLLOWERS,
        forgeries.count,
        urgent=True,
        group=Group.OVERSIGHT,
    ),
    Queue(lazy_gettext("Report a forgery"), "border.forgeries.report", IN_THE_RAIL, group=Group.FOLLOW_UP),
)

OUTCOMES = {"forged": lazy_gettext("It is forged"), "genuine": lazy_gettext("It is genuine")}


@blueprint.route("/new", methods=["GET", "POST"])
@allow(*REPORTERS, body=SCAN_BYTES)
def report() -> ResponseReturnValue:
    """What was seen, where, and a picture. A check of a document sends its number here, so that it is typed once."""
    form = Form.sent() if "place" in request.form else Form({"number": request.form.get("number", "")})
    if request.method == "POST" and "place" in request.form:
        with form.catch():
            seen = _seen(form)
            with current_office().act(current_actor()) as act:
                forgeries.report(act, seen)
            flash(gettext("The suspicion is recorded. The supervisor follows it up."), "done")
            return redirect(url_for("border.forgeries.report"), 303)
    page = render_template("border/suspect.html", form=form, features=_words(features()))
    return make_response(page, form.status)


def _seen(form: Form) -> Seen:
    """What the form says; a picture is drawn anew outside any transaction."""
    number, place = form.text("number", limit=200, lines=True), form.text("place")
    found, note = form.choices("features", list(features())), form.text("note", required=False, lines=True)
    withheld = form.choice("withheld", ["yes", "no"])
    name, data = form.file_name("picture"), form.file("picture", required=False, limit=MOST_BYTES)
    form.check()
    clean = scans.clean(data, name, "picture") if data else None
    return Seen(number, place, found, note, withheld == "yes", clean)


@blueprint.get("")
@allow(*FOLLOWERS)
def listed() -> ResponseReturnValue:
    """Those that wait for an answer, or those that have one."""
    page, settled = page_number(), "settled" in request.args
    with current_office().reading(current_actor()) as look:
        rows = forgeries.listed(look, settled=settled, page=page)
        return render_template(
            "border/suspicions.html",
            rows=rows,
            features=features(),
            said=language(),
            outcomes=OUTCOMES,
            here={"settled": 1} if settled else {},
            chips=[
                (gettext("Open"), url_for("border.forgeries.listed"), not settled, None),
                (gettext("Settled"), url_for("border.forgeries.listed", settled=1), settled, None),
            ],
            page=page,
            is_last=len(rows) < forgeries.PAGE_ROWS,
        )


@blueprint.get("/<uuid:suspicion_id>")
@allow(*FOLLOWERS)
def show(suspicion_id: UUID) -> ResponseReturnValue:
    """One suspicion: what was seen, who was told, what came of it. The look is recorded."""
    with current_office().act(current_actor()) as act:
        act.record("forgery.opened", forgeries.opened(act, suspicion_id))
    return _page(suspicion_id, Form())


@blueprint.get("/<uuid:suspicion_id>/picture")
@allow(*FOLLOWERS)
def picture(suspicion_id: UUID) -> ResponseReturnValue:
    """The picture or scan of the document. The look is recorded."""
    with current_office().act(current_actor()) as act:
        row = forgeries.opened(act, suspicion_id)
        data, kind = forgeries.picture(act, row), row.picture_kind
        act.record("forgery.picture_opened", row)
    mime = "application/pdf" if kind == "pdf" else "image/jpeg"
    response = make_response(data)
    response.headers["Content-Type"] = mime
    response.headers["Content-Disposition"] = f'attachment; filename="suspicion.{kind}"'
    return response


@blueprint.post("/<uuid:suspicion_id>/told")
@allow(RoleName.SUPERVISOR)
def tell(suspicion_id: UUID) -> ResponseReturnValue:
    """Record who was told."""
    form = Form.sent()
    with form.catch():
        body, reference = form.choice("body", bodies()), form.text("reference", required=False, limit=60)
        form.check()
        with current_office().act(current_actor()) as act:
            forgeries.tell(act, forgeries.opened(act, suspicion_id), body, reference)
        flash(gettext("Recorded who was told."), "done")
        return redirect(url_for("border.forgeries.show", suspicion_id=suspicion_id), 303)
    return _page(suspicion_id, form)


@blueprint.post("/<uuid:suspicion_id>/outcome")
@allow(RoleName.SUPERVISOR)
def settle(suspicion_id: UUID) -> ResponseReturnValue:
    """Say what it was, and on what paper that rests."""
    form = Form.sent()
    with form.catch():
        outcome, grounds = form.choice("outcome", OUTCOMES), form.text("grounds")
        form.check()
        with current_office().act(current_actor()) as act:
            forgeries.settle(act, forgeries.opened(act, suspicion_id), outcome, grounds)
        flash(gettext("The outcome is recorded."), "done")
        return redirect(url_for("border.forgeries.show", suspicion_id=suspicion_id), 303)
    return _page(suspicion_id, form)


def _page(suspicion_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        row = forgeries.opened(look, suspicion_id)
        page = render_template(
            "border/suspicion.html",
            row=row,
            form=form,
            told=forgeries.told(look, row),
            features=[features()[code].text(language()) for code in row.features.split()],
            bodies=_words(bodies()),
            body_words=bodies(),
            said=language(),
            outcomes=OUTCOMES,
            is_supervisor=RoleName.SUPERVISOR in look.actor.roles,
            is_reporter=row.reported_by == look.actor.id,
        )
    return make_response(page, form.status)


def _words(coded: Mapping[str, Localised]) -> list[tuple[str, str]]:
    return options((code, title.text(language())) for code, title in coded.items())
