"""The background work of files: checked and lodged a second at a time, the other tasks have their turn in between."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from uuid import UUID

from issuance.actors import SYSTEM
from issuance.acts import Look
from issuance.background import Periodic, enqueue, task
from issuance.models.files import ImportedFile
from issuance.office import Office
from issuance.services.imports import batches, checking, files, forgetting
from issuance.services.imports.checking import Found
from issuance.states import FileState

PERIODIC = (Periodic("forget-files", dt.timedelta(days=1)),)
SLICE = 1.0
"""Seconds for which a file holds the thread."""

SOON = dt.timedelta(minutes=1)
"""The longest pause after a failure: somebody looks at the progress."""


@task(files.CHECK, longest=SOON)
def check_file(office: Office, file_id: str) -> None:
    """Check a file for a while."""
    for_a_while(office, files.CHECK, UUID(file_id), check_next)


@task(files.LODGE, longest=SOON)
def lodge_file(office: Office, file_id: str) -> None:
    """Lodge a file for a while."""
    for_a_while(office, files.LODGE, UUID(file_id), lodge_next)


def for_a_while(office: Office, name: str, file_id: UUID, step: Callable[[Office, UUID], bool]) -> None:
    """Take step after step for a second, and go on in another task."""
    ends, more = time.monotonic() + SLICE, True
    while more and time.monotonic() < ends:
        more = step(office, file_id)
    if more:
        with office.upkeep() as look:
            enqueue(look.session, name, clock=office.clock, file_id=str(file_id))


def check_next(office: Office, file_id: UUID) -> bool:
    """Check the next rows of a file of case handling; whether more is to be done."""
    return check_by(office, file_id, checking.look_at)


def check_by(office: Office, file_id: UUID, look_at: Callable[[Look, UUID], Found]) -> bool:
    """Check the next rows of a file of any kind; whether more is to be done."""
    with office.reading() as look:
        state = look.session.get_one(ImportedFile, file_id).state
    if state == FileState.UPLOADED:
        with office.act(SYSTEM) as act:
            checking.begin(act, file_id)
    elif state != FileState.CHECKING:
        return False
    with office.reading() as look:
        found = look_at(look, file_id)
    with office.upkeep() as look:
        more = checking.keep(look, file_id, found)
    if not more:
        with office.act(SYSTEM) as act:
            checking.end(act, file_id)
    return more


def lodge_next(office: Office, file_id: UUID) -> bool:
    """Lodge the next batch of a file for who answers for it; whether more is to be done. Paused without anybody."""
    with office.reading() as look:
        batch = batches.to_lodge(look, file_id)
        actor = files.lodger(look, file_id) if batch else None
    if batch is None:
        return False
    with office.act(actor or SYSTEM) as act:
        if actor:
            return batches.lodge(act, file_id, batch)
        files.pause(act, file_id, files.NO_LODGER)
    return False


@task(files.DROP)
def drop_file(office: Office, file_id: str) -> None:
    """Delete the rows of a file that was stopped, and what the database itself still has of them."""
    more = True
    while more:
        with office.upkeep() as look:
            more = forgetting.drop_parts(look, UUID(file_id))
    office.database.forget()


@task("forget-files")
def forget_files(office: Office) -> None:
    """Delete what was not lodged of the files of long ago."""
    more, any_gone = True, False
    while more:
        with office.act(SYSTEM) as act:
            more = forgetting.forget(act)
        any_gone = any_gone or more
    if any_gone:
        office.database.forget()
