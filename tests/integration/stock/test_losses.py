"""What nobody finds is missing, wherever it was; what turns up again is looked at by two persons."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from card_drivers.order import Outcome
from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.staff import Station
from issuance.models.stock import StrayBlank
from issuance.services import centres
from issuance.services.production import quality
from issuance.services.stock import doubts, ledger, losses
from issuance.services.stock.doubts import Way
from issuance.services.stock.strays import Kind, Stray
from issuance.services.supply.handing import Step
from tests.fixtures.databases import on_sqlite
from tests.integration.supply.test_deliveries import announce, count
from tests.integration.supply.test_handing import hand
from tests.people import SmallOffice
from tests.stacks import report, told
from tests.supply import blank, chain, check


def lose(office: SmallOffice, *serials: str, reason: str = "not in the safe", who: str = "supervisor") -> int:
    with office.act(office.actors[who]) as act:
        return losses.declare(act, centres.named(act, "timisoara"), serials, reason)


def find(office: SmallOffice, serial: str, who: str | Actor = "supervisor") -> None:
    with office.act(office.actors[who] if isinstance(who, str) else who) as act:
        losses.find(act, losses.opened(act, blank(office, serial).id), "behind the safe")


def clear(office: SmallOffice, serial: str, *, fit: bool, who: str = "operator") -> None:
    with office.act(office.actors[who]) as act:
        losses.clear(act, losses.opened(act, blank(office, serial).id), fit=fit)


def reject(office: SmallOffice, document_id: object) -> str:
    """The serial of the blank of a made document that is rejected."""
    with office.act(office.actors["quality_officer"]) as act:
        document = act.session.get_one(Document, document_id)
        quality.reject(act, document, "scratched")
        return document.blank_serial or ""


def test_a_blank_is_lost_out_of_every_place(office: SmallOffice) -> None:
    count(office, announce(office, "CT1 CT4"), "CT1 CT4")
    hand(office, Step.HAND_OUT, "CT2 CT3", "supervisor")
    hand(office, Step.TAKE_OVER, "CT3", "operator")
    spoiled = reject(office, office.carry("made").document_id)
    assert lose(office, "CT1", "ct2", "CT3", "card-5", spoiled) == 5
    assert {str(blank(office, it).state) for it in ("CT1", "CT2", "CT3", "card-5", spoiled)} == {"missing"}
    check(office)
    with office.reading(office.actors["supervisor"]) as look:
        assert len(losses.lying(look, blank(office, "CT1").state)) == 5


@on_sqlite
def test_what_cannot_be_missing_is_refused(office: SmallOffice) -> None:
    made = office.carry("made")
    with office.reading() as look:
        consumed = look.session.get_one(Document, made.document_id).blank_serial or ""
    for serial in (consumed, "never-seen"):
        with pytest.raises(InvalidInput, match=serial):
            lose(office, "card-1", serial)
    with pytest.raises(InvalidInput, match="where you looked"):
        lose(office, "card-1", reason=" ")
    lose(office, "card-1")
    with pytest.raises(InvalidInput, match="missing or destroyed"):
        lose(office, "card-1")
    assert blank(office, "card-1").state == "missing"


def test_what_is_found_goes_to_the_vault_when_another_person_looked(office: SmallOffice) -> None:
    lose(office, "card-1", "card-2")
    find(office, "card-1")
    with pytest.raises(NotAllowed, match="Another person"):
        clear(office, "card-1", fit=True, who="supervisor")
    clear(office, "card-1", fit=True)
    assert (blank(office, "card-1").state, blank(office, "card-1").station_id) == ("in_vault", None)
    assert chain(office, "card-1")[-3:] == ["lost", "found", "cleared"]
    find(office, "card-2")
    clear(office, "card-2", fit=False)
    assert blank(office, "card-2").state == "spoiled"
    for act in (lambda: find(office, "card-2"), lambda: clear(office, "card-2", fit=True)):
        with pytest.raises(Conflict, match="Open the list again"):
            act()
    check(office)


def test_what_something_was_made_on_never_comes_back_to_the_vault(office: SmallOffice) -> None:
    spoiled = reject(office, office.carry("made").document_id)
    lose(office, spoiled)
    find(office, spoiled)
    with pytest.raises(InvalidInput, match="reject bin"):
        clear(office, spoiled, fit=True)
    clear(office, spoiled, fit=False)
    assert blank(office, spoiled).state == "spoiled"
    check(office)


def test_a_missing_blank_that_a_machine_reads_is_an_alert_and_only_a_supervisor_puts_it_back(
    office: SmallOffice,
) -> None:
    case = office.carry("claimed")
    lose(office, "card-chip-1")
    report(office, case, Outcome.DONE, "card-chip-1")
    assert told(office) == [("missing", "card-chip-1")]
    assert blank(office, "card-chip-1").state == "missing"
    with office.act(office.actors["supervisor"]) as act:
        row = act.session.scalars(select(StrayBlank)).one()
        assert doubts.ways_of(row) == (Way.FOUND, Way.NOTED)
        doubts.settle_stray(act, row, Way.FOUND, "", "in the feeder of s1")
    assert blank(office, "card-chip-1").state == "found"
    check(office)


def test_a_missing_blank_that_is_scanned_at_the_check_or_spent_on_a_test_is_an_alert(office: SmallOffice) -> None:
    lose(office, "card-2", "card-3")
    with office.act(office.actors["operator"]) as act:
        station = act.session.get_one(Station, office.station.id)
        assert ledger.spend_on_test(act, "card-2", station=station) is False
        act.record("station.test_printed", station)
    with office.reading() as look, pytest.raises(Stray) as refused:
        ledger.unused(look, "card-3", office.station)
    assert refused.value.kind == Kind.MISSING
    assert told(office) == [("missing", "card-2")]


@on_sqlite
def test_a_lost_blank_found_elsewhere_is_there(office: SmallOffice) -> None:
    lose(office, "card-1")
    with office.reading() as look:
        galati = centres.named(look, "galati")
    there = Actor(office.actors["supervisor"].id, galati.id, office.actors["supervisor"].roles)
    with office.act(there) as act:
        losses.find(act, act.session.merge(blank(office, "card-1")), "in a parcel")
    assert (blank(office, "card-1").centre_id, blank(office, "card-1").state) == (galati.id, "found")
    check(office)
