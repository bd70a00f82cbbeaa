"""Blanks are ordered of another centre, whose supervisor agrees, and come in parts until all are there."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.supply import StockOrder
from issuance.services import centres
from issuance.services.counts import forecast, suggestions
from issuance.services.lists import number
from issuance.services.stock import serials
from issuance.services.supply import orders, parcel_lists, parcels
from issuance.services.supply.orders import Progress, Wanted
from issuance.services.supply.parcels import Packing
from issuance.tasks import note_use
from tests.fixtures.databases import on_sqlite
from tests.integration.supply.test_deliveries import announce, count
from tests.integration.supply.test_parcels import SEAL, There, counted, do
from tests.people import SmallOffice
from tests.supply import check


@pytest.fixture
def there(office: SmallOffice) -> There:
    """Ten cards lie in the vault of Timișoara; Galați asks for some."""
    count(office, announce(office, "CT01 CT10"), "CT01 CT10")
    return There(office)


def ask(office: SmallOffice, who: Actor, wanted: int = 5, stock: str = "card", of: str = "timisoara") -> UUID:
    with office.act(who) as act:
        here = centres.with_id(act, who.centre_id)  # type: ignore[arg-type]
        return orders.ask(act, here, Wanted(centres.named(act, of), stock, wanted, "many families came")).id


def agree(office: SmallOffice, who: Actor, key: UUID) -> None:
    with office.act(who) as act:
        orders.agree(act, orders.opened(act, key))


def state(office: SmallOffice, key: UUID) -> str:
    with office.reading() as look:
        return str(look.session.get_one(StockOrder, key).state)


def send(office: SmallOffice, there: There, key: UUID, said: str) -> UUID:
    """A part of an order leaves."""
    with office.act(there.keeper) as act:
        packing = Packing(centres.named(act, "galati"), SEAL, serials.listed(said), orders.opened(act, key))
        parcel = parcels.pack(act, centres.named(act, "timisoara"), packing).id
    do(office, there.second, parcel, lambda act, row: parcels.send(act, row, SEAL))
    return parcel


def test_an_order_is_agreed_to_and_comes_in_parts(office: SmallOffice, there: There) -> None:
    key = ask(office, there.receiver)
    with office.reading(there.keeper) as look:
        assert number(look, orders.unanswered(look)) == 1
        assert [row.id for row in orders.open_ones(look, StockOrder.from_centre_id)] == [key]
    agree(office, there.keeper, key)
    with office.reading(there.keeper) as look:
        assert number(look, orders.unanswered(look)) == 0
    first = send(office, there, key, "CT01 CT03")
    assert state(office, key) == "in_parts"
    with pytest.raises(Conflict, match="on its way"), office.act(there.receiver) as act:
        orders.withdraw(act, orders.opened(act, key), "not needed")
    second = send(office, there, key, "CT04 CT06")
    counted(office, there, first, "CT01 CT02")
    do(office, there.receiver, first, parcels.acknowledge)
    with office.reading(there.receiver) as look:
        assert orders.progress(look, orders.opened(look, key)) == Progress(packed=6, came=2)
    assert state(office, key) == "in_parts"
    counted(office, there, second, "CT04 CT06")
    do(office, there.receiver, second, parcels.acknowledge)
    assert state(office, key) == "done"
    with office.reading(there.keeper) as look:
        assert [row.id for row in orders.ended(look)] == [key]
        assert parcel_lists.going(look) == []
    check(office)


def test_a_form_that_is_sent_twice_asks_once(office: SmallOffice, there: There) -> None:
    """Who got no answer to it, as the server was killed, sends it again."""
    with office.reading() as look:
        wanted = Wanted(centres.named(look, "timisoara"), "card", 5, "many families came")
    for _ in range(2):
        with office.act(there.receiver) as act:
            found = orders.ask(act, centres.with_id(act, there.galati), wanted)
    with office.reading(there.receiver) as look:
        assert [row.id for row in orders.open_ones(look, StockOrder.centre_id)] == [found.id] == [wanted.key]


def test_the_database_itself_wants_another_person(office: SmallOffice, there: There) -> None:
    key = ask(office, there.receiver)
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.get_one(StockOrder, key).answered_by = there.receiver.id


@on_sqlite
def test_who_asked_and_their_centre_do_not_agree(office: SmallOffice, there: There) -> None:
    key = ask(office, there.receiver)
    with pytest.raises(NotAllowed, match="centre that is to send"):
        agree(office, there.receiver, key)
    with pytest.raises(NotAllowed, match="Another person answers"):
        agree(office, replace(there.receiver, centre_id=there.keeper.centre_id), key)
    with pytest.raises(NotAllowed, match="Supervisors order"):
        agree(office, there.second, key)
    with pytest.raises(NotAllowed, match="Supervisors order"):
        ask(office, there.counter)
    with pytest.raises(NotFound):
        agree(office, replace(there.keeper, centre_id=there.second.id), key)
    assert state(office, key) == "asked"
    agree(office, there.keeper, key)
    with pytest.raises(Conflict, match="cannot become agreed"):
        agree(office, there.keeper, key)


@on_sqlite
def test_an_order_is_refused_with_a_reason_or_withdrawn(office: SmallOffice, there: There) -> None:
    refused, withdrawn = ask(office, there.receiver), ask(office, there.receiver)
    with pytest.raises(InvalidInput, match="Say why not"), office.act(there.keeper) as act:
        orders.refuse(act, orders.opened(act, refused), " ")
    with office.act(there.keeper) as act:
        orders.refuse(act, orders.opened(act, refused), "we have none ourselves")
    agree(office, there.keeper, withdrawn)
    with pytest.raises(NotAllowed, match="another centre"), office.act(there.keeper) as act:
        orders.withdraw(act, orders.opened(act, withdrawn), "no")
    with office.act(there.receiver) as act:
        orders.withdraw(act, orders.opened(act, withdrawn), "others came")
    assert (state(office, refused), state(office, withdrawn)) == ("refused", "withdrawn")
    for key in (refused, withdrawn):
        with pytest.raises(InvalidInput, match="not agreed to, or has ended"):
            send(office, there, key, "CT01")
    with office.reading(there.receiver) as look:
        assert orders.open_ones(look, StockOrder.centre_id) == []
        assert len(orders.ended(look)) == 2


@on_sqlite
def test_a_parcel_of_another_stock_or_centre_is_no_part_of_it(office: SmallOffice, there: There) -> None:
    key = ask(office, there.receiver, stock="card-chip")
    agree(office, there.keeper, key)
    with pytest.raises(InvalidInput, match="another centre or another stock"):
        send(office, there, key, "CT01")
    check(office)


@on_sqlite
@pytest.mark.parametrize(
    ("wanted", "stock", "of", "sentence"),
    [
        (0, "card", "timisoara", "from 1 to"),
        (5, "paper", "timisoara", "Choose one of"),
        (5, "card", "galati", "another centre that is open"),
    ],
)
def test_an_order_that_cannot_be(
    office: SmallOffice, there: There, wanted: int, stock: str, of: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        ask(office, there.receiver, wanted, stock, of)


@on_sqlite
def test_what_runs_out_is_suggested_until_it_is_ordered(
    office: SmallOffice, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.carry("made")
    office.clock.advance(dt.timedelta(days=14))
    note_use(office)
    monkeypatch.setattr(forecast, "DELIVERY_DAYS", 10_000)
    with office.reading(there.keeper) as look:
        (short,) = suggestions.of_centre(look)
        (used,) = [each for each in forecast.of_centre(look, look.actor.centre_id) if each.is_short]
    assert (short.stock, short.lying, short.days_left) == (used.stock, used.lying, used.days_left)
    assert short.count >= 1
    ask(office, there.keeper, short.count, short.stock, "galati")
    with office.reading(there.keeper) as look:
        assert suggestions.of_centre(look) == []
