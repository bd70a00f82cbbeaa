"""Case handling's file: checked, the good lines lodged, the refused ones shown, persons alike decided line by line.

The file stays in the page and nowhere else: each round checks it anew, and what is lodged already is known.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from issuance.acts import Act
from issuance.errors import NotAllowed
from issuance.models.people import Person
from issuance.models.staff import RoleName
from issuance.services.casework import importing
from issuance.services.casework.importing import Decision, File, Imported, LineError, Undecided
from issuance.services.casework.lodging import Lodging, record_compared
from issuance.web.case.alike import NEW_PERSON, known_documents
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_centre, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Queue
from issuance.web.words.nationalities import nationality_name

blueprint = Blueprint("importing", __name__)

MOST_LINES = 200
"""Lines that are checked while somebody waits for the page."""

Decisions = dict[int, Decision]
QUEUES = (Queue(lazy_gettext("Case handling's file"), "desk.importing.file", (RoleName.SUPERVISOR,)),)


@dataclass(frozen=True)
class Open:
    """A line to decide on: what the file says, and the persons alike."""

    line: int
    lodging: Lodging
    alike: list[Person]


@blueprint.route("/desk/import", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR, body=UPLOAD_BYTES)
def file() -> ResponseReturnValue:
    """Check a file and say what can be lodged; sent again with `lodge`, lodge it."""
    form = Form.sent()
    with form.catch():
        data = _data(form)
        form.check()
        if not data:
            return _page(form)
        read = _here(importing.read_lines(data))
        _check_length(form, read)
        trying = not form.ticked("lodge")
        done, undecided = (_try if trying else _lodge)(read, _decided(form, read))
        return _page(form, data, done, undecided, trying=trying)
    return _page(form)


class _Tried(Exception):
    """Ends an act of which nothing is kept."""


def _try(read: File, decided: Decisions) -> tuple[Imported, list[Open]]:
    """What would become of the file; nothing is kept but who was shown."""
    done = Imported()
    with suppress(_Tried), current_office().act(current_actor()) as act:
        done = importing.import_lines(act, read, decided)
        raise _Tried
    with current_office().act(current_actor()) as act:
        return done, _compared(act, read, done)


def _lodge(read: File, decided: Decisions) -> tuple[Imported, list[Open]]:
    with current_office().act(current_actor()) as act:
        done = importing.import_lines(act, read, decided)
        return done, _compared(act, read, done)


def _data(form: Form) -> bytes:
    """The file: what the page kept of it, or a new one; nothing when the page is only opened."""
    kept = form.value("content")
    if request.method == "GET":
        return b""
    try:
        return b64decode(kept, validate=True) if kept else form.file("file")
    except binascii.Error:
        form.refuse("file", gettext("This page is incomplete. Choose the file again."))
        return b""


def _here(read: File) -> File:
    """The file; its lines for other centres are theirs to import."""
    code = current_centre().code
    theirs = [
        LineError(line, each.case_reference, NotAllowed("This line is for another centre. Import it there."))
        for line, each in read.lines
        if each.centre != code
    ]
    return File([(line, each) for line, each in read.lines if each.centre == code], [*read.wrong, *theirs])


def _check_length(form: Form, read: File) -> None:
    if len(read.lines) + len(read.wrong) > MOST_LINES:
        message = "This page takes at most %(most)s lines. Split the file, or have it imported by import-requests."
        form.refuse("file", gettext(message, most=MOST_LINES))
        form.check()


def _decided(form: Form, read: File) -> Decisions:
    """What was decided line by line; a line that nobody decided is left out."""
    found = {}
    for line, _ in read.lines:
        chosen, shown = form.value(f"person-{line}"), _ids(form.value(f"shown-{line}").split())
        if chosen:
            found[line] = Decision(next(iter(_ids([chosen])), None), shown)
    return {line: each for line, each in found.items() if each.chosen or form.value(f"person-{line}") == NEW_PERSON}


def _ids(texts: Iterable[str]) -> frozenset[UUID]:
    found = set()
    for text in texts:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return frozenset(found)


def _compared(act: Act, read: File, done: Imported) -> list[Open]:
    """The lines to decide on with the persons alike, which is recorded; one like a line above waits for that one."""
    lodgings = dict(read.lines)
    wanted = {item.line: item.error.alike for item in done.wrong if isinstance(item.error, Undecided)}
    keys = {key for alike in wanted.values() for key in alike}
    persons = {each.id: each for each in act.session.scalars(select(Person).where(Person.id.in_(keys)))}
    if persons:
        record_compared(act, list(persons.values()))
    found = [
        Open(line, lodgings[line], [persons[key] for key in sorted(alike & persons.keys())])
        for line, alike in wanted.items()
    ]
    return [each for each in found if each.alike]


def _page(
    form: Form, data: bytes = b"", done: Imported | None = None, undecided: Iterable[Open] = (), *, trying: bool = True
) -> Response:
    rows, persons = list(undecided), [person for each in undecided for person in each.alike]
    with current_office().reading(current_actor()) as look:
        known = known_documents(look, persons)
    page = render_template(
        "desk/import.html",
        form=form,
        content=b64encode(data).decode(),
        done=done,
        trying=trying,
        undecided=rows,
        waiting=sum(isinstance(each.error, Undecided) for each in done.wrong) - len(rows) if done else 0,
        refused=[each for each in done.wrong if not isinstance(each.error, Undecided)] if done else [],
        known=known,
        sentence=sentence,
        nationality=nationality_name,
        new=NEW_PERSON,
    )
    return make_response(page, form.status)
