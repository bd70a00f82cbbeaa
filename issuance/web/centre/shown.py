"""The check by a quality officer who is not there: pictures beside the order, what machines there read, the chip."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance import document_types
from issuance.acts import Look
from issuance.errors import Conflict, NotAllowed, NotFound, StaleState
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.casework import cases
from issuance.services.production import chip_reading, documents, quality
from issuance.services.remote import showings
from issuance.services.remote.showings import SIDES
from issuance.web.case import card, specimen
from issuance.web.case.access import acting
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence

blueprint = Blueprint("shown", __name__, url_prefix="/quality")

OFFICERS = (RoleName.QUALITY_OFFICER,)


@blueprint.route("/<uuid:request_id>/shown", methods=["GET", "POST"])
@allow(*OFFICERS)
def check(request_id: UUID) -> ResponseReturnValue:
    """Look at what is shown, and let it be compared. Nothing is typed here."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _compare(request_id, form)
    else:
        with current_office().act(current_actor()) as act:
            cases.open_check(act, request_id)
    return _page(request_id, form)


def _compare(request_id: UUID, form: Form) -> ResponseReturnValue:
    with acting(form, request_id, _same_showing) as (act, case):
        document = documents.current(act, case)
        result = showings.compare(act, document)
        serial, check_id, passed = document.blank_serial or "", result and result.id, bool(result and result.passed)
    if check_id is None:
        said = gettext("It reads otherwise. Nothing was rejected yet: it is to be shown and scanned once more.")
        return _to_list(said, "stop")
    if not passed:
        return redirect(url_for("centre.quality.rejected", request_id=request_id, check_id=check_id), 303)
    return _to_list(gettext("Equal in every part: %(serial)s is released for hand-over.", serial=serial), "done")


def _to_list(said: str, tone: str) -> ResponseReturnValue:
    flash(said, tone)
    return redirect(url_for("centre.quality.waiting"), 303)


def _same_showing(look: Look, case: IssuanceRequest, form: Form) -> None:
    """StaleState when something else is shown than the page was drawn for."""
    newest = showings.newest_of(look, documents.current(look, case))
    if newest is None or form.value("showing") != str(newest.id):
        raise StaleState("Other pictures are shown since you opened the page. Look at the list again.")


@blueprint.post("/<uuid:request_id>/shown/again")
@allow(*OFFICERS)
def ask_again(request_id: UUID) -> ResponseReturnValue:
    """Ask for other pictures, and say which."""
    form = Form.sent()
    with form.catch():
        what = form.text("what", limit=300, lines=True)
        with acting(form, request_id, _same_showing) as (act, case):
            showings.ask_again(act, documents.current(act, case), what)
        return _to_list(gettext("Asked for. It is in your list again when it is shown anew."), "done")
    return _page(request_id, form)


@blueprint.get("/<uuid:request_id>/shown/<side>.jpg")
@allow(*OFFICERS)
def picture(request_id: UUID, side: str) -> Response:
    """One side of the document as it is shown; its opening is recorded."""
    with current_office().act(current_actor()) as act:
        if side not in SIDES:
            raise NotFound("A document has a front and a back. Open the list again.")
        data = showings.open_picture(act, documents.current(act, cases.own_case(act, request_id)), side)
    return Response(data, mimetype="image/jpeg")


@blueprint.get("/<uuid:request_id>/shown/order.jpg")
@allow(*OFFICERS)
def order(request_id: UUID) -> Response:
    """The faces as they were ordered, as a SPECIMEN; their opening is recorded."""
    with current_office().act(current_actor()) as act:
        document = documents.current(act, cases.own_case(act, request_id))
        content, kind = showings.open_order(act, document), document_types.get(document.document_type)
    return Response(specimen.picture(content, kind.template()), mimetype="image/jpeg")


def _page(request_id: UUID, form: Form) -> Response:
    with current_office().reading(current_actor()) as look:
        case = cases.own_case(look, request_id)
        document = documents.current(look, case)
        newest, kind = showings.newest_of(look, document), document_types.get(document.document_type)
        page = render_template(
            "centre/quality/shown.html",
            form=form,
            case=case,
            card=card.blind_card(look, case),
            document=document,
            kind=kind,
            sides=showings.sides(kind),
            showing=newest if newest and not newest.again else None,
            type_title=card.type_title(document.document_type),
            read=chip_reading.newest_read(look, documents.job_of(look, document)),
            barred=_barred(look, document),
        )
    return make_response(page, form.status)


def _barred(look: Look, document: Document) -> str:
    """Why this officer cannot check the document; empty when nothing is in the way."""
    try:
        quality.check_officer(look, document)
    except (Conflict, NotAllowed) as error:
        return sentence(error)
    return ""
