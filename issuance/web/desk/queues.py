"""The desk's queues: what is to be completed, what is ready, what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy import Select

from issuance.actors import Actor
from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services import parties
from issuance.services.casework import queues
from issuance.services.casework.queues import Work
from issuance.states import AT_THE_DESK, OPEN, RequestState
from issuance.web.case.card import SOON_DAYS, row
from issuance.web.frame.auth import CLERKS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue
from issuance.web.narrowed import narrow

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
    """A queue with its filters, which stay in the address."""
    with current_office().reading(current_actor()) as look:
        narrowed = narrow(look, endpoint, work)
        return render_template(
            "desk/queue.html",
            rows=[row(case) for case in narrowed.cases],
            together=parties.in_state(look, narrowed.cases, RequestState.READY) if work.together else {},
            **narrowed.shown(),
        )
