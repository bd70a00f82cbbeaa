"""Receipts: what the other side says of rows of a file. One that is wrong in a line is refused and changes nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true, update
from sqlalchemy.orm import joinedload

from issuance.acts import Act, Look
from issuance.db import uuid7
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.law.office.feeds import Recipient
from issuance.models.documents import Document
from issuance.models.feeds import FeedFile, FeedLine, FeedReceipt, FeedRow
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.feeds import files, outbox

MOST_BYTES = 60_000
"""More than the receipt of a whole file has."""

CODE = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
NO_RECEIPT = "Line %(line)s is none of a receipt: docs/feeds.md says what stands there."
TAKEN, REFUSED = "taken", "refused"


@dataclass(frozen=True)
class Receipt:
    """A receipt as it was read: of which file, and for each of its rows its line and why it was refused, "" if not."""

    recipient: str
    number: int
    digest: str
    answers: dict[UUID, tuple[int, str]]


# Reading


def read(data: bytes) -> Receipt:
    """A receipt: its first line names the file, each other line answers one row. InvalidInput names the wrong line."""
    if len(data) > MOST_BYTES:
        raise InvalidInput("receipt", "This is longer than the receipt of any file. Look which file it is.")
    lines = [line for line in data.splitlines() if line.strip()]
    if len(lines) < 2:
        _wrong("This receipt answers no row. Ask the other side for a whole one.", len(lines))
    head = _object(lines[0], 1, {"receipt": str, "file": int, "digest": str})
    if not 0 < head["file"] < files.MOST_NUMBER:
        _wrong(NO_RECEIPT, 1)
    answers: dict[UUID, tuple[int, str]] = {}
    for number, line in enumerate(lines[1:], 2):
        event, why = _answer(line, number)
        if event in answers:
            _wrong("Line %(line)s answers a row that a line before answers too.", number)
        answers[event] = number, why
    return Receipt(head["receipt"], head["file"], head["digest"], answers)


def _answer(line: bytes, number: int) -> tuple[UUID, str]:
    said = _object(line, number, {"event": str, "result": str})
    why = said.get("why", "refused") if said["result"] == REFUSED else ""
    try:
        event = UUID(said["event"])
    except ValueError:
        _wrong(NO_RECEIPT, number)
    if said["result"] not in (TAKEN, REFUSED) or (why and not (isinstance(why, str) and CODE.fullmatch(why))):
        _wrong(NO_RECEIPT, number)
    return event, why


def _object(line: bytes, number: int, wanted: dict[str, type]) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        _wrong(NO_RECEIPT, number)
    if not isinstance(said, dict) or any(type(said.get(name)) is not kind for name, kind in wanted.items()):
        _wrong(NO_RECEIPT, number)
    return said


def _wrong(sentence: str, line: int) -> NoReturn:
    raise InvalidInput("receipt", sentence, line=line)


# Taking


def take(act: Act, recipient: Recipient, data: bytes) -> FeedReceipt:
    """Take a receipt of a recipient: its rows are acknowledged, or refused by the other side. All of it or nothing.

    InvalidInput says what is of another row or file; Conflict for an answer that was given before.
    """
    receipt = read(data)
    file = _file(act, recipient, receipt)
    rows = _rows(act, file, receipt)
    for row in rows:
        why = receipt.answers[row.id][1]
        row.refused = why
        row.acknowledged_at = None if why else act.clock.now()
    _count_down(act, rows)
    refused = sum(1 for _, why in receipt.answers.values() if why)
    kept = FeedReceipt(
        id=uuid7(),
        file_id=file.id,
        digest=hashlib.sha256(data).hexdigest(),
        taken=len(rows) - refused,
        refused=refused,
        at=act.clock.now(),
        by=act.actor.id if act.actor.kind == "staff" else None,
    )
    act.session.add(kept)
    act.record("feed.receipt_taken", file, recipient=file.recipient, number=file.number, count=kept.taken, hits=refused)
    return kept


def acknowledge(act: Act, file: FeedFile) -> None:
    """The other side took a file whole, when it was pushed: every row without an answer is acknowledged."""
    lines = select(FeedLine.row_id).where(FeedLine.file_id == file.id)
    is_open = (FeedRow.acknowledged_at.is_(None), FeedRow.refused == "")
    rows = act.session.scalars(select(FeedRow).where(FeedRow.id.in_(lines), *is_open)).all()
    for row in rows:
        row.acknowledged_at = act.clock.now()
    _count_down(act, rows)
    file.push_refused = file.next_try_at = None
    act.record("feed.pushed", file, recipient=file.recipient, number=file.number, count=len(rows))


def _file(act: Act, recipient: Recipient, receipt: Receipt) -> FeedFile:
    if receipt.recipient != recipient.code:
        raise InvalidInput("receipt", "This is a receipt of another recipient. Bring it at that one's page.")
    query = select(FeedFile).where(FeedFile.recipient == recipient.code, FeedFile.number == receipt.number)
    file = act.session.scalar(query.with_for_update())
    if file is None or file.signed_at is None:
        raise InvalidInput(
            "receipt", "No file %(number)s went to this recipient. Ask for the right one.", number=receipt.number
        )
    if receipt.digest.lower() != file.digest:
        raise InvalidInput(
            "receipt",
            "It answers another file than the one that went as number %(number)s: the digest differs. Ask what they"
            " have.",
            number=receipt.number,
        )
    return file


def _rows(act: Act, file: FeedFile, receipt: Receipt) -> list[FeedRow]:
    """The rows that are answered, each of this file and without an answer so far; held until the act ends."""
    query = select(FeedRow, FeedLine.answered).join(FeedLine, FeedLine.row_id == FeedRow.id)
    query = query.where(FeedLine.file_id == file.id, FeedRow.id.in_(receipt.answers)).order_by(FeedRow.id)
    found = {row.id: (row, answered) for row, answered in act.session.execute(query.with_for_update(of=FeedRow))}
    for event, (line, _) in receipt.answers.items():
        if event not in found:
            _wrong("Line %(line)s answers a row that is not in this file. Nothing of the receipt was taken.", line)
        if found[event][1]:
            raise Conflict(
                "Line %(line)s answers a row that was answered before. Nothing of the receipt was taken.",
                field="receipt",
                line=line,
            )
    return [row for row, _ in found.values()]


def _count_down(act: Act, rows: Sequence[FeedRow]) -> None:
    """Every file that waits for an answer to these rows waits for so many fewer; without any it is settled."""
    mine = (FeedLine.row_id.in_([row.id for row in rows]), FeedLine.answered.is_(False))
    waiting = Counter(act.session.scalars(select(FeedLine.file_id).where(*mine)))
    act.session.execute(update(FeedLine).where(*mine).values(answered=True))
    for file_id, count in sorted(waiting.items()):
        file = act.session.get_one(FeedFile, file_id)
        file.unanswered -= count
        if file.unanswered == 0:
            file.settled_at, file.body = act.clock.now(), None


# What the other side refused


def refused(look: Look, recipient: Recipient, most: int = 50) -> list[FeedRow]:
    """Rows of the reader's centre that the other side refused and of which nobody said what becomes of them, the oldest
    first.
    """
    query = select(FeedRow).where(FeedRow.id.in_(outbox.refused(recipient.code).where(concerns(look)).limit(most)))
    return list(look.session.scalars(query.options(joinedload(FeedRow.file)).order_by(FeedRow.id)))


def again(act: Act, row: FeedRow) -> None:
    """A row that was refused goes again in the next file: what was wrong there was put right."""
    _check_refused(row)
    act.record("feed.row_again", row, recipient=row.recipient, code=row.refused)
    row.refused, row.file_id, row.columns = "", None, ""


def let_be(act: Act, row: FeedRow, reason: str) -> None:
    """Nothing more is sent of a row that was refused, for a reason."""
    _check_refused(row)
    if not reason.strip():
        raise InvalidInput("reason", "Say why nothing more is sent of it.")
    row.acknowledged_at = act.clock.now()
    act.record("feed.row_let_be", row, recipient=row.recipient, code=row.refused, reason=reason.strip())


def refused_row(look: Look, recipient: Recipient, row_id: UUID) -> FeedRow:
    """One row of a recipient, held until the transaction ends; NotFound for none, and for another centre's."""
    query = select(FeedRow).where(FeedRow.id == row_id, FeedRow.recipient == recipient.code, concerns(look))
    row = look.session.scalar(query.with_for_update(of=FeedRow))
    if row is None:
        raise NotFound("There is no such row. Open the recipient's page again.")
    return row


def concerns(look: Look) -> ColumnElement[bool]:
    """On rows: what is of the reader's centre, by its document's case or a case of its person, and what is of blanks.

    Administrators answer for the connection, auditors for everything: they see all.
    """
    if look.actor.roles & {RoleName.ADMINISTRATOR, RoleName.AUDITOR} or look.actor.kind != "staff":
        return true()
    here = IssuanceRequest.centre_id == look.actor.centre_id
    of_document = select(Document.id).join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
    of_document = of_document.where(Document.id == FeedRow.document_id, here)
    of_person = select(IssuanceRequest.id).where(IssuanceRequest.person_id == FeedRow.person_id, here)
    nobodys = and_(FeedRow.document_id.is_(None), FeedRow.person_id.is_(None))
    return or_(nobodys, of_document.correlate(FeedRow).exists(), of_person.correlate(FeedRow).exists())


def _check_refused(row: FeedRow) -> None:
    if not row.refused or row.acknowledged_at is not None:
        raise Conflict("Somebody said already what becomes of this row. Open the page again.")


def of_files(look: Look, file_ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many rows of each file receipts took and refused."""
    query = select(FeedReceipt.file_id, func.sum(FeedReceipt.taken), func.sum(FeedReceipt.refused))
    query = query.where(FeedReceipt.file_id.in_(file_ids)).group_by(FeedReceipt.file_id)
    return {file_id: (int(taken), int(refused)) for file_id, taken, refused in look.session.execute(query)}
