"""Who has a document that expires soon is told, twice: from the day of each term on, once."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from issuance.acts import Act
from issuance.db import written
from issuance.models.documents import Document
from issuance.models.notices import Contact, Notice, NoticeKind
from issuance.models.requests import IssuanceRequest
from issuance.services.notices import channels, outbox
from issuance.states import DocumentState

TERMS = (60, 30)
"""Days before the last valid day."""

LATEST = dt.timedelta(days=7)
"""So long after its day a term is made up for, when the office was shut or an address was given late."""

MOST = 200


def write(act: Act) -> int:
    """Write to those who are not told yet, at most MOST of them; how many."""
    return sum(_write(act, days) for days in TERMS)


def _write(act: Act, days: int) -> int:
    until = act.clock.today() + dt.timedelta(days=days)
    told = select(Notice.id).where(
        Notice.request_id == Document.request_id,
        Notice.kind == NoticeKind.EXPIRING,
        Notice.channel == Contact.channel,
        Notice.occasion == str(days),
    )
    query = (
        select(IssuanceRequest, Contact)
        .join(Document, Document.request_id == IssuanceRequest.id)
        .join(Contact, Contact.person_id == IssuanceRequest.person_id)
        .where(
            Document.state == written(DocumentState.VALID),
            Document.expiry_date > until - LATEST,
            Document.expiry_date <= until,
            Contact.channel.in_(channels.names(act.settings)),
            Contact.withdrawn_at.is_(None),
            Contact.refused_at.is_(None),
            ~told.exists(),
        )
    )
    found = act.session.execute(query.order_by(Document.expiry_date, Document.id).limit(MOST // len(TERMS))).all()
    for request, contact in found:
        outbox.write_to(act, contact, request, NoticeKind.EXPIRING, str(days))
        act.record("notice.expiring", request, centre_id=request.centre_id, channel=contact.channel, days=days)
    return len(found)
