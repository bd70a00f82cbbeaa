"""The background work of documents of before: checked and kept a second at a time, with turns for others."""

from __future__ import annotations

from uuid import UUID

from issuance.actors import SYSTEM
from issuance.background import task
from issuance.chores.files import SOON, check_by, for_a_while
from issuance.office import Office
from issuance.services.legacy import files, taking


@task(files.CHECK, longest=SOON)
def check_before(office: Office, file_id: str) -> None:
    """Check a file for a while."""
    for_a_while(office, files.CHECK, UUID(file_id), check_next)


@task(files.KEEP, longest=SOON)
def keep_before(office: Office, file_id: str) -> None:
    """Keep documents of a file for a while."""
    for_a_while(office, files.KEEP, UUID(file_id), keep_next)


def check_next(office: Office, file_id: UUID) -> bool:
    """Check the next rows of a file; whether more is to be done."""
    return check_by(office, file_id, files.look_at)


def keep_next(office: Office, file_id: UUID) -> bool:
    """Keep the next batch of a file; whether more is to be done."""
    with office.reading() as look:
        batch = taking.to_keep(look, file_id)
    if batch is None:
        return False
    with office.act(SYSTEM) as act:
        return taking.keep(act, file_id, batch)
