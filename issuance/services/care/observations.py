"""What makes somebody vulnerable, as it was observed: noted, ended, read with a reason; what it calls for (E25).

`Person.vulnerable` (goes ahead) and `Person.hides_place` are what the open observations need, and are kept with them in
the same act: queues and the public pages ask a column. Whoever was ahead when a document was ordered stays so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import is_new, uuid7
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.persons import care
from issuance.law.persons.care import AHEAD, FLAGGED, NO_PUBLIC_PLACE, OTHER
from issuance.models.care import Observation, Protection, Referral
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres, parties
from issuance.values.calendar import check_past
from issuance.values.codes import one_of

NOTING = (RoleName.CLERK, RoleName.DECISION_OFFICER, RoleName.SUPERVISOR)
"""Who notes what they observe."""

READING = (RoleName.DECISION_OFFICER, RoleName.SUPERVISOR)
"""Who reads, with a reason, why somebody is vulnerable; anybody else only what they noted themselves."""

WHY_ENDED: tuple[Literal["over", "mistaken"], ...] = ("over", "mistaken")
Source = Literal["staff", "case_handling", "desk", "before"]
LEAST_REASON = 10
MOST_AT_ONCE = 200
NOTE = "care-note"
"""The purpose of a note in the vault."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What somebody observed: why, what is needed, since when, and until when if that is known."""

    category: str
    indicator: str
    needs: Collection[str]
    other_need: str = ""
    seen_on: dt.date | None = None
    until: dt.date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One observation as those read it who may; `note` is None when its key was destroyed."""

    row: Observation
    note: str | None


def note(act: Act, request: IssuanceRequest, observed: Observed) -> Observation:
    """Note what was observed of the person of this case. Conflict while the same is noted already."""
    centres.check_own(act, request)
    if not act.actor.roles & set(NOTING):
        raise NotAllowed("Clerks, decision officers and supervisors note this. Tell one of them what you saw.")
    person, today = request.person, act.clock.today()
    row = Observation(id=uuid7(), person_id=person.id, request_id=request.id, source="staff")
    row.category = one_of("category", observed.category, care.offered())
    row.indicator = one_of("indicator", observed.indicator, care.indicators())
    row.needs, row.other_need = _needs(observed)
    row.seen_on, row.until = observed.seen_on or today, observed.until
    check_past("seen_on", row.seen_on, today)
    if row.until and row.until < today:
        raise InvalidInput("until", "This day is over. Leave it empty, or give the last day on which it is needed.")
    if text := observed.note.strip():
        row.note_id = act.vault.put(act.session, request.id, NOTE, text.encode()).id
    row.observed_by, row.observed_at = act.actor.id, act.clock.now()
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        raise Conflict(
            "This is noted of the person already. End that first if it changed.", field="category"
        ) from error
    settle(act, person)
    act.record("observation.noted", request, person, row)
    return row


def _needs(observed: Observed) -> tuple[str, str]:
    wanted = [code for code in care.needs() if code in observed.needs]
    other = observed.other_need.strip()
    if not wanted:
        raise InvalidInput("needs", "Say what the person needs: it is all that the desk sees.")
    if bool(other) != (OTHER in wanted):
        raise InvalidInput("other_need", "Tick the other need and say what it is, or leave both.")
    return " ".join(wanted), other


def end(act: Act, request: IssuanceRequest, row: Observation, because: str) -> None:
    """It holds no more, or never did. Who may read why it was noted ends it, and who noted it."""
    centres.check_own(act, request)
    if not is_read_by(act, row):
        raise NotAllowed("A decision officer or a supervisor ends what somebody else noted. Ask one of them.")
    if row.ended_at is not None:
        raise Conflict("This has ended already. Open the page again.")
    _end(act, row, one_of("because", because, WHY_ENDED))
    settle(act, request.person)
    act.record("observation.ended", request, request.person, row, because=because)


def _end(act: Act, row: Observation, because: str) -> None:
    row.ended_at, row.ended_because = act.clock.now(), because
    row.ended_by = act.actor.id if act.actor.kind == "staff" else None


def observation_of(look: Look, person: Person, observation_id: UUID) -> Observation:
    """The observation of this person with this id; NotFound otherwise."""
    row = look.session.get(Observation, observation_id)
    if row is None or row.person_id != person.id:
        raise NotFound("There is no such observation. Open the page again.")
    return row


# What is needed


def needs_of(look: Look, person: Person) -> list[str]:
    """What this person needs, by code in the order in which it is said; `other: ` and its words for another need."""
    return of_persons(look, [person.id]).get(person.id, [])


def of_persons(look: Look, ids: Collection[UUID]) -> Mapping[UUID, list[str]]:
    """The same of several, by person, asked once."""
    columns = (Observation.person_id, Observation.needs, Observation.other_need)
    query = select(*columns).where(Observation.person_id.in_(ids), Observation.ended_at.is_(None))
    found: dict[UUID, list[str]] = {}
    for person_id, needs, other in look.session.execute(query.order_by(Observation.id)):
        said = found.setdefault(person_id, [])
        said += [code for code in needs.split() if code != OTHER and code not in said]
        said += [f"{OTHER}: {other}"] if other else []
    order = list(care.needs())
    return {key: sorted(said, key=lambda code: order.index(code.partition(":")[0])) for key, said in found.items()}


def settle(act: Act, person: Person) -> None:
    """Keep with the person what the open observations need; what waits to be printed goes ahead too.

    Of a protected person the place of collection is not public, whatever is noted.
    """
    protected = exists().where(Protection.person_id == person.id, Protection.ended_at.is_(None))
    needs = set(needs_of(act, person)) | ({NO_PUBLIC_PLACE} if act.session.scalar(select(protected)) else set())
    _keep(person, needs)
    if person.vulnerable:
        _go_ahead(act, person)


def _keep(person: Person, needs: Collection[str]) -> None:
    ahead, hides = AHEAD in needs, NO_PUBLIC_PLACE in needs
    if (person.vulnerable, person.hides_place) != (ahead, hides):
        person.vulnerable, person.hides_place = ahead, hides


def _go_ahead(act: Act, person: Person) -> None:
    parties.order_anew(act, Document.person_id == person.id)


# The flag: somebody is vulnerable, and nobody says why


def flag(act: Act, person: Person, source: Source) -> None:
    """Case handling, or the desk at the lodging, marks the person as vulnerable; once."""
    if not is_new(person) and _open_flag(act, person):
        return
    _keep(person, _needed(person) | set(care.categories()[FLAGGED].needs))
    row = Observation(id=uuid7(), person_id=person.id, category=FLAGGED, source=source, seen_on=act.clock.today())
    row.needs, row.observed_at = " ".join(care.categories()[FLAGGED].needs), act.clock.now()
    row.observed_by = act.actor.id if source == "desk" and act.actor.kind == "staff" else None
    act.session.add(row)
    if not is_new(person):
        _go_ahead(act, person)


def _needed(person: Person) -> set[str]:
    return {AHEAD} if person.vulnerable else set()


def take_back(act: Act, person: Person) -> None:
    """The flag was another person's."""
    if row := _open_flag(act, person):
        _end(act, row, "mistaken")


def is_flagged(look: Look, person: Person) -> bool:
    """Whether case handling or the desk marked the person."""
    return _open_flag(look, person) is not None


def _open_flag(look: Look, person: Person) -> Observation | None:
    mine = (Observation.person_id == person.id, Observation.category == FLAGGED, Observation.ended_at.is_(None))
    return look.session.scalar(select(Observation).where(*mine))


# Records that are merged and split


def going(look: Look, found: Iterable[Observation], person: Person) -> list[Observation]:
    """Which of a record's observations go to the person into whom it is merged: what is open there stays one."""
    open_there = set(look.session.scalars(select(Observation.category).where(*_open(person))))
    return [row for row in found if row.ended_at or row.category not in open_there]


def divide(act: Act, person: Person, to: Person, requests: Collection[UUID]) -> None:
    """These requests are another person's: so is what was noted from them; of a flag nobody knows, and both keep it."""
    mine = select(Observation).where(Observation.person_id == person.id, Observation.request_id.in_(requests))
    open_there = set(act.session.scalars(select(Observation.category).where(*_open(to))))
    for row in act.session.scalars(mine).all():
        if row.ended_at or row.category not in open_there:
            row.person_id = to.id
            for referral in act.session.scalars(select(Referral).where(Referral.observation_id == row.id)):
                referral.person_id = to.id
    if (flagged := _open_flag(act, person)) and not _open_flag(act, to):
        flag(act, to, "case_handling" if flagged.source == "case_handling" else "before")
    act.flush()
    for each in (person, to):
        settle(act, each)


def _open(person: Person) -> tuple[ColumnElement[bool], ...]:
    return Observation.person_id == person.id, Observation.ended_at.is_(None)


# Why


def may_read(look: Look, person: Person) -> bool:
    """Whether there is something whose reasons the actor may read."""
    return any(is_read_by(look, row) for row in _rows(look, person))


def read(act: Act, request: IssuanceRequest, why: str) -> list[Reason]:
    """Why the person is vulnerable, for who may read it here and says for what; recorded."""
    centres.check_own(act, request)
    if len(why.strip()) < LEAST_REASON:
        raise InvalidInput("why", "Say in a few words for what you read it; the auditor sees that alone.")
    rows = [row for row in _rows(act, request.person) if is_read_by(act, row)]
    if not rows:
        raise NotAllowed("Why somebody is vulnerable is read by who noted it, decision officers and supervisors.")
    opened = act.vault.open_all(act.session, [row.note_id for row in rows if row.note_id])
    act.record("observation.reasons_read", request, request.person, *rows, reason=why.strip(), hits=len(rows))
    return [Reason(row, _note(opened.get(row.note_id) if row.note_id else b"")) for row in rows]


def _note(opened: object) -> str | None:
    return opened.decode() if isinstance(opened, bytes) else None


def _rows(look: Look, person: Person) -> list[Observation]:
    """Every observation of the person, open ones first, then the newest."""
    query = select(Observation).where(Observation.person_id == person.id)
    order = (Observation.ended_at.is_not(None), Observation.seen_on.desc(), Observation.id.desc())
    return list(look.session.scalars(query.order_by(*order)))


def is_read_by(look: Look, row: Observation) -> bool:
    """Whether the actor reads why this was noted."""
    return bool(look.actor.roles & set(READING)) or row.observed_by == look.actor.id


def warns_accelerated(look: Look, request: IssuanceRequest) -> bool:
    """Whether the accelerated procedure is followed although something calls for support in it (`[accelerated]`)."""
    if request.procedure != "accelerated":
        return False
    leaving = [code for code, category in care.categories().items() if category.leaves_accelerated]
    query = select(Observation.id).where(*_open(request.person), Observation.category.in_(leaving))
    return look.session.scalar(query.limit(1)) is not None


# The last day


def lapsing(look: Look) -> list[UUID]:
    """The open observations whose last day is over."""
    over = (Observation.ended_at.is_(None), Observation.until < look.clock.today())
    query = select(Observation.id).where(Observation.until.is_not(None), *over).order_by(Observation.until)
    return list(look.session.scalars(query.limit(MOST_AT_ONCE)))


def lapse(act: Act, ids: Collection[UUID]) -> None:
    """Their last day is over: nothing is needed by them any more."""
    rows = act.session.scalars(select(Observation).where(Observation.id.in_(ids), Observation.ended_at.is_(None))).all()
    for row in rows:
        _end(act, row, "lapsed")
    act.flush()
    persons = {row.person_id for row in rows}
    for person in act.session.scalars(select(Person).where(Person.id.in_(persons))).all():
        settle(act, person)
        act.record("observation.lapsed", person)
