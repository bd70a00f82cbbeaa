"""Events of case handling that wait: since when, for what, and what a supervisor does about them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.errors import NotFound
from issuance.models.exchange import CaseEvent
from issuance.models.staff import RoleName
from issuance.services.casework.lodging import record_compared
from issuance.services.exchange import effects, holding, schema, taking
from issuance.services.exchange.taking import ALIKE, Opened
from issuance.services.imports.lines import Decision
from issuance.web.case.alike import NEW_PERSON, options_of
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import partial_day, sentence
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.codes import EVENT_KINDS, EVENT_WAITS
from issuance.web.words.nationalities import nationality_names

blueprint = Blueprint("held", __name__, url_prefix="/case-events")

QUEUES = (
    Queue(
        lazy_gettext("Events of case handling"),
        "exchange.held.listed",
        (RoleName.SUPERVISOR,),
        holding.count,
        group=Group.FOLLOW_UP,
        urgent=True,
    ),
)


@blueprint.get("")
@allow(RoleName.SUPERVISOR)
def listed() -> str:
    """What waits, the longest first."""
    with current_office().reading(current_actor()) as look:
        rows = holding.waiting(look)
        return render_template(
            "exchange/held.html", rows=rows, kinds=EVENT_KINDS, waits=EVENT_WAITS, more=len(rows) == holding.LISTED
        )


@blueprint.get("/<uuid:event_id>")
@allow(RoleName.SUPERVISOR)
def show(event_id: UUID) -> ResponseReturnValue:
    """One event that waits: why, and what to do next. Who is compared with whom is recorded."""
    return _page(event_id, Form())


@blueprint.post("/<uuid:event_id>/again")
@allow(RoleName.SUPERVISOR)
def again(event_id: UUID) -> ResponseReturnValue:
    """Try it again, for the person that was chosen."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            row = holding.one(act, event_id)
            holding.decide(act, row, _decided(form) if row.why == ALIKE else None)
        return _done(gettext("It is tried again now. Look at the list in a moment."))
    return _page(event_id, form)


@blueprint.post("/<uuid:event_id>/set-aside")
@allow(RoleName.SUPERVISOR)
def set_aside(event_id: UUID) -> ResponseReturnValue:
    """It is not applied; those after it go on."""
    form = Form.sent()
    with form.catch():
        reason = form.text("reason", limit=500)
        with current_office().act(current_actor()) as act:
            holding.set_aside(act, holding.one(act, event_id), reason)
        return _done(gettext("Set aside. What waited behind it goes on."))
    return _page(event_id, form)


def _decided(form: Form) -> Decision:
    """Who was chosen of whom. FormRefused while nobody was."""
    try:
        shown = frozenset(UUID(each) for each in form.value("shown").split())
    except ValueError:
        raise NotFound("This list is not the register's. Open it again.") from None
    chosen = form.choice("person", [NEW_PERSON, *map(str, shown)])
    form.check()
    return Decision(None if chosen == NEW_PERSON else UUID(chosen), shown)


def _done(message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("exchange.held.listed"), 303)


def _page(event_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        row = holding.one(look, event_id)
        said = taking.opened(look, row)
        alike = holding.alike(look, said) if row.why == ALIKE else []
        page = render_template(
            "exchange/event.html",
            form=form,
            row=row,
            kind=EVENT_KINDS[row.kind],
            why=_why(row, said),
            facts=_facts(said),
            who=[*options_of(look, alike), (NEW_PERSON, gettext("None of them: a new person"), "")],
            shown=" ".join(str(each.id) for each in alike),
            is_alike=row.why == ALIKE,
            is_next=row.number == row.case.applied + 1,
        )
    if alike:
        with current_office().act(current_actor()) as act:
            record_compared(act, alike)
    return make_response(page, form.status)


def _why(row: CaseEvent, said: Opened) -> str:
    if said.error is not None and row.why != ALIKE:
        return sentence(said.error)
    return str(EVENT_WAITS.get(row.why, row.why))


def _facts(said: Opened) -> list[tuple[str, str]]:
    """What an application says of who somebody is."""
    if not isinstance(said.event, schema.Application):
        return []
    who = effects.lodging_of(said.event).identity
    return [
        (gettext("Name"), f"{who.family_name} {who.given_names}".strip()),
        (gettext("Name in its own script"), who.native_name),
        (gettext("Born on"), partial_day(who.birth_date)),
        (gettext("Place of birth"), who.birth_place),
        (gettext("Nationality"), nationality_names(said.event.nationalities)),
        (gettext("Eurodac reference"), who.eurodac_reference),
    ]
