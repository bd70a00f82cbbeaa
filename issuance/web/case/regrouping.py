"""Two records of one person, one record of two: compared, proposed on a page of its own, agreed on the person's page."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Look
from issuance.errors import InvalidInput
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import persons, search
from issuance.services.casework.lodging import record_compared
from issuance.services.persons import alike
from issuance.services.regrouping import proposals, rows
from issuance.services.regrouping.proposals import AGREEING, PROPOSING, Why
from issuance.web.case.access import acting_on
from issuance.web.case.alike import NEW_PERSON, options_of
from issuance.web.case.person import acting, page
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form
from issuance.web.words.states import word

blueprint = Blueprint("regrouping", __name__, url_prefix="/persons/<uuid:person_id>")


@blueprint.route("/merge", methods=["GET", "POST"])
@allow(*PROPOSING)
def merge(person_id: UUID) -> ResponseReturnValue:
    """Persons alike: one of them is this person, as a second agrees, or they are two, which is not asked again."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            two = form.ticked("two")
            why = Why("", "") if two else _why(form)
            with acting(form, person_id) as (act, person):
                other = _other(act, form, "other")
                if two:
                    alike.say_two(act, person, other)
                else:
                    proposals.propose_merge(act, person, other, why)
            return _done(person_id, gettext("Kept: they are two persons.") if two else _proposed())
    with current_office().act(acting_on(person_id)) as act:
        person = persons.own_person(act, person_id)
        found = alike.others(act, person)
        record_compared(act, [person, *found])
        return _page(act, form, person, "case/merge.html", alike=options_of(act, found))


@blueprint.route("/split", methods=["GET", "POST"])
@allow(*PROPOSING)
def split(person_id: UUID) -> ResponseReturnValue:
    """Requests of this record that are another person's: chosen, and whose they are."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            why, new = _why(form), form.value("other") == NEW_PERSON
            with acting(form, person_id) as (act, person):
                chosen = form.choices("requests", [str(each.id) for each in persons.of_person(act, person)])
                form.check()
                other = None if new else _other(act, form, "other")
                proposals.propose_split(act, person, [UUID(each) for each in chosen], other, why)
            return _done(person_id, _proposed())
    with current_office().reading(acting_on(person_id)) as look:
        person = persons.own_person(look, person_id)
        return _page(look, form, person, "case/split.html", requests=_requests(persons.of_person(look, person)))


@blueprint.route("/regroupings/<uuid:regrouping_id>/undo", methods=["GET", "POST"])
@allow(*PROPOSING)
def undo(person_id: UUID, regrouping_id: UUID) -> ResponseReturnValue:
    """A merge was wrong: what it moved goes back, as a second agrees."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            why = _why(form)
            with acting(form, person_id) as (act, person):
                proposals.propose_undo(act, rows.of_person(act, person, regrouping_id), why)
            return _done(person_id, _proposed())
    with current_office().reading(acting_on(person_id)) as look:
        person = persons.own_person(look, person_id)
        merged = rows.from_(look, rows.of_person(look, person, regrouping_id))
        return _page(look, form, person, "case/undo.html", merged=merged, at=request.path)


@blueprint.post("/regroupings/<uuid:regrouping_id>/agree")
@allow(*AGREEING)
def agree(person_id: UUID, regrouping_id: UUID) -> ResponseReturnValue:
    """A second person saw the evidence: requests are whose they are from now on."""
    form = Form.sent()
    with form.catch():
        with acting(form, person_id) as (act, person):
            whose = proposals.agree(act, rows.of_person(act, person, regrouping_id)).id
        return _done(whose, gettext("Done: these are the requests of this person now."))
    return page(person_id, settle=form)


@blueprint.post("/regroupings/<uuid:regrouping_id>/decline")
@allow(*AGREEING)
def decline(person_id: UUID, regrouping_id: UUID) -> ResponseReturnValue:
    """The evidence does not say so, or it is taken back."""
    form = Form.sent()
    with form.catch():
        with acting(form, person_id) as (act, person):
            proposals.decline(act, rows.of_person(act, person, regrouping_id))
        return _done(person_id, gettext("Declined. Nothing was moved."))
    return page(person_id, settle=form)


def _why(form: Form) -> Why:
    return Why(form.text("reason"), form.text("evidence"))


def _other(look: Look, form: Form, field: str) -> Person:
    """The person who was chosen among those alike, or whose number or reference was typed."""
    if number := form.text("number", required=False, limit=40):
        found = search.known_by(look, number)
        if len(found) != 1:
            raise InvalidInput("number", "No person has this number or reference, or several have. Check it.")
        return found[0]
    try:
        chosen = look.session.get(Person, UUID(form.value(field)))
    except ValueError:
        chosen = None
    if chosen is None:
        raise InvalidInput(field, "Choose the other person, or type a number or reference of theirs.")
    return chosen


def _requests(found: Sequence[IssuanceRequest]) -> list[tuple[UUID, str]]:
    return [(each.id, f"{each.document_type} · {word(each.kind)} · {each.reference}") for each in found]


def _proposed() -> str:
    return gettext("Proposed. Another person looks at the evidence and agrees.")


def _page(look: Look, form: Form, person: Person, template: str, **shown: object) -> ResponseReturnValue:
    form.values["version"] = person.version
    drawn = render_template(template, form=form, person=person, **shown)
    return make_response(drawn, form.status)


def _done(person_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("case.person.show", person_id=person_id), 303)
