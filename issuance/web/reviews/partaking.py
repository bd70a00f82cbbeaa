"""UNHCR and a review: the text that is read to the person, their consent, and that they took it back (Art 103(6))."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Act
from issuance.models.reviews import Review
from issuance.services.reviews import files, partaking
from issuance.web import consenting
from issuance.web.case.card import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.reviews.parts import DESK, acting, done, recorded

blueprint = Blueprint("partaking", __name__, url_prefix="/reviews/<uuid:review_id>/consent")


@blueprint.get("")
@allow(*DESK)
def read(review_id: UUID) -> ResponseReturnValue:
    """The text that is read to the person before they consent, beside Romanian. The opening is recorded."""
    with current_office().act(current_actor()) as act:
        files.read(act, review_id)
    return _page(review_id, Form())


@blueprint.post("")
@allow(*DESK)
def consent(review_id: UUID) -> ResponseReturnValue:
    """The person consents that an office of UNHCR sees the file."""
    form = Form.sent()
    with form.catch():
        office_id, said = form.id("body"), consenting.said(form)
        with acting(form, review_id) as (act, review):
            partaking.consent(act, review, office_id, said)
        return done(review_id, gettext("The consent is recorded. It can be withdrawn on any day."))
    return _page(review_id, form)


@blueprint.post("/withdraw")
@allow(*DESK)
def withdraw(review_id: UUID) -> ResponseReturnValue:
    """The person takes the consent back."""
    said = gettext("The consent has ended. The file is closed to them from now on.")
    return recorded(review_id, "answer", lambda _form: None, _withdraw, said)


def _withdraw(act: Act, review: Review, _nothing: None) -> None:
    partaking.withdraw(act, review)


def _page(review_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        review = files.own(look, review_id)
        form.values["version"] = review.version
        page = render_template(
            "reviews/consent.html",
            review=review,
            card=card(look, review.request),
            offices=[(str(body.id), body.name) for body in partaking.offices(look)],
            **consenting.beside(look, form, review.person),
        )
    return make_response(page, form.status)
