"""Many cases are sent to another centre at once: ticked in the list of what is open here, and what became of each."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from issuance import document_types
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.casework import queues
from issuance.services.casework.queues import PAGE_ROWS, Work
from issuance.services.transfers import asking, hindrances
from issuance.states import UNDECIDED, RequestState
from issuance.values import references
from issuance.web.case import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, asked_order, order_args
from issuance.web.frame.i18n import capital
from issuance.web.frame.rail import Group, Queue
from issuance.web.transfers.parts import others, reasons, wanted
from issuance.web.words.duties import TRANSFER_KEPT
from issuance.web.words.states import word

blueprint = Blueprint("sending", __name__, url_prefix="/transfers")

STATES = (*UNDECIDED, RequestState.APPROVED, RequestState.IN_PRODUCTION)
"""The states in which a case may go; of the last ones only as long as its job waits."""

QUEUES = (
    Queue(
        lazy_gettext("Cases to another centre"),
        "transfers.sending.choose",
        (RoleName.SUPERVISOR,),
        asking.waiting_count,
        group=Group.REQUESTS,
    ),
)


@blueprint.route("", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def choose() -> ResponseReturnValue:
    """What can go, to be ticked; send it; and what became of what was sent last."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _send(form)
    return _page(form)


def _send(form: Form) -> ResponseReturnValue:
    with current_office().act(current_actor()) as act:
        chosen, ids = wanted(act, form), _ids(form)
        form.check()
        count = asking.ask(act, ids, chosen)
        name = centres.named(act, chosen.to).name
    done = ngettext("%(num)d case goes to %(centre)s in its turn; below you see what became of it.",
                    "%(num)d cases go to %(centre)s in their turn; below you see what became of each.",
                    count, centre=name)  # fmt: skip
    flash(done, "done")
    return redirect(url_for("transfers.sending.choose"), 303)


def _ids(form: Form) -> list[UUID]:
    try:
        return [UUID(each) for each in dict.fromkeys(form.values.getlist("case"))]
    except ValueError:
        form.refuse("case", gettext("This list is not the register's. Open it again."))
        return []


def _page(form: Form) -> ResponseReturnValue:
    work, state, code = _work()
    page, order = request.args.get("page", 1, type=int), asked_order(queues.SORTS)
    chosen: dict[str, Any] = {"state": state or None, "type": code or None}
    with current_office().reading(current_actor()) as look:
        counts = queues.work_counts(look, work)
        total = sum(n for key, n in counts.items() if state in ("", key[0]) and code in ("", key[1]))
        pages = max(1, -(-total // PAGE_ROWS))
        page = min(max(page, 1), pages)
        asked = replace(work, states=(RequestState(state),) if state else STATES, types=(code,) if code else ())
        found = queues.work_page(look, asked, page=page, order=order)
        html = render_template(
            "transfers/choose.html",
            form=form,
            rows=[card.row(case) for case in found],
            kept=hindrances.of(look, found),
            kept_words=TRANSFER_KEPT,
            chips=_chips(counts, chosen),
            centres=others(look),
            reasons=reasons(),
            sent=asking.sent(look),
            grouped=references.grouped,
            columns=card.queue_columns(gettext("State"), order, partial(url_for, "transfers.sending.choose", **chosen)),
            address=partial(url_for, "transfers.sending.choose", **chosen | order_args(order)),
            page=page,
            pages=pages,
            total=total,
            most=asking.MOST,
        )
    return make_response(html, form.status)


def _work() -> tuple[Work, str, str]:
    """The queue, and by which state and type the address narrows it; what nobody knows narrows nothing."""
    state, code = request.args.get("state", ""), request.args.get("type", "")
    work = Work(STATES, current_actor().centre_id)
    return work, state if state in STATES else "", code if code in document_types.load() else ""


def _chips(
    counts: dict[tuple[str, str], int], chosen: dict[str, Any]
) -> list[tuple[str, list[tuple[str, str, bool, int]]]]:
    """By state and by document type, one chip each that has cases."""
    names = (("state", gettext("By state")), ("type", gettext("By document")))
    return [(label, _by(counts, chosen, at, name)) for at, (name, label) in enumerate(names)]


def _by(
    counts: dict[tuple[str, str], int], chosen: dict[str, Any], at: int, name: str
) -> list[tuple[str, str, bool, int]]:
    other = list(chosen.values())[1 - at] or ""
    found = []
    for each in sorted({key[at] for key in counts}):
        count = sum(n for key, n in counts.items() if key[at] == each and other in ("", key[1 - at]))
        url = url_for("transfers.sending.choose", **chosen | {name: None if chosen[name] == each else each})
        found.append((capital(word(each)) if name == "state" else each, url, chosen[name] == each, count))
    return found
