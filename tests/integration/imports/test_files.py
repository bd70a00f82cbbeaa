"""The record of a file: checked without a write, lodged in short batches, brought once, decided on, forgotten."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from uuid import UUID

import pytest
from sqlalchemy import func, select

from issuance import background
from issuance import tasks as office_tasks
from issuance.actors import SYSTEM
from issuance.acts import Unwitnessed
from issuance.background import HANDLERS, enqueue
from issuance.chores import files as tasks
from issuance.db import Database
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.audit import AuditEvent
from issuance.models.files import FileLine, FilePart, ImportedFile
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.imports import batches, checking, deciding, files, forgetting, kept, lines
from issuance.services.imports.files import BroughtBefore
from issuance.services.imports.lines import Decision
from tests.fixtures.databases import on_sqlite
from tests.integration.imports.test_lines import FIRST, NEXT, ROW, file_of
from tests.people import SmallOffice


def people(count: int, start: int = 0) -> list[dict[str, str]]:
    """Lines of so many persons, nobody like another."""
    letters = "bcdfghjklmnprstvz"
    names = ["".join(pair).capitalize() for pair in itertools.product(letters, "aeiou", letters, "aeiou", letters)]
    return [
        ROW
        | {
            "case_reference": f"F/{number}",
            "family_name": names[number * 37 % len(names)],
            "given_names": names[number * 101 % len(names)],
            "native_name": "",
            "birth_date": f"19{60 + number % 40}-{1 + number % 12:02}-{1 + number % 28:02}",
        }
        for number in range(start, start + count)
    ]


def bring(office: SmallOffice, data: bytes, *, check: bool = True) -> UUID:
    brought = files.prepare(office.vault, data)
    with office.act(office.actors["supervisor"]) as act:
        file_id = files.bring(act, brought).id
    while check and tasks.check_next(office, file_id):
        pass
    return file_id


def lodge(office: SmallOffice, file_id: UUID, *, begin: bool = True) -> None:
    if begin:
        with office.act(office.actors["supervisor"]) as act:
            files.begin_lodging(act, file_id)
    while tasks.lodge_next(office, file_id):
        pass


def file(office: SmallOffice, file_id: UUID) -> ImportedFile:
    with office.reading() as look:
        return look.session.get_one(ImportedFile, file_id)


def counted(office: SmallOffice, file_id: UUID) -> dict[str, int]:
    row = file(office, file_id)
    return {name: getattr(row, name) for name in ("lodged", "known", "refused", "alike")}


def lodged(office: SmallOffice) -> list[str]:
    with office.reading() as look:
        return sorted(look.session.scalars(select(IssuanceRequest.case_reference)))


def events(office: SmallOffice, name: str) -> list[AuditEvent]:
    with office.reading() as look:
        return list(look.session.scalars(select(AuditEvent).where(AuditEvent.act == name).order_by(AuditEvent.id)))


def waiting(office: SmallOffice, file_id: UUID) -> list[tuple[int, str, str]]:
    with office.reading() as look:
        rows = look.session.scalars(select(FileLine).where(FileLine.file_id == file_id).order_by(FileLine.line))
        return [(row.line, str(row.outcome), row.field) for row in rows]


WRONG = NEXT | {"case_reference": "W1", "sex": "?"}
ELSEWHERE = NEXT | {"case_reference": "W2", "centre": "galati"}
UNLAWFUL = FIRST | {"case_reference": "W3", "document_type": "TD-C", "kind": "extension", "previous_document": "TD1"}


def test_a_file_is_checked_and_then_lodged(office: SmallOffice) -> None:
    file_id = bring(office, file_of(*people(60), WRONG, ELSEWHERE, UNLAWFUL))
    assert (file(office, file_id).state, lodged(office)) == ("checked", [])
    assert counted(office, file_id) == {"lodged": 0, "known": 0, "refused": 3, "alike": 0}
    assert [each[::2] for each in waiting(office, file_id)] == [(62, "sex"), (63, "centre"), (64, "kind")]
    lodge(office, file_id)
    assert file(office, file_id).state == "done"
    assert counted(office, file_id) == {"lodged": 60, "known": 0, "refused": 3, "alike": 0}
    assert len(lodged(office)) == len(events(office, "request.lodged")) == 60
    assert {each.actor_id for each in events(office, "request.lodged")} == {office.actors["supervisor"].id}
    assert sum(each.details["count"] for each in events(office, "file.lines_lodged")) == 60
    with office.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(FilePart)) == 0


def test_what_the_check_says_lodging_says(office: SmallOffice) -> None:
    """Every line that the check lets pass is lodged, for a person who is there and for one who is new."""
    again = NEXT | {"case_reference": "A3", "document_type": "RP-R", "birth_place": "Homs", "kind": "first"}
    lodge(office, bring(office, file_of(FIRST)))
    file_id = bring(office, file_of(NEXT, again, *people(3)))
    assert waiting(office, file_id) == [(3, "refused", "document_type")]
    lodge(office, file_id)
    assert (file(office, file_id).lodged, len(lodged(office))) == (4, 5)


@on_sqlite
def test_checking_writes_nothing_but_what_it_found(office: SmallOffice) -> None:
    file_id = bring(office, file_of(*people(3)), check=False)
    with office.act(SYSTEM) as act:
        checking.begin(act, file_id)
    with office.reading() as look:
        found = checking.look_at(look, file_id)
        assert not look.session.new
        assert not look.session.dirty
        assert (found.count, found.waiting) == (3, ())


def test_a_batch_ends_with_its_time_and_the_next_goes_on(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id = bring(office, file_of(*people(5), WRONG))
    monkeypatch.setattr(batches, "HELD", -1.0)
    monkeypatch.setattr(lines, "TOGETHER", 1)
    lodge(office, file_id)
    assert [each.details["count"] for each in events(office, "file.lines_lodged")] == [1, 1, 1, 1, 1]
    assert len(lodged(office)) == 5


def test_the_same_file_is_recognised(office: SmallOffice) -> None:
    data = file_of(*people(2))
    file_id = bring(office, data)
    with pytest.raises(BroughtBefore) as before:
        bring(office, data)
    assert before.value.file_id == file_id
    with office.act(office.actors["supervisor"]) as act:
        files.stop(act, file_id)
    other = bring(office, data)
    assert other != file_id, "a stopped file may be brought again"
    lodge(office, other)
    with pytest.raises(BroughtBefore):
        bring(office, data)


def test_two_files_with_the_same_lines_at_once(office: SmallOffice) -> None:
    first = bring(office, file_of(*people(30)))
    second = bring(office, file_of(*people(40)))
    with office.act(office.actors["supervisor"]) as act:
        files.begin_lodging(act, first)
        files.begin_lodging(act, second)
    failed: list[BaseException] = []
    url = office.database.engine.url.render_as_string(hide_password=False)

    def run(file_id: UUID) -> None:
        other = SmallOffice(Database(url), office.clock, memory=office.memory)
        try:
            lodge(other, file_id, begin=False)
        except BaseException as error:  # told by the test
            failed.append(error)
        finally:
            other.database.engine.dispose()

    threads = [threading.Thread(target=run, args=(each,)) for each in (first, second, first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    one, two = counted(office, first), counted(office, second)
    assert (one["lodged"] + one["known"], two["lodged"] + two["known"]) == (30, 40)
    assert one["lodged"] + two["lodged"] == len(lodged(office)) == 40
    with office.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(Person)) == 40


def test_paused_it_stays_where_it_is_and_goes_on(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "HELD", -1.0)
    monkeypatch.setattr(lines, "TOGETHER", 1)
    file_id, supervisor = bring(office, file_of(*people(3))), office.actors["supervisor"]
    with office.act(supervisor) as act:
        files.begin_lodging(act, file_id)
    assert tasks.lodge_next(office, file_id)
    with office.act(supervisor) as act:
        files.pause(act, file_id)
    assert not tasks.lodge_next(office, file_id)
    assert len(lodged(office)) == 1
    with office.act(supervisor) as act, pytest.raises(Conflict):
        files.pause(act, file_id)
    lodge(office, file_id)
    assert (len(lodged(office)), file(office, file_id).state) == (3, "done")


def test_stopped_nothing_is_kept_of_what_was_not_lodged(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "HELD", -1.0)
    monkeypatch.setattr(lines, "TOGETHER", 1)
    file_id = bring(office, file_of(*people(3)))
    with office.act(office.actors["supervisor"]) as act:
        files.begin_lodging(act, file_id)
    tasks.lodge_next(office, file_id)
    with office.act(office.actors["supervisor"]) as act:
        files.stop(act, file_id)
    background.worker(office.database, HANDLERS, office.clock, office).run_due()
    assert not tasks.lodge_next(office, file_id)
    with office.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(FilePart)) == 0
    assert len(lodged(office)) == 1


def test_who_may_not_lodge_any_more_pauses_the_file(office: SmallOffice) -> None:
    file_id, supervisor = bring(office, file_of(*people(2))), office.actors["supervisor"]
    with office.act(supervisor) as act:
        files.begin_lodging(act, file_id)
    office.becomes(supervisor, RoleName.OPERATOR)
    assert not tasks.lodge_next(office, file_id)
    assert (file(office, file_id).state, file(office, file_id).why, lodged(office)) == ("paused", "no_lodger", [])


def test_a_line_alike_is_decided_while_the_file_is_lodged_or_after(office: SmallOffice) -> None:
    lodge(office, bring(office, file_of(FIRST)))
    file_id = bring(office, file_of(*people(2), NEXT | {"birth_place": "Halab"}, NEXT | {"case_reference": "A9"}))
    assert waiting(office, file_id) == [(4, "alike", "family_name"), (5, "alike", "family_name")]
    lodge(office, file_id)
    assert counted(office, file_id) == {"lodged": 2, "known": 0, "refused": 0, "alike": 2}
    with office.act(office.actors["supervisor"]) as act:
        ((line, _, alike, like), (_, _, _, below)) = deciding.open_lines(act, file_id)
        assert (line, like, below) == (4, 0, 4)
        shown = frozenset(each.id for each in alike)
        assert deciding.decide(act, file_id, {line: Decision(None, shown), 77: Decision(None, shown)}) == 1
    lodge(office, file_id, begin=False)
    assert file(office, file_id).state == "done"
    assert counted(office, file_id) == {"lodged": 3, "known": 0, "refused": 0, "alike": 1}
    assert [each.details["count"] for each in events(office, "file.decided")] == [1]


def test_what_is_decided_wrongly_waits_again(office: SmallOffice) -> None:
    lodge(office, bring(office, file_of(FIRST)))
    file_id = bring(office, file_of(NEXT | {"birth_place": "Halab"}))
    with office.act(office.actors["supervisor"]) as act:
        deciding.decide(act, file_id, {2: Decision(None, frozenset())})
    assert waiting(office, file_id) == [(2, "decided", "family_name")]
    lodge(office, file_id)
    assert (waiting(office, file_id), file(office, file_id).alike) == ([(2, "alike", "family_name")], 1)


def test_a_hopeless_file_is_refused(office: SmallOffice) -> None:
    file_id = bring(office, file_of(WRONG, ELSEWHERE))
    assert file(office, file_id).state == "refused"
    with office.act(office.actors["supervisor"]) as act, pytest.raises(Conflict):
        files.begin_lodging(act, file_id)


@on_sqlite
@pytest.mark.parametrize("data", [b"", file_of(), b"%PDF"])
def test_what_is_no_file_is_refused_at_once(office: SmallOffice, data: bytes) -> None:
    with pytest.raises(InvalidInput):
        files.prepare(office.vault, data)


def test_another_centres_file_is_not_there(office: SmallOffice) -> None:
    file_id = bring(office, file_of(*people(1)))
    with office.act(SYSTEM) as act:
        centre = act.session.get_one(ImportedFile, file_id).centre_id
    other = type(office.actors["supervisor"])(office.actors["supervisor"].id, UUID(int=centre.int ^ 1))
    for move in (files.begin_lodging, files.stop, files.own):
        with office.act(other) as act, pytest.raises(NotFound):
            move(act, file_id)
    with office.reading(other) as look:
        assert files.listed(look, other.centre_id) == []


def test_what_was_not_lodged_is_deleted_after_its_term(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "MOST_LINES", 1)
    done, open_ = bring(office, file_of(*people(1), WRONG)), bring(office, file_of(*people(2, 5), WRONG))
    lodge(office, done)
    office.clock.advance(dt.timedelta(days=29))
    tasks.forget_files(office)
    assert waiting(office, done)
    office.clock.advance(dt.timedelta(days=2))
    tasks.forget_files(office)
    assert (waiting(office, done), waiting(office, open_)) == ([], [])
    assert [file(office, each).state for each in (done, open_)] == ["done", "stopped"]
    with office.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(FilePart)) == 0
    with office.act(office.actors["supervisor"]) as act, pytest.raises(Conflict):
        deciding.decide(act, done, {3: Decision(None, frozenset())})


@on_sqlite
def test_nothing_personal_is_kept_in_clear(office: SmallOffice) -> None:
    """Neither in the rows of the file, nor in its lines and events."""
    file_id = bring(office, file_of(ROW | {"family_name": "Zzyzxov"}, WRONG | {"family_name": "Zzyzxov"}))
    with office.database.reading() as session:
        rows = [*session.scalars(select(FilePart)), *session.scalars(select(FileLine))]
        assert rows
        assert not any(b"zyzx" in row.encrypted.lower() for row in rows)
    with office.reading() as look:
        (row,) = kept.waiting(look, file_id, ["refused"], most=5)  # type: ignore[list-item]
        assert kept.read(look.vault, row).cells["family_name"] == "Zzyzxov"


@on_sqlite
def test_a_state_moves_by_an_act_alone(office: SmallOffice) -> None:
    file_id = bring(office, file_of(*people(1)))
    with pytest.raises(Unwitnessed), office.upkeep() as look:
        files.locked(look, file_id).state = "done"  # type: ignore[assignment]


def test_the_server_does_it_by_itself(office: SmallOffice) -> None:
    """Brought and begun, the background thread does the rest beside its other work."""
    file_id = bring(office, file_of(*people(5)), check=False)
    worker = background.worker(office.database, HANDLERS, office.clock, office, periodic=office_tasks.PERIODIC)
    with office.upkeep() as look:
        enqueue(look.session, files.CHECK, clock=office.clock, file_id=str(file_id))
    worker.run_due()
    assert file(office, file_id).state == "checked"
    with office.act(office.actors["supervisor"]) as act:
        files.begin_lodging(act, file_id)
        enqueue(act.session, files.LODGE, clock=act.clock, file_id=str(file_id))
    worker.run_due()
    assert (file(office, file_id).state, len(lodged(office))) == ("done", 5)
