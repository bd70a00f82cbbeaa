"""Enrolment at the desk: the portrait, taken by webcam or uploaded, measured, framed, accepted; and the signature."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from issuance.acts import Look
from issuance.errors import NotFound, StaleState
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.staff import RoleName
from issuance.services.casework import enrolment
from issuance.services.persons import phones, signatures
from issuance.services.persons.signatures import ABSENCES, NotSigned, Signed
from issuance.services.rule_versions import rules_of
from issuance.states import UNDECIDED
from issuance.web.case import access, card
from issuance.web.case.access import acting, done
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form, options
from issuance.web.words.codes import SIGNATURE_ABSENCES
from issuance.web.words.findings import shown, unmeasured
from printing.pages.symbols import qr
from printing.portraits import files
from printing.portraits.crops import MIN_CROP, Crop
from printing.portraits.photo_quality import Examination
from printing.portraits.portrait import MAX_HEIGHT
from printing.portraits.signature import MAX_BYTES

blueprint = Blueprint("enrolment", __name__)

QR_SIDE = 100
CROP_FIELDS = ("crop_left", "crop_top", "crop_width")


def _picture(form: Form) -> tuple[bytes, str]:
    """The bytes just sent and where they come from; notes a refusal when there are none."""
    captured = form.drawn("captured")
    if captured is None:
        return form.file("portrait"), "uploaded"
    if not captured:
        form.refuse("portrait", gettext("The camera's picture did not arrive whole. Take it again."))
    return captured, "captured"


@blueprint.get("/cases/<uuid:request_id>/enrolment")
@allow(RoleName.CLERK)
def portrait(request_id: UUID) -> ResponseReturnValue:
    """Take or upload the portrait, and see what was measured about it. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id, Form())


@blueprint.post("/cases/<uuid:request_id>/enrolment/picture")
@allow(RoleName.CLERK, body=UPLOAD_BYTES)
def add_portrait(request_id: UUID) -> ResponseReturnValue:
    """Keep a new picture. It is measured first, outside the transaction."""
    form = Form.sent()
    with form.catch():
        data, source = _picture(form)
        form.check()
        measured = enrolment.measure(data)
        with acting(form, request_id, None) as (act, found):
            enrolment.add_portrait(act, found, measured, source)
        return redirect(url_for("desk.enrolment.portrait", request_id=request_id), 303)
    return _page(request_id, form)


@blueprint.get("/cases/<uuid:request_id>/enrolment/master")
@allow(RoleName.CLERK)
def portrait_master(request_id: UUID) -> ResponseReturnValue:
    """The whole picture that the print is cropped from."""
    with access.looking(request_id) as (look, found):
        return Response(_master(look, found)[1], mimetype="image/jpeg")


@blueprint.post("/cases/<uuid:request_id>/enrolment/crop")
@allow(RoleName.CLERK)
def show_crop(request_id: UUID) -> ResponseReturnValue:
    """The page again with the frame as it was typed; nothing is kept. For browsers without scripts."""
    form, crop = Form.sent(), None
    with form.catch():
        crop = _crop(form)
    return _page(request_id, form, crop)


@blueprint.post("/cases/<uuid:request_id>/enrolment/accept")
@allow(RoleName.CLERK)
def accept_portrait(request_id: UUID) -> ResponseReturnValue:
    """Accept the newest picture with its crop; with a reason when a finding is outside its limits."""
    form, crop = Form.sent(), None
    with form.catch():
        reason = form.text("override_reason", limit=500, lines=True, required=False)
        crop = _crop(form)
        measured = _recropped(request_id, form, crop) if crop else None
        with acting(form, request_id) as (act, found):
            if measured:
                enrolment.crop_portrait(act, found, measured)
            enrolment.accept_portrait(act, found, reason)
        return done(request_id, gettext("The portrait is accepted."))
    return _page(request_id, form, crop)


def _crop(form: Form) -> Crop | None:
    """The frame that was sent; None when the page had none. Its width is brought to the next lower multiple of 7."""
    if not any(form.value(name) for name in CROP_FIELDS):
        form.check()
        return None
    left, top, width = (form.whole(name, least=0, most=MAX_HEIGHT) for name in CROP_FIELDS)
    form.check()
    assert left is not None
    assert top is not None
    assert width is not None
    return Crop(left, top, width // 7 * 7)


def _recropped(request_id: UUID, form: Form, crop: Crop) -> enrolment.Measured:
    """The picture that the page showed with this crop; StaleState when another one was taken meanwhile."""
    with access.looking(request_id) as (look, found):
        shown_id, master = _master(look, found)
    if str(shown_id) != form.value("portrait_id"):
        raise StaleState("Another picture was taken meanwhile. Look at it before you accept it.")
    return enrolment.recrop(master, crop)


def _master(look: Look, found: IssuanceRequest) -> tuple[UUID, bytes]:
    """The newest portrait of the case and its whole picture."""
    newest = enrolment.newest(look, found)
    if newest is None:
        raise NotFound("There is no portrait yet. Take or upload one first.")
    return newest.id, enrolment.master_of(look, newest)


@blueprint.post("/cases/<uuid:request_id>/enrolment/reuse")
@allow(RoleName.CLERK)
def reuse_portrait(request_id: UUID) -> ResponseReturnValue:
    """Use the person's earlier portrait again, where the document type's rules allow it."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id) as (act, found):
            enrolment.reuse_portrait(act, found)
        return done(request_id, gettext("The earlier portrait is used again."))
    return _page(request_id, form)


@blueprint.get("/cases/<uuid:request_id>/enrolment/earlier")
@allow(RoleName.CLERK)
def earlier_portrait(request_id: UUID) -> ResponseReturnValue:
    """The earlier portrait that may be used again."""
    with access.looking(request_id) as (look, found):
        earlier = enrolment.reusable(look, found)
        if earlier is None or earlier.print_id is None:
            raise NotFound("There is no earlier portrait to use again. Take a new one.")
        return Response(look.vault.get(look.session, earlier.print_id), mimetype="image/jpeg")


def _page(request_id: UUID, form: Form, crop: Crop | None = None) -> ResponseReturnValue:
    """The portrait page; `form` is what was just refused, or empty; `crop` the frame to show, else the proposed one."""
    framed = _framed(request_id, form, crop)
    with access.looking(request_id) as (look, found):
        newest = enrolment.newest(look, found)
        if form.stale or not form.value("version"):
            form.values["version"] = found.version
        findings = _findings(newest, framed)
        page = render_template(
            "desk/portrait.html",
            case=found,
            card=card.card(look, found),
            form=form,
            newest=newest,
            findings=shown(findings),
            unmeasured=unmeasured(findings),
            framed=framed,
            least_crop=MIN_CROP,
            kinds_taken=",".join(f"image/{kind.lower()}" for kind in files.taken()),
            earlier=enrolment.reusable(look, found),
            open_for_enrolment=found.state in UNDECIDED,
            rule=rules_of(found).portrait.text,
        )
        return make_response(page, form.status)


def _framed(request_id: UUID, form: Form, crop: Crop | None) -> Examination | None:
    """What to show of the portrait that waits to be accepted: with `crop`, or as proposed where that does not fit.

    The frame shown goes into the form's fields, unless a field was refused: then what was typed stays.
    """
    with access.looking(request_id) as (look, found):
        newest = enrolment.newest(look, found)
        waiting = newest and not newest.accepted_by and newest.master_id
        if newest is None or not waiting or found.state not in UNDECIDED:
            return None
        master = enrolment.master_of(look, newest)
    form.values["portrait_id"] = newest.id
    seen = None
    if crop and not form.stale:
        with form.catch():
            seen = enrolment.look_at(master, crop)
    seen = seen or enrolment.look_at(master)
    if not {"crop", *CROP_FIELDS} & form.errors.keys():
        for name, value in zip(CROP_FIELDS, (seen.crop.left, seen.crop.top, seen.crop.width), strict=True):
            form.values[name] = value
    return seen


def _findings(newest: Portrait | None, framed: Examination | None) -> list[dict[str, Any]]:
    """The findings to show: of the frame on the page, or as they were kept."""
    if newest and framed:
        return [*enrolment.of_its_file(newest), *map(asdict, framed.findings)]
    return list(newest.findings) if newest else []


# The signature that is printed


@blueprint.get("/cases/<uuid:request_id>/signature")
@allow(RoleName.CLERK)
def signature(request_id: UUID) -> ResponseReturnValue:
    """Let the holder sign, or note why not; what is kept is shown as it will be printed. The opening is recorded."""
    access.open_case(request_id)
    return _signature_page(request_id, Form())


@blueprint.post("/cases/<uuid:request_id>/signature")
@allow(RoleName.CLERK, body=UPLOAD_BYTES)
def keep_signature(request_id: UUID) -> ResponseReturnValue:
    """Keep what was signed, on the pad or on paper, or why nothing was."""
    form = Form.sent()
    with form.catch():
        what = _signed(form)
        with acting(form, request_id) as (act, found):
            signatures.keep(act, found, what)
        if isinstance(what, Signed):
            return redirect(url_for("desk.enrolment.signature", request_id=request_id), 303)
        return done(request_id, gettext("Noted why there is no signature. Its place on the document stays empty."))
    return _signature_page(request_id, form)


def _signed(form: Form) -> Signed | NotSigned:
    """A scan, else what was drawn, else why there is neither; one of both is refused, since it says two things."""
    scan = form.file("scan", required=False, limit=MAX_BYTES)
    signed = form.checked("signature", lambda: signatures.read(scan, form.drawn("signature")))
    absence = form.choice("absence", ABSENCES, required=False)
    reason = form.text("reason", limit=500, lines=True, required=False)
    if signed and absence:
        form.refuse("absence", gettext("There is a signature too. Clear the pad, or choose nothing here."))
    form.check()
    return signed or NotSigned(absence, reason)


@blueprint.post("/cases/<uuid:request_id>/signature/reuse")
@allow(RoleName.CLERK)
def reuse_signature(request_id: UUID) -> ResponseReturnValue:
    """Use the person's earlier signature again, where the document type's rules allow it."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id) as (act, found):
            signatures.take_over(act, found)
        return done(request_id, gettext("The earlier signature is used again."))
    return _signature_page(request_id, form)


@blueprint.get("/cases/<uuid:request_id>/signature/picture")
@allow(RoleName.CLERK)
def signature_picture(request_id: UUID) -> ResponseReturnValue:
    """The signature as it will be printed."""
    with access.looking(request_id) as (look, found):
        data = signatures.open_picture(look, signatures.of(look, found))
        return Response(data, mimetype="image/png")


@blueprint.get("/cases/<uuid:request_id>/signature/earlier")
@allow(RoleName.CLERK)
def earlier_signature(request_id: UUID) -> ResponseReturnValue:
    """The earlier signature that may be used again."""
    with access.looking(request_id) as (look, found):
        data = signatures.open_picture(look, signatures.reusable(look, found))
        return Response(data, mimetype="image/png")


@blueprint.post("/cases/<uuid:request_id>/signature/phone")
@allow(RoleName.CLERK)
def ask_phone(request_id: UUID) -> ResponseReturnValue:
    """Show an address at which the holder signs on a phone. It is shown by this answer alone: nobody keeps it."""
    form, address = Form.sent(), ""
    with form.catch(), acting(form, request_id) as (act, found):
        token = phones.open_pad(act, found)
        address = f"{current_office().settings.phone_url}/sign/{token}?lang={found.person.language}"
    return _signature_page(request_id, form, address)


@blueprint.get("/cases/<uuid:request_id>/signature/phone")
@allow(RoleName.CLERK)
def phone(request_id: UUID) -> str:
    """What came from the phone: the part of the page that is fetched again."""
    with access.looking(request_id) as (look, found):
        return render_template("desk/phone.html", case=found, pad=phones.pad(look, found))


@blueprint.get("/cases/<uuid:request_id>/signature/phone/drawing")
@allow(RoleName.CLERK)
def phone_drawing(request_id: UUID) -> ResponseReturnValue:
    """What was drawn on the phone, as it would be printed."""
    with access.looking(request_id) as (look, found):
        return Response(phones.drawing(look, found), mimetype="image/png")


@blueprint.post("/cases/<uuid:request_id>/signature/phone/accept")
@allow(RoleName.CLERK)
def accept_phone(request_id: UUID) -> ResponseReturnValue:
    """Take what was drawn on the phone as the signature."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id) as (act, found):
            phones.accept(act, found, form.value("seen"))
        return redirect(url_for("desk.enrolment.signature", request_id=request_id), 303)
    return _signature_page(request_id, form)


@blueprint.post("/cases/<uuid:request_id>/signature/phone/close")
@allow(RoleName.CLERK)
def close_phone(request_id: UUID) -> ResponseReturnValue:
    """Sign otherwise: the phone's address ends."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id, None) as (act, found):
            phones.close_pad(act, found)
        return redirect(url_for("desk.enrolment.signature", request_id=request_id), 303)
    return _signature_page(request_id, form)


def _signature_page(request_id: UUID, form: Form, address: str = "") -> ResponseReturnValue:
    """The signature page; `address` is that of a phone, just made."""
    with access.looking(request_id) as (look, found):
        if form.stale or not form.value("version"):
            form.values["version"] = found.version
        rule, language = rules_of(found).signature, str(get_locale())
        page = render_template(
            "desk/signature.html",
            case=found,
            card=card.card(look, found),
            form=form,
            kept=signatures.of(look, found),
            earlier=signatures.reusable(look, found),
            absences=options(SIGNATURE_ABSENCES.items()),
            absence_words=SIGNATURE_ABSENCES,
            open_for_enrolment=found.state in UNDECIDED,
            rule=rule.text.text(language) if rule else "",
            article=rule.legal_basis.text(language) if rule else "",
            phones_sign=bool(look.settings.phone_url),
            pad=phones.pad(look, found),
            address=address,
            squares=qr(address, (0, 0, QR_SIDE, QR_SIDE)) if address else (),
            side=QR_SIDE,
        )
        return make_response(page, form.status)
