"""What nobody collects: noted by the nightly task, into the vault, back to the window, or destroyed by two persons."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from issuance import document_types, tasks
from issuance.actors import SYSTEM
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.services.life import collection, destruction
from issuance.services.lists import number
from issuance.services.trust import events
from issuance.states import DocumentState, RequestState
from tests.fixtures.databases import on_sqlite
from tests.people import Case, SmallOffice


def days(office: SmallOffice, count: int) -> None:
    office.clock.advance(dt.timedelta(days=count))
    office.keep_time()


def states(office: SmallOffice, case: Case) -> tuple[str, str]:
    with office.reading() as look:
        document = look.session.get_one(Document, case.document_id)
        return str(document.request.state), str(document.state)


def do(office: SmallOffice, case: Case, what: str, *more: str, who: str = "clerk") -> None:
    with office.act(office.actors[who]) as act:
        getattr(collection, what)(act, act.session.get_one(IssuanceRequest, case.request_id), *more)


@pytest.fixture
def uncollected(office: SmallOffice, checked: Case) -> Case:
    days(office, 31)
    tasks.note_uncollected(office)
    return checked


@pytest.mark.parametrize(("waited", "state"), [(30, RequestState.READY), (31, RequestState.UNCOLLECTED)])
def test_what_waits_longer_than_the_type_says_is_noted(
    office: SmallOffice, checked: Case, waited: int, state: RequestState
) -> None:
    days(office, waited)
    for _ in range(2):
        tasks.note_uncollected(office)
    assert states(office, checked) == (state, DocumentState.CHECKED)
    with office.reading(office.actors["clerk"]) as look:
        assert (
            len(collection.listed(look)) == number(look, collection.count(look)) == (state is RequestState.UNCOLLECTED)
        )
        noted = [event.act for event in events.life_line(look, checked.request_id)].count("document.uncollected")
        assert noted == (state is RequestState.UNCOLLECTED)


@on_sqlite
def test_what_is_not_ready_yet_is_not_noted(office: SmallOffice, made: Case) -> None:
    days(office, 200)
    with office.act(SYSTEM) as act:
        assert collection.note(act) == 0


def test_the_holder_comes_after_all_and_the_days_begin_anew(office: SmallOffice, uncollected: Case) -> None:
    do(office, uncollected, "bring_back")
    assert states(office, uncollected) == ("ready", "checked")
    days(office, 30)
    tasks.note_uncollected(office)
    assert states(office, uncollected) == ("ready", "checked")
    days(office, 1)
    tasks.note_uncollected(office)
    assert states(office, uncollected) == ("uncollected", "checked")
    with office.reading(office.actors["clerk"]) as look:
        assert [row.ready_on for row in collection.listed(look)] == [dt.date(2026, 12, 3)]


def test_only_at_the_window_it_is_handed_over(office: SmallOffice, uncollected: Case) -> None:
    with pytest.raises(Conflict, match="not ready"):
        office.hand_over(uncollected.request_id, uncollected.number)
    do(office, uncollected, "bring_back")
    office.hand_over(uncollected.request_id, uncollected.number)
    assert states(office, uncollected) == ("delivered", "valid")


def test_into_the_vault_then_the_bin_then_destroyed_by_two(office: SmallOffice, uncollected: Case) -> None:
    with pytest.raises(Conflict, match=r"Until 31\.12\.2026"):
        do(office, uncollected, "vault", "safe 2, drawer 7")
    days(office, 29)
    do(office, uncollected, "vault", " safe 2, drawer 7 ")
    with pytest.raises(Conflict, match=r"until 30\.04\.2027"):
        do(office, uncollected, "discard")
    days(office, 120)
    do(office, uncollected, "discard")
    assert states(office, uncollected) == ("closed", "cancelled")
    with office.act(office.actors["clerk"]) as act:
        key = destruction.begin(act, [uncollected.number]).id
    with office.act(office.actors["supervisor"]) as act:
        destruction.witness(act, destruction.opened(act, key), "shredded")
    assert states(office, uncollected) == ("closed", "cancelled")
    with office.reading(office.actors["clerk"]) as look:
        document = look.session.scalars(select(Document)).one()
        assert (destruction.is_destroyed(look, document), number(look, destruction.count(look))) == (True, 0)
        assert collection.listed(look) == []
        assert document.request.ended_on == look.clock.today()


@on_sqlite
def test_it_is_said_where_it_lies(office: SmallOffice, uncollected: Case) -> None:
    days(office, 29)
    for place in (" ", "x" * 61):
        with pytest.raises(InvalidInput) as refused:
            do(office, uncollected, "vault", place)
        assert refused.value.field == "place"
    do(office, uncollected, "vault", "safe 2", who="supervisor")
    do(office, uncollected, "vault", "safe 3")
    with office.reading(office.actors["clerk"]) as look:
        assert [row.place for row in collection.listed(look)] == ["safe 3"]


@on_sqlite
@pytest.mark.parametrize("what", ["bring_back", "discard"])
def test_what_is_collected_is_not_in_the_vault(office: SmallOffice, checked: Case, what: str) -> None:
    with pytest.raises(Conflict, match="not among those"):
        do(office, checked, what)
    assert states(office, checked) == ("ready", "checked")


# Typed from the files' own assumption, so that a change of one day is seen.
DAYS = {"RC": (15, 30, 90), "TID": (15, 30, 90), "RT": (10, 20, 30)}


@pytest.mark.parametrize("code", document_types.load())
def test_every_type_says_how_long_its_document_waits(code: str) -> None:
    rules = document_types.get(code).rules[-1].collection
    assert rules is not None
    said = (rules.noted_after_days, rules.vault_after_days, rules.destroyed_after_days)
    assert said == DAYS.get(code, (30, 60, 180))
    assert any("how long a document waits" in each.en for each in document_types.get(code).rules[-1].assumptions)
