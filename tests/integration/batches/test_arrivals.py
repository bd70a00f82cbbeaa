"""Cards that come from a bureau: counted blind, signed for by a second person, late, given up."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.audit import AuditEvent
from issuance.models.batches import BureauCard, BureauParcel
from issuance.models.documents import Document
from issuance.models.staff import RoleName, Station
from issuance.services.batches import arrivals
from issuance.services.lists import number
from tests.integration.batches.shared import approve, batch_of, lodged, lodged_with, made, start
from tests.integration.batches.test_trays import fill, numbers
from tests.integration.production.test_jobs import attempts, people
from tests.integration.production.test_sent_orders import make_bureau
from tests.people import Case, SmallOffice


@pytest.fixture
def told(office: SmallOffice) -> list[Case]:
    """Two cards that the bureau said are made."""
    make_bureau(office)
    return [office.carry("made", each) for each in people(2)]


def count(office: SmallOffice, *numbers: str, seal: str = "b 17", who: str = "operator") -> UUID:
    with office.act(office.actors[who]) as act:
        return arrivals.count(act, act.session.get_one(Station, office.station.id), seal, numbers).id


def receive(office: SmallOffice, parcel_id: UUID, who: str = "supervisor") -> None:
    with office.act(office.actors[who]) as act:
        arrivals.receive(act, arrivals.own(act, parcel_id))


def coming(office: SmallOffice) -> list[int]:
    with office.reading(office.actors["operator"]) as look:
        return [each.count for each in arrivals.expected(look)]


def late(office: SmallOffice) -> tuple[int, list[str]]:
    with office.reading(office.actors["supervisor"]) as look:
        return number(look, arrivals.late_count(look)), [each.case_reference for each in arrivals.late(look)]


def give_up(office: SmallOffice, case: Case, word: str = "The carrier lost it.", who: str = "supervisor") -> None:
    with office.act(office.actors[who]) as act:
        arrivals.give_up(act, act.session.get_one(Document, case.document_id), word)


def test_one_counts_and_a_second_signs(office: SmallOffice, told: list[Case]) -> None:
    assert coming(office) == [2]
    parcel_id = count(office, f" {told[0].number.lower()} ", told[1].number)
    assert coming(office) == []
    with pytest.raises(NotAllowed, match="second person"):
        receive(office, parcel_id, "operator")
    receive(office, parcel_id)
    with pytest.raises(Conflict, match="signed for"):
        receive(office, parcel_id)
    with office.reading() as look:
        row = look.session.scalars(select(BureauParcel)).one()
        assert (row.seal, row.counted_by, row.received_by) == (
            "B 17",
            office.actors["operator"].id,
            office.actors["supervisor"].id,
        )
        said = list(look.session.scalars(select(AuditEvent.act).where(AuditEvent.act.startswith("bureau."))))
    assert sorted(said) == ["bureau.counted", "bureau.received"]


@pytest.mark.parametrize("strange", ["RP9999999", "nothing of the sort"])
def test_a_number_that_does_not_come_from_there_is_refused(office: SmallOffice, told: list[Case], strange: str) -> None:
    with pytest.raises(InvalidInput, match="Lay it apart") as refused:
        count(office, told[0].number, strange)
    assert refused.value.field == "numbers"
    assert coming(office) == [2]


def test_a_card_comes_once(office: SmallOffice, told: list[Case]) -> None:
    count(office, told[0].number)
    with pytest.raises(InvalidInput, match="came before"):
        count(office, told[0].number)
    assert coming(office) == [1]


@pytest.mark.parametrize(
    ("seal", "numbers", "field"), [("", ["x"], "seal"), ("1", [], "numbers"), ("1", [" "], "numbers")]
)
def test_what_is_missing_is_named(
    office: SmallOffice, told: list[Case], seal: str, numbers: list[str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        count(office, *numbers, seal=seal)
    assert refused.value.field == field


def test_counted_anew_nothing_is_left_of_it(office: SmallOffice, told: list[Case]) -> None:
    parcel_id = count(office, told[0].number)
    with office.act(office.actors["supervisor"]) as act:
        arrivals.count_again(act, arrivals.own(act, parcel_id))
    assert coming(office) == [2]
    with office.reading() as look:
        assert not look.session.scalars(select(BureauCard)).all()


def test_what_does_not_come_is_late_and_made_anew(office: SmallOffice, told: list[Case]) -> None:
    receive(office, count(office, told[0].number))
    office.clock.advance(dt.timedelta(days=arrivals.DAYS, minutes=-1))
    assert late(office) == (0, [])
    office.clock.advance(dt.timedelta(minutes=1))
    assert late(office)[0] == 1
    with pytest.raises(NotAllowed, match="supervisor"):
        give_up(office, told[1], who="operator")
    with pytest.raises(InvalidInput, match="answered"):
        give_up(office, told[1], " ")
    give_up(office, told[1])
    assert [each.state for each in attempts(office, told[1].document_id)] == ["cancelled", "prepared"]
    assert late(office) == (0, [])
    with pytest.raises(NotFound, match="not on its way"):
        give_up(office, told[0])


def test_a_tray_takes_what_was_signed_for_and_families_whole(office: SmallOffice) -> None:
    head = lodged(office, "Layla")
    for each in (head, lodged_with(office, head, "Karim"), lodged(office, "Nour")):
        approve(office, each)
    batch_id = batch_of(office)
    start(office, batch_id)
    office.open_shift()
    made(office, 3)
    make_bureau(office)
    with pytest.raises(Conflict, match="Nothing that this station made"):
        fill(office, batch_id)
    family, alone = by_name(office, "Layla", "Karim"), by_name(office, "Nour")
    receive(office, count(office, family[0], *alone))
    assert numbers(office, fill(office, batch_id)) == alone
    receive(office, count(office, family[1]))
    assert numbers(office, fill(office, batch_id)) == family


def by_name(office: SmallOffice, *given: str) -> list[str]:
    """The numbers of the documents of these persons."""
    with office.reading() as look:
        found = look.session.scalars(select(Document).order_by(Document.id)).unique().all()
        return [each.number for name in given for each in found if each.request.person.given_names == name]


def test_another_centre_sees_and_signs_nothing(office: SmallOffice, told: list[Case]) -> None:
    parcel_id = count(office, told[0].number)
    elsewhere = Actor(uuid4(), uuid4(), frozenset({RoleName.SUPERVISOR}))
    with office.reading(elsewhere) as look:
        assert (arrivals.expected(look), arrivals.waiting(look), arrivals.bureaus(look)) == ([], [], [])
        with pytest.raises(NotFound):
            arrivals.own(look, parcel_id)
