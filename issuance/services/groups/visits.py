"""The one appointment of a group: a run of the centre's slots, reserved, moved and given back in one act each.

Each member has a time of their own in it, which the status page, the door and the desk know as any appointment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Act, Look
from issuance.clock import office_day
from issuance.db import written
from issuance.errors import Conflict, InvalidInput
from issuance.models.appointments import Appointment, Purpose
from issuance.models.groups import GroupMember, ResettlementGroup
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.appointments import bookings, runs
from issuance.services.appointments.bookings import TO_COLLECT
from issuance.services.appointments.runs import Run
from issuance.services.membership import members
from issuance.states import AT_THE_DESK, AppointmentState

Row = TypeVar("Row", Appointment, IssuanceRequest)

COME_FOR = {Purpose.LODGING: AT_THE_DESK, Purpose.COLLECTION: TO_COLLECT}
"""Where the requests stand of those who come: to be enrolled, to be handed their documents."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is booked for a purpose: how many persons, from when to when their times begin; and how many have none."""

    persons: int
    first: dt.datetime | None
    last: dt.datetime | None
    without: int


def of(look: Look, group: ResettlementGroup, purpose: Purpose) -> Visit:
    """How many of a group come for this, when, and how many have no time yet."""
    left = _without(group, purpose).with_only_columns(IssuanceRequest.id).order_by(None)
    without = select(func.count()).select_from(left.subquery()).scalar_subquery()
    columns = (func.count(), func.min(Appointment.starts_at), func.max(Appointment.starts_at), without)
    booked = select(*columns).join(GroupMember, GroupMember.request_id == Appointment.request_id)
    return Visit(*look.session.execute(booked.where(*_booked(group, purpose))).one())


def reserve(act: Act, group: ResettlementGroup, run: Run) -> int:
    """A time for everybody of the group who comes for this and has none; how many. Conflict for nobody.

    InvalidInput names the field: the past, a closed day, before the group arrives, fewer places than persons.
    """
    _check(act, group, run)
    found = act.session.scalars(_without(group, run.purpose)).unique().all()
    if not found:
        raise Conflict("Nobody of this group needs a time now. Look below who waits for what.")
    families = _families((request.party_id or request.id, request) for request in found)
    rows = runs.reserve(act, group.centre, run, families)
    act.record("group.appointed", group, *found, purpose=run.purpose, count=len(rows))
    return len(rows)


def move(act: Act, group: ResettlementGroup, run: Run) -> int:
    """All who have a time for this come from another one on; how many. Errors as of `reserve`."""
    _check(act, group, run)
    rows = _rows(act, group, run.purpose)
    families = _families((row.request.party_id or row.request.id, row) for row in rows if row.request)
    runs.move(act, group.centre, run, families)
    act.record("group.appointment_moved", group, *_requests(rows), purpose=run.purpose, count=len(rows))
    return len(rows)


def give_back(act: Act, group: ResettlementGroup, purpose: Purpose) -> int:
    """Nobody of the group comes for this: others have their times; how many were kept."""
    _begin(act, group)
    rows = _rows(act, group, purpose)
    runs.give_back(act, group.centre, rows)
    act.record("group.appointment_given_back", group, *_requests(rows), purpose=purpose, count=len(rows))
    return len(rows)


def _begin(act: Act, group: ResettlementGroup) -> None:
    centres.check_own(act, group)
    bookings.lock(act, group.centre_id)


def _check(act: Act, group: ResettlementGroup, run: Run) -> None:
    _begin(act, group)
    if (
        run.purpose == Purpose.LODGING
        and act.clock.now() <= run.starts_at
        and office_day(run.starts_at) < group.expected_on
    ):
        message = "The group is expected on %(day)s. Choose a time from that day on."
        raise InvalidInput("starts_at", message, day=f"{group.expected_on:%d.%m.%Y}")


def _rows(act: Act, group: ResettlementGroup, purpose: Purpose) -> Sequence[Appointment]:
    query = select(Appointment).join(GroupMember, GroupMember.request_id == Appointment.request_id)
    query = query.where(*_booked(group, purpose)).order_by(GroupMember.place)
    rows = act.session.scalars(query.with_for_update(of=Appointment).execution_options(populate_existing=True)).all()
    if not rows:
        raise Conflict("Nobody of this group has a time. Reserve one first.")
    return rows


def _booked(group: ResettlementGroup, purpose: Purpose) -> tuple[ColumnElement[bool], ...]:
    booked = Appointment.state == written(AppointmentState.BOOKED)
    return (*members.there(group.id), booked, Appointment.purpose == purpose, Appointment.centre_id == group.centre_id)


def _without(group: ResettlementGroup, purpose: Purpose) -> Select[IssuanceRequest]:
    has_one = select(Appointment.id).where(
        Appointment.request_id == IssuanceRequest.id, Appointment.state == written(AppointmentState.BOOKED)
    )
    query = select(IssuanceRequest).join(GroupMember, GroupMember.request_id == IssuanceRequest.id)
    waits = (IssuanceRequest.state.in_(COME_FOR[purpose]), IssuanceRequest.centre_id == group.centre_id)
    return query.where(*members.there(group.id), *waits, ~has_one.exists()).order_by(GroupMember.place)


def _families(found: Iterable[tuple[UUID, Row]]) -> list[list[Row]]:
    """In the order of the list, families where their first stands."""
    families: dict[UUID, list[Row]] = {}
    for key, each in found:
        families.setdefault(key, []).append(each)
    return list(families.values())


def _requests(rows: Iterable[Appointment]) -> list[IssuanceRequest]:
    return [row.request for row in rows if row.request]
