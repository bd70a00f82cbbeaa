"""A restore cuts the chains, and its signed break says where: verify accepts exactly that."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete

from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.audit import AuditEvent, AuditLink, AuditSubject
from issuance.models.recovery import RegisterEpoch
from issuance.models.staff import Staff
from issuance.services.trust import audit_chain
from issuance.services.trust.audit_break import Break, Cut
from tests.fixtures.databases import on_sqlite
from tests.integration.rows import a_centre
from tests.integration.trust.test_audit import CLERK, KEY, acting, link_and_sign, reading, verify, write

AT = "2026-03-02T10:00:00+00:00"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC))


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    return tmp_path / "heads.jsonl"


@pytest.fixture
def chain(database: Database, heads: Path, clock: FixedClock) -> str:
    """A centre's chain of six signed links whose last three a restore lost."""
    with acting(database, clock) as act:
        centre = a_centre(act.session)
        act.record("centre.opened", centre, centre_id=centre.id)
        write(act, clock, centre, 2)
    link_and_sign(database, heads, clock)
    with acting(database, clock) as act:
        write(act, clock, centre, 3)
    link_and_sign(database, heads, clock)
    with database.transaction() as session:
        lost = [row.event_id for row in session.query(AuditLink).filter(AuditLink.position > 3)]
        session.execute(delete(AuditLink).where(AuditLink.position > 3))
        session.execute(delete(AuditSubject).where(AuditSubject.event_id.in_(lost)))
        session.execute(delete(AuditEvent).where(AuditEvent.id.in_(lost)))
    return str(centre.id)


def cut(database: Database, heads: Path) -> tuple[Cut, ...]:
    with reading(database) as look:
        return audit_chain.cuts(look, heads, KEY.public_key())[0]


def begin_epoch(database: Database, number: int, clock: FixedClock) -> None:
    with database.transaction() as session:
        centre = a_centre(session)
        who = Staff(email=f"{number}@x.example", full_name="A", centre_id=centre.id, fs_uniquifier=str(number))
        session.add(who)
        session.flush()
        now = clock.now()
        epoch = RegisterEpoch(number=number, since=now, backup_at=now, backup_digest="", first_value=1)
        epoch.restored_by = who.id
        session.add(epoch)


def restore(database: Database, heads: Path, clock: FixedClock, *cuts: Cut, epoch: int = 2) -> None:
    begin_epoch(database, epoch, clock)
    audit_chain.sign_break(heads, Break(epoch, AT, 1, cuts), KEY)


def test_what_a_break_cut_is_accepted_and_named(database: Database, heads: Path, clock: FixedClock, chain: str) -> None:
    assert "link 6 was signed and is missing" in verify(database, heads).message
    (found,) = cut(database, heads)
    assert (found.chain, found.kept, found.lost) == (chain, 3, 6)
    restore(database, heads, clock, found)
    verdict = verify(database, heads)
    assert verdict.ok
    assert verdict.message == (
        f"3 events in unbroken chains. Restored on {AT} (epoch 2): chain {chain} was cut from link 4 to 6."
    )


def test_the_chain_goes_on_behind_the_break_and_is_guarded_as_before(
    database: Database, heads: Path, clock: FixedClock, chain: str
) -> None:
    restore(database, heads, clock, *cut(database, heads))
    with acting(database, clock, CLERK) as act:
        centre = act.session.get_one(AuditEvent, act.session.query(AuditLink).first().event_id)  # type: ignore[union-attr]
        act.record("act.after", centre, centre_id=centre.centre_id)
    link_and_sign(database, heads, clock)
    assert verify(database, heads).message.startswith("4 events in unbroken chains.")
    with database.transaction() as session:
        session.execute(delete(AuditLink).where(AuditLink.position == 4))
    assert "link 4 was signed and is missing" in verify(database, heads).message


@on_sqlite
@pytest.mark.parametrize(("kept", "lost"), [(3, 5), (4, 6), (2, 6)])
def test_a_break_of_other_links_is_not_accepted(
    database: Database, heads: Path, clock: FixedClock, chain: str, kept: int, lost: int
) -> None:
    restore(database, heads, clock, Cut(chain, kept, "00" * 32, lost))
    assert not verify(database, heads).ok


@on_sqlite
def test_a_break_that_somebody_wrote_is_not_accepted(
    database: Database, heads: Path, clock: FixedClock, chain: str
) -> None:
    found = cut(database, heads)
    begin_epoch(database, 2, clock)
    audit_chain.sign_break(heads, Break(2, AT, 1, found), Ed25519PrivateKey.generate())
    assert "does not carry this office's signature" in verify(database, heads).message


@on_sqlite
def test_a_cut_that_was_no_restore_is_not_called_one(
    database: Database, heads: Path, clock: FixedClock, chain: str
) -> None:
    audit_chain.sign_break(heads, Break(2, AT, 1, cut(database, heads)), KEY)
    assert "The register is in epoch 1 and the file of heads in 2" in verify(database, heads).message


@on_sqlite
def test_a_file_of_heads_without_the_break_is_noticed(
    database: Database, heads: Path, clock: FixedClock, chain: str
) -> None:
    heads.write_bytes(heads.read_bytes().splitlines(keepends=True)[0])
    begin_epoch(database, 2, clock)
    assert "The register is in epoch 2 and the file of heads in 1" in verify(database, heads).message
