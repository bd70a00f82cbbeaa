"""The clocks that run at a centre: whose, since when, until when; those that end first ahead.

How long each runs is asked from the rules that its own act reads; a clock is only looked at here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE, office_day
from issuance.document_types.rules import Rules
from issuance.law.documents.departures import departure_rules_on
from issuance.law.office.clocks import Clock
from issuance.law.office.privacy import privacy_rules_on
from issuance.law.persons import withdrawal
from issuance.law.persons.families import families
from issuance.law.persons.registration import registration_rules_on
from issuance.law.persons.residence import residence_rules_on
from issuance.law.persons.withdrawal import Step
from issuance.models.documents import Document
from issuance.models.endings import LossReport
from issuance.models.requests import IssuanceRequest
from issuance.services.care import protection
from issuance.services.casework import queues
from issuance.services.casework.queues import Work
from issuance.services.clocks import departures
from issuance.services.exchange import holding
from issuance.services.housing import lists
from issuance.services.life import collection, loss
from issuance.services.lists import in_order
from issuance.services.persons import guardians, registrations
from issuance.services.privacy import breaches, demands
from issuance.services.reviews import due
from issuance.services.rights import untold
from issuance.services.rule_versions import rules_today, types
from issuance.services.supply import parcel_lists
from issuance.states import OPEN, DocumentState, ReviewState

REVIEWING: Mapping[Step, ReviewState] = {
    "notice": ReviewState.OPENED,
    "hearing": ReviewState.NOTIFIED,
    "decision": ReviewState.HEARD,
    "communication": ReviewState.AGREED,
    "appeal": ReviewState.COMMUNICATED,
}
"""The steps of a review that have a term, and in which state it runs."""

MOST = 50
"""Rows of a clock that are shown and counted. The next follow as these are done."""


@dataclass(frozen=True, slots=True)
class Term:
    """How long a clock runs: `counts` of `unit`, several where types or places differ; none for "at once"."""

    counts: tuple[int, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Running:
    """One clock that runs: the day it began and the moment after which it has passed; of a request, or of none."""

    request: IssuanceRequest | None
    began_on: dt.date
    ends: dt.datetime

    def left(self, now: dt.datetime) -> dt.timedelta:
        """How much time there is until the end, below zero once it has passed."""
        return self.ends - now

    @property
    def last_day(self) -> dt.date:
        """The last day of the term in Bucharest."""
        return office_day(self.ends - dt.timedelta(microseconds=1))

    @property
    def is_by_the_hour(self) -> bool:
        """Whether it ends within a day, and not with one."""
        return self.ends.astimezone(OFFICE_ZONE).time() != dt.time()


Rows = Callable[[Look, dt.date], Iterable[Running]]
"""What runs of a clock at the actor's centre, as far as this day at least."""


def end_of(day: dt.date) -> dt.datetime:
    """The moment at which the last day of a term is over in Bucharest: midnight, whatever the night's length."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), OFFICE_ZONE)


def term(look: Look, code: str) -> Term:
    """How long this clock runs by today's rules."""
    return _TERMS[code](look)


def rows(look: Look, clock: Clock) -> list[Running]:
    """What of this clock has passed or is near at the actor's centre, at most MOST of its list, by their ends."""
    until, hidden = look.clock.today() + dt.timedelta(days=clock.warn_days), protection.hidden(look)
    found = (row for row in _rows_of(clock.code)(look, until) if row.ends <= end_of(until))
    found = (row for row in found if row.request is None or row.request.person_id not in hidden)
    return sorted(found, key=lambda row: row.ends)[:MOST]


def _rows_of(code: str) -> Rows:
    return _ON_REQUESTS.get(code) or _ON_OTHERS[code]


def is_counted(code: str) -> bool:
    """Whether what runs of this clock is of one centre."""
    return code in _ON_REQUESTS or code in _ON_OTHERS


def is_listed(code: str) -> bool:
    """Whether this clock runs on requests of a centre; the others have a page of their own."""
    return code in _ON_REQUESTS


# How long


def _of_types(unit: str, asked: Callable[[Rules], Iterable[int | None]]) -> Callable[[Look], Term]:
    def ask(look: Look) -> Term:
        today = look.clock.today()
        found = {count for kind in types(look).values() for count in asked(kind.rules_on(today)) if count is not None}
        return Term(tuple(sorted(found)), unit)

    return ask


def _registration(look: Look) -> Term:
    rules = registration_rules_on(look.clock.today())
    return Term(tuple(sorted({rules.inspectorate, rules.elsewhere, rules.influx})), rules.unit)


def _departure(look: Look) -> Term:
    return Term((departure_rules_on(look.clock.today()).days_before,), "days")


def _return_title(look: Look) -> Term:
    count = rules_today(look, "RT").validity.count
    return Term((count,) if count else (), "days")


def _review_term(step: Step) -> Callable[[Look], Term]:
    def ask(look: Look) -> Term:
        found = withdrawal.term(step, look.clock.today())
        return Term(tuple(sorted({found.regular, found.accelerated})), found.unit)

    return ask


def _parcel(_look: Look) -> Term:
    return Term((parcel_lists.days(),), "working_days")


def _breach(look: Look) -> Term:
    return Term((privacy_rules_on(look.clock.today()).breach_hours,), "hours")


def _residence(look: Look) -> Term:
    rules = residence_rules_on(look.clock.today())
    return Term(tuple(sorted({rules.review.days, rules.otherwise.days})), "days")


_TERMS: Mapping[str, Callable[[Look], Term]] = {
    "registration": _registration,
    "guardian": lambda _look: Term((families().guardian.hours,), "hours"),
    "notice": lambda _look: Term((), "days"),
    "thirty_days": _of_types("days", lambda rules: [rules.deadline.days or None]),
    "departure": _departure,
    "loss": _of_types("hours", lambda rules: [rules.loss.within_hours]),
    "return_title": _return_title,
    "uncollected": _of_types(
        "days", lambda rules: [rules.collection.destroyed_after_days if rules.collection else None]
    ),
    **{f"review_{step}": _review_term(step) for step in REVIEWING},
    "residence": _residence,
    "demand": lambda look: Term((privacy_rules_on(look.clock.today()).months,), "months"),
    "case_event": lambda _look: Term((), "days"),
    "breach": _breach,
    "parcel": _parcel,
    "retention": _of_types("days", lambda rules: [rules.retention.after_end_days, rules.retention.fingerprints_days]),
}


# Whose


def _late_registrations(look: Look, _until: dt.date) -> Iterable[Running]:
    found = registrations.late(look, look.actor.centre_id)
    return (Running(row.request, row.made_on, end_of(row.due_on)) for row in found)


def _guardians(look: Look, _until: dt.date) -> Iterable[Running]:
    found = guardians.waiting(look)[:MOST]
    requests = in_order(look, IssuanceRequest, [row.request_id for row in found])
    for row, request in zip(found, requests, strict=True):
        yield Running(request, office_day(row.registered_at), row.due_at)


def _notices(look: Look, _until: dt.date) -> Iterable[Running]:
    for request in untold.not_told(look):
        decided = request.decision_date or request.lodged_on
        yield Running(request, decided, end_of(decided))


def _requests(look: Look, until: dt.date) -> Iterable[Running]:
    found = queues.work_page(look, Work(OPEN, look.actor.centre_id, until))
    return (Running(request, request.lodged_on, end_of(request.due_on)) for request in found)


def _departures(look: Look, until: dt.date) -> Iterable[Running]:
    for row in departures.open_here(look, until):
        yield Running(row.request, office_day(row.noted_at), end_of(row.needed_by))


def _losses(look: Look, _until: dt.date) -> Iterable[Running]:
    mine = (LossReport.centre_id == look.actor.centre_id, LossReport.settled_at.is_(None), ~LossReport.in_time)
    found = look.session.scalars(select(LossReport).where(*mine).order_by(LossReport.reported_at).limit(MOST))
    for row in found:
        yield Running(row.document.request, row.noticed_on, end_of(loss.due_on(look, row.document, row.noticed_on)))


def _return_titles(look: Look, until: dt.date) -> Iterable[Running]:
    """Those that hold and end soon: one that has ended is over, and no clock of anybody."""
    query = select(Document).join(IssuanceRequest, Document.request_id == IssuanceRequest.id)
    query = query.where(
        Document.document_type == "RT",
        Document.state == DocumentState.VALID,
        Document.expiry_date.between(look.clock.today(), until),
        IssuanceRequest.centre_id == look.actor.centre_id,
    )
    for document in look.session.scalars(query.order_by(Document.expiry_date, Document.id).limit(MOST)):
        if document.expiry_date:
            yield Running(document.request, document.issue_date, end_of(document.expiry_date))


def _uncollected(look: Look, _until: dt.date) -> Iterable[Running]:
    for row in collection.listed(look):
        last = collection.last_day(look, row.request.document_type, row.ready_on)
        if last:
            yield Running(row.request, row.ready_on, end_of(last))


def _reviews(state: ReviewState) -> Callable[[Look, dt.date], Iterable[Running]]:
    """The reviews of the centre whose next step this is."""

    def ask(look: Look, _until: dt.date) -> Iterable[Running]:
        for review in due.listed(look):
            if review.state == state and review.due_on:
                yield Running(review.request, office_day(review.opened_at), end_of(review.due_on))

    return ask


def _moves(look: Look, _until: dt.date) -> Iterable[Running]:
    """The moves that were told late, until somebody says why."""
    for row, request in lists.cases_of(look, lists.unsaid(look, look.actor.centre_id)):
        if request and row.moved_on and row.due_on:
            yield Running(request, row.moved_on, end_of(row.due_on))


def _demands(look: Look, _until: dt.date) -> Iterable[Running]:
    return (Running(row.request, row.taken_on, end_of(row.due_on)) for row in demands.due(look))


def _case_events(look: Look, _until: dt.date) -> Iterable[Running]:
    """What case handling told and was not applied, of the centre and of nobody known."""
    for received_at in holding.waiting_since(look):
        day = office_day(received_at)
        yield Running(None, day, end_of(day))


def _breaches(look: Look, _until: dt.date) -> Iterable[Running]:
    return (Running(None, office_day(row.known_at), row.due_at) for row in breaches.untold(look))


def _parcels(look: Look, _until: dt.date) -> Iterable[Running]:
    for row in parcel_lists.on_their_way(look):
        if row.sent_at:
            yield Running(None, office_day(row.sent_at), end_of(parcel_lists.due_on(row.sent_at)))


_ON_REQUESTS: Mapping[str, Rows] = {
    "registration": _late_registrations,
    "guardian": _guardians,
    "notice": _notices,
    "thirty_days": _requests,
    "departure": _departures,
    "loss": _losses,
    "return_title": _return_titles,
    "uncollected": _uncollected,
    **{f"review_{step}": _reviews(state) for step, state in REVIEWING.items()},
    "residence": _moves,
    "demand": _demands,
}
"""The terms of the law as they run on requests of a centre, and the acts that came late."""

_ON_OTHERS: Mapping[str, Rows] = {"case_event": _case_events, "breach": _breaches, "parcel": _parcels}
"""Those that run on something else of a centre: counted here, and acted on where they are listed."""
