"""Requests approved together: drawn from the list, the drawn ones opened one by one, then the rest released."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from issuance.acts import Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.duties import Bulk, BulkCase, DutyName
from issuance.models.staff import RoleName
from issuance.services.bulks import approving, drawing
from issuance.services.bulks.approving import Counted
from issuance.services.casework import queues
from issuance.services.casework.decisions import APPROVED
from issuance.services.casework.queues import Work
from issuance.states import RequestState
from issuance.values import references
from issuance.web.case import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import sentence
from issuance.web.words.duties import WHYS

blueprint = Blueprint("bulks", __name__, url_prefix="/decisions/together")


@dataclass(frozen=True, slots=True)
class Row:
    """One case of a bulk; `why` says why it is not approved with the others, and is empty while it waits."""

    case: BulkCase
    name: str
    reference: str
    approved: bool
    why: str


@blueprint.post("/")
@allow(RoleName.DECISION_OFFICER)
def draw() -> ResponseReturnValue:
    """Take in the ticked requests of the list, and draw those that are opened one by one."""
    code, ticked = request.form.get("type", ""), request.form.getlist("case")
    back = url_for("officer.decisions.waiting", type=code)
    try:
        ids = _ids(ticked)
        if begun := _begun_with(ids):
            return redirect(url_for("officer.bulks.show", bulk_id=begun), 303)
        with current_office().act(current_actor()) as act:
            bulk_id = drawing.draw(act, code, ids).id
    except (Conflict, InvalidInput) as error:
        flash(sentence(error), "soon")
        return redirect(back, 303)
    return redirect(url_for("officer.bulks.show", bulk_id=bulk_id), 303)


def _ids(ticked: list[str]) -> list[UUID]:
    try:
        return [UUID(each) for each in dict.fromkeys(ticked)]
    except ValueError:
        raise InvalidInput("case", "This list is not the register's. Open it again.") from None


def _begun_with(ids: list[UUID]) -> UUID | None:
    """The officer's own bulk that holds all of these already: they were sent twice."""
    with current_office().reading(current_actor()) as look:
        begun = {bulk.id: {row.request_id for row in approving.cases(look, bulk)} for bulk in approving.open_of(look)}
    return next((key for key, held in begun.items() if ids and held >= set(ids)), None)


@blueprint.get("/<uuid:bulk_id>")
@allow(RoleName.DECISION_OFFICER)
def show(bulk_id: UUID) -> str:
    """The drawn cases to open, the others, and what became of each."""
    with current_office().reading(current_actor()) as look:
        bulk = approving.own(look, bulk_id)
        found = approving.cases(look, bulk)
        rows, waits = _rows(look, found), [row for row in found if not row.outcome]
        return render_template(
            "officer/together.html",
            bulk=bulk,
            type_title=card.type_title(bulk.document_type),
            rules=drawing.rules_on_bulk(look, bulk.document_type),
            language=str(get_locale()),
            drawn=[row for row in rows if row.case.drawn],
            others=[row for row in rows if not row.case.drawn and (row.approved or not row.why)],
            left=[row for row in rows if row.why and not row.case.drawn],
            counted=Counted.of(found),
            to_open=next((row for row in rows if row.case.drawn and not row.case.outcome), None),
            waits=len(waits),
            is_today=bulk.day == look.clock.today(),
            following=_following(look, bulk),
        )


def _rows(look: Look, found: list[BulkCase]) -> list[Row]:
    out = approving.outcomes(look, found)
    return [
        Row(
            each,
            each.request.holder.full_name,
            references.grouped(each.request.reference),
            approved=out[each.id] == APPROVED,
            why=str(WHYS.get(out[each.id], "")) if out[each.id] != APPROVED else "",
        )
        for each in found
    ]


def _following(look: Look, bulk: Bulk) -> tuple[str, str] | None:
    """Whom the officer takes up next, once nothing of the bulk waits."""
    work = Work((RequestState.COMPLETE,), bulk.centre_id)
    found = queues.next_one(look, work, DutyName.DECISION)
    return (found.holder.full_name, url_for("officer.decisions.decide", request_id=found.id)) if found else None


@blueprint.post("/<uuid:bulk_id>/approve")
@allow(RoleName.DECISION_OFFICER)
def approve(bulk_id: UUID) -> ResponseReturnValue:
    """Approve the rest, each by itself, behind the pages; or draw more, where drawn ones fell out."""
    try:
        with current_office().act(current_actor()) as act:
            more = approving.release(act, bulk_id)
    except Conflict as error:
        flash(sentence(error), "soon")
    else:
        if more:
            flash(gettext("Drawn in addition, since some fell out: %(count)s. Open them.", count=more), "soon")
    return redirect(url_for("officer.bulks.show", bulk_id=bulk_id), 303)
