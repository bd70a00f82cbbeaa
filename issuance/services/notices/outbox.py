"""The outbox: what is to be sent to whom, written in the transaction of the act that it tells of."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from issuance.acts import Act, Look
from issuance.db import is_new, uuid7
from issuance.models.mandates import Mandate
from issuance.models.notices import Contact, Notice, NoticeKind
from issuance.models.requests import IssuanceRequest
from issuance.services.mandates import asking
from issuance.services.notices import channels, texts
from issuance.states import OPEN, RequestState

MOST_LISTED = 50
FOR = "|"
"""In an occasion, before the mandate of whom it is told."""

NOW = {
    RequestState.INCOMPLETE: NoticeKind.MISSING,
    RequestState.READY: NoticeKind.READY,
    RequestState.UNCOLLECTED: NoticeKind.READY,
}
"""What somebody has to know who gives an address while the request stands here; of the others that it was received."""


def write(act: Act, request: IssuanceRequest, kind: NoticeKind, occasion: str = "") -> None:
    """Tell the person of this request, by every channel that they agreed to. A part of an act.

    Of one `occasion` of a kind one notice is written for each channel, however often it is asked for.
    """
    if is_new(request.person):
        return  # who was not known a moment ago has agreed to nothing
    for contact in _reachable(act, request.person.id):
        write_to(act, contact, request, kind, occasion)


def write_to(look: Look, contact: Contact, request: IssuanceRequest, kind: NoticeKind, occasion: str) -> None:
    """Tell the person by one channel. A part of an act, or of upkeep: rows of the outbox are machinery."""
    occasion = occasion_of(contact, occasion)
    once = (Notice.request_id == request.id, Notice.kind == kind, Notice.occasion == occasion)
    if look.session.scalar(select(Notice.id).where(*once, Notice.channel == contact.channel)):
        return
    now = look.clock.now()
    language = texts.OFFICE_LANGUAGE if contact.mandate_id else texts.language_for(request.person.language)
    said = {"kind": kind, "channel": contact.channel, "occasion": occasion, "language": language}
    row = Notice(id=uuid7(), request_id=request.id, contact_id=contact.id, written_at=now, next_at=now, **said)
    look.session.add(row)


def occasion_of(contact: Contact, occasion: str) -> str:
    """An occasion as it is kept: to each who acts for the person it is told once, as to the person."""
    return f"{occasion}{FOR}{contact.mandate_id.hex}" if contact.mandate_id else occasion


def write_now(act: Act, contact: Contact, request: IssuanceRequest) -> None:
    """Tell by an address that was just given how far the request is: what was not heard is said, and a slip shows."""
    if request.state in OPEN:
        write_to(act, contact, request, NOW.get(request.state, NoticeKind.RECEIVED), str(contact.id))


def _reachable(look: Look, person_id: UUID) -> list[Contact]:
    """Where the person, and who acts for them, agreed to be written to, and was not found to be wrong."""
    names = channels.names(look.settings)
    if not names:
        return []
    query = select(Contact).where(Contact.person_id == person_id, Contact.channel.in_(names))
    query = query.where(Contact.withdrawn_at.is_(None), Contact.code_until.is_(None), Contact.refused_at.is_(None))
    query = query.where(counts(look))
    return list(look.session.scalars(query.order_by(Contact.id)))


def counts(look: Look) -> ColumnElement[bool]:
    """On contacts: the person's own, or of a mandate that lets its holder receive notices today."""
    today = asking.holds("receive_notices", look.clock.today())
    return or_(Contact.mandate_id.is_(None), select(Mandate.id).where(Mandate.id == Contact.mandate_id, today).exists())


def of_request(look: Look, request: IssuanceRequest) -> list[Notice]:
    """What was written about a request, the newest first."""
    query = select(Notice).where(Notice.request_id == request.id)
    return list(look.session.scalars(query.order_by(Notice.id.desc()).limit(MOST_LISTED)))
