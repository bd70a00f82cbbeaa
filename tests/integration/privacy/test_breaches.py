"""Whom could an account or a station have seen: against a register where everything that was seen is known."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from issuance.actors import Actor
from issuance.chores import reports as chore
from issuance.clock import OFFICE_ZONE
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.people import Person
from issuance.models.privacy import Breach, BreachLine
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services.casework import cases, persons
from issuance.services.privacy import breaches
from issuance.services.privacy.breaches import Question
from tests.people import LAYLA, NOON, Case, SmallOffice, changed

HOUR = dt.timedelta(hours=1)


def lodged(office: SmallOffice, count: int) -> list[UUID]:
    return [
        office.lodge(changed(LAYLA, family_name=f"Haddad{chr(97 + at)}", case_reference=f"2026/TM/01{at:02}"))
        for at in range(count)
    ]


def opened(office: SmallOffice, request_id: UUID, role: str = "auditor") -> None:
    with office.act(office.actors[role]) as act:
        cases.open_case(act, request_id)


def later(office: SmallOffice, **time: float) -> None:
    office.clock.advance(dt.timedelta(**time))
    office.keep_time()


def ask(office: SmallOffice, who: UUID, begin: dt.datetime, end: dt.datetime, role: str = "auditor") -> UUID:
    question = Question(who, begin, end, office.clock.now(), "a password was seen by somebody")
    with office.act(office.actors[role]) as act:
        return breaches.ask(act, question).id


def listed(office: SmallOffice, breach_id: UUID) -> dict[UUID, int]:
    """The cases of the list, and by how many acts."""
    whole = False
    while not whole:  # a chore works for a second, and goes on later
        chore.list_breach(office, str(breach_id))
        with office.reading() as look:
            whole = look.session.get_one(Breach, breach_id).is_whole
    with office.reading() as look:
        row = look.session.get_one(Breach, breach_id)
        found = {line.request_id: line.times for line in breaches.lines(look, row, most=1000)}
        assert row.listed == len(found)
    return found


def test_what_an_account_opened_in_the_time_is_listed_and_nothing_else(office: SmallOffice) -> None:
    before, twice, once, by_another, after = lodged(office, 5)
    later(office, hours=1)
    opened(office, before)
    later(office, hours=1)
    begin = office.clock.now()
    for request_id in (twice, once, twice):
        opened(office, request_id)
    opened(office, by_another, "supervisor")
    later(office, hours=1)
    end = office.clock.now()
    opened(office, after)
    later(office, hours=1)
    found = listed(office, ask(office, office.actors["auditor"].id, begin, end))
    assert found == {twice: 2, once: 1}


def test_who_opens_a_person_sees_all_their_cases_those_of_merged_records_too(office: SmallOffice) -> None:
    (first,) = lodged(office, 1)
    second = office.lodge(changed(LAYLA, family_name="Nour", document_type="TD-C", case_reference="2026/TM/0199"))
    with office.reading() as look:
        one, other = (look.session.get_one(IssuanceRequest, each).person_id for each in (first, second))
    later(office, hours=1)
    begin = office.clock.now()
    with office.act(office.actors["auditor"]) as act:
        persons.open_person(act, other)
    later(office, hours=1)
    with office.act(office.actors["supervisor"]) as act:  # the record ends in the other person's, with its requests
        act.session.get_one(IssuanceRequest, second).person_id = one
        act.session.get_one(Person, other).merged_into = one
        act.record("person.merged", act.session.get_one(Person, one))
    later(office, hours=1)
    found = listed(office, ask(office, office.actors["auditor"].id, begin, office.clock.now()))
    assert set(found) == {first, second}


def test_what_a_station_was_given_is_listed(office: SmallOffice, checked: Case) -> None:
    begin = office.clock.now() - HOUR
    later(office, hours=1)
    found = listed(office, ask(office, office.station.id, begin, office.clock.now()))
    assert found == {checked.request_id: 1}
    later(office, hours=1)
    assert listed(office, ask(office, office.station.id, office.clock.now() - HOUR, office.clock.now())) == {}


def test_a_long_time_is_walked_in_steps_and_twice_changes_nothing(office: SmallOffice) -> None:
    requests = lodged(office, 3)
    later(office, hours=1)
    begin = office.clock.now()
    for request_id in requests:
        opened(office, request_id)
        later(office, days=100)
    breach_id = ask(office, office.actors["auditor"].id, begin, office.clock.now())
    assert listed(office, breach_id) == dict.fromkeys(requests, 1)
    assert listed(office, breach_id) == dict.fromkeys(requests, 1)
    with office.reading() as look:
        events = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "breach.listed")).all()
    assert events[0].details == {"hits": 3}


def test_a_thousand_readings_of_which_few_are_in_the_time(office: SmallOffice) -> None:
    """Written as rows, so that the answer is known: a recount in Python says the same."""
    requests = lodged(office, 8)
    actor, at = office.actors["auditor"].id, office.clock.now()
    rows = [(requests[n * n % 8], at + n * dt.timedelta(minutes=17)) for n in range(1000)]
    with office.database.transaction() as session:
        for request_id, moment in rows:
            event = AuditEvent(id=uuid4(), at=moment, act="case.opened", actor_id=actor, actor_kind="staff", reason="")
            event.details, event.mac = {}, None
            event.subjects = [AuditSubject(kind="request", subject_id=request_id)]
            session.add(event)
    later(office, days=30)
    begin, end = at + dt.timedelta(days=2, minutes=17), at + dt.timedelta(days=9, minutes=34)
    expected: dict[UUID, list[dt.datetime]] = {}
    for request_id, moment in rows:
        if begin <= moment < end:
            expected.setdefault(request_id, []).append(moment)
    breach_id = ask(office, actor, begin, end)
    assert listed(office, breach_id) == {key: len(moments) for key, moments in expected.items()}
    with office.reading() as look:
        lines = breaches.lines(look, look.session.get_one(Breach, breach_id), most=1000)
        told = {line.request_id: (line.first_at, line.last_at) for line in lines}
    assert told == {key: (min(moments), max(moments)) for key, moments in expected.items()}
    assert sum(map(len, expected.values())) > 500


# Who may ask, and what is refused


def elsewhere(office: SmallOffice, role: str) -> Actor:
    with office.reading() as look:
        here = office.actors[role].centre_id
        other = look.session.scalars(select(Centre.id).where(Centre.id != here).limit(1)).one()
    return replace(office.actors[role], centre_id=other)


def test_a_supervisor_asks_about_the_own_centre_alone(office: SmallOffice) -> None:
    clerk, now = office.actors["clerk"].id, office.clock.now()
    question = Question(clerk, now - HOUR, now, now, "a lost laptop")
    with office.act(elsewhere(office, "supervisor")) as act, pytest.raises(NotAllowed, match="auditor"):
        breaches.ask(act, question)
    breach_id = ask(office, clerk, now - HOUR, now, "supervisor")
    with office.reading(elsewhere(office, "supervisor")) as look, pytest.raises(NotFound):
        breaches.breach(look, breach_id)
    with office.reading(elsewhere(office, "auditor")) as look:
        assert breaches.breach(look, breach_id).id == breach_id
        assert [row.id for row in breaches.newest(look)] == [breach_id]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("who", {"who": uuid4()}),
        ("to_at", {"to_at": NOON - 2 * HOUR}),
        ("to_at", {"from_at": NOON - dt.timedelta(days=400)}),
        ("to_at", {"to_at": NOON + HOUR}),
        ("known_at", {"known_at": NOON + HOUR}),
        ("reason", {"reason": "a\x00b"}),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    office: SmallOffice, field: str, changes: dict[str, object]
) -> None:
    now = office.clock.now()
    whole = {"who": office.actors["clerk"].id, "from_at": now - HOUR, "to_at": now, "known_at": now, "reason": "why"}
    with office.act(office.actors["auditor"]) as act, pytest.raises(InvalidInput) as refused:
        breaches.ask(act, Question(**(whole | changes)))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_the_list_is_saved_whole_and_the_authority_is_told_once(office: SmallOffice) -> None:
    (request_id,) = lodged(office, 1)
    later(office, hours=1)
    opened(office, request_id)
    begin = office.clock.now() - HOUR
    later(office, hours=1)
    breach_id = ask(office, office.actors["auditor"].id, begin, office.clock.now())
    with office.act(office.actors["auditor"]) as act, pytest.raises(Conflict, match="not whole"):
        breaches.export(act, act.session.get_one(Breach, breach_id))
    listed(office, breach_id)
    with office.act(office.actors["auditor"]) as act:
        ((reference, centre, *_, times),) = breaches.export(act, act.session.get_one(Breach, breach_id))
    assert (len(reference), centre, times) == (11, "Timișoara", 1)
    later(office, hours=73)
    with office.act(office.actors["auditor"]) as act:
        breaches.report(act, act.session.get_one(Breach, breach_id), "the list came late")
    with office.act(office.actors["auditor"]) as act, pytest.raises(Conflict, match="already"):
        breaches.report(act, act.session.get_one(Breach, breach_id))
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "breach.reported")).one()
        assert event.details == {"in_time": False}
        assert look.session.scalars(select(BreachLine.times)).all() == [1]


@pytest.mark.parametrize("day", [dt.date(2026, 3, 27), dt.date(2026, 10, 23)])
def test_seventy_two_hours_are_hours_that_pass(day: dt.date) -> None:
    """Over the nights in which the clocks change."""
    known = dt.datetime.combine(day, dt.time(12), OFFICE_ZONE)
    assert (breaches.due(known) - known.astimezone(dt.UTC)) == dt.timedelta(hours=72)
    assert breaches.due(known).astimezone(OFFICE_ZONE).hour in (11, 13)
