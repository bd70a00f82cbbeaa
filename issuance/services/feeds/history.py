"""What happened before there were feeds: each recipient is told of it once, some documents at a time.

Of a document is told where it stands now, unless the recipient has heard of it since; blanks that are missing follow.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.clock import office_day
from issuance.law.office.feeds import Happening, Recipient, recipients
from issuance.models.documents import Document, HandOver, about
from issuance.models.endings import Ending, LossReport
from issuance.models.feeds import FeedHistory, FeedRow, hearing
from issuance.models.feeds.hearing import About
from issuance.models.stock import Blank
from issuance.models.supply import Place
from issuance.services.feeds import ranges
from issuance.states import HANDED_OVER, BlankState, DocumentState

AT_ONCE = 500
"""Documents of one look."""


def unfinished(look: Look) -> Recipient | None:
    """The first recipient that was not told of everything before."""
    done = set(look.session.scalars(select(FeedHistory.recipient).where(FeedHistory.ended_at.is_not(None))))
    return next((one for one in recipients().values() if one.code not in done), None)


def tell(look: Look, recipient: Recipient) -> bool:
    """Go on telling a recipient, AT_ONCE documents further; whether that was all."""
    row = look.session.get(FeedHistory, recipient.code, with_for_update=True)
    if row is None:
        row = FeedHistory(recipient=recipient.code, after=None, told=0, ended_at=None)
        look.session.add(row)
        look.session.flush()  # of two workers one begins
    documents = _next(look, row.after)
    row.told += _tell_documents(look, recipient, documents)
    if documents:
        row.after = documents[-1].id
    else:
        row.told += _tell_blanks(look, recipient)
        row.ended_at = look.clock.now()
    return not documents


def _next(look: Look, after: UUID | None) -> list[Document]:
    """The next documents that were ever handed over, none of which moves meanwhile."""
    query = select(Document).where(Document.state.in_(HANDED_OVER)).order_by(Document.id).limit(AT_ONCE)
    if after is not None:
        query = query.where(Document.id > after)
    return list(look.session.scalars(query.with_for_update(of=Document)))


def _tell_documents(look: Look, recipient: Recipient, documents: Iterable[Document]) -> int:
    ids, told = [each.id for each in documents], 0
    reports, days = _open_reports(look, ids), _days(look, ids)
    for document in documents:
        report = reports.get(document.id)
        happened = [hearing.moved(None, document.state)]
        if report is not None:
            happened.append(Happening(f"reported_{report.kind}"))
        day = report.noticed_on if report else days.get(document.id)
        said = replace(about(document, day), history=True)
        for happening in happened:
            if happening and recipient.hears(happening, document.document_type):
                told += hearing.tell_one(look.session.connection(), recipient, happening, said)
    return told


def _open_reports(look: Look, ids: list[UUID]) -> dict[UUID, LossReport]:
    query = select(LossReport).where(LossReport.document_id.in_(ids), LossReport.settled_at.is_(None))
    return {report.document_id: report for report in look.session.scalars(query)}


def _days(look: Look, ids: list[UUID]) -> dict[UUID, dt.date]:
    """When each came to stand where it does, as far as it is known: handed over, noticed as lost, ended."""
    handed = select(HandOver.document_id, HandOver.at).where(HandOver.document_id.in_(ids))
    ended = select(Ending.document_id, Ending.at).where(Ending.document_id.in_(ids))
    noticed = select(LossReport.document_id, LossReport.noticed_on).where(
        LossReport.document_id.in_(ids), LossReport.outcome.in_((DocumentState.LOST, DocumentState.STOLEN))
    )
    days = {key: office_day(at) for key, at in look.session.execute(handed)}
    days |= dict(look.session.execute(noticed).all())
    return days | {key: office_day(at) for key, at in look.session.execute(ended)}


# Blanks


def _tell_blanks(look: Look, recipient: Recipient) -> int:
    """Blanks that are missing, unless they were told to be."""
    if Happening.BLANKS_MISSING not in recipient.told:
        return 0
    lost = select(Blank.stock, Blank.serial).join(Place, Place.id == Blank.place_id)
    by_stock: dict[str, list[str]] = defaultdict(list)
    for stock, serial in look.session.execute(lost.where(Place.kind == BlankState.MISSING)):
        by_stock[stock].append(serial)
    told = 0
    for stock, serials in sorted(by_stock.items()):
        if ranges.codes(recipient, stock):
            told += _tell_stock(look, recipient, stock, serials)
    return told


def _tell_stock(look: Look, recipient: Recipient, stock: str, serials: list[str]) -> int:
    known = [
        (row.says["number"], row.says["to"])
        for row in look.session.scalars(
            select(FeedRow).where(FeedRow.recipient == recipient.code, FeedRow.subject == f"stock {stock}")
        )
        if row.fact == recipient.told[Happening.BLANKS_MISSING]
    ]
    news = [serial for serial in serials if not any(ranges.covers(each, serial) for each in known)]
    found = list(ranges.in_ranges(news))
    for each in found:
        said: About = replace(ranges.about_range(look, recipient, stock, each), history=True)
        hearing.tell_one(look.session.connection(), recipient, Happening.BLANKS_MISSING, said)
    return len(found)
