"""What a supplier announced is counted by a second person: what came, what did not, and what nobody announced."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.audit import AuditEvent
from issuance.models.supply import Delivery
from issuance.services import centres
from issuance.services.stock import serials
from issuance.services.supply import deliveries
from issuance.services.supply.deliveries import Counted, Manifest
from tests.fixtures.databases import on_sqlite
from tests.people import SmallOffice
from tests.stacks import told
from tests.supply import blank, chain, check


def announce(office: SmallOffice, text: str, stock: str = "card", who: str = "supervisor") -> Delivery:
    with office.act(office.actors[who]) as act:
        said = Manifest("AV 12/2026", stock, serials.listed(text))
        return deliveries.announce(act, centres.named(act, "timisoara"), said)


def count(office: SmallOffice, delivery: Delivery, text: str, who: str | Actor = "operator") -> Counted:
    with office.act(office.actors[who] if isinstance(who, str) else who) as act:
        return deliveries.count(act, deliveries.opened(act, delivery.id), serials.listed(text))


def test_what_came_is_in_the_vault_and_what_did_not_is_missing(office: SmallOffice) -> None:
    delivery = announce(office, "CT0001 CT0010")
    assert (blank(office, "CT0004").state, chain(office, "CT0004")) == ("received", ["announced"])
    found = count(office, delivery, "CT0001 CT0003\nct0005\nCT0006 CT0010\nCX0007")
    assert found == Counted(came=9, absent=["CT0004"], strange=["CX0007"])
    assert (blank(office, "CT0005").state, chain(office, "CT0005")) == ("in_vault", ["announced", "counted"])
    assert (blank(office, "CT0004").state, chain(office, "CT0004")) == ("missing", ["announced", "lost"])
    assert told(office) == [("not_announced", "CX0007")]
    with office.reading(office.actors["supervisor"]) as look:
        (row,) = (row for row in deliveries.counted(look) if row.id == delivery.id)
        assert (row.announced, row.came, deliveries.absent(look, row)) == (10, 9, ["CT0004"])
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "stock.delivery_counted")).all()[-1]
        assert {key: event.details[key] for key in ("count", "missing", "strange")} == {
            "count": 10, "missing": 1, "strange": 1,
        }  # fmt: skip
    check(office)


def test_a_blank_of_a_delivery_that_was_missing_before_raises_an_alert(office: SmallOffice) -> None:
    count(office, announce(office, "CT1 CT3"), "CT1 CT2")
    count(office, announce(office, "CT4 CT6"), "CT3 CT6")
    assert told(office) == [("missing", "CT3")]
    assert blank(office, "CT3").state == "missing"
    check(office)


@on_sqlite
def test_who_typed_the_manifest_does_not_count(office: SmallOffice) -> None:
    delivery = announce(office, "CT1 CT3")
    with pytest.raises(NotAllowed, match="Another person counts"):
        count(office, delivery, "CT1 CT3", "supervisor")
    count(office, delivery, "CT1 CT3")
    with pytest.raises(Conflict, match="counted meanwhile"):
        count(office, delivery, "CT1 CT3")
    check(office)


@on_sqlite
@pytest.mark.parametrize(
    ("text", "stock", "sentence"),
    [
        ("CT1 CT3\nCT3 CT5", "card", "CT3 is said twice: the ranges overlap"),
        ("CT1\nCT1", "card", "CT1 is said twice"),
        ("card-7", "card", "card-7 is in the ledger already. Look whether this manifest was typed before"),
        ("card-6 card-8", "card-chip", "is in the ledger already, and of another stock"),
        ("CT1 CT3", "paper", "Choose one of booklet-blue"),
        ("CT1 CX3", "card", "not of the same series"),
        ("CT1 CT9 CT12", "card", "A line has one serial, or two"),
        ("CT00001 CT99999", "card", "at most 5000 are taken at once"),
        ("", "card", "Give the serials"),
        ("serial\n", "card", "Give the serials"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused_whole(office: SmallOffice, text: str, stock: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        announce(office, text, stock)
    with office.reading(office.actors["supervisor"]) as look:
        assert deliveries.waiting(look) == []
    check(office)


@pytest.mark.parametrize(
    "text", ["CT1\nCT2\nCT3", "serial\nCT1\nCT2\nCT3\n", 'first,last\r\n"CT1","CT3"\r\n', "first;last\nCT3;CT1"]
)
def test_a_manifest_is_a_list_a_range_or_a_table(text: str) -> None:
    assert sorted(serials.listed(text)) == ["CT1", "CT2", "CT3"]
