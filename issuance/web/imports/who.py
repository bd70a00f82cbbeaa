"""Lines of a file that name somebody alike: who it is, a person says, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from issuance.background import enqueue
from issuance.models.people import Person
from issuance.models.staff import RoleName
from issuance.services.casework.lodging import Lodging, record_compared
from issuance.services.imports import deciding, files
from issuance.services.imports.lines import Decision
from issuance.web.case.alike import NEW_PERSON, known_documents
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.words.nationalities import nationality_name

blueprint = Blueprint("who", __name__, url_prefix="/imports")


@dataclass(frozen=True)
class Open:
    """A line to decide on: what the file says, the persons alike, and the line above that is like it."""

    line: int
    lodging: Lodging
    alike: list[Person]
    like: int


@blueprint.route("/<uuid:file_id>/who", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def decide(file_id: UUID) -> ResponseReturnValue:
    """The next lines that name somebody alike; what is decided is lodged, what is left open waits."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            decided = _decided(form)
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
        rows = [Open(*each) for each in deciding.open_lines(look, file_id, after)]
        persons = [person for each in rows for person in each.alike]
        known = known_documents(look, persons)
    if persons:
        with current_office().act(current_actor()) as act:
            record_compared(act, persons)
    page = render_template(
        "imports/who.html",
        form=form,
        file=file,
        rows=rows,
        after=after,
        following=rows[-1].line if len(rows) == deciding.SHOWN else 0,
        known=known,
        nationality=nationality_name,
        new=NEW_PERSON,
    )
    return make_response(page, form.status)


def _decided(form: Form) -> dict[int, Decision]:
    """What was decided line by line; a line that nobody decided is left out."""
    found = {}
    for name in form.values:
        line = name.removeprefix("person-")
        if name != line and line.isascii() and line.isdigit() and len(line) < 10 and (chosen := form.value(name)):
            shown = _ids(form.value(f"shown-{line}").split())
            person = next(iter(_ids([chosen])), None)
            if person or chosen == NEW_PERSON:
                found[int(line)] = Decision(person, shown)
    return found


def _ids(texts: Iterable[str]) -> frozenset[UUID]:
    found = set()
    for text in texts:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return frozenset(found)
