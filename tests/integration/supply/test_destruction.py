"""Spoiled blanks are destroyed before two persons, of whom the witness spoiled none of them."""

from __future__ import annotations

from uuid import UUID

import pytest

from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import RoleName
from issuance.services.life import minutes
from issuance.services.life.minutes import Things
from issuance.services.lists import number
from issuance.services.supply import destruction
from issuance.services.supply.destruction import BLANKS
from tests.fixtures.databases import on_sqlite
from tests.integration.stock.test_losses import lose, reject
from tests.people import SmallOffice
from tests.supply import blank, chain, check


@pytest.fixture
def spoiled(office: SmallOffice) -> str:
    """The serial of a blank in the reject bin."""
    return reject(office, office.carry("made").document_id)


def begin(office: SmallOffice, *serials: str, who: str = "operator") -> UUID:
    with office.act(office.actors[who]) as act:
        return destruction.begin(act, list(serials)).id


def witness(office: SmallOffice, key: UUID, who: str | Actor = "supervisor", method: str = "shredded") -> None:
    with office.act(office.actors[who] if isinstance(who, str) else who) as act:
        destruction.witness(act, minutes.opened(act, key, BLANKS), method)


def test_two_persons_destroy_a_spoiled_blank(office: SmallOffice, spoiled: str) -> None:
    with office.reading(office.actors["supervisor"]) as look:
        assert [row.serial for row in destruction.bin_of(look)] == [spoiled]
        assert number(look, destruction.count(look)) == 1
    key = begin(office, spoiled.lower())
    with office.reading(office.actors["supervisor"]) as look:
        assert destruction.bin_of(look) == []
    witness(office, key)
    assert (blank(office, spoiled).state, chain(office, spoiled)[-1]) == ("destroyed", "destroyed")
    with office.reading(office.actors["supervisor"]) as look:
        (row,) = minutes.finished(look, BLANKS)
        assert (row.count, row.method, [it.serial for it in destruction.counted(look, row)]) == (
            1,
            "shredded",
            [spoiled],
        )
        assert minutes.finished(look, Things.DOCUMENTS) == []
    with pytest.raises(Conflict, match="finished"):
        witness(office, key)
    check(office)


@on_sqlite
def test_neither_who_counted_nor_who_spoiled_it_witnesses(office: SmallOffice, spoiled: str) -> None:
    key = begin(office, spoiled, who="supervisor")
    with pytest.raises(NotAllowed, match="You counted"):
        witness(office, key)
    with pytest.raises(NotAllowed, match="in your shift"):
        witness(office, key, "operator")
    with pytest.raises(NotAllowed, match="spoiled by you"):
        witness(office, key, "quality_officer")
    with pytest.raises(InvalidInput, match="shredded"):
        witness(office, key, "second_clerk", "drowned")
    there = Actor(office.actors["second_clerk"].id, office.actors["clerk"].centre_id, frozenset({RoleName.SUPERVISOR}))
    witness(office, key, there)
    assert blank(office, spoiled).state == "destroyed"


@on_sqlite
def test_what_does_not_lie_in_the_bin_is_not_destroyed(office: SmallOffice, spoiled: str) -> None:
    for serial in ("card-1", "never-seen"):
        with pytest.raises(InvalidInput, match=serial):
            begin(office, spoiled, serial)
    lose(office, "card-1")
    with pytest.raises(Conflict, match="declared missing"):
        begin(office, "card-1")
    key = begin(office, spoiled)
    with pytest.raises(InvalidInput, match=spoiled):
        begin(office, spoiled)
    with office.act(office.actors["supervisor"]) as act:
        destruction.give_up(act, minutes.opened(act, key, BLANKS))
    with office.reading(office.actors["supervisor"]) as look:
        assert [row.serial for row in destruction.bin_of(look)] == [spoiled]
        with pytest.raises(NotFound):
            minutes.opened(look, key, Things.DOCUMENTS)
    check(office)
