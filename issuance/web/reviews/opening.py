"""A review is opened by an officer, from the page of a person: on which grounds, of whose motion, why."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Look
from issuance.law.persons import withdrawal as law
from issuance.models.people import Person
from issuance.services.casework import persons
from issuance.services.reviews import files
from issuance.services.reviews.files import Opening
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language
from issuance.web.reviews.parts import OPENERS, done, said
from issuance.web.words import reviews as words
from issuance.web.words.codes import PROCEDURES, STATUS_WORDS

blueprint = Blueprint("opening", __name__)


@blueprint.route("/persons/<uuid:person_id>/review", methods=["GET", "POST"])
@allow(*OPENERS)
def begin(person_id: UUID) -> ResponseReturnValue:
    """Open the review of this person's status."""
    form = Form.sent() if request.method == "POST" else Form({"origin": "ex_officio", "procedure": "regular"})
    if request.method == "POST":
        with form.catch():
            opening = _opening(form)
            form.check()
            with current_office().act(current_actor()) as act:
                case = files.case_of(act, persons.own_person(act, person_id))
                review_id = files.open_file(act, case, opening).id
            return done(review_id, gettext("The review is open. Deliver the notice: until then nothing is decided."))
    with current_office().reading(current_actor()) as look:
        return _page(look, persons.own_person(look, person_id), form)


def _opening(form: Form) -> Opening:
    return Opening(
        grounds=form.choices("grounds", law.grounds()),
        origin=form.choice("origin", words.ORIGINS),
        institution=form.text("institution", required=False),
        why=form.text("why", limit=2000, lines=True),
        procedure=form.choice("procedure", law.PROCEDURES),
        exclusions=form.choices("exclusions", law.exclusions()),
    )


def _page(look: Look, person: Person, form: Form) -> ResponseReturnValue:
    grounds = law.grounds_of(person.status)
    articles = {ground.excludes for ground in grounds} - {""}
    letters = [each for each in law.exclusions().values() if each.article in articles]
    page = render_template(
        "reviews/opening.html",
        person=person,
        form=form,
        status_word=STATUS_WORDS.get(person.status, person.status),
        grounds=[(ground.code, said(ground), words.KINDS[ground.kind]) for ground in grounds],
        letters=[(each.code, said(each)) for each in letters],
        origins=options(words.ORIGINS.items()),
        procedures=options((code, PROCEDURES[code]) for code in law.PROCEDURES),
        open_one=files.open_for(look, person.id, look.clock.today()),
        notice=law.term("notice", look.clock.today()),
        language=language(),
    )
    return make_response(page, form.status)
