"""A restore: the register goes on from a back-up in a new epoch, and nothing prints before it is reconciled.

What happened since the back-up is lost to the register and may lie in people's hands. So every counter goes on beyond
what can have been used, every open job is held, every station tells its journal before it claims again
(`recovery.journals`), every session ends, and the audit goes on behind a signed break.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, func, select

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import NumberRange
from issuance.models.production import DocumentChip, DocumentSeal, PrintJob
from issuance.models.recovery import Reconciliation, RegisterEpoch
from issuance.models.staff import RoleName, Staff, StaffSession, Station
from issuance.models.stations import SettingsRevision
from issuance.models.vault import Blob, DataKey
from issuance.services.production import troubles
from issuance.services.production.documents import FIRST_NUMBER
from issuance.services.production.troubles import Restored
from issuance.services.recovery import backup, copies
from issuance.services.recovery.backup import Manifest
from issuance.services.stock import stacks
from issuance.services.trust import epochs
from issuance.services.trust.audit_break import Cut
from issuance.settings import Settings, heads_file
from issuance.states import JOBS_OPEN

STEP = 100_000
"""Counters go on at a multiple of this, at least this far beyond what the file of heads vouches for.

Every act that uses a number writes an event, so the links that are lost bound the numbers that were used. The step is
for what happened after the last head that is known.
"""


@dataclass(frozen=True)
class Past:
    """What is known of the time that is lost: its last epoch, its highest counter, and the links that are cut off."""

    epoch: int
    value: int
    cuts: tuple[Cut, ...]

    @property
    def links(self) -> int:
        """How many signed links the restore cuts off."""
        return sum(cut.lost - cut.kept for cut in self.cuts)


@dataclass(frozen=True)
class Source:
    """What the register goes on from: its moment, and what names it, a back-up's digest or a database's timeline."""

    at: dt.datetime
    name: str


def begin(act: Act, source: Source, past: Past) -> RegisterEpoch:
    """The new epoch of a register that was just put back."""
    now = act.clock.now()
    number, value = counters(act)
    beyond = max(value, past.value) + past.links + STEP
    epoch = RegisterEpoch(
        number=max(number, past.epoch) + 1,
        since=now,
        backup_at=source.at,
        backup_digest=source.name,
        restored_by=act.actor.id,
        first_value=-(-beyond // STEP) * STEP,
    )
    act.session.add(epoch)
    _end_ranges(act)
    unseen = stacks.end_unseen(act)
    held, stations = _hold_open_jobs(act), _ask_stations(act, epoch)
    _end_sessions(act)
    act.record(
        "register.restored",
        epoch,
        *held,
        epoch=epoch.number,
        backup=source.name,
        first_value=epoch.first_value,
        lost_links=past.links,
        held=len(held),
        stations=stations,
        stacks=unseen,
    )
    return epoch


def counters(look: Look) -> tuple[int, int]:
    """The epoch of a register, and the highest value that any of its counters gave or begins behind."""
    epoch = epochs.newest(look)
    columns = (NumberRange.last_value, DocumentSeal.number, DocumentChip.number, SettingsRevision.number)
    given = [look.session.scalar(select(func.max(column))) or 0 for column in columns]
    return (epoch.number, max(*given, epoch.first_value)) if epoch else (epochs.FIRST, max(*given, FIRST_NUMBER))


def take_heads(settings: Settings, others: Iterable[Path]) -> None:
    """Let the longest of the files of heads be this machine's; Conflict when one does not begin with the other."""
    place = heads_file(settings)
    for other in others:
        if not other.exists():
            raise InvalidInput("--heads", "There is no file of heads %(path)s.", path=str(other))
        ours, theirs = backup.whole_lines(place), backup.whole_lines(other)
        if not (ours.startswith(theirs) or theirs.startswith(ours)):
            raise Conflict("%(path)s tells another story than the file of heads of this machine.", path=str(other))
        if len(theirs) > len(ours):
            _write(place, theirs)


def _write(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(place.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.rename(place)


def check_fits(settings: Settings, manifest: Manifest) -> None:
    """InvalidInput when the back-up is of another kind of database, or of other keys."""
    if manifest.database != copies.kind(settings.database):
        raise InvalidInput("DIR", "This is a back-up of %(kind)s. Restore it there.", kind=manifest.database)
    for name, known in manifest.keys.items():
        if backup.fingerprint(settings, name) != known:
            raise InvalidInput(name, "The key file %(name)s is not the one of this back-up.", name=name)


def check_may_overwrite(settings: Settings, over: str) -> None:
    """InvalidInput when there is a register that `over` does not name."""
    name = copies.name(settings.database)
    if over != name and copies.is_filled(settings.database):
        raise InvalidInput("--over", "There is a register. Name it with --over %(name)s to overwrite it.", name=name)


def check_opens(look: Look) -> None:
    """The keys fit: the vault opens the newest thing that can be opened. VaultError."""
    query = select(Blob.id).join(DataKey, DataKey.request_id == Blob.request_id).where(DataKey.wrapped.is_not(None))
    newest = look.session.scalar(query.order_by(Blob.id.desc()).limit(1))
    if newest is not None:
        look.vault.get(look.session, newest)


def answers(look: Look, email: str) -> Actor:
    """Who answers for the restore: an administrator of the register that was put back."""
    account = look.session.scalar(select(Staff).where(Staff.email == email, Staff.active))
    roles = frozenset(account.roles_on(look.clock.today())) if account else frozenset()
    if account is None or RoleName.ADMINISTRATOR not in roles:
        raise InvalidInput("--as", "The back-up has no administrator with this address.")
    return Actor(account.id, account.centre_id, roles)


def _end_ranges(act: Act) -> None:
    """What is left of each range may have been used: it belongs to none from now on."""
    for leased in act.session.scalars(select(NumberRange).where(NumberRange.next_value <= NumberRange.last_value)):
        leased.last_value = leased.next_value - 1


def _hold_open_jobs(act: Act) -> Sequence[PrintJob]:
    open_jobs = act.session.scalars(select(PrintJob).where(PrintJob.state.in_(JOBS_OPEN))).all()
    for job in open_jobs:
        troubles.hold(act, job, troubles.of(Restored()))
    return open_jobs


def _ask_stations(act: Act, epoch: RegisterEpoch) -> int:
    """Every station is to tell its journal, from the last claim on that the register knows.

    Which of its processes lives is not known any more: the first that proves the station's key is taken.
    """
    stations = act.session.scalars(select(Station)).all()
    for station in stations:
        station.instance = station.doubted_at = None
        station.ended_well = True
        since = _supersede(act, station) or _last_claim(act, station)
        act.session.add(Reconciliation(epoch=epoch, station=station, since_claim=since))
    return len(stations)


def _supersede(act: Act, station: Station) -> UUID | None:
    """End a reconciliation that the back-up found open; the new one begins where it began."""
    query = select(Reconciliation).where(Reconciliation.station_id == station.id, Reconciliation.closed_at.is_(None))
    since = None
    for earlier in act.session.scalars(query):
        earlier.closed_at, earlier.closed_by = act.clock.now(), act.actor.id
        since = since or earlier.since_claim
    return since


def _last_claim(look: Look, station: Station) -> UUID | None:
    query = select(PrintJob.claim_id).where(PrintJob.station_id == station.id, PrintJob.claim_id.is_not(None))
    return look.session.scalar(query.order_by(PrintJob.lease_until.desc()).limit(1))


def _end_sessions(act: Act) -> None:
    """A session of the lost time, or one that ended in it, opens nothing any more."""
    for account in act.session.scalars(select(Staff)):
        account.fs_uniquifier = secrets.token_hex(16)
    act.session.execute(delete(StaffSession))
