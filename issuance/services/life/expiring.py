"""Whose document expires soon, as printed or by a decree, is told twice: from the day of each term on, once."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, or_, select

from issuance.acts import Act, Look
from issuance.db import written
from issuance.models.documents import Document
from issuance.models.notices import Contact, Notice, NoticeKind
from issuance.models.requests import IssuanceRequest
from issuance.services.life import extensions
from issuance.services.notices import channels, outbox
from issuance.states import DocumentState

TERMS = (60, 30)
"""Days before the last valid day."""

LATEST = dt.timedelta(days=7)
"""So long after its day a term is made up for, when the office was shut or an address was given late."""

MOST = 200


def write(act: Act) -> int:
    """Write to those who are not told yet, at most MOST of them; how many."""
    return sum(_write(act, days, *each) for days in TERMS for each in _classes(act, days))


def _classes(look: Look, days: int) -> list[tuple[str, ColumnElement[bool]]]:
    """Documents whose last day is so near: by what is printed, and by each decision; the occasion of each class."""
    first = look.clock.today() + dt.timedelta(days=days) - LATEST + dt.timedelta(days=1)
    last = first + LATEST - dt.timedelta(days=1)
    longer = [each for each in extensions.agreed(look) if each.until >= look.clock.today()]
    printed = Document.expiry_date.between(first, last) & ~extensions.concern(longer)
    found: list[tuple[str, ColumnElement[bool]]] = [(str(days), printed)]
    for each in longer:
        if first <= each.until <= last:
            later = [other for other in longer if other.until > each.until]
            found.append((f"{days} {each.until}", extensions.concern([each]) & ~extensions.concern(later)))
    return found


def _write(act: Act, days: int, occasion: str, expires: ColumnElement[bool]) -> int:
    told = select(Notice.id).where(
        Notice.request_id == Document.request_id,
        Notice.kind == NoticeKind.EXPIRING,
        Notice.channel == Contact.channel,
        or_(
            Contact.mandate_id.is_(None) & (Notice.occasion == occasion),
            (Notice.contact_id == Contact.id) & Notice.occasion.startswith(f"{occasion}{outbox.FOR}", autoescape=True),
        ),
    )
    query = (
        select(IssuanceRequest, Contact)
        .join(Document, Document.request_id == IssuanceRequest.id)
        .join(Contact, Contact.person_id == IssuanceRequest.person_id)
        .where(
            Document.state == written(DocumentState.VALID),
            expires,
            Contact.channel.in_(channels.names(act.settings)),
            Contact.withdrawn_at.is_(None),
            Contact.code_until.is_(None),
            Contact.refused_at.is_(None),
            outbox.counts(act),
            ~told.exists(),
        )
    )
    found = act.session.execute(query.order_by(Document.expiry_date, Document.id).limit(MOST // len(TERMS))).all()
    for request, contact in found:
        outbox.write_to(act, contact, request, NoticeKind.EXPIRING, occasion)
        act.record("notice.expiring", request, centre_id=request.centre_id, channel=contact.channel, days=days)
    return len(found)
