"""Files of documents of before, as an office that had another register wrote them."""

from __future__ import annotations

import csv
import io
from uuid import UUID

from issuance.actors import Actor
from issuance.chores import legacy
from issuance.models.files import ImportedFile
from issuance.services.legacy import files
from issuance.services.legacy.entries import COLUMNS
from tests.integration.life.test_retention import second_administrator
from tests.people import SmallOffice

OMAR = {
    "number": "IGI0012345",
    "document_type": "RP-R",
    "issue_date": "2024-03-05",
    "expiry_date": "2027-03-04",
    "state": "valid",
    "centre": "timisoara",
    "family_name": "Haddad",
    "given_names": "Omar",
    "birth_date": "1988-05-17",
    "birth_place": "Homs",
    "sex": "M",
    "nationality": "SYR",
    "status": "refugee",
}


def written(*rows: dict[str, str], more: tuple[str, ...] = ()) -> bytes:
    text = io.StringIO()
    names = dict.fromkeys((*COLUMNS, *more, *(name for row in rows for name in row)))
    lines = csv.DictWriter(text, list(names), restval="")
    lines.writeheader()
    lines.writerows(rows)
    return text.getvalue().encode()


def bring(office: SmallOffice, *rows: dict[str, str]) -> UUID:
    """Brought by the first administrator, and checked."""
    brought = files.prepare(office.vault, written(*rows))
    with office.act(office.actors["administrator"]) as act:
        file_id = files.bring(act, brought).id
    while legacy.check_next(office, file_id):
        pass
    return file_id


def agree(office: SmallOffice, file_id: UUID, who: Actor | None = None, *, without_refused: bool = False) -> None:
    with office.act(who or second_administrator(office)) as act:
        files.agree(act, file_id, without_refused=without_refused)


def take_over(office: SmallOffice, *rows: dict[str, str], without_refused: bool = False) -> ImportedFile:
    """Brought, agreed to, and kept."""
    file_id = bring(office, *rows)
    agree(office, file_id, without_refused=without_refused)
    while legacy.keep_next(office, file_id):
        pass
    return of(office, file_id)


def of(office: SmallOffice, file_id: UUID) -> ImportedFile:
    with office.reading() as look:
        return look.session.get_one(ImportedFile, file_id)
