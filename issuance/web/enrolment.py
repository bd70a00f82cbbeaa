"""The portrait at the desk: taken by webcam or uploaded, measured, then accepted or taken again."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext, lazy_gettext

from issuance import document_types
from issuance.errors import NotFound
from issuance.models.staff import RoleName
from issuance.office import current_office
from issuance.services import enquiries, enrolment
from issuance.web import cases
from issuance.web.auth import allow
from issuance.web.casework import check_version
from issuance.web.desk import blueprint
from issuance.web.forms import Form

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
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding as the clerk reads it."""

    criterion: str
    measured: str
    limits: str
    passed: bool
    assumption: bool
    advice: str


def shown(findings: Iterable[Mapping[str, Any]]) -> list[Shown]:
    """The stored findings in words, those outside their limits first."""
    return sorted((_shown(finding) for finding in findings), key=lambda finding: finding.passed)


def _shown(finding: Mapping[str, Any]) -> Shown:
    unit = f" {finding['unit']}" if finding["unit"] else ""
    low, high = (_number(finding[limit]) for limit in ("limit_min", "limit_max"))
    if low and high:
        limits = gettext("%(low)s to %(high)s", low=low, high=high)
    else:
        limits = gettext("at least %(low)s", low=low) if low else gettext("at most %(high)s", high=high)
    return Shown(
        criterion=str(CRITERIA.get(finding["id"], finding["criterion"])),
        measured=format_decimal(round(finding["measured"], 2)) + unit,
        limits=limits + unit,
        passed=finding["passed"],
        assumption=finding["assumption"],
        advice="" if finding["passed"] else str(ADVICE.get(finding["id"], "")),
    )


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
        cases.opened(session, request_id)
    return _page(request_id, Form())


@blueprint.post("/cases/<uuid:request_id>/enrolment/picture")
@allow(RoleName.CLERK)
def add_portrait(request_id: UUID) -> ResponseReturnValue:
    """Keep a new picture. It is measured first, outside the transaction."""
    office, form, actor = current_office(), Form.sent(), cases.acting_on(request_id)
    with form.catch():
        data, source = _picture(form)
        form.check()
        measured = enrolment.measure(data)
        with office.database.transaction() as session:
            found = enquiries.case(session, request_id, actor=actor)
            enrolment.add_portrait(
                session, found, measured, source, vault=office.vault, actor=actor, clock=office.clock
            )
        return redirect(url_for("desk.portrait", request_id=request_id), 303)
    return _page(request_id, form)


@blueprint.post("/cases/<uuid:request_id>/enrolment/accept")
@allow(RoleName.CLERK)
def accept_portrait(request_id: UUID) -> ResponseReturnValue:
    """Accept the newest picture; with a reason when a finding is outside its limits."""
    office, form, actor = current_office(), Form.sent(), cases.acting_on(request_id)
    with form.catch():
        reason = form.text("override_reason", limit=500, lines=True, required=False)
        form.check()
        with office.database.transaction() as session:
            found = enquiries.case(session, request_id, actor=actor)
            check_version(found, form)
            enrolment.accept_portrait(session, found, reason, actor=actor, clock=office.clock)
        flash(gettext("The portrait is accepted."), "done")
        return redirect(url_for("desk.case", request_id=request_id), 303)
    return _page(request_id, form)


@blueprint.post("/cases/<uuid:request_id>/enrolment/reuse")
@allow(RoleName.CLERK)
def reuse_portrait(request_id: UUID) -> ResponseReturnValue:
    """Use the person's earlier portrait again, where the document type's rules allow it."""
    office, form, actor = current_office(), Form.sent(), cases.acting_on(request_id)
    with form.catch():
        with office.database.transaction() as session:
            found = enquiries.case(session, request_id, actor=actor)
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
        found = enquiries.case(session, request_id, actor=cases.acting_on(request_id))
        earlier = enrolment.reusable(session, found, clock=office.clock)
        if earlier is None or earlier.print_id is None:
            raise NotFound("There is no earlier portrait to use again. Take a new one.")
        return Response(office.vault.get(session, earlier.print_id), mimetype="image/jpeg")


def _page(request_id: UUID, form: Form) -> ResponseReturnValue:
    """The portrait page; `form` is what was just refused, or empty."""
    office = current_office()
    with office.database.reading() as session:
        found = enquiries.case(session, request_id, actor=cases.acting_on(request_id))
        newest = enrolment.newest(session, found)
        if form.stale or not form.value("version"):
            form.values["version"] = found.version
        page = render_template(
            "desk/portrait.html",
            case=found,
            card=cases.card(session, found),
            form=form,
            newest=newest,
            findings=shown(newest.findings) if newest else [],
            earlier=enrolment.reusable(session, found, clock=office.clock),
            open_for_enrolment=found.state in enrolment.OPEN_FOR_ENROLMENT,
            rule=document_types.get(found.document_type).rules_on(found.lodged_on).portrait.text,
        )
        return make_response(page, form.status)
