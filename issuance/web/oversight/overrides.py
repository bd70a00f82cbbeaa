"""What was done against a rule with somebody's leave: duties that one person had two of, and portraits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services.casework import overrides
from issuance.services.lists import number
from issuance.services.trust import events
from issuance.web.case import card
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import page_number
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.duties import duty_word
from issuance.web.words.findings import shown

blueprint = Blueprint("overrides", __name__, url_prefix="/oversight")


def _centre(look: Look) -> UUID | None:
    """The centre whose overrides one sees; None for an auditor, who sees all."""
    return None if RoleName.AUDITOR in look.actor.roles else look.actor.centre_id


def _to_close(look: Look) -> Select[int]:
    return overrides.to_close(_centre(look))


QUEUES = (
    Queue(
        lazy_gettext("Overrides of duties"),
        "oversight.overrides.duties",
        READERS,
        _to_close,
        urgent=True,
        group=Group.OVERSIGHT,
    ),
    Queue(
        lazy_gettext("Portraits accepted with a reason"), "oversight.overrides.listed", READERS, group=Group.OVERSIGHT
    ),
)


@blueprint.get("/overrides/duties")
@allow(*READERS)
def duties() -> str:
    """Who did two duties on one document, by whose leave; those that no supervisor closed first."""
    page = page_number()
    with current_office().reading(current_actor()) as look:
        rows = overrides.listed(look, _centre(look), page=page)
        return render_template(
            "oversight/duties.html",
            rows=rows,
            open=number(look, _to_close(look)),
            actor=look.actor,
            clocks={row.id: card.clock_of(row.request) for row in rows if row.closed_at is None},
            unused={row.id for row in rows if row.closed_at is None and overrides.may_be_used(row)},
            is_supervisor=RoleName.SUPERVISOR in look.actor.roles,
            duty_word=duty_word,
            page=page,
            is_last=len(rows) < overrides.PAGE_ROWS,
        )


@blueprint.post("/overrides/duties/<uuid:override_id>/close")
@allow(RoleName.SUPERVISOR)
def close(override_id: UUID) -> ResponseReturnValue:
    """Close an override after looking at what was done by it."""
    with current_office().act(current_actor()) as act:
        overrides.close(act, overrides.own(act, override_id))
    flash(gettext("Closed. The document may be handed over as far as this goes."), "done")
    return redirect(url_for("oversight.overrides.duties"), 303)


@blueprint.get("/overrides")
@allow(*READERS)
def listed() -> str:
    """Portraits that were accepted although a finding was outside its limits, with the reason."""
    page = page_number()
    with current_office().reading(current_actor()) as look:
        rows = events.overrides(look, _centre(look), page=page)
        return render_template(
            "oversight/overrides.html",
            rows=[(portrait, case, who, _failed(portrait.findings)) for portrait, case, who in rows],
            page=page,
            is_last=len(rows) < events.PAGE_ROWS,
        )


def _failed(findings: list[dict[str, Any]]) -> list[Any]:
    return [finding for finding in shown(findings) if not finding.passed]
