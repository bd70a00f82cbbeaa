"""The desk's queues and the search. The other pages of the blueprint `desk` are in modules of their own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from issuance import document_types
from issuance.actors import Actor
from issuance.errors import InvalidInput
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import current_office
from issuance.services.casework import search as search_module
from issuance.services.casework.search import PAGE_ROWS, Work
from issuance.states import RequestState
from issuance.values import references
from issuance.web.case import access
from issuance.web.frame.auth import ANY_ROLE, allow, current_actor
from issuance.web.frame.i18n import capital, sentence, word
from issuance.web.frame.rail import SOON_DAYS, CaseClock, Queue

blueprint = Blueprint("desk", __name__)

TO_COMPLETE = (RequestState.LODGED, RequestState.INCOMPLETE)
OPEN = (
    *TO_COMPLETE,
    RequestState.COMPLETE,
    RequestState.APPROVED,
    RequestState.IN_PRODUCTION,
    RequestState.READY,
    RequestState.UNCOLLECTED,
)


def _to_complete(actor: Actor) -> Work:
    return Work(TO_COMPLETE, actor.centre_id)


def _ready(actor: Actor) -> Work:
    return Work((RequestState.READY,), actor.centre_id)


def _due(actor: Actor) -> Work:
    return Work(OPEN, actor.centre_id, current_office().clock.today() + dt.timedelta(days=SOON_DAYS))


def _count_to_complete(session: Session, actor: Actor) -> int:
    return sum(search_module.work_counts(session, _to_complete(actor)).values())


def _count_ready(session: Session, actor: Actor) -> int:
    return sum(search_module.work_counts(session, _ready(actor)).values())


def _count_due(session: Session, actor: Actor) -> int:
    return sum(search_module.work_counts(session, _due(actor)).values())


CLERKS = (RoleName.CLERK, RoleName.SUPERVISOR)
QUEUES = (
    Queue(lazy_gettext("Lodge a request"), "desk.lodge", (RoleName.CLERK,)),
    Queue(lazy_gettext("To complete"), "desk.start", CLERKS, _count_to_complete),
    Queue(lazy_gettext("Ready for hand-over"), "desk.ready", CLERKS, _count_ready),
    Queue(lazy_gettext("Due soon or late"), "desk.due", CLERKS, _count_due, urgent=True),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One request in a list of the own centre: the least a clerk needs to choose."""

    case: IssuanceRequest
    name: str
    reference: str
    clock: CaseClock
    ahead: bool


def row(case: IssuanceRequest) -> Row:
    """The request as a list shows it. Why someone is ahead is need to know, that they are is not (E25)."""
    person = case.person
    return Row(
        case,
        f"{person.family_name} {person.given_names}".strip(),
        references.grouped(case.reference),
        access.clock_of(case),
        person.vulnerable or case.unaccompanied,
    )


@blueprint.get("/desk")
@allow(*CLERKS)
def start() -> ResponseReturnValue:
    """Requests that wait for something at the desk: portrait, spelling, papers."""
    return _queue("desk.start", _to_complete(current_actor()))


@blueprint.get("/desk/ready")
@allow(*CLERKS)
def ready() -> ResponseReturnValue:
    """Checked documents that wait for their holders."""
    return _queue("desk.ready", _ready(current_actor()))


@blueprint.get("/desk/due")
@allow(*CLERKS)
def due() -> ResponseReturnValue:
    """Open requests that are late or due within five days (E4)."""
    return _queue("desk.due", _due(current_actor()))


def _queue(endpoint: str, work: Work) -> ResponseReturnValue:
    """A queue with its filters, which stay in the address; one that nobody knows is none."""
    state, code = request.args.get("state", ""), request.args.get("type", "")
    state = state if state in work.states else ""
    code = code if code in document_types.load() else ""
    page = request.args.get("page", 1, type=int)
    with current_office().database.reading() as session:
        counts = search_module.work_counts(session, work)
        total = sum(n for key, n in counts.items() if state in ("", key[0]) and code in ("", key[1]))
        pages = max(1, -(-total // PAGE_ROWS))
        page = min(max(page, 1), pages)
        found = search_module.work_page(session, work, state=state, document_type=code, page=page)
        return render_template(
            "desk/queue.html",
            endpoint=endpoint,
            rows=[row(case) for case in found],
            states=_state_chips(endpoint, counts, state, code),
            types=_type_chips(endpoint, counts, state, code),
            total=total,
            page=page,
            pages=pages,
            chosen={"state": state or None, "type": code or None},
        )


Chip = tuple[str, str, bool, int]


def _state_chips(endpoint: str, counts: dict[tuple[str, str], int], state: str, code: str) -> list[Chip]:
    """One chip a state that has requests; pressing the chosen one lets go of it."""
    chips = []
    for each in sorted({key[0] for key in counts} | ({state} - {""}), key=[str(state) for state in OPEN].index):
        count = sum(n for key, n in counts.items() if key[0] == each and code in ("", key[1]))
        url = url_for(endpoint, state=None if each == state else each, type=code or None)
        chips.append((capital(word(each)), url, each == state, count))
    return chips


def _type_chips(endpoint: str, counts: dict[tuple[str, str], int], state: str, code: str) -> list[Chip]:
    """One chip a document type that has requests."""
    chips = []
    for each in sorted({key[1] for key in counts} | ({code} - {""})):
        count = sum(n for key, n in counts.items() if key[1] == each and state in ("", key[0]))
        url = url_for(endpoint, state=state or None, type=None if each == code else each)
        chips.append((each, url, each == code, count))
    return chips


@blueprint.post("/search")
@allow(*ANY_ROLE)
def search() -> ResponseReturnValue:
    """Cases by scanned code, reference, number or name in any script; a code that fits one case opens it."""
    actor, text = current_actor(), scanned_text(request.form.get("q", ""))
    message, found = "", []
    with current_office().database.reading() as session:
        try:
            found = search_module.search(session, text, actor=actor)
        except InvalidInput as error:
            message = sentence(error)
        by_code = bool(request.form.get("scanned")) or references.normalise(text) is not None
        if by_code and len(found) == 1:
            return redirect(url_for("desk.case", request_id=found[0].id), 303)
        own = [row(case) for case in found if case.centre_id == actor.centre_id]
        others = [row(case) for case in found if case.centre_id != actor.centre_id]
        page = render_template("desk/search.html", text=text, message=message, own=own, others=others)
        return make_response(page, 400 if message else 200)


def scanned_text(text: str) -> str:
    """What a scanner read, as it is searched: of the receipt's QR code, an address, only the reference after `#`."""
    before, mark, after = text.partition("#")
    return after.strip() if mark and before.startswith(("http://", "https://")) else text.strip()
