"""Lines that name somebody alike: another administrator than who brought the file says whose the documents are."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from issuance.actors import Actor
from issuance.chores import legacy
from issuance.errors import Conflict, NotAllowed
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.files import FileLine, ImportedFile, LineOutcome
from issuance.models.people import Namesakes, Person
from issuance.services.imports import kept
from issuance.services.imports.lines import Decision
from issuance.services.legacy import files
from issuance.states import FileState
from tests.integration.legacy.filed import OMAR, agree, bring, of, take_over
from tests.integration.life.test_retention import second_administrator
from tests.people import LAYLA, SmallOffice

ALIKE = OMAR | {
    "number": "IGI0012400", "family_name": "Al Masri", "given_names": "Laila", "sex": "F", "birth_date": "1992-01-01"
}  # fmt: skip
LIKE_OMAR = OMAR | {"number": "IGI0012500", "given_names": "Umar", "birth_place": "Hama"}


def decide(office: SmallOffice, file_id: UUID, who: Actor, *, chosen: str = "") -> int:
    """On every line that waits: the first who is alike, another one, or set aside."""
    with office.reading(who) as look:
        found = list(files.to_decide(look, file_id))
    shown = {line: frozenset(each.id for each in alike) for line, _, alike, _ in found}
    choices = {
        line: None if chosen == "aside" else Decision(alike[0].id if chosen == "first" else None, shown[line])
        for line, _, alike, _ in found
    }
    with office.act(who) as act:
        return files.decide(act, file_id, choices)


def keep(office: SmallOffice, file_id: UUID) -> None:
    while legacy.keep_next(office, file_id):
        pass


def persons(office: SmallOffice) -> int:
    with office.reading() as look:
        return look.session.scalar(select(func.count()).select_from(Person)) or 0


def test_who_is_alike_is_decided_on_and_kept(office: SmallOffice) -> None:
    """Found by the check; decided before the agreement, and kept with the others."""
    office.lodge(LAYLA)
    file_id, other = bring(office, OMAR, ALIKE), second_administrator(office)
    assert (of(office, file_id).alike, of(office, file_id).refused) == (1, 0)
    assert decide(office, file_id, other, chosen="first") == 1
    agree(office, file_id, other)
    keep(office, file_id)
    file = of(office, file_id)
    assert (file.state, file.lodged, file.alike, file.refused) == (FileState.DONE, 2, 0, 0)
    with office.reading() as look:
        assert look.session.scalars(select(FileLine)).all() == []
        found = look.session.scalars(select(Document).where(Document.number == ALIKE["number"])).one()
        assert found.person.eurodac_reference == LAYLA.identity.eurodac_reference or found.person.full_name.startswith(
            LAYLA.identity.latin.family_name
        )
    assert persons(office) == 2


def test_somebody_like_a_line_above_waits_until_that_one_is_kept(office: SmallOffice) -> None:
    """Both are in one file; the second is decided on after the agreement, and another person of their own."""
    file_id, other = bring(office, OMAR, LIKE_OMAR), second_administrator(office)
    agree(office, file_id, other)
    keep(office, file_id)
    assert (of(office, file_id).state, of(office, file_id).lodged, of(office, file_id).alike) == (FileState.DONE, 1, 1)
    assert decide(office, file_id, other) == 1
    assert of(office, file_id).state == FileState.LODGING
    keep(office, file_id)
    file = of(office, file_id)
    assert (file.state, file.lodged, file.alike) == (FileState.DONE, 2, 0)
    assert persons(office) == 2
    with office.reading() as look:
        assert len(look.session.scalars(select(Namesakes)).all()) == 1
    again = take_over(office, LIKE_OMAR, OMAR)
    assert (again.lodged, again.known, again.alike) == (0, 2, 0)


def test_a_line_that_is_set_aside_stands_among_the_refused(office: SmallOffice) -> None:
    office.lodge(LAYLA)
    file_id, other = bring(office, OMAR, ALIKE), second_administrator(office)
    agree(office, file_id, other)
    keep(office, file_id)
    assert decide(office, file_id, other, chosen="aside") == 1
    file = of(office, file_id)
    assert (file.state, file.alike, file.refused) == (FileState.DONE, 0, 1)
    with office.reading() as look:
        (row,) = kept.waiting(look, file_id, [LineOutcome.REFUSED], most=5)
        assert "set aside" in kept.read(look.vault, row).error.message
        details = look.session.scalars(select(AuditEvent.details).where(AuditEvent.act == "file.decided")).one()
    assert details == {"count": 0, "aside": 1}


def test_who_brought_the_file_decides_on_none_of_its_lines(office: SmallOffice) -> None:
    office.lodge(LAYLA)
    file_id, first = bring(office, OMAR, ALIKE), office.actors["administrator"]
    with pytest.raises(NotAllowed, match="Another administrator says"):
        decide(office, file_id, first)
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.execute(update(ImportedFile).values(decided_by=first.id))


def test_nothing_is_decided_in_a_file_that_was_stopped(office: SmallOffice) -> None:
    office.lodge(LAYLA)
    file_id, other = bring(office, OMAR, ALIKE), second_administrator(office)
    with office.act(other) as act:
        files.stop(act, file_id)
    with pytest.raises(Conflict, match="Nothing of this file"):
        decide(office, file_id, other)


def test_a_document_of_the_chosen_person_that_holds_is_not_doubled(office: SmallOffice) -> None:
    """The decision stands; the line is refused by the rule, and says which document."""
    take_over(office, OMAR)
    file_id, other = bring(office, LIKE_OMAR), second_administrator(office)
    agree(office, file_id, other)
    assert decide(office, file_id, other, chosen="first") == 1
    keep(office, file_id)
    file = of(office, file_id)
    assert (file.lodged, file.refused, file.alike) == (0, 1, 0)
    with office.reading() as look:
        (row,) = kept.waiting(look, file_id, [LineOutcome.REFUSED], most=5)
        assert row.field == "state"
