"""A restore cuts the chains, and its signed break says where: a proof accepts exactly that."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete

from issuance.clock import FixedClock
from issuance.db import Database
from issuance.errors import Conflict
from issuance.models.audit import AuditEvent, AuditLink, AuditSubject, AuditWitness
from issuance.models.recovery import RegisterEpoch
from issuance.models.staff import Centre, Staff
from issuance.office import Office
from issuance.services.trust import audit_heads
from issuance.services.trust.audit_break import Break, Cut
from tests.fixtures.databases import on_sqlite
from tests.integration.rows import a_centre
from tests.integration.trust.test_audit import CLERK, centre, clock, heads, link_and_sign, office, walked, write

__all__ = ["centre", "clock", "heads", "office"]
AT = "2026-03-02T10:00:00+00:00"
OF_CHAINS = {"chain-cut", "chain-anew", "head-changed", "copy", "heads-cut", "no-head", "out-of-order", "link-missing"}


@pytest.fixture
def chain(database: Database, office: Office, clock: FixedClock, centre: Centre) -> str:
    """A centre's chain of six signed links whose last three a restore lost."""
    for _ in range(2):
        with office.act(CLERK) as act:
            write(act, clock, centre, 3)
        link_and_sign(office)
    with database.transaction() as session:
        lost = [row.event_id for row in session.query(AuditLink).filter(AuditLink.position > 3)]
        session.execute(delete(AuditLink).where(AuditLink.position > 3))
        session.execute(delete(AuditWitness).where(AuditWitness.event_id.in_(lost)))
        session.execute(delete(AuditSubject).where(AuditSubject.event_id.in_(lost)))
        session.execute(delete(AuditEvent).where(AuditEvent.id.in_(lost)))
    return str(centre.id)


def begin_epoch(office: Office, number: int) -> None:
    with office.database.transaction() as session:
        place = a_centre(session)
        who = Staff(email=f"{number}@x.example", full_name="A", centre_id=place.id, fs_uniquifier=str(number))
        session.add(who)
        session.flush()
        now = office.clock.now()
        epoch = RegisterEpoch(number=number, since=now, backup_at=now, backup_digest="", first_value=1)
        epoch.restored_by = who.id
        session.add(epoch)


def cut(office: Office) -> tuple[Cut, ...]:
    with office.reading() as look:
        return audit_heads.cuts(look)


def restore(office: Office, *cuts: Cut, epoch: int = 2) -> None:
    begin_epoch(office, epoch)
    audit_heads.sign_break(office.settings, Break(epoch, AT, 1, cuts))


def faults(office: Office) -> list[str]:
    """What a proof says of the chains and their heads."""
    return [finding.sentence() for finding in walked(office).findings() if finding.fault in OF_CHAINS]


def test_what_a_break_cut_is_accepted_and_named(office: Office, chain: str) -> None:
    assert faults(office) == [f"link {chain} 6: this link was signed and is missing, the chain was cut."]
    (found,) = cut(office)
    assert (found.chain, found.kept, found.lost) == (chain, 3, 6)
    restore(office, found)
    assert faults(office) == []
    ((_, said),) = audit_heads.breaks(office.settings)
    assert said.sentence() == f"Restored on {AT} (epoch 2): chain {chain} was cut from link 4 to 6."


def test_the_chain_goes_on_behind_the_break_and_is_guarded_as_before(
    database: Database, office: Office, clock: FixedClock, centre: Centre, chain: str
) -> None:
    restore(office, *cut(office))
    with office.act(CLERK) as act:
        write(act, clock, centre)
    link_and_sign(office)
    assert faults(office) == []
    with database.transaction() as session:
        session.execute(delete(AuditLink).where(AuditLink.position == 4))
    assert f"link {chain} 4: this link was signed and is missing, the chain was cut." in faults(office)


@on_sqlite
@pytest.mark.parametrize(("kept", "lost"), [(3, 5), (4, 6), (2, 6)])
def test_a_break_of_other_links_is_not_accepted(office: Office, chain: str, kept: int, lost: int) -> None:
    restore(office, Cut(chain, kept, "00" * 32, lost))
    assert faults(office)


@on_sqlite
def test_a_break_that_somebody_wrote_is_not_accepted(office: Office, heads: Path, chain: str) -> None:
    restore(office, *cut(office))
    *lines, last = heads.read_bytes().splitlines(keepends=True)
    heads.write_bytes(b"".join(lines) + last.replace(b'"lost":6', b'"lost":7'))
    assert any("does not carry the signature" in said for said in faults(office))
    with pytest.raises(Conflict, match="damaged at byte"):
        cut(office)


@on_sqlite
def test_a_cut_that_was_no_restore_is_not_called_one(office: Office, chain: str) -> None:
    audit_heads.sign_break(office.settings, Break(2, AT, 1, cut(office)))
    assert [said for said in faults(office) if "epoch 1, file of heads 2" in said]


@on_sqlite
def test_a_file_of_heads_without_the_break_is_noticed(office: Office, heads: Path, chain: str) -> None:
    heads.write_bytes(heads.read_bytes().splitlines(keepends=True)[0])
    begin_epoch(office, 2)
    assert [said for said in faults(office) if "epoch 2, file of heads 1" in said]
