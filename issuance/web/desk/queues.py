"""The desk's queues: what is to be completed, what is ready, what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select

from issuance import document_types
from issuance.actors import Actor
from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services import parties
from issuance.services.casework import queues
from issuance.services.casework.queues import PAGE_ROWS, Work
from issuance.states import AT_THE_DESK, OPEN, RequestState
from issuance.web.case.card import SOON_DAYS, queue_columns, row
from issuance.web.frame.auth import CLERKS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import asked_order, order_args
from issuance.web.frame.i18n import capital
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.states import word

blueprint = Blueprint("queues", __name__)


def _to_complete(actor: Actor) -> Work:
    return Work(AT_THE_DESK, actor.centre_id)


def _ready(actor: Actor) -> Work:
    return Work((RequestState.READY,), actor.centre_id, together=True)


def _due(actor: Actor) -> Work:
    return Work(OPEN, actor.centre_id, current_office().clock.today() + dt.timedelta(days=SOON_DAYS))


def _count(work: Callable[[Actor], Work]) -> Callable[[Look], Select[int]]:
    return lambda look: queues.how_many(look, work(look.actor))


QUEUES = (
    Queue(lazy_gettext("Lodge a request"), "desk.lodging.new", (RoleName.CLERK,), key="l", group=Group.REQUESTS),
    Queue(
        lazy_gettext("To complete"),
        "desk.queues.to_complete",
        CLERKS,
        _count(_to_complete),
        key="d",
        group=Group.REQUESTS,
    ),
    Queue(
        lazy_gettext("Ready for hand-over"), "desk.queues.ready", CLERKS, _count(_ready), key="h", group=Group.REQUESTS
    ),
    Queue(lazy_gettext("Due soon or late"), "desk.queues.due", CLERKS, _count(_due), urgent=True, group=Group.REQUESTS),
)


@blueprint.get("/desk")
@allow(*CLERKS)
def to_complete() -> ResponseReturnValue:
    """Requests that wait for something at the desk: portrait, spelling, papers."""
    return _queue("desk.queues.to_complete", _to_complete(current_actor()))


@blueprint.get("/desk/ready")
@allow(*CLERKS)
def ready() -> ResponseReturnValue:
    """Checked documents that wait for their holders."""
    return _queue("desk.queues.ready", _ready(current_actor()))


@blueprint.get("/desk/due")
@allow(*CLERKS)
def due() -> ResponseReturnValue:
    """Open requests that are late or due within five days (E4)."""
    return _queue("desk.queues.due", _due(current_actor()))


def _queue(endpoint: str, work: Work) -> ResponseReturnValue:
    """A queue with its filters, which stay in the address; one that nobody knows is none."""
    state, code = request.args.get("state", ""), request.args.get("type", "")
    state = state if state in work.states else ""
    code = code if code in document_types.load() else ""
    page, order = request.args.get("page", 1, type=int), asked_order(queues.SORTS)
    chosen: dict[str, Any] = {"state": state or None, "type": code or None}
    with current_office().reading(current_actor()) as look:
        counts = queues.work_counts(look, work)
        total = sum(n for key, n in counts.items() if state in ("", key[0]) and code in ("", key[1]))
        pages = max(1, -(-total // PAGE_ROWS))
        page = min(max(page, 1), pages)
        asked = replace(work, states=(RequestState(state),) if state else work.states, types=(code,) if code else ())
        found = queues.work_page(look, asked, page=page, order=order)
        return render_template(
            "desk/queue.html",
            endpoint=endpoint,
            rows=[row(case) for case in found],
            together=parties.in_state(look, found, RequestState.READY) if work.together else {},
            states=_state_chips(partial(url_for, endpoint, **order_args(order)), counts, state, code),
            types=_type_chips(partial(url_for, endpoint, **order_args(order)), counts, state, code),
            total=total,
            page=page,
            pages=pages,
            chosen=chosen | order_args(order),
            columns=queue_columns(gettext("State"), order, partial(url_for, endpoint, **chosen)),
        )


Chip = tuple[str, str, bool, int]


def _state_chips(address: Callable[..., str], counts: dict[tuple[str, str], int], state: str, code: str) -> list[Chip]:
    """One chip a state that has requests; pressing the chosen one lets go of it."""
    chips = []
    for each in sorted({key[0] for key in counts} | ({state} - {""}), key=[str(state) for state in OPEN].index):
        count = sum(n for key, n in counts.items() if key[0] == each and code in ("", key[1]))
        url = address(state=None if each == state else each, type=code or None)
        chips.append((capital(word(each)), url, each == state, count))
    return chips


def _type_chips(address: Callable[..., str], counts: dict[tuple[str, str], int], state: str, code: str) -> list[Chip]:
    """One chip a document type that has requests."""
    chips = []
    for each in sorted({key[1] for key in counts} | ({code} - {""})):
        count = sum(n for key, n in counts.items() if key[1] == each and state in ("", key[0]))
        url = address(state=state or None, type=None if each == code else each)
        chips.append((each, url, each == code, count))
    return chips
