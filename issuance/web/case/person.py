"""One person: opened, corrected by two persons; two records of one person merged, one record of two split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Act, Look
from issuance.errors import InvalidInput, StaleState
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.casework import corrections, persons, search
from issuance.services.casework.corrections import Proposal
from issuance.services.casework.lodging import record_compared
from issuance.services.persons import alike
from issuance.services.regrouping import proposals, rows
from issuance.services.regrouping.proposals import Why
from issuance.values import names
from issuance.web.case import access
from issuance.web.case.access import CASE_READERS, acting_on
from issuance.web.case.alike import NEW_PERSON, options_of
from issuance.web.case.person_page import page
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form
from issuance.web.words import persons as words
from issuance.web.words.codes import SEXES, STATUS_WORDS
from issuance.web.words.nationalities import PERSON_CODES, other_nationalities
from issuance.web.words.states import word

blueprint = Blueprint("person", __name__, url_prefix="/persons/<uuid:person_id>")

LINES = {"family_name": names.MAX_NAME, "given_names": names.MAX_NAME, "native_name": names.MAX_NAME}
EMPTY = ("given_names", "native_name", "birth_place", "address", "eurodac_reference", "cnp")


@blueprint.get("")
@allow(*CASE_READERS)
def show(person_id: UUID) -> ResponseReturnValue:
    """One person: data and their history, requests, documents, notices. The opening is recorded.

    A record that was merged leads to the person.
    """
    with current_office().act(acting_on(person_id)) as act:
        owner = persons.whose(act, person_id)
        other = owner.id if owner and owner.id != person_id else None
        if other is None:
            persons.open_person(act, person_id)
    return redirect(url_for("case.person.show", person_id=other)) if other else page(person_id)


@blueprint.route("/reason", methods=["GET", "POST"])
@allow(*CASE_READERS)
def reason(person_id: UUID) -> ResponseReturnValue:
    """Say why one looks at a person of other centres; the reason goes into the audit."""
    return access.asked_why(person_id, url_for("case.person.show", person_id=person_id))


@blueprint.post("/correction")
@allow(RoleName.CLERK)
def correct(person_id: UUID) -> ResponseReturnValue:
    """Propose what the register should say; an address or place of birth is corrected at once."""
    form = Form.sent()
    with form.catch():
        proposal = _proposal(form)
        with _acting(form, person_id) as (act, person):
            row = corrections.propose(act, person, proposal)
        if row is None:
            return _done(person_id, gettext("Corrected. What is not made yet follows."))
        return _done(person_id, gettext("Proposed. Another person looks at the evidence and agrees."))
    return page(person_id, correct=form)


@blueprint.post("/corrections/<uuid:correction_id>/agree")
@allow(*corrections.AGREEING)
def agree(person_id: UUID, correction_id: UUID) -> ResponseReturnValue:
    """A second person agrees: the register says so from now on."""
    form = Form.sent()
    with form.catch():
        with _acting(form, person_id) as (act, person):
            corrections.agree(act, persons.correction_of(act, person, correction_id))
        return _done(person_id, gettext("Corrected. What is not made yet follows."))
    return page(person_id, settle=form)


@blueprint.post("/corrections/<uuid:correction_id>/decline")
@allow(*corrections.AGREEING)
def decline(person_id: UUID, correction_id: UUID) -> ResponseReturnValue:
    """The evidence does not say so, or it is taken back."""
    form = Form.sent()
    with form.catch():
        with _acting(form, person_id) as (act, person):
            corrections.decline(act, persons.correction_of(act, person, correction_id))
        return _done(person_id, gettext("Declined. The register says what it said."))
    return page(person_id, settle=form)


# Records of one person, or of two


@blueprint.route("/merge", methods=["GET", "POST"])
@allow(*proposals.PROPOSING)
def merge(person_id: UUID) -> ResponseReturnValue:
    """Persons alike: one of them is this person, as a second agrees, or they are two, which is not asked again."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            two = form.ticked("two")
            why = Why("", "") if two else _why(form)
            with _acting(form, person_id) as (act, person):
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
        return _drawn(act, form, person, "case/merge.html", alike=options_of(act, found))


@blueprint.route("/split", methods=["GET", "POST"])
@allow(*proposals.PROPOSING)
def split(person_id: UUID) -> ResponseReturnValue:
    """Requests of this record that are another person's: chosen, and whose they are."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            why, new = _why(form), form.value("other") == NEW_PERSON
            with _acting(form, person_id) as (act, person):
                chosen = form.choices("requests", [str(each.id) for each in persons.of_person(act, person)])
                form.check()
                other = None if new else _other(act, form, "other")
                proposals.propose_split(act, person, [UUID(each) for each in chosen], other, why)
            return _done(person_id, _proposed())
    with current_office().reading(acting_on(person_id)) as look:
        person = persons.own_person(look, person_id)
        return _drawn(look, form, person, "case/split.html", requests=_requests(persons.of_person(look, person)))


@blueprint.route("/regroupings/<uuid:regrouping_id>/undo", methods=["GET", "POST"])
@allow(*proposals.PROPOSING)
def undo(person_id: UUID, regrouping_id: UUID) -> ResponseReturnValue:
    """A merge was wrong: what it moved goes back, as a second agrees."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            why = _why(form)
            with _acting(form, person_id) as (act, person):
                proposals.propose_undo(act, rows.of_person(act, person, regrouping_id), why)
            return _done(person_id, _proposed())
    with current_office().reading(acting_on(person_id)) as look:
        person = persons.own_person(look, person_id)
        merged = rows.from_(look, rows.of_person(look, person, regrouping_id))
        return _drawn(look, form, person, "case/undo.html", merged=merged, at=request.path)


@blueprint.post("/regroupings/<uuid:regrouping_id>/agree")
@allow(*proposals.AGREEING)
def agree_regrouping(person_id: UUID, regrouping_id: UUID) -> ResponseReturnValue:
    """A second person saw the evidence: requests are whose they are from now on."""
    form = Form.sent()
    with form.catch():
        with _acting(form, person_id) as (act, person):
            whose = proposals.agree(act, rows.of_person(act, person, regrouping_id)).id
        return _done(whose, gettext("Done: these are the requests of this person now."))
    return page(person_id, settle=form)


@blueprint.post("/regroupings/<uuid:regrouping_id>/decline")
@allow(*proposals.AGREEING)
def decline_regrouping(person_id: UUID, regrouping_id: UUID) -> ResponseReturnValue:
    """The evidence does not say so, or it is taken back."""
    form = Form.sent()
    with form.catch():
        with _acting(form, person_id) as (act, person):
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
    return str(gettext("Proposed. Another person looks at the evidence and agrees."))


def _drawn(look: Look, form: Form, person: Person, template: str, **shown: object) -> ResponseReturnValue:
    form.values["version"] = person.version
    return make_response(render_template(template, form=form, person=person, **shown), form.status)


# What was sent


def _proposal(form: Form) -> Proposal:
    """What was typed, whole: what is as the register has it is no correction."""
    said = {name: form.text(name, required=name not in EMPTY, limit=LINES.get(name, names.MAX_TEXT)) for name in _LINES}
    said["birth_date"] = form.partial_date("birth_date")
    said["sex"] = form.choice("sex", SEXES)
    said["nationality"] = form.choice("nationality", PERSON_CODES)
    said["other_nationalities"] = other_nationalities(form)
    said["status"] = form.choice("status", STATUS_WORDS)
    return Proposal(said, form.choice("reason", words.CORRECTIONS), form.text("evidence"))


_LINES = ("family_name", *EMPTY)


@contextmanager
def _acting(form: Form, person_id: UUID) -> Iterator[tuple[Act, Person]]:
    """Act on the person where one works, unless they were changed since the form was drawn."""
    form.check()
    with current_office().act(acting_on(person_id)) as act:
        person = persons.own_person(act, person_id)
        if person.version != form.version:
            raise StaleState("Someone else changed this meanwhile. Look at it again below, and send it again.")
        yield act, person


def _done(person_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("case.person.show", person_id=person_id), 303)
