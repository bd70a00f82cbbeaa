"""Where people live: moves told in time and late, housing in a centre, and what follows them (E11)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from issuance.actors import SYSTEM
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, NotFound, Raced
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.residence import Residence
from issuance.services import centres
from issuance.services.casework import corrections, requests
from issuance.services.casework.corrections import Proposal
from issuance.services.housing import lists, moving
from issuance.services.housing.moving import Said
from issuance.services.persons import people
from issuance.services.residence import history
from tests.fixtures.databases import on_sqlite
from tests.integration.reviews.shared import Walk
from tests.people import LAYLA, Case, SmallOffice, changed

D = dt.date
TODAY = D(2026, 11, 2)
HOMELESS = changed(LAYLA, address="", case_reference="2026/TM/0070", family_name="Nassar")
TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)
HOUSED = Said(house="timisoara", moved_on=D(2026, 10, 20))
NEW = "Str. Gheorghe Lazăr 9, Timișoara"


def acted(office: SmallOffice, request_id: UUID, what: Any, *args: Any, role: str = "clerk") -> Any:
    with office.act(office.actors[role]) as act:
        return what(act, act.session.get_one(IssuanceRequest, request_id), *args)


def rows(office: SmallOffice, request_id: UUID) -> list[Residence]:
    with office.reading() as look:
        return lists.of(look, look.session.get_one(IssuanceRequest, request_id).person)


def address(office: SmallOffice, request_id: UUID) -> str:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, request_id).person.address


def is_missing(office: SmallOffice, request_id: UUID) -> bool:
    with office.reading() as look:
        return history.is_missing(look, look.session.get_one(IssuanceRequest, request_id))


def events(office: SmallOffice, name: str) -> list[AuditEvent]:
    with office.database.reading() as session:
        return session.query(AuditEvent).filter_by(act=name).all()


def test_the_history_begins_with_what_was_said_at_the_lodging(office: SmallOffice) -> None:
    (row,) = rows(office, office.lodge())
    assert (row.address, row.moved_on, row.reported_on) == (LAYLA.identity.address, None, TODAY)
    assert (row.reported_by, row.term, row.due_on) == ("lodged", "", None)
    assert rows(office, office.lodge(HOMELESS)) == []


@pytest.mark.parametrize(
    ("moved_on", "reported_on", "due_on", "late"),
    [
        (D(2026, 10, 28), TODAY, D(2026, 11, 2), 0),  # the last day, and the fifth
        (D(2026, 10, 27), TODAY, D(2026, 11, 1), 1),  # over Sunday: calendar days
        (D(2026, 10, 20), D(2026, 10, 25), D(2026, 10, 25), 0),  # the night in which the clocks go back
        (D(2026, 10, 20), D(2026, 10, 26), D(2026, 10, 25), 1),
        (None, TODAY, None, 0),
    ],
)
def test_a_move_is_told_within_its_term_or_late(
    office: SmallOffice, moved_on: dt.date | None, reported_on: dt.date, due_on: dt.date | None, late: int
) -> None:
    request_id = office.lodge()
    row = acted(office, request_id, moving.move, Said(NEW, moved_on=moved_on, reported_on=reported_on))
    assert (row.due_on, row.is_late) == (due_on, bool(late))
    now, before = rows(office, request_id)
    assert (now.text, before.moved_out_on, before.ended_at is not None) == (NEW, moved_on, True)
    assert address(office, request_id) == NEW
    (event,) = events(office, "person.residence_recorded")
    assert event.details == {"way": "desk", "late": late}
    assert NEW not in str(event.details)


def test_the_reason_of_lateness_is_kept(office: SmallOffice) -> None:
    request_id = office.lodge()
    said = Said(NEW, moved_on=D(2026, 10, 1), late_because="ill")
    assert acted(office, request_id, moving.move, said).late_because == "ill"
    again = Said("Str. Nouă 2", moved_on=D(2026, 10, 2))
    row = acted(office, request_id, moving.move, again)
    with office.reading() as look:
        assert [
            each.id for each in lists.unsaid(look, look.session.get_one(IssuanceRequest, request_id).centre_id)
        ] == [row.id]
    acted(office, request_id, moving.explain, row.id, "office", role="supervisor")
    with office.reading() as look:
        assert lists.unsaid(look, None) == []
        assert look.session.get_one(Residence, row.id).late_because == "office"
    oldest = rows(office, request_id)[-1]
    with pytest.raises(Conflict):
        acted(office, request_id, moving.explain, oldest.id, "ill")
    with pytest.raises(NotFound):
        acted(office, office.lodge(HOMELESS), moving.explain, row.id, "ill")


def test_housing_in_a_centre_is_proof_by_itself_as_long_as_it_lasts(office: SmallOffice) -> None:
    request_id = office.lodge(HOMELESS)
    assert is_missing(office, request_id)
    row = acted(office, request_id, moving.move, HOUSED)
    assert (row.due_on, row.is_late) == (None, False), "it is the first, and no move"
    assert not is_missing(office, request_id)
    with office.reading() as look:
        here = centres.named(look, "timisoara")
        assert address(office, request_id) == f"{here.name}, {here.address}"
    acted(office, request_id, moving.announce, TODAY)
    assert not is_missing(office, request_id)
    office.clock.advance(dt.timedelta(hours=11, minutes=59))  # 23:59 in Bucharest
    assert not is_missing(office, request_id)
    office.clock.advance(dt.timedelta(minutes=1))
    assert is_missing(office, request_id)
    acted(office, request_id, moving.announce, None)
    assert not is_missing(office, request_id)
    acted(office, request_id, moving.leave, D(2026, 11, 2))
    assert is_missing(office, request_id)
    assert address(office, request_id) == ""
    assert rows(office, request_id)[0].moved_out_on == D(2026, 11, 2)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said(), "address"),
        (Said(NEW, "timisoara"), "address"),
        (Said(house="nowhere"), "house"),
        (Said(NEW, leaves_on=D(2026, 12, 1)), "leaves_on"),
        (Said(NEW, moved_on=D(2026, 11, 3)), "moved_on"),
        (Said(NEW, reported_on=D(2026, 11, 3)), "reported_on"),
        (Said(NEW, moved_on=D(2026, 11, 2), reported_on=D(2026, 11, 1)), "reported_on"),
        (Said(house="timisoara", moved_on=D(2026, 11, 1), leaves_on=D(2026, 10, 30)), "leaves_on"),
        (Said(NEW, reported_by="rumour"), "reported_by"),
        (Said(NEW, moved_on=D(2026, 10, 1), late_because="lazy"), "late_because"),
        (Said("x" * 500), "address"),
    ],
)
@on_sqlite
def test_what_cannot_be_is_refused_beside_its_field(office: SmallOffice, said: Said, field: str) -> None:
    request_id = office.lodge()
    with pytest.raises(LimanError) as caught:
        acted(office, request_id, moving.move, said)
    assert caught.value.field == field
    assert len(rows(office, request_id)) == 1


@on_sqlite
def test_places_do_not_lie_over_one_another(office: SmallOffice) -> None:
    request_id = office.lodge()
    acted(office, request_id, moving.move, Said(NEW, moved_on=D(2026, 10, 20)))
    with pytest.raises(Conflict):
        acted(office, request_id, moving.move, Said(NEW))
    for what, args in (
        (moving.move, (Said("Str. Nouă 2", moved_on=D(2026, 10, 19)),)),
        (moving.leave, (D(2026, 10, 19),)),
        (moving.leave, (D(2026, 11, 3),)),
    ):
        with pytest.raises(InvalidInput):
            acted(office, request_id, what, *args)
    with pytest.raises(Conflict):
        acted(office, request_id, moving.announce, TODAY)
    acted(office, request_id, moving.leave, None)
    with pytest.raises(Conflict):
        acted(office, request_id, moving.leave, None)


@on_sqlite
def test_another_centre_does_not_record(office: SmallOffice) -> None:
    request_id = office.lodge(changed(LAYLA, centre="galati"))
    with pytest.raises(NotAllowed):
        acted(office, request_id, moving.move, Said(NEW))


def test_a_person_lives_at_one_place_by_the_register_itself(office: SmallOffice) -> None:
    request_id = office.lodge()
    person_id = rows(office, request_id)[0].person_id
    with pytest.raises(Raced):
        add(office, person_id, number=2, address=NEW)
    with pytest.raises(IntegrityError):
        add(office, person_id, number=2, address="", ended_at=office.clock.now())


def add(office: SmallOffice, person_id: UUID, **more: Any) -> None:
    with office.act(SYSTEM) as act:
        act.session.add(Residence(person_id=person_id, reported_by="desk", **more))
        act.record("person.residence_recorded")


def test_a_correction_says_that_the_person_never_lived_there(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.act(office.actors["clerk"]) as act:
        person = act.session.get_one(IssuanceRequest, request_id).person
        corrections.propose(act, person, Proposal({"address": NEW}, "office_error", "lease 3"))
    (row,) = rows(office, request_id)
    assert (row.address, row.reported_by) == (NEW, "lodged")


def test_a_lodging_with_another_address_is_a_move_of_an_unknown_day(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.reading() as look:
        person = look.session.get_one(IssuanceRequest, request_id).person
    later = changed(LAYLA, document_type="TD-C", address=NEW, case_reference="2026/TM/0071")
    office.lodge(changed(later, person_id=person.id))
    now, before = rows(office, request_id)
    assert (now.text, now.moved_on, now.reported_by) == (NEW, None, "lodged")
    assert (before.text, before.moved_out_on) == (LAYLA.identity.address, None)


def test_what_is_printed_stays_and_its_replacement_is_told(office: SmallOffice) -> None:
    case = office.carry("checked", TID)
    office.hand_over(case.request_id, case.number)
    acted(office, case.request_id, moving.move, Said(NEW, moved_on=TODAY))
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, case.request_id)
        assert request.holder.address == LAYLA.identity.address
        assert look.session.get_one(Document, case.document_id).state == "valid"
        (told,) = lists.outdated(look, request.person)
    assert (told.document.id, told.due_on) == (case.document_id, D(2026, 11, 17))


def test_a_document_that_prints_no_address_is_not_touched(office: SmallOffice, approved: Case) -> None:
    acted(office, approved.request_id, moving.move, Said(NEW, moved_on=TODAY))
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, approved.request_id)
        assert request.state == "approved"
        assert lists.outdated(look, request.person) == []


def test_one_that_prints_it_and_is_not_made_is_decided_anew(office: SmallOffice) -> None:
    case = office.carry("approved", TID)
    acted(office, case.request_id, moving.move, Said(NEW, moved_on=TODAY))
    with office.reading() as look:
        assert look.session.get_one(IssuanceRequest, case.request_id).state == "complete"


def test_who_leaves_a_centre_soon_is_listed(office: SmallOffice) -> None:
    soon, late, later = (
        office.lodge(changed(HOMELESS, family_name=name, case_reference=name)) for name in ("Soon", "Late", "Later")
    )
    for request_id, day in ((soon, D(2026, 11, 16)), (late, D(2026, 11, 1)), (later, D(2026, 11, 17))):
        said = Said(house="timisoara", moved_on=D(2026, 10, 1), leaves_on=day)
        acted(office, request_id, moving.move, said)
    with office.reading(office.actors["supervisor"]) as look:
        here = look.actor.centre_id
        found = lists.cases_of(look, lists.leaving(look, here))
        assert [case.id for _, case in found if case] == [late, soon]
        assert look.session.scalar(lists.leaving_count(look, here)) == 2
        assert lists.leaving(look, centres.named(look, "galati").id) == []
    with office.act(SYSTEM) as act:  # a record that was merged is nobody who leaves
        one = act.session.get_one(IssuanceRequest, soon).person
        one.merged_into = act.session.get_one(IssuanceRequest, late).person_id
        act.record("person.merged", one)
    with office.reading() as look:
        assert [row.person_id for row in lists.leaving(look, None)] == [
            look.session.get_one(IssuanceRequest, late).person_id
        ]


def test_two_records_of_a_person_show_one_history(office: SmallOffice) -> None:
    one = office.lodge()
    other = office.lodge(changed(LAYLA, address=NEW, family_name="Masri", case_reference="2"))
    with office.act(SYSTEM) as act:
        merged = act.session.get_one(IssuanceRequest, other).person
        merged.merged_into = act.session.get_one(IssuanceRequest, one).person_id
        act.record("person.merged", merged)
    assert [row.text for row in rows(office, one)] == [LAYLA.identity.address, NEW]


def test_who_was_split_off_lives_where_was_said(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.act(office.actors["clerk"]) as act:
        person = act.session.get_one(IssuanceRequest, request_id).person
        made = people.Made("regrouped")
        other = people.copy(act, person, person, made).id
        act.record("person.split", person)
    with office.reading() as look:
        copied = history.current(look, look.session.get_one(Person, other))
    assert copied is not None
    assert copied.text == LAYLA.identity.address


def test_during_a_review_the_term_is_that_of_the_law(office: SmallOffice) -> None:
    request_id = office.lodge()
    Walk(office, request_id).open()
    before = acted(office, request_id, moving.move, Said(NEW, moved_on=D(2026, 10, 30)))
    assert (before.term, before.due_on) == ("otherwise", D(2026, 11, 4))
    office.clock.advance(dt.timedelta(days=8))
    row = acted(office, request_id, moving.move, Said("Str. Nouă 2", moved_on=D(2026, 11, 4)))
    assert (row.term, row.due_on, row.is_late) == ("review", D(2026, 11, 9), True)


@on_sqlite
def test_who_was_lodged_by_a_server_of_the_release_before_gets_a_history(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.act(SYSTEM) as act:
        act.session.delete(act.session.query(Residence).one())
        act.record("person.residence_left", act.session.get_one(IssuanceRequest, request_id).person)
    assert is_missing(office, request_id)
    acted(office, request_id, requests.record_residence, LAYLA.identity.address)
    assert not is_missing(office, request_id)
    assert [row.text for row in rows(office, request_id)] == [LAYLA.identity.address]
