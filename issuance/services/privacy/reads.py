"""Who read a person: each opening with role, centre, time and reason; never a name (Art 15(4), judgment C-579/21)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.clock import office_day
from issuance.models.audit import AuditEvent
from issuance.models.staff import Centre, Staff

OPENINGS = (
    *("case.opened", "check.opened", "portrait.opened", "evidence.opened", "person.opened"),
    *("review.read", "observation.reasons_read"),
)
"""How acts begin by which somebody of the office only looks."""

BY_OTHERS = "person.opened_by_police"
"""A look by somebody outside: it is among what was told."""


@dataclass(frozen=True)
class Done:
    """An act on a person: when, what, the roles of who did it with spaces between them, where, and the reason given."""

    when: dt.datetime
    act: str
    roles: str
    centre: str
    reason: str

    @property
    def is_reading(self) -> bool:
        """Whether somebody of the office only looked."""
        return self.act.startswith(OPENINGS) and self.act != BY_OTHERS


def done(look: Look, happened: Iterable[AuditEvent]) -> list[Done]:
    """These events without names, in their order."""
    listed = list(happened)
    staff = _staff(look, {event.actor_id for event in listed if event.actor_id and event.actor_kind == "staff"})
    names = {key: name for key, name in look.session.execute(select(Centre.id, Centre.name))}
    return [
        Done(event.at, event.act, _roles(event, staff), names.get(event.centre_id, ""), event.reason)  # type: ignore[arg-type]
        for event in listed
    ]


def _staff(look: Look, ids: set[UUID]) -> Mapping[UUID, Staff]:
    return {each.id: each for each in look.session.scalars(select(Staff).where(Staff.id.in_(ids))).unique()}


def _roles(event: AuditEvent, staff: Mapping[UUID, Staff]) -> str:
    """The roles that the account had on that day, or which machine acted."""
    account = staff.get(event.actor_id) if event.actor_id else None
    if account is None:
        return event.actor_kind
    return " ".join(str(role) for role in account.roles_on(office_day(event.at))) or event.actor_kind
