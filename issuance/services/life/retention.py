"""Retention: what the register may no longer keep, it destroys by destroying keys (domain section 5)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from issuance.actors import SYSTEM
from issuance.clock import Clock
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.vault import Blob, DataKey
from issuance.services.casework import enrolment
from issuance.services.trust import audit
from issuance.states import RequestState
from issuance.vault import Vault

ENDED_WITHOUT_DOCUMENT = (RequestState.REFUSED, RequestState.WITHDRAWN)
KEEP_ENDED_DAYS = 90


def after_hand_over(session: Session, request_id: UUID, *, clock: Clock) -> int:
    """Only what lives with the document stays: portraits that were not printed are deleted. Returns how many."""
    request = session.get_one(IssuanceRequest, request_id)
    printed = enrolment.accepted(session, request)
    query = select(Portrait).where(Portrait.request_id == request_id)
    superseded = [portrait for portrait in session.scalars(query) if portrait is not printed and portrait.master_id]
    blobs = [blob_id for portrait in superseded for blob_id in (portrait.master_id, portrait.print_id)]
    for portrait in superseded:
        portrait.master_id = portrait.print_id = None
    session.flush()
    session.execute(delete(Blob).where(Blob.id.in_(blobs)))
    audit.record(session, "retention.applied", actor=SYSTEM, clock=clock, subjects=[request], portraits=len(superseded))
    return len(superseded)


def destroy_ended(session: Session, *, vault: Vault, clock: Clock) -> int:
    """Destroy the keys of requests that ended without a document more than 90 days ago. Returns how many."""
    limit = clock.today() - dt.timedelta(days=KEEP_ENDED_DAYS)
    query = (
        select(IssuanceRequest)
        .join(DataKey, DataKey.request_id == IssuanceRequest.id)
        .where(
            IssuanceRequest.state.in_(ENDED_WITHOUT_DOCUMENT),
            IssuanceRequest.ended_on < limit,
            DataKey.destroyed_at.is_(None),
        )
    )
    ended = session.scalars(query).all()
    for request in ended:
        vault.destroy(session, request.id, clock=clock)
        audit.record(session, "retention.key_destroyed", actor=SYSTEM, clock=clock, subjects=[request])
    return len(ended)
