"""Documents of before this register: brought by one administrator, agreed to by another, and known like any other."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from issuance.chores import legacy
from issuance.errors import Conflict, InvalidInput, NotAllowed, RuleViolation
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.files import FilePart, ImportedFile, LineOutcome
from issuance.models.machinery import StatusList
from issuance.models.people import Person
from issuance.services.casework import search
from issuance.services.imports import kept
from issuance.services.legacy import files, taking
from issuance.services.life import loss
from issuance.services.life.loss import Said
from issuance.services.life.validity import Standing, standing
from issuance.services.public import lists, verdict
from issuance.services.public.police import Why, check
from issuance.services.public.verdict import Verdict
from issuance.services.statistics import periods, tables
from issuance.states import FileState
from printing.lists.status_list import Status, place, unpack
from tests.fixtures.databases import on_sqlite
from tests.integration.legacy.filed import OMAR, agree, bring, of, take_over, written
from tests.people import LAYLA, NOON, SmallOffice, changed

DAY = dt.timedelta(days=1)
LAST = dt.date(2027, 3, 4)


def document(office: SmallOffice, number: str = OMAR["number"]) -> Document:
    with office.reading() as look:
        return look.session.scalars(select(Document).where(Document.number == number)).one()


def wrong(office: SmallOffice, file: ImportedFile) -> list[tuple[int, str]]:
    """The refused lines with the field at fault."""
    with office.reading() as look:
        rows = kept.waiting(look, file.id, [LineOutcome.REFUSED], most=100)
        return [(row.line, row.field) for row in rows]


def test_whatever_looks_at_documents_knows_one_of_before(office: SmallOffice) -> None:
    file = take_over(office, OMAR)
    assert (file.state, file.lodged, file.refused) == (FileState.DONE, 1, 0)
    found = document(office)
    with office.reading(office.actors["clerk"]) as look:
        assert standing(look, found) is Standing.VALID
        assert [each.id for each in search.search(look, OMAR["number"])] == [found.request_id]
        assert [each.id for each in search.search(look, "Haddad 17.5.1988")] == [found.request_id]
        assert verdict.of_number(look, found.number, LAST).verdict is Verdict.VALID
        assert verdict.of_number(look, found.number, LAST + DAY).verdict is Verdict.NOT_OURS
    with office.upkeep() as look:
        assert lists.follow(look) >= 1
    assert listed(office) == Status.VALID
    with office.act(office.actors["police"]) as act:
        shown = check(act, found.number, next(iter(Why)))
    assert (shown.name, shown.portrait) == ("Haddad Omar", None)


def listed(office: SmallOffice) -> int:
    name, index = place(OMAR["number"]) or ("", 0)
    with office.reading() as look:
        packed = look.session.scalars(select(StatusList.packed).where(StatusList.name == name)).one()
    return unpack(packed)[index // 4] >> index % 4 * 2 & 3


def test_its_loss_is_reported_and_confirmed(office: SmallOffice) -> None:
    take_over(office, OMAR)
    with office.act(office.actors["clerk"]) as act:
        row = loss.report(
            act, loss.by_number(act, OMAR["number"], "1988-05-17"), Said("lost", "holder", act.clock.today())
        )
        row_id = row.id
    with office.act(office.actors["clerk"]) as act:
        loss.confirm(act, loss.opened(act, row_id), "lost", "portrait")
    with office.reading() as look:
        assert standing(look, document(office)) is Standing.LOST
        assert verdict.of_number(look, OMAR["number"], LAST).verdict is Verdict.NOT_VALID


def asks(office: SmallOffice, **changes: object) -> None:
    said = {name: OMAR[name] for name in ("family_name", "given_names", "birth_date", "birth_place", "sex")}
    values = said | {"native_name": "", "case_reference": "2026/TM/0777", "previous_document": OMAR["number"]} | changes
    office.lodge(changed(LAYLA, **values))


def test_it_is_renewed_when_its_time_has_come_and_for_its_holder_alone(office: SmallOffice) -> None:
    take_over(office, OMAR)
    with pytest.raises(RuleViolation, match="30 days before expiry"):
        asks(office, kind="renewal")
    with pytest.raises(RuleViolation, match="has a document of this type"):
        asks(office, kind="first", previous_document="")
    with pytest.raises(InvalidInput, match="another person's"):
        asks(office, kind="renewal", given_names="Sami", birth_date="1970-01-01")
    office.clock.advance(dt.datetime(2027, 2, 10, 9, tzinfo=dt.UTC) - NOON)
    asks(office, kind="renewal")
    with office.reading() as look:
        assert len(set(look.session.scalars(select(Document.person_id)))) == 1
        assert len(look.session.scalars(select(Person)).all()) == 1


def test_statistics_count_it_from_its_day_of_issue_to_its_end(office: SmallOffice) -> None:
    ended = OMAR | {"number": "IGI0012346", "state": "ended", "ended_on": "2025-02-10", "birth_date": "1970-02-03"}
    lost = OMAR | {"number": "IGI0012347", "state": "lost", "ended_on": "2025-02-11", "birth_date": "1971-12-30"}
    assert take_over(office, OMAR, ended, lost).lodged == 3
    table = tables.named("resvalid")
    with office.reading() as look:
        found = [tables.count(look, table, periods.of_month(table.frequency, year, 1)) for year in (2023, 2024, 2025)]
    assert [each.total for each in found] == [0, 3, 1]
    assert all(each.is_good for each in found)
    assert found[2].balance is not None
    assert found[2].balance.ended == {"before": 1, "lost": 1}


def test_the_wrong_lines_are_told_and_nothing_is_kept_unless_asked(office: SmallOffice) -> None:
    rows = [
        OMAR,
        OMAR | {"number": "RP1000001"},  # of this register's own series
        OMAR | {"number": "IGI00X"},
        OMAR,  # twice
        OMAR | {"number": "IGI0012349", "state": "lost"},
        OMAR | {"number": "IGI0012350", "expiry_date": "2024-01-01"},
        OMAR | {"number": "IGI0012351", "issue_date": "2030-01-01", "expiry_date": "2031-01-01"},
        OMAR | {"number": "IGI0012352", "centre": "nowhere"},
        OMAR | {"number": "IGI0012353", "status": "applicant"},
        OMAR | {"number": "IGI0012354", "expiry_date": ""},
        OMAR | {"number": "IGI0012355", "family_name": ""},
    ]
    file_id = bring(office, *rows)
    file = of(office, file_id)
    assert (file.state, file.lines, file.refused) == (FileState.CHECKED, 11, 10)
    assert wrong(office, file) == [
        (3, "number"), (4, "number"), (5, "number"), (6, "ended_on"), (7, "expiry_date"), (8, "issue_date"),
        (9, "centre"), (10, "status"), (11, "expiry_date"), (12, "family_name"),
    ]  # fmt: skip
    with pytest.raises(InvalidInput, match="10 lines are refused"):
        agree(office, file_id)
    with office.reading() as look:
        assert look.session.scalars(select(Document)).all() == []
    agree(office, file_id, without_refused=True)
    while legacy.keep_next(office, file_id):
        pass
    assert of(office, file_id).lodged == 1


def test_one_valid_document_of_a_group_and_nobody_alike(office: SmallOffice) -> None:
    """A second permit of one person, and somebody who may be known already: found when the lines are kept."""
    office.lodge(LAYLA)
    second = OMAR | {"number": "IGI0012399", "issue_date": "2025-01-01", "expiry_date": "2028-01-01"}
    alike = OMAR | {"number": "IGI0012400", "family_name": "Al Masri", "given_names": "Laila", "sex": "F"}
    file = take_over(office, OMAR, second, alike | {"birth_date": "1992-01-01"}, without_refused=True)
    assert (file.lodged, wrong(office, file), file.alike) == (1, [(3, "state")], 1)
    travel = OMAR | {"number": "IGI0012401", "document_type": "TD-C", "expiry_date": "2026-03-04"}
    assert take_over(office, travel).lodged == 1
    with office.reading() as look:
        persons = select(Document.person_id).where(Document.number.in_((OMAR["number"], travel["number"])))
        assert len(set(look.session.scalars(persons))) == 1


def test_a_file_brought_in_parts_twice_and_by_two_workers_keeps_each_once(
    office: SmallOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "BATCH", 2)
    rows = [OMAR | {"number": f"IGI002{n:04}", "birth_date": f"196{n}-05-17"} for n in range(5)]
    file_id = bring(office, *rows)
    agree(office, file_id)
    with office.reading() as look:
        same = taking.to_keep(look, file_id)
    assert same is not None
    assert legacy.keep_next(office, file_id)
    with office.act(office.actors["administrator"]) as act:
        assert taking.keep(act, file_id, same)  # a second worker had read the same batch
        act.record("file.paused")
    while legacy.keep_next(office, file_id):
        pass
    again = take_over(office, *rows, OMAR)
    assert (of(office, file_id).lodged, again.lodged, again.known) == (5, 1, 5)
    with office.reading() as look:
        assert look.session.scalars(select(FilePart)).all() == []
        numbers = look.session.scalars(select(Document.number)).all()
        assert len(numbers) == len(set(numbers)) == 6


def test_nobody_agrees_to_an_own_file_not_even_behind_the_code(office: SmallOffice) -> None:
    file_id = bring(office, OMAR)
    first = office.actors["administrator"]
    with pytest.raises(NotAllowed, match="Another administrator"):
        agree(office, file_id, first)
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.execute(update(ImportedFile).values(agreed_by=first.id))
    agree(office, file_id)
    with pytest.raises(Conflict, match="does not wait"):
        agree(office, file_id)


def test_a_stopped_file_keeps_nothing_more(office: SmallOffice) -> None:
    file_id = bring(office, OMAR)
    with office.act(office.actors["administrator"]) as act:
        files.stop(act, file_id)
    assert not legacy.keep_next(office, file_id)
    assert of(office, file_id).state == FileState.STOPPED


def test_every_document_has_its_event_without_a_word_of_its_holder(office: SmallOffice) -> None:
    take_over(office, OMAR)
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "document.taken_over")).one()
        kinds = {subject.kind for subject in event.subjects}
    assert (event.details, kinds) == ({"how": "valid"}, {"request", "document", "person"})


@on_sqlite
def test_a_file_of_something_else_is_refused(office: SmallOffice) -> None:
    for data in (b"", b"a,b\n1,2\n", written()):
        with pytest.raises(InvalidInput):
            files.prepare(office.vault, data)


def test_what_was_stolen_before_is_replaced(office: SmallOffice) -> None:
    """Its holder asks for a replacement of what was lost before this register."""
    take_over(office, OMAR | {"state": "stolen", "ended_on": "2026-09-01"})
    asks(office, kind="replacement", replacement_reason="stolen")
    with office.reading(office.actors["clerk"]) as look:
        found = search.search(look, "Haddad")
    assert {(each.kind, each.previous_number) for each in found} == {("first", ""), ("replacement", OMAR["number"])}
