"""Files of documents of before: one administrator brings a file and sees it checked, another one agrees (ADR 0096)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.legacy import files
from issuance.services.legacy.entries import COLUMNS
from issuance.web import lines
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("files", __name__, url_prefix="/legacy")

QUEUES = (
    Queue(
        lazy_gettext("Documents of before"),
        "legacy.files.listed",
        (RoleName.ADMINISTRATOR,),
        files.count_waiting,
        group=Group.OFFICE,
    ),
)


@blueprint.route("", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR, body=UPLOAD_BYTES)
def listed() -> ResponseReturnValue:
    """The files, and a form to bring one; it is checked in the background, and nothing is kept yet."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            data = form.file("file")
            form.check()
            return redirect(_shown(_bring(data)), 303)
    with current_office().reading(current_actor()) as look:
        page = render_template("legacy/listed.html", form=form, rows=files.listed(look), columns=COLUMNS)
    return make_response(page, form.status)


def _bring(data: bytes) -> UUID:
    """Keep a file and have it checked."""
    brought = files.prepare(current_office().vault, data)
    return lines.bring(lambda act: files.bring(act, brought))


@blueprint.get("/<uuid:file_id>")
@allow(RoleName.ADMINISTRATOR)
def show(file_id: UUID) -> ResponseReturnValue:
    """How far a file is, what is refused line by line, and what can be done now."""
    return _page(file_id, Form())


@blueprint.post("/<uuid:file_id>/agree")
@allow(RoleName.ADMINISTRATOR)
def agree(file_id: UUID) -> ResponseReturnValue:
    """A second administrator agrees: the good lines are kept."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            files.agree(act, file_id, without_refused=form.ticked("without_refused"))
        flash(gettext("Agreed. The documents are taken over in the background. You may leave this page."), "done")
        return redirect(_shown(file_id), 303)
    return _page(file_id, form)


@blueprint.post("/<uuid:file_id>/stop")
@allow(RoleName.ADMINISTRATOR)
def stop(file_id: UUID) -> ResponseReturnValue:
    """Keep nothing more of this file, ever."""
    said, back = gettext("Stopped. What is taken over stays; the rest is deleted."), _shown(file_id)
    return lines.move(lambda act: files.stop(act, file_id), said, back)


def _shown(file_id: UUID) -> str:
    return url_for("legacy.files.show", file_id=file_id)


def _page(file_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        file = files.opened(look, file_id)
        refused, following = lines.refused(look, file_id)
        page = render_template(
            "legacy/file.html",
            form=form,
            file=file,
            refused=[(each.line, each.error.field or "", each.error) for each in refused],
            following=following,
            moves=file.state in lines.MOVING,
            left=file.lines - file.known - file.refused,
            is_own=file.brought_by == look.actor.id,
            sentence=sentence,
        )
    return make_response(page, form.status)
