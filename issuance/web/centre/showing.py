"""Show a finished document to the quality officer who is on duty elsewhere: for the clerk or operator who holds it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance import document_types
from issuance.acts import Look
from issuance.document_types import DocumentType
from issuance.errors import InvalidInput, StaleState
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.casework import cases
from issuance.services.evidence import scans
from issuance.services.evidence.scans import Scan
from issuance.services.production import chip_reading, documents, quality
from issuance.services.production.quality import METHODS
from issuance.services.remote import showings, watches
from issuance.services.remote.showings import MOST_BYTES, SHOWERS, Shown, Side
from issuance.states import DocumentState
from issuance.values import references
from issuance.web.case import card
from issuance.web.case.access import acting
from issuance.web.centre.in_hand import telling
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form

blueprint = Blueprint("showing", __name__, url_prefix="/showing")

MAX_MRZ, MAX_SERIAL = 200, 60


@blueprint.get("/")
@allow(*SHOWERS, at_missions=True)
def listed() -> str:
    """The documents of the centre that wait for their check, known by the serial of their blank."""
    actor = current_actor()
    with current_office().reading(actor) as look:
        found = showings.to_show(look, actor.centre_id)
        return render_template(
            "centre/showing/listed.html",
            documents=found,
            newest=showings.newest_of_each(look, found),
            on_duty=watches.at(look, actor.centre_id, RoleName.QUALITY_OFFICER),
        )


@blueprint.route("/<uuid:request_id>", methods=["GET", "POST"])
@allow(*SHOWERS, body=UPLOAD_BYTES, at_missions=True)
def show(request_id: UUID) -> ResponseReturnValue:
    """Take its pictures, scan its zone, start the reading of its chip. Pictures are drawn anew before anything acts."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            if form.value("do") == "chip":
                with acting(form, request_id, _same_document) as (act, case):
                    chip_reading.ask_for_chip(act, documents.current(act, case))
                return redirect(url_for("centre.showing.show", request_id=request_id), 303)
            shown = _sent(form, _kind(request_id))
            with telling(request_id), acting(form, request_id, _same_document) as (act, case):
                showings.show(act, documents.current(act, case), shown)
            flash(gettext("Shown to the officer on duty. Keep the document at hand until it is checked."), "done")
            return redirect(url_for("centre.showing.show", request_id=request_id), 303)
    return _page(request_id, form)


def _kind(request_id: UUID) -> DocumentType:
    with current_office().reading(current_actor()) as look:
        return document_types.get(cases.own_case(look, request_id).document_type)


def _same_document(look: Look, case: IssuanceRequest, form: Form) -> None:
    """StaleState when another attempt took the place of the document that the page was drawn for."""
    if form.value("document") != str(documents.current(look, case).id):
        raise StaleState("This document was made anew since you opened the page. Look at the list again.")


def _sent(form: Form, kind: DocumentType) -> Shown:
    """What was sent, the pictures clean and their codes read; FormRefused names all that is missing."""
    serial = form.text("blank_serial", limit=MAX_SERIAL, required=False)
    nobody_here, raw = form.ticked("nobody_here"), {side: _raw(form, side) for side in showings.sides(kind)}
    if not nobody_here:
        form.refuse("nobody_here", gettext("Is a quality officer of this centre here? Then hand them the document."))
    mrz, method = _mrz(form, kind) if "mrz" in kind.machine_parts else ("", "")
    form.check()
    pictures = {side: _clean(data, name, side) for side, (data, name) in raw.items()}
    read = showings.read_pictures(kind, pictures) | ({"mrz": mrz} if mrz else {})
    return Shown(pictures, read, method, nobody_here, serial)


def _raw(form: Form, side: Side) -> tuple[bytes, str]:
    """The picture of one side as the camera took it, or as it was chosen with its file's name."""
    taken = form.drawn(f"{side}-taken")
    if taken and len(taken) > MOST_BYTES:
        form.refuse(side, gettext("The picture is too large. Take it again, or upload a smaller one."))
    return (taken, "") if taken else (form.file(side, limit=MOST_BYTES), form.file_name(side))


def _clean(data: bytes, name: str, side: Side) -> Scan:
    if data.startswith(b"%PDF-"):
        raise InvalidInput(side, "This is a PDF and no picture. Take a picture of the document itself.")
    return scans.clean(data, name, side)


def _mrz(form: Form, kind: DocumentType) -> tuple[str, str]:
    text, method = form.text("mrz", limit=MAX_MRZ, lines=True), form.choice("mrz-method", METHODS["mrz"])
    compact = "".join(text.split()).upper()
    if compact and not form.ticked("mrz-sure"):
        form.checked("mrz", lambda: showings.check_adds_up(kind, compact))
    return compact, method


@blueprint.get("/<uuid:request_id>/chip")
@allow(*SHOWERS, at_missions=True)
def chip(request_id: UUID) -> str:
    """How far the reading of the chip is: the part of the page that is fetched again."""
    with current_office().reading(current_actor()) as look:
        case = cases.own_case(look, request_id)
        job = documents.job_of(look, documents.current(look, case))
        read = chip_reading.newest_read(look, job)
        return render_template("centre/quality/chip.html", case=case, read=read, chip_page="centre.showing.chip")


def _page(request_id: UUID, form: Form) -> Response:
    with current_office().reading(current_actor()) as look:
        case = cases.own_case(look, request_id)
        document = documents.current(look, case)
        kind = document_types.get(document.document_type)
        page = render_template(
            "centre/showing/show.html",
            form=form,
            case=case,
            document=document,
            kind=kind,
            sides=showings.sides(kind),
            type_title=card.type_title(document.document_type),
            reference=references.grouped(case.reference),
            is_open=document.state == DocumentState.PERSONALISED,
            newest=showings.newest_of(look, document),
            needs_serial=quality.needs_serial(document),
            on_duty=watches.at(look, case.centre_id, RoleName.QUALITY_OFFICER),
            read=chip_reading.newest_read(look, documents.job_of(look, document)),
            chip_page="centre.showing.chip",
        )
    return make_response(page, form.status)
