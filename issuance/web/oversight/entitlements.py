"""Entitlements that were typed by hand: the supervisor's list of a day, and the auditor's sample of a week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select, select

from issuance.acts import Look
from issuance.errors import NotFound
from issuance.models.audit import AuditEvent
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff
from issuance.services.casework import decisions, entitlements
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("entitlements", __name__, url_prefix="/oversight/entitlements")


def _centre(look: Look) -> UUID | None:
    """The centre whose list one sees; None for an auditor, who sees all."""
    return None if RoleName.AUDITOR in look.actor.roles else look.actor.centre_id


def _today(look: Look) -> Select[int]:
    return entitlements.count_on(look.clock.today(), _centre(look))


QUEUES = (
    Queue(
        lazy_gettext("Entitlements typed today"), "oversight.entitlements.typed", READERS, _today, group=Group.OVERSIGHT
    ),
    Queue(
        lazy_gettext("Sample of typed entitlements"),
        "oversight.entitlements.sampled",
        (RoleName.AUDITOR,),
        group=Group.OVERSIGHT,
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A request whose entitlement was typed, who lodged and who approved it, and what the auditor said.

    `unseen`: who looks may still have to type the decision without having seen it.
    """

    case: IssuanceRequest
    lodged_by: str
    decided_by: str
    said: AuditEvent | None
    unseen: bool


def _rows(look: Look, found: Iterable[IssuanceRequest]) -> list[Row]:
    listed = list(found)
    ids = {key for case in listed for key in (case.lodged_by, case.decided_by) if key}
    names = {
        key: name for key, name in look.session.execute(select(Staff.id, Staff.full_name).where(Staff.id.in_(ids)))
    }
    said = entitlements.said(look, listed)

    def name(key: UUID | None) -> str:
        return names.get(key, "") if key else ""

    return [
        Row(case, name(case.lodged_by), name(case.decided_by), said.get(case.id), decisions.is_unseen(case, look.actor))
        for case in listed
    ]


@blueprint.get("")
@allow(*READERS)
def typed() -> str:
    """The requests of one day whose entitlement a clerk typed, and case handling never confirmed."""
    with current_office().reading(current_actor()) as look:
        day = _day("day", look.clock.today())
        rows = _rows(look, entitlements.on_day(look, day, _centre(look)))
        return render_template("oversight/entitlements.html", rows=rows, shown=day, one=dt.timedelta(days=1))


def _day(name: str, default: dt.date) -> dt.date:
    """The day asked for in the address; `default` for none, and for what is no day of these years."""
    try:
        day = dt.date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return default
    return day if dt.date(2000, 1, 1) <= day <= default else default


@blueprint.get("/sample")
@allow(RoleName.AUDITOR)
def sampled() -> ResponseReturnValue:
    """Ten of a week's typed entitlements, drawn the same at each look, to be compared with the file."""
    return _sample()


@blueprint.post("/<uuid:case_id>/seen")
@allow(RoleName.AUDITOR)
def say(case_id: UUID) -> ResponseReturnValue:
    """Say whether a sampled entitlement is in order."""
    form = Form.sent()
    with form.catch():
        verdict = form.choice("verdict", ("in_order", "not_in_order"))
        note = form.text("note", limit=500, lines=True, required=False)
        form.check()
        with current_office().act(current_actor()) as act:
            case = act.session.get(IssuanceRequest, case_id)
            if case is None:
                raise NotFound("There is no such case. Search for it by reference or name.")
            entitlements.say(act, case, verdict == "in_order", note)
            week = entitlements.monday(case.lodged_on)
        flash(gettext("Noted, as an event of the case."), "done")
        return redirect(url_for("oversight.entitlements.sampled", week=week.isoformat()), 303)
    return _sample(form, case_id)


def _sample(form: Form | None = None, about: UUID | None = None) -> ResponseReturnValue:
    """The sample; `form` is what was just refused, about the case named."""
    with current_office().reading(current_actor()) as look:
        last = entitlements.monday(look.clock.today()) - dt.timedelta(days=7)
        case = look.session.get(IssuanceRequest, about) if about else None
        week = entitlements.monday(case.lodged_on if case else _day("week", last))
        rows = _rows(look, entitlements.sample(look, min(week, last)))
        page = render_template(
            "oversight/sample.html",
            rows=rows,
            form=form,
            forms={row.case.id: form if form and row.case.id == about else Form() for row in rows},
            week=min(week, last),
            last=last,
            seven=dt.timedelta(days=7),
        )
    return make_response(page, form.status if form else 200)
