"""Trays: what a station made of a batch, families whole, each document once; and where the check goes on."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.batches import Tray
from issuance.models.documents import Document
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.batches import running, trays
from issuance.services.production import quality
from tests.integration.batches.shared import approve, batch_of, lodged, lodged_with, made, queued, start
from tests.people import SmallOffice


def fill(office: SmallOffice, batch_id: UUID, most: int = 50) -> Tray:
    with office.act(office.actors["operator"]) as act:
        return trays.fill(act, running.own(act, batch_id), office.station, most)


def numbers(office: SmallOffice, tray: Tray) -> list[str]:
    with office.reading(office.actors["operator"]) as look:
        return [card.number for card in trays.cards(look, trays.own(look, tray.id))]


def test_families_fill_a_tray_whole_and_smaller_ones_what_is_left() -> None:
    one, two, three, four = ([uuid4() for _ in range(size)] for size in (2, 3, 1, 5))
    assert trays.fit([one, two, three], 4) == [*one, *three]
    assert trays.fit([four, one], 4) == four
    assert trays.fit([one, four, three], 4) == [*one, *three]
    assert trays.fit([], 4) == []


def test_what_was_made_goes_into_trays_each_once(office: SmallOffice) -> None:
    queued(office, "Layla", "Nour", "Sara")
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    made(office, 3)
    first, second = fill(office, found, 2), fill(office, found, 2)
    assert (first.number, second.number) == (1, 2)
    assert [len(numbers(office, tray)) for tray in (first, second)] == [2, 1]
    assert not set(numbers(office, first)) & set(numbers(office, second))
    with pytest.raises(Conflict, match="Nothing that this station made"):
        fill(office, found)
    with pytest.raises(InvalidInput, match="from 1 to 500"):
        fill(office, found, 0)


def test_a_family_waits_for_its_last_card(office: SmallOffice) -> None:
    head = lodged(office, "Layla")
    wife, alone = lodged_with(office, head, "Karim"), lodged(office, "Nour")
    for each in (head, wife, alone):
        approve(office, each)
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    assert made(office, 1) == ["Layla"]
    with pytest.raises(Conflict, match="not complete"):
        fill(office, found)
    assert made(office, 1) == ["Karim"]
    with office.reading(office.actors["operator"]) as look:
        assert [count for _, count in trays.outside(look, running.own(look, found))] == [2]
    assert len(numbers(office, fill(office, found, 1))) == 2  # larger than a tray: one of its own
    assert made(office, 1) == ["Nour"]
    assert len(numbers(office, fill(office, found))) == 1


def test_a_scanned_sheet_leads_from_card_to_card(office: SmallOffice) -> None:
    queued(office, "Layla", "Nour", "Sara")
    found = batch_of(office)
    start(office, found)
    office.open_shift()
    documents = [office.make() for _ in range(3)]
    tray = fill(office, found)
    for at, document_id in enumerate(documents):
        with office.reading(office.actors["quality_officer"]) as look:
            scanned = trays.scanned(look, tray.code.lower())
            assert scanned is not None
            progress = trays.progress(look, scanned)
            assert (progress.done, progress.total) == (at, 3)
            assert progress.next is not None
            assert progress.next.document_id == document_id
            number, serial = progress.next.number, progress.next.serial or ""
            read = [trays.card_read(look, scanned, text) for text in (number.lower(), serial, f"{number}0")]
            assert [card and card.document_id for card in read] == [document_id, document_id, None]
        if at == 1:
            with office.act(office.actors["quality_officer"]) as act:
                quality.reject(act, act.session.get_one(Document, document_id), "look: look-scratch")
        else:
            assert office.check(document_id, office.readings(document_id))
    with office.reading(office.actors["quality_officer"]) as look:
        progress = trays.progress(look, trays.own(look, tray.id))
        assert (progress.done, progress.next, [card.place for card in progress.failed]) == (3, None, [2])
        assert trays.scanned(look, "nothing") is None
    with office.reading() as look:
        there = centres.named(look, "galati").id
    stranger = Actor(office.actors["operator"].id, there, frozenset({RoleName.OPERATOR}))
    with office.reading(stranger) as look, pytest.raises(NotFound, match="no such tray"):
        trays.own(look, tray.id)
