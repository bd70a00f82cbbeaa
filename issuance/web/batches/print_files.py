"""Files of sheets for an office printer: taken from a batch, got, and told of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug.wsgi import wrap_file

from issuance.errors import Conflict, InvalidInput, LimanError, NotFound
from issuance.models.batches import PrintFile
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services import centres
from issuance.services.batches import composing, print_files, running
from issuance.services.batches.composing import Composed
from issuance.services.batches.print_files import Taking, Told
from issuance.services.batches.sheets import Sheets
from issuance.services.production import troubles
from issuance.services.production.orders import Recipe
from issuance.services.recovery import journals
from issuance.states import JobState
from issuance.web.case.specimen import sentence_about
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence
from printing.batches.items import Left
from printing.errors import PrintingError

blueprint = Blueprint("print_files", __name__, url_prefix="/production")

ALL, SOME, NOTHING = "all", "some", "nothing"
AT_ONCE = 20
"""Sheets of one look at the register: each brings a portrait."""

BLOCK = 64 * 1024
MOST_SAID = 8000


@blueprint.post("/batches/<uuid:batch_id>/stations/<uuid:station_id>/print-file")
@allow(RoleName.OPERATOR)
def take(batch_id: UUID, station_id: UUID) -> ResponseReturnValue:
    """Claim what waits of one type for an office printer; its file is got on the next page."""
    said = Taking(request.form.get("type", ""), request.form.get("most", print_files.USUAL, type=int))
    try:
        with current_office().act(current_actor()) as act:
            batch, station = running.own(act, batch_id), centres.own_station(act, station_id)
            journals.check_may_claim(act, station=station)
            file = print_files.take(act, batch, station, said)
            return redirect(url_for("batches.print_files.show", print_file_id=file.id), 303)
    except NotFound:
        raise
    except LimanError as error:
        flash(sentence(error), "soon")
    return redirect(url_for("batches.batch.show", batch_id=batch_id) + "#sheets", 303)


@blueprint.route("/print-files/<uuid:print_file_id>", methods=["GET", "POST"])
@allow(*OPERATORS)
def show(print_file_id: UUID) -> ResponseReturnValue:
    """The file: to be got, then what came out of the printer is asked, one thing at a time."""
    form, actor = Form.sent(), current_actor()
    if request.method == "POST":
        with form.catch():
            return _tell(print_file_id, form)
    with current_office().reading(actor) as look:
        file = print_files.own(look, print_file_id)
        sheets = print_files.sheets(look, file)
        page = render_template(
            "batches/print_file.html",
            form=form,
            file=file,
            batch=file.batch,
            sheets=sheets,
            counts=Counter(sheet.state for sheet in sheets),
            is_mine=file.taken_by == actor.id,
            is_given=file.given_at is not None,
            is_open=any(sheet.state == JobState.CLAIMED for sheet in sheets),
            is_untold=file.told_at is None
            and any(sheet.state in (JobState.CLAIMED, JobState.HELD) for sheet in sheets),
            at=form.value("at") or request.args.get("at", ""),
            hides_numbers=RoleName.QUALITY_OFFICER in actor.roles,
        )
    return make_response(page, form.status)


def _tell(print_file_id: UUID, form: Form) -> ResponseReturnValue:
    at = form.choice("at", [ALL, SOME])
    told = _told(form) if at == SOME else Told()
    with current_office().act(current_actor()) as act:
        file = print_files.own(act, print_file_id)
        print_files.tell(act, file, told)
    if told.missing:
        said = ngettext("%(num)d missing sheet is held: a supervisor looks for it.",
                        "%(num)d missing sheets are held: a supervisor looks for them.", len(told.missing))  # fmt: skip
        flash(said, "soon")
    flash(gettext("Told. Put what is whole into trays, with the sheet of each in front."), "done")
    return redirect(url_for("batches.batch.show", batch_id=file.batch_id) + "#trays", 303)


def _told(form: Form) -> Told:
    said = {name: form.text(name, required=False, limit=MOST_SAID, lines=True) for name in ("spoiled", "missing")}
    form.check()
    told = Told(**{name: frozenset(text.replace(",", " ").upper().split()) for name, text in said.items()})
    if not told.spoiled | told.missing:
        raise InvalidInput("spoiled", "Scan the numbers that are spoiled, or give those that are missing below.")
    return told


@blueprint.get("/print-files/<uuid:print_file_id>/sheets.pdf")
@allow(RoleName.OPERATOR)
def get(print_file_id: UUID) -> ResponseReturnValue:
    """The file, whole or from where a download was interrupted. It is composed with no session open.

    Every number in it is spent before the first byte leaves.
    """
    office = current_office()
    file, job_ids = _to_give(office, print_file_id)
    try:
        made = composing.compose(Sheets(office.database, office.vault, job_ids))
    except PrintingError as error:
        raise Conflict("The paper cannot be printed. %(why)s", why=sentence_about(error)) from error
    try:
        _check_whole(office, print_file_id, job_ids, made.left)
        if file.given_at is None:
            _check_as_prepared(office, print_file_id, job_ids)
        with office.act(current_actor()) as act:
            print_files.give(act, print_files.own(act, print_file_id), job_ids, made.digest)
        return _streamed(made, f"sheets-{file.batch.number}-{file.number}.pdf")
    except BaseException:
        made.file.close()
        raise


def _to_give(office: Office, print_file_id: UUID) -> tuple[PrintFile, list[UUID]]:
    with office.reading(current_actor()) as look:
        file = print_files.own(look, print_file_id)
        return file, print_files.to_give(look, file)


def _recipes(office: Office, job_ids: Sequence[UUID]) -> Iterator[Recipe]:
    """What the sheets are made of, a few at a time; no session is open while they are composed."""
    for start in range(0, len(job_ids), AT_ONCE):
        with office.reading(current_actor()) as look:
            found = print_files.recipes(look, job_ids[start : start + AT_ONCE])
        yield from found


def _check_whole(office: Office, print_file_id: UUID, job_ids: Sequence[UUID], left: Sequence[Left]) -> None:
    """Conflict when some cannot be composed at all: they are held, each with its reason, and in no file."""
    if not left:
        return
    why = {job_ids[each.place - 1]: troubles.of_composing(each.why) for each in left}
    with office.act(current_actor()) as act:
        print_files.hold_unlike(act, print_files.own(act, print_file_id), why)
    raise Conflict(
        "%(count)s sheets cannot be composed and are held, the first is %(number)s. %(why)s Get the file again: the"
        " others are in it.",
        count=len(left),
        number=left[0].number or left[0].place,
        why=sentence_about(left[0].why),
    )


def _check_as_prepared(office: Office, print_file_id: UUID, job_ids: Sequence[UUID]) -> None:
    """Conflict when some do not compose as they were prepared: they are held, before anything is given."""
    unlike = composing.unlike(_recipes(office, job_ids))
    if not unlike:
        return
    with office.act(current_actor()) as act:
        why = dict.fromkeys(unlike, troubles.of(troubles.NotAsPrepared()))
        print_files.hold_unlike(act, print_files.own(act, print_file_id), why)
    raise Conflict(
        "%(count)s sheets do not compose as they were prepared and are held. Get the file again: the others are in it.",
        count=len(unlike),
    )


def _streamed(made: Composed, name: str) -> Response:
    """The file a block at a time, or the range of it that is asked for (RFC 9110, 14)."""
    answer = Response(wrap_file(request.environ, made.file, BLOCK), mimetype="application/pdf", direct_passthrough=True)
    answer.content_length = made.length
    answer.set_etag(made.digest)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.make_conditional(request, accept_ranges=True, complete_length=made.length)
    answer.call_on_close(made.file.close)
    return answer
