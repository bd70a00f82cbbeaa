"""A group from its list to the hand-over, and what is refused on the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, NotFound
from issuance.models.appointments import Appointment, Purpose
from issuance.models.audit import AuditEvent
from issuance.models.batches import Batch
from issuance.models.documents import Document
from issuance.models.files import FileLine
from issuance.models.groups import GroupMember, ResettlementGroup
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Station
from issuance.services.appointments import slots
from issuance.services.appointments.capacity import Given
from issuance.services.appointments.runs import Run
from issuance.services.batches import choosing, running, trays
from issuance.services.batches.choosing import Plan, Wanted
from issuance.services.care import protection
from issuance.services.groups import absence, lacking, lists, visits
from issuance.services.groups.stages import Stage
from issuance.services.imports import deciding, files, kept
from issuance.services.imports.files import BroughtBefore
from issuance.services.imports.lines import Decision
from issuance.services.membership import members as membership
from issuance.services.persons import family as families
from issuance.services.persons.family import Said
from issuance.services.public.status import public_status
from issuance.states import AppointmentState
from tests.background import work
from tests.integration.appointments.shared import COLLECTION, LODGING, TOMORROW, at, give
from tests.integration.groups.shared import (
    FLIGHT,
    bring,
    counts,
    family,
    lodged,
    members,
    request,
    requests,
)
from tests.integration.imports.test_files import lodge
from tests.integration.imports.test_lines import ROW, file_of
from tests.integration.persons.regrouped import OTHER, merge, person_of, undo
from tests.integration.transfers.shared import send, there
from tests.people import LAYLA, SmallOffice, changed

FAR_FEWER = Given(1, 10, 20)
"""Two persons in half an hour."""


def reserve(office: SmallOffice, group_id: UUID, starts_at: dt.datetime, purpose: Purpose = LODGING) -> int:
    with office.act(office.actors["clerk"]) as act:
        return visits.reserve(act, act.session.get_one(ResettlementGroup, group_id), Run(purpose, starts_at))


def times(office: SmallOffice, group_id: UUID) -> list[tuple[str, str]]:
    """When the members come, by their places."""
    with office.reading() as look:
        query = select(Appointment).join(GroupMember, GroupMember.request_id == Appointment.request_id)
        rows = look.session.scalars(query.where(GroupMember.group_id == group_id).order_by(GroupMember.place))
        return [(f"{row.starts_at:%H:%M}", str(row.state)) for row in rows]


def not_arrived(office: SmallOffice, member: GroupMember, why: str = "travels_later") -> None:
    with office.act(office.actors["clerk"]) as act:
        absence.note(act, absence.own_member(act, member.group_id, member.id), why)


def a_batch(office: SmallOffice, group_id: UUID) -> UUID:
    with office.act(office.actors["operator"]) as act:
        return choosing.make(act, Plan((office.station.id,), Wanted(group=group_id)))[0].id


def test_a_group_goes_from_its_list_to_the_last_document(office: SmallOffice) -> None:
    give(office, Given(2, 10, 20))
    group_id = lodged(office, *family(4))
    first, second, third, _late = requests(office, group_id)
    assert counts(office, group_id).stage is Stage.TO_ENROL
    assert reserve(office, group_id, at(9)) == 4
    with office.reading() as look:
        row = look.session.get_one(IssuanceRequest, first)
        shown = public_status(look, row.reference, row.person.birth_date)
    assert (shown.comes_at, bool(shown.address)) == (at(9), True)

    with office.reading(office.actors["clerk"]) as look:
        group = look.session.get_one(ResettlementGroup, group_id)
        rows = lacking.page(look, group, lacking.DESK)
        assert [each.lacks for each in rows] == [("portrait", "signature")] * 4
        assert membership.first_one(look, group_id, to_hand_over=False) == first
    not_arrived(office, members(office, group_id)[3])
    assert times(office, group_id)[3][1] == AppointmentState.CANCELLED
    for request_id in (second, first):
        office.enrol(request_id)
    with office.reading(office.actors["clerk"]) as look:
        member = membership.of_request(look, first)
        assert member
        following = membership.next_one(look, member, to_hand_over=False)
        assert following
        assert following.id == third, "who stayed away is passed over"
    office.enrol(third)
    assert counts(office, group_id).stage is Stage.TO_DECIDE

    with pytest.raises(Conflict, match="Nothing that waits fits"):
        a_batch(office, group_id)
    documents = {request_id: office.approve(request_id) for request_id in (third, second, first)}
    for document_id in documents.values():
        office.prepare(document_id)
    batch_id = a_batch(office, group_id)
    made = make_all(office, batch_id)
    assert made == [documents[each] for each in (first, second, third)], "made in the order of the list"
    assert in_tray(office, batch_id) == made
    for document_id in made:
        assert office.check(document_id, office.readings(document_id))
    assert counts(office, group_id).stage is Stage.TO_HAND_OVER

    with office.reading(office.actors["second_clerk"]) as look:
        ready = lacking.page(look, look.session.get_one(ResettlementGroup, group_id), lacking.READY)
    assert [(each.request.id, each.is_barred) for each in ready] == [(each, False) for each in (first, second, third)]
    for row in ready:
        office.hand_over(row.request.id, row.number)
    found = counts(office, group_id)
    assert (found.stage, found.delivered, found.absent) == (Stage.DONE, 3, 1)
    with office.act(office.actors["supervisor"]) as act:
        lists.close(act, act.session.get_one(ResettlementGroup, group_id))
    assert counts(office, group_id).stage is Stage.CLOSED
    acts = recorded(office)
    assert acts.count("group.joined") == 4
    assert {"group.brought", "group.appointed", "group.not_arrived", "group.closed"} <= set(acts)


def make_all(office: SmallOffice, batch_id: UUID) -> list[UUID]:
    office.open_shift()
    with office.act(office.actors["operator"]) as act:
        running.start(act, act.session.get_one(Batch, batch_id))
    made = []
    for _ in range(3):
        office.clock.advance(dt.timedelta(minutes=1))
        made.append(office.make())
    return made


def in_tray(office: SmallOffice, batch_id: UUID) -> list[UUID]:
    with office.act(office.actors["operator"]) as act:
        batch, station = act.session.get_one(Batch, batch_id), act.session.get_one(Station, office.station.id)
        tray = trays.fill(act, batch, station, 10)
        return [card.document_id for card in trays.cards(act, tray)]


def recorded(office: SmallOffice) -> list[str]:
    with office.reading() as look:
        return list(look.session.scalars(select(AuditEvent.act).where(AuditEvent.act.like("group.%"))))


def refused(office: SmallOffice, group_id: UUID) -> list[str]:
    """What was said of the lines that were not lodged."""
    with office.reading() as look:
        ids = [file.id for file in lists.files_of(look, look.session.get_one(ResettlementGroup, group_id))]
        rows = look.session.scalars(select(FileLine).where(FileLine.file_id.in_(ids)).order_by(FileLine.line)).all()
        return [str(kept.read(look.vault, row).error) for row in rows]


# The list


def test_a_list_comes_once(office: SmallOffice) -> None:
    rows = family(2)
    group_id = lodged(office, *rows)
    with pytest.raises(BroughtBefore):
        bring(office, *rows, wanted=replace(FLIGHT, sender_number="IOM-2026/42"))
    with pytest.raises(Conflict, match="number was brought before") as twice:
        bring(office, *family(3), wanted=replace(FLIGHT, sender_number="iom-2026/41"))
    assert twice.value.field == "sender_number"
    with office.reading() as look:
        assert look.session.scalars(select(ResettlementGroup.id)).all() == [group_id]
    more = files.prepare(office.vault, file_of(*family(3)))
    with office.act(office.actors["supervisor"]) as act:
        file_id = lists.add(act, act.session.get_one(ResettlementGroup, group_id), more).id
    work(office)
    lodge(office, file_id)
    assert [member.place for member in members(office, group_id)] == [2, 3, files.LINES + 4], "the others are in it"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"origin": ""}, "origin"),
        ({"sender": "somebody"}, "sender"),
        ({"sender_number": "?"}, "sender_number"),
        ({"expected_on": dt.date(2062, 11, 3)}, "expected_on"),
    ],
)
def test_what_is_said_of_a_group_is_checked(office: SmallOffice, changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        bring(office, *family(1), wanted=replace(FLIGHT, **changes))  # type: ignore[arg-type]
    assert wrong.value.field == field
    with pytest.raises(NotAllowed), office.act(office.actors["clerk"]) as act:
        lists.bring(act, FLIGHT, files.prepare(office.vault, file_of(*family(1))))


def test_a_person_is_in_one_group(office: SmallOffice) -> None:
    rows = family(3)
    first = lodged(office, *rows[:2])
    again = rows[1] | {"case_reference": "OTHER/1", "document_type": "TD-C"}
    second = lodged(office, rows[2], again, rows[0], wanted=replace(FLIGHT, sender_number="IOM-2026/43"))
    assert len(members(office, second)) == 1
    said = refused(office, second)
    assert [FLIGHT.name in each and "is in the group" in each for each in said] == [True, True]
    assert len(requests(office, first)) == 2
    with office.reading() as look:
        assert len(look.session.scalars(select(IssuanceRequest.id)).all()) == 3, "nothing half done"
    not_arrived(office, members(office, first)[0])
    more = files.prepare(office.vault, file_of(rows[0]))
    with office.act(office.actors["supervisor"]) as act:
        file_id = lists.add(act, act.session.get_one(ResettlementGroup, second), more).id
    work(office)
    lodge(office, file_id)
    assert len(members(office, second)) == 2, "what the register had joins"
    with pytest.raises(Conflict, match="another group now"), office.act(office.actors["clerk"]) as act:
        absence.undo(act, act.session.get_one(GroupMember, members(office, first)[0].id))


def test_members_of_other_centres_are_refused_and_leave_with_their_case(office: SmallOffice) -> None:
    rows = family(3)
    elsewhere = rows[2] | {"centre": "galati"}
    group_id = lodged(office, *rows[:2], elsewhere)
    assert [("another centre" in each) for each in refused(office, group_id)] == [True]
    first, _second = requests(office, group_id)
    send(office, first)
    assert [member.left_because for member in members(office, group_id)] == ["moved", ""]
    with pytest.raises(NotFound), office.reading(there(office)) as look:
        lists.own(look, group_id)
    with pytest.raises(NotAllowed), office.act(office.actors["clerk"]) as act:
        absence.note(act, act.session.get_one(GroupMember, members(office, group_id)[0].id), "not_known")
    known = rows[0] | {"note": "once more"}
    other = bring(office, known, wanted=replace(FLIGHT, sender_number="IOM-2026/44"))
    assert ["another centre" in each for each in refused(office, other)] == [True]


def test_a_protected_member_is_seen_by_the_named_alone(office: SmallOffice) -> None:
    group_id = lodged(office, *family(2))
    hidden, seen = requests(office, group_id)
    with office.act(office.actors["supervisor"]) as act:
        protection.mark(act, act.session.get_one(IssuanceRequest, hidden), "The family looks for her.", [])
    with office.reading(office.actors["clerk"]) as look:
        group = look.session.get_one(ResettlementGroup, group_id)
        assert [row.request.id for row in lacking.page(look, group, lacking.ALL)] == [seen]
        assert membership.first_one(look, group_id, to_hand_over=False) == seen
        with pytest.raises(protection.ProtectedRecord):
            absence.own_member(look, group_id, members(office, group_id)[0].id)
    with office.reading(office.actors["supervisor"]) as look:
        group = look.session.get_one(ResettlementGroup, group_id)
        assert [row.request.id for row in lacking.page(look, group, lacking.ALL)] == [hidden, seen]


def test_a_line_that_names_somebody_alike_joins_once_it_is_decided(office: SmallOffice) -> None:
    office.lodge(changed(LAYLA, family_name="Haddad", given_names="Karim", birth_date="1968-02-01", sex="M"))
    group_id = lodged(office, *family(2), ROW)
    assert len(members(office, group_id)) == 2
    with office.reading() as look:
        (file,) = lists.files_of(look, look.session.get_one(ResettlementGroup, group_id))
    with office.act(office.actors["supervisor"]) as act:
        ((line, _, alike, _),) = deciding.open_lines(act, file.id)
        deciding.decide(act, file.id, {line: Decision(None, frozenset(each.id for each in alike))})
    lodge(office, file.id, begin=False)
    assert [member.place for member in members(office, group_id)] == [2, 3, 4]


def test_a_place_goes_with_its_request_to_the_persons_other_record(office: SmallOffice) -> None:
    group_id = lodged(office, *family(1))
    (request_id,) = requests(office, group_id)
    listed, kept = person_of(office, request_id).id, person_of(office, office.lodge(OTHER)).id
    merge_id = merge(office, kept, listed)
    assert [member.person_id for member in members(office, group_id)] == [kept]
    undo(office, merge_id)
    assert [member.person_id for member in members(office, group_id)] == [listed]
    rows = family(2)
    other = lodged(office, rows[1] | {"document_type": "TD-C"}, wanted=replace(FLIGHT, sender_number="IOM-2026/45"))
    (second,) = members(office, other)
    merge(office, listed, second.person_id)
    both = [*members(office, group_id), *members(office, other)]
    assert [member.person_id for member in both] == [listed, second.person_id], "each has its place, nobody two"


# The appointment


def test_a_group_has_a_run_of_slots_that_moves_and_goes_at_once(office: SmallOffice) -> None:
    give(office, FAR_FEWER)
    group_id = lodged(office, *family(5))
    first, second, *_ = requests(office, group_id)
    with office.act(office.actors["clerk"]) as act:
        one, other = (act.session.get_one(IssuanceRequest, each) for each in (first, second))
        families.link(act, one, other.person, Said("spouse", "person", "family booklet"))
        one.party_id = other.party_id = one.id
    with pytest.raises(InvalidInput, match="room for 2 of 5"):
        reserve(office, group_id, last_slot(office))
    with pytest.raises(InvalidInput, match="has passed"):
        reserve(office, group_id, at(9, day=dt.date(2026, 11, 1)))
    with pytest.raises(InvalidInput, match=r"expected on 03\.11\.2026"):
        reserve(office, group_id, at(13, day=dt.date(2026, 11, 2)))
    with pytest.raises(InvalidInput, match="closed at this time"):
        reserve(office, group_id, at(3))
    assert times(office, group_id) == []
    assert reserve(office, group_id, at(9)) == 5
    assert [time for time, _ in times(office, group_id)] == ["07:00", "07:00", "07:30", "07:30", "08:00"]
    with pytest.raises(Conflict, match="needs a time"):
        reserve(office, group_id, at(11))
    with office.act(office.actors["clerk"]) as act:
        group = act.session.get_one(ResettlementGroup, group_id)
        assert visits.move(act, group, Run(LODGING, at(9, 30))) == 5
    assert [time for time, _ in times(office, group_id)] == ["07:30", "07:30", "08:00", "08:00", "08:30"]
    with office.act(office.actors["clerk"]) as act:
        group = act.session.get_one(ResettlementGroup, group_id)
        assert visits.give_back(act, group, LODGING) == 5
    assert {state for _, state in times(office, group_id)} == {"cancelled"}
    with pytest.raises(Conflict, match="has a time"), office.act(office.actors["clerk"]) as act:
        visits.give_back(act, act.session.get_one(ResettlementGroup, group_id), LODGING)
    with pytest.raises(Conflict, match="needs a time"):
        reserve(office, group_id, at(9), COLLECTION)
    with office.reading() as look:
        empty = visits.of(look, look.session.get_one(ResettlementGroup, group_id), LODGING)
    assert (empty.persons, empty.first, empty.without) == (0, None, 5)


def last_slot(office: SmallOffice) -> dt.datetime:
    with office.reading() as look:
        return slots.slots_on(look.session.get_one(Centre, office.station.centre_id).opening_hours, TOMORROW)[-1]


# Who did not come


def test_nothing_is_given_to_who_did_not_arrive_until_they_are_here(office: SmallOffice) -> None:
    group_id = lodged(office, *family(2))
    first, second = requests(office, group_id)
    for request_id in (first, second):
        office.enrol(request_id)
        office.prepare(office.approve(request_id))
    batch_id = a_batch(office, group_id)
    absent, present = members(office, group_id)
    with pytest.raises(InvalidInput):
        not_arrived(office, absent, "because")
    not_arrived(office, absent)
    with pytest.raises(Conflict, match="left the group already"):
        not_arrived(office, absent)
    with office.reading() as look:
        query = select(Document.request_id, PrintJob.batch_id).join(PrintJob.document)
        batches = {request_id: batch for request_id, batch in look.session.execute(query)}
    assert batches == {first: None, second: batch_id}
    office.open_shift()
    document_id = office.make()
    assert office.check(document_id, office.readings(document_id))
    with office.reading() as look:
        number = look.session.get_one(Document, document_id).number
    with pytest.raises(Conflict, match="did not arrive"):
        office.hand_over(first, number)
    assert request(office, first).state == "ready"
    with office.act(office.actors["clerk"]) as act:
        absence.undo(act, act.session.get_one(GroupMember, absent.id))
    office.hand_over(first, number)
    with pytest.raises(Conflict, match="has ended"):
        not_arrived(office, absent)
    with pytest.raises(Conflict, match="Nobody noted"), office.act(office.actors["clerk"]) as act:
        absence.undo(act, act.session.get_one(GroupMember, present.id))


def test_a_group_is_closed_when_nobody_waits(office: SmallOffice) -> None:
    group_id = bring(office, *family(1))
    with pytest.raises(Conflict, match="not lodged"):
        close(office, group_id)
    with office.reading() as look:
        (file,) = lists.files_of(look, look.session.get_one(ResettlementGroup, group_id))
    lodge(office, file.id)
    with pytest.raises(Conflict, match="1 of the group wait"):
        close(office, group_id)
    with pytest.raises(NotAllowed), office.act(office.actors["clerk"]) as act:
        lists.close(act, act.session.get_one(ResettlementGroup, group_id))
    (member,) = members(office, group_id)
    not_arrived(office, member)
    close(office, group_id)
    with pytest.raises(Conflict, match="closed"):
        close(office, group_id)
    more = files.prepare(office.vault, file_of(*family(2)))
    with pytest.raises(LimanError, match="closed"), office.act(office.actors["supervisor"]) as act:
        lists.add(act, act.session.get_one(ResettlementGroup, group_id), more)
    with pytest.raises(Conflict, match="closed"), office.act(office.actors["clerk"]) as act:
        absence.undo(act, act.session.get_one(GroupMember, member.id))


def close(office: SmallOffice, group_id: UUID) -> None:
    with office.act(office.actors["supervisor"]) as act:
        lists.close(act, act.session.get_one(ResettlementGroup, group_id))
