"""The decision officer's pages: what waits, the case as it will be printed, approve, refuse, send back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext
from sqlalchemy import Select

from issuance import document_types
from issuance.acts import Look
from issuance.errors import Conflict, NotAllowed, StaleState
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import parties
from issuance.services.bulks import approving, exceptions
from issuance.services.bulks.approving import Counted
from issuance.services.bulks.drawing import rules_on_bulk
from issuance.services.casework import decisions, enrolment, queues
from issuance.services.casework.decisions import Entitlement
from issuance.services.casework.queues import PAGE_ROWS, Work
from issuance.services.lists import number, total
from issuance.services.persons import signatures
from issuance.services.production import documents
from issuance.services.remote import watches
from issuance.services.remote.watches import Watch
from issuance.states import RequestState
from issuance.values import references
from issuance.web.case import access, card, specimen
from issuance.web.case.access import acting
from issuance.web.case.brought import missing_words
from issuance.web.case.card import CaseClock
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, asked_order, options, order_args, page_number
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Group, Queue
from issuance.web.officer import facts
from issuance.web.words.duties import FLAGS, WHYS
from printing.errors import PrintingError

blueprint = Blueprint("decisions", __name__, url_prefix="/decisions")

DRAWN_TODAY = lazy_gettext("taken in today already")

PARTS: dict[str, Any] = {
    "request": lazy_gettext("the request"),
    "person": lazy_gettext("the person's data"),
    "portrait": lazy_gettext("the portrait"),
    "evidence": lazy_gettext("the papers"),
    "signature": lazy_gettext("the signature"),
}
"""What of a case may change while an officer looks at it."""


def _waiting(look: Look) -> Select[int]:
    places = (look.actor.centre_id, *(watch.centre.id for watch in _watches(look)))
    return total(queues.how_many(look, Work((RequestState.COMPLETE,), place)) for place in places)


QUEUES = (
    Queue(
        lazy_gettext("To decide"),
        "officer.decisions.waiting",
        (RoleName.DECISION_OFFICER,),
        _waiting,
        key="o",
        group=Group.DECISIONS,
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One request that waits for a decision; `flags` are its exceptions, each with the tone of its chip.

    `is_own`: this officer worked on it at the desk and cannot decide. `alone` says why it cannot be ticked.
    """

    case: IssuanceRequest
    name: str
    reference: str
    clock: CaseClock
    ahead: bool
    flags: list[tuple[Any, str]]
    is_own: bool
    alone: str


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
    total = number(look, queues.how_many(look, work))
    return Elsewhere(watch, _rows(look, queues.work_page(look, work)), total)


@blueprint.get("/")
@allow(RoleName.DECISION_OFFICER)
def waiting() -> str:
    """Complete requests: vulnerable persons and lone children ahead, then the oldest (E25).

    Those of other centres for which the officer is on duty now stand first: nobody there decides tonight. Those of the
    own centre and of one type whose rules say so can be ticked, to be approved together.
    """
    actor, page = current_actor(), page_number()
    work, code = Work((RequestState.COMPLETE,), actor.centre_id), request.args.get("type", "")
    order, address = asked_order(queues.SORTS), partial(url_for, "officer.decisions.waiting", type=code or None)
    with current_office().reading(actor) as look:
        counts = {kind: number for (_, kind), number in sorted(queues.work_counts(look, work).items())}
        together = rules_on_bulk(look, code)
        asked = replace(work, types=(code,) if code else ())
        found = queues.work_page(look, asked, page=page, order=order)
        rows = _rows(look, found, ticked=together is not None)
        elsewhere = [_elsewhere(look, watch) for watch in _watches(look)]
        begun = [(bulk, Counted.of(approving.cases(look, bulk))) for bulk in approving.open_of(look)]
    total = counts.get(code, 0) if code else sum(counts.values())
    return render_template(
        "officer/waiting.html",
        rows=rows,
        elsewhere=elsewhere,
        first=next((row for row in _all(elsewhere, rows) if not row.is_own), None),
        chips=_chips(partial(address, **order_args(order)), counts, code),
        chosen=code,
        together=together,
        together_says=together.text.text(str(get_locale())) if together else "",
        begun=begun,
        columns=card.queue_columns(gettext("To look at"), order, address),
        address=partial(address, **order_args(order)),
        page=page,
        pages=max(1, -(-total // PAGE_ROWS)),
    )


def _all(elsewhere: list[Elsewhere], rows: list[Row]) -> list[Row]:
    return [row for each in elsewhere for row in each.rows] + rows


def _chips(address: Callable[..., str], counts: dict[str, int], chosen: str) -> list[tuple[str, str, bool, int]]:
    everything = (gettext("All"), address(type=None), not chosen, sum(counts.values()))
    return [everything] + [(kind, address(type=kind), kind == chosen, number) for kind, number in counts.items()]


def _rows(look: Look, listed: Sequence[IssuanceRequest], *, ticked: bool = False) -> list[Row]:
    """The rows of the list, all of them asked for at once."""
    flags, own = exceptions.flags(look, listed), decisions.own_among(look, listed)
    why = exceptions.alone(look, listed) if ticked else {}
    taken = approving.taken_today(look, [case.id for case in listed]) if ticked else set()
    return [
        Row(
            case,
            case.holder.full_name,
            references.grouped(case.reference),
            card.clock_of(case),
            parties.goes_ahead(case),
            [FLAGS[code] for code in flags[case.id]],
            is_own=case.id in own,
            alone=str(DRAWN_TODAY if case.id in taken else WHYS.get(why.get(case.id, ""), "")),
        )
        for case in listed
    ]


def _barred(look: Look, case: IssuanceRequest) -> str:
    """Why this officer cannot decide on the case; empty when nothing is in the way."""
    try:
        decisions.check_officer(look, case)
    except NotAllowed as error:
        return sentence(error)
    return ""


# What the officer looked at must be what is decided on: the parts of the page that may change meanwhile.


def _seen(look: Look, case: IssuanceRequest) -> dict[str, str]:
    return decisions.parts(look, [case])[case.id]


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
        onward = _onward(act, case)
    flash(gettext("Approved: %(reference)s is printed as %(number)s.", reference=reference, number=number), "done")
    return redirect(onward, 303)


def _onward(look: Look, case: IssuanceRequest) -> str:
    """Where the officer goes on: with the others of what was drawn, or with the list."""
    drawn = approving.drawn_here(look, case.id)
    return url_for("officer.bulks.show", bulk_id=drawn.bulk_id) if drawn else url_for("officer.decisions.waiting")


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
                onward = _onward(act, case)
            flash(gettext("Refused. The person is told the reason."), "done")
            return redirect(onward, 303)
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
                onward = _onward(act, case)
            flash(gettext("Sent back to the desk. The holder sees what is missing."), "done")
            return redirect(onward, 303)
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
        drawn = approving.drawn_here(look, case.id)
        page = render_template(
            template,
            form=form,
            case=case,
            reference=references.grouped(case.reference),
            clock=card.clock_of(case),
            seen=_seen(look, case),
            is_open=case.state == RequestState.COMPLETE,
            barred=_barred(look, case),
            drawn=drawn,
            counted=Counted.of(approving.cases(look, drawn.bulk)) if drawn else None,
            missing_options=options(_missing(case).items()),
            **facts.of(look, case),
        )
    return make_response(page, form.status)


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
