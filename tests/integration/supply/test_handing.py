"""Blanks go from hand to hand: nobody takes them alone, and each is where the ledger has it."""

from __future__ import annotations

import pytest

from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.staff import RoleName, Station
from issuance.services import centres
from issuance.services.stock import losses, serials
from issuance.services.stock.strays import Stray
from issuance.services.supply import deliveries, handing
from issuance.services.supply.deliveries import Manifest
from issuance.services.supply.handing import WAYS, Step
from tests.fixtures.databases import on_sqlite
from tests.integration.supply.test_deliveries import announce, count
from tests.people import SmallOffice
from tests.stacks import declare, without_serials
from tests.supply import blank, chain, check


@pytest.fixture
def vault(office: SmallOffice) -> SmallOffice:
    """Ten cards lie in the vault."""
    count(office, announce(office, "CT01 CT10"), "CT01 CT10")
    return office


def hand(office: SmallOffice, step: Step, text: str, who: str | Actor) -> int:
    with office.act(office.actors[who] if isinstance(who, str) else who) as act:
        return handing.hand(act, centres.named(act, "timisoara"), step, serials.listed(text))


def load(office: SmallOffice, text: str) -> int:
    with office.act(office.actors["operator"]) as act:
        return handing.load(act, act.session.get_one(Station, office.station.id), serials.listed(text))


def take_out(office: SmallOffice, text: str) -> int:
    with office.act(office.actors["operator"]) as act:
        return handing.take_out(act, act.session.get_one(Station, office.station.id), serials.listed(text))


def test_out_of_the_vault_into_a_station_and_all_the_way_back(vault: SmallOffice) -> None:
    assert hand(vault, Step.HAND_OUT, "CT01 CT05", "supervisor") == 5
    assert hand(vault, Step.TAKE_OVER, "ct01 ct04", "operator") == 4
    assert load(vault, "CT01\nCT02") == 2
    assert [str(blank(vault, f"CT0{n}").state) for n in (1, 4, 5, 6)] == [
        "at_station", "at_centre", "in_transit", "in_vault",
    ]  # fmt: skip
    assert blank(vault, "CT01").station_id == vault.station.id
    check(vault)
    assert take_out(vault, "CT02") == 1
    assert blank(vault, "CT02").station_id is None
    hand(vault, Step.HAND_BACK, "CT02", "operator")
    hand(vault, Step.LOCK_AWAY, "CT02", "supervisor")
    assert chain(vault, "CT02")[2:] == [
        "handed_out", "taken_over", "loaded", "taken_out", "handed_back", "locked_away",
    ]  # fmt: skip
    assert blank(vault, "CT02").state == "in_vault"
    check(vault)


@on_sqlite
def test_who_hands_over_does_not_take_over(vault: SmallOffice) -> None:
    both = vault.actors["supervisor"]
    hand(vault, Step.HAND_OUT, "CT01", both)
    with pytest.raises(NotAllowed, match="the machines' room the operator's"):
        hand(vault, Step.TAKE_OVER, "CT01", both)
    with pytest.raises(NotAllowed, match="Another person"):
        hand(vault, Step.LOCK_AWAY, "CT01", both)
    other = Actor(vault.actors["clerk"].id, both.centre_id, frozenset({RoleName.SUPERVISOR}))
    assert hand(vault, Step.LOCK_AWAY, "CT01", other) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (Step.TAKE_OVER, "CT02 was not handed to anybody"),
        (Step.HAND_BACK, "CT01 does not lie in the machines' room"),
        (Step.LOCK_AWAY, "CT02 was not handed to anybody"),
        (Step.HAND_OUT, "CT01 does not lie in the vault"),
    ],
)
def test_all_of_them_or_none(vault: SmallOffice, step: Step, sentence: str) -> None:
    hand(vault, Step.HAND_OUT, "CT01", "supervisor")
    with pytest.raises(InvalidInput, match=sentence):
        hand(vault, step, "CT01 CT02", WAYS[step].role)
    assert blank(vault, "CT01").state == "in_transit"
    check(vault)


@on_sqlite
def test_nobody_moves_or_loses_what_is_another_centres(vault: SmallOffice) -> None:
    with vault.reading() as look:
        galati = centres.named(look, "galati")
    stranger = Actor(vault.actors["operator"].id, galati.id, frozenset(RoleName), reason="they are ill")
    with pytest.raises(NotAllowed, match="another centre"):
        hand(vault, Step.HAND_OUT, "CT01", stranger)
    with pytest.raises(NotAllowed, match="another centre"), vault.act(stranger) as act:
        losses.declare(act, centres.named(act, "timisoara"), ["CT01"], "not in the safe")
    with pytest.raises(NotAllowed, match="another centre"), vault.act(stranger) as act:
        deliveries.announce(act, centres.named(act, "timisoara"), Manifest("1", "card", ["CT99"]))


@on_sqlite
def test_a_missing_blank_is_not_handed_on_and_none_out_of_a_stack(vault: SmallOffice) -> None:
    with vault.act(vault.actors["supervisor"]) as act:
        losses.declare(act, centres.named(act, "timisoara"), ["CT03"], "not in the safe")
    with pytest.raises(Stray, match="declared missing"):
        hand(vault, Step.HAND_OUT, "CT03", "supervisor")
    without_serials(vault).open_shift()
    declare(vault, "card-1", "card-3")
    with pytest.raises(Conflict, match="Count the stack first"):
        take_out(vault, "card-2")
    assert take_out(vault, "card-4") == 1
    check(vault)
