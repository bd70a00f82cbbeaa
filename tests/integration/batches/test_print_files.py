"""Sheets of a batch as one file for an office printer: claimed once, given as one, told of; else held."""

from __future__ import annotations

import datetime as dt
import hashlib
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from issuance.actors import SYSTEM, Actor
from issuance.demo import supply
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, NotFound
from issuance.models.batches import PrintFile
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import RoleName, Station
from issuance.models.stock import Blank
from issuance.models.vault import Blob
from issuance.services import centres
from issuance.services.batches import composing, print_files, running, trays
from issuance.services.batches.print_files import Taking, Told
from issuance.services.batches.sheets import Sheets
from issuance.services.production import held_jobs, shifts, troubles
from issuance.services.production.orders import Recipe
from issuance.services.stations import tokens
from issuance.services.stock import stacks
from issuance.services.stock.stacks import Declared
from issuance.states import BlankState, DocumentState, JobState
from printing.batches import writing
from tests.fixtures.databases import on_sqlite
from tests.integration.batches.shared import batch, batch_of, certificates, office_printer, start
from tests.integration.production.shared import audit_faults
from tests.people import LEASE, SmallOffice, trouble_of
from tests.processes import elsewhere

WHOLE = Told()
NAMES = ("Layla", "Nour", "Sara")


@pytest.fixture
def printer(office: SmallOffice) -> Station:
    """An office printer with a shift of the operator."""
    return office_printer(office)


def started(office: SmallOffice, printer: Station, *names: str, **changes: object) -> UUID:
    """A batch of their certificates, running, with the printer as its pool."""
    certificates(office, *(names or NAMES), **changes)
    batch_id = batch_of(office, printer)
    start(office, batch_id)
    return batch_id


def take(office: SmallOffice, batch_id: UUID, printer: Station, **changes: object) -> PrintFile:
    said = Taking(**({"document_type": "RC"} | changes))  # type: ignore[arg-type]
    with office.act(office.actors["operator"]) as act:
        return print_files.take(act, running.own(act, batch_id), printer, said)


def recipes(office: SmallOffice, job_ids: list[UUID]) -> Iterator[Recipe]:
    for job_id in job_ids:
        with office.reading() as look:
            (made_of,) = print_files.recipes(look, [job_id])
        yield made_of


def give(office: SmallOffice, file: PrintFile) -> bytes:
    """The file as the page gives it."""
    with office.reading(office.actors["operator"]) as look:
        ids = print_files.to_give(look, print_files.own(look, file.id))
    assert composing.unlike(recipes(office, ids)) == []
    made = composing.compose(Sheets(office.database, office.vault, ids))
    assert made.left == []
    with office.act(office.actors["operator"]) as act:
        print_files.give(act, print_files.own(act, file.id), ids, made.digest)
    with closing(made.file) as opened:
        data = opened.read()
    assert (made.length, made.digest) == (len(data), hashlib.sha256(data).hexdigest())
    return data


def tell(office: SmallOffice, file: PrintFile, told: Told = WHOLE) -> None:
    with office.act(office.actors["operator"]) as act:
        print_files.tell(act, print_files.own(act, file.id), told)


def states(office: SmallOffice, file: PrintFile) -> list[JobState]:
    with office.reading(office.actors["operator"]) as look:
        return [sheet.state for sheet in print_files.sheets(look, print_files.own(look, file.id))]


def numbers(office: SmallOffice, file: PrintFile) -> list[str]:
    with office.reading(office.actors["operator"]) as look:
        return [sheet.number for sheet in print_files.sheets(look, print_files.own(look, file.id))]


def hold_expired(office: SmallOffice) -> None:
    office.clock.advance(LEASE + dt.timedelta(seconds=1))
    with office.act(office.machine) as act:
        held_jobs.hold_expired(act)


def test_a_batch_of_certificates_is_taken_given_told_of_and_checked(office: SmallOffice, printer: Station) -> None:
    batch_id = started(office, printer)
    file = take(office, batch_id, printer)
    assert states(office, file) == [JobState.CLAIMED] * 3
    give(office, file)
    tell(office, file)
    assert states(office, file) == [JobState.DONE] * 3
    with office.act(office.actors["operator"]) as act:
        tray = trays.fill(act, running.own(act, batch_id), printer, 50)
        assert [card.number for card in trays.cards(act, tray)] == numbers(office, file)
    with office.reading() as look:
        made = [card.document_id for card in trays.cards(look, tray)]
    for document_id in made:
        assert office.check(document_id, office.readings(document_id))
    with office.reading() as look:
        assert {look.session.get_one(Document, each).state for each in made} == {DocumentState.CHECKED}
    with office.act(office.machine) as act:
        assert running.end_finished(act) == 1
    assert batch(office, batch_id).state == "done"
    assert audit_faults(office) == []


def test_the_same_file_is_given_again_and_never_another(office: SmallOffice, printer: Station) -> None:
    file = take(office, started(office, printer), printer)
    first, before = give(office, file), numbers(office, file)
    office.clock.advance(dt.timedelta(minutes=10))
    assert give(office, file) == first
    assert numbers(office, file) == before
    with office.act(office.actors["operator"]) as act:
        mine = print_files.own(act, file.id)
        ids = print_files.to_give(act, mine)
        with pytest.raises(Conflict, match="does not compose as it was"):
            print_files.give(act, mine, ids, "0" * 64)
        act.record("test.nothing_given", mine)
    office.clock.advance(dt.timedelta(minutes=10))  # the second giving began the lease anew
    with office.act(office.machine) as act:
        assert held_jobs.hold_expired(act) == 0
    tell(office, file)
    with pytest.raises(Conflict, match="told already"):
        give(office, file)
    with pytest.raises(Conflict, match="told already"):
        tell(office, file)


def test_what_nobody_tells_of_is_held_and_neither_given_nor_claimed_again(
    office: SmallOffice, printer: Station
) -> None:
    batch_id = started(office, printer)
    file = take(office, batch_id, printer)
    give(office, file)
    hold_expired(office)
    assert states(office, file) == [JobState.HELD] * 3
    with pytest.raises(Conflict, match="not given again"):
        give(office, file)
    with pytest.raises(Conflict, match="Nothing of this batch waits"):
        take(office, batch_id, printer)
    tell(office, file)  # late, as a machine's word that comes late
    assert states(office, file) == [JobState.DONE] * 3


def test_what_was_never_given_waits_again_under_its_number(office: SmallOffice, printer: Station) -> None:
    batch_id = started(office, printer)
    file = take(office, batch_id, printer)
    before = numbers(office, file)
    with pytest.raises(Conflict, match="never given"):
        tell(office, file)
    hold_expired(office)
    assert states(office, file) == []
    with pytest.raises(Conflict, match="not given again"):
        give(office, file)
    with office.act(office.actors["operator"]) as act:
        act.session.get_one(Station, printer.id)
        assert print_files.offers(act, running.own(act, batch_id))[0].counts in ({}, {"RC": 3})
    office.clock.advance(dt.timedelta(minutes=2))
    again = take(office, batch_id, printer)
    assert (again.number, numbers(office, again)) == (2, before)


def test_spoiled_sheets_are_made_anew_and_missing_ones_held(office: SmallOffice, printer: Station) -> None:
    batch_id = started(office, printer)
    file = take(office, batch_id, printer)
    give(office, file)
    first, _, third = numbers(office, file)
    with pytest.raises(InvalidInput, match="is not in this file"):
        tell(office, file, Told(frozenset({"RC0000001"})))
    with pytest.raises(InvalidInput, match="both spoiled and missing"):
        tell(office, file, Told(frozenset({first}), frozenset({first})))
    tell(office, file, Told(frozenset({first}), frozenset({third})))
    assert states(office, file) == [JobState.SPOILED, JobState.DONE, JobState.HELD]
    with office.reading() as look:
        new = look.session.scalars(select(PrintJob).where(PrintJob.state == JobState.PREPARING)).one()
        spoiled = look.session.scalars(select(Document).where(Document.number == first)).one()
        assert (new.document.attempt, new.batch_id, new.print_file_id) == (2, batch_id, None)
        assert (new.document.request_id, spoiled.state) == (spoiled.request_id, DocumentState.CANCELLED)
    office.prepare(new.document_id)
    anew = take(office, batch_id, printer)
    assert len(numbers(office, anew)) == 1
    assert first not in numbers(office, anew)
    with office.reading(office.actors["operator"]) as look:
        assert [
            (each.number, each.told_at is None) for each in print_files.of_batch(look, running.own(look, batch_id))
        ] == [
            (2, True),
            (1, False),
        ]


def test_nobody_else_takes_gets_or_tells(office: SmallOffice, printer: Station) -> None:
    batch_id = started(office, printer)
    file = take(office, batch_id, printer, most=2)
    assert len(numbers(office, file)) == 2
    with pytest.raises(Conflict, match="still has a claimed order"):
        take(office, batch_id, printer)
    colleague = office.actors["quality_officer"]
    office.becomes(colleague, RoleName.OPERATOR)
    stranger = Actor(colleague.id, colleague.centre_id, frozenset({RoleName.OPERATOR}))
    with office.act(stranger) as act, pytest.raises(NotAllowed, match="Only they say"):
        print_files.tell(act, print_files.own(act, file.id), Told())
    with office.reading(stranger) as look, pytest.raises(NotAllowed, match="Only they get it"):
        print_files.to_give(look, print_files.own(look, file.id))
    give(office, file)
    tell(office, file)
    with office.act(stranger) as act, pytest.raises(NotAllowed, match="Another operator answers"):
        print_files.take(act, running.own(act, batch_id), printer, Taking("RC"))
    with office.reading() as look:
        there = centres.named(look, "galati").id
    far = Actor(colleague.id, there, frozenset({RoleName.OPERATOR}))
    with office.reading(far) as look, pytest.raises(NotFound, match="no such file"):
        print_files.own(look, file.id)


@pytest.mark.parametrize(
    ("changes", "refusal", "sentence"),
    [
        ({"most": 0}, InvalidInput, "from 1 to 500"),
        ({"most": 501}, InvalidInput, "from 1 to 500"),
        ({"document_type": "RP-R"}, Conflict, "Nothing of this batch waits"),
    ],
)
def test_what_cannot_be_taken_is_refused(
    office: SmallOffice, printer: Station, changes: dict[str, object], refusal: type[LimanError], sentence: str
) -> None:
    batch_id = started(office, printer, "Layla")
    with pytest.raises(refusal, match=sentence):
        take(office, batch_id, printer, **changes)
    with pytest.raises(Conflict, match="takes its orders by itself"):
        take(office, batch_id, office.station)


def test_a_station_still_has_one_claim_and_a_printer_takes_none_by_itself(
    office: SmallOffice, printer: Station
) -> None:
    batch_id = started(office, printer)
    with (
        office.act(office.actors["administrator"]) as act,
        pytest.raises(Conflict, match="no program"),
    ):
        tokens.renew(act, printer)
    with office.reading(office.actors["operator"]) as look:
        (offer,) = print_files.offers(look, running.own(look, batch_id))
        assert (offer.station.name, offer.counts) == ("office-1", {"RC": 3})
    with office.act(office.actors["operator"]) as act:
        shifts.close_shift(act, printer)
    with pytest.raises(Conflict, match="No operator has opened a shift"):
        take(office, batch_id, printer)


def test_secure_paper_is_counted_by_the_declared_stack(office: SmallOffice, printer: Station) -> None:
    with office.act(SYSTEM) as act:
        supply.bring(act, act.session.get_one(Station, printer.id), "sheet", [f"SH-{n:03}" for n in range(1, 6)])
    batch_id = started(office, printer, document_type="RT", status="refugee")
    with office.act(office.actors["operator"]) as act:
        stacks.declare(act, act.session.get_one(Station, printer.id), Declared("SH-001", "SH-005"))
    file = take(office, batch_id, printer, document_type="RT")
    give(office, file)
    first, second, third = numbers(office, file)
    tell(office, file, Told(frozenset({second})))
    assert states(office, file) == [JobState.DONE, JobState.SPOILED, JobState.DONE]
    with office.act(office.actors["operator"]) as act:
        counted = stacks.count(act, act.session.get_one(Station, printer.id), "sheet", "SH-004")
        assert counted.agreed
    with office.reading() as look:
        blanks = look.session.execute(
            select(Document.number, Blank.serial, Blank.state)
            .join(Blank, Blank.document_id == Document.id)
            .where(Document.number.in_([first, second, third]))
            .order_by(Blank.serial)
        ).all()
    assert [tuple(row) for row in blanks] == [
        (first, "SH-001", BlankState.CONSUMED),
        (second, "SH-002", BlankState.SPOILED),
        (third, "SH-003", BlankState.CONSUMED),
    ]


def test_of_two_who_take_at_once_each_sheet_is_in_one_file(office: SmallOffice, printer: Station) -> None:
    certificates(office, *NAMES, "Amina")
    printers = [printer, printer, office_printer(office, "office-2")]
    batch_id = batch_of(office, *printers[1:])
    start(office, batch_id)
    together = Barrier(3)

    def one(number: int) -> PrintFile | None:
        together.wait()
        try:
            return take(office, batch_id, printers[number], most=2)
        except Conflict:
            return None

    with ThreadPoolExecutor(3) as pool:
        files = [each for each in pool.map(one, range(3)) if each]
    assert len({file.station_id for file in files}) == len(files) in (1, 2)
    taken = [number for file in files for number in numbers(office, file)]
    assert len(taken) == len(set(taken)) == 2 * len(files)


def test_what_is_gone_from_the_vault_is_left_out_named_and_held(office: SmallOffice, printer: Station) -> None:
    """Read key by key: the one whose key is destroyed in the middle of the batch, the one of a changed content."""
    file = take(office, started(office, printer, *NAMES, "Amina"), printer)
    with office.reading(office.actors["operator"]) as look:
        ids = print_files.to_give(look, print_files.own(look, file.id))
    before = numbers(office, file)
    with office.database.transaction() as session:
        destroyed, changed = (session.get_one(PrintJob, ids[place]).document for place in (1, 3))
        office.vault.destroy(session, destroyed.request_id, clock=office.clock)
        blob = session.get_one(Blob, changed.content_id)
        blob.encrypted = blob.encrypted[:-1] + bytes((blob.encrypted[-1] ^ 1,))
    made = composing.compose(Sheets(office.database, office.vault, [*ids, uuid4()]))
    made.file.close()
    said = [(left.place, left.number, str(left.why)) for left in made.left]
    assert [place for place, _, _ in said] == [2, 4, 5]
    assert [number for _, number, _ in said] == [before[1], before[3], None]
    assert "destroyed under the retention rules" in said[0][2]
    assert "stored bytes were changed" in said[1][2]
    with office.act(office.actors["operator"]) as act:
        why = {ids[left.place - 1]: troubles.of_composing(left.why) for left in made.left[:2]}
        print_files.hold_unlike(act, print_files.own(act, file.id), why)
    assert numbers(office, file) == [before[0], before[2]]
    with office.reading() as look:
        held = [look.session.get_one(PrintJob, ids[place]) for place in (1, 3)]
        assert [job.state for job in held] == [JobState.HELD] * 2
        assert all(troubles.is_not_as_prepared(job) for job in held)
        assert "destroyed under the retention rules" in trouble_of(held[0])
    give(office, file)
    with office.act(office.actors["operator"]) as act, pytest.raises(Conflict, match="Say what lies at the printer"):
        print_files.hold_unlike(act, print_files.own(act, file.id), why)


def _write_whole(sheets: Sheets, folder: Path, processes: int) -> None:
    summary = writing.write(sheets, folder / f"{processes}.pdf", part=20, processes=processes)
    assert (len(summary.numbers), summary.left) == (60, [])


def test_forked_workers_read_the_register_each_by_itself(office: SmallOffice, tmp_path: Path) -> None:
    sheets = Sheets(office.database, office.vault, certificates(office, *NAMES) * 20)
    with office.reading() as look:
        look.session.scalars(select(PrintJob)).all()  # a connection that is open before the fork
        for processes in (1, 2, 3):
            # In a process of its own: beside other threads nothing is forked, and pytest has some.
            assert elsewhere(partial(_write_whole, sheets, tmp_path, processes), tmp_path / "said") == 0
        assert look.session.scalar(select(func.count()).select_from(PrintJob)) == 3
    assert len({(tmp_path / f"{processes}.pdf").read_bytes() for processes in (1, 2, 3)}) == 1


@on_sqlite
def test_memory_does_not_grow_with_the_file(office: SmallOffice) -> None:
    job_ids = certificates(office, "Layla")

    def peak(count: int) -> int:
        tracemalloc.start()
        composing.compose(Sheets(office.database, office.vault, job_ids * count)).file.close()
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(100)  # what is kept once: fonts, grounds
    assert peak(300) - peak(150) < 150 * 2500
