"""A mission abroad is a centre of its own: its people work its machines, and make what missions issue alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.actors import SYSTEM, Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff, Station
from issuance.models.stock import Blank
from issuance.models.supply import Place
from issuance.models.transfers import Transfer
from issuance.services import centres, duties
from issuance.services.admin import offices
from issuance.services.admin.offices import Said
from issuance.services.casework import handover
from issuance.services.missions import making
from issuance.services.missions.making import Stage
from issuance.services.production import jobs, quality, shifts
from issuance.services.stations import tokens
from issuance.services.stock import accounts as stock
from issuance.services.supply import deliveries, handing, parcel_lists, parcels
from issuance.services.supply.deliveries import Manifest
from issuance.services.supply.handing import Step
from issuance.services.supply.parcels import Packing
from issuance.services.transfers import asking, moving
from issuance.services.transfers.asking import Wanted
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.states import DocumentState
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, SmallOffice, able, changed

TITLE = changed(LAYLA, document_type="RT")
SHEETS = ["sheet-1", "sheet-2"]


@dataclass
class Mission:
    """A mission, two of its people and its station."""

    id: UUID
    one: Actor
    two: Actor
    station: Station


@pytest.fixture
def mission(office: SmallOffice) -> Mission:
    with office.act(SYSTEM) as act:
        centre = offices.add(act, "ankara", Said("Ankara", "Ankara", "Mo-Fr 09:00-17:00"), mission=True)
        people = []
        for name in ("one", "two"):
            new = NewAccount(f"{name}@ankara.example", name, centre, [RoleName.MISSION], "-", given=False)
            people.append(Actor(accounts.add_account(act, new).id, centre.id, frozenset({RoleName.MISSION})))
        station, _ = tokens.add_station(act, "ankara-1", centre)
        station.status = able("RT")
        delivery = deliveries.announce(act, centre, Manifest("parcel", "sheet", SHEETS))
        deliveries.count(act, delivery, SHEETS)
    return Mission(centre.id, *people, station)


def hand(office: SmallOffice, mission: Mission, who: Actor, step: Step) -> None:
    with office.act(who) as act:
        handing.hand(act, centres.with_id(act, mission.id), step, SHEETS)


@pytest.fixture
def loaded(office: SmallOffice, mission: Mission) -> Mission:
    hand(office, mission, mission.two, Step.HAND_OUT)
    hand(office, mission, mission.one, Step.TAKE_OVER)
    with office.act(mission.one) as act:
        handing.load(act, act.session.get_one(Station, mission.station.id), SHEETS)
    return mission


def approved_there(office: SmallOffice) -> UUID:
    """A title that was asked for at Timișoara, approved there, and sent to the mission before it was made."""
    case = office.carry("queued", TITLE)
    with office.act(office.actors["supervisor"]) as act:
        moving.move(act, act.session.get_one(IssuanceRequest, case.request_id), Wanted("ankara", "moved_home"))
    return case.request_id


def stage_of(office: SmallOffice, mission: Mission) -> list[Stage]:
    with office.reading(mission.one) as look:
        return [row.stage for row in making.making(look)]


def state_of(office: SmallOffice, request_id: UUID) -> str:
    with office.reading() as look:
        query = select(Document.state).where(Document.request_id == request_id)
        return str(look.session.scalars(query).one())


def at_the_mission(office: SmallOffice, mission: Mission) -> None:
    """From now on the office's steps are those of the mission's station."""
    with office.reading() as look:
        office.station = look.session.get_one(Station, mission.station.id)


def test_from_the_vault_to_the_printer_nobody_takes_blanks_alone(office: SmallOffice, mission: Mission) -> None:
    hand(office, mission, mission.one, Step.HAND_OUT)
    with pytest.raises(NotAllowed, match="Another person"):
        hand(office, mission, mission.one, Step.TAKE_OVER)
    hand(office, mission, mission.two, Step.TAKE_OVER)
    with office.reading() as look:
        query = select(Place.kind).join(Blank, Blank.place_id == Place.id).where(Blank.serial.in_(SHEETS))
        assert [str(kind) for kind in look.session.scalars(query)] == ["at_centre", "at_centre"]
        assert set(look.session.scalars(select(Place.centre_id).where(Place.kind == "at_centre"))) >= {mission.id}


def test_one_prints_the_other_gives_it_out(office: SmallOffice, loaded: Mission) -> None:
    request_id = approved_there(office)
    assert stage_of(office, loaded) == [Stage.WAITS]
    at_the_mission(office, loaded)
    with office.act(loaded.one) as act:
        shifts.open_shift(act, act.session.get_one(Station, loaded.station.id))
    claim = office.claim()
    assert claim is not None
    assert stage_of(office, loaded) == [Stage.PRINTED]
    document_id = office.make(claim=claim, blank_serial="sheet-1")
    assert stage_of(office, loaded) == [Stage.TO_SHOW]
    from_afar = replace(office.actors["quality_officer"], centre_id=loaded.id, remote=True)
    readings = office.readings(document_id)
    with office.act(from_afar) as act:
        document = act.session.get_one(Document, document_id)
        with pytest.raises(NotAllowed, match="what somebody there shows you"):
            quality.check(act, document, readings)
        assert quality.check(act, document, readings, loaded.one.id).passed
    assert stage_of(office, loaded) == []
    with office.reading() as look:
        document = look.session.get_one(Document, document_id)
    for who, barred in ((loaded.one, True), (loaded.two, False)):
        with office.reading(who) as look:
            found = duties.hindrance(look, handover.task_of(look.session.get_one(Document, document_id)))
            assert (found is not None) is barred
    office.actors["second_clerk"] = loaded.two
    office.hand_over(request_id, document.number)
    assert state_of(office, request_id) == DocumentState.VALID


def test_an_operator_prints_nothing_there_and_a_mission_nothing_here(office: SmallOffice, loaded: Mission) -> None:
    there = replace(office.actors["operator"], centre_id=loaded.id)
    with office.act(there) as act, pytest.raises(NotAllowed, match="one of its own people"):
        shifts.open_shift(act, act.session.get_one(Station, loaded.station.id))
    with office.act(office.actors["mission"]) as act, pytest.raises(NotAllowed, match="An operator opens a shift"):
        shifts.open_shift(act, act.session.get_one(Station, office.station.id))
    with office.act(office.actors["mission"]) as act, pytest.raises(NotAllowed, match="The vault is"):
        handing.hand(act, office.station.centre, Step.HAND_OUT, ["card-1"])


def test_who_is_of_the_mission_no_more_prints_no_more(office: SmallOffice, loaded: Mission) -> None:
    approved_there(office)
    with office.act(loaded.one) as act:
        shifts.open_shift(act, act.session.get_one(Station, loaded.station.id))
    with office.act(SYSTEM) as act:
        account = act.session.get_one(Staff, loaded.one.id)
        accounts.take_role(act, account, account.given[0])
    with office.reading() as look:
        assert shifts.open_on(look, look.session.get_one(Station, loaded.station.id)) is None


def test_what_is_not_approved_is_no_job_anywhere(office: SmallOffice, loaded: Mission) -> None:
    case = office.carry("complete", TITLE)
    with office.act(office.actors["supervisor"]) as act:
        moving.move(act, act.session.get_one(IssuanceRequest, case.request_id), Wanted("ankara", "moved_home"))
    with office.act(loaded.one) as act:
        shifts.open_shift(act, act.session.get_one(Station, loaded.station.id))
    at_the_mission(office, loaded)
    assert office.claim() is None
    assert stage_of(office, loaded) == []
    with office.reading() as look:
        assert look.session.scalar(select(PrintJob.id)) is None


@on_sqlite
def test_nothing_but_titles_comes_to_a_mission(office: SmallOffice, mission: Mission) -> None:
    with pytest.raises(InvalidInput, match="it makes RT alone"):
        office.lodge(changed(LAYLA, centre="ankara"))
    permit = office.lodge()
    with office.act(office.actors["supervisor"]) as act:
        request = act.session.get_one(IssuanceRequest, permit)
        with pytest.raises(InvalidInput, match="it makes RT alone"):
            moving.move(act, request, Wanted("ankara", "moved_home"))
        with pytest.raises(InvalidInput, match="it makes RT alone"):
            asking.ask(act, [permit], Wanted("ankara", "moved_home"))
    with office.reading() as look:
        assert look.session.scalar(select(Transfer.id)) is None


@on_sqlite
def test_a_station_claims_for_who_works_there_alone(office: SmallOffice, loaded: Mission) -> None:
    with office.act(office.machine) as act, pytest.raises(Conflict, match="No operator has opened a shift"):
        jobs.claim(act, UUID(int=7), station=act.session.get_one(Station, loaded.station.id))
    assert centres.hands(loaded.station.centre) == RoleName.MISSION


def test_sheets_come_by_parcel_into_a_vault_of_its_own(office: SmallOffice, mission: Mission) -> None:
    """Sent by two of the inspectorate, counted by one of the mission and acknowledged by the other."""
    keeper, second = office.actors["supervisor"], office.actors["operator"]
    more = ["sheet-7", "sheet-8"]
    with office.act(SYSTEM) as act:
        here = centres.named(act, "timisoara")
        deliveries.count(act, deliveries.announce(act, here, Manifest("more", "sheet", more)), more)
    with office.act(keeper) as act:
        packing = Packing(centres.named(act, "ankara"), "S 1", more)
        key = parcels.pack(act, centres.named(act, "timisoara"), packing).id
    with office.act(second) as act:
        parcels.send(act, parcel_lists.opened(act, key), "s1")
    with office.act(mission.one) as act:
        parcels.count(act, parcel_lists.opened(act, key), "S 1", more)
    with office.act(mission.one) as act, pytest.raises(NotAllowed, match="Another person acknowledges"):
        parcels.acknowledge(act, parcel_lists.opened(act, key))
    with office.act(mission.two) as act:
        parcels.acknowledge(act, parcel_lists.opened(act, key))
    with office.reading(mission.one) as look:
        lying = {(row.place.kind, row.stock): row.came - row.went for row in stock.of_centre(look, mission.id)}
    assert lying["in_vault", "sheet"] == 4
