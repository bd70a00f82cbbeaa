"""The decision officer's pages: what waits, the case as it will be printed, approve, refuse, send back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext
from sqlalchemy import select

from issuance import document_types
from issuance.acts import Look
from issuance.errors import Conflict, NotAllowed, StaleState
from issuance.models.duties import DutyName
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.staff import RoleName
from issuance.services import duties
from issuance.services.casework import decisions, enrolment, queues
from issuance.services.casework.decisions import Entitlement
from issuance.services.casework.queues import PAGE_ROWS, Work
from issuance.services.evidence import papers
from issuance.services.persons import signatures, versions
from issuance.services.production import documents
from issuance.services.remote import watches
from issuance.services.remote.watches import Watch
from issuance.services.rule_versions import rules_of
from issuance.states import RequestState
from issuance.values import references
from issuance.web.case import access, card, specimen
from issuance.web.case.access import acting
from issuance.web.case.brought import lines, missing_words
from issuance.web.case.card import CaseClock
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options, page_number
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Queue
from issuance.web.words import fingerprints as finger_words
from issuance.web.words import persons as person_words
from issuance.web.words.codes import PROCEDURES, REASONS, SIGNATURE_ABSENCES, STATUSES, travel_document
from issuance.web.words.findings import shown
from issuance.web.words.nationalities import nationality_names
from printing.errors import PrintingError

blueprint = Blueprint("decisions", __name__, url_prefix="/decisions")

PARTS: dict[str, Any] = {
    "request": lazy_gettext("the request"),
    "person": lazy_gettext("the person's data"),
    "portrait": lazy_gettext("the portrait"),
    "evidence": lazy_gettext("the papers"),
    "signature": lazy_gettext("the signature"),
}
"""What of a case may change while an officer looks at it."""


def _waiting(look: Look) -> int:
    places = (look.actor.centre_id, *(watch.centre.id for watch in _watches(look)))
    return sum(queues.count(look, RequestState.COMPLETE, place) for place in places)


QUEUES = (
    Queue(lazy_gettext("To decide"), "officer.decisions.waiting", (RoleName.DECISION_OFFICER,), _waiting, key="o"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One request that waits for a decision. `is_own`: this officer worked on it at the desk and cannot decide."""

    case: IssuanceRequest
    name: str
    reference: str
    clock: CaseClock
    ahead: bool
    uploaded: bool
    overridden: bool
    by_hand: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What waits at another centre for which this officer is on duty now: its most urgent, and how many in all."""

    watch: Watch
    rows: list[Row]
    total: int


def _watches(look: Look) -> list[Watch]:
    """The other centres for which this officer decides now."""
    return watches.mine(look, look.actor.id, RoleName.DECISION_OFFICER)


def _elsewhere(look: Look, watch: Watch) -> Elsewhere:
    work = Work((RequestState.COMPLETE,), watch.centre.id)
    total = queues.count(look, RequestState.COMPLETE, watch.centre.id)
    return Elsewhere(watch, _rows(look, queues.work_page(look, work)), total)


@blueprint.get("/")
@allow(RoleName.DECISION_OFFICER)
def waiting() -> str:
    """Complete requests: vulnerable persons and lone children ahead, then the oldest (E25).

    Those of other centres for which the officer is on duty now stand first: nobody there decides tonight.
    """
    actor, page = current_actor(), page_number()
    work, code = Work((RequestState.COMPLETE,), actor.centre_id), request.args.get("type", "")
    with current_office().reading(actor) as look:
        counts = {kind: number for (_, kind), number in sorted(queues.work_counts(look, work).items())}
        found = queues.work_page(look, work, document_type=code, page=page)
        rows, elsewhere = _rows(look, found), [_elsewhere(look, watch) for watch in _watches(look)]
    total = counts.get(code, 0) if code else sum(counts.values())
    return render_template(
        "officer/waiting.html",
        rows=rows,
        elsewhere=elsewhere,
        first=next((row for row in _all(elsewhere, rows) if not row.is_own), None),
        chips=_chips(counts, code),
        chosen=code,
        page=page,
        pages=max(1, -(-total // PAGE_ROWS)),
    )


def _all(elsewhere: list[Elsewhere], rows: list[Row]) -> list[Row]:
    return [row for each in elsewhere for row in each.rows] + rows


def _chips(counts: dict[str, int], chosen: str) -> list[tuple[str, str, bool, int]]:
    everything = (gettext("All"), url_for("officer.decisions.waiting"), not chosen, sum(counts.values()))
    return [everything] + [
        (kind, url_for("officer.decisions.waiting", type=kind), kind == chosen, number)
        for kind, number in counts.items()
    ]


def _rows(look: Look, found: Iterable[IssuanceRequest]) -> list[Row]:
    listed = list(found)
    ids = [case.id for case in listed]
    pictures = select(Portrait).where(Portrait.request_id.in_(ids)).order_by(Portrait.id)
    newest = {portrait.request_id: portrait for portrait in look.session.scalars(pictures)}
    is_open = duties.requests_open_to(look.actor.id, DutyName.DECISION)
    mine = set(look.session.scalars(select(IssuanceRequest.id).where(IssuanceRequest.id.in_(ids), is_open)))
    return [_row(case, newest.get(case.id), is_own=case.id not in mine) for case in listed]


def _row(case: IssuanceRequest, portrait: Portrait | None, *, is_own: bool) -> Row:
    return Row(
        case,
        case.holder.full_name,
        references.grouped(case.reference),
        card.clock_of(case),
        case.person.vulnerable or case.unaccompanied,
        uploaded=portrait is not None and portrait.source == "uploaded",
        overridden=portrait is not None and bool(portrait.override_reason),
        by_hand=decisions.needs_second_entry(case),
        is_own=is_own,
    )


def _barred(look: Look, case: IssuanceRequest) -> str:
    """Why this officer cannot decide on the case; empty when nothing is in the way."""
    try:
        decisions.check_officer(look, case)
    except NotAllowed as error:
        return sentence(error)
    return ""


# What the officer looked at must be what is decided on: the parts of the page that may change meanwhile.


def _seen(look: Look, case: IssuanceRequest) -> dict[str, str]:
    portrait, signature = enrolment.newest(look, case), signatures.of(look, case)
    return {
        "request": str(case.version),
        "person": str(case.person.version),
        "portrait": str(portrait.id if portrait else ""),
        "evidence": " ".join(str(each.id) for each in papers.attached(look, case)),
        "signature": str(signature.picture_id or signature.absence) if signature else "",
    }


def _check_seen(look: Look, case: IssuanceRequest, form: Form) -> None:
    """StaleState, naming what changed, when the page was drawn from something older."""
    now = _seen(look, case)
    changed = [str(PARTS[part]) for part in now if form.value(f"seen-{part}") != now[part]]
    if changed:
        raise StaleState(
            "Since you opened this page someone changed: %(parts)s. Look again below, then decide.",
            parts=", ".join(changed),
        )


@blueprint.route("/<uuid:request_id>", methods=["GET", "POST"])
@allow(RoleName.DECISION_OFFICER)
def decide(request_id: UUID) -> ResponseReturnValue:
    """Look at the case as it will be printed, and approve it."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _approve(request_id, form)
    return _page("officer/decide.html", request_id, form)


def _approve(request_id: UUID, form: Form) -> ResponseReturnValue:
    with acting(form, request_id, _check_seen) as (act, case):
        entitlement = _second_entry(form) if decisions.needs_second_entry(case) else None
        form.check()
        document = decisions.approve(act, case, entitlement)
        number, reference = document.number, references.grouped(case.reference)
    flash(gettext("Approved: %(reference)s is printed as %(number)s.", reference=reference, number=number), "done")
    return redirect(url_for("officer.decisions.waiting"), 303)


def _second_entry(form: Form) -> Entitlement:
    """Number and date of the decision as this officer reads them from the file."""
    return Entitlement(form.text("decision_number", limit=100), form.date("decision_date"))


@blueprint.route("/<uuid:request_id>/refuse", methods=["GET", "POST"])
@allow(RoleName.DECISION_OFFICER)
def refuse(request_id: UUID) -> ResponseReturnValue:
    """Refuse the request with a reason that the person is told."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            reason = form.text("reason", limit=2000, lines=True)
            with acting(form, request_id, _check_seen) as (act, case):
                decisions.refuse(act, case, reason)
            flash(gettext("Refused. The person is told the reason."), "done")
            return redirect(url_for("officer.decisions.waiting"), 303)
    return _page("officer/refuse.html", request_id, form)


@blueprint.route("/<uuid:request_id>/send-back", methods=["GET", "POST"])
@allow(RoleName.DECISION_OFFICER)
def send_back(request_id: UUID) -> ResponseReturnValue:
    """Something is missing after all: back to the desk. The days run on (E4)."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            with acting(form, request_id, _check_seen) as (act, case):
                missing = form.choices("missing", _missing(case))
                form.check()
                decisions.send_back(act, case, missing)
            flash(gettext("Sent back to the desk. The holder sees what is missing."), "done")
            return redirect(url_for("officer.decisions.waiting"), 303)
    return _page("officer/send_back.html", request_id, form)


def _missing(case: IssuanceRequest) -> dict[str, str]:
    """What can be missing from this request, by code."""
    words = missing_words(case)
    return {code: text for code, text in words.items() if code != "replacement_reason" or case.kind == "replacement"}


def _page(template: str, request_id: UUID, form: Form) -> Response:
    """A page about one case that waits for its decision; opening it is recorded."""
    form.labels |= specimen.labels()
    access.open_case(request_id)
    with access.looking(request_id) as (look, case):
        page = render_template(
            template,
            form=form,
            case=case,
            card=card.card(look, case),
            seen=_seen(look, case),
            is_open=case.state == RequestState.COMPLETE,
            barred=_barred(look, case),
            **_facts(look, case),
        )
    return make_response(page, form.status)


def _facts(look: Look, case: IssuanceRequest) -> dict[str, object]:
    """What the officer weighs, in words."""
    kind, language = document_types.get(case.document_type), str(get_locale())
    rules, portrait = rules_of(case), enrolment.newest(look, case)
    return {
        "type_title": card.type_title(case.document_type),
        "has_face": kind.face is not None,
        "since_lodging": person_words.changes(_since_lodging(case)),
        "portrait": portrait,
        "signature": signatures.of(look, case),
        "absence_words": SIGNATURE_ABSENCES,
        "findings": shown(portrait.findings) if portrait else [],
        "papers": lines(look, case),
        "by_hand": decisions.needs_second_entry(case),
        "fingers": finger_words.said(look, case),
        "validity": rules.validity.text.text(language),
        "legal_basis": rules.legal_basis.text(language),
        "travel_document": travel_document(case.travel_document),
        "nationality": nationality_names(case.holder.nationalities),
        "status_word": str(STATUSES.get(case.holder.status, case.holder.status)),
        "procedure_word": str(PROCEDURES.get(case.procedure, case.procedure)),
        "reason_word": str(REASONS.get(case.replacement_reason, "")),
        "missing_options": options(_missing(case).items()),
    }


def _since_lodging(case: IssuanceRequest) -> dict[str, tuple[str, str]]:
    """What the register says otherwise than when the request was lodged, or last approved."""
    return versions.differences(case.person_version, case.holder) if case.person_version else {}


@blueprint.get("/<uuid:request_id>/specimen.png")
@allow(RoleName.DECISION_OFFICER)
def picture(request_id: UUID) -> Response:
    """The faces as they would be printed today, as a SPECIMEN; Conflict where they cannot be composed."""
    with access.looking(request_id) as (look, case):
        portrait, kind = enrolment.newest(look, case), document_types.get(case.document_type)
        crop = look.vault.get(look.session, portrait.print_id) if portrait and portrait.print_id else None
        signature = signatures.picture_of(look, case)
        content = documents.content_of(look, case, kind.number(0), crop, signature)
    try:
        return Response(specimen.picture(content, kind.template()), mimetype="image/png")
    except PrintingError as error:
        raise Conflict("The document cannot be composed. Send the request back to the desk.") from error
