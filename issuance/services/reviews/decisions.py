"""The decision on a review: proposed by one officer and agreed to by another; appealed; final (Art 104 and 105)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from issuance.acts import Act
from issuance.clock import office_day
from issuance.errors import Conflict, InvalidInput, NotAllowed, RuleViolation
from issuance.law.office.feeds import Happening
from issuance.law.persons import withdrawal as law
from issuance.models.reviews import Review
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.feeds import outbox
from issuance.services.reviews import files, terms
from issuance.states import ReviewState
from issuance.values.calendar import check_past
from issuance.values.codes import one_of

OUTCOMES = ("maintained", "ceased", "cancelled")
OF_A_KIND = {"cessation": "ceased", "cancellation": "cancelled"}
"""How protection ends on grounds of each kind."""

RESULTS = ("rejected", "withdrawn", "admitted")
"""What became of an appeal: admitted, the protection stays."""

DECIDING = (RoleName.DECISION_OFFICER,)
DECIDES = "A decision officer decides on a review. Ask one."


@dataclass(frozen=True)
class Proposal:
    """A decision as it is proposed: its number, its reasons, and whether the person has to leave (Art 104)."""

    outcome: str
    number: str
    reasons: str
    leaves: bool = False


@dataclass(frozen=True)
class Appeal:
    """What the paper of a court says: its number, and the day."""

    on: dt.date | None
    paper: str


def propose(act: Act, review: Review, proposal: Proposal) -> None:
    """A decision officer proposes the decision. RuleViolation before the notice and the hearing, for compelling reasons
    that stand, and for a renunciation that was not explained.
    """
    centres.check_own(act, review)
    files.check_role(act, DECIDING, DECIDES)
    _check_heard(review)
    outcome = one_of("decision", proposal.outcome, ("maintained", OF_A_KIND[review.kind]))
    if outcome == "maintained" and proposal.leaves:
        raise InvalidInput("leaves", "Who keeps the protection has not to leave. Choose one of the two.")
    if outcome != "maintained":
        _check_may_end(act, review)
    review.decision, review.leaves = outcome, proposal.leaves
    review.decision_number = files.required("decision_number", proposal.number, "Give the number of the decision.")
    review.reasons = files.required("reasons", proposal.reasons, "Give the reasons: the person is told them.")
    review.proposed_by, review.proposed_at = act.actor.id, act.clock.now()
    terms.move(act, review, ReviewState.PROPOSED)
    act.record("review.decision_proposed", review, review.request, review.person, decision=outcome)


def _check_heard(review: Review) -> None:
    if review.notified_on is None:
        raise RuleViolation(
            "E9",
            "Law 122/2006, Art 103(1)",
            "The person was never told of this review, so it is not decided. Deliver the written notice first.",
            field="decision",
        )
    if not review.hearing:
        raise RuleViolation(
            "E9",
            "Law 122/2006, Art 103(4)",
            "The person was not heard. Record the interview, the statement, or that nobody came when invited.",
            field="decision",
        )
    if review.state != ReviewState.HEARD:
        raise Conflict("A decision on this review is proposed or taken already. Open it again.")


def _check_may_end(act: Act, review: Review) -> None:
    """What keeps the protection from ending: no explanation of a renunciation, compelling reasons that stand."""
    grounds = [law.grounds()[code] for code in review.ground_codes]
    if review.renounces and review.explained_on is None:
        raise RuleViolation(
            "E23",
            grounds[0].article("en"),
            "A renunciation has no effect before its consequences were explained in a language understood. Record the"
            " explanation first.",
            field="decision",
        )
    if all(ground.exception for ground in grounds) and files.detail(act, review).accepted:
        raise RuleViolation(
            "E8",
            law.withdrawal().compelling.legal_basis.en,
            "The restricted detail says that an exception stands. The protection is maintained.",
            field="decision",
        )


def agree(act: Act, review: Review) -> None:
    """Another decision officer read the file and agrees: the decision is taken, and to be delivered."""
    _check_proposed(act, review)
    if review.proposed_by == act.actor.id:
        raise NotAllowed("You proposed this decision. Another decision officer reads the file and agrees.")
    review.agreed_by, review.agreed_at = act.actor.id, act.clock.now()
    terms.move(act, review, ReviewState.AGREED)
    terms.note(act, review, "decision")
    act.record("review.decided", review, review.request, review.person, decision=review.decision, leaves=review.leaves)


def decline(act: Act, review: Review) -> None:
    """The other officer does not agree, or who proposed it takes it back: a decision is proposed anew."""
    _check_proposed(act, review)
    outcome, review.decision, review.leaves = review.decision, "", False
    review.decision_number = review.reasons = ""
    review.proposed_by = review.proposed_at = None
    terms.move(act, review, ReviewState.HEARD)
    act.record("review.decision_declined", review, review.request, review.person, decision=outcome)


def _check_proposed(act: Act, review: Review) -> None:
    centres.check_own(act, review)
    files.check_role(act, DECIDING, DECIDES)
    if review.state != ReviewState.PROPOSED:
        raise Conflict("No decision waits for a second officer. Open the review again.")


# The appeal (Art 105)


def appeal(act: Act, review: Review, lodged: Appeal) -> None:
    """An appeal was lodged, in time or late: nothing is final before its result.

    RuleViolation after the end of the review, InvalidInput for a day before the decision was delivered.
    """
    centres.check_own(act, review)
    files.check_role(act, files.OPENERS, "A decision officer or a supervisor records an appeal. Ask one.")
    files.check_open(review)
    if review.state != ReviewState.COMMUNICATED:
        raise Conflict("There is no delivered decision to appeal against, or an appeal is recorded already.")
    assert review.communicated_on is not None
    assert review.appeal_until is not None
    on = _day(act, "appealed_on", lodged.on, review.communicated_on)
    review.appealed_on, review.appeal_late = on, on > review.appeal_until
    review.appeal_paper = files.required("appeal_paper", lodged.paper, "Give the number under which it was lodged.")
    terms.move(act, review, ReviewState.APPEALED)
    outbox.tell(act, Happening.APPEAL_FILED, review.person, appeal_suspends=not review.appeal_late)
    act.record("review.appealed", review, review.request, review.person, late=review.appeal_late, on=on.isoformat())


def settle(act: Act, review: Review, result: str, said: Appeal) -> None:
    """What became of the appeal, from which day, by which paper. Admitted, the protection stays and the review ends."""
    centres.check_own(act, review)
    files.check_role(act, files.OPENERS, "A decision officer or a supervisor records the result. Ask one.")
    files.check_open(review)
    if review.state != ReviewState.APPEALED or review.appeal_result:
        raise Conflict("No appeal waits for its result. Open the review again.")
    assert review.appealed_on is not None
    chosen = one_of("appeal_result", result, RESULTS)
    on = _day(act, "final_on", said.on, review.appealed_on)
    paper = files.required("final_paper", said.paper, "Give the number and the court of the paper that says so.")
    review.appeal_result, review.final_on, review.final_paper = chosen, on, paper
    if chosen == "admitted":
        files.end(act, review, ReviewState.MAINTAINED)
    act.record("review.appeal_settled", review, review.request, review.person, result=chosen, on=on.isoformat())


def _day(act: Act, field: str, day: dt.date | None, least: dt.date) -> dt.date:
    if day is None:
        raise InvalidInput(field, "Give the day that the paper says.")
    check_past(field, day, act.clock.today())
    if day < least:
        raise InvalidInput(field, "What comes before it was on %(day)s. Correct the day.", day=f"{least:%d.%m.%Y}")
    return day


def final_from(review: Review) -> dt.date | None:
    """From which day the decision is final: the day after the term, or the one that the court's paper says.

    None while it is not known: nothing was delivered, or an appeal waits.
    """
    if review.state == ReviewState.COMMUNICATED and review.appeal_until:
        return review.appeal_until + dt.timedelta(days=1)
    return review.final_on


def agreed_on(review: Review) -> dt.date | None:
    """The day of the decision."""
    return office_day(review.agreed_at) if review.agreed_at else None
