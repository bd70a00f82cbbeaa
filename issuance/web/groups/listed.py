"""The groups of a centre, and the list by which a new one is made."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act
from issuance.models.files import ImportedFile
from issuance.models.staff import RoleName
from issuance.services.groups import lists, stages
from issuance.services.groups.lists import SENDERS, Wanted
from issuance.services.imports import files
from issuance.web import brought
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue
from issuance.web.groups import words
from issuance.web.groups.parts import SEEN_BY

blueprint = Blueprint("listed", __name__, url_prefix="/groups")

QUEUES = (Queue(lazy_gettext("Groups"), "groups.listed.listed", SEEN_BY, lists.count_open, group=Group.REQUESTS),)


@blueprint.get("")
@allow(*SEEN_BY)
def listed() -> str:
    """The groups of the centre and how far each is, the newest first."""
    with current_office().reading(current_actor()) as look:
        found = lists.listed(look, _before())
        rows, more = found[: lists.PAGE_ROWS], found[lists.PAGE_ROWS :]
        counts = stages.counts(look, [row for row in rows if row.closed_at is None])
        return render_template(
            "groups/listed.html",
            rows=rows,
            counts=counts,
            stages=words.STAGES,
            senders=words.SENDERS,
            brings=RoleName.SUPERVISOR in look.actor.roles,
            following=url_for("groups.listed.listed", before=rows[-1].id) if more else "",
        )


def _before() -> UUID | None:
    try:
        return UUID(request.args["before"])
    except (KeyError, ValueError):
        return None


@blueprint.route("/new", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR, body=UPLOAD_BYTES)
def bring() -> ResponseReturnValue:
    """Bring the list of a group: what the sender says of it, and the file, which is checked in the background."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            wanted, data = _wanted(form), form.file("file")
            form.check()
            return _bring(wanted, data)
    page = render_template("groups/bring.html", form=form, group=None, senders=options(words.SENDERS.items()))
    return make_response(page, form.status)


def _wanted(form: Form) -> Wanted:
    return Wanted(
        name=form.text("name", limit=60),
        origin=form.text("origin", limit=100),
        sender=form.choice("sender", SENDERS),
        sender_number=form.text("sender_number", limit=40),
        expected_on=form.date("expected_on") or dt.date.min,
    )


def _bring(wanted: Wanted, data: bytes) -> ResponseReturnValue:
    """The file is read outside any transaction; the very file that was brought before is shown."""
    prepared = files.prepare(current_office().vault, data)

    def keep(act: Act) -> ImportedFile:
        return lists.files_of(act, lists.bring(act, wanted, prepared))[0]

    file_id = brought.bring(keep)
    if file_id == prepared.file_id:
        flash(gettext("The group is made. Its list is checked; lodge the good lines when that is done."), "done")
    return redirect(url_for("imports.files.show", file_id=file_id), 303)


@blueprint.route("/<uuid:group_id>/list", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR, body=UPLOAD_BYTES)
def add(group_id: UUID) -> ResponseReturnValue:
    """Bring another file for a group: mended lines, or who was added to the list."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            data = form.file("file")
            form.check()
            return redirect(url_for("imports.files.show", file_id=_add(group_id, data)), 303)
    with current_office().reading(current_actor()) as look:
        page = render_template("groups/bring.html", form=form, group=lists.own(look, group_id), senders=[])
    return make_response(page, form.status)


def _add(group_id: UUID, data: bytes) -> UUID:
    prepared = files.prepare(current_office().vault, data)
    return brought.bring(lambda act: lists.add(act, lists.own(act, group_id), prepared))
