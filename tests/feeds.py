"""What tests of feeds share: a loss carried through, files as the other side reads them, receipts as it writes them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.chores import feeds as chores
from issuance.law.office.feeds import recipients
from issuance.models.documents import Document
from issuance.models.feeds import FeedFile, FeedReceipt, FeedRow
from issuance.office import Office
from issuance.services.feeds import files, receipts
from issuance.services.life import loss
from issuance.services.life.loss import Said
from tests.people import Case, SmallOffice

TODAY = dt.date(2026, 11, 2)


def report(office: SmallOffice, case: Case, kind: str = "lost", source: str = "holder") -> None:
    """Somebody says that the case's document is lost."""
    with office.act(office.actors["clerk"]) as act:
        loss.report(act, act.session.get_one(Document, case.document_id), Said(kind, source, office.clock.today()))


def settle(office: SmallOffice, who: str, case: Case, what: str) -> None:
    """The window settles that report: find, lift, or the kind that is confirmed."""
    with office.act(office.actors[who]) as act:
        row = loss.open_report(act, act.session.get_one(Document, case.document_id))
        assert row is not None
        if what == "find":
            loss.find(act, row)
        elif what == "lift":
            loss.lift(act, row)
        else:
            loss.confirm(act, row, what, "portrait")


def told(office: Office, recipient: str) -> list[FeedRow]:
    """What a recipient is told, in the order of its subjects."""
    with office.reading() as look:
        query = select(FeedRow).where(FeedRow.recipient == recipient)
        return list(look.session.scalars(query.order_by(FeedRow.subject, FeedRow.nth)))


def facts(office: Office, recipient: str) -> list[str]:
    """The words of that."""
    return [row.fact for row in told(office, recipient)]


def sent(office: Office, recipient: str) -> list[FeedFile]:
    """The files of a recipient after the background work had its turn, the first first."""
    chores.make_feeds(office)
    with office.reading() as look:
        query = select(FeedFile).where(FeedFile.recipient == recipient)
        return list(look.session.scalars(query.order_by(FeedFile.number)))


def lines(office: Office, file: FeedFile) -> list[dict[str, Any]]:
    """A file as the other side reads it."""
    with office.reading() as look:
        return [json.loads(line) for line in files.body_of(look, file).splitlines()]


def receipt(file: FeedFile, events: list[str], why: str = "", number: int = 0, digest: str = "") -> bytes:
    """A receipt of the other side for these rows of a file, or of one that it calls by another number or digest."""
    head = {"receipt": file.recipient, "file": number or file.number, "digest": digest or file.digest}
    said: list[dict[str, Any]] = [head]
    result = {"result": "refused", "why": why} if why else {"result": "taken"}
    said += [{"event": event} | result for event in events]
    return b"".join(json.dumps(line).encode() + b"\n" for line in said)


def take(office: Office, recipient: str, data: bytes) -> FeedReceipt:
    """The office takes a receipt."""
    with office.act(SYSTEM) as act:
        return receipts.take(act, recipients()[recipient], data)
