"""What happened, by act, centre, day, who did it and what it is about."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from issuance.actors import Actor
from issuance.acts import Look
from issuance.models.staff import Centre, RoleName
from issuance.services.trust import events
from issuance.services.trust.events import Looked
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, page_number
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.events.acts import act_word
from issuance.web.words.events.details import details_of

blueprint = Blueprint("events", __name__, url_prefix="/oversight")

QUEUES = (Queue(lazy_gettext("Events"), "oversight.events.listed", READERS, group=Group.OVERSIGHT),)

PRESETS = ("case.opened_elsewhere", "document.rejected", "job.held", "job.resolved", "account.login_refused")
"""The acts an auditor asks for most, as filters of one click."""

KEPT = ("act", "centre", "day", "who", "about")
"""The filters, which stay in the address."""


@blueprint.get("/events")
@allow(*READERS)
def listed() -> str:
    """What happened, by act, centre and day. A supervisor sees the own centre, an auditor all."""
    actor, page = current_actor(), page_number()
    with current_office().reading(current_actor()) as look:
        centres = _centres(look)
        form = Form(request.args)
        centre_id = _centre(centres, form, actor)
        wanted = Looked(
            request.args.get("act", ""), centre_id, form.day("day"), key_in(form, "who"), key_in(form, "about")
        )
        found = events.events(look, wanted, page=page)
        return render_template(
            "oversight/events.html",
            form=form,
            events=found,
            act_word=act_word,
            acts=sorted(((act, act_word(act)) for act in events.acts(look)), key=lambda pair: pair[1]),
            centres=[(str(centre.id), centre.name) for centre in centres],
            chips=_chips(wanted, form),
            names=events.names(look, found),
            cases=events.references_of(look, found),
            wanted=wanted,
            details_of=details_of,
            people=events.actors(look, centre_id),
            filters={key: form.value(key) for key in KEPT if form.value(key)},
            page=page,
            is_last=len(found) < events.PAGE_ROWS,
        )


def key_in(form: Form, name: str) -> UUID | None:
    """The key of a row in the address; None for none, and for what is none."""
    try:
        return UUID(form.value(name))
    except ValueError:
        return None


def _centres(look: Look) -> list[Centre]:
    """The centres whose events this account may read."""
    query = select(Centre).order_by(Centre.name)
    if RoleName.AUDITOR not in look.actor.roles:
        query = query.where(Centre.id == look.actor.centre_id)
    return list(look.session.scalars(query))


def _centre(centres: list[Centre], form: Form, actor: Actor) -> UUID | None:
    """The chosen centre; the own one for who may see no other."""
    chosen = next((centre.id for centre in centres if str(centre.id) == form.value("centre")), None)
    return chosen if RoleName.AUDITOR in actor.roles else actor.centre_id


def _chips(wanted: Looked, form: Form) -> list[tuple[str, str, bool]]:
    kept: dict[str, Any] = {key: form.value(key) for key in KEPT if key != "act" and form.value(key)}
    everything = (gettext("All acts"), url_for("oversight.events.listed", **kept), not wanted.act)
    return [everything] + [
        (act_word(act), url_for("oversight.events.listed", act=act, **kept), wanted.act == act) for act in PRESETS
    ]
