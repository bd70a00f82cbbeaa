"""Each question about parcels, orders and stacks finds the fault that is planted for it, and none in a day that is
well."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from issuance.models.supply import Parcel
from tests.crash import people
from tests.crash.floor import Floor
from tests.crash.grounds import Files, Grounds
from tests.crash.proof import parcels
from tests.crash.proof.register import Register
from tests.crash.proof.test_ledger import is_of
from tests.crash.roads import blanks, counts, stacks
from tests.crash.roads.road import newest
from tests.crash.test_checker import Left
from tests.stacks import without_serials

DO = people.ACTS


def prepared(floor: Floor) -> None:
    """An order came in one parcel, another parcel is on its way; of a stack one card was scanned, one was taken."""
    office, here = floor.office, blanks.centre(floor)
    counts.vault(floor)
    order = uuid4()
    DO["ask_for_blanks"](office, here, order=order, why="many came")
    DO["agree_to_order"](office, order)
    for serials in (blanks.NEW[:3], blanks.NEW[3:5]):
        DO["pack_parcel"](office, here, serials=serials, order=order if serials == blanks.NEW[:3] else None)
        key = newest(floor, Parcel)
        DO["send_parcel"](office, key)
        DO["count_parcel"](office, key, serials=serials, seal="S4711")
        if serials == blanks.NEW[:3]:
            DO["acknowledge_parcel"](office, key)
    without_serials(office)
    DO["declare_stack"](office, office.station.id, first="card-1", last="card-3")
    for number in range(2):
        order_of = floor.given()
        said = {**floor.by_hand(order_of), "blank_serial": None}
        DO["tell"](office, office.station.id, said=said)
        if number == 0:
            document = stacks.document_of(floor, order_of.order_id)
            DO["scan_card"](office, document, serial=floor.card(order_of.order_id)[0])


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return Grounds(Files(), tmp_path_factory.mktemp("grounds"))


@pytest.fixture
def left(grounds: Grounds) -> Iterator[Left]:
    with grounds.copy("parcels", prepared) as (folder, url):
        yield Left(folder, url)


def found(left: Left) -> list[str]:
    register = Register(left.url)
    try:
        return list(parcels.faults(register))
    finally:
        register.close()


def test_a_day_of_parcels_that_is_well(left: Left) -> None:
    assert found(left) == []


CAME = "(SELECT id FROM parcel WHERE state = 'arrived')"
COMES = "(SELECT id FROM parcel WHERE state = 'counted')"
SCANNED = "(SELECT id FROM stack_card WHERE state = 'confirmed')"

PLANTED: dict[str, tuple[str, str]] = {
    "a parcel of another size": (f"UPDATE parcel SET held = 3 WHERE id = {COMES}", "holds 3 blanks, and 2 were packed"),
    "a parcel lost whose blanks are not": (
        f"UPDATE parcel SET state = 'lost' WHERE id = {COMES}",
        "is lost, and its blank CT04 is on its way still",
    ),
    "a parcel on its way whose blanks came": (
        f"UPDATE parcel SET state = 'sent' WHERE id = {CAME}",
        "is sent, and its blank CT01 was moved on",
    ),
    "another number came": (f"UPDATE parcel SET came = 1 WHERE id = {CAME}", "there came 1, and 3 arrived"),
    "an order of which nothing should have gone": (
        "UPDATE stock_order SET state = 'agreed'",
        "is agreed, and 1 parcels of it were sent",
    ),
    "an order that is done too early": ("UPDATE stock_order SET wanted = 4", "of 4 is done, and 3 of them came"),
    "a stack that was counted by halves": (
        "UPDATE stack SET closed_at = declared_at",
        "card card-2 is provisional in a stack that was counted",
    ),
    "a card that another document is on": (
        f"UPDATE stack_card SET blank_id = (SELECT id FROM blank WHERE serial = 'card-9') WHERE id = {SCANNED}",
        "card card-9 was confirmed for document",
    ),
    "a card that is taken and gone": (
        "UPDATE blank SET state = 'missing' WHERE serial = 'card-2'",
        "card card-2 is provisional for a document, and its blank is missing",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_in_parcels_is_found(left: Left, name: str) -> None:
    statement, said = PLANTED[name]
    left.sql(statement)
    assert said in "\n".join(found(left))


def test_every_question_about_parcels_has_its_fault() -> None:
    said = [said for _, said in PLANTED.values()]
    assert [each for each in parcels.QUESTIONS if not any(is_of(each, one, NAMES) for one in said)] == []


NAMES = {"CT01", "CT04", "card-2", "card-9", "1", "2", "3", "4", "1,", "3,", "provisional", "missing"}
NAMES |= {"lost,", "sent,", "agreed,", "done,"}
