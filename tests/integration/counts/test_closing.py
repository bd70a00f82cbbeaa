"""A day closes with its balance and its named differences, once, and hangs on the end of the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

import pytest
from sqlalchemy import text

from card_drivers.order import DeviceStatus, Tally
from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import RoleName, Station
from issuance.models.supply import StockDay
from issuance.services import centres
from issuance.services.counts import closing
from issuance.services.counts.differences import Name
from issuance.services.stations import devices
from issuance.services.stock import ledger, strays
from issuance.services.stock.strays import Kind
from issuance.services.supply.handing import Step
from issuance.services.trust import audit_chain
from tests.fixtures.databases import on_sqlite
from tests.integration.counts.test_counting import ask, end, type_in
from tests.integration.stock.test_losses import lose
from tests.integration.supply.test_deliveries import announce, count
from tests.integration.supply.test_handing import hand
from tests.people import SmallOffice, able

LYING = """
    SELECT p.kind, b.stock, count(*) FROM blank b JOIN place p ON p.id = b.place_id GROUP BY p.kind, b.stock, p.id
"""


def names(office: SmallOffice) -> dict[str, int]:
    """The differences of the day as it stands."""
    with office.reading(office.actors["supervisor"]) as look:
        return {each.key: each.count for each in closing.draft(look).differences}


def close(office: SmallOffice, words: Mapping[str, str] | None = None, who: str = "supervisor") -> UUID:
    """Close today; with a word on every difference unless they are given."""
    said = dict.fromkeys(names(office), "not known") if words is None else words
    with office.act(office.actors[who]) as act:
        return closing.close(act, centres.named(act, "timisoara"), said, "a quiet day").id


def tomorrow(office: SmallOffice, days: int = 1) -> None:
    office.clock.advance(dt.timedelta(days=days))


def says(office: SmallOffice, counted: int | None) -> None:
    """The station's printer reports its counter."""
    counter = None if counted is None else Tally(unit="cards", count=counted)
    status = DeviceStatus.model_validate(able()).model_copy(update={"counter": counter})
    with office.upkeep() as look:
        devices.heard(look, office.station.id, status)


def accounts_of(office: SmallOffice, day_id: UUID) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    with office.reading() as look:
        rows = closing.accounts_of(look, look.session.get_one(StockDay, day_id))
        return {(row.place.kind, row.stock): (row.opening, row.came, row.went, row.closing) for row in rows}


def test_every_account_opens_with_what_the_day_before_closed_with(office: SmallOffice) -> None:
    count(office, announce(office, "CT01 CT10"), "CT01 CT10")
    first = close(office)
    assert accounts_of(office, first)["in_vault", "card"] == (0, 29, 19, 10), "since the ledger began"
    tomorrow(office)
    hand(office, Step.HAND_OUT, "CT01 CT04", "supervisor")
    hand(office, Step.TAKE_OVER, "CT01 CT03", "operator")
    office.carry("checked")
    second = close(office)
    found = accounts_of(office, second)
    assert found["in_vault", "card"] == (10, 0, 4, 6)
    assert found["in_transit", "card"] == (0, 4, 3, 1)
    assert found["at_centre", "card"] == (0, 3, 0, 3)
    assert found["consumed", "card-chip"] == (0, 1, 0, 1)
    assert found["at_station", "card-chip"] == (19, 0, 1, 18)
    with office.reading() as look:
        lying = {(kind, stock): number for kind, stock, number in look.session.execute(text(LYING))}
        assert {key: row[3] for key, row in found.items() if row[3]} == lying
        day = look.session.get_one(StockDay, second)
        assert (day.number, day.waiting, day.tested, day.word) == (2, 1, 0, "a quiet day")
        assert {row.name: row.word for row in closing.differences_of(look, day)} == {Name.NOT_TAKEN: "not known"}


def test_the_end_of_the_audit_is_kept_with_the_day(office: SmallOffice) -> None:
    with office.upkeep() as look:
        while audit_chain.link(look).events == audit_chain.BATCH:
            pass
    day_id = close(office)
    with office.reading() as look:
        row = look.session.get_one(StockDay, day_id)
        end_of_it = audit_chain.last_place(look.session, str(row.centre_id))
        assert (row.position, row.head) == (end_of_it.position, end_of_it.digest)
        assert row.position > 0
        assert len(row.head) == 64


def test_every_kind_of_difference_has_its_name_and_needs_a_word(office: SmallOffice) -> None:
    says(office, 100)
    close(office)
    tomorrow(office, 3)
    count(office, announce(office, "CT01 CT10"), "CT01 CT09")
    lose(office, "card-1")
    hand(office, Step.HAND_OUT, "CT01", "supervisor")
    waits, differs = ask(office), ask(office, stock="booklet-blue")
    type_in(office, differs, "booklet-blue-2")
    end(office, differs)
    says(office, 103)
    with office.act(office.actors["operator"]) as act:
        strays.keep(act, Kind.UNKNOWN, "X1", station=None)
    found = names(office)
    assert found == {
        "day_not_closed:2026-11-03": 1,
        "day_not_closed:2026-11-04": 1,
        "gone_missing:card": 2,
        "not_taken:card": 1,
        f"not_counted:in_vault card {waits.hex[-6:]}": 1,
        f"count_differs:in_vault booklet-blue {differs.hex[-6:]}": 1,
        "stray:": 1,
        "printer:s1": 3,
    }
    with pytest.raises(InvalidInput, match="not known") as refused:
        close(office, dict.fromkeys(list(found)[:-1], "looked"))
    assert refused.value.field == "printer:s1"
    close(office, dict.fromkeys(found, "looked"))
    tomorrow(office)
    assert "gone_missing:card" not in names(office), "it was named on its day"
    assert "not_taken:card" in names(office), "it still waits"


def test_a_printer_is_held_against_what_the_register_has_made_and_tested(office: SmallOffice) -> None:
    says(office, 50)
    close(office)
    tomorrow(office)
    says(office, 50)
    office.carry("made")
    with office.act(office.actors["operator"]) as act:
        station = act.session.get_one(Station, office.station.id)
        assert ledger.spend_on_test(act, "card-2", station=station)
        act.record("station.test_printed", station)
    says(office, 52)
    with office.reading(office.actors["supervisor"]) as look:
        (read,) = closing.draft(look).printers
        assert (read.counted, read.since, read.made, read.differs) == (52, 2, 2, 0)
        assert closing.draft(look).tested == 1
    says(office, None)
    close(office)
    tomorrow(office)
    says(office, 60)
    with office.reading(office.actors["supervisor"]) as look:
        (read,) = closing.draft(look).printers
        assert (read.since, read.differs) == (None, 0), "it was not reported at the closing before"


@on_sqlite
def test_a_day_is_closed_once_by_a_supervisor_of_the_centre_and_never_again(office: SmallOffice) -> None:
    for who, sentence in (("operator", "A supervisor closes"), ("auditor", "A supervisor closes")):
        with pytest.raises(NotAllowed, match=sentence):
            close(office, who=who)
    with office.reading() as look:
        galati = centres.named(look, "galati")
    there = Actor(office.actors["supervisor"].id, galati.id, frozenset({RoleName.SUPERVISOR}))
    with pytest.raises(NotAllowed, match="another centre"), office.act(there) as act:
        closing.close(act, centres.named(act, "timisoara"), {})
    day_id = close(office)
    with pytest.raises(Conflict, match="closed already, as day 1"):
        close(office)
    with office.reading(there) as look, pytest.raises(NotFound):
        closing.opened(look, day_id)
    with office.reading(office.actors["auditor"]) as look:
        assert closing.opened(look, day_id).number == 1
    assert not [name for name in dir(closing) if name.startswith(("change", "correct", "reopen", "delete"))]


@on_sqlite
def test_a_day_that_was_not_closed_waits_and_a_week_end_does_not(office: SmallOffice) -> None:
    def waiting() -> int:
        with office.reading(office.actors["supervisor"]) as look:
            return closing.waiting(look)

    assert waiting() == 0, "nothing was ever closed here"
    close(office)
    tomorrow(office)
    assert waiting() == 0, "today is no delay"
    tomorrow(office)
    assert waiting() == 1
    tomorrow(office, 5)
    assert waiting() == 4, "the week end is none"
