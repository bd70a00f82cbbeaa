"""Whoever holds a station's key gets no order that is printed twice, no chip key, no order that is kept for ever."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from card_drivers.order import Order, Outcome, Result
from card_drivers.station.identity import Identity
from card_drivers.station.register import NotAuthorised, Refused, Register
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.services.production import jobs
from issuance.services.stations import lives, tokens
from issuance.states import JobState
from tests.attack.workshop import Workshop, s1, shop, until

__all__ = ["s1", "shop"]


def thief(shop: Workshop, folder: Path) -> Register:
    """A program of ours on a copy of the station's folder."""
    copied = shop.folder / f"stolen-{uuid4().hex[:6]}"
    shutil.copytree(folder / "identity", copied)
    return Register(shop.url, Identity(copied))


def fetch(register: Register) -> Order:
    claim = register.claim(uuid4())
    assert claim is not None
    return register.order(claim.claim_id)


def report(register: Register, order: Order, outcome: Outcome, **more: object) -> None:
    values = {"order_id": order.order_id, "claim_id": order.claim_id, "outcome": outcome}
    register.report(Result.model_validate(values | more))


def choose(shop: Workshop, folder: Path) -> None:
    """Two persons look and say that the program on this folder is the station."""
    known = Identity(folder / "identity").known
    assert known is not None
    for role in ("supervisor", "administrator"):
        with shop.office.act(shop.office.actors[role]) as act:
            lives.choose(act, act.session.get_one(Station, shop.office.station.id), known.instances[-1])


def offer_again(shop: Workshop) -> None:
    """Its operator lets the station try at once what it is said not to have started."""
    with shop.office.act(shop.office.actors["operator"]) as act:
        waiting = select(PrintJob).where(PrintJob.state == JobState.QUEUED)
        jobs.try_again(act, act.session.scalars(waiting).one())


def test_an_order_that_was_fetched_is_never_printed_under_its_number(shop: Workshop, s1: Path) -> None:
    assert shop.once(s1) == 0
    stolen = shop.approve()
    stranger = thief(shop, s1)
    order = fetch(stranger)
    assert order.chip is not None
    assert order.chip.keys == {}, "the chip's private keys come with the leave to make it"
    report(stranger, order, Outcome.NOT_STARTED)
    shop.prepare()
    states = shop.documents()
    assert states.pop(stolen) == "cancelled"
    (again,) = states
    real = shop.start(s1)
    until(lambda: "station.start_refused" in shop.events("station."), "the real station is told")
    choose(shop, s1)
    offer_again(shop)
    until(lambda: shop.documents()[again] == "personalised", "a card is made and told")
    real.terminate()
    assert shop.made(s1) == [again] != [stolen]
    assert [event for event in shop.events("job.") if event in ("job.fetched", "job.not_started")] == [
        *("job.fetched", "job.not_started"),
        "job.fetched",
    ]
    with pytest.raises(Refused, match=r"Liman|stație"):
        stranger.claim(uuid4())


def test_an_order_is_given_once(shop: Workshop, s1: Path) -> None:
    assert shop.once(s1) == 0
    shop.approve()
    stranger = thief(shop, s1)
    order = fetch(stranger)
    with pytest.raises(Refused):
        stranger.order(order.claim_id)


def test_only_a_bureau_may_keep_orders(shop: Workshop, s1: Path) -> None:
    assert shop.once(s1) == 0
    number = shop.approve()
    stranger = thief(shop, s1)
    with pytest.raises(Refused):
        report(stranger, fetch(stranger), Outcome.SENT)
    assert (shop.jobs(), shop.documents()) == ({"held": 1}, {number: "prepared"})
    assert "job.contradicted" in shop.events("job.")


def test_what_no_blank_was_taken_for_is_not_done(shop: Workshop, s1: Path) -> None:
    """A report of a card without the leave to make one is no card: nothing becomes a document."""
    assert shop.once(s1) == 0
    number = shop.approve()
    stranger = thief(shop, s1)
    order = fetch(stranger)
    with pytest.raises(Refused):
        report(stranger, order, Outcome.DONE, digests=order.digests(), blank_serial="s1-1", chip_uid="04AA")
    assert (shop.jobs(), shop.documents()) == ({"held": 1}, {number: "prepared"})


def test_claims_end_at_the_speed_of_the_station(shop: Workshop, s1: Path) -> None:
    assert shop.once(s1) == 0
    for _ in range(3):
        shop.approve()
    with shop.office.act(shop.office.actors["administrator"]) as act:
        tokens.set_limit(act, act.session.get_one(Station, shop.office.station.id), 2)
    stranger = thief(shop, s1)
    for _ in range(2):
        report(stranger, fetch(stranger), Outcome.NOT_STARTED)
    with pytest.raises(Refused, match="2"):
        stranger.claim(uuid4())


def test_a_token_enrols_one_key(shop: Workshop, s1: Path, tmp_path: Path) -> None:
    assert shop.once(s1) == 0
    with pytest.raises(NotAuthorised):
        Register(shop.url, Identity(tmp_path / "other"), shop.office.token).claim(uuid4())
