"""The file of a review: opened by an officer, never by itself (Law 122/2006, Art 102), and its restricted detail."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.clock import office_day
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleViolation
from issuance.law.persons import withdrawal as law
from issuance.law.persons.withdrawal import Ground
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.models.staff import RoleName
from issuance.models.vault import Blob
from issuance.services import centres
from issuance.services.persons import people
from issuance.services.reviews import terms
from issuance.states import ReviewState
from issuance.values.codes import one_of

OPENERS = (RoleName.DECISION_OFFICER, RoleName.SUPERVISOR)
"""Who opens a review, and who reads its restricted detail."""

DESK = (RoleName.CLERK, RoleName.DECISION_OFFICER)
"""Who delivers papers, and records who came."""

READERS = (*DESK, RoleName.SUPERVISOR, RoleName.AUDITOR)
ORIGINS = ("ex_officio", "proposal", "holder")
"""Of the office itself, of an institution of national security or public order (Art 102), or the holder renounces."""

PURPOSE = "review-detail"


@dataclass(frozen=True)
class Detail:
    """What only officers and supervisors of the file's centre read.

    `exclusions` are letters of Articles 25 and 28; `compelling` what the person invokes, and whether it is `accepted`.
    """

    exclusions: tuple[str, ...] = ()
    compelling: str = ""
    accepted: bool = False


@dataclass(frozen=True)
class Opening:
    """A review as it is opened: on which grounds, of whose own motion or proposal, on what new elements."""

    grounds: Collection[str]
    origin: str
    why: str
    institution: str = ""
    procedure: str = "regular"
    exclusions: Collection[str] = ()


def open_file(act: Act, request: IssuanceRequest, opening: Opening) -> Review:
    """A decision officer or supervisor opens the review of the status of the person of this case.

    RuleViolation for a status that is not reviewed; InvalidInput names the field; Conflict while another is open.
    """
    centres.check_own(act, request)
    check_role(act, OPENERS, "A decision officer or a supervisor opens a review. Ask one.")
    if request.erased_on is not None:
        raise Conflict("No case of this person is kept here. The centre that has one opens the review.")
    person = request.person
    if person.status not in law.REVIEWED:
        raise RuleViolation(
            "E8",
            law.withdrawal().legal_basis.en,
            "Only refugee status and subsidiary protection are reviewed. Look at the status of this person.",
            field="grounds",
        )
    grounds = law.stated(opening.grounds, person.status)
    people.lock(act, person)
    review = _row(act, request, opening, grounds)
    _add(act, review)
    _keep_first(act, review, grounds, opening.exclusions)
    act.record("review.begun", review, request, person, kind=review.kind, grounds=review.grounds)
    return review


def _row(act: Act, request: IssuanceRequest, opening: Opening, grounds: Collection[Ground]) -> Review:
    renounces = any(ground.renounces for ground in grounds)
    review = Review(
        person=request.person,
        request=request,
        status=request.person.status,
        kind=next(iter(grounds)).kind,
        grounds=" ".join(ground.code for ground in grounds),
        renounces=renounces,
        origin=_origin(opening, renounces=renounces),
        institution=_institution(opening),
        why=required("why", opening.why, "Say what is new: the person is told it as the reason of the review."),
        procedure=one_of("procedure", opening.procedure, law.PROCEDURES),
        opened_by=act.actor.id,
        opened_at=act.clock.now(),
        state_by=act.actor.id,
    )
    terms.plan(review)
    return review


def _origin(opening: Opening, *, renounces: bool) -> str:
    origin = one_of("origin", opening.origin, ORIGINS)
    if (origin == "holder") != renounces:
        raise InvalidInput("origin", "A renunciation is the holder's own, and nothing else is. Choose who asks for it.")
    return origin


def _institution(opening: Opening) -> str:
    if opening.origin != "proposal":
        return ""
    return required("institution", opening.institution, "Name the institution that proposes the review (Art 102).")


def _add(act: Act, review: Review) -> None:
    try:
        with act.apart():
            act.session.add(review)
    except IntegrityError as error:
        raise Conflict("A review of this person is open already. Open the person again.", field="grounds") from error


# Restricted detail


def _keep_first(act: Act, review: Review, grounds: Collection[Ground], letters: Collection[str]) -> None:
    """The exclusion letters that some grounds ask for, and others do not know."""
    articles = {ground.excludes for ground in grounds} - {""}
    offered = [code for code, each in law.exclusions().items() if each.article in articles]
    chosen = tuple(code for code in offered if code in set(letters))
    if len(chosen) != len(set(letters)) or bool(articles) != bool(chosen):
        raise InvalidInput(
            "exclusions", "Choose the exclusion letters with the ground that needs them: %(choices)s.",
            choices=", ".join(offered) or "-",
        )  # fmt: skip
    if chosen:
        _write(act, review, Detail(exclusions=chosen))


def invoke(act: Act, review: Review, reasons: str, *, accepted: bool) -> None:
    """Compelling reasons that the person invokes, and whether they stand; only some grounds know the exception."""
    centres.check_own(act, review)
    check_role(act, OPENERS, "A decision officer or a supervisor keeps restricted detail. Ask one.")
    check_undecided(review)
    if not any(law.grounds()[code].exception for code in review.ground_codes):
        raise RuleViolation(
            "E8",
            law.withdrawal().compelling.legal_basis.en,
            "Compelling reasons are heard against ended circumstances alone. This review rests on another ground.",
            field="compelling",
        )
    said = required("compelling", reasons, "Write what the person invokes.")
    kept = detail(act, review)
    _write(act, review, Detail(kept.exclusions, said, accepted))
    act.record("review.detail_kept", review, review.request, review.person)


def _write(act: Act, review: Review, said: Detail) -> None:
    data = {"exclusions": said.exclusions, "compelling": said.compelling, "accepted": said.accepted}
    act.flush()
    before = act.session.get(Blob, review.detail_id) if review.detail_id else None
    review.detail_id = act.vault.put(act.session, review.request_id, PURPOSE, json.dumps(data).encode()).id
    act.flush()
    if before is not None:
        act.session.delete(before)


def detail(look: Look, review: Review) -> Detail:
    """The restricted detail. NotAllowed for who does not decide; empty when there is none."""
    centres.check_own(look, review)
    check_role(look, OPENERS, "Decision officers and supervisors read this detail. Ask one.")
    if review.detail_id is None:
        return Detail()
    said = json.loads(look.vault.get(look.session, review.detail_id))
    return Detail(tuple(said["exclusions"]), said["compelling"], said["accepted"])


# Found again


def open_for(look: Look, person_id: UUID, day: dt.date) -> Review | None:
    """The review of this person that was open on a day: that day and those of its opening and end included."""
    query = select(Review).where(Review.person_id == person_id).order_by(Review.id.desc())
    for review in look.session.scalars(query):
        until = office_day(review.ended_at) if review.ended_at else day
        if office_day(review.opened_at) <= day <= until:
            return review
    return None


def case_of(look: Look, person: Person) -> IssuanceRequest:
    """The case from which a review of this person is opened: the newest of the actor's centre that is kept whole."""
    query = select(IssuanceRequest).where(
        IssuanceRequest.person_id == person.id,
        IssuanceRequest.centre_id == look.actor.centre_id,
        IssuanceRequest.erased_on.is_(None),
    )
    found = look.session.scalar(query.order_by(IssuanceRequest.id.desc()).limit(1))
    if found is None:
        raise Conflict("No case of this person is kept here. The centre that has one opens the review.")
    return found


def open_now(look: Look, person_id: UUID) -> Review | None:
    """The review of this person that is open."""
    return look.session.scalar(select(Review).where(Review.person_id == person_id, Review.ended_at.is_(None)))


def of_person(look: Look, person: Person) -> list[Review]:
    """Every review of the person, the newest first."""
    return list(look.session.scalars(select(Review).where(Review.person_id == person.id).order_by(Review.id.desc())))


def own(look: Look, review_id: UUID) -> Review:
    """A review of the centre where the actor works; NotFound when there is none, NotAllowed for another centre's."""
    review = look.session.get(Review, review_id)
    if review is None:
        raise NotFound("There is no such review. Open the person again.")
    centres.check_own(look, review)
    return review


def read(act: Act, review_id: UUID) -> Review:
    """A review opened to be looked at, which is recorded; whether its restricted detail is shown too."""
    review = own(act, review_id)
    is_shown = review.detail_id is not None and bool(act.actor.roles & set(OPENERS))
    act.record("review.read", review, review.request, review.person, restricted=is_shown)
    return review


def stop(act: Act, review: Review, reason: str) -> None:
    """It was opened by mistake, and nobody was told: it ends without a decision."""
    centres.check_own(act, review)
    check_role(act, OPENERS, "A decision officer or a supervisor stops a review. Ask one.")
    said = required("reason", reason, "Say why the review is stopped.")
    if review.state != ReviewState.OPENED:
        raise Conflict("The person was told of this review: it ends by a decision. Propose that protection is kept.")
    end(act, review, ReviewState.STOPPED)
    act.record("review.stopped", review, review.request, review.person, reason=said)


def end(act: Act, review: Review, state: ReviewState) -> None:
    """The review is over: a part of the act that ends it."""
    review.ended_by, review.ended_at = act.actor.id, act.clock.now()
    terms.move(act, review, state)


# What every act on a review checks


def check_role(look: Look, roles: Collection[RoleName], message: str) -> None:
    """NotAllowed, with this sentence, unless the actor has one of these roles."""
    if not look.actor.roles & set(roles):
        raise NotAllowed(message)


def check_open(review: Review) -> None:
    """RuleViolation for a review that is over: nothing comes after it."""
    if review.ended_at is not None:
        raise RuleViolation(
            "E9",
            "Law 122/2006, Art 105",
            "This review is over, and nothing comes after its end. Open a new one if there are new elements.",
        )


def check_undecided(review: Review) -> None:
    """Conflict once a decision is proposed."""
    if review.state not in (ReviewState.OPENED, ReviewState.NOTIFIED, ReviewState.HEARD):
        raise Conflict("A decision is proposed or taken on this review. Open it again to see which.")


def required(field: str, text: str, message: str) -> str:
    """What was typed, without blanks around it; InvalidInput when that is nothing."""
    if not text.strip():
        raise InvalidInput(field, message)
    return text.strip()
