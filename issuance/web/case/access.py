"""What every page about one case shares: opening it, its card with clock and life line, its portrait."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance import document_types
from issuance.actors import Actor
from issuance.errors import InvalidInput, NotFound
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff
from issuance.office import current_office
from issuance.services.casework import enrolment, search
from issuance.services.casework.search import OtherCentre
from issuance.services.trust import audit
from issuance.states import RequestState
from issuance.values import references
from issuance.web.frame.auth import ANY_ROLE, allow, current_actor
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import LIFE_STEPS, CaseCard, CaseClock, LifeStep

blueprint = Blueprint("cases", __name__, url_prefix="/cases")

STOPPED = {RequestState.REFUSED, RequestState.WITHDRAWN}


def acting_on(request_id: UUID) -> Actor:
    """Who is logged in, with the reason given for looking at this case of another centre."""
    return replace(current_actor(), reason=session.get("reasons", {}).get(str(request_id), ""))


def opened(database_session: Session, request_id: UUID) -> IssuanceRequest:
    """The case of a page that shows it; the opening is recorded. For acts use `enquiries.case`."""
    return search.open_case(database_session, request_id, actor=acting_on(request_id), clock=current_office().clock)


def card(database_session: Session, case: IssuanceRequest) -> CaseCard:
    """The card on the right of the work."""
    person = case.person
    document = _newest_document(database_session, case)
    portrait = enrolment.newest(database_session, case)
    return CaseCard(
        latin_name=f"{person.family_name} {person.given_names}".strip(),
        native_name=person.native_name,
        native_language=person.language,
        reference=references.grouped(case.reference),
        document=type_title(case.document_type),
        number=document.number if document else "",
        state=str(case.state),
        portrait_url=url_for("cases.portrait", request_id=case.id) if portrait and portrait.print_id else "",
        declared_identity=case.declared_identity,
        clock=clock_of(case),
        life=life(database_session, case),
    )


def type_title(code: str) -> str:
    """`RP-R · Residence permit (refugee)` in the language of the page."""
    return f"{code} · {document_types.get(code).title.text(str(get_locale()))}"


def clock_of(case: IssuanceRequest) -> CaseClock:
    """Day n of 30 with its article (E4)."""
    rules = document_types.get(case.document_type).rules_on(case.lodged_on)
    return CaseClock(
        lodged_on=case.lodged_on,
        due_on=case.due_on,
        today=current_office().clock.today(),
        article=rules.deadline.legal_basis.text(str(get_locale())),
        ended_on=case.ended_on,
    )


def life(database_session: Session, case: IssuanceRequest) -> tuple[LifeStep, ...]:
    """Lodged - complete - approved - printed - checked - handed over, with who and when, from the audit events."""
    events = {event.act: event for event in _events(database_session, case)}
    who = _names(database_session, events.values())
    first_open = next((act for act, _ in LIFE_STEPS if act not in events), None)
    steps = []
    for act, label in LIFE_STEPS:
        if event := events.get(act):
            steps.append(LifeStep(str(label), "done", who.get(event.actor_id, ""), event.at))
        elif act == first_open:
            steps.append(LifeStep(str(label), "stop" if case.state in STOPPED else "now"))
        else:
            steps.append(LifeStep(str(label), "next"))
    return tuple(steps)


def _events(database_session: Session, case: IssuanceRequest) -> list[AuditEvent]:
    """The events of the case and of its newest document, oldest first: a later attempt replaces an earlier one."""
    document = _newest_document(database_session, case)
    events = [event for event in audit.life_line(database_session, case.id) if not event.act.startswith("document.")]
    return events + (audit.life_line(database_session, document.id) if document else [])


def _names(database_session: Session, events: object) -> dict[UUID | None, str]:
    ids = {event.actor_id for event in events if event.actor_id}  # type: ignore[attr-defined]
    rows = database_session.execute(select(Staff.id, Staff.full_name).where(Staff.id.in_(ids)))
    return dict(rows.all())


def _newest_document(database_session: Session, case: IssuanceRequest) -> Document | None:
    query = select(Document).where(Document.request_id == case.id).order_by(Document.attempt.desc()).limit(1)
    return database_session.scalar(query)


@blueprint.get("/<uuid:request_id>/portrait")
@allow(*ANY_ROLE)
def portrait(request_id: UUID) -> Response:
    """The newest portrait of the case, as it would be printed."""
    office = current_office()
    with office.database.reading() as database_session:
        case = search.case(database_session, request_id, actor=acting_on(request_id))
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
    return render_template("cases/reason.html", form=form), form.status


def _back(request_id: UUID) -> str:
    return url_for("desk.case", request_id=request_id)


def ask_for_reason(error: OtherCentre) -> ResponseReturnValue:
    """The answer to OtherCentre on any page about a case."""
    view_args = request.view_args or {}
    g.pop("surroundings", None)
    return redirect(url_for("cases.reason", request_id=view_args["request_id"]))


blueprint.app_errorhandler(OtherCentre)(ask_for_reason)
