"""How every page comes to its case: acting on it, opening it, the reason to look at another centre's; its portrait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from issuance.actors import Actor
from issuance.errors import InvalidInput, NotFound, StaleState
from issuance.models.requests import IssuanceRequest
from issuance.office import current_office
from issuance.services.casework import cases, enrolment
from issuance.services.casework.cases import OtherCentre
from issuance.web.frame.auth import ANY_ROLE, allow, current_actor
from issuance.web.frame.forms import Form

blueprint = Blueprint("access", __name__, url_prefix="/cases")


def acting_on(request_id: UUID) -> Actor:
    """Who is logged in, with the reason given for looking at this case of another centre."""
    return replace(current_actor(), reason=session.get("reasons", {}).get(str(request_id), ""))


def opened(database_session: Session, request_id: UUID) -> IssuanceRequest:
    """The case of a page that shows it; the opening is recorded. For acts use `enquiries.case`."""
    return cases.open_case(database_session, request_id, actor=acting_on(request_id), clock=current_office().clock)


@blueprint.get("/<uuid:request_id>/portrait")
@allow(*ANY_ROLE)
def portrait(request_id: UUID) -> Response:
    """The newest portrait of the case, as it would be printed."""
    office = current_office()
    with office.database.reading() as database_session:
        case = cases.case(database_session, request_id, actor=acting_on(request_id))
        found = enrolment.newest(database_session, case)
        if found is None or found.print_id is None:
            raise NotFound("There is no portrait yet.")
        data = office.vault.get(database_session, found.print_id)
    return Response(data, mimetype="image/jpeg")


@blueprint.route("/<uuid:request_id>/reason", methods=["GET", "POST"])
@allow(*ANY_ROLE)
def reason(request_id: UUID) -> ResponseReturnValue:
    """Say why one looks at another centre's case; the reason goes into the audit with everything done there."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            text = form.text("reason")
            form.check()
            if len(text) < 10:
                raise InvalidInput("reason", "Say in a few words why, for example the transfer you answer.")
            session["reasons"] = {**session.get("reasons", {}), str(request_id): text}
            return redirect(_back(request_id))
    return render_template("case/reason.html", form=form), form.status


def _back(request_id: UUID) -> str:
    return url_for("desk.case.show", request_id=request_id)


def ask_for_reason(error: OtherCentre) -> ResponseReturnValue:
    """The answer to OtherCentre on any page about a case."""
    view_args = request.view_args or {}
    g.pop("surroundings", None)
    return redirect(url_for("case.access.reason", request_id=view_args["request_id"]))


blueprint.app_errorhandler(OtherCentre)(ask_for_reason)


def check_version(row: Any, form: Form) -> None:
    """StaleState when the form was drawn from an older version of the row."""
    if row.version != form.version:
        raise StaleState("Someone else changed this meanwhile. Compare below and send it again.")
