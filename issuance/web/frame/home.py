"""Today, the first page after logging in; where one works; and the small help that every form with names needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from issuance.actors import Actor
from issuance.acts import Look
from issuance.errors import NotAllowed
from issuance.models.duties import DutyName
from issuance.models.staff import RoleName
from issuance.services.appointments import bookings
from issuance.services.casework import queues
from issuance.services.casework.queues import Work
from issuance.services.overview import done
from issuance.services.production import floor
from issuance.services.remote import watches
from issuance.services.remote.showings import SHOWERS
from issuance.services.stations.devices import status_of
from issuance.services.trust import events
from issuance.states import RequestState
from issuance.web.frame.auth import ANY_ROLE, WATCHERS, allow
from issuance.web.frame.current import WORKS_BY, current_actor, current_office, current_stays
from issuance.web.frame.forms import MAX_TEXT
from issuance.web.words.codes import PURPOSES
from issuance.web.words.duties import REMOTE_DUTIES
from issuance.web.words.events.acts import act_word
from issuance.web.words.machines import DEVICE_STATES
from printing.mrz.transliteration import TransliterationError, to_mrz

blueprint = Blueprint("home", __name__)

AT_DESK = ("request.lodged", "request.complete", "document.handed_over")
DECIDED = ("request.approved", "request.refused", "request.sent_back")
PRINTED, CHECKED = ("job.done", "job.spoiled"), ("document.checked", "document.rejected")
COUNTED: Mapping[RoleName, Sequence[str]] = {
    RoleName.CLERK: AT_DESK,
    RoleName.DECISION_OFFICER: DECIDED,
    RoleName.OPERATOR: PRINTED,
    RoleName.QUALITY_OFFICER: CHECKED,
    RoleName.SUPERVISOR: (*AT_DESK, *DECIDED, *PRINTED, *CHECKED),
}
"""The acts of which each role sees how often its centre did them, today and yesterday."""

NEXT = (
    (RoleName.CLERK, RequestState.LODGED, DutyName.CASE, "desk.case.show"),
    (RoleName.CLERK, RequestState.READY, DutyName.HAND_OVER, "desk.case.show"),
    (RoleName.DECISION_OFFICER, RequestState.COMPLETE, DutyName.DECISION, "officer.decisions.decide"),
)
"""What a role takes up next: of which state, for which duty, on which page. Who sees no persons has none."""

EXPECTED = 6
"""So many of today's appointments a clerk sees."""

DUTY_PAGES: Mapping[str, str] = {
    RoleName.DECISION_OFFICER: "officer.decisions.waiting",
    RoleName.QUALITY_OFFICER: "centre.quality.waiting",
}
"""Where what waits for an officer on duty for another centre is."""

TOLD_OF_WATCHES = (RoleName.CLERK, RoleName.OPERATOR, RoleName.SUPERVISOR)
"""Who is shown which officers of other centres are on duty for this one now."""

TOLD_OF_TROUBLE = (RoleName.OPERATOR, RoleName.SUPERVISOR)
"""Who is shown what went wrong since yesterday."""


@blueprint.get("/")
@allow(*ANY_ROLE)
def start() -> str:
    """Today: what waits for one's roles, what was done today and yesterday, what went wrong, the centre's stations."""
    actor = current_actor()
    with current_office().reading(actor) as look:
        troubles = done.wrong(look, actor.centre_id) if actor.roles & set(TOLD_OF_TROUBLE) else []
        on_duty = watches.at(look, actor.centre_id) if actor.roles & set(TOLD_OF_WATCHES) else []
        places = floor.workplaces(look, actor.centre_id) if actor.roles & set(WATCHERS) else []
        return render_template(
            "frame/home.html",
            following=_following(look),
            expected=bookings.next_ones(look, EXPECTED) if RoleName.CLERK in actor.roles else [],
            purposes=PURPOSES,
            today=look.clock.today(),
            done=done.done(look, _acts_of(actor), actor.centre_id),
            act_word=act_word,
            troubles=troubles,
            opens_cases=RoleName.SUPERVISOR in actor.roles,
            cases=events.references_of(look, troubles),
            on_duty=on_duty,
            shows=bool(actor.roles & set(SHOWERS)),
            my_duties=[(watch, DUTY_PAGES[watch.entry.role]) for watch in watches.mine(look, actor.id)],
            duty_words=REMOTE_DUTIES,
            places=places,
            statuses={place.station.id: status_of(place.station) for place in places},
            device_states=DEVICE_STATES,
        )


def _following(look: Look) -> tuple[str, str] | None:
    """Whom somebody takes up next, and where: by the first of their roles that has a queue of persons."""
    for role, state, duty, endpoint in NEXT:
        if role in look.actor.roles:
            found = queues.next_one(look, Work((state,), look.actor.centre_id), duty)
            if found:
                return found.holder.full_name, url_for(endpoint, request_id=found.id)
    return None


def _acts_of(actor: Actor) -> list[str]:
    """The acts that the roles of somebody count, each once."""
    return list(dict.fromkeys(act for role, acts in COUNTED.items() if role in actor.roles for act in acts))


@blueprint.post("/work-at")
@allow(*ANY_ROLE)
def work_at() -> ResponseReturnValue:
    """Work at another centre by its roster, or at one's own again (`roster` empty). It changes no row: acts say it."""
    chosen = request.form.get("roster", "")
    if chosen and chosen not in {str(entry.id) for entry, _ in current_stays()}:
        raise NotAllowed("You are not on the roster of that centre today. Ask its supervisor.")
    session[WORKS_BY] = chosen
    return redirect(url_for("frame.home.start"), 303)


@blueprint.post("/mrz")
@allow(*ANY_ROLE)
def mrz() -> Response:
    """The MRZ form of a name while it is typed, by the tables that will be used; empty while there is none."""
    try:
        text = to_mrz(request.form.get("text", "")[:MAX_TEXT], request.form.get("language"))
    except TransliterationError:
        text = ""
    return Response(text.replace(" ", "<"), mimetype="text/plain")
