"""What persons ask about their data, and what they ask or complain of: taken in, extended, answered by somebody else.

A demand of access is answered by handing its report over (`reports`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import joinedload

from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.office.privacy import DATA_KINDS, KINDS, privacy, privacy_rules_on
from issuance.law.persons.families import Scope
from issuance.models.mandates import Mandate
from issuance.models.people import Person, PersonVersion
from issuance.models.privacy import AccessReport, Demand
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff
from issuance.services import centres, lateness
from issuance.services.casework.handover import IDENTITY_MEANS
from issuance.services.mandates import asking
from issuance.services.privacy.words import language_for
from issuance.values.calendar import youngest_age
from issuance.values.codes import one_of

ACCESS, RECTIFICATION = "access", "rectification"
MAKE = "make-report"
"""The task that makes the report of a demand of access."""

ANSWERING = (RoleName.CLERK, RoleName.SUPERVISOR)
OUTCOMES = ("granted", "refused", "withdrawn")
FULL_AGE = 18
LISTED = 200
UNANSWERED = Demand.outcome == written("")


@dataclass(frozen=True)
class Asked:
    """What is asked at the desk, and how it was seen who asks. `mandate_id`: who acts for a minor."""

    kind: str
    identity: str
    said: str = ""
    mandate_id: UUID | None = None
    language: str = ""


def take_in(act: Act, request: IssuanceRequest, asked: Asked) -> Demand:
    """Take in what the person of this case, or who acts for them, asks. InvalidInput names the field.

    Conflict while a demand of access of theirs is not answered: its report says everything.
    """
    centres.check_own(act, request)
    kind, identity = one_of("kind", asked.kind, KINDS), one_of("identity", asked.identity, IDENTITY_MEANS)
    said, today = asked.said.strip(), act.clock.today()
    if kind != ACCESS and not said:
        raise InvalidInput("said", "Write what the person asks, in their words or in yours.")
    mandate = _mandate(act, request.person, asked.mandate_id)
    if kind == ACCESS and _open_access(act, request.person):
        raise Conflict("A report for this person is being prepared already. Hand that one over.", field="kind")
    whose = {"person_id": request.person_id, "request_id": request.id, "centre_id": request.centre_id}
    row = Demand(**whose, kind=kind, taken_by=act.actor.id, taken_at=act.clock.now(), taken_on=today)
    row.language, row.identity = language_for(asked.language or request.person.language), identity
    row.mandate_id = mandate.id if mandate is not None else None
    kept = act.vault.put(act.session, request.id, "demand", said.encode()) if said else None
    row.said_id = kept.id if kept else None
    row.due_on = privacy_rules_on(today).due(kind, today)
    act.session.add(row)
    act.session.flush()
    if kind == ACCESS:
        act.session.add(AccessReport(demand_id=row.id))
        enqueue(act.session, MAKE, clock=act.clock, demand_id=str(row.id))
    act.record("demand.taken_in", row, request, request.person, kind=kind)
    return row


def _mandate(look: Look, person: Person, mandate_id: UUID | None) -> Mandate | None:
    """The mandate of who asks for a minor, or for somebody who sends another; InvalidInput when a minor has none."""
    found = next((row for row in who_may_ask(look, person) if row.id == mandate_id), None)
    if found is None and (mandate_id is not None or _is_minor(look, person)):
        raise InvalidInput("mandate_id", "The representative asks for a minor. Note the mandate first, and choose it.")
    return found


def who_may_ask(look: Look, person: Person) -> list[Mandate]:
    """The mandates by which somebody may ask for the person today: to see the file, or of a minor to sign."""
    scopes: tuple[Scope, ...] = ("see_file", "sign") if _is_minor(look, person) else ("see_file",)
    found = {row.id: row for scope in scopes for row in asking.who_may(look, person, scope)}
    return sorted(found.values(), key=lambda row: row.id, reverse=True)


def _is_minor(look: Look, person: Person) -> bool:
    age = youngest_age(person.birth_date, look.clock.today())
    return age is not None and age < FULL_AGE


def _open_access(look: Look, person: Person) -> bool:
    mine = select(Demand.id).where(Demand.person_id == person.id, Demand.kind == ACCESS, UNANSWERED)
    return look.session.scalar(mine.limit(1)) is not None


def extend(act: Act, demand: Demand, because: str) -> None:
    """The answer takes longer, which the person is told within the first term (Art 12(3)). Once."""
    _check_open(act, demand)
    if demand.extended_by is not None:
        raise Conflict("This term was made longer already, and is so once. Answer it.", field="because")
    if act.clock.today() > demand.due_on:
        raise Conflict("The term is over: it is made longer within it. Answer now.", field="because")
    if not because.strip():
        raise InvalidInput("because", "Say why it takes longer; the person is told.")
    demand.extended_by, demand.extended_because = act.actor.id, because.strip()
    demand.due_on = privacy_rules_on(demand.taken_on).due(demand.kind, demand.taken_on, extended=True)
    act.record("demand.extended", demand, demand.request, demand.person, kind=demand.kind)


@dataclass(frozen=True)
class Answer:
    """What came of a demand, by which article (as in `privacy.toml`), in words for the person."""

    outcome: str
    at: str
    said: str


def answer(act: Act, demand: Demand, given: Answer) -> None:
    """Answer a demand, by another person than who took it in. A rectification is granted once something was corrected.

    InvalidInput names the field; NotAllowed for who took it in, Conflict for a demand of access that is granted: its
    report is handed over instead.
    """
    _check_open(act, demand)
    check_another(act, demand)
    outcome = one_of("outcome", given.outcome, OUTCOMES)
    if outcome == "granted" and demand.kind == ACCESS:
        raise Conflict("Hand the report over: that answers it.", field="outcome")
    if outcome == "granted" and demand.kind == RECTIFICATION and not _is_corrected(act, demand):
        raise InvalidInput("outcome", "Nothing was corrected since. Correct it on the person's page first.")
    at = "" if outcome == "withdrawn" else one_of("at", given.at, articles(demand.kind, outcome))
    if not given.said.strip():
        raise InvalidInput("said", "Write the answer; the person reads it.")
    close(act, demand, outcome, at)
    _let_go(act, demand)
    demand.answer_id = act.vault.put(act.session, demand.request_id, "demand-answer", given.said.strip().encode()).id
    act.record("demand.answered", demand, demand.request, demand.person, kind=demand.kind, outcome=outcome)


def articles(kind: str, outcome: str) -> tuple[str, ...]:
    """By which articles a demand of this kind can be answered so."""
    found = privacy().answers[kind]
    return found.granted if outcome == "granted" else found.refused


def close(act: Act, demand: Demand, outcome: str, at: str) -> None:
    """It is answered. A part of an act."""
    demand.outcome, demand.at = outcome, at
    demand.answered_by, demand.answered_at = act.actor.id, act.clock.now()
    lateness.note(act, "demand", demand.request, demand.due_on)


def _let_go(act: Act, demand: Demand) -> None:
    """A report that was made and is not handed over is deleted next."""
    report = act.session.scalar(select(AccessReport).where(AccessReport.demand_id == demand.id))
    if report is not None and report.kept_until is not None:
        report.kept_until = act.clock.today() - dt.timedelta(days=1)


def check_another(look: Look, demand: Demand) -> None:
    """NotAllowed for who took it in."""
    if demand.taken_by == look.actor.id:
        raise NotAllowed("You took this in. Somebody else answers it.")


def _check_open(act: Act, demand: Demand) -> None:
    centres.check_own(act, demand)
    if demand.outcome:
        raise Conflict("This was answered already. Open the page again.")


def _is_corrected(look: Look, demand: Demand) -> bool:
    made = select(PersonVersion.id).where(PersonVersion.person_id == demand.person_id)
    return look.session.scalar(made.where(PersonVersion.made_at > demand.taken_at).limit(1)) is not None


# Looking


def demand(look: Look, demand_id: UUID) -> Demand:
    """The demand with this id, of the actor's own centre; NotFound."""
    row = look.session.get(Demand, demand_id)
    if row is None:
        raise NotFound("There is no such demand. Open the list again.")
    centres.check_own(look, row)
    return row


def of_person(look: Look, person: Person) -> list[Demand]:
    """Everything a person asked, the newest first."""
    query = select(Demand).where(Demand.person_id == person.id)
    return list(look.session.scalars(query.order_by(Demand.id.desc()).limit(LISTED)))


def words_of(look: Look, blob_id: UUID | None) -> str:
    """What was said or answered; empty when nothing was, or its key was destroyed under retention."""
    try:
        return look.vault.get(look.session, blob_id).decode() if blob_id else ""
    except NotFound:
        return ""


def names(look: Look, row: Demand) -> dict[str, str]:
    """Who took it in, made its term longer and answered it, by the column."""
    by = {name: getattr(row, name) for name in ("taken_by", "extended_by", "answered_by") if getattr(row, name)}
    known = select(Staff.id, Staff.full_name).where(Staff.id.in_(set(by.values())))
    found = {key: name for key, name in look.session.execute(known)}
    return {name: found[key] for name, key in by.items()}


def _waiting(look: Look) -> ColumnElement[bool]:
    return and_(Demand.centre_id == look.actor.centre_id, UNANSWERED)


def how_many(look: Look) -> Select[int]:
    """How many demands of the centre wait for their answer, as a query."""
    return select(func.count()).select_from(Demand).where(_waiting(look))


def due(look: Look) -> list[Demand]:
    """What waits for its answer at the centre, what is due first first."""
    query = select(Demand).where(_waiting(look)).order_by(Demand.due_on, Demand.id)
    query = query.options(joinedload(Demand.person), joinedload(Demand.request))
    return list(look.session.scalars(query.limit(LISTED)))


def is_about_data(kind: str) -> bool:
    """Whether a demand of this kind is one of the GDPR."""
    return kind in DATA_KINDS
