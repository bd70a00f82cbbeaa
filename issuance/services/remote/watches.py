"""Watches: entries of a roster by which an officer decides or checks for another centre on some hours, from her own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.errors import NotAllowed
from issuance.models.duties import Roster
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watch:
    """One entry within whose hours it is now: for which centre, and until when."""

    entry: Roster
    centre: Centre
    until: dt.datetime


def mine(look: Look, staff_id: UUID | None, role: RoleName | None = None) -> list[Watch]:
    """For which other centres somebody is on duty now, with this role or any; the first to end first."""
    return _with(role, _now(look, Roster.staff_id == staff_id))


def at(look: Look, centre_id: UUID | None, role: RoleName | None = None) -> list[Watch]:
    """Who of other centres is on duty for this one now, with this role or any."""
    return _with(role, _now(look, Roster.centre_id == centre_id))


def _with(role: RoleName | None, found: list[Watch]) -> list[Watch]:
    return [watch for watch in found if role in (None, watch.entry.role)]


def over_case(look: Look, staff_id: UUID, request_id: UUID, roles: Iterable[str]) -> Watch | None:
    """The watch by which somebody opens a page of one of these roles about this case; None when there is none."""
    fitting = [watch for watch in mine(look, staff_id) if watch.entry.role in roles]
    if not fitting:
        return None
    centre_id = look.session.scalar(select(IssuanceRequest.centre_id).where(IssuanceRequest.id == request_id))
    return next((watch for watch in fitting if watch.centre.id == centre_id), None)


def check_not_over(look: Look, request_id: UUID) -> None:
    """NotAllowed, in a sentence that says so, for whoever was or will be on duty for the centre of this case."""
    hours = select(Roster).join(IssuanceRequest, IssuanceRequest.centre_id == Roster.centre_id)
    hours = hours.where(IssuanceRequest.id == request_id, Roster.staff_id == look.actor.id, *_about_today(look))
    if look.session.scalars(hours.limit(1)).first():
        raise NotAllowed(
            "You are not on duty for this centre now: your hours there have ended, or not begun. Nothing was changed;"
            " leave it to who is on duty, or ask the supervisor there."
        )


def ends(entry: Roster, moment: dt.datetime) -> dt.datetime | None:
    """When the hours of an entry in which this moment lies end; None outside them."""
    assert entry.from_time is not None
    assert entry.to_time is not None
    today = moment.astimezone(OFFICE_ZONE).date()
    for day in (today, today - DAY):
        begin = dt.datetime.combine(day, entry.from_time, OFFICE_ZONE)
        last = day if entry.from_time < entry.to_time else day + DAY
        end = dt.datetime.combine(last, entry.to_time, OFFICE_ZONE)
        if _begins_on(entry, day) and begin <= moment < end:
            return end
    return None


def _begins_on(entry: Roster, day: dt.date) -> bool:
    return entry.from_day <= day <= entry.to_day and str(day.isoweekday()) in entry.weekdays


def _now(look: Look, whose: ColumnElement[bool]) -> list[Watch]:
    query = select(Roster, Centre).join(Centre, Centre.id == Roster.centre_id)
    query = query.where(whose, Roster.ended_at.is_(None), *_about_today(look))
    found = [
        Watch(entry, centre, until)
        for entry, centre in look.session.execute(query.order_by(Roster.id)).unique()
        if (until := ends(entry, look.clock.now())) and _may(look, entry)
    ]
    return sorted(found, key=lambda watch: watch.until)


def _about_today(look: Look) -> tuple[ColumnElement[bool], ...]:
    """Watches that may have begun today, or yesterday and last until this morning."""
    today = look.clock.today()
    return (Roster.role != "", Roster.from_day <= today, Roster.to_day >= today - DAY)


def _may(look: Look, entry: Roster) -> bool:
    """Whether the account still works here, elsewhere than at this centre, and has the role."""
    person = entry.staff
    return person.active and person.centre_id != entry.centre_id and entry.role in person.roles_on(look.clock.today())
