"""The page of a review, and what the desk does there: papers delivered, who came, who was there for the person."""

from __future__ import annotations

import datetime as dt
import re
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.clock import OFFICE_ZONE
from issuance.services.reviews import deliveries, files, hearings
from issuance.services.reviews.hearings import Heard, Present
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.reviews.parts import DESK, OPENERS, READERS, acting, delivered_of, done, page, recorded
from issuance.web.words import reviews as words

blueprint = Blueprint("file", __name__, url_prefix="/reviews/<uuid:review_id>")


@blueprint.get("")
@allow(*READERS)
def show(review_id: UUID) -> ResponseReturnValue:
    """One review: its grounds, every date with its article, and what comes next. The opening is recorded."""
    _read(review_id)
    return page(review_id)


def _read(review_id: UUID) -> None:
    with current_office().act(current_actor()) as act:
        files.read(act, review_id)


@blueprint.post("/notice")
@allow(*DESK)
def notify(review_id: UUID) -> ResponseReturnValue:
    """The written notice was delivered."""
    form = Form.sent()
    with form.catch():
        delivered = delivered_of(form)
        with acting(form, review_id) as (act, review):
            row = deliveries.notify(act, review, delivered)
            early = review.interview_at is not None and row.interview_at is None
        return done(review_id, _told(early=early))
    return page(review_id, delivery=form)


def _told(*, early: bool) -> str:
    if early:
        return str(gettext("The notice is recorded. Its interview is too early to prepare for: fix another one."))
    return str(gettext("The notice is recorded. Now the person is heard."))


@blueprint.post("/interview")
@allow(*OPENERS)
def fix(review_id: UUID) -> ResponseReturnValue:
    """Fix the interview."""
    said = gettext("The interview is fixed. Print the paper that says so, and deliver it.")
    return recorded(review_id, "interview", _meeting, lambda act, review, at: hearings.fix(act, review, *at), said)


def _meeting(form: Form) -> tuple[dt.datetime | None, str]:
    return _moment(form), form.text("interview_place")


def _moment(form: Form) -> dt.datetime | None:
    day, text = form.date("interview_on"), form.text("interview_time", limit=5)
    match = re.fullmatch(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", text)
    if text and not match:
        form.refuse("interview_time", gettext("Give the time as hours and minutes, as in 14:05."))
    if day is None or match is None:
        return None
    return dt.datetime.combine(day, dt.time(int(match[1]), int(match[2])), OFFICE_ZONE)


@blueprint.post("/invitation")
@allow(*DESK)
def invite(review_id: UUID) -> ResponseReturnValue:
    """The invitation was delivered."""
    said = gettext("The invitation is recorded. Who does not come is decided on by the file.")
    return recorded(review_id, "delivery", delivered_of, deliveries.invite, said)


@blueprint.post("/hearing")
@allow(*DESK)
def hear(review_id: UUID) -> ResponseReturnValue:
    """The person was heard, or did not come."""
    return recorded(review_id, "hearing", _heard, hearings.hear, gettext("Recorded. The decision may be proposed now."))


def _heard(form: Form) -> Heard:
    return Heard(form.choice("hearing", words.HEARINGS), form.date("heard_on"), form.text("heard_paper", limit=100))


@blueprint.post("/presence")
@allow(*DESK)
def attend(review_id: UUID) -> ResponseReturnValue:
    """Somebody was there for the person."""
    return recorded(review_id, "presence", _present, hearings.attend, gettext("Recorded who was there."))


def _present(form: Form) -> Present:
    return Present(
        kind=form.choice("present", words.PRESENT),
        name=form.text("name", limit=100),
        body=form.text("body", limit=100, required=False),
        on=form.date("present_on"),
    )


@blueprint.route("/explanation", methods=["GET", "POST"])
@allow(*DESK)
def explain(review_id: UUID) -> ResponseReturnValue:
    """What a renunciation means is read to the person, and recorded; before that it has no effect (E23)."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            delivered = delivered_of(form)
            with acting(form, review_id) as (act, review):
                hearings.explain(act, review, delivered)
            return done(review_id, gettext("Recorded: the person knows what the renunciation means."))
        return page(review_id, "reviews/explanation.html", delivery=form)
    _read(review_id)
    return page(review_id, "reviews/explanation.html")


@blueprint.post("/decision")
@allow(*DESK)
def communicate(review_id: UUID) -> ResponseReturnValue:
    """The decision was delivered."""
    said = gettext("The delivery of the decision is recorded.")
    return recorded(review_id, "delivery", delivered_of, deliveries.communicate, said)
