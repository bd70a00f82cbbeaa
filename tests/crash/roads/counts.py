"""Blind counts and the closing of a day: they have no table of states, so each of their events is a point."""

from __future__ import annotations

import datetime as dt
from functools import partial
from uuid import UUID

from sqlalchemy import func, select

from issuance.actors import Actor
from issuance.acts import Act
from issuance.models.audit import AuditEvent
from issuance.models.staff import Centre
from issuance.models.supply import CountFinding, Place, Said, StockCount
from issuance.services.counts import asking, closing, counting, results
from issuance.states import BlankState
from issuance.values.calendar import is_working_day
from tests.crash import people
from tests.crash.floor import Floor
from tests.crash.people import act, direct
from tests.crash.roads.blanks import NEW, centre, delivery
from tests.crash.roads.road import DAY, road
from tests.people import SmallOffice


@act("supervisor", Place)
def ask_count(act: Act, place: Place, *, stock: str) -> None:
    asking.ask(act, place, stock)


@act("supervisor", StockCount)
def name_counter(act: Act, count: StockCount) -> None:
    asking.name(act, count, asking.candidates(act, count)[0].id, "who was drawn is ill")


@direct
def type_count(office: SmallOffice, key: UUID, *, serials: list[str], version: int) -> None:
    with office.act(_counter(office, key)) as act:
        counting.type_in(act, act.session.get_one(StockCount, key), "\n".join(serials), version)


@direct
def end_count(office: SmallOffice, key: UUID) -> None:
    with office.act(_counter(office, key)) as act:
        count = act.session.get_one(StockCount, key)
        counting.end(act, count, count.version)


def _counter(office: SmallOffice, key: UUID) -> Actor:
    with office.reading() as look:
        counter_id = look.session.get_one(StockCount, key).counter_id
    return next(each for each in office.actors.values() if each.id == counter_id)


@act("supervisor", CountFinding)
def settle_difference(act: Act, row: CountFinding, *, said: str) -> None:
    results.settle(act, row, said, "looked behind the safe")


@act("supervisor", Centre)
def close_day(act: Act, centre: Centre) -> None:
    closing.close(act, centre, {each.key: "not known" for each in closing.draft(act).differences})


# Roads


def vault(floor: Floor) -> None:
    """Six cards in the vault, of which nobody counted anything today."""
    people.ACTS["announce"](floor.office, centre(floor), serials=NEW)
    people.ACTS["count_delivery"](floor.office, delivery(floor), serials=NEW)


def place(floor: Floor) -> UUID:
    """The vault, as an account."""
    with floor.office.reading() as look:
        return look.session.scalars(select(Place.id).where(Place.kind == BlankState.IN_VAULT)).one()


def of_vault(floor: Floor) -> tuple[UUID, int]:
    """The count of the vault, and the version of its page."""
    query = select(StockCount).where(StockCount.place_id == place(floor), StockCount.stock == "card")
    with floor.office.reading() as look:
        row = look.session.scalars(query).unique().one()
        return row.id, row.version


def difference(floor: Floor) -> UUID:
    """What is not as expected."""
    with floor.office.reading() as look:
        return look.session.scalars(select(CountFinding.id).where(CountFinding.differs)).one()


@road(
    vault,
    *("count.asked", "count.counter_named", "count.typed", "count.ended", "count.difference_settled"),
    "stock.day_closed",
)
def counted(floor: Floor) -> None:
    floor.do("ask_count", place(floor), stock="card", refusable=True)  # the day's lot may have fallen on it
    key, _ = of_vault(floor)
    floor.do("name_counter", key)
    floor.do("type_count", key, serials=NEW[:-1], version=of_vault(floor)[1])
    floor.do("end_count", key)
    floor.do("settle_difference", difference(floor), said=Said.DECLARED)
    floor.do("close_day", centre(floor))


def happened(floor: Floor, event: str) -> bool:
    """Whether this event was ever recorded."""
    with floor.office.reading() as look:
        return look.session.scalar(select(func.count()).where(AuditEvent.act == event)) > 0


@road(vault, "count.drawn", "stock.balanced")
def next_working_day(floor: Floor) -> None:
    """The lot falls, whether on an account or on none, and the ledger is proved."""
    days = next(n for n in range(1, 31) if is_working_day(floor.office.clock.today() + dt.timedelta(days=n)))
    floor.later(days * DAY)
    for event in ("count.drawn", "stock.balanced"):
        floor.wait(partial(happened, floor, event), event)
