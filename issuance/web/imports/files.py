"""Case handling's files of a centre: brought, checked, lodged in the background; refused lines to be mended (ADR 0059).

A person says what is lodged, and may pause or stop it; the page shows how far it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act
from issuance.background import enqueue
from issuance.models.files import ImportedFile, LineOutcome
from issuance.models.staff import RoleName
from issuance.services.imports import files, kept
from issuance.services.imports.kept import Waiting
from issuance.services.imports.reading import COLUMNS, OPTIONAL, WHAT_TO_DO
from issuance.web import lines
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("files", __name__, url_prefix="/imports")

AT_ONCE = 500
FORMULA = ("=", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute."""

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
    brought = files.prepare(current_office().vault, data)

    def keep(act: Act) -> ImportedFile:
        file = files.bring(act, brought)
        enqueue(act.session, files.CHECK, clock=act.clock, file_id=str(file.id))
        return file

    return lines.bring(keep)


@blueprint.get("/<uuid:file_id>")
@allow(RoleName.SUPERVISOR)
def show(file_id: UUID) -> str:
    """How far a file is, what is refused line by line, and what can be done now."""
    with current_office().reading(current_actor()) as look:
        file = files.own(look, file_id)
        refused, following = lines.refused(look, file_id)
        return render_template(
            "imports/file.html",
            file=file,
            refused=refused,
            following=following,
            moves=file.state in lines.MOVING,
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

    return lines.move(of_the_centre, said, _shown(file_id))


@blueprint.get("/<uuid:file_id>/refused.csv")
@allow(RoleName.SUPERVISOR)
def refused(file_id: UUID) -> Response:
    """The refused lines as a file of case handling, each with what to do: to be mended and brought again."""
    with current_office().act(current_actor()) as act:
        file = files.own(act, file_id)
        act.record("file.refused_taken", file, count=file.refused)
    rows = [_cells(each) for each in _refused(file)]
    name = f"liman-{file.brought_at:%Y-%m-%d}-{file.id.hex[-6:]}.csv"
    return Response(
        _table(rows), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _refused(file: ImportedFile) -> Iterator[Waiting]:
    """Every refused line, in short looks."""
    after, rows = 0, [0]
    while rows:
        with current_office().reading(current_actor()) as look:
            found = kept.waiting(look, file.id, [LineOutcome.REFUSED], after=after, most=AT_ONCE)
            yield from (kept.read(look.vault, row) for row in found)
        rows = [row.line for row in found]
        after = rows[-1] if rows else after


def _cells(each: Waiting) -> dict[str, str]:
    said = {name: each.cells.get(name, "") for name in (*COLUMNS, *OPTIONAL)}
    return {name: _plain(text) for name, text in said.items()} | {WHAT_TO_DO: sentence(each.error)}


def _plain(text: str) -> str:
    """A cell that no spreadsheet computes."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _table(rows: list[dict[str, str]]) -> bytes:
    """The rows as CSV that Excel reads too; optional columns only where one says something."""
    spoken = [name for name in OPTIONAL if any(row[name] for row in rows)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*COLUMNS, *spoken, WHAT_TO_DO], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
