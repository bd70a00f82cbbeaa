"""Orders for blanks of another centre and parcels to it: four hands, and what becomes of both when something is off."""

from __future__ import annotations

from uuid import UUID, uuid4

from issuance.acts import Act
from issuance.models.staff import Centre
from issuance.models.supply import Parcel, StockOrder
from issuance.services import centres
from issuance.services.supply import orders, parcels
from issuance.services.supply.orders import Wanted
from issuance.services.supply.parcels import Packing, WrongHands
from tests.crash.floor import Floor
from tests.crash.people import COUNTER, RECEIVER, act, direct, person
from tests.crash.roads.blanks import NEW, centre
from tests.crash.roads.counts import vault
from tests.crash.roads.road import newest, road
from tests.people import SmallOffice

SEAL = "S4711"


@act(RECEIVER, Centre)
def ask_for_blanks(act: Act, centre: Centre, *, order: UUID, why: str) -> None:
    """Three cards; the form has a key, and is sent again by who got no answer."""
    orders.ask(act, centres.named(act, "galati"), Wanted(centre, "card", 3, why, order))


@act("supervisor", StockOrder)
def agree_to_order(act: Act, order: StockOrder) -> None:
    orders.agree(act, order)


@act("supervisor", StockOrder)
def refuse_order(act: Act, order: StockOrder) -> None:
    orders.refuse(act, order, "we have none ourselves")


@act(RECEIVER, StockOrder)
def withdraw_order(act: Act, order: StockOrder) -> None:
    orders.withdraw(act, order, "others came")


@act("supervisor", Centre)
def pack_parcel(act: Act, centre: Centre, *, serials: list[str], order: UUID | None = None) -> None:
    of = act.session.get_one(StockOrder, order) if order else None
    parcels.pack(act, centre, Packing(centres.named(act, "galati"), SEAL, serials, of))


@act("operator", Parcel)
def send_parcel(act: Act, parcel: Parcel) -> None:
    parcels.send(act, parcel, SEAL)


@act("supervisor", Parcel)
def unpack_parcel(act: Act, parcel: Parcel) -> None:
    parcels.unpack(act, parcel)


@act("supervisor", Parcel)
def lose_parcel(act: Act, parcel: Parcel) -> None:
    parcels.lose(act, parcel, "the car was robbed")


@act(COUNTER, Parcel)
def count_parcel(act: Act, parcel: Parcel, *, serials: list[str], seal: str) -> None:
    parcels.count(act, parcel, seal, serials)


@act(RECEIVER, Parcel)
def count_parcel_again(act: Act, parcel: Parcel) -> None:
    parcels.count_again(act, parcel)


@act(RECEIVER, Parcel)
def acknowledge_parcel(act: Act, parcel: Parcel) -> None:
    parcels.acknowledge(act, parcel)


@direct
def acknowledge_own_parcel(office: SmallOffice, key: UUID) -> None:
    """As the page does: it is refused to a sender, and recorded in an act of its own."""
    who = person(office, "supervisor")
    try:
        with office.act(who) as act:
            parcels.acknowledge(act, act.session.get_one(Parcel, key))
    except WrongHands:
        with office.act(who) as act:
            parcels.refuse(act, act.session.get_one(Parcel, key))


# Roads


def ordered(floor: Floor, why: str) -> UUID:
    """The other centre asks for three cards."""
    key = uuid4()
    floor.do("ask_for_blanks", centre(floor), order=key, why=why)
    return key


def packed(floor: Floor, serials: list[str], order: UUID | None = None) -> UUID:
    """A parcel is packed and waits for its second signature."""
    floor.do("pack_parcel", centre(floor), serials=serials, order=order)
    return newest(floor, Parcel)


def sent(floor: Floor, serials: list[str], order: UUID | None = None) -> UUID:
    """A parcel is on its way."""
    key = packed(floor, serials, order)
    floor.do("send_parcel", key)
    return key


def arrived(floor: Floor, key: UUID, serials: list[str]) -> None:
    """It is counted and acknowledged."""
    floor.do("count_parcel", key, serials=serials, seal=SEAL)
    floor.do("acknowledge_parcel", key)


@road(
    vault,
    "order asked > agreed > in_parts > done",
    "parcel packed > sent > counted > sent",
    "parcel counted > arrived",
    *("order.asked", "order.agreed", "order.done", "parcel.packed", "parcel.sent", "parcel.refused", "parcel.counted"),
    *("parcel.to_count_again", "parcel.acknowledged", "stock.stray_told", "ledger packed", "ledger arrived"),
)
def parcels_arrive(floor: Floor) -> None:
    """Two parcels of an order; of the second a card is absent, and a third one brings it to an end."""
    order = ordered(floor, "many families came")
    floor.do("agree_to_order", order)
    first = sent(floor, NEW[:1], order)
    floor.do("acknowledge_own_parcel", first)
    floor.do("count_parcel", first, serials=[], seal=SEAL)
    floor.do("count_parcel_again", first)
    arrived(floor, first, NEW[:1])
    second = sent(floor, NEW[1:3], order)
    floor.do("count_parcel", second, serials=NEW[1:2], seal="S4712")
    floor.do("acknowledge_parcel", second)
    arrived(floor, sent(floor, NEW[3:4], order), NEW[3:4])


@road(
    vault,
    "parcel packed > unpacked",
    "parcel sent > lost",
    *("parcel.unpacked", "parcel.lost", "ledger unpacked"),
)
def parcels_do_not_arrive(floor: Floor) -> None:
    floor.do("unpack_parcel", packed(floor, NEW[:2]))
    floor.do("lose_parcel", sent(floor, NEW[1:3]))


@road(
    vault,
    "order asked > refused",
    "order asked > withdrawn",
    "order agreed > withdrawn",
    "order in_parts > withdrawn",
    *("order.refused", "order.withdrawn"),
)
def orders_come_to_nothing(floor: Floor) -> None:
    floor.do("refuse_order", ordered(floor, "the first"))
    floor.do("withdraw_order", ordered(floor, "the second"))
    agreed, begun = ordered(floor, "the third"), ordered(floor, "the fourth")
    for order in (agreed, begun):
        floor.do("agree_to_order", order)
    floor.do("withdraw_order", agreed)
    arrived(floor, sent(floor, NEW[:1], begun), NEW[:1])
    floor.do("withdraw_order", begun)
