"""What the tests of groups share: a list that is brought and lodged, and its members by their places."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select

from issuance.models.groups import GroupMember, ResettlementGroup
from issuance.models.requests import IssuanceRequest
from issuance.services.groups import lists, stages
from issuance.services.groups.lists import Wanted
from issuance.services.groups.stages import Counts
from issuance.services.imports import files
from tests.background import work
from tests.integration.imports.test_files import lodge, people
from tests.integration.imports.test_lines import file_of
from tests.people import SmallOffice

Line = dict[str, str]
ARRIVES = dt.date(2026, 11, 3)
FLIGHT = Wanted("Timișoara, November", "Emergency Transit Centre", "iom", "IOM-2026/41", ARRIVES)


def family(count: int = 4) -> list[Line]:
    """Lines of so many persons, nobody like another."""
    return people(count)


def bring(office: SmallOffice, *rows: Line, wanted: Wanted = FLIGHT) -> UUID:
    """The supervisor brings a list, and it is checked; its group."""
    brought = files.prepare(office.vault, file_of(*rows))
    with office.act(office.actors["supervisor"]) as act:
        group_id = lists.bring(act, wanted, brought).id
    work(office)
    return group_id


def lodged(office: SmallOffice, *rows: Line, wanted: Wanted = FLIGHT) -> UUID:
    """The same, and the supervisor lets its good lines be lodged; its group."""
    group_id = bring(office, *rows, wanted=wanted)
    with office.reading() as look:
        (file,) = lists.files_of(look, look.session.get_one(ResettlementGroup, group_id))
    lodge(office, file.id)
    return group_id


def members(office: SmallOffice, group_id: UUID) -> list[GroupMember]:
    """Everybody who is or was in a group, by their places."""
    with office.reading() as look:
        query = select(GroupMember).where(GroupMember.group_id == group_id)
        return list(look.session.scalars(query.order_by(GroupMember.place)))


def requests(office: SmallOffice, group_id: UUID) -> list[UUID]:
    """The requests of those."""
    return [member.request_id for member in members(office, group_id)]


def counts(office: SmallOffice, group_id: UUID) -> Counts:
    """How far a group is."""
    with office.reading() as look:
        return stages.of(look, look.session.get_one(ResettlementGroup, group_id))


def request(office: SmallOffice, request_id: UUID) -> IssuanceRequest:
    """A request as it is now."""
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, request_id)
