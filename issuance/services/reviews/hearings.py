"""The person is heard: an interview or a written statement, or an invitation that was not followed (Art 103)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.clock import office_day
from issuance.errors import Conflict, InvalidInput, RuleViolation
from issuance.law.persons import withdrawal as law
from issuance.models.reviews import Review, ReviewPresence
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.reviews import deliveries, files, partaking, terms
from issuance.states import ReviewState
from issuance.values.calendar import check_past, is_working_day
from issuance.values.codes import one_of

HEARINGS = ("interview", "statement", "file")
"""How somebody was heard: `file` when an invitation was delivered and nobody came (Art 103(4))."""

PRESENT = ("lawyer", "interpreter", "unhcr", "ngo")
"""Who may be there for the person (Art 103(2))."""


@dataclass(frozen=True)
class Heard:
    """The person was heard, or did not come: how, on which day, on what paper of the file it stands."""

    how: str
    on: dt.date | None
    paper: str


@dataclass(frozen=True)
class Present:
    """Who was there for the person, for which body, on which day."""

    kind: str
    name: str
    on: dt.date | None
    body: str = ""


def fix(act: Act, review: Review, at: dt.datetime | None, place: str) -> None:
    """An officer fixes the interview: its day, hour and place, with days to prepare for it. Who was invited before is
    invited again.
    """
    centres.check_own(act, review)
    files.check_role(act, files.OPENERS, "A decision officer or a supervisor fixes the interview. Ask one.")
    if review.state not in (ReviewState.OPENED, ReviewState.NOTIFIED):
        raise Conflict("The person was heard already. Open the review again.")
    if at is None:
        raise InvalidInput("interview_on", "Say on which day and at what hour the interview is.")
    earliest = terms.last_day("preparation", act.clock.today(), review.procedure)
    if office_day(at) < earliest.day:
        raise RuleViolation(
            "E9",
            earliest.term.legal_basis.en,
            "The person has days to prepare: the interview is on %(day)s or later.",
            field="interview_on",
            day=f"{earliest.day:%d.%m.%Y}",
        )
    if not is_working_day(office_day(at)):
        raise InvalidInput("interview_on", "Nobody works on this day. Choose another one.")
    review.interview_at = at
    review.interview_place = files.required("interview_place", place, "Say where the interview is.")
    terms.plan(review)
    act.record("review.interview_fixed", review, review.request, review.person, on=office_day(at).isoformat())


def hear(act: Act, review: Review, heard: Heard) -> None:
    """The person was heard, or was invited and did not come: the decision may be proposed.

    RuleViolation before the notice was delivered, and for who was not invited in time.
    """
    centres.check_own(act, review)
    how = one_of("hearing", heard.how, HEARINGS)
    by_officer = (RoleName.DECISION_OFFICER,) if how == "interview" else files.DESK
    files.check_role(act, by_officer, "A decision officer holds the interview. Ask one.")
    _check_notified(review)
    if review.state != ReviewState.NOTIFIED:
        raise Conflict("The person was heard already. Open the review again.")
    assert review.notified_on is not None
    if heard.on is None:
        raise InvalidInput("heard_on", "Say on which day the person was heard, or did not come.")
    check_past("heard_on", heard.on, act.clock.today())
    if heard.on < review.notified_on:
        raise InvalidInput("heard_on", "The notice was delivered later than this day. Correct the day.")
    if how == "file":
        _check_absent(act, review, heard.on)
    review.hearing, review.heard_on = how, heard.on
    review.heard_paper = files.required("heard_paper", heard.paper, "Give the number of the paper in the file.")
    terms.move(act, review, ReviewState.HEARD)
    act.record("review.heard", review, review.request, review.person, hearing=how, on=heard.on.isoformat())


def _check_notified(review: Review) -> None:
    """RuleViolation as long as the person was not told of the review (Art 103(1))."""
    if review.notified_on is None:
        due = law.term("notice", office_day(review.opened_at))
        raise RuleViolation(
            "E9",
            due.legal_basis.en,
            "The person was not told of this review: deliver the written notice first.",
            field="hearing",
        )


def _check_absent(act: Act, review: Review, day: dt.date) -> None:
    """RuleViolation unless the person was invited in time to an interview that is over."""
    invited = deliveries.is_invited(act, review)
    if not invited or review.interview_at is None or review.interview_at > act.clock.now():
        raise RuleViolation(
            "E9",
            "Law 122/2006, Art 103(4)",
            "A review is decided on the file when the person was invited in time and did not come. Deliver the"
            " invitation, and wait for the interview.",
            field="hearing",
        )
    if day != office_day(review.interview_at):
        raise InvalidInput("heard_on", "The interview was on another day. Give the day of the interview.")


# Who is there for the person


def attend(act: Act, review: Review, present: Present) -> ReviewPresence:
    """Somebody was there for the person. RuleViolation for UNHCR without the person's consent."""
    centres.check_own(act, review)
    files.check_role(act, files.DESK, "A clerk or a decision officer records who was there. Ask one.")
    files.check_open(review)
    kind = one_of("present", present.kind, PRESENT)
    if present.on is None:
        raise InvalidInput("present_on", "Say on which day this person was there.")
    check_past("present_on", present.on, act.clock.today())
    consent = partaking.consented(act, review, present.on) if kind == partaking.KIND else None
    if kind == partaking.KIND and consent is None:
        raise RuleViolation(
            "E12",
            "Law 122/2006, Art 103(6)",
            "UNHCR takes part when the person agrees. Record the consent first.",
            field="present",
        )
    row = ReviewPresence(
        review_id=review.id,
        kind=kind,
        name=files.required("name", present.name, "Name who was there."),
        body=present.body.strip(),
        present_on=present.on,
        consented_on=consent.given_on if consent else None,
        recorded_by=act.actor.id,
    )
    act.session.add(row)
    act.record("review.attended", review, review.request, review.person, row, who=kind)
    return row


def present(look: Look, review: Review) -> Sequence[ReviewPresence]:
    """Who was there, in the order of the days."""
    query = select(ReviewPresence).where(ReviewPresence.review_id == review.id)
    return look.session.scalars(query.order_by(ReviewPresence.present_on, ReviewPresence.id)).all()


# Renunciation (E23)


def explain(act: Act, review: Review, delivered: deliveries.Delivered) -> None:
    """What a renunciation means was explained in a language that the person understands (Art 98(g), 99)."""
    centres.check_own(act, review)
    files.check_role(act, files.DESK, "A clerk or a decision officer explains what a renunciation means. Ask one.")
    files.check_undecided(review)
    if not review.renounces:
        raise Conflict("This review rests on another ground: there is no renunciation to explain.")
    row = deliveries.row_of(act, review, "explanation", delivered)
    review.explained_on, review.explained_in = row.delivered_on, row.language
    review.explained_interpreter = row.interpreter
    act.session.add(row)
    act.record("review.explained", review, review.request, review.person, **deliveries.said(row))
