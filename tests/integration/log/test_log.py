"""The log of a chain: written from the register, signed, continued, compared with it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select

from issuance.actors import SYSTEM, Actor
from issuance.chores import log as chore
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.errors import Conflict, NotFound
from issuance.models.audit import AuditEvent, AuditLink, AuditSubject
from issuance.models.recovery import RegisterEpoch
from issuance.models.staff import Centre, Staff
from issuance.office import Office
from issuance.services.log import proofs, writing
from issuance.services.log.writing import HISTORY, Log
from issuance.services.trust import audit_chain, audit_proofs
from issuance.settings import Settings
from tests.integration.rows import a_centre
from tests.logs import audited

CLERK = Actor(id=uuid4(), roles=frozenset({"clerk"}))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC))


@pytest.fixture
def office(database: Database, clock: FixedClock, tmp_path: Path) -> Office:
    settings = Settings(var=tmp_path / "var", log_name="log.office.example", log_copy=tmp_path / "elsewhere")
    return Office(settings, database, clock)


@pytest.fixture
def centre(database: Database) -> Centre:
    with database.transaction() as session:
        return a_centre(session)


def happen(office: Office, centre: Centre, count: int) -> None:
    """So many events of a centre, in its chain."""
    with office.act(CLERK) as act:
        for number in range(count):
            act.record("case.opened", act.session.get_one(Centre, centre.id), centre_id=centre.id, number=number)
    more = True
    while more:
        with office.upkeep() as look:
            more = bool(audit_chain.link(look).events)


def log_of(office: Office, centre: Centre) -> Log:
    with office.reading() as look:
        return Log(look, str(centre.id))


def found(office: Office) -> list[str]:
    """What a proof of the audit finds, by fault, of the log alone."""
    walk, more = audit_proofs.begin(), True
    while more:
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
    return [
        f"{finding.fault} {finding.place.split()[1]}" for finding in walk.findings() if finding.kind.startswith("log")
    ]


def write(office: Office) -> None:
    chore.write_log(office)


def signed(log: Log) -> int:
    """How many entries were signed."""
    newest = log.newest()
    return newest.size if newest else 0


@pytest.mark.parametrize("count", [2, 257])
def test_a_log_says_what_its_chain_holds(office: Office, centre: Centre, count: int) -> None:
    happen(office, centre, count)
    write(office)
    log = log_of(office, centre)
    assert signed(log) == count
    assert audited("export", log.folder, key=log.verifier) == 0
    assert found(office) == []


def test_a_log_grows_by_what_is_new_and_continues_every_checkpoint(
    office: Office, centre: Centre, tmp_path: Path
) -> None:
    log = log_of(office, centre)
    notes: list[Any] = []
    for each in range(3):
        happen(office, centre, 2)
        write(office)
        write(office)  # nothing moved, nothing is said
        notes += ["--known", tmp_path / f"{each}"]
        notes[-1].write_text(log.note)
    assert audited("export", log.folder, *notes, key=log.verifier) == 0
    assert log.copy
    ours, copied = ((folder / HISTORY).read_text() for folder in (log.folder, log.copy))
    assert [json.loads(line)["checkpoint"].split("\n")[1] for line in ours.splitlines()] == ["2", "4", "6"]
    assert copied == ours
    assert (log.copy / "checkpoint").read_text() == log.note


def test_an_event_is_proved_to_a_stranger(
    office: Office, centre: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    happen(office, centre, 5)
    write(office)
    log, file = log_of(office, centre), tmp_path / "one.tlog-proof"
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "case.opened").limit(1)).one()
        short, whole = proofs.proof(look, event.id), proofs.proof(look, event.id, whole=True)
    for text, tells in ((short, False), (whole, True)):
        assert len(text.encode()) <= 2048
        file.write_text(text)
        assert audited("proof", file, key=log.verifier) == 0
        said = capsys.readouterr().out
        assert f"case.opened at 2026-03-02T09:30:00.000000+00:00, event {event.id}, is entry " in said
        assert (str(CLERK.id) in said) is tells
    head, _, note = whole.partition("\n\n")
    forged = head.replace("index 0", "index 1") if "index 0" in head else head.replace("index", "index 0", 1)
    file.write_text(f"{forged}\n\n{note}")
    assert audited("proof", file, key=log.verifier) == 1
    file.write_text(f"{head}\n\n{note.replace(chr(10) + '5' + chr(10), chr(10) + '6' + chr(10))}")
    assert audited("proof", file, key=log.verifier) == 1


def test_an_event_is_proved_once_it_is_signed(office: Office, centre: Centre) -> None:
    happen(office, centre, 1)
    with office.reading() as look:
        event_id = look.session.scalars(select(AuditLink.event_id).where(AuditLink.chain == str(centre.id))).one()
        with pytest.raises(Conflict, match="in no checkpoint yet"):
            proofs.proof(look, event_id)
        with pytest.raises(NotFound):
            proofs.proof(look, uuid4())


def test_an_entry_tells_of_nobody(office: Office, centre: Centre) -> None:
    happen(office, centre, 1)
    write(office)
    log = log_of(office, centre)
    (entry,) = log.tiles().bundle(0)
    said = json.loads(entry)
    assert set(said) == {"act", "at", "chain", "event", "position", "sealed"}
    with office.reading() as look:
        digest = look.session.scalars(select(AuditLink.digest).where(AuditLink.chain == str(centre.id))).one()
    assert said["sealed"] not in {digest, hashlib.sha256(digest.encode()).hexdigest()}


# What an administrator of the machine or of the database may try


def written_anew(office: Office, centre: Centre) -> None:
    """The last link of a chain is another."""
    with office.database.transaction() as session:
        newest = select(AuditLink).where(AuditLink.chain == str(centre.id)).order_by(AuditLink.position.desc())
        session.scalars(newest.limit(1)).one().digest = "0" * 64


def cut(office: Office, centre: Centre) -> None:
    """The last two links of a chain, with their events, are gone."""
    with office.database.transaction() as session:
        newest = select(AuditLink).where(AuditLink.chain == str(centre.id)).order_by(AuditLink.position.desc())
        for link in session.scalars(newest.limit(2)).all():
            session.delete(link)
            session.execute(delete(AuditSubject).where(AuditSubject.event_id == link.event_id))
            session.flush()
            session.execute(delete(AuditEvent).where(AuditEvent.id == link.event_id))


def turned(office: Office, centre: Centre) -> None:
    """Two events have changed places."""
    with office.database.transaction() as session:
        in_order = select(AuditLink).where(AuditLink.chain == str(centre.id)).order_by(AuditLink.position)
        one, two = session.scalars(in_order.limit(2)).all()
        session.execute(delete(AuditLink).where(AuditLink.id.in_([one.id, two.id])))
        for link, other in ((one, two), (two, one)):
            row = {name: getattr(link, name) for name in ("id", "chain", "position", "previous")}
            session.execute(insert(AuditLink), [row | {"event_id": other.event_id, "digest": other.digest}])


def flipped(office: Office, centre: Centre) -> None:
    """An entry was changed in its file."""
    path = log_of(office, centre).folder / "tile/entries/000.p/5"
    path.write_bytes(path.read_bytes().replace(b"case.opened", b"case.closed", 1))


def files_lost(office: Office, centre: Centre) -> None:
    (log_of(office, centre).folder / "tile/0/000.p/5").unlink()


def signed_by_another(office: Office, centre: Centre) -> None:
    path = log_of(office, centre).folder / "checkpoint"
    note = path.read_text()
    path.write_text(note[:-6] + note[-6:].swapcase())


def files_put_back(office: Office, centre: Centre) -> None:
    """The files of the log are those of an hour before; the second place knows better."""
    log = log_of(office, centre)
    shutil.rmtree(log.folder)
    shutil.copytree(log.folder.with_name("before"), log.folder)


def anew_with_files(office: Office, centre: Centre) -> None:
    """The chain and the files of the log were both written anew; the second place knows better."""
    written_anew(office, centre)
    log = log_of(office, centre)
    shutil.rmtree(log.folder)
    with office.reading() as look:
        writing.grow(look, log)


@pytest.mark.parametrize(
    ("attack", "named", "goes_on"),
    [
        (written_anew, ["log-forged 5"], False),
        (cut, ["log-cut 4", "log-cut 5"], False),
        (turned, ["log-reordered 1", "log-reordered 2"], True),
        (flipped, ["log-forged 1"], True),
        (files_lost, ["log-cut 1", "log-cut 5"], False),
        (signed_by_another, ["log-forged 5"], False),
        (files_put_back, ["log-cut 4"], True),
        (anew_with_files, ["log-forked 5"], False),
    ],
)
def test_what_was_done_is_named_and_not_signed(
    office: Office, centre: Centre, attack: Callable[[Office, Centre], None], named: list[str], goes_on: bool
) -> None:
    log = log_of(office, centre)
    happen(office, centre, 3)
    write(office)
    shutil.copytree(log.folder, log.folder.with_name("before"))
    happen(office, centre, 2)
    write(office)
    attack(office, centre)
    assert found(office) == named
    if goes_on:
        write(office)
        return
    before = (log.folder / "checkpoint").read_bytes() if (log.folder / "checkpoint").exists() else None
    happen(office, centre, 3)
    with pytest.raises(Conflict, match="verify-audit"):
        write(office)
    assert before == ((log.folder / "checkpoint").read_bytes() if before else None)


def test_a_gap_is_not_logged(office: Office, centre: Centre) -> None:
    happen(office, centre, 3)
    with office.database.transaction() as session:
        session.execute(delete(AuditLink).where(AuditLink.chain == str(centre.id), AuditLink.position == 2))
    with pytest.raises(Conflict, match="has a gap"):
        write(office)


def test_a_restored_register_begins_another_log(office: Office, centre: Centre) -> None:
    happen(office, centre, 3)
    write(office)
    first = log_of(office, centre)
    now = office.clock.now()
    with office.act(SYSTEM) as act:
        account = Staff(
            email="a@office.example", full_name="A", password="x", fs_uniquifier="u", centre_id=centre.id, active=True
        )
        act.session.add(account)
        act.session.flush()
        values = {"since": now, "backup_at": now, "backup_digest": "0", "restored_by": account.id, "first_value": 1}
        act.session.add(RegisterEpoch(number=2, **values))
        act.record("register.restored")
    write(office)
    second = log_of(office, centre)
    assert second.origin == f"{first.origin}-2"
    assert signed(second) >= signed(first) == 3
    assert audited("export", second.folder, key=second.verifier) == 0
