"""Cases that other centres sent here, until a supervisor took note of them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext

from issuance.errors import Conflict, NotFound
from issuance.models.staff import RoleName
from issuance.services.transfers import arrivals
from issuance.web.case import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.duties import TRANSFER_REASONS

blueprint = Blueprint("arrived", __name__, url_prefix="/transfers/arrived")

QUEUES = (
    Queue(
        lazy_gettext("Cases from other centres"),
        "transfers.arrived.listed",
        (RoleName.SUPERVISOR,),
        arrivals.count,
        group=Group.REQUESTS,
    ),
)


@blueprint.get("")
@allow(RoleName.SUPERVISOR)
def listed() -> str:
    """What came, from where and why, the longest there first."""
    with current_office().reading(current_actor()) as look:
        found = arrivals.unseen(look)
        return render_template(
            "transfers/arrived.html",
            rows=[(row, card.row(row.request)) for row in found],
            more=len(found) == arrivals.LISTED,
            reasons=TRANSFER_REASONS,
        )


@blueprint.post("")
@allow(RoleName.SUPERVISOR)
def see() -> ResponseReturnValue:
    """Take note of those that were shown."""
    try:
        with current_office().act(current_actor()) as act:
            count = arrivals.see(act, _ids())
    except Conflict as error:
        flash(sentence(error), "soon")
    else:
        flash(ngettext("%(num)d case is noted.", "%(num)d cases are noted.", count), "done")
    return redirect(url_for("transfers.arrived.listed"), 303)


def _ids() -> list[UUID]:
    try:
        return [UUID(each) for each in request.form.getlist("transfer")[: arrivals.LISTED]]
    except ValueError:
        raise NotFound("This list is not the register's. Open it again.") from None
