"""Surprise counts: a twentieth of the accounts a month, on days that nobody knows and anybody can draw again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.models.supply import CountLot, StockCount
from issuance.services import centres
from issuance.services.counts import asking, custody, lots
from issuance.services.stock import accounts
from issuance.services.trust import audit_chain
from issuance.tasks import draw_counts
from issuance.values.calendar import is_working_day
from tests.fixtures.databases import on_sqlite
from tests.integration.counts.test_counting import ask
from tests.integration.supply.test_deliveries import announce, count
from tests.people import SmallOffice

FOUND = 4
"""Accounts of the small office that can be counted: four stocks at one station."""


def drawn(office: SmallOffice) -> list[StockCount]:
    with office.reading() as look:
        return list(look.session.scalars(select(StockCount).order_by(StockCount.asked_at)).unique())


def month(office: SmallOffice) -> Iterator[dt.date]:
    """The days of November from the second on, each begun; what happened is linked before."""
    while office.clock.today().month == 11:
        with office.upkeep() as look:
            audit_chain.link(look)
        yield office.clock.today()
        office.clock.advance(dt.timedelta(days=1))


def test_every_month_one_account_at_least_is_drawn_and_once_a_day_at_most(office: SmallOffice) -> None:
    for _ in month(office):
        draw_counts(office)
        draw_counts(office)
    counts = drawn(office)
    assert [each.asked_by for each in counts] == [None]
    with office.reading() as look:
        here = centres.named(look, "timisoara")
        found = look.session.scalars(select(CountLot).where(CountLot.centre_id == here.id)).all()
        assert [lot.day for lot in found] == [day for day in days() if is_working_day(day)]
        assert {lot.among for lot in found} == {FOUND}
        assert sum(lot.drawn for lot in found) == 1
        assert counts[0].counter_id in {each.id for each in custody.workers(look, here.id)}


def days() -> list[dt.date]:
    return [dt.date(2026, 11, day) for day in range(2, 31)]


def test_whoever_has_the_register_draws_the_same_again(office: SmallOffice) -> None:
    for _ in month(office):
        draw_counts(office)
    made = drawn(office)[0]
    with office.reading() as look:
        here = centres.named(look, "timisoara")
        among = [row for row in accounts.of_centre(look, here.id) if asking.is_countable(row.place)]
        lot = look.session.get_one(CountLot, made.lot_id)
        earlier = [CountLot(centre_id=here.id, day=each, head=lot.head) for each in (lot.day, dt.date(2026, 10, 5))]
        again = [asking.chance(each.head, str(here.id), each.day.isoformat()).random() for each in earlier]
        assert again[0] == asking.chance(lot.head, str(here.id), lot.day.isoformat()).random() != again[1]
        people = custody.fit(look, made.place)
        assert asking.chance(made.head, str(made.place_id), made.stock).choice(people).id == made.counter_id
        assert (made.place_id, made.stock) in {(row.place_id, row.stock) for row in among}


@on_sqlite
def test_the_day_is_another_one_when_the_audit_went_another_way(office: SmallOffice) -> None:
    """Over many heads every working day of a month comes, each about as often."""
    fell = dict.fromkeys((day for day in days() if is_working_day(day)), 0)
    for seed in range(600):
        for day in fell:
            left = lots._days_left(day)
            if asking.chance(str(seed), day.isoformat()).random() * left < 1:
                fell[day] += 1
                break
    assert sum(fell.values()) == 600, "the last working day draws what is owed"
    assert min(fell.values()) > 600 / len(fell) / 3
    assert max(fell.values()) < 600 / len(fell) * 3


@on_sqlite
def test_nothing_is_drawn_on_a_day_off_nor_what_is_being_counted(office: SmallOffice) -> None:
    office.clock.advance(dt.timedelta(days=5))
    assert not is_working_day(office.clock.today())
    draw_counts(office)
    assert drawn(office) == []
    with office.reading() as look:
        assert look.session.scalar(select(CountLot.id)) is None


@on_sqlite
def test_a_stock_that_is_being_counted_is_not_drawn_beside(office: SmallOffice) -> None:
    count(office, announce(office, "CT01 CT02"), "CT01 CT02")
    count_id = ask(office)
    with office.act(SYSTEM) as act:
        row = act.session.get_one(StockCount, count_id)
        lot = CountLot(centre_id=row.centre_id, day=act.clock.today(), head="", among=1, drawn=0)
        act.session.add(lot)
        act.session.flush()
        assert asking.draw(act, row.place, row.stock, lot) is False
        act.record("count.drawn", lot, centre_id=row.centre_id)
