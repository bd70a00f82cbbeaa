"""Case handling's files of a centre: brought, checked, lodged in the background; refused lines to be mended (ADR 0059).

A person says what is lodged, and may pause or stop it; the page shows how far it is.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act
from issuance.background import enqueue
from issuance.models.files import ImportedFile, LineOutcome
from issuance.models.staff import RoleName
from issuance.services.imports import files
from issuance.services.imports.reading import COLUMNS, OPTIONAL
from issuance.web import brought, lines
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Group, Queue
from issuance.web.pressed import press

blueprint = Blueprint("files", __name__, url_prefix="/imports")


QUEUES = (
    Queue(
        lazy_gettext("Case handling's files"),
        "imports.files.listed",
        (RoleName.SUPERVISOR,),
        files.count_waiting,
        group=Group.REQUESTS,
    ),
)


@blueprint.route("/", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR, body=UPLOAD_BYTES)
def listed() -> ResponseReturnValue:
    """The files of the centre, and a form to bring one; it is checked in the background, and nothing is lodged yet."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            data = form.file("file")
            form.check()
            return redirect(_shown(_bring(data)), 303)
    with current_office().reading(current_actor()) as look:
        rows = files.listed(look, look.actor.centre_id, _before())
    rows, more = rows[: files.PAGE_ROWS], rows[files.PAGE_ROWS :]
    following = url_for("imports.files.listed", before=rows[-1].id) if more else ""
    page = render_template("imports/listed.html", form=form, rows=rows, following=following)
    return make_response(page, form.status)


def _before() -> UUID | None:
    try:
        return UUID(request.args["before"])
    except (KeyError, ValueError):
        return None


def _shown(file_id: UUID) -> str:
    return url_for("imports.files.show", file_id=file_id)


def _bring(data: bytes) -> UUID:
    """Keep a file and have it checked."""
    prepared = files.prepare(current_office().vault, data)

    def keep(act: Act) -> ImportedFile:
        file = files.bring(act, prepared)
        enqueue(act.session, files.CHECK, clock=act.clock, file_id=str(file.id))
        return file

    return brought.bring(keep)


@blueprint.get("/<uuid:file_id>")
@allow(RoleName.SUPERVISOR)
def show(file_id: UUID) -> str:
    """How far a file is, what is refused line by line, and what can be done now."""
    with current_office().reading(current_actor()) as look:
        file = files.own(look, file_id)
        refused, following = brought.refused(look, file_id)
        return render_template(
            "imports/file.html",
            file=file,
            refused=refused,
            following=following,
            moves=file.state in brought.MOVING,
            left=file.lines - file.known - file.refused - file.alike,
            sentence=sentence,
        )


@blueprint.post("/<uuid:file_id>/lodge")
@allow(RoleName.SUPERVISOR)
def lodge(file_id: UUID) -> ResponseReturnValue:
    """Lodge the good lines of a file, or go on with it; whoever says so answers for its requests."""
    return _moved(file_id, _begin, gettext("The good lines are lodged in the background. You may leave this page."))


def _begin(act: Act, file_id: UUID) -> None:
    files.begin_lodging(act, file_id)
    enqueue(act.session, files.LODGE, clock=act.clock, file_id=str(file_id))


@blueprint.post("/<uuid:file_id>/pause")
@allow(RoleName.SUPERVISOR)
def pause(file_id: UUID) -> ResponseReturnValue:
    """Lodge nothing more until somebody goes on."""
    return _moved(file_id, files.pause, gettext("Paused. What is lodged stays lodged."))


@blueprint.post("/<uuid:file_id>/stop")
@allow(RoleName.SUPERVISOR)
def stop(file_id: UUID) -> ResponseReturnValue:
    """Lodge nothing more of this file, ever."""
    return _moved(file_id, files.stop, gettext("Stopped. What is lodged stays lodged; the rest is deleted."))


def _moved(file_id: UUID, move: Callable[[Act, UUID], None], said: str) -> ResponseReturnValue:
    def of_the_centre(act: Act) -> None:
        files.own(act, file_id)
        move(act, file_id)

    return press(of_the_centre, said, _shown(file_id))


@blueprint.get("/<uuid:file_id>/refused.csv")
@allow(RoleName.SUPERVISOR)
def refused(file_id: UUID) -> Response:
    """The refused lines as a file of case handling, each with what to do: to be mended and brought again."""
    with current_office().act(current_actor()) as act:
        file = files.own(act, file_id)
        act.record("file.refused_taken", file, count=file.refused)
    return lines.as_file(file, COLUMNS, OPTIONAL, [LineOutcome.REFUSED])
