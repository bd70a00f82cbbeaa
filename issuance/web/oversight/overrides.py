"""Portraits that were accepted although a finding was outside its limits."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_babel import lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.trust import events
from issuance.web.case.findings import shown
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.lists import page_number
from issuance.web.frame.rail import Queue

blueprint = Blueprint("overrides", __name__, url_prefix="/oversight")

QUEUES = (Queue(lazy_gettext("Portraits accepted with a reason"), "oversight.overrides.listed", READERS),)


@blueprint.get("/overrides")
@allow(*READERS)
def listed() -> str:
    """Portraits that were accepted although a finding was outside its limits, with the reason."""
    actor, page = current_actor(), page_number()
    centre_id = None if RoleName.AUDITOR in actor.roles else actor.centre_id
    with current_office().reading(current_actor()) as look:
        rows = events.overrides(look, centre_id, page=page)
        return render_template(
            "oversight/overrides.html",
            rows=[(portrait, case, who, _failed(portrait.findings)) for portrait, case, who in rows],
            page=page,
            is_last=len(rows) < events.PAGE_ROWS,
        )


def _failed(findings: list[dict[str, Any]]) -> list[Any]:
    return [finding for finding in shown(findings) if not finding.passed]
