"""The ledger in double entry: no blank is in two places, counts and moves agree, and no statement can break a chain."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuance.actors import SYSTEM
from issuance.acts import Act
from issuance.errors import LimanError
from issuance.models.documents import Document
from issuance.models.staff import Station
from issuance.models.supply import Balance, Place
from issuance.services import centres
from issuance.services.production import quality
from issuance.services.stations import tokens
from issuance.services.stock import accounts, ledger, losses, moves, places
from issuance.services.supply import deliveries, handing
from issuance.services.supply.deliveries import Manifest
from issuance.services.supply.handing import Step
from issuance.states import BlankState
from tests.people import SmallOffice
from tests.supply import blank, chain, check


def test_every_blank_of_a_new_station_came_from_the_supplier(office: SmallOffice) -> None:
    assert chain(office, "card-1") == ["announced", "counted", "handed_out", "taken_over", "loaded"]
    check(office)


def test_what_was_made_and_rejected_is_in_the_balance(office: SmallOffice) -> None:
    case = office.carry("made")
    check(office)
    with office.act(office.actors["quality_officer"]) as act:
        quality.reject(act, act.session.get_one(Document, case.document_id), "scratched")
    used = next(serial for serial in (f"card-chip-{n}" for n in range(1, 20)) if blank(office, serial).document_id)
    assert chain(office, used)[-2:] == ["made", "rejected"]
    check(office)


# What no statement can do


def statement(session: Session, sql: str, **values: object) -> None:
    session.execute(text(sql), values)


INSERT = """
    INSERT INTO stock_move (id, blank_id, number, previous, from_id, to_id, why, at)
    SELECT :id, blank_id, :number, :previous, {start}, {end}, 'raw', at FROM stock_move WHERE blank_id = :blank
       AND number = 1
"""
TO_VAULT = "(SELECT id FROM place WHERE kind = 'in_vault')"
FROM_STATION = "(SELECT id FROM place WHERE kind = 'at_station')"
HERE = "(SELECT place_id FROM blank WHERE id = :blank)"
WRONG = {
    "from a place where it is not": INSERT.format(start=TO_VAULT, end=FROM_STATION) + "#6#5",
    "from nowhere": INSERT.format(start="NULL", end=TO_VAULT) + "#6#5",
    "over a number": INSERT.format(start=HERE, end=TO_VAULT) + "#7#6",
    "a number twice": INSERT.format(start=HERE, end=TO_VAULT) + "#5#4",
    "following an earlier one": INSERT.format(start=TO_VAULT, end=FROM_STATION) + "#6#2",
    "a second first move": INSERT.format(start="NULL", end=TO_VAULT) + "#1#",
    "a first move from a place": INSERT.format(start=HERE, end=TO_VAULT) + "#1#",
    "a later move without the one before": INSERT.format(start=HERE, end=TO_VAULT) + "#6#",
    "number nothing": INSERT.format(start=HERE, end=TO_VAULT) + "#0#-1",
    "to where it is": INSERT.format(start=HERE, end=HERE) + "#6#5",
    "another place for the same state": f"UPDATE blank SET place_id = {TO_VAULT} WHERE id = :blank##",
    "another state for the same place": "UPDATE blank SET state = 'consumed' WHERE id = :blank##",
    "another centre": (
        "UPDATE blank SET centre_id = (SELECT id FROM centre WHERE code = 'galati') WHERE id = :blank##"
    ),
    "no place": "UPDATE blank SET place_id = NULL WHERE id = :blank##",
    "the end of an earlier move": (
        f"UPDATE stock_move SET to_id = {FROM_STATION} WHERE blank_id = :blank AND number = 2##"
    ),
    "the number of an earlier move": (
        "UPDATE stock_move SET number = 9, previous = 8 WHERE blank_id = :blank AND number = 2##"
    ),
    "an earlier move away": "DELETE FROM stock_move WHERE blank_id = :blank AND number = 2##",
    "a blank away": "DELETE FROM blank WHERE id = :blank##",
    "more out than in": "UPDATE balance SET went = came + 1##",
    "a count below nothing": "UPDATE balance SET went = -1##",
    "a feeder of no station": (
        "INSERT INTO place (id, kind, centre_id) SELECT :id, 'at_station', centre_id FROM blank WHERE id = :blank##"
    ),
    "a second vault": (
        "INSERT INTO place (id, kind, centre_id) SELECT :id, 'in_vault', centre_id FROM blank WHERE id = :blank##"
    ),
}


def as_written(office: SmallOffice) -> Callable[[UUID], object]:
    """How a key stands in a statement of this database."""
    return (lambda key: key.hex) if office.database.engine.dialect.name == "sqlite" else (lambda key: key)


@pytest.mark.parametrize("wrong", WRONG)
def test_no_statement_breaks_the_chain_of_a_blank(office: SmallOffice, wrong: str) -> None:
    sql, number, previous = WRONG[wrong].split("#")
    key, written = blank(office, "card-1").id, as_written(office)
    values = {
        "id": written(uuid4()),
        "blank": written(key),
        "number": int(number) if number else None,
        "previous": int(previous) if previous else None,
    }
    used = {name: value for name, value in values.items() if f":{name}" in sql}
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        statement(session, sql, **used)
    check(office)


FORGED = {
    "a blank carried to another feeder": "UPDATE blank SET place_id = :place WHERE serial = 'card-1'",
    "last moves taken away": "DELETE FROM stock_move WHERE number = 5",
    "a count changed": "UPDATE balance SET came = came + 1 WHERE stock = 'card'",
    "a move more": INSERT.format(start=HERE, end=TO_VAULT).replace(":number", "6").replace(":previous", "5"),
}


@pytest.mark.parametrize("forged", FORGED)
def test_what_a_constraint_cannot_see_is_found_by_the_proof(office: SmallOffice, forged: str) -> None:
    sql, written = FORGED[forged], as_written(office)
    with office.act(SYSTEM) as act:
        other, _ = tokens.add_station(act, "s2", centres.named(act, "timisoara"))
        feeder = places.of_station(act, other).id
    values = {"id": written(uuid4()), "blank": written(blank(office, "card-1").id), "place": written(feeder)}
    with office.database.transaction() as session:
        statement(session, sql, **{name: value for name, value in values.items() if f":{name}" in sql})
    with office.reading() as look:
        assert accounts.wrong(look)


# Acts by chance

ALL = [f"Z{number:03}" for number in range(1, 9)]


def hand(step: Step) -> Callable[[Act, SmallOffice, list[str]], object]:
    return lambda act, office, some: handing.hand(act, centres.named(act, "timisoara"), step, some)


def announce(act: Act, office: SmallOffice, some: list[str]) -> object:
    centre = centres.named(act, "timisoara")
    return deliveries.announce(act, centre, Manifest("note", "card", [f"{each}{uuid4().hex[:6]}7" for each in some]))


def count(act: Act, office: SmallOffice, some: list[str]) -> object:
    waiting = deliveries.waiting(act)
    return deliveries.count(act, waiting[0], some) if waiting else None


def here(act: Act, office: SmallOffice) -> Station:
    return act.session.get_one(Station, office.station.id)


def lose(act: Act, office: SmallOffice, some: list[str]) -> object:
    return losses.declare(act, centres.named(act, "timisoara"), some, "not in the safe")


def find(act: Act, office: SmallOffice, some: list[str]) -> object:
    for row in ledger.those(act, some).values():
        losses.find(act, row, "behind the safe")
    return None


def clear(fit: bool) -> Callable[[Act, SmallOffice, list[str]], object]:
    def cleared(act: Act, office: SmallOffice, some: list[str]) -> object:
        for row in ledger.those(act, some).values():
            losses.clear(act, row, fit=fit)
        return None

    return cleared


def spend(act: Act, office: SmallOffice, some: list[str]) -> object:
    spent = [ledger.spend_on_test(act, serial, station=here(act, office)) for serial in some]
    act.record("station.test_printed", here(act, office))
    return spent


def fail_halfway(act: Act, office: SmallOffice, some: list[str]) -> object:
    """What a savepoint takes back is not counted."""
    rows = list(ledger.those(act, some).values())
    try:
        with act.session.begin_nested():
            for row in rows:
                moves.within(act, row, BlankState.MISSING, moves.Why.LOST)
            act.session.flush()
            raise ZeroDivisionError
    except ZeroDivisionError:
        act.record("station.test_printed", here(act, office))
    return None


DOING: dict[str, tuple[str, Callable[[Act, SmallOffice, list[str]], object]]] = {
    "announce": ("supervisor", announce),
    "count": ("operator", count),
    "hand out": ("supervisor", hand(Step.HAND_OUT)),
    "take over": ("operator", hand(Step.TAKE_OVER)),
    "hand back": ("operator", hand(Step.HAND_BACK)),
    "lock away": ("supervisor", hand(Step.LOCK_AWAY)),
    "load": ("operator", lambda act, office, some: handing.load(act, here(act, office), some)),
    "take out": ("operator", lambda act, office, some: handing.take_out(act, here(act, office), some)),
    "lose": ("supervisor", lose),
    "find": ("supervisor", find),
    "clear": ("operator", clear(True)),
    "clear away": ("operator", clear(False)),
    "spend": ("operator", spend),
    "fail halfway": ("operator", fail_halfway),
}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(DOING)), st.lists(st.sampled_from(ALL), min_size=1, unique=True)), min_size=6
)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_whatever_is_done_the_ledger_balances(office: SmallOffice, steps: list[tuple[str, list[str]]]) -> None:
    with office.reading() as look:
        is_new = ledger.find(look, ALL[0]) is None
    if is_new:
        with office.act(SYSTEM) as act:
            deliveries.announce(act, centres.named(act, "timisoara"), Manifest("Z", "card", ALL))
    for name, some in steps:
        role, do = DOING[name]
        try:
            with office.act(office.actors[role]) as act:
                do(act, office, some)
        except LimanError:
            continue
    check(office)


def test_two_acts_at_once_are_both_counted(office: SmallOffice) -> None:
    """Different blanks of one account, taken out of a feeder at the same moment."""
    start, of_station = Barrier(4), select(Balance).join(Place).where(Place.kind == BlankState.AT_STATION)

    def take(number: int) -> None:
        start.wait()
        with office.act(office.actors["operator"]) as act:
            handing.take_out(act, here(act, office), [f"card-{number}"])

    with ThreadPoolExecutor(4) as hands:
        for done in [hands.submit(take, number) for number in range(1, 5)]:
            done.result()
    check(office)
    with office.reading() as look:
        cards = [row for row in look.session.scalars(of_station) if row.stock == "card"]
    assert [(row.came, row.went) for row in cards] == [(19, 4)]
