"""The ledger of blanks: where each is, which document it became, and what is left in a feeder."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.actors import SYSTEM, Actor
from issuance.demo import supply
from issuance.errors import Conflict
from issuance.models.documents import Document
from issuance.models.staff import Centre, Station
from issuance.models.stock import Blank
from issuance.services.stations import tokens
from issuance.services.stock import ledger
from issuance.services.stock.ledger import BlankRead
from issuance.states import BlankState
from tests.fixtures.databases import on_sqlite
from tests.people import SmallOffice


def document(office: SmallOffice) -> UUID:
    request_id = office.lodge()
    office.enrol(request_id)
    return office.approve(request_id)


def bind(
    office: SmallOffice, document_id: UUID, serial: str, actor: Actor | None = None, uid: str | None = None
) -> None:
    with office.act(actor or Actor(office.station.id, office.station.centre_id, kind="station")) as act:
        ledger.bind(
            act,
            BlankRead(serial, uid),
            act.session.get_one(Document, document_id),
            BlankState.CONSUMED,
            station=act.session.get_one(Station, office.station.id),
        )
        act.record("job.done", act.session.get_one(Document, document_id))


def blank(office: SmallOffice, serial: str) -> Blank:
    with office.database.reading() as session:
        return session.scalars(select(Blank).where(Blank.serial == serial)).one()


def load(office: SmallOffice, station: Station, serials: list[str], kind: str = "card-chip") -> None:
    with office.act(SYSTEM) as act:
        here = act.session.get_one(Station, station.id)
        supply.bring(act, here, kind, serials)


def station_of(office: SmallOffice, name: str, centre: str) -> Station:
    with office.act(SYSTEM) as act:
        place = act.session.scalars(select(Centre).where(Centre.code == centre)).one()
        return tokens.add_station(act, name, place)[0]


def test_what_is_left_in_the_feeder(office: SmallOffice) -> None:
    bind(office, document(office), "card-chip-1")
    with office.reading() as look:
        left = ledger.left_at(look, [office.station])[office.station.id]
    assert left == {"booklet-blue": 19, "booklet-grey": 19, "card": 19, "card-chip": 18}


def test_a_blank_is_bound_to_its_document_once(office: SmallOffice) -> None:
    document_id = document(office)
    bind(office, document_id, "card-chip-1", uid="04AA")
    bound = blank(office, "card-chip-1")
    assert (bound.state, bound.document_id, bound.chip_uid) == ("consumed", document_id, "04AA")
    with office.database.reading() as session:
        made = session.get_one(Document, document_id)
    assert (made.blank_serial, made.chip_uid) == ("card-chip-1", "04AA")
    with pytest.raises(Conflict):
        bind(office, document_id, "card-chip-1")


@on_sqlite
@pytest.mark.parametrize("serial", ["never-seen", "booklet-blue-1", "elsewhere-1", "next-door-1"])
def test_a_blank_that_cannot_be_the_one_is_refused(office: SmallOffice, serial: str) -> None:
    load(office, station_of(office, "far-away", "galati"), ["elsewhere-1"])
    load(office, station_of(office, "next-door", "timisoara"), ["next-door-1"])
    with pytest.raises(Conflict) as refused:
        bind(office, document(office), serial)
    assert refused.value.field == "blank_serial"


def test_a_person_may_say_that_a_blank_came_from_next_door_but_not_from_another_centre(office: SmallOffice) -> None:
    load(office, station_of(office, "far-away", "galati"), ["elsewhere-1"])
    load(office, station_of(office, "next-door", "timisoara"), ["next-door-1"])
    document_id = document(office)
    supervisor = office.actors["supervisor"]
    with pytest.raises(Conflict):
        bind(office, document_id, "elsewhere-1", supervisor)
    bind(office, document_id, "next-door-1", supervisor)
    assert blank(office, "next-door-1").station_id == office.station.id


def test_one_chip_is_in_one_blank(office: SmallOffice) -> None:
    document_id = document(office)
    bind(office, document_id, "card-chip-1", uid="04AA")
    with pytest.raises(Conflict, match="another blank"):
        bind(office, document_id, "card-chip-2", uid="04AA")


def test_a_uid_is_known_in_any_spelling_and_a_random_one_is_not(office: SmallOffice) -> None:
    """ISO/IEC 14443-3, 6.5.4: four bytes that begin with 08 change each time the chip is powered."""
    document_id = document(office)
    bind(office, document_id, "card-chip-1", uid="04aabbcc112233")
    bind(office, document_id, "card-chip-2", uid="08AABBCC")
    bind(office, document_id, "card-chip-3", uid="08aabbcc")
    assert [blank(office, f"card-chip-{n}").chip_uid for n in (1, 2, 3)] == ["04AABBCC112233", None, None]
    with office.reading() as look:
        found = [ledger.is_bound(look, uid) for uid in ("04aaBBcc112233", "08AABBCC", "0811223344556677", "04", "")]
    assert found == [True, False, False, False, False]


def test_rejecting_a_document_spoils_its_blank(office: SmallOffice) -> None:
    document_id = document(office)
    bind(office, document_id, "card-chip-1")
    with office.act(office.actors["quality_officer"]) as act:
        made = act.session.get_one(Document, document_id)
        ledger.spoil(act, made)
        act.record("document.rejected", made)
    assert (blank(office, "card-chip-1").state, blank(office, "card-chip-1").document_id) == ("spoiled", document_id)
