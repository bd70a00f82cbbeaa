"""The quality officer's pages: read every machine part of the finished document, compare, release or reject.

What a part must read as is on no page and in no answer, nor are number, name and birth date, which are in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from itsdangerous import BadSignature, URLSafeSerializer

from issuance import document_types
from issuance.acts import Look
from issuance.document_types import DocumentType
from issuance.errors import Conflict, NotAllowed, NotFound
from issuance.models.documents import Document, QualityCheck
from issuance.models.duties import DutyName
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import duties
from issuance.services.casework import cases, enrolment
from issuance.services.production import chip_reading, documents, floor, quality
from issuance.services.production.quality import METHODS, Reading
from issuance.services.remote import showings, watches
from issuance.services.remote.watches import Watch
from issuance.web.case import card
from issuance.web.case.access import acting
from issuance.web.centre.in_hand import bind, same_document
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, page_number
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Group, Queue
from printing.mrz import Mrz, MrzError
from printing.mrz.zone import LINE_SIZES

blueprint = Blueprint("quality", __name__, url_prefix="/quality")

OFFICERS = (RoleName.QUALITY_OFFICER,)
MAX_MRZ = 200
MAX_BARCODE = 80
MAX_SERIAL = 60
MAX_PICTURED = 6000


def _waiting(look: Look) -> int:
    shown = sum(showings.shown_count(look, watch.centre.id) for watch in _watches(look))
    return floor.to_check_count(look, look.actor.centre_id) + shown


def _watches(look: Look) -> list[Watch]:
    """The other centres for which this officer checks now."""
    return watches.mine(look, look.actor.id, RoleName.QUALITY_OFFICER)


QUEUES = (
    Queue(lazy_gettext("To check"), "centre.quality.waiting", OFFICERS, _waiting, key="q", group=Group.DECISIONS),
)


@blueprint.get("/")
@allow(*OFFICERS)
def waiting() -> str:
    """Finished documents that wait for their check, known by the serial of their blank; a scan opens one's check."""
    actor, page = current_actor(), page_number()
    only_others = bool(request.args.get("others"))
    with current_office().reading(actor) as look:
        jobs = floor.to_check(look, actor.centre_id, barred=only_others, page=page)
        mine, others = (floor.to_check_count(look, actor.centre_id, barred=barred) for barred in (False, True))
        ids = {job.document_id: job.id for job in jobs}
        barred = {ids[key] for key in duties.barred(look, DutyName.CHECK, ids)}
        return render_template(
            "centre/quality/waiting.html",
            jobs=jobs,
            clocks={job.id: card.clock_of(job.document.request) for job in jobs},
            first=next((job for job in jobs if job.id not in barred), None),
            barred=barred,
            unscanned={job.id for job in jobs if quality.needs_serial(job.document)},
            mine=mine,
            others=others,
            only_others=only_others,
            elsewhere=[(watch, showings.shown_at(look, watch.centre.id)) for watch in _watches(look)],
            page=page,
            pages=max(1, -(-(others if only_others else mine) // floor.PAGE_ROWS)),
        )


@blueprint.route("/<uuid:request_id>", methods=["GET", "POST"])
@allow(*OFFICERS, body=UPLOAD_BYTES)
def check(request_id: UUID) -> ResponseReturnValue:
    """Read every machine part and compare. The button of the chip only asks the reader; what is typed stays."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            _read_picture(request_id, form)
            if form.value("do") == "chip":
                _ask(request_id, form)
                return _page("centre/quality/check.html", request_id, form)
            if not form.value("do"):  # `look` only draws the page again
                return _compare(request_id, form)
    elif current_actor().remote:
        return redirect(url_for("centre.shown.check", request_id=request_id), 303)
    elif _needs_serial(request_id):
        return redirect(url_for("centre.quality.blank", request_id=request_id), 303)
    return _opened("centre/quality/check.html", request_id, form)


def _needs_serial(request_id: UUID) -> bool:
    """Whether its back is to be scanned first, by this officer."""
    with _looking(request_id) as (look, case):
        document = documents.current(look, case)
        return quality.needs_serial(document) and not _barred(look, document)


@blueprint.route("/<uuid:request_id>/blank", methods=["GET", "POST"])
@allow(*OFFICERS)
def blank(request_id: UUID) -> ResponseReturnValue:
    """Scan the serial from the back of a document whose printer did not read it."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            serial, number = form.text("blank_serial", limit=MAX_SERIAL), form.text("number", limit=MAX_MRZ)
            form.check()
            bind(form, request_id, number, serial)
            return redirect(url_for("centre.quality.check", request_id=request_id), 303)
        return _page("centre/quality/blank.html", request_id, form)  # a stray was told: one act is enough
    return _opened("centre/quality/blank.html", request_id, form)


def _ask(request_id: UUID, form: Form) -> None:
    with acting(form, request_id, same_document) as (act, case):
        chip_reading.ask_for_chip(act, documents.current(act, case))


def _compare(request_id: UUID, form: Form) -> ResponseReturnValue:
    with acting(form, request_id, same_document) as (act, case):
        document = documents.current(act, case)
        quality.check_officer(act, document)
        readings = _readings(act, document, form)
        again = () if form.ticked("mrz-sure") else quality.read_again(act, document, readings)
        result = None if again else quality.check(act, document, readings)
        serial = document.blank_serial or ""
        check_id, passed = (result.id, result.passed) if result else (None, False)
    if again:
        return _asked_again(request_id, form, again)
    if not passed:
        return redirect(url_for("centre.quality.rejected", request_id=request_id, check_id=check_id), 303)
    flash(gettext("Equal in every part: %(serial)s is released for hand-over.", serial=serial), "done")
    return redirect(url_for("centre.quality.waiting"), 303)


def _asked_again(request_id: UUID, form: Form, parts: Sequence[str]) -> ResponseReturnValue:
    """The page once more, the parts that differed to be read anew."""
    for part in parts:
        form.values[part] = ""
        field = "picture" if part == "seal" else part
        form.refuse(field, gettext("This reads otherwise. Nothing was rejected yet: read it once more."))
    if {"seal", "barcode"} & set(parts):
        form.values["pictured"] = ""
    form.status = 409
    return _page("centre/quality/check.html", request_id, form)


def _readings(look: Look, document: Document, form: Form) -> list[Reading]:
    """Every machine part of the type as it was read; FormRefused names all that is missing."""
    kind = document_types.get(document.document_type)
    readings, pictured = list[Reading](), _pictured(document.request_id, form)
    if "mrz" in kind.machine_parts:
        readings.append(_mrz(kind, form))
    if "barcode" in kind.machine_parts:
        readings.append(_barcode(form, pictured))
    if "seal" in kind.machine_parts:
        readings.append(_seal(form, pictured))
    if "chip" in kind.machine_parts:
        chip = form.checked("chip", lambda: chip_reading.newest_reading(look, document))
        readings += [chip] if chip else []
    quality.check_this_one(look, document, readings)  # another card may lack parts that this one has
    form.check()
    return readings


def _mrz(kind: DocumentType, form: Form) -> Reading:
    """The MRZ as scanned or typed. One that does not add up is read again before a document is rejected for it."""
    text = form.text("mrz", limit=MAX_MRZ, lines=True)
    method = form.choice("mrz-method", METHODS["mrz"])
    cookie["mrz_method"] = method
    compact = "".join(text.split()).upper()
    if text and kind.mrz and not form.ticked("mrz-sure"):
        width = LINE_SIZES[kind.mrz.layout][1]
        try:
            Mrz.parse([compact[at : at + width] for at in range(0, len(compact), width)])
        except MrzError:
            form.values["mrz-doubt"] = "1"
            form.refuse("mrz", gettext("This MRZ does not add up: read it again. If it is printed so, tick below."))
    return Reading("mrz", compact, method)


def _barcode(form: Form, pictured: dict[str, str]) -> Reading:
    text = form.text("barcode", limit=MAX_BARCODE)
    from_picture = bool(text) and text == pictured.get("barcode")
    return Reading("barcode", text, "picture" if from_picture else "scanner")


def _seal(form: Form, pictured: dict[str, str]) -> Reading:
    """The seal as an earlier or this sending's picture shows it."""
    text = pictured.get("seal", "")
    if not text and "picture" not in form.errors:
        form.refuse("picture", gettext("Send a picture of the document on which its seal can be read."))
    return Reading("seal", text, "picture")


def _read_picture(request_id: UUID, form: Form) -> None:
    """Keep what a taken or chosen picture says in the form, signed: nobody types what a picture was to show."""
    picture = form.drawn("picture-taken") or form.file("picture", required=False)
    form.check()
    pictured = _pictured(request_id, form)
    if picture:
        read = form.checked("picture", lambda: quality.read_picture(picture)) or {}
        form.check()
        pictured |= read
        form.values["barcode"] = read.get("barcode") or form.value("barcode")
    form.values["pictured"] = _sealer(request_id, form).dumps(pictured) if pictured else ""
    form.values["seal"] = pictured.get("seal", "")


def _pictured(request_id: UUID, form: Form) -> dict[str, str]:
    """What earlier pictures of this document showed to this officer, as the form brought it back."""
    try:
        return dict(_sealer(request_id, form).loads(form.value("pictured")[:MAX_PICTURED]))
    except BadSignature:
        return {}


def _sealer(request_id: UUID, form: Form) -> URLSafeSerializer:
    salt = f"pictured {request_id} {form.value('document')} {current_actor().id}"
    return URLSafeSerializer(current_app.secret_key or "", salt=salt)


@blueprint.get("/<uuid:request_id>/chip")
@allow(*OFFICERS)
def chip(request_id: UUID) -> str:
    """How far the reading of the chip is: the part of the page that is fetched again."""
    with _looking(request_id) as (look, case):
        job = documents.job_of(look, documents.current(look, case))
        return render_template(
            "centre/quality/chip.html", form=Form(), case=case, read=chip_reading.newest_read(look, job)
        )


@blueprint.route("/<uuid:request_id>/reject", methods=["GET", "POST"])
@allow(*OFFICERS)
def reject(request_id: UUID) -> ResponseReturnValue:
    """Reject for what a machine does not see: wrong picture, scratch, bad lamination."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            reason = form.text("reason", limit=500, lines=True)
            with acting(form, request_id, same_document) as (act, case):
                act_of_reject = showings.reject if act.actor.remote else quality.reject
                result = act_of_reject(act, documents.current(act, case), reason)
            return redirect(url_for("centre.quality.rejected", request_id=request_id, check_id=result.id), 303)
    return _opened("centre/quality/reject.html", request_id, form)


@blueprint.get("/<uuid:request_id>/rejected/<uuid:check_id>")
@allow(*OFFICERS)
def rejected(request_id: UUID, check_id: UUID) -> str:
    """What a rejection did, plainly."""
    _open(request_id)
    with _looking(request_id) as (look, case):
        result = look.session.get(QualityCheck, check_id)
        document = look.session.get(Document, result.document_id) if result else None
        if result is None or document is None or document.request_id != case.id or result.passed:
            raise NotFound("There is no such rejection. Open the list again.")
        return render_template(
            "centre/quality/rejected.html",
            card=card.blind_card(look, case),
            result=result,
            document=document,
            unscanned=quality.needs_serial(document),
            attempt=documents.current(look, case).attempt,
        )


def _opened(template: str, request_id: UUID, form: Form) -> Response:
    """The page, and that it was opened is recorded."""
    _open(request_id)
    return _page(template, request_id, form)


def _open(request_id: UUID) -> None:
    with current_office().act(current_actor()) as act:
        cases.open_check(act, request_id)


@contextmanager
def _looking(request_id: UUID) -> Iterator[tuple[Look, IssuanceRequest]]:
    """Look at a case to draw a page of its check, which is all that its checker sees of it."""
    with current_office().reading(current_actor()) as look:
        yield look, cases.own_case(look, request_id)


@blueprint.get("/<uuid:request_id>/portrait")
@allow(*OFFICERS)
def portrait(request_id: UUID) -> Response:
    """The portrait that the one on the document is compared with; its opening is recorded."""
    with current_office().act(current_actor()) as act:
        data = enrolment.open_portrait(act, cases.own_case(act, request_id))
    return Response(data, mimetype="image/jpeg")


def _page(template: str, request_id: UUID, form: Form) -> Response:
    """A page about one document that waits for its check."""
    with _looking(request_id) as (look, case):
        document = documents.current(look, case)
        job = documents.job_of(look, document)
        page = render_template(
            template,
            form=form,
            case=case,
            card=card.blind_card(look, case),
            document=document,
            kind=document_types.get(document.document_type),
            type_title=card.type_title(document.document_type),
            read=chip_reading.newest_read(look, job),
            method=form.value("mrz-method") or cookie.get("mrz_method", "scanner"),
            barred=_barred(look, document),
            may_ask=duties.hindrance(look, quality.task_of(document)) is not None,
        )
    return make_response(page, form.status)


def _barred(look: Look, document: Document) -> str:
    """Why this officer cannot check the document; empty when nothing is in the way."""
    try:
        quality.check_officer(look, document)
    except (Conflict, NotAllowed) as error:
        return sentence(error)
    return ""
