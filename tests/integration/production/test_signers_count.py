"""What the signers count by themselves is balanced with the register when the day is closed."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from issuance import tasks
from issuance.clock import FixedClock, SystemClock
from issuance.db import Database
from issuance.keys import LastingSigner, SignerUnavailable, counted, open_document_signer, open_signer
from issuance.keys.counted import WIDTH
from issuance.models.supply import StockDay
from issuance.services.counts import closing
from issuance.services.overview import gauges
from issuance.services.signing import balance
from issuance.settings import Settings, make_key_file
from tests.integration.counts.test_closing import close, names, tomorrow
from tests.people import LAYLA, SmallOffice, changed

TID = {"document_type": "TID", "status": "applicant", "decision_number": "", "decision_date": None}
HERE = "seal-1"


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[SmallOffice]:
    """An office whose signers are those of the product, with key files and counts of its own."""
    made = SmallOffice(database, FixedClock(SystemClock().now()))
    made.settings = Settings(var=tmp_path, range_size=1000, station_silence_seconds=0)
    make_key_file(made.settings, "audit-events")
    made.signer = LastingSigner(partial(open_signer, made.settings, made.clock))
    made.document_signer = LastingSigner(partial(open_document_signer, made.settings, made.clock))
    yield made
    made.close_signers()


def seal_one(office: SmallOffice, place: int) -> UUID:
    """The order of one more person, sealed."""
    case = office.carry(
        "queued", changed(LAYLA, given_names="ABCDEFG"[place] + "mal", case_reference=f"2026/TM/{place}", **TID)
    )
    assert case.document_id is not None
    return case.document_id


def in_another_process(settings: Settings, at: dt.datetime, times: int = 1) -> None:
    """A copy of the signing process, with the office's own keys, signs what no order asked for."""
    work = multiprocessing.get_context("spawn").Process(target=_sign, args=(settings, at, times))
    work.start()
    work.join()
    assert work.exitcode == 0


def _sign(settings: Settings, at: dt.datetime, times: int) -> None:
    with open_signer(settings, FixedClock(at)) as signer:
        for _ in range(times):
            signer.sign(b"a seal of nobody's order")


def heard(office: SmallOffice) -> None:
    """A minute later the worker looks at the counts of its host."""
    office.clock.advance(dt.timedelta(minutes=2))
    tasks.hear_signers(office)


def signed_on(office: SmallOffice, day: UUID) -> dict[str, tuple[int, int]]:
    with office.reading() as look:
        rows = closing.signers_of(look, look.session.get_one(StockDay, day))
        return {row.purpose: (row.counted, row.kept) for row in rows}


def test_a_plain_day_balances_and_stands_on_the_closed_day(office: SmallOffice) -> None:
    seal_one(office, 1)
    office.clock.advance(dt.timedelta(minutes=1))
    office.carry("queued")  # a permit with a chip: the first count of chips is no other count's
    heard(office)
    assert names(office) == {}
    assert signed_on(office, close(office)) == {"document": (1, 1), "seal": (1, 1)}
    tomorrow(office)
    seal_one(office, 3)
    assert signed_on(office, close(office)) == {"document": (0, 0), "seal": (1, 1)}


def test_a_signature_behind_the_register_is_named_at_the_days_close_and_once(office: SmallOffice) -> None:
    seal_one(office, 1)
    close(office)
    tomorrow(office)
    in_another_process(office.settings, office.clock.now(), times=2)
    heard(office)
    found = names(office)
    assert found["signed_behind:seal"] == 2
    assert found["count_begun:seal"] == 1, "the copy cannot have the file that the worker holds"
    with office.reading() as look:
        assert gauges.signers(look)[0].values == [((), 2.0)]
    assert signed_on(office, close(office)) == {"seal": (2, 0)}
    tomorrow(office)
    seal_one(office, 2)
    assert names(office) == {}


def test_a_signature_between_two_of_the_same_count_is_named(office: SmallOffice) -> None:
    """The worker is away meanwhile: the copy goes on with its file, and the next order brings it in."""
    seal_one(office, 1)
    office.close_signers()
    in_another_process(office.settings, office.clock.now())
    seal_one(office, 2)
    assert names(office) == {"signed_behind:seal": 1}
    with office.reading() as look:
        (stray,) = balance.strays(look)
        assert (stray.file, stray.line.number, stray.line.about.int) == (HERE, 2, 0)


def test_a_line_dated_ahead_is_heard(office: SmallOffice) -> None:
    seal_one(office, 1)
    in_another_process(office.settings, office.clock.now() + dt.timedelta(days=300))
    heard(office)
    assert names(office)["signed_behind:seal"] == 1


def test_a_row_that_is_removed_is_named_whenever_it_was_signed(office: SmallOffice) -> None:
    seal_one(office, 1)
    close(office)
    tomorrow(office)
    seal_one(office, 2)
    with office.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM document_seal WHERE number = 1"))
    assert names(office) == {"signed_behind:seal": 1}


def test_a_row_that_nothing_was_signed_for_is_named(office: SmallOffice) -> None:
    """Two differences that would cancel each other are two days' or the audit's: this one is the count's."""
    seal_one(office, 1)
    with office.database.engine.begin() as connection:
        connection.execute(text("UPDATE signer_count SET number = number - 1, kept = kept - 1"))
    assert names(office) == {"signed_uncounted:seal": 1}


def test_a_count_that_was_lowered_by_sql_is_heard_again(office: SmallOffice) -> None:
    seal_one(office, 1)
    in_another_process(office.settings, office.clock.now())
    heard(office)
    with office.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM signer_count WHERE kept = 0"))
    assert "signed_behind:seal" not in names(office)
    heard(office)
    assert names(office)["signed_behind:seal"] == 1


def test_a_restored_register_is_named(office: SmallOffice) -> None:
    """What was signed after the back-up is in the count, and in no order of the register that was put back."""
    seal_one(office, 1)
    with office.database.engine.connect() as connection:
        (then,) = connection.execute(text("SELECT number, head, kept FROM signer_count")).all()
    seal_one(office, 2)
    with office.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM document_seal WHERE number = 2"))
        back = "UPDATE signer_count SET number = :number, head = :head, kept = :kept"
        connection.execute(text(back), then._asdict())
    heard(office)
    assert names(office) == {"signed_behind:seal": 1}


@pytest.mark.parametrize("what", ["cut", "changed", "no count"])
def test_a_file_that_was_cut_or_changed_is_named_once(office: SmallOffice, what: str) -> None:
    for place in (1, 2):
        seal_one(office, place)
    office.close_signers()
    path = counted.folder(office.settings) / HERE
    data = bytearray(path.read_bytes())
    assert len(data) == 3 * WIDTH
    if what == "cut":
        del data[2 * WIDTH :]
    else:
        data[2 * WIDTH - 80 if what == "changed" else WIDTH - 80] ^= 1
    path.write_bytes(data)
    if what == "changed":
        in_another_process(office.settings, office.clock.now())
        with office.database.engine.begin() as connection:
            connection.execute(text("UPDATE signer_count SET number = 0"))
    heard(office)
    assert names(office)["count_changed:seal"] == 1
    heard(office)
    close(office)
    tomorrow(office)
    heard(office)
    assert "count_changed:seal" not in names(office)


def test_what_cannot_be_counted_is_not_given_out(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    with open_signer(office.settings, office.clock) as signer:
        monkeypatch.setattr("issuance.keys.counted.os.fsync", full)
        with pytest.raises(SignerUnavailable, match="No space left"):
            signer.sign(b"a seal")
    monkeypatch.undo()
    with open_signer(office.settings, office.clock) as signer:
        signer.sign(b"a seal")
        assert signer.counted is not None
