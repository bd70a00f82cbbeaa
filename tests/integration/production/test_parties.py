"""A family that is lodged together is made together: the order of claims, on whatever station, and what never waits."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from card_drivers.order import Outcome
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Station
from issuance.services import parties
from issuance.services.casework.lodging import lodge
from issuance.services.persons import family
from issuance.services.persons.family import Said
from issuance.services.production import floor, jobs, shifts
from issuance.services.production.floor import JobList, JobLists
from issuance.services.stations import tokens
from issuance.states import JOBS_WAITING
from tests.people import LAYLA, SmallOffice, able, changed

SPOUSE = Said("spouse", "person", "family booklet")
CHILD = Said("child", "person", "family booklet")


def person(name: str, **changes: object) -> object:
    return changed(LAYLA, given_names=name, native_name="", case_reference=f"2026/TM/{name}", **changes)


def single(office: SmallOffice, name: str, **changes: object) -> UUID:
    return office.lodge(person(name, **changes))  # type: ignore[arg-type]


def lodged_with(office: SmallOffice, first: UUID, name: str, said: Said = SPOUSE, **changes: object) -> UUID:
    """Another member of the first one's family, lodged as the page does it."""
    if said is CHILD:
        changes = {"birth_date": "2015-06-01", "representative": "Al-Masri Layla (mother)"} | changes
    with office.act(office.actors["clerk"]) as act:
        request = lodge(act, person(name, **changes))  # type: ignore[arg-type]
        family.link(act, act.session.get_one(IssuanceRequest, first), request.person, said)
        return request.id


def approve(office: SmallOffice, *requests: UUID) -> None:
    for request_id in requests:
        office.enrol(request_id)
        office.prepare(office.approve(request_id))


def another_station(office: SmallOffice, **can: object) -> Station:
    with office.act(office.actors["operator"]) as act:
        station, _ = tokens.add_station(act, "s2", act.session.get_one(Centre, office.station.centre_id))
        station.status = able(**can)
        shifts.open_shift(act, station)
    return station


def next_at(office: SmallOffice, station: Station, number: int = 0) -> str:
    """Who is claimed next at this station; made at once. Empty when it gets nothing."""
    claim_id = UUID(int=1000 + number)
    with office.act(tokens.actor_of(station)) as act:
        claim = jobs.claim(act, claim_id, station=station)
    if claim is None:
        return ""
    with office.reading() as look:
        job = look.session.get_one(PrintJob, claim.order_id)
        return job.document.person.given_names


def made(office: SmallOffice, count: int) -> list[str]:
    """Who is made at the first station, one after another."""
    found = []
    for _ in range(count):
        document_id = office.make()
        with office.reading() as look:
            found.append(look.session.get_one(Document, document_id).person.given_names)
    return found


def test_a_family_is_claimed_as_one_block_between_single_cases(office: SmallOffice) -> None:
    first = single(office, "Layla")
    alone = [single(office, name) for name in ("Nour", "Sara")]
    others = [lodged_with(office, first, "Karim"), lodged_with(office, first, "Yusuf", CHILD)]
    other_first = single(office, "Amina")
    other = lodged_with(office, other_first, "Hadi")
    approve(office, first, alone[0], other_first, others[0], alone[1], other, others[1])
    office.open_shift()
    assert made(office, 7) == ["Layla", "Karim", "Yusuf", "Nour", "Amina", "Hadi", "Sara"]


def test_the_list_shows_the_order_of_the_claims(office: SmallOffice) -> None:
    first = single(office, "Layla")
    alone = single(office, "Nour")
    approve(office, first, alone, lodged_with(office, first, "Karim"))
    office.open_shift()
    with office.reading(office.actors["operator"]) as look:
        shown = JobLists(look, look.actor.centre_id).jobs(JobList.WAITING)
        names = [job.document.person.given_names for job in shown]
        party = parties.of_jobs(look, shown)
        assert [(each.persons, each.ready, each.others) for each in party.values()] == [(2, 2, ())]
    assert names == made(office, 3)


def test_a_member_who_is_not_approved_holds_nobody_up(office: SmallOffice) -> None:
    first = single(office, "Layla")
    late, alone = lodged_with(office, first, "Karim"), single(office, "Nour")
    approve(office, first, alone)
    office.open_shift()
    assert made(office, 2) == ["Layla", "Nour"]
    approve(office, late)
    assert made(office, 1) == ["Karim"]


def test_a_member_who_cannot_be_made_here_holds_nobody_up(office: SmallOffice) -> None:
    with office.upkeep() as look:
        look.session.get_one(Station, office.station.id).status = able("RP-R")  # no blanks of other stocks
    first = single(office, "Layla")
    blocked = lodged_with(office, first, "Karim", document_type="TD-C")
    approve(office, blocked, first, lodged_with(office, first, "Yusuf", CHILD))
    office.open_shift()
    assert made(office, 2) == ["Layla", "Yusuf"]
    assert office.claim() is None


def test_an_urgent_single_overtakes_a_family_that_is_being_made(office: SmallOffice) -> None:
    first = single(office, "Layla")
    approve(office, first, lodged_with(office, first, "Karim"), lodged_with(office, first, "Yusuf", CHILD))
    office.open_shift()
    assert made(office, 1) == ["Layla"]
    approve(office, single(office, "Nour", vulnerable=True))
    assert made(office, 3) == ["Nour", "Karim", "Yusuf"]


def test_a_family_goes_ahead_with_its_most_urgent_member(office: SmallOffice) -> None:
    first = single(office, "Layla")
    alone = single(office, "Nour")
    ill = lodged_with(office, first, "Karim", vulnerable=True)
    approve(office, alone, first)
    office.open_shift()
    approve(office, ill)
    assert made(office, 3) == ["Layla", "Karim", "Nour"]


def test_it_goes_ahead_until_its_most_urgent_member_has_the_document(office: SmallOffice) -> None:
    """Whoever must not wait waits for the documents of the others as well."""
    first = single(office, "Layla", vulnerable=True)
    late, alone = lodged_with(office, first, "Karim"), single(office, "Nour")
    approve(office, first)
    office.open_shift()
    assert made(office, 1) == ["Layla"]
    approve(office, alone, late)
    assert made(office, 2) == ["Karim", "Nour"]


def test_an_older_lodging_is_not_overtaken_by_a_family(office: SmallOffice) -> None:
    first, old = single(office, "Layla"), single(office, "Nour")
    office.clock.advance(dt.timedelta(days=1))
    office.keep_time()
    young = lodged_with(office, first, "Karim")
    approve(office, young, old, first)
    office.open_shift()
    assert made(office, 3) == ["Nour", "Layla", "Karim"]


def test_a_spoiled_member_comes_again_in_the_place_of_the_family(office: SmallOffice) -> None:
    first, alone = single(office, "Layla"), single(office, "Nour")
    approve(office, first, alone, lodged_with(office, first, "Karim"))
    office.open_shift()
    document_id = office.make(Outcome.SPOILED, digests={}, step="print")
    with office.reading() as look:
        again = look.session.scalars(
            select(Document.id).where(Document.request_id == first, Document.id != document_id)
        ).one()
    office.prepare(again)
    assert made(office, 3) == ["Karim", "Layla", "Nour"]


def test_two_families_become_one_when_they_are_linked(office: SmallOffice) -> None:
    first, alone, second = (single(office, name) for name in ("Layla", "Nour", "Amina"))
    approve(office, first, alone, second)
    with office.act(office.actors["clerk"]) as act:
        mine, other = (act.session.get_one(IssuanceRequest, each) for each in (first, second))
        family.link(act, mine, other.person, replace(SPOUSE))
    office.open_shift()
    assert made(office, 3) == ["Layla", "Amina", "Nour"]


def test_another_station_leaves_a_family_to_the_one_that_makes_it(office: SmallOffice) -> None:
    first, alone = single(office, "Layla"), single(office, "Nour")
    approve(office, first, lodged_with(office, first, "Karim"), alone)
    office.open_shift()
    other = another_station(office)
    assert next_at(office, office.station) == "Layla"
    assert next_at(office, other, 1) == "Nour"
    with office.reading() as look:
        assert floor.open_count(look, office.station.centre_id, JOBS_WAITING) == 1


def test_it_is_left_to_a_station_for_minutes_only(office: SmallOffice) -> None:
    first = single(office, "Layla")
    approve(office, first, lodged_with(office, first, "Karim"))
    office.open_shift()
    other = another_station(office)
    assert made(office, 1) == ["Layla"]
    assert next_at(office, other, 1) == ""
    office.clock.advance(parties.LEFT_TO_ITS_STATION + dt.timedelta(seconds=1))
    office.keep_time()
    assert next_at(office, other, 2) == "Karim"


def test_it_does_not_leave_it_to_one_that_ended_its_shift(office: SmallOffice) -> None:
    first = single(office, "Layla")
    approve(office, first, lodged_with(office, first, "Karim"))
    office.open_shift()
    other = another_station(office)
    assert made(office, 1) == ["Layla"]
    assert next_at(office, other, 1) == ""
    with office.act(office.actors["operator"]) as act:
        shifts.close_shift(act, act.session.get_one(Station, office.station.id))
    assert next_at(office, other, 2) == "Karim"


def test_what_the_station_does_not_make_goes_to_another_at_once(office: SmallOffice) -> None:
    first = single(office, "Layla")
    book = lodged_with(office, first, "Karim", document_type="TD-C")
    approve(office, first, book)
    office.open_shift()
    assert made(office, 1) == ["Layla"]
    assert next_at(office, another_station(office), 1) == "Karim"
