"""The supervisor's and the auditor's pages: held jobs, events, overrides, the proof that nothing was changed."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from card_drivers.order import Outcome
from issuance.actors import Actor
from issuance.errors import NotFound
from issuance.models.production import PrintJob
from issuance.models.staff import Centre, RoleName
from issuance.office import current_office
from issuance.services.production import floor, orders
from issuance.services.production import jobs as jobs_module
from issuance.services.trust import audit, audit_chain
from issuance.services.trust import events as events_module
from issuance.services.trust.events import Looked
from issuance.settings import heads_file, key_file
from issuance.states import JobState
from issuance.web.case.history import ACTS
from issuance.web.centre.stations import names_at
from issuance.web.desk.enrolment import shown
from issuance.web.frame.auth import allow, current_actor
from issuance.web.frame.forms import Form
from issuance.web.frame.lists import page_number
from issuance.web.frame.rail import Queue

blueprint = Blueprint("oversight", __name__, url_prefix="/oversight")

SUPERVISORS = (RoleName.SUPERVISOR,)
READERS = (RoleName.SUPERVISOR, RoleName.AUDITOR)


def _held(session: Session, actor: Actor) -> int:
    return floor.held_count(session, actor.centre_id)


QUEUES = (
    Queue(lazy_gettext("Held jobs"), "oversight.held", SUPERVISORS, _held, urgent=True),
    Queue(lazy_gettext("Events"), "oversight.events", READERS),
    Queue(lazy_gettext("Portraits accepted with a reason"), "oversight.overrides", READERS),
    Queue(lazy_gettext("Proof of the events"), "oversight.chain", READERS),
)

MORE_ACTS: dict[str, Any] = {
    "account.added": lazy_gettext("Account added"),
    "account.logged_in": lazy_gettext("Logged in"),
    "account.logged_out": lazy_gettext("Logged out"),
    "account.login_refused": lazy_gettext("Log-in refused"),
    "station.added": lazy_gettext("Station added"),
    "station.registered": lazy_gettext("Station started"),
    "station.settings_chosen": lazy_gettext("Settings chosen for a station"),
    "station.settings_taken": lazy_gettext("Settings taken by a station"),
    "station.test_asked": lazy_gettext("Test print asked for"),
    "station.test_printed": lazy_gettext("Test print made"),
    "shift.opened": lazy_gettext("Shift opened"),
    "shift.closed": lazy_gettext("Shift closed"),
    "stock.loaded": lazy_gettext("Blanks put into a station"),
}
PRESETS = ("case.opened_elsewhere", "document.rejected", "job.held", "job.resolved", "account.login_refused")
"""The acts an auditor asks for most, as filters of one click."""

OUTCOMES = (
    (
        Outcome.DONE,
        lazy_gettext("Done"),
        lazy_gettext("The finished document lies in the tray. It goes to the quality check."),
    ),
    (
        Outcome.NOT_STARTED,
        lazy_gettext("Not started"),
        lazy_gettext("No blank was touched. The same order goes back into the queue."),
    ),
    (
        Outcome.SPOILED,
        lazy_gettext("Spoiled"),
        lazy_gettext("The blank is used and unusable. Its number is cancelled; a new number and job follow."),
    ),
)


def act_word(act: str) -> str:
    """An act in words; its code where there are none."""
    return str(ACTS.get(act) or MORE_ACTS.get(act) or act)


# Held jobs


@blueprint.get("/held")
@allow(*SUPERVISORS)
def held() -> str:
    """Jobs of the centre of which nobody knows how they ended."""
    office, actor = current_office(), current_actor()
    with office.database.reading() as session:
        jobs = floor.jobs(session, actor.centre_id, (JobState.HELD,), clock=office.clock)
        return render_template("oversight/held.html", jobs=jobs, names=names_at(session, jobs), actor=actor)


@blueprint.route("/held/<uuid:job_id>", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def resolve(job_id: UUID) -> ResponseReturnValue:
    """Say how a held job ended, after looking at the machine."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _resolve(job_id, form)
    with current_office().database.reading() as session:
        job = _job(session, job_id)
        page = render_template(
            "oversight/resolve.html",
            form=form,
            job=job,
            names=names_at(session, [job]),
            story=[(act_word(event.act), event) for event in audit.life_line(session, job.id)],
            outcomes=[(str(value), label, hint) for value, label, hint in OUTCOMES],
            numbered=orders.is_numbered(job.document.document_type),
            is_operator=current_actor().id == job.operator_id,
        )
    return make_response(page, form.status)


def _resolve(job_id: UUID, form: Form) -> ResponseReturnValue:
    office = current_office()
    outcome = form.choice("outcome", [str(value) for value, _, _ in OUTCOMES])
    serial = form.text("blank_serial", required=False, limit=60)
    seen = form.text("seen", limit=500, lines=True)
    form.check()
    with office.database.transaction() as session:
        jobs_module.resolve(
            session,
            _job(session, job_id),
            Outcome(outcome),
            serial,
            seen,
            actor=current_actor(),
            vault=office.vault,
            clock=office.clock,
            range_size=office.settings.range_size,
        )
    flash(gettext("The job is resolved."), "done")
    return redirect(url_for("oversight.held"), 303)


def _job(session: Session, job_id: UUID) -> PrintJob:
    job = session.get(PrintJob, job_id)
    if job is None or job.centre_id != current_actor().centre_id:
        raise NotFound("There is no such job in your centre. Open the list again.")
    return job


# Events


@blueprint.route("/sent/<uuid:job_id>", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def sent(job_id: UUID) -> ResponseReturnValue:
    """Stop waiting for a bureau that never answers: the job is held, to be resolved as any other."""
    office, form = current_office(), Form.sent()
    if request.method == "POST":
        with form.catch():
            reason = form.text("reason", limit=500, lines=True)
            form.check()
            with office.database.transaction() as session:
                jobs_module.stop_waiting(
                    session, _job(session, job_id), reason, actor=current_actor(), clock=office.clock
                )
            return redirect(url_for("oversight.resolve", job_id=job_id), 303)
    with office.database.reading() as session:
        job = _job(session, job_id)
        page = render_template(
            "oversight/sent.html",
            form=form,
            job=job,
            names=names_at(session, [job]),
            since=floor.sent_since(session, [job]).get(job.id),
        )
    return make_response(page, form.status)


@blueprint.get("/events")
@allow(*READERS)
def events() -> str:
    """What happened, by act, centre and day. A supervisor sees the own centre, an auditor all."""
    actor, page = current_actor(), page_number()
    with current_office().database.reading() as session:
        centres = _centres(session, actor)
        form = Form(request.args)
        wanted = Looked(request.args.get("act", ""), _centre(centres, form, actor), _day(form))
        found = events_module.events(session, wanted, page=page)
        return render_template(
            "oversight/events.html",
            form=form,
            events=found,
            act_word=act_word,
            acts=sorted(((act, act_word(act)) for act in events_module.acts(session)), key=lambda pair: pair[1]),
            centres=[(str(centre.id), centre.name) for centre in centres],
            chips=_chips(wanted, form),
            names=events_module.names(session, found),
            cases=events_module.references_of(session, found),
            wanted=wanted,
            filters={key: form.value(key) for key in ("act", "centre", "day") if form.value(key)},
            page=page,
            is_last=len(found) < events_module.PAGE_ROWS,
        )


def _centres(session: Session, actor: Actor) -> list[Centre]:
    """The centres whose events this account may read."""
    query = select(Centre).order_by(Centre.name)
    if RoleName.AUDITOR not in actor.roles:
        query = query.where(Centre.id == actor.centre_id)
    return list(session.scalars(query))


def _centre(centres: list[Centre], form: Form, actor: Actor) -> UUID | None:
    """The chosen centre; the own one for who may see no other."""
    chosen = next((centre.id for centre in centres if str(centre.id) == form.value("centre")), None)
    return chosen if RoleName.AUDITOR in actor.roles else actor.centre_id


def _day(form: Form) -> dt.date | None:
    """The chosen day (YYYY-MM-DD as browsers send it); noted on the form when it is none."""
    if not form.value("day"):
        return None
    try:
        return dt.date.fromisoformat(form.value("day"))
    except ValueError:
        form.refuse("day", gettext("Give the day as YYYY-MM-DD."))
        return None


def _chips(wanted: Looked, form: Form) -> list[tuple[str, str, bool]]:
    kept: dict[str, Any] = {key: form.value(key) for key in ("centre", "day") if form.value(key)}
    everything = (gettext("All acts"), url_for("oversight.events", **kept), not wanted.act)
    return [everything] + [
        (act_word(act), url_for("oversight.events", act=act, **kept), wanted.act == act) for act in PRESETS
    ]


@blueprint.get("/overrides")
@allow(*READERS)
def overrides() -> str:
    """Portraits that were accepted although a finding was outside its limits, with the reason."""
    actor, page = current_actor(), page_number()
    centre_id = None if RoleName.AUDITOR in actor.roles else actor.centre_id
    with current_office().database.reading() as session:
        rows = events_module.overrides(session, centre_id, page=page)
        return render_template(
            "oversight/overrides.html",
            rows=[(portrait, case, who, _failed(portrait.findings)) for portrait, case, who in rows],
            page=page,
            is_last=len(rows) < events_module.PAGE_ROWS,
        )


def _failed(findings: list[dict[str, Any]]) -> list[Any]:
    return [finding for finding in shown(findings) if not finding.passed]


@blueprint.get("/chain")
@allow(*READERS)
def chain() -> Response:
    """Whether the events are what was sealed; computed when asked for (`?now=1`), since it reads all of them."""
    verdict = _verdict() if request.args.get("now") else None
    return make_response(
        render_template("oversight/chain.html", verdict=verdict, checked_at=current_office().clock.now())
    )


def _verdict() -> audit_chain.Verdict:
    office = current_office()
    public_key = Ed25519PrivateKey.from_private_bytes(key_file(office.settings, "audit")).public_key()
    with office.database.reading() as session:
        return audit_chain.verify(session, heads_file(office.settings), public_key)
