"""One request for the family of a beneficiary: asked for, its members, what is missing, decided on, closed (E13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple, TypeVar
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act
from issuance.law.persons.reunification import asked_ties, reunification
from issuance.models.reunification import Reunification
from issuance.models.staff import RoleName
from issuance.services.persons.identity import Identity
from issuance.services.reunification import deciding, files, members
from issuance.services.reunification.deciding import Outcome
from issuance.services.reunification.members import STATUS, Said
from issuance.states import REUNIFICATIONS_AT_THE_DESK, ReunificationState, allowed
from issuance.values import names
from issuance.values.codes import SEXES as SEX_CODES
from issuance.web.case import access
from issuance.web.case.access import acting
from issuance.web.case.card import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue
from issuance.web.reunification.words import MISSING, OUTCOMES, STATES, TIES, TONES, WHY_CLOSED
from issuance.web.words.codes import SEXES
from issuance.web.words.languages import CODES, languages
from issuance.web.words.nationalities import PERSON_CODES, nationalities, nationality_name

blueprint = Blueprint("file", __name__)

DESK = (RoleName.CLERK, RoleName.DECISION_OFFICER)
AT = "/cases/<uuid:request_id>/reunification"
ONE = f"{AT}/<uuid:reunification_id>"

QUEUES = (
    Queue(
        lazy_gettext("Families asked for"),
        "reunification.file.waiting",
        (RoleName.CLERK,),
        files.count_open,
        group=Group.FOLLOW_UP,
    ),
    Queue(
        lazy_gettext("Families to decide"),
        "reunification.file.waiting",
        (RoleName.DECISION_OFFICER,),
        files.count_complete,
        group=Group.DECISIONS,
    ),
)


@blueprint.get("/reunification")
@allow(*DESK)
def waiting() -> str:
    """What is open in the centre, the oldest first."""
    with current_office().reading(current_actor()) as look:
        rows = files.waiting(look)
        return render_template("reunification/waiting.html", rows=rows, states=STATES, tones=TONES, most=files.MOST)


@blueprint.get(AT)
@allow(*DESK)
def listed(request_id: UUID) -> ResponseReturnValue:
    """What the person of this case asked for, and the form to ask. The opening is recorded."""
    access.open_case(request_id)
    return _listed(request_id, Form())


@blueprint.post(AT)
@allow(*DESK)
def ask(request_id: UUID) -> ResponseReturnValue:
    """Ask for the family; an officer opens it ex officio for an unaccompanied minor."""
    form = Form.sent()
    with form.catch():
        entered_on, ex_officio = form.date("entered_on", required=False), form.ticked("ex_officio")
        with acting(form, request_id, None) as (act, found):
            row_id = files.ask(act, found, entered_on, ex_officio=ex_officio).id
        return _done(request_id, row_id, gettext("The request is taken in. Add for whom it is asked."))
    return _listed(request_id, form)


def _listed(request_id: UUID, form: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, found):
        page = render_template(
            "reunification/listed.html",
            case=found,
            card=card(look, found),
            rows=files.of(look, found),
            form=form,
            states=STATES,
            tones=TONES,
            law=reunification(),
            language=language(),
            is_officer=RoleName.DECISION_OFFICER in look.actor.roles,
        )
    return make_response(page, form.status)


@blueprint.get(ONE)
@allow(*DESK)
def show(request_id: UUID, reunification_id: UUID) -> ResponseReturnValue:
    """The request with its members. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id, reunification_id)


@blueprint.post(f"{ONE}/members")
@allow(*DESK)
def add(request_id: UUID, reunification_id: UUID) -> ResponseReturnValue:
    """Ask for one more member."""
    at = One(request_id, reunification_id)
    return _recorded(at, "add", _said, members.add, gettext("The member is added."))


def _said(form: Form) -> Said:
    """What was typed of a member, in the order of the form."""
    return Said(
        tie=form.choice("tie", asked_ties()),
        identity=Identity(
            family_name=form.text("family_name", limit=names.MAX_NAME),
            given_names=form.text("given_names", limit=names.MAX_NAME, required=False),
            native_name=form.text("native_name", required=False),
            birth_date=form.partial_date("birth_date"),
            birth_place=form.text("birth_place", required=False),
            sex=form.choice("sex", SEX_CODES),
            nationality=form.choice("nationality", PERSON_CODES),
            language=form.choice("language", CODES),
            status=STATUS,
        ),
        married_on=form.date("married_on", required=False),
        unmarried=form.ticked("unmarried"),
        dependent=form.ticked("dependent"),
        evidence=form.text("evidence"),
    )


@blueprint.post(f"{ONE}/members/<uuid:member_id>/remove")
@allow(*DESK)
def remove(request_id: UUID, reunification_id: UUID, member_id: UUID) -> ResponseReturnValue:
    """It is not asked for this member any more."""

    def take_out(act: Act, row: Reunification, _nothing: None) -> None:
        members.remove(act, row, members.found(row, member_id))

    at = One(request_id, reunification_id)
    return _recorded(at, "act", _nothing, take_out, gettext("The member is taken out."))


@blueprint.post(f"{ONE}/entered")
@allow(*DESK)
def entered(request_id: UUID, reunification_id: UUID) -> ResponseReturnValue:
    """When the beneficiary came to Romania."""
    at = One(request_id, reunification_id)
    return _recorded(at, "entered", _entered, files.record_entry, gettext("The day is recorded."))


def _entered(form: Form) -> dt.date:
    day = form.date("entered_on")
    form.check()
    assert day is not None
    return day


@blueprint.post(f"{ONE}/missing")
@allow(*DESK)
def missing(request_id: UUID, reunification_id: UUID) -> ResponseReturnValue:
    """Something is still to be brought; an officer sends it back with the same words."""
    at, said = One(request_id, reunification_id), gettext("Noted what is missing.")
    return _recorded(at, "missing", lambda form: form.choices("missing", MISSING), files.wait_for, said)


@blueprint.post(f"{ONE}/complete")
@allow(*DESK)
def complete(request_id: UUID, reunification_id: UUID) -> ResponseReturnValue:
    """Everything is there."""
    at, said = One(request_id, reunification_id), gettext("It waits for a decision officer who did not take it in.")
    return _recorded(at, "act", _nothing, lambda act, row, _typed: files.complete(act, row), said)


@blueprint.post(f"{ONE}/decide")
@allow(RoleName.DECISION_OFFICER)
def decide(request_id: UUID, reunification_id: UUID) -> ResponseReturnValue:
    """Approve or refuse every member."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id, None) as (act, found):
            row = files.found(act, found, reunification_id)
            said = {member.id: _outcome(form, member.id) for member in row.members}
            form.check()
            deciding.decide(act, row, said)
        return _done(request_id, reunification_id, gettext("Decided. Print the decision for the person."))
    return _page(request_id, reunification_id, decide=form)


def _outcome(form: Form, member_id: UUID) -> Outcome:
    outcome = form.choice(f"outcome-{member_id}", OUTCOMES)
    return Outcome(outcome, form.text(f"reason-{member_id}", required=outcome == "refused", limit=500))


@blueprint.post(f"{ONE}/close")
@allow(*DESK)
def close(request_id: UUID, reunification_id: UUID) -> ResponseReturnValue:
    """It is over."""
    at, said = One(request_id, reunification_id), gettext("The request is closed.")
    return _recorded(at, "close", lambda form: form.choice("because", WHY_CLOSED), files.close, said)


class One(NamedTuple):
    """Which request for a family a page is about, and the case from which one came."""

    request_id: UUID
    reunification_id: UUID


Typed = TypeVar("Typed")


def _recorded(
    at: One, name: str, read: Callable[[Form], Typed], do: Callable[[Act, Reunification, Typed], object], said: str
) -> ResponseReturnValue:
    """One act by what a form says; the form called `name` is shown again with what was refused."""
    form = Form.sent()
    with form.catch():
        typed = read(form)
        with acting(form, at.request_id, None) as (act, found):
            do(act, files.found(act, found, at.reunification_id), typed)
        return _done(*at, said)
    return _page(*at, **{name: form})


def _nothing(_form: Form) -> None:
    """An act that asks for nothing."""


def _done(request_id: UUID, reunification_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    where = url_for("reunification.file.show", request_id=request_id, reunification_id=reunification_id)
    return redirect(where, 303)


def _page(request_id: UUID, reunification_id: UUID, /, **sent: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, found):
        row = files.found(look, found, reunification_id)
        is_officer = RoleName.DECISION_OFFICER in look.actor.roles
        page = render_template(
            "reunification/file.html",
            case=found,
            card=card(look, found),
            row=row,
            forms=_forms(row) | sent,
            at_desk=row.state in REUNIFICATIONS_AT_THE_DESK,
            may_complete=ReunificationState.COMPLETE in allowed(row.state),
            may_decide=is_officer and row.state == ReunificationState.COMPLETE and row.taken_by != look.actor.id,
            may_send_back=is_officer and row.state == ReunificationState.COMPLETE,
            is_clerk=RoleName.CLERK in look.actor.roles,
            law=reunification(),
            language=language(),
            words=_words(),
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))


def _forms(row: Reunification) -> dict[str, Form]:
    """The forms of the page as they begin."""
    spoken = {"language": row.person.language, "nationality": row.person.nationality}
    entered_on = {"entered_on": row.entered_on.isoformat()} if row.entered_on else {}
    begun = {name: Form() for name in ("decide", "close", "act")}
    return begun | {"add": Form(spoken), "missing": Form({"missing": row.missing.split()}), "entered": Form(entered_on)}


def _words() -> dict[str, object]:
    """Codes as people say them, and what is chosen from."""
    return {
        "states": STATES,
        "tones": TONES,
        "ties": TIES,
        "missing": MISSING,
        "why_closed": WHY_CLOSED,
        "tie_options": options(TIES.items()),
        "outcome_options": options(OUTCOMES.items()),
        "missing_options": options(MISSING.items()),
        "closed_options": options(WHY_CLOSED.items()),
        "sexes": options(SEXES.items()),
        "nationalities": [(code, f"{name} · {code}") for code, name in nationalities(language())],
        "languages": languages(),
        "nationality": nationality_name,
    }
