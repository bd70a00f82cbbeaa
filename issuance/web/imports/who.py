"""Lines of a file that name somebody alike: who it is, a person says, line by line."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from issuance.background import enqueue
from issuance.models.staff import RoleName
from issuance.services.casework.lodging import record_compared
from issuance.services.imports import deciding, files
from issuance.web import lines
from issuance.web.case.alike import known_documents
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.lines import Open
from issuance.web.words.nationalities import nationality_name

blueprint = Blueprint("who", __name__, url_prefix="/imports")


@blueprint.route("/<uuid:file_id>/who", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def decide(file_id: UUID) -> ResponseReturnValue:
    """The next lines that name somebody alike; what is decided is lodged, what is left open waits."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            decided = lines.decided(form)
            with current_office().act(current_actor()) as act:
                if taken := deciding.decide(act, file_id, decided):
                    enqueue(act.session, files.LODGE, clock=act.clock, file_id=str(file_id))
            message = ngettext("%(num)s line is decided", "%(num)s lines are decided", taken)
            flash(message if taken else gettext("Nothing was decided: choose who it is."), "done" if taken else "soon")
            return redirect(url_for("imports.who.decide", file_id=file_id, after=request.args.get("after")), 303)
    return _page(form, file_id)


def _page(form: Form, file_id: UUID) -> ResponseReturnValue:
    after = min(max(request.args.get("after", 0, type=int), 0), 10**9)
    with current_office().reading(current_actor()) as look:
        file = files.own(look, file_id)
        rows = [
            Open(line, said.identity, said.case_reference, said.document_type, alike, like)
            for line, said, alike, like in deciding.open_lines(look, file_id, after)
        ]
        persons = [person for each in rows for person in each.alike]
        known = known_documents(look, persons)
    if persons:
        with current_office().act(current_actor()) as act:
            record_compared(act, persons)
    page = render_template(
        "imports/who.html",
        form=form,
        rows=rows,
        known=known,
        back=url_for("imports.files.show", file_id=file.id),
        here=url_for("imports.who.decide", file_id=file.id, after=after or None),
        following=_following(file.id, rows),
        choices=lines.CHOICES,
        nationality=nationality_name,
    )
    return make_response(page, form.status)


def _following(file_id: UUID, rows: list[Open]) -> str:
    """The page after one that is full."""
    full = len(rows) == deciding.SHOWN
    return url_for("imports.who.decide", file_id=file_id, after=rows[-1].line) if full else ""
