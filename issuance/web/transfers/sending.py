"""Many cases are sent to another centre at once: ticked in the list of what is open here, and what became of each."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.casework.queues import Work
from issuance.services.transfers import asking, hindrances
from issuance.states import UNDECIDED, RequestState
from issuance.values import references
from issuance.web.case import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.narrowed import narrow
from issuance.web.transfers.parts import others, reasons, wanted
from issuance.web.words.duties import TRANSFER_KEPT

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
    with current_office().reading(current_actor()) as look:
        narrowed = narrow(look, "transfers.sending.choose", Work(STATES, look.actor.centre_id))
        html = render_template(
            "transfers/choose.html",
            form=form,
            rows=[card.row(case) for case in narrowed.cases],
            kept=hindrances.of(look, narrowed.cases),
            kept_words=TRANSFER_KEPT,
            centres=others(look),
            reasons=reasons(),
            sent=asking.sent(look),
            grouped=references.grouped,
            **narrowed.shown(),
        )
    return make_response(html, form.status)
