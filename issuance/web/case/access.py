"""How every page comes to its case: acting on it, opening it, the reason to look at another centre's; its portrait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import InvalidInput, NotAllowed, StaleState
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.care import protection
from issuance.services.care.protection import ProtectedRecord
from issuance.services.casework import cases, enrolment, persons
from issuance.services.casework.cases import OpenCheck, OtherCentre
from issuance.services.remote import watches
from issuance.web.case.card import PORTRAIT_READERS
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence

blueprint = Blueprint("access", __name__, url_prefix="/cases")


CASE_READERS = (
    RoleName.CLERK,
    RoleName.DECISION_OFFICER,
    RoleName.QUALITY_OFFICER,
    RoleName.SUPERVISOR,
    RoleName.AUDITOR,
)
"""Who sees persons. Operators and administrators see numbers."""

VIEWS = {
    "case.document.show",
    "case.access.portrait",
    "case.access.reason",
    "case.person.reason",
    "case.person.show",
    "desk.case.show",
    "desk.papers.approval",
    "desk.papers.hand_over_protocol",
    "desk.papers.receipt",
    "desk.papers.refusal",
}
"""What a reason opens of another centre's case or person. Every other page about one is for who works there."""


@blueprint.before_app_request
def _check_centre() -> None:
    """NotAllowed for a page that is no view of another centre's case or person, whatever reason was typed."""
    case_id, person_id = ((request.view_args or {}).get(name) for name in ("request_id", "person_id"))
    if request.endpoint in VIEWS or not (case_id or person_id):
        return
    with current_office().reading(current_actor()) as look:
        if case_id:
            _check_own(look, case_id)
        if person_id:
            persons.own_person(look, person_id)


def _check_own(look: Look, case_id: UUID) -> None:
    """NotAllowed for another centre's case, by the end of one's hours of duty where it was open by them."""
    try:
        cases.own_case(look, case_id)
    except NotAllowed:
        watches.check_not_over(look, case_id)
        raise


def acting_on(case_or_person: UUID) -> Actor:
    """Who is logged in, with the reason given for looking at this case, or person, of another centre."""
    return replace(current_actor(), reason=session.get("reasons", {}).get(str(case_or_person), ""))


def open_case(request_id: UUID) -> None:
    """A page about the case is opened, which is recorded before it is drawn."""
    with current_office().act(acting_on(request_id)) as act:
        cases.open_case(act, request_id)


@contextmanager
def looking(request_id: UUID) -> Iterator[tuple[Look, IssuanceRequest]]:
    """Look at a case to draw a page about it. OtherCentre, which is answered by the question why."""
    with current_office().reading(acting_on(request_id)) as look:
        yield look, cases.case(look, request_id)


Same = Callable[[Look, IssuanceRequest, Form], None]
"""StaleState when the form was drawn from something older than what is there now."""


def same_request(_look: Look, case: IssuanceRequest, form: Form) -> None:
    """StaleState when the request was changed since the form was drawn."""
    _check_version(case.version, form)


def same_person(_look: Look, case: IssuanceRequest, form: Form) -> None:
    """StaleState when the person's data were changed since the form was drawn."""
    _check_version(case.person.version, form)


def _check_version(version: int, form: Form) -> None:
    if version != form.version:
        raise StaleState("Someone else changed this meanwhile. Compare below and send it again.")


@contextmanager
def acting(form: Form, request_id: UUID, same: Same | None = same_request) -> Iterator[tuple[Act, IssuanceRequest]]:
    """The one way to act on a case by a form: nothing in it was refused, and nothing changed since it was drawn.

    Only where one works. Belongs into `with form.catch():`, which shows what is refused in the form.
    """
    form.check()
    with current_office().act(acting_on(request_id)) as act:
        case = cases.own_case(act, request_id)
        if same is not None:
            same(act, case, form)
        yield act, case


def done(request_id: UUID, message: str) -> ResponseReturnValue:
    """Back to the case, which says what was done."""
    flash(message, "done")
    return redirect(url_for("desk.case.show", request_id=request_id), 303)


@blueprint.get("/<uuid:request_id>/portrait")
@allow(*PORTRAIT_READERS)
def portrait(request_id: UUID) -> Response:
    """The newest portrait of the case, as it would be printed; its opening is recorded."""
    with current_office().act(acting_on(request_id)) as act:
        data = enrolment.open_portrait(act, cases.case(act, request_id))
    return Response(data, mimetype="image/jpeg")


@blueprint.route("/<uuid:request_id>/reason", methods=["GET", "POST"])
@allow(*CASE_READERS)
def reason(request_id: UUID) -> ResponseReturnValue:
    """Say why one looks at another centre's case; the reason goes into the audit with everything done there."""
    return asked_why(request_id, url_for("desk.case.show", request_id=request_id))


def asked_why(case_or_person: UUID, then: str) -> ResponseReturnValue:
    """The question why, and `then` the page that it opens."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            text = form.text("reason")
            form.check()
            if len(text) < 10:
                raise InvalidInput("reason", "Say in a few words why, for example the transfer you answer.")
            session["reasons"] = {**session.get("reasons", {}), str(case_or_person): text}
            return redirect(then)
    return render_template("case/reason.html", form=form), form.status


def ask_for_reason(error: OtherCentre) -> ResponseReturnValue:
    """The answer to OtherCentre on any page about a case or a person."""
    view_args = request.view_args or {}
    g.pop("rail", None)
    if "person_id" in view_args:
        return redirect(url_for("case.person.reason", person_id=view_args["person_id"]))
    return redirect(url_for("case.access.reason", request_id=view_args["request_id"]))


def say_closed(error: OpenCheck) -> ResponseReturnValue:
    """The answer to OpenCheck on any page about a case: why it is closed, and the way to the check."""
    g.pop("rail", None)
    return render_template("case/closed.html", why=sentence(error)), 403


def say_protected(error: ProtectedRecord) -> ResponseReturnValue:
    """The answer to ProtectedRecord on any page: whom to ask. That somebody tried is kept and told to a supervisor."""
    g.pop("rail", None)
    with current_office().act(current_actor()) as act:
        protection.tell(act, error.protection_id)
    return render_template("case/closed.html", why=sentence(error), protected=True), 403


blueprint.app_errorhandler(ProtectedRecord)(say_protected)
blueprint.app_errorhandler(OtherCentre)(ask_for_reason)
blueprint.app_errorhandler(OpenCheck)(say_closed)
