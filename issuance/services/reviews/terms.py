"""Until when each step of a review is done: computed from `withdrawal.toml`, each with its article."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from issuance.acts import Act
from issuance.clock import office_day
from issuance.law.persons import withdrawal as law
from issuance.law.persons.withdrawal import Step, Term
from issuance.models.reviews import Review
from issuance.services import lateness
from issuance.states import ReviewState, advance


class Due(NamedTuple):
    """The last day of a step, and the term that it is computed by."""

    step: Step
    day: dt.date
    term: Term


@dataclass(frozen=True, slots=True)
class Dated:
    """A step of a review: until when it is to be done, when it was; `is_late` when that was later, or is by today."""

    step: Step
    due: Due
    done_on: dt.date | None
    is_late: bool


def last_day(step: Step, start: dt.date, procedure: str) -> Due:
    """The last day of a step that began on `start`, by the term in force then."""
    term = law.term(step, start)
    return Due(step, term.last_day(start, procedure), term)


def move(act: Act, review: Review, to: ReviewState) -> None:
    """The review goes on: another state, another day by which something is due."""
    advance(review, to, actor=act.actor)
    plan(review)


def note(act: Act, review: Review, step: Step) -> None:
    """This step of the review is done; when that was after its last day, somebody will say why."""
    due = next(each for each in steps(review, act.clock.today()) if each.step == step)
    lateness.note(act, f"review_{step}", review.request, due.due.day, due.done_on)


def plan(review: Review) -> None:
    """Say by when what comes next is due: what was computed last of what is still to be done."""
    waits = [each.day for each in _computed(review) if _done(review, each.step) is None]
    review.due_on = None if review.ended_at or review.state == ReviewState.APPEALED else _next(review, waits)


def _next(review: Review, waits: list[dt.date]) -> dt.date | None:
    if review.state == ReviewState.NOTIFIED and review.interview_at:
        return office_day(review.interview_at)
    return waits[-1] if waits else None


def steps(review: Review, today: dt.date) -> list[Dated]:
    """Every step so far with its dates, in their order."""
    until, found = office_day(review.ended_at) if review.ended_at else today, []
    for due in _computed(review):
        done = _done(review, due.step)
        is_late = due.day < (done or until) and (done is not None or due.step != "appeal")  # nobody has to appeal
        found.append(Dated(due.step, due, done, is_late))
    return found


def _computed(review: Review) -> Iterator[Due]:
    """The last day of each step that has begun."""
    begun: tuple[tuple[Step, dt.date | None], ...] = (
        ("notice", office_day(review.opened_at)),
        ("hearing", review.notified_on),
        ("decision", review.heard_on),
        ("communication", office_day(review.agreed_at) if review.agreed_at else None),
        ("appeal", review.communicated_on if review.decision != "maintained" else None),
    )
    for step, start in begun:
        if start is not None:
            yield last_day(step, start, review.procedure)


def _done(review: Review, step: Step) -> dt.date | None:
    done = {
        "notice": review.notified_on,
        "hearing": review.heard_on,
        "decision": office_day(review.agreed_at) if review.agreed_at else None,
        "communication": review.communicated_on,
        "appeal": review.appealed_on,
    }
    return done.get(step)
