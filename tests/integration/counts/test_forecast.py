"""How long blanks last: by what was used on the working days of four weeks, and no word where too little was used."""

from __future__ import annotations

import datetime as dt

import pytest

from issuance.services.counts import forecast
from issuance.services.counts.forecast import DELIVERY_DAYS, Forecast
from issuance.tasks import note_use
from tests.fixtures.databases import on_sqlite
from tests.integration.stock.test_losses import reject
from tests.integration.supply.test_deliveries import announce, count
from tests.people import LAYLA, SmallOffice, changed


def lasts(office: SmallOffice) -> dict[str, Forecast]:
    note_use(office)
    with office.reading(office.actors["supervisor"]) as look:
        return {each.stock: each for each in forecast.of_centre(look, look.actor.centre_id)}


def test_what_lies_there_is_divided_by_what_a_working_day_takes(office: SmallOffice) -> None:
    office.carry("made")
    spoiled = office.carry("made", changed(LAYLA, family_name="Haddad", case_reference="2026/TM/0002"))
    reject(office, spoiled.document_id)
    assert lasts(office)["card-chip"].days_left is None, "today is not over"
    office.clock.advance(dt.timedelta(days=14))
    found = lasts(office)["card-chip"]
    assert (found.lying, found.used, found.working_days) == (17, 2, 10), "a rejected document took one blank, not two"
    assert (found.days_left, found.is_short) == (17 * 10 // 2, False)
    assert lasts(office)["booklet-blue"].days_left is None, "none was used"
    office.clock.advance(dt.timedelta(days=28))
    assert lasts(office)["card-chip"].days_left is None, "it was used longer ago"


def test_who_runs_out_is_warned_in_time_to_order(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    office.carry("made")
    office.clock.advance(dt.timedelta(days=14))
    found = lasts(office)["card-chip"]
    assert found.days_left == 18 * 10
    with office.reading(office.actors["supervisor"]) as look:
        assert forecast.short(look) == 0
    monkeypatch.setattr(forecast, "DELIVERY_DAYS", 181)
    with office.reading(office.actors["supervisor"]) as look:
        assert forecast.short(look) == 1
        assert next(iter(forecast.of_centre(look, look.actor.centre_id))).stock == "card-chip", "the shortest first"
    assert DELIVERY_DAYS == 30


@on_sqlite
def test_what_was_announced_is_not_there_yet(office: SmallOffice) -> None:
    delivery = announce(office, "CT01 CT10")
    assert lasts(office)["card"].lying == 19
    count(office, delivery, "CT01 CT09")
    assert lasts(office)["card"].lying == 28


@on_sqlite
def test_a_week_without_a_working_day_enough_says_nothing(office: SmallOffice) -> None:
    office.carry("made")
    office.clock.advance(dt.timedelta(days=3))
    found = lasts(office)["card-chip"]
    assert (found.used, found.working_days, found.days_left) == (1, 3, None)
