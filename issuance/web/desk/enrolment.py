"""The portrait at the desk: taken by webcam or uploaded, measured, framed for print, then accepted or taken again."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext, lazy_gettext
from sqlalchemy.orm import Session

from issuance import document_types
from issuance.errors import NotFound, StaleState
from issuance.models.requests import Portrait
from issuance.models.staff import RoleName
from issuance.office import current_office
from issuance.services.casework import enrolment, search
from issuance.web.case import access
from issuance.web.desk.case import check_version
from issuance.web.desk.queues import blueprint
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form
from printing.portraits import photo_quality
from printing.portraits.photo_quality import Examination
from printing.portraits.portrait import MAX_HEIGHT, MIN_CROP, Crop

__all__ = ["blueprint"]

DATA_URL = "data:image/jpeg;base64,"
CRITERIA: dict[str, Any] = {
    "5.1": lazy_gettext("Height of the picture"),
    "5.2": lazy_gettext("Width of the picture"),
    "ratio": lazy_gettext("Height to width"),
    "sharpness": lazy_gettext("Sharpness"),
    "brightness": lazy_gettext("Brightness of the face"),
    "black": lazy_gettext("Fully black parts"),
    "white": lazy_gettext("Fully white parts"),
    "background": lazy_gettext("Unevenness of the background"),
    "faces": lazy_gettext("Number of faces"),
    "1.3": lazy_gettext("Tilt of the head"),
    "5.3": lazy_gettext("Width of the head in the picture"),
    "5.4": lazy_gettext("Height of the head in the picture"),
    "5.5": lazy_gettext("Eye line, from the top"),
    "5.6": lazy_gettext("Middle of the face, from the left"),
    "5.7": lazy_gettext("Distance between the eyes"),
    "print-head": lazy_gettext("Crown to chin"),
    "print-crown": lazy_gettext("Space above the crown"),
    "print-centre": lazy_gettext("Middle of the face"),
}
ADVICE: dict[str, Any] = {
    "5.1": lazy_gettext("Use a camera with more pixels, or come closer."),
    "5.2": lazy_gettext("Use a camera with more pixels, or come closer."),
    "ratio": lazy_gettext("The picture must be 4 high to 3 wide."),
    "sharpness": lazy_gettext("Ask the person to keep still, and wait for the focus."),
    "brightness": lazy_gettext("Change the light on the face."),
    "black": lazy_gettext("More light on the face."),
    "white": lazy_gettext("Less light on the face; no flash on glasses."),
    "background": lazy_gettext("Use the plain screen behind the person."),
    "faces": lazy_gettext("One person alone, the whole face to the camera, no pictures on the wall."),
    "1.3": lazy_gettext("Ask the person to hold the head upright."),
    "5.3": lazy_gettext("Fill the oval of the camera with the head: come closer, or step back."),
    "5.4": lazy_gettext("Fill the oval of the camera with the head: come closer, or step back."),
    "5.5": lazy_gettext("Raise or lower the camera to the height of the eyes."),
    "5.6": lazy_gettext("Put the face into the middle of the picture."),
    "5.7": lazy_gettext("Use a camera with more pixels, or come closer."),
    "print-head": lazy_gettext("Change the size of the frame."),
    "print-crown": lazy_gettext("Move the frame up or down."),
    "print-centre": lazy_gettext("Move the frame to the side."),
}
IN_PRINT = "print-"
CROP_FIELDS = ("crop_left", "crop_top", "crop_width")


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding as the clerk reads it; `low` and `high` are its limits for the script that moves the frame."""

    id: str
    criterion: str
    measured: str
    limits: str
    passed: bool
    origin: str
    advice: str
    unit: str
    low: float | None
    high: float | None

    @property
    def in_print(self) -> bool:
        """Whether it changes with the crop."""
        return self.id.startswith(IN_PRINT)


def shown(findings: Iterable[Mapping[str, Any]]) -> list[Shown]:
    """The stored findings in words, those outside their limits first."""
    return sorted((_shown(finding) for finding in findings), key=lambda finding: finding.passed)


def _shown(finding: Mapping[str, Any]) -> Shown:
    unit = f"\N{NO-BREAK SPACE}{finding['unit']}" if finding["unit"] else ""
    measured = finding["measured"]
    return Shown(
        id=finding["id"],
        criterion=str(CRITERIA.get(finding["id"], finding["criterion"])),
        measured=format_decimal(round(measured, 1 if abs(measured) >= 10 else 2)) + unit,
        limits=_limits(finding["limit_min"], finding["limit_max"]) + unit,
        passed=finding["passed"],
        origin=_origin(finding),
        advice=str(ADVICE.get(finding["id"], "")),
        unit=unit,
        low=finding["limit_min"],
        high=finding["limit_max"],
    )


def _origin(finding: Mapping[str, Any]) -> str:
    """Where the limits come from; a portrait measured by an earlier version does not know its source."""
    ours = gettext("assumption of ours") if finding["assumption"] else ""
    return ", ".join(filter(None, (finding.get("source", ""), ours)))


def _limits(least: float | None, most: float | None) -> str:
    low, high = _number(least), _number(most)
    if low and low == high:
        text = gettext("exactly %(count)s", count=low)
    elif low and high:
        text = gettext("%(low)s to %(high)s", low=low, high=high)
    else:
        text = gettext("at least %(low)s", low=low) if low else gettext("at most %(high)s", high=high)
    return str(text)


def unmeasured(findings: Iterable[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """Why criteria of the face were not measured, and which; an empty list when all were."""
    found = {finding["id"] for finding in findings}
    absent = [str(CRITERIA[name]) for name in photo_quality.face_criteria() if name not in found]
    if "faces" in found:
        return gettext("No face was found, so nothing was measured on it."), absent
    return gettext("No face detector is installed on this server, so the face was not checked."), absent


def _number(limit: float | None) -> str:
    return "" if limit is None else str(format_decimal(limit))


def _picture(form: Form) -> tuple[bytes, str]:
    """The bytes just sent and where they come from; notes a refusal when there are none."""
    captured = form.value("captured")
    if not captured:
        return form.file("portrait"), "uploaded"
    try:
        return base64.b64decode(captured.removeprefix(DATA_URL), validate=True), "captured"
    except (binascii.Error, ValueError):
        form.refuse("portrait", gettext("The camera's picture did not arrive whole. Take it again."))
        return b"", "captured"


@blueprint.get("/cases/<uuid:request_id>/enrolment")
@allow(RoleName.CLERK)
def portrait(request_id: UUID) -> ResponseReturnValue:
    """Take or upload the portrait, and see what was measured about it. The opening is recorded."""
    with current_office().database.transaction() as session:
        access.opened(session, request_id)
    return _page(request_id, Form())


@blueprint.post("/cases/<uuid:request_id>/enrolment/picture")
@allow(RoleName.CLERK)
def add_portrait(request_id: UUID) -> ResponseReturnValue:
    """Keep a new picture. It is measured first, outside the transaction."""
    office, form, actor = current_office(), Form.sent(), access.acting_on(request_id)
    with form.catch():
        data, source = _picture(form)
        form.check()
        measured = enrolment.measure(data)
        with office.database.transaction() as session:
            found = search.case(session, request_id, actor=actor)
            enrolment.add_portrait(
                session, found, measured, source, vault=office.vault, actor=actor, clock=office.clock
            )
        return redirect(url_for("desk.portrait", request_id=request_id), 303)
    return _page(request_id, form)


@blueprint.get("/cases/<uuid:request_id>/enrolment/master")
@allow(RoleName.CLERK)
def portrait_master(request_id: UUID) -> ResponseReturnValue:
    """The whole picture that the print is cropped from."""
    office = current_office()
    with office.database.reading() as session:
        return Response(_master(session, request_id)[1], mimetype="image/jpeg")


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
    office, form, actor, crop = current_office(), Form.sent(), access.acting_on(request_id), None
    with form.catch():
        reason = form.text("override_reason", limit=500, lines=True, required=False)
        crop = _crop(form)
        measured = _recropped(request_id, form, crop) if crop else None
        with office.database.transaction() as session:
            found = search.case(session, request_id, actor=actor)
            check_version(found, form)
            if measured:
                enrolment.crop_portrait(session, found, measured, vault=office.vault, actor=actor, clock=office.clock)
            enrolment.accept_portrait(session, found, reason, actor=actor, clock=office.clock)
        flash(gettext("The portrait is accepted."), "done")
        return redirect(url_for("desk.case", request_id=request_id), 303)
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
    with current_office().database.reading() as session:
        shown_id, master = _master(session, request_id)
    if str(shown_id) != form.value("portrait_id"):
        raise StaleState("Another picture was taken meanwhile. Look at it before you accept it.")
    return enrolment.recrop(master, crop)


def _master(session: Session, request_id: UUID) -> tuple[UUID, bytes]:
    """The newest portrait of the case and its whole picture."""
    found = search.case(session, request_id, actor=access.acting_on(request_id))
    newest = enrolment.newest(session, found)
    if newest is None:
        raise NotFound("There is no portrait yet. Take or upload one first.")
    return newest.id, enrolment.master_of(session, newest, vault=current_office().vault)


@blueprint.post("/cases/<uuid:request_id>/enrolment/reuse")
@allow(RoleName.CLERK)
def reuse_portrait(request_id: UUID) -> ResponseReturnValue:
    """Use the person's earlier portrait again, where the document type's rules allow it."""
    office, form, actor = current_office(), Form.sent(), access.acting_on(request_id)
    with form.catch():
        with office.database.transaction() as session:
            found = search.case(session, request_id, actor=actor)
            check_version(found, form)
            enrolment.reuse_portrait(session, found, vault=office.vault, actor=actor, clock=office.clock)
        flash(gettext("The earlier portrait is used again."), "done")
        return redirect(url_for("desk.case", request_id=request_id), 303)
    return _page(request_id, form)


@blueprint.get("/cases/<uuid:request_id>/enrolment/earlier")
@allow(RoleName.CLERK)
def earlier_portrait(request_id: UUID) -> ResponseReturnValue:
    """The earlier portrait that may be used again."""
    office = current_office()
    with office.database.reading() as session:
        found = search.case(session, request_id, actor=access.acting_on(request_id))
        earlier = enrolment.reusable(session, found, clock=office.clock)
        if earlier is None or earlier.print_id is None:
            raise NotFound("There is no earlier portrait to use again. Take a new one.")
        return Response(office.vault.get(session, earlier.print_id), mimetype="image/jpeg")


def _page(request_id: UUID, form: Form, crop: Crop | None = None) -> ResponseReturnValue:
    """The portrait page; `form` is what was just refused, or empty; `crop` the frame to show, else the proposed one."""
    office = current_office()
    framed = _framed(request_id, form, crop)
    with office.database.reading() as session:
        found = search.case(session, request_id, actor=access.acting_on(request_id))
        newest = enrolment.newest(session, found)
        if form.stale or not form.value("version"):
            form.values["version"] = found.version
        findings = _findings(newest, framed)
        page = render_template(
            "desk/portrait.html",
            case=found,
            card=access.card(session, found),
            form=form,
            newest=newest,
            findings=shown(findings),
            unmeasured=unmeasured(findings),
            framed=framed,
            least_crop=MIN_CROP,
            earlier=enrolment.reusable(session, found, clock=office.clock),
            open_for_enrolment=found.state in enrolment.OPEN_FOR_ENROLMENT,
            rule=document_types.get(found.document_type).rules_on(found.lodged_on).portrait.text,
        )
        return make_response(page, form.status)


def _framed(request_id: UUID, form: Form, crop: Crop | None) -> Examination | None:
    """What to show of the portrait that waits to be accepted: with `crop`, or as proposed where that does not fit.

    The frame shown goes into the form's fields, unless a field was refused: then what was typed stays.
    """
    office = current_office()
    with office.database.reading() as session:
        found = search.case(session, request_id, actor=access.acting_on(request_id))
        newest = enrolment.newest(session, found)
        waiting = newest and not newest.accepted_by and newest.master_id
        if newest is None or not waiting or found.state not in enrolment.OPEN_FOR_ENROLMENT:
            return None
        master = enrolment.master_of(session, newest, vault=office.vault)
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
    if framed:
        return [asdict(finding) for finding in framed.findings]
    return list(newest.findings) if newest else []
