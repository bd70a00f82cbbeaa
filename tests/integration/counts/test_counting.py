"""Counts are blind, by somebody who had nothing of it in hand; what differs is a supervisor's, serial by serial."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound, StaleState
from issuance.models.staff import RoleName, Station
from issuance.models.supply import CountEntry, CountFinding, Finding, Place, Said, StockCount
from issuance.services import centres
from issuance.services.counts import asking, counting, custody, results
from issuance.services.supply.handing import Step
from issuance.states import BlankState
from tests.fixtures.databases import on_sqlite
from tests.integration.stock.test_losses import lose
from tests.integration.supply.test_deliveries import announce, count
from tests.integration.supply.test_handing import hand, load
from tests.people import SmallOffice
from tests.stacks import told
from tests.supply import blank, check


@pytest.fixture
def vault(office: SmallOffice) -> SmallOffice:
    """Ten cards lie in the vault, counted out of their box by the operator."""
    count(office, announce(office, "CT01 CT10"), "CT01 CT10")
    return office


def place(office: SmallOffice, kind: BlankState) -> Place:
    with office.reading() as look:
        centre = centres.named(look, "timisoara")
        return look.session.scalars(select(Place).where(Place.kind == kind, Place.centre_id == centre.id)).one()


def ask(office: SmallOffice, kind: BlankState = BlankState.IN_VAULT, stock: str = "card") -> UUID:
    with office.act(office.actors["supervisor"]) as act:
        return asking.ask(act, act.session.get_one(Place, place(office, kind).id), stock).id


def row(office: SmallOffice, count_id: UUID) -> StockCount:
    with office.reading() as look:
        return look.session.get_one(StockCount, count_id)


def counter(office: SmallOffice, count_id: UUID) -> Actor:
    """Who was drawn or named."""
    return next(each for each in office.actors.values() if each.id == row(office, count_id).counter_id)


def type_in(office: SmallOffice, count_id: UUID, text: str, who: Actor | None = None, version: int = 0) -> list[str]:
    """Type lines; why each refused one was."""
    with office.act(who or counter(office, count_id)) as act:
        counted = asking.opened(act, count_id)
        refused = counting.type_in(act, counted, text, version or counted.version)
        return [f"{entry.refused} {entry.serial}".strip() for entry in refused]


def end(office: SmallOffice, count_id: UUID, who: Actor | None = None) -> dict[str, str]:
    """Say that this is all; what was found, from first to last of each run."""
    with office.act(who or counter(office, count_id)) as act:
        counted = asking.opened(act, count_id)
        counting.end(act, counted, counted.version)
    return found(office, count_id)


def found(office: SmallOffice, count_id: UUID) -> dict[str, str]:
    with office.reading() as look:
        rows = results.findings(look, look.session.get_one(StockCount, count_id))
        return {f"{each.first}-{each.last}" if each.held > 1 else each.first: each.kind for each in rows}


def settle(office: SmallOffice, count_id: UUID, first: str, said: Said, who: str = "supervisor") -> None:
    with office.act(office.actors[who]) as act:
        query = select(CountFinding).where(CountFinding.count_id == count_id, CountFinding.first == first)
        results.settle(act, act.session.scalars(query).unique().one(), said, "looked behind the safe")


def test_a_count_finds_each_serial_where_it_is_and_a_supervisor_says_what_becomes_of_the_others(
    vault: SmallOffice,
) -> None:
    count_id = ask(vault)
    assert type_in(vault, count_id, "ct01 ct04\nCT06") == []
    assert type_in(vault, count_id, "CT08 CT10\ncard-7") == []
    assert end(vault, count_id) == {
        "CT05": "missing", "CT07": "missing", "card-7": "unexpected",
        "CT01-CT04": "as_expected", "CT06": "as_expected", "CT08-CT10": "as_expected",
    }  # fmt: skip
    counted = row(vault, count_id)
    assert (counted.as_expected, counted.differ, counted.settled_at) == (8, 3, None)
    assert blank(vault, "CT05").state == "in_vault", "nothing happens by itself"
    assert told(vault) == []
    settle(vault, count_id, "CT05", Said.DECLARED)
    settle(vault, count_id, "CT07", Said.NOTED)
    assert row(vault, count_id).settled_at is None
    settle(vault, count_id, "card-7", Said.TOLD)
    assert row(vault, count_id).settled_at is not None
    assert (blank(vault, "CT05").state, blank(vault, "CT07").state) == ("missing", "in_vault")
    assert told(vault) == [("elsewhere", "card-7")]
    check(vault)


def test_what_agrees_is_settled_and_a_missing_blank_in_a_box_is_told(vault: SmallOffice) -> None:
    lose(vault, "card-3")
    count_id = ask(vault)
    type_in(vault, count_id, "CT01 CT10")
    assert end(vault, count_id) == {"CT01-CT10": "as_expected"}
    assert row(vault, count_id).settled_at == row(vault, count_id).counted_at
    again = ask(vault)
    type_in(vault, again, "CT01 CT10\ncard-3")
    end(vault, again)
    settle(vault, again, "card-3", Said.TOLD)
    assert told(vault) == [("missing", "card-3")]


def test_what_is_refused_is_kept_as_a_line_and_what_is_strange_as_a_difference(vault: SmallOffice) -> None:
    count_id = ask(vault)
    typed = "CT01 CT05\nCT04 CT06\nCT77\nbooklet-blue-1\nno serial at all, this\nCT08 CT07"
    assert type_in(vault, count_id, typed) == [
        "twice CT04", "unknown CT77", "other_stock booklet-blue-1", "unreadable",
    ]  # fmt: skip
    assert type_in(vault, count_id, "CT06\nCT09 CT10") == []
    assert end(vault, count_id) == {
        "CT77": "unknown", "booklet-blue-1": "other_stock", "CT01-CT10": "as_expected",
    }  # fmt: skip
    with vault.reading() as look:
        kept = look.session.scalars(select(CountEntry).where(CountEntry.refused != "")).all()
        assert len(kept) == 4
    settle(vault, count_id, "CT77", Said.TOLD)
    settle(vault, count_id, "booklet-blue-1", Said.TOLD)
    assert told(vault) == [("unknown", "CT77"), ("other_stock", "booklet-blue-1")]


def test_who_had_them_in_hand_does_not_count(vault: SmallOffice) -> None:
    with vault.reading(vault.actors["supervisor"]) as look:
        here = look.session.get_one(Place, place(vault, BlankState.IN_VAULT).id)
        fit = {each.email.partition("@")[0] for each in custody.fit(look, here)}
        assert "operator" not in fit, "counted them out of the box"
        assert {"clerk", "second_clerk", "decision_officer", "quality_officer"} <= fit
        assert not fit & {"auditor", "administrator", "mission", "border_police", "enrolment_expert"}
    hand(vault, Step.HAND_OUT, "CT01", "supervisor")
    vault.clock.advance(dt.timedelta(days=31))
    with vault.reading() as look:
        here = look.session.get_one(Place, here.id)
        assert {"operator", "supervisor"} <= {each.email.partition("@")[0] for each in custody.fit(look, here)}


def test_who_worked_at_a_station_does_not_count_it(office: SmallOffice) -> None:
    office.open_shift()
    with office.reading() as look:
        here = look.session.scalars(select(Place).where(Place.station_id == office.station.id)).one()
        assert office.actors["operator"].id in custody.had(look, here, [])


@on_sqlite
def test_another_person_counts_only_when_a_supervisor_names_them_with_a_reason(vault: SmallOffice) -> None:
    count_id = ask(vault)
    drawn = counter(vault, count_id)
    other = next(vault.actors[role] for role in ("clerk", "second_clerk") if vault.actors[role].id != drawn.id)
    with pytest.raises(NotAllowed, match="Another person counts"):
        type_in(vault, count_id, "CT01", other)
    for staff_id, reason, sentence in (
        (other.id, " ", "Say why"),
        (vault.actors["operator"].id, "they are here", "may not count"),
        (vault.actors["supervisor"].id, "they are here", "may not count"),
    ):
        with pytest.raises(InvalidInput, match=sentence):
            name(vault, count_id, staff_id, reason)
    name(vault, count_id, other.id, "who was drawn is ill")
    assert (row(vault, count_id).reason, row(vault, count_id).with_custody) == ("who was drawn is ill", False)
    assert type_in(vault, count_id, "CT01", other) == []
    with pytest.raises(NotAllowed, match="Another person counts"):
        type_in(vault, count_id, "CT02", drawn)


def name(office: SmallOffice, count_id: UUID, staff_id: UUID | None, reason: str) -> None:
    assert staff_id is not None
    with office.act(office.actors["supervisor"]) as act:
        asking.name(act, asking.opened(act, count_id), staff_id, reason)


@on_sqlite
def test_where_nobody_fits_a_supervisor_names_one_and_the_count_says_so(
    vault: SmallOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custody, "COUNTERS", (RoleName.OPERATOR, RoleName.SUPERVISOR))
    count_id = ask(vault)
    assert row(vault, count_id).counter_id is None
    name(vault, count_id, vault.actors["operator"].id, "nobody else works here today")
    assert row(vault, count_id).with_custody is True


@on_sqlite
def test_a_count_is_typed_once_by_one_person_and_not_from_an_old_page(vault: SmallOffice) -> None:
    count_id = ask(vault)
    seen = row(vault, count_id).version
    type_in(vault, count_id, "CT01 CT05")
    with pytest.raises(StaleState, match="went on since"):
        type_in(vault, count_id, "CT06 CT10", version=seen)
    assert end(vault, count_id)["CT06-CT10"] == "missing"
    with pytest.raises(Conflict, match="typed once"):
        type_in(vault, count_id, "CT06 CT10")
    with pytest.raises(Conflict, match="typed once"):
        end(vault, count_id)
    settle(vault, count_id, "CT06", Said.NOTED)
    with pytest.raises(Conflict, match="settled meanwhile"):
        settle(vault, count_id, "CT06", Said.DECLARED)
    assert blank(vault, "CT06").state == "in_vault"


@on_sqlite
def test_a_count_of_another_centre_is_nobodys_here(vault: SmallOffice) -> None:
    count_id = ask(vault)
    with vault.reading() as look:
        galati = centres.named(look, "galati")
    drawn = counter(vault, count_id)
    there = Actor(drawn.id, galati.id, frozenset({*drawn.roles, RoleName.SUPERVISOR}))
    with pytest.raises(NotFound):
        type_in(vault, count_id, "CT01", there)
    with vault.act(there) as act:
        counted = act.session.get_one(StockCount, count_id)
        for refused in (
            lambda: counting.type_in(act, counted, "CT01", counted.version),
            lambda: counting.end(act, counted, counted.version),
            lambda: asking.name(act, counted, there.id, "they are here"),  # type: ignore[arg-type]
            lambda: asking.ask(act, counted.place, "card"),
        ):
            with pytest.raises(NotAllowed, match="another centre"):
                refused()


@on_sqlite
def test_a_stock_of_a_place_is_counted_once_at_a_time_and_only_a_supervisor_asks(vault: SmallOffice) -> None:
    ask(vault)
    with pytest.raises(Conflict, match="open already"):
        ask(vault)
    assert ask(vault, BlankState.AT_STATION)
    with pytest.raises(NotAllowed, match="A supervisor asks"), vault.act(vault.actors["operator"]) as act:
        asking.ask(act, act.session.get_one(Place, place(vault, BlankState.IN_VAULT).id), "card")
    hand(vault, Step.HAND_OUT, "CT01", "supervisor")
    with pytest.raises(InvalidInput, match="laid on a table"):
        ask(vault, BlankState.IN_TRANSIT)
    with pytest.raises(InvalidInput):
        ask(vault, stock="banknotes")


@on_sqlite
def test_who_counted_says_nothing_of_the_differences(vault: SmallOffice) -> None:
    vault.becomes(vault.actors["clerk"], RoleName.SUPERVISOR)
    count_id = ask(vault)
    name(vault, count_id, vault.actors["second_clerk"].id, "who was drawn is ill")
    end(vault, count_id)
    vault.actors["second_clerk"] = Actor(
        vault.actors["second_clerk"].id, vault.actors["clerk"].centre_id, frozenset({RoleName.SUPERVISOR})
    )
    with pytest.raises(NotAllowed, match="You counted this"):
        settle(vault, count_id, "CT01", Said.DECLARED, "second_clerk")
    with pytest.raises(NotAllowed, match="A supervisor says"):
        settle(vault, count_id, "CT01", Said.DECLARED, "operator")
    with pytest.raises(InvalidInput, match="Choose one"):
        settle(vault, count_id, "CT01", Said.TOLD)
    settle(vault, count_id, "CT01", Said.DECLARED)
    assert {str(blank(vault, f"CT{n:02}").state) for n in range(1, 11)} == {"missing"}
    check(vault)


def test_what_moves_while_it_is_counted_is_no_difference(vault: SmallOffice) -> None:
    count_id = ask(vault)
    type_in(vault, count_id, "CT01 CT05")
    vault.clock.advance(dt.timedelta(minutes=1))
    hand(vault, Step.HAND_OUT, "CT01 CT02", "supervisor")
    type_in(vault, count_id, "CT06 CT10")
    assert end(vault, count_id) == {"CT01-CT02": "moved", "CT03-CT10": "as_expected"}
    assert row(vault, count_id).settled_at is not None


def test_a_counter_does_not_see_what_is_expected(vault: SmallOffice) -> None:
    count_id = ask(vault)
    here = place(vault, BlankState.IN_VAULT).id
    with vault.reading(counter(vault, count_id)) as look:
        assert asking.blind(look) == {(here, "card")}
        with pytest.raises(NotAllowed, match="when you have counted"):
            asking.check_not_blind(look, look.session.get_one(Place, here))
    with vault.reading(vault.actors["supervisor"]) as look:
        assert asking.blind(look) == set()
    end(vault, count_id)
    with vault.reading(counter(vault, count_id)) as look:
        assert asking.blind(look) == set()


def test_a_station_is_counted_card_by_card(vault: SmallOffice) -> None:
    hand(vault, Step.HAND_OUT, "CT01 CT03", "supervisor")
    hand(vault, Step.TAKE_OVER, "CT01 CT03", "operator")
    load(vault, "CT01 CT02")
    count_id = ask(vault, BlankState.AT_STATION)
    type_in(vault, count_id, "card-1 card-9\ncard-10 card-19\nCT01 CT03")
    assert found(vault, count_id) == {}
    assert end(vault, count_id) == {
        "CT03": "unexpected", "CT01-CT02": "as_expected", "card-1-card-9": "as_expected",
        "card-10-card-19": "as_expected",
    }  # fmt: skip
    assert Finding.UNEXPECTED in found(vault, count_id).values()
    assert isinstance(vault.station, Station)
