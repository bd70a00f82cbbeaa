"""Files of a recipient: rows that wait are put into the next one, signed outside of any transaction, sent again.

A file is JSON lines: the first says which it is, each other one is a row. Its signature is apart from it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import defer

from issuance.acts import Act, Look
from issuance.db import uuid7, wait_turn
from issuance.errors import LimanError, NotFound
from issuance.keys.signer import ListSigner
from issuance.law.office.feeds import Recipient, recipients
from issuance.models.documents import Document
from issuance.models.feeds import FeedFile, FeedLine, FeedRow
from issuance.services.feeds import allowances
from issuance.services.trust import epochs
from printing.content import DocumentContent
from printing.pki import public_keys
from printing.pki.signing import SignerCertificate

MOST = 500
"""Rows of one file."""

MOST_NUMBER = 10**9

Said = dict[str, str | int | bool]

PERSONAL: Mapping[str, str] = {
    "surname": "family_name",
    "forenames": "given_names",
    "birth_date": "birth_date",
    "issue_date": "issue_date",
}
"""Where the personal columns of `feeds.toml` stand on the document."""


def waits(look: Look, code: str) -> bool:
    """Whether rows wait for a file of this recipient."""
    waiting = select(FeedRow.id).where(FeedRow.recipient == code, FeedRow.file_id.is_(None))
    return look.session.scalar(waiting.limit(1)) is not None


def make(act: Act, recipient: Recipient) -> FeedFile | None:
    """The next file of what waits, at most MOST rows, not signed yet; None when nothing waits."""
    wait_turn(act.session, f"files of {recipient.code}")
    waiting = select(FeedRow).where(FeedRow.recipient == recipient.code, FeedRow.file_id.is_(None))
    rows = act.session.scalars(waiting.order_by(FeedRow.nth, FeedRow.id).limit(MOST)).all()
    if not rows:
        return None
    personal = _personal(act, recipient, rows)
    made_at, number = act.clock.now(), epochs.next_value(act, _last(act, recipient.code))
    head: Said = {"feed": recipient.code, "file": number, "rows": len(rows), "made": made_at.isoformat()}
    lines = [head, *(_said(row, personal.get(row.id, {})) for row in rows)]
    body = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
    file = FeedFile(
        id=uuid7(),
        recipient=recipient.code,
        number=number,
        rows=len(rows),
        unanswered=len(rows),
        made_at=made_at,
        digest=hashlib.sha256(body).hexdigest(),
        encrypted=bool(personal),
    )
    file.body = act.vault.encrypt(body, file.id.bytes) if personal else body
    act.session.add(file)
    act.session.flush()
    for line, row in enumerate(rows, 2):
        row.file_id, row.columns = file.id, ",".join(personal.get(row.id, ()))
        act.session.add(FeedLine(file_id=file.id, line=line, row_id=row.id))
    act.record("feed.file_made", file, recipient=recipient.code, number=number, count=len(rows))
    return file


def _last(look: Look, code: str) -> int:
    query = select(FeedFile.number).where(FeedFile.recipient == code).order_by(FeedFile.number.desc()).limit(1)
    return look.session.scalar(query) or 0


def _said(row: FeedRow, personal: Mapping[str, str]) -> Said:
    """A row as its line says it; `event` is by what a reader knows it again."""
    said: Said = {"event": str(row.id), "fact": row.fact, "day": row.day.isoformat(), **row.says, **personal}
    return said | ({"history": True} if row.history else {})


def _personal(act: Act, recipient: Recipient, rows: Sequence[FeedRow]) -> dict[UUID, dict[str, str]]:
    """The personal columns of rows about documents, by row, as the documents say them; {} unless they are allowed.

    Of a document whose words were destroyed nothing is known.
    """
    if not recipient.personal or not allowances.is_allowed(act, recipient.code, allowances.PERSONAL):
        return {}
    about = {row.document_id: row.id for row in rows if row.document_id}
    query = select(Document.id, Document.content_id).where(
        Document.id.in_(about), Document.document_type.not_in(recipient.nameless)
    )
    blobs = {content_id: about[key] for key, content_id in act.session.execute(query)}
    opened = act.vault.open_all(act.session, list(blobs))
    return {
        blobs[key]: _columns(recipient, DocumentContent.model_validate_json(plain))
        for key, plain in opened.items()
        if not isinstance(plain, LimanError)
    }


def _columns(recipient: Recipient, content: DocumentContent) -> dict[str, str]:
    return {name: str(getattr(content, PERSONAL[name])) for name in recipient.personal}


# Signing


@dataclass(frozen=True)
class Unsigned:
    """A file that is to be signed."""

    id: UUID
    body: bytes


def unsigned(look: Look, code: str) -> Unsigned | None:
    """The first file of a recipient that nobody signed yet."""
    query = select(FeedFile).where(FeedFile.recipient == code, FeedFile.signed_at.is_(None))
    file = look.session.scalar(query.order_by(FeedFile.number).limit(1))
    return Unsigned(file.id, body_of(look, file)) if file else None


def signature(signer: ListSigner, body: bytes) -> bytes:
    """The signature over a file as openssl reads it (ECDSA with SHA-256, DER); no transaction is open."""
    key = public_keys.read(SignerCertificate.of(signer.certificate).public_key)
    return key.encode(signer.sign(body))


def keep_signature(look: Look, file_id: UUID, signed: bytes) -> None:
    """Keep a file's signature: it can be taken from here on."""
    mine = update(FeedFile).where(FeedFile.id == file_id, FeedFile.signed_at.is_(None))
    look.session.execute(mine.values(signature=signed, signed_at=look.clock.now()))


# Sending again


def send_again(act: Act, recipient: Recipient) -> FeedFile | None:
    """Rows of the oldest file whose term for an answer is over wait for the next file; None when there is none.

    The old file can be had no more; a receipt for it is still taken.
    """
    if recipient.resend_hours is None:
        return None
    before = act.clock.now() - dt.timedelta(hours=recipient.resend_hours)
    unsettled = (FeedFile.recipient == recipient.code, FeedFile.settled_at.is_(None))
    query = select(FeedFile).where(*unsettled, FeedFile.signed_at < before, FeedFile.resent_at.is_(None))
    file = act.session.scalar(query.order_by(FeedFile.number).limit(1).with_for_update())
    if file is None:
        return None
    open_rows = update(FeedRow).where(FeedRow.file_id == file.id, FeedRow.acknowledged_at.is_(None))
    act.session.execute(open_rows.where(FeedRow.refused == "").values(file_id=None, columns=""))
    file.resent_at, file.body = act.clock.now(), None
    act.record("feed.file_sent_again", file, recipient=recipient.code, number=file.number, count=file.unanswered)
    return file


# Taking


def body_of(look: Look, file: FeedFile) -> bytes:
    """A file as it was signed; NotFound when it was answered, or went again."""
    if file.body is None:
        raise NotFound("This file was answered, or its rows went again in a later one. Take that.")
    return look.vault.decrypt(file.body, file.id.bytes) if file.encrypted else file.body


def taken(look: Look, recipient: str, number: int) -> FeedFile:
    """A signed file by its number; NotFound when there is none."""
    query = select(FeedFile).where(FeedFile.recipient == recipient, FeedFile.number == number)
    is_one = recipient in recipients() and number < MOST_NUMBER
    file = look.session.scalar(query.where(FeedFile.signed_at.is_not(None))) if is_one else None
    if file is None:
        raise NotFound("There is no such file. Open the recipient's page again.")
    return file


def following(look: Look, recipient: str, after: int) -> FeedFile | None:
    """The first unsettled file after a number; None when there is none, or it is not signed yet."""
    query = select(FeedFile).where(FeedFile.recipient == recipient, FeedFile.number > after)
    query = query.where(FeedFile.settled_at.is_(None)).order_by(FeedFile.number).limit(1)
    file = look.session.scalar(query)
    return file if file is not None and file.signed_at else None


def listed(look: Look, recipient: str, before: int | None = None, most: int = 50) -> list[FeedFile]:
    """The newest files of a recipient, or those before a number; the bodies of none are read."""
    query = select(FeedFile).where(FeedFile.recipient == recipient)
    if before is not None:
        query = query.where(FeedFile.number < before)
    return list(look.session.scalars(query.options(defer(FeedFile.body)).order_by(FeedFile.number.desc()).limit(most)))


def fetch(act: Act, file: FeedFile) -> tuple[bytes, bytes]:
    """Somebody takes a file to carry it to the other side: its body and its signature."""
    body = body_of(act, file)
    assert file.signature
    file.fetched_at = act.clock.now()
    act.record("feed.file_taken", file, recipient=file.recipient, number=file.number, count=file.rows)
    return body, file.signature
