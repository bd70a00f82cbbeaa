"""The filled office: its centres, accounts and stations, and how many lives of requests are told in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from random import Random
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import select

from issuance import migrate
from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.machinery import Try
from issuance.models.requests import RuleVersion
from issuance.models.staff import Centre, RoleGiven, RoleName, Shift, Staff, Station
from issuance.models.stations import PrintTest, StationRegistration
from issuance.office import Office
from issuance.services import founding, rule_versions
from issuance.services.stations.tokens import token_digest
from issuance.settings import Settings
from issuance.states import BlankState
from tests.bench.filled.bulk import Bulk, bulk, key_at
from tests.bench.filled.lives import Lives
from tests.bench.filled.stock import Stock
from tests.people import able

NOW = dt.datetime(2026, 11, 20, 8, 0, tzinfo=dt.UTC)
PASSWORD = "a demonstration password"
SECOND_CLERK = "second_clerk"
OWN = "timisoara"
OWN_SHARE, OWN_STATIONS, OTHER_STATIONS = 0.4, 33, 4
DAYS = 3 * 365
STOCKS = ("card-chip", "card", "booklet-blue", "booklet-grey")
FREE_BLANKS = 50
TRIES = 2000
TIMES = 10
"""How often the person asked who asked most."""

LAST = 100
"""Of the closed requests the last ones, on which losses, corrections, merges and the bin wait for somebody."""


@dataclass
class Place:
    """One centre, who works there by role, and its stations."""

    centre_id: UUID
    code: str
    staff: dict[str, UUID] = field(default_factory=dict)
    stations: list[UUID] = field(default_factory=list)


def fill(url: str, documents: int, open_requests: int = 2000, *, now: dt.datetime = NOW) -> None:
    """Fill the empty database at `url`: so many documents of closed requests, and so many open requests.

    The same each time. What is encrypted stands for what retention destroyed: no key opens it. Links of the audit hold
    places, not proofs: the proof is measured elsewhere.
    """
    database = Database(url)
    migrate.upgrade(database)
    with Office(Settings(), database, FixedClock(now)).act(SYSTEM) as act:
        founding.found_centres(act)
        rule_versions.publish(act)
    random = Random(1)
    with database.reading() as session:
        centres = [Place(centre.id, centre.code) for centre in session.scalars(select(Centre).order_by(Centre.code))]
        rules = {
            row.document_type: row.id for row in session.scalars(select(RuleVersion).order_by(RuleVersion.applies_from))
        }
    with bulk(database) as rows:
        stock = Stock(rows, now)
        for place in centres:
            _people(rows, place, now, random)
            _stations(rows, place, random, stock)
        _tries(rows, now, random)
        lives = Lives(rows, now, rules, stock)
        lives.begin(Random(2))
        places = _places(centres, Random(4))
        for number in range(documents - LAST):
            lodged = now - dt.timedelta(days=DAYS - (DAYS - 70) * number / documents)
            lives.closed(next(places), lodged)
        lives.begin(Random(6))  # so that what is open or waits does not depend on how much is closed
        places = _places(centres, Random(7))
        for number in range(LAST):
            lives.closed(next(places), now - dt.timedelta(days=60), waiting=number)
        lives.begin(Random(8))
        lives.often(next(place for place in centres if place.code == OWN), now - dt.timedelta(days=400), TIMES)
        lives.begin(Random(3))
        places = _places(centres, Random(5))
        for number in range(open_requests):
            lives.open(next(places), number)
        lives.end(centres[0])
        stock.end()
    database.engine.dispose()


def _places(centres: list[Place], random: Random) -> Iterator[Place]:
    """Where one request after another is lodged: the first centre has OWN_SHARE of them."""
    own = next(place for place in centres if place.code == OWN)
    others = [place for place in centres if place is not own]
    while True:
        yield own if random.random() < OWN_SHARE else random.choice(others)


def _people(rows: Bulk, place: Place, now: dt.datetime, random: Random) -> None:
    password = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    begun = now - dt.timedelta(days=DAYS + 30)
    for role in (*RoleName, SECOND_CLERK):
        place.staff[role] = key_at(begun, random)
        rows.add(
            Staff,
            id=place.staff[role],
            email=f"{role}@{place.code}.example",
            full_name=f"{role} of {place.code}",
            centre_id=place.centre_id,
            password=password,
            fs_uniquifier=f"{random.getrandbits(128):032x}",
        )
        name = RoleName.CLERK if role == SECOND_CLERK else role
        since = {"from_day": begun.date(), "given_at": begun, "agreed_at": begun}
        rows.add(RoleGiven, id=key_at(begun, random), staff_id=place.staff[role], role=name, **since)


def _stations(rows: Bulk, place: Place, random: Random, stock: Stock) -> None:
    """Stations with a shift each day, blanks and test prints; a shift is open on each."""
    now = stock.now
    begun = now - dt.timedelta(days=DAYS + 30)
    for number in range(OWN_STATIONS if place.code == OWN else OTHER_STATIONS):
        station, name = key_at(begun, random), f"{place.code}-{number + 1}"
        place.stations.append(station)
        status = able() | {"cards_left": 40}
        rows.add(
            Station,
            id=station,
            name=name,
            centre_id=place.centre_id,
            token_digest=token_digest(name),
            status=status,
            last_seen=now - dt.timedelta(seconds=number),
        )
        rows.add(StationRegistration, id=key_at(now, random), station_id=station, software="1", devices=[], at=now)
        for kind, blank in product(STOCKS, range(FREE_BLANKS)):
            stock.add(
                key_at(now, random),
                BlankState.AT_STATION,
                serial=f"{name}-{kind}-{blank}",
                stock=kind,
                centre_id=place.centre_id,
                station_id=station,
            )
        for day in range(0, DAYS, 7):
            opened = now - dt.timedelta(days=day, hours=1)
            closed = opened + dt.timedelta(hours=8) if day else None
            operator = place.staff[RoleName.OPERATOR]
            ids = {"id": key_at(opened, random), "station_id": station}
            rows.add(Shift, **ids, operator_id=operator, opened_at=opened, closed_at=closed)
            if day:
                ids["id"] = key_at(opened, random)
                rows.add(PrintTest, **ids, asked_by=operator, asked_at=opened, answered_at=opened)


def _tries(rows: Bulk, now: dt.datetime, random: Random) -> None:
    for number in range(TRIES):
        at = now - dt.timedelta(minutes=number % 60)
        rows.add(Try, id=key_at(at, random), key=f"{random.getrandbits(256):064x}", at=at)
