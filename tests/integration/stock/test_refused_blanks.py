"""Blanks that may not be where somebody read or declared them: refused by name, and told to the supervisor."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.demo import supply
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.models.stock import Blank
from issuance.services.production import shifts
from issuance.services.stock import doubts, stacks, strays
from issuance.services.stock.doubts import Way
from issuance.services.stock.stacks import Declared
from issuance.services.stock.strays import Stray
from tests.fixtures.databases import on_sqlite
from tests.people import SmallOffice, able
from tests.stacks import (
    add_station,
    cards,
    count,
    declare,
    print_one,
    proved,
    report,
    scan,
    states,
    told,
    without_serials,
)


@pytest.fixture
def floor(office: SmallOffice) -> SmallOffice:
    """An office whose station reads no serials and has a shift."""
    office.open_shift()
    return without_serials(office)


@pytest.mark.parametrize(
    ("first", "last", "missing", "field"),
    [
        ("card-chip-1", "booklet-blue-3", (), "last"),
        ("card-chip-1", "card-chip-10", (), "last"),
        ("card-chip-", "card-chip-3", (), "first"),
        ("", "", (), "first"),
        ("card-chip-1", "card-chip-3", ("card-chip-4",), "missing"),
        ("card-chip-1", "card-chip-2", ("card-chip-1", "card-chip-2"), "missing"),
        ("card-chip-0001", "card-chip-9999", (), "last"),
        ("x" * 5000 + "1", "2", (), "last"),
    ],
)
@on_sqlite
def test_a_range_that_is_none_is_refused_by_its_field(
    floor: SmallOffice, first: str, last: str, missing: tuple[str, ...], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        declare(floor, first, last, *missing)
    assert refused.value.field == field
    assert states(floor) == {}


def test_cards_that_may_not_lie_there_are_refused_by_name(floor: SmallOffice) -> None:
    next_door, far = add_station(floor, "s2", "timisoara"), add_station(floor, "far", "galati")
    with floor.act(SYSTEM) as act:
        for station, prefix in ((next_door, "next"), (far, "far")):
            supply.bring(act, act.session.get_one(Station, station.id), "card-chip", [f"{prefix}-1"])
        here = act.session.get_one(Station, floor.station.id)
        supply.bring(act, here, "card", ["card-chip-0"])
    cards(floor, 3, 4)
    for first, last, serial, kind in (
        ("card-chip-4", "card-chip-5", "card-chip-4", "in_stack"),  # overlapping
        ("card-chip-3", "card-chip-4", "card-chip-3", "in_stack"),  # the same again
        ("card-chip-0", "card-chip-1", "card-chip-1", "other_stock"),
        ("next-1", "next-1", "next-1", "elsewhere"),
        ("far-1", "far-1", "far-1", "elsewhere"),
        ("nobody-7", "nobody-8", "nobody-7", "unknown"),
    ):
        with pytest.raises(Stray) as refused:
            declare(floor, first, last)
        assert (refused.value.serial, refused.value.kind, refused.value.field) == (serial, kind, "blank_serial")
        assert serial in str(refused.value)
    assert set(states(floor)) == {"3", "4"}


def test_two_stations_do_not_declare_one_serial(floor: SmallOffice) -> None:
    """The ledger has the blank at the centre: whoever declares it first has it."""
    other = add_station(floor, "s2", "timisoara")
    with floor.act(SYSTEM) as act:
        act.session.scalars(select(Blank).where(Blank.serial == "card-chip-5")).one().station_id = None
        act.record("stock.loaded", floor.station)
    with floor.act(floor.actors["operator"]) as act:
        shifts.open_shift(act, act.session.get_one(Station, other.id))
    declare(floor, "card-chip-5", "card-chip-5", station=other)
    with pytest.raises(Stray, match="another station") as refused:
        cards(floor, 4, 6)
    assert refused.value.serial == "card-chip-5"
    case = print_one(floor)
    with pytest.raises(Stray, match="another station"):
        scan(floor, case, "card-chip-5")


def test_only_the_operator_of_the_shift_or_a_supervisor_declares_and_counts(office: SmallOffice) -> None:
    with pytest.raises(Conflict, match="shift"):
        cards(without_serials(office), 1, 2)
    office.open_shift()
    with office.act(office.actors["second_clerk"]) as act, pytest.raises(NotAllowed):
        stacks.declare(act, act.session.get_one(Station, office.station.id), Declared("card-chip-1", "card-chip-2"))
    cards(office, 1, 2)
    with pytest.raises(NotAllowed):
        count(office, "card-chip-1", who="quality_officer")
    with pytest.raises(Conflict, match="No stack"):
        count(office, "", stock="card")
    with pytest.raises(Stray, match="no unused card"):
        count(office, "card-chip-9")
    assert count(office, "card-chip-1", who="supervisor").agreed


def test_a_station_that_reads_serials_needs_no_stack(floor: SmallOffice) -> None:
    with floor.act(SYSTEM) as act:
        here = act.session.get_one(Station, floor.station.id)
        here.status = able()
        act.record("station.registered", here)
    with pytest.raises(Conflict, match="by itself"):
        cards(floor, 1, 2)
    floor.station.status = here.status
    case = print_one(floor)
    with floor.database.reading() as session:
        job = session.scalars(select(PrintJob).where(PrintJob.document_id == case.document_id)).one()
    assert job.state == "held"  # it should have read one: a person looks


def test_a_serial_outside_the_ledger_holds_the_job_and_is_told(floor: SmallOffice) -> None:
    case = floor.carry("claimed")
    report(floor, case, serial="foreign-1")
    with floor.database.reading() as session:
        job = session.scalars(select(PrintJob).where(PrintJob.document_id == case.document_id)).one()
    assert job.state == "held"
    assert told(floor) == [("unknown", "foreign-1")]
    with floor.act(floor.actors["supervisor"]) as act:
        (row,) = strays.listed(act)
        with pytest.raises(InvalidInput, match="what you found"):
            doubts.settle_stray(act, row, Way.NOTED, "", " ")
        doubts.settle_stray(act, row, Way.NOTED, "", "a card of the bank")
    assert (told(floor), proved(floor)) == ([], True)
