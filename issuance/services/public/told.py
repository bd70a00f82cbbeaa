"""What holders tell from the status page: a loss or theft (E19). The public pages only put it into a box of their own.

They have no key of the audit trail and change no document: the office takes each out of the box as an act, within
seconds. From the moment that it lies there the status page says that the document does not hold.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import Row, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document
from issuance.models.endings import ToldLoss
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.life import loss
from issuance.services.life.loss import Said
from issuance.services.life.validity import HELD, holds
from issuance.services.public import receipts
from issuance.states import DocumentState


def held(look: Look, reference: str, birth_date: str) -> Row[UUID, dt.date, DocumentState, str, dt.date | None] | None:
    """The holder's document that holds: its id, day of issue, and the columns of a `Held`. None once its loss was told.

    `reference` and `birth_date` as in `status.public_status`.
    """
    return look.session.execute(
        select(Document.id, Document.issue_date, *HELD)
        .join(IssuanceRequest, Document.request_id == IssuanceRequest.id)
        .join(Person, IssuanceRequest.person_id == Person.id)
        .outerjoin(ToldLoss, ToldLoss.document_id == Document.id)
        .where(receipts.shown_by(reference, birth_date), holds(look), ToldLoss.document_id.is_(None))
    ).one_or_none()


def tell(look: Look, reference: str, birth_date: str, said: Said) -> None:
    """Put into the box that the document which was collected is gone; nothing where it does not hold, or told again.

    InvalidInput names the day when it cannot be.
    """
    document = held(look, reference, birth_date)
    if document is None:
        return
    loss.check_noticed(look, document.issue_date, said.noticed_on)
    told = ToldLoss(document_id=document.id, kind=said.kind, noticed_on=said.noticed_on)
    told.told_at = look.clock.now()
    look.session.add(told)


def first(look: Look) -> UUID | None:
    """The document of what was told first and not yet taken."""
    return look.session.scalar(select(ToldLoss.document_id).order_by(ToldLoss.told_at).limit(1))


def take(act: Act, document_id: UUID) -> None:
    """Make of what was told the report of the holder, and empty the box of it; the event says when it was known."""
    row = act.session.get(ToldLoss, document_id, with_for_update=True)
    if row is None:
        return
    act.session.delete(row)
    document = act.session.get_one(Document, document_id)
    try:
        with act.attempt():
            loss.report(act, document, Said(row.kind, loss.STATUS_PAGE, row.noticed_on))
    except (Conflict, InvalidInput):  # the window knew it already
        act.record("document.told_again", document, document.request, centre_id=document.request.centre_id)
