"""Spoiled blanks are looked for one by one, by who did not spoil them: they lie in the bin, or they are missing."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from card_drivers.order import Outcome
from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.staff import RoleName
from issuance.models.stock import Blank
from issuance.models.supply import Why
from issuance.services.lists import number
from issuance.services.production import quality
from issuance.services.stock import accounts, losses, rejects
from issuance.services.supply import destruction
from tests.fixtures.databases import on_sqlite
from tests.integration.transfers.shared import there
from tests.people import LAYLA, Case, SmallOffice, changed


def spoil(office: SmallOffice) -> Blank:
    """A card is spoiled while it is printed."""
    case = office.carry("claimed")
    office.make(Outcome.SPOILED, case.claim, step="print")
    return only(office)


def only(office: SmallOffice) -> Blank:
    with office.reading(office.actors["supervisor"]) as look:
        (row,) = rejects.unseen(look)
        return row.blank


def see(office: SmallOffice, blank_id: UUID, serial: str, actor: Actor | None = None) -> None:
    with office.act(actor or office.actors["supervisor"]) as act:
        rejects.see(act, losses.opened(act, blank_id), serial, "It lay there.")


def waiting(office: SmallOffice) -> tuple[int, list[str]]:
    with office.reading(office.actors["supervisor"]) as look:
        return number(look, rejects.count(look)), [row.blank.serial for row in rejects.unseen(look)]


def test_a_card_spoiled_at_the_machine_is_looked_for_and_seen_in_the_bin(office: SmallOffice) -> None:
    blank = spoil(office)
    with office.reading(office.actors["supervisor"]) as look:
        (row,) = rejects.unseen(look)
        assert row.document is not None
        assert row.job is not None
        assert (row.why, row.job.station_id) == (Why.MADE, office.station.id)
    see(office, blank.id, f" {blank.serial.lower()} ")
    assert waiting(office) == (0, [])
    with office.reading() as look:
        events = list(look.session.scalars(select(AuditEvent.act).order_by(AuditEvent.id)))
        assert events[-1] == "stock.spoiled_seen"
    with pytest.raises(Conflict, match="saw to this blank already"):
        see(office, blank.id, blank.serial)


def test_a_card_rejected_at_the_check_is_looked_for_too(office: SmallOffice, made: Case) -> None:
    with office.act(office.actors["quality_officer"]) as act:
        quality.reject(act, act.session.get_one(Document, made.document_id), "look: look-print")
    with office.reading(office.actors["supervisor"]) as look:
        (row,) = rejects.unseen(look)
        assert row.why == Why.REJECTED
        found = rejects.scanned(look, f" {row.blank.serial} ")
        assert (found and found.id, rejects.scanned(look, "card-chip-18")) == (row.blank.id, None)


def test_another_card_is_named_and_nothing_is_changed(office: SmallOffice) -> None:
    blank = spoil(office)
    with pytest.raises(InvalidInput, match=f"card-chip-18, and {blank.serial} is looked for") as refused:
        see(office, blank.id, "card-chip-18")
    assert refused.value.field == "serial"
    with pytest.raises(InvalidInput, match="This says -"):
        see(office, blank.id, "")
    assert waiting(office) == (1, [blank.serial])


def test_what_is_nowhere_is_missing_and_the_ledger_agrees(office: SmallOffice) -> None:
    blank = spoil(office)
    with office.act(office.actors["supervisor"]) as act, pytest.raises(InvalidInput, match="Say where you looked"):
        rejects.miss(act, losses.opened(act, blank.id), " ")
    with office.act(office.actors["supervisor"]) as act:
        rejects.miss(act, losses.opened(act, blank.id), "Neither tray nor printer.")
    assert waiting(office) == (0, [])
    with office.reading() as look:
        assert look.session.get_one(Blank, blank.id).state == "missing"
        assert accounts.wrong(look) == []


def test_who_spoiled_it_is_not_who_looks(office: SmallOffice) -> None:
    blank = spoil(office)
    operator = office.actors["operator"]
    both = Actor(operator.id, operator.centre_id, frozenset({RoleName.SUPERVISOR}))
    with pytest.raises(NotAllowed, match="Another person looks for it"):
        see(office, blank.id, blank.serial, both)
    assert waiting(office) == (1, [blank.serial])


def test_what_is_counted_for_destruction_was_seen_and_what_moves_is_looked_for_anew(office: SmallOffice) -> None:
    blank = spoil(office)
    with office.act(office.actors["operator"]) as act:
        destruction.begin(act, [blank.serial])
    assert waiting(office) == (0, [])
    other = office.carry("claimed", changed(LAYLA, given_names="Nour", native_name="", case_reference="2026/TM/2"))
    office.make(Outcome.SPOILED, other.claim, step="print")
    lost = only(office)
    with office.act(office.actors["supervisor"]) as act:
        rejects.miss(act, losses.opened(act, lost.id), "Nowhere.")
    with office.act(office.actors["supervisor"]) as act:
        losses.find(act, losses.opened(act, lost.id), "behind the printer")
    with office.act(office.actors["administrator"]) as act:
        losses.clear(act, losses.opened(act, lost.id), fit=False)
    assert waiting(office) == (1, [lost.serial])


@on_sqlite
def test_another_centres_spoiled_blanks_are_not_there(office: SmallOffice) -> None:
    blank = spoil(office)
    far = there(office)
    with office.reading(far) as look:
        assert (number(look, rejects.count(look)), rejects.unseen(look), rejects.scanned(look, blank.serial)) == (
            0,
            [],
            None,
        )
    with office.act(far) as act, pytest.raises(NotAllowed, match="another centre"):
        rejects.see(act, act.session.get_one(Blank, blank.id), blank.serial, "seen")
