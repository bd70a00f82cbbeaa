"""What somebody needs and why: noted with its day, read with a reason, kept with the person in the same act."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance import tasks
from issuance.actors import SYSTEM, Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.persons import care
from issuance.models.audit import AuditEvent
from issuance.models.care import Observation
from issuance.models.people import Person
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.care import observations
from issuance.services.care.observations import Observed, Reason
from issuance.services.parties import NORMAL, URGENT
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, SmallOffice, changed
from tests.stored import stored

NOTE = "was held for seven weeks and does not sleep"
HURT = Observed("violence", "statement", ("ahead", "interpreter_woman"), note=NOTE)
CHAIR = Observed("disability", "visible_sign", ("accessible_desk",))


def note(office: SmallOffice, request_id: UUID, observed: Observed = HURT, who: str = "clerk") -> UUID:
    with office.act(office.actors[who]) as act:
        return observations.note(act, act.session.get_one(IssuanceRequest, request_id), observed).id


def end(office: SmallOffice, request_id: UUID, row: UUID, who: str = "supervisor", because: str = "over") -> None:
    with office.act(office.actors[who]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        observations.end(act, request, observations.observation_of(act, request.person, row), because)


def read(office: SmallOffice, request_id: UUID, who: Actor, why: str = "the interview of tomorrow") -> list[Reason]:
    with office.act(who) as act:
        return observations.read(act, act.session.get_one(IssuanceRequest, request_id), why)


def person_of(office: SmallOffice, request_id: UUID) -> Person:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, request_id).person


def needs(office: SmallOffice, request_id: UUID) -> list[str]:
    with office.reading() as look:
        return observations.needs_of(look, look.session.get_one(IssuanceRequest, request_id).person)


def test_the_person_follows_what_is_open(office: SmallOffice) -> None:
    request_id = office.lodge()
    row, chair = note(office, request_id), note(office, request_id, CHAIR)
    assert needs(office, request_id) == ["ahead", "interpreter_woman", "accessible_desk"]
    person = person_of(office, request_id)
    assert (person.vulnerable, person.hides_place) == (True, False)
    end(office, request_id, row)
    person = person_of(office, request_id)
    assert (person.vulnerable, needs(office, request_id)) == (False, ["accessible_desk"])
    end(office, request_id, chair)
    assert needs(office, request_id) == []


def test_the_priority_lane_follows_the_need(office: SmallOffice) -> None:
    waits = office.carry("queued", changed(LAYLA, case_reference="2026/TM/7"))
    with office.reading() as look:
        assert look.session.scalar(select(PrintJob.priority)) == NORMAL
    note(office, waits.request_id, CHAIR)
    with office.reading() as look:
        assert look.session.scalar(select(PrintJob.priority)) == NORMAL
    note(office, waits.request_id)
    with office.reading() as look:
        assert look.session.scalar(select(PrintJob.priority)) == URGENT


@on_sqlite
def test_no_byte_of_the_note_lies_open(office: SmallOffice) -> None:
    request_id = office.lodge()
    note(office, request_id)
    assert NOTE.encode() not in stored(office)
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "observation.noted")).one()
        assert "violence" not in str(event.details) + event.reason


def test_why_is_read_with_a_reason_by_who_may(office: SmallOffice) -> None:
    request_id = office.lodge()
    row = note(office, request_id)
    for role in ("clerk", "decision_officer", "supervisor"):
        (found,) = read(office, request_id, office.actors[role])
        assert (found.row.id, found.row.category, found.note) == (row, "violence", NOTE)
    for role in ("second_clerk", "quality_officer", "auditor", "operator", "administrator"):
        with pytest.raises(NotAllowed):
            read(office, request_id, office.actors[role])
    with pytest.raises(InvalidInput, match="for what"):
        read(office, request_id, office.actors["supervisor"], " why  ")
    with office.reading() as look:
        events = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "observation.reasons_read")).all()
        assert [event.reason for event in events] == ["the interview of tomorrow"] * 3


def test_of_another_centre_nobody_reads_or_notes(office: SmallOffice) -> None:
    request_id = office.lodge()
    row = note(office, request_id)
    with office.reading() as look:
        elsewhere = replace(
            office.actors["supervisor"], centre_id=centres.named(look, "galati").id, reason="a transfer"
        )
    with pytest.raises(NotAllowed):
        read(office, request_id, elsewhere)
    office.actors["elsewhere"] = elsewhere
    with pytest.raises(NotAllowed):
        note(office, request_id, CHAIR, "elsewhere")
    with pytest.raises(NotAllowed):
        end(office, request_id, row, "elsewhere")


@on_sqlite
@pytest.mark.parametrize(
    ("observed", "field"),
    [
        (replace(HURT, category="flagged"), "category"),
        (replace(HURT, category="rich"), "category"),
        (replace(HURT, indicator="gossip"), "indicator"),
        (replace(HURT, needs=()), "needs"),
        (replace(HURT, needs=("a palace",)), "needs"),
        (replace(HURT, needs=("ahead", "other")), "other_need"),
        (replace(HURT, other_need="a ramp"), "other_need"),
        (replace(HURT, seen_on=dt.date(2026, 11, 3)), "seen_on"),
        (replace(HURT, until=dt.date(2026, 11, 1)), "until"),
    ],
)
def test_what_is_refused_names_its_field(office: SmallOffice, observed: Observed, field: str) -> None:
    request_id = office.lodge()
    with pytest.raises(InvalidInput) as refused:
        note(office, request_id, observed)
    assert refused.value.field == field
    assert needs(office, request_id) == []


def test_the_same_is_open_once(office: SmallOffice) -> None:
    request_id = office.lodge()
    row = note(office, request_id)
    with pytest.raises(Conflict):
        note(office, request_id)
    end(office, request_id, row, because="mistaken")
    with pytest.raises(Conflict):
        end(office, request_id, row)
    assert note(office, request_id) != row


@on_sqlite
def test_another_clerk_does_not_end_it_and_another_person_has_it_not(office: SmallOffice) -> None:
    request_id, other = office.lodge(), office.lodge(changed(LAYLA, birth_date="1990-02-03", case_reference="2"))
    row = note(office, request_id)
    with pytest.raises(NotAllowed):
        end(office, request_id, row, "second_clerk")
    with pytest.raises(NotFound):
        end(office, other, row)
    end(office, request_id, row, "clerk")


def test_the_flag_is_one_open_observation_with_its_source(office: SmallOffice) -> None:
    request_id = office.lodge(changed(LAYLA, vulnerable=True))
    office.lodge(changed(LAYLA, vulnerable=True, document_type="TD-C", case_reference="2026/TM/2"))
    with office.reading() as look:
        row = look.session.scalars(select(Observation)).one()
        assert (row.category, row.source, row.observed_by) == ("flagged", "case_handling", None)
    person = person_of(office, request_id)
    assert (person.vulnerable, person.hides_place) == (True, True)
    end(office, request_id, row.id)
    person = person_of(office, request_id)
    assert (person.vulnerable, person.hides_place) == (False, False)


def test_it_ends_with_its_last_day(office: SmallOffice) -> None:
    request_id = office.lodge()
    note(office, request_id, replace(HURT, until=dt.date(2026, 11, 4)))
    for days, vulnerable in ((2, True), (1, False)):
        office.clock.advance(dt.timedelta(days=days))
        office.keep_time()
        tasks.HANDLERS["lapse-observations"](office)
        assert person_of(office, request_id).vulnerable is vulnerable
    with office.reading() as look:
        assert look.session.scalars(select(Observation)).one().ended_because == "lapsed"


def test_the_note_goes_with_the_key_of_its_request(office: SmallOffice) -> None:
    request_id = office.lodge()
    note(office, request_id)
    with office.act(SYSTEM) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        act.vault.destroy(act.session, request_id, clock=act.clock)
        act.record("retention.key_destroyed", request)
    (found,) = read(office, request_id, office.actors["supervisor"])
    assert found.note is None


@pytest.mark.parametrize(("procedure", "category", "warns"), [
    ("accelerated", "violence", True), ("accelerated", "elderly", False), ("regular", "violence", False),
])  # fmt: skip
def test_the_accelerated_procedure_is_warned_of(
    office: SmallOffice, procedure: str, category: str, warns: bool
) -> None:
    lodging = replace(changed(LAYLA, document_type="TID", status="applicant"), procedure=procedure)
    request_id = office.lodge(replace(lodging, decision_number="", decision_date=None))
    note(office, request_id, replace(HURT, category=category))
    with office.reading(office.actors["decision_officer"]) as look:
        assert observations.warns_accelerated(look, look.session.get_one(IssuanceRequest, request_id)) is warns


def test_every_code_has_its_words_and_article() -> None:
    law = care.care()
    for each in (*law.categories, *law.indicators, *law.needs, *law.recipients, law, law.accelerated):
        assert each.legal_basis.ro
        assert each.legal_basis.en
    assert [category.code for category in law.categories if category.leaves_accelerated] == [
        *("unaccompanied_minor", "trafficking", "mental_disorder", "violence")
    ]
    assert all("ahead" in category.needs for category in law.categories)
