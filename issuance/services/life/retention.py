"""Retention: what the register may no longer keep, it destroys by destroying keys (docs/law.md, section 5)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select

from issuance.acts import Act
from issuance.db import written
from issuance.law.retention import retention_rules_on
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.vault import Blob, DataKey
from issuance.states import WITHOUT_DOCUMENT


def after_hand_over(act: Act, request_id: UUID) -> int:
    """Only what lives with the document stays: portraits that were not printed are deleted. Returns how many."""
    request = act.session.get_one(IssuanceRequest, request_id)
    query = select(Portrait).where(Portrait.request_id == request_id).order_by(Portrait.id)
    *earlier, newest = act.session.scalars(query)
    superseded = [portrait for portrait in earlier if portrait.master_id]
    assert newest.accepted_by  # it was printed
    blobs = [blob_id for portrait in superseded for blob_id in (portrait.master_id, portrait.print_id)]
    for portrait in superseded:
        portrait.master_id = portrait.print_id = None
    act.session.flush()
    act.session.execute(delete(Blob).where(Blob.id.in_(blobs)))
    act.record("retention.applied", request, portraits=len(superseded))
    return len(superseded)


def destroy_ended(act: Act) -> int:
    """Destroy the keys of requests that ended without a document longer ago than the law's period. Returns how many."""
    today = act.clock.today()
    limit = retention_rules_on(today).ended_before(today)
    query = (
        select(IssuanceRequest)
        .join(DataKey, DataKey.request_id == IssuanceRequest.id)
        .where(
            IssuanceRequest.state.in_([written(state) for state in WITHOUT_DOCUMENT]),
            IssuanceRequest.ended_on < limit,
            DataKey.destroyed_at.is_(None),
        )
    )
    ended = act.session.scalars(query).all()
    for request in ended:
        act.vault.destroy(act.session, request.id, clock=act.clock)
        act.record("retention.key_destroyed", request)
    return len(ended)
