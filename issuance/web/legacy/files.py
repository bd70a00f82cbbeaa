"""Files of documents of before: one administrator brings a file and sees it checked, another one agrees (ADR 0096).

Another one too says whose the documents are that name somebody alike (ADR 0103).
"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from issuance.models.files import LineOutcome
from issuance.models.staff import RoleName
from issuance.services.casework.lodging import record_compared
from issuance.services.imports import deciding
from issuance.services.legacy import files
from issuance.services.legacy.entries import COLUMNS, MOST_BYTES, OPTIONAL
from issuance.web import brought, lines
from issuance.web.case.alike import known_documents
from issuance.web.frame.auth import STOCK_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Group, Queue
from issuance.web.lines import Open
from issuance.web.pressed import press
from issuance.web.words.nationalities import nationality_name

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
@allow(RoleName.ADMINISTRATOR, body=STOCK_BYTES)
def listed() -> ResponseReturnValue:
    """The files, and a form to bring one; it is checked in the background, and nothing is kept yet."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            data = form.file("file", limit=MOST_BYTES)
            form.check()
            return redirect(_shown(_bring(data)), 303)
    with current_office().reading(current_actor()) as look:
        page = render_template("legacy/listed.html", form=form, rows=files.listed(look), columns=COLUMNS)
    return make_response(page, form.status)


def _bring(data: bytes) -> UUID:
    """Keep a file and have it checked."""
    prepared = files.prepare(current_office().vault, data)
    return brought.bring(lambda act: files.bring(act, prepared))


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


@blueprint.get("/<uuid:file_id>/findings.csv")
@allow(RoleName.ADMINISTRATOR)
def findings(file_id: UUID) -> Response:
    """The lines that are refused or wait for who decides, as the file has them, each with what to do."""
    with current_office().act(current_actor()) as act:
        file = files.opened(act, file_id)
        act.record("file.refused_taken", file, count=file.refused + file.alike)
    return lines.as_file(file, COLUMNS, OPTIONAL, [LineOutcome.REFUSED, LineOutcome.ALIKE])


@blueprint.route("/<uuid:file_id>/who", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def decide(file_id: UUID) -> ResponseReturnValue:
    """The next lines that name somebody alike: whose the documents are; what is left open waits."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            with current_office().act(current_actor()) as act:
                taken = files.decide(act, file_id, lines.decided(form))
            message = ngettext("%(num)s line is decided", "%(num)s lines are decided", taken)
            flash(message if taken else gettext("Nothing was decided: choose who it is."), "done" if taken else "soon")
            return redirect(url_for("legacy.files.decide", file_id=file_id, after=request.args.get("after")), 303)
    return _who(form, file_id)


def _who(form: Form, file_id: UUID) -> ResponseReturnValue:
    after = _after()
    with current_office().reading(current_actor()) as look:
        files.opened(look, file_id)
        rows = [
            Open(line, said.identity, said.number, said.document_type, alike, like)
            for line, said, alike, like in files.to_decide(look, file_id, after)
        ]
        persons = [person for each in rows for person in each.alike]
        known = known_documents(look, persons)
    if persons:
        with current_office().act(current_actor()) as act:
            record_compared(act, persons)
    full = len(rows) == deciding.SHOWN
    page = render_template(
        "imports/who.html",
        form=form,
        rows=rows,
        known=known,
        back=url_for("legacy.files.show", file_id=file_id),
        here=url_for("legacy.files.decide", file_id=file_id, after=after or None),
        following=url_for("legacy.files.decide", file_id=file_id, after=rows[-1].line) if full else "",
        choices=lines.CHOICES,
        nationality=nationality_name,
    )
    return make_response(page, form.status)


@blueprint.post("/<uuid:file_id>/stop")
@allow(RoleName.ADMINISTRATOR)
def stop(file_id: UUID) -> ResponseReturnValue:
    """Keep nothing more of this file, ever."""
    said, back = gettext("Stopped. What is taken over stays; the rest is deleted."), _shown(file_id)
    return press(lambda act: files.stop(act, file_id), said, back)


def _shown(file_id: UUID) -> str:
    return url_for("legacy.files.show", file_id=file_id)


def _after() -> int:
    """After which line of the file the page begins."""
    return min(max(request.args.get("after", 0, type=int), 0), 10**9)


def _page(file_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        file = files.opened(look, file_id)
        refused, following = brought.refused(look, file_id)
        page = render_template(
            "legacy/file.html",
            form=form,
            file=file,
            refused=[(each.line, each.error.field or "", each.error) for each in refused],
            following=following,
            moves=file.state in brought.MOVING,
            left=file.lines - file.known - file.refused - file.alike,
            is_own=file.brought_by == look.actor.id,
            sentence=sentence,
        )
    return make_response(page, form.status)
