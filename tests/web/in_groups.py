"""A group in the full register, of those whose requests are open there."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from issuance.models.groups import GroupMember, ResettlementGroup
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Staff
from issuance.office import Office
from issuance.states import RequestState
from tests.bench.filled.office import NOW, OWN


def of_group(office: Office, states: Collection[RequestState]) -> None:
    """A group of up to 200 persons whose requests are at these states, one request a person."""
    with office.database.transaction() as session:
        own = session.scalars(select(Centre).where(Centre.code == OWN)).one()
        keeper = session.scalars(select(Staff.id).where(Staff.centre_id == own.id)).first()
        group = ResettlementGroup(centre_id=own.id, name="G", origin="Amman", sender="unhcr", sender_number="U-1")
        group.expected_on, group.brought_by, group.brought_at = NOW.date(), keeper, NOW
        session.add(group)
        session.flush()
        query = select(IssuanceRequest).where(IssuanceRequest.centre_id == own.id, IssuanceRequest.state.in_(states))
        rows = session.scalars(query.order_by(IssuanceRequest.id.desc()).limit(200)).all()
        for place, row in enumerate({row.person_id: row for row in rows}.values(), start=1):
            session.add(GroupMember(group_id=group.id, request_id=row.id, person_id=row.person_id, place=place))
