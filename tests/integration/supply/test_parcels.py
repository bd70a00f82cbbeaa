"""A parcel goes from centre to centre by four hands: nobody alone, no sender acknowledges, each serial is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from issuance.actors import Actor
from issuance.acts import Act
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.audit import AuditEvent
from issuance.models.staff import RoleName
from issuance.models.supply import Parcel
from issuance.services import centres
from issuance.services.counts import closing, differences, forecast
from issuance.services.lists import number
from issuance.services.stock import accounts, losses, serials, strays
from issuance.services.stock.strays import Stray
from issuance.services.supply import parcel_lists, parcels
from issuance.services.supply.handing import Step
from issuance.services.supply.parcel_lists import Run
from issuance.services.supply.parcels import Packing, WrongHands
from tests.fixtures.databases import on_sqlite
from tests.integration.supply.test_deliveries import announce, count
from tests.integration.supply.test_handing import hand
from tests.people import SmallOffice
from tests.supply import blank, chain, check

SEAL = "S 4711"


class There:
    """Two persons of Galați, and two of Timișoara."""

    def __init__(self, office: SmallOffice) -> None:
        with office.reading() as look:
            self.galati = centres.named(look, "galati").id
        self.keeper, self.second = office.actors["supervisor"], office.actors["operator"]
        self.counter = self._of_galati(office, "clerk", RoleName.OPERATOR)
        self.receiver = self._of_galati(office, "quality_officer", RoleName.SUPERVISOR)

    def _of_galati(self, office: SmallOffice, who: str, role: RoleName) -> Actor:
        return Actor(office.actors[who].id, self.galati, frozenset({role}))


@pytest.fixture
def vault(office: SmallOffice) -> SmallOffice:
    """Ten cards lie in the vault of Timișoara."""
    count(office, announce(office, "CT01 CT10"), "CT01 CT10")
    return office


@pytest.fixture
def there(vault: SmallOffice) -> There:
    """Who sends and who receives."""
    return There(vault)


def pack(office: SmallOffice, who: Actor, said: str = "ct01 ct05", to: str = "galati") -> UUID:
    with office.act(who) as act:
        packing = Packing(centres.named(act, to), SEAL, serials.listed(said))
        return parcels.pack(act, centres.named(act, "timisoara"), packing).id


def do(office: SmallOffice, who: Actor, key: UUID, what: Callable[[Act, Parcel], None]) -> None:
    with office.act(who) as act:
        what(act, parcel_lists.opened(act, key))


def sent(office: SmallOffice, there: There, said: str = "CT01 CT05") -> UUID:
    key = pack(office, there.keeper, said)
    do(office, there.second, key, lambda act, row: parcels.send(act, row, "s4711"))
    return key


def counted(office: SmallOffice, there: There, key: UUID, found: str, seal: str = SEAL) -> None:
    do(office, there.counter, key, lambda act, row: parcels.count(act, row, seal, serials.listed(found)))


def state(office: SmallOffice, key: UUID) -> str:
    with office.reading() as look:
        return str(look.session.get_one(Parcel, key).state)


def told(office: SmallOffice, who: Actor) -> list[tuple[str, str]]:
    with office.reading(who) as look:
        return [(row.kind, row.serial) for row in strays.listed(look)]


def test_a_parcel_from_vault_to_vault_by_four_hands(vault: SmallOffice, there: There) -> None:
    key = sent(vault, there)
    with vault.reading(there.keeper) as look:
        (way,) = [row for row in accounts.of_centre(look, there.keeper.centre_id) if row.place.to_centre_id]
        assert (way.place.to_centre_id, way.stock, way.came - way.went) == (there.galati, "card", 5)
        before = {each.stock: each.lying for each in forecast.of_centre(look, there.keeper.centre_id)}
    check(vault)
    counted(vault, there, key, "ct01 ct05")
    assert (state(vault, key), blank(vault, "CT01").state) == ("counted", "in_transit")
    do(vault, there.receiver, key, parcels.acknowledge)
    here = blank(vault, "CT01")
    assert (here.state, here.centre_id, state(vault, key)) == ("in_vault", there.galati, "arrived")
    assert chain(vault, "CT01") == ["announced", "counted", "packed", "arrived"]
    with vault.reading(there.receiver) as look:
        assert {each.stock: each.lying for each in forecast.of_centre(look, there.galati)} == {"card": 5}
        assert [row.id for row in parcel_lists.ended(look)] == [key]
        move = look.session.execute(
            text("SELECT moved_by, witness_id, parcel_id FROM stock_move WHERE why = 'arrived'")
        ).first()
        assert move is not None
        assert [UUID(str(each)) for each in move] == [there.receiver.id, there.counter.id, key]
        events = look.session.scalars(select(AuditEvent.act).where(AuditEvent.act.like("parcel.%")))
        assert sorted(events) == ["parcel.acknowledged", "parcel.counted", "parcel.packed", "parcel.sent"]
    with vault.reading(there.keeper) as look:
        after = {each.stock: each.lying for each in forecast.of_centre(look, there.keeper.centre_id)}
    assert after == before, "what is in a parcel does not last here"
    assert (told(vault, there.keeper), told(vault, there.receiver)) == ([], [])
    check(vault)


def test_what_was_not_in_it_is_missing_and_both_centres_are_told(vault: SmallOffice, there: There) -> None:
    key = sent(vault, there)
    counted(vault, there, key, "CT01 CT03\nCX9", seal="S 4712")
    with vault.reading(there.receiver) as look:
        found = parcels.differences(look, parcel_lists.opened(look, key))
        assert [(row.serial, row.absent) for row in found] == [("CT04", True), ("CT05", True), ("CX9", False)]
    do(vault, there.receiver, key, parcels.acknowledge)
    assert [str(blank(vault, f"CT0{n}").state) for n in (3, 4, 5)] == ["in_vault", "missing", "missing"]
    assert blank(vault, "CT04").centre_id == there.keeper.centre_id
    with vault.reading() as look:
        code = look.session.get_one(Parcel, key).code
    of_parcel = [("not_in_parcel", code), ("seal_differs", code)]
    assert sorted(told(vault, there.keeper)) == of_parcel
    assert sorted(told(vault, there.receiver)) == [("not_announced", "CX9"), *of_parcel]
    with vault.reading(there.keeper) as look:
        assert [row.serial for row in losses.lying(look, blank(vault, "CT04").state)] == ["CT04", "CT05"]
    check(vault)


def test_a_sender_who_acknowledges_is_refused_and_recorded_and_nothing_changes(
    vault: SmallOffice, there: There
) -> None:
    key = sent(vault, there)
    on_the_roster = [replace(who, centre_id=there.galati) for who in (there.keeper, there.second)]
    of_the_sender = Actor(vault.actors["mission"].id, there.keeper.centre_id, frozenset({RoleName.SUPERVISOR}))
    acts: list[Callable[[Act, Parcel], None]] = [
        lambda act, row: parcels.count(act, row, SEAL, ["CT01"]),
        parcels.acknowledge,
        parcels.count_again,
    ]
    for who in (there.keeper, there.second, of_the_sender, *on_the_roster):
        for what in acts:
            with pytest.raises(WrongHands):
                do(vault, who, key, what)
            do(vault, who, key, parcels.refuse)
    counted(vault, there, key, "CT01 CT05")
    with pytest.raises(WrongHands):
        do(vault, on_the_roster[0], key, parcels.acknowledge)
    with vault.reading() as look:
        refused = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "parcel.refused")).all()
        assert {(each.actor_id, each.centre_id) for each in refused} >= {(there.keeper.id, there.galati)}
        assert len(refused) == 15
    assert (state(vault, key), blank(vault, "CT01").state) == ("counted", "in_transit")
    check(vault)


@pytest.mark.parametrize(
    ("column", "who"), [("received_by", "counter"), ("received_by", "keeper"), ("counted_by", "second")]
)
def test_the_database_itself_keeps_the_hands_apart(vault: SmallOffice, there: There, column: str, who: str) -> None:
    key = sent(vault, there)
    counted(vault, there, key, "CT01 CT05")
    with pytest.raises(IntegrityError), vault.database.transaction() as session:
        setattr(session.get_one(Parcel, key), column, getattr(there, who).id)


@on_sqlite
def test_nobody_signs_alone(vault: SmallOffice, there: There) -> None:
    key = pack(vault, there.keeper)
    with pytest.raises(NotAllowed, match="Another person of the centre"):
        do(vault, there.keeper, key, lambda act, row: parcels.send(act, row, SEAL))
    with pytest.raises(NotAllowed, match="another centre"):
        do(vault, there.counter, key, lambda act, row: parcels.send(act, row, SEAL))
    with pytest.raises(InvalidInput, match="not the seal"):
        do(vault, there.second, key, lambda act, row: parcels.send(act, row, "S4712"))
    with pytest.raises(Conflict, match="cannot become counted"):
        counted(vault, there, key, "CT01")
    do(vault, there.second, key, lambda act, row: parcels.send(act, row, SEAL))
    with pytest.raises(Conflict, match="cannot become arrived"):
        do(vault, there.receiver, key, parcels.acknowledge)
    counted(vault, there, key, "CT01 CT05")
    with pytest.raises(Conflict, match="cannot become counted"):
        counted(vault, there, key, "CT01 CT05")
    for what in (parcels.acknowledge, parcels.count_again):
        with pytest.raises(NotAllowed, match="You counted this parcel"):
            do(vault, there.counter, key, what)
    do(vault, there.receiver, key, parcels.acknowledge)
    with pytest.raises(Conflict, match="cannot become arrived"):
        do(vault, there.receiver, key, parcels.acknowledge)
    stranger = replace(there.receiver, centre_id=vault.actors["clerk"].id)
    with pytest.raises(NotFound):
        do(vault, stranger, key, parcels.acknowledge)
    check(vault)


def test_a_second_person_who_sees_otherwise_has_it_counted_again(vault: SmallOffice, there: There) -> None:
    key = sent(vault, there)
    counted(vault, there, key, "CT01 CT04")
    do(vault, there.receiver, key, parcels.count_again)
    with vault.reading(there.receiver) as look:
        assert parcels.differences(look, parcel_lists.opened(look, key)) == []
    counted(vault, there, key, "CT01 CT05")
    do(vault, there.receiver, key, parcels.acknowledge)
    assert blank(vault, "CT05").state == "in_vault"
    check(vault)


def test_what_nobody_signed_for_goes_back_into_the_vault(vault: SmallOffice, there: There) -> None:
    key = pack(vault, there.keeper)
    assert (blank(vault, "CT01").state, blank(vault, "CT06").state) == ("in_transit", "in_vault")
    with pytest.raises(InvalidInput, match="CT01 was not handed to anybody"):
        hand(vault, Step.TAKE_OVER, "CT01", "operator")
    do(vault, there.keeper, key, parcels.unpack)
    assert (blank(vault, "CT01").state, chain(vault, "CT01")[2:]) == ("in_vault", ["packed", "unpacked"])
    with pytest.raises(Conflict):
        do(vault, there.second, key, lambda act, row: parcels.send(act, row, SEAL))
    check(vault)


def test_a_lost_parcel_is_missing_whole_and_the_other_centre_is_told(vault: SmallOffice, there: There) -> None:
    key = sent(vault, there)
    with pytest.raises(NotAllowed, match="supervisor of the sending centre"):
        do(vault, there.second, key, lambda act, row: parcels.lose(act, row, "gone"))
    do(vault, there.keeper, key, lambda act, row: parcels.lose(act, row, "the car was robbed"))
    assert (state(vault, key), blank(vault, "CT05").state) == ("lost", "missing")
    assert [kind for kind, _ in told(vault, there.receiver)] == ["not_in_parcel"]
    with pytest.raises(Conflict):
        counted(vault, there, key, "CT01")
    with pytest.raises(Stray, match="declared missing"):
        pack(vault, there.keeper, "CT01")
    check(vault)


def test_a_blank_declared_missing_on_its_way_stays_missing_when_it_comes(vault: SmallOffice, there: There) -> None:
    key = sent(vault, there)
    with vault.act(there.keeper) as act:
        losses.declare(act, centres.named(act, "timisoara"), ["CT02"], "it fell out")
    counted(vault, there, key, "CT01 CT05")
    do(vault, there.receiver, key, parcels.acknowledge)
    assert (blank(vault, "CT02").state, told(vault, there.receiver)) == ("missing", [("missing", "CT02")])
    check(vault)


def test_what_is_not_acknowledged_in_three_working_days_is_an_alarm_at_both_centres(
    vault: SmallOffice, there: There
) -> None:
    key = sent(vault, there)
    sent_on = vault.clock.today()

    def late(who: Actor) -> list[UUID]:
        with vault.reading(who) as look:
            assert number(look, parcel_lists.late_count(look)) == len(parcel_lists.late(look))
            return [row.id for row in parcel_lists.late(look)]

    last = parcel_lists.add_working_days(sent_on, parcel_lists.days())
    vault.clock.advance(last - sent_on)
    assert (late(there.keeper), late(there.receiver)) == ([], [])
    counted(vault, there, key, "CT01 CT05")
    vault.clock.advance(dt.timedelta(days=1))
    assert (late(there.keeper), late(there.receiver)) == ([key], [key])
    with vault.reading(there.keeper) as look:
        named = [each.name for each in closing.draft(look).differences]
    assert differences.Name.PARCEL_LATE in named
    assert differences.Name.NOT_TAKEN not in named, "a parcel on its way is no hand-over that nobody took"
    do(vault, there.receiver, key, parcels.acknowledge)
    assert (late(there.keeper), late(there.receiver)) == ([], [])


def test_who_may_do_what_comes_next_is_told(vault: SmallOffice, there: There) -> None:
    def waiting() -> list[int]:
        found = []
        for who in (there.keeper, there.second, there.counter, there.receiver):
            with vault.reading(who) as look:
                found.append(parcel_lists.waiting(look))
        return found

    key = pack(vault, there.keeper)
    assert waiting() == [0, 1, 0, 0]
    do(vault, there.second, key, lambda act, row: parcels.send(act, row, SEAL))
    assert waiting() == [0, 0, 1, 1]
    counted(vault, there, key, "CT01 CT05")
    assert waiting() == [0, 0, 0, 1]
    do(vault, there.receiver, key, parcels.acknowledge)
    assert waiting() == [0, 0, 0, 0]


@on_sqlite
@pytest.mark.parametrize(
    ("said", "to", "sentence"),
    [
        ("CT01 CT11", "galati", "CT11 does not lie in the vault"),
        ("card-1", "galati", "card-1 does not lie in the vault"),
        ("CT01\nCT01", "galati", "said twice"),
        ("CT01", "timisoara", "another centre that is open"),
        ("", "galati", "Give the serials"),
    ],
)
def test_a_parcel_that_cannot_be_is_refused_whole(
    vault: SmallOffice, there: There, said: str, to: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        pack(vault, there.keeper, said, to)
    with pytest.raises(NotAllowed, match="keeps the vault"):
        pack(vault, there.second)
    with pytest.raises(NotAllowed, match="another centre"):
        pack(vault, there.receiver)
    with vault.reading(there.keeper) as look:
        assert parcel_lists.going(look) == []
    check(vault)


def test_serials_that_follow_each_other_are_one_line() -> None:
    found = parcel_lists.runs(["A1", "CT01", "CT02", "CT03", "CT05", "CU06", "X"])
    assert found == [
        Run("A1", "A1", 1),
        Run("CT01", "CT03", 3),
        Run("CT05", "CT05", 1),
        Run("CU06", "CU06", 1),
        Run("X", "X", 1),
    ]
