"""What was done today and the day before, and what went wrong: from the events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import lazyload

from issuance.acts import Look
from issuance.models.audit import AuditEvent
from issuance.services.overview.figures import midnight

WRONG = (
    "job.spoiled",
    "job.held",
    "job.contradicted",
    "document.rejected",
    "document.found_wrong",
    "station.doubted",
    "clock.stopped",
)
"""The acts that somebody should know of in the morning."""

MOST = 10


@dataclass(frozen=True, slots=True)
class Done:
    """How often an act was done, on this day so far and on the day before."""

    act: str
    today: int
    yesterday: int


def done(look: Look, acts: Collection[str], centre_id: UUID | None) -> list[Done]:
    """How often each of these acts was done at a centre, in their order."""
    days = [look.clock.today() - dt.timedelta(days=ago) for ago in (0, 1)]
    today, yesterday = (_counted(look, acts, centre_id, day) for day in days)
    return [Done(act, today.get(act, 0), yesterday.get(act, 0)) for act in acts]


def _counted(look: Look, acts: Collection[str], centre_id: UUID | None, day: dt.date) -> dict[str, int]:
    begin = midnight(day)
    query = select(AuditEvent.act, func.count()).where(
        AuditEvent.centre_id == centre_id, AuditEvent.act.in_(acts), AuditEvent.at >= begin
    )
    rows = look.session.execute(
        query.where(AuditEvent.at < midnight(day + dt.timedelta(days=1))).group_by(AuditEvent.act)
    )
    return {act: number for act, number in rows}


def wrong(look: Look, centre_id: UUID | None) -> list[AuditEvent]:
    """What went wrong at a centre since yesterday morning, newest first: at most MOST."""
    since = midnight(look.clock.today() - dt.timedelta(days=1))
    # act by act by its own index: together they would be looked for among all events since then
    newest = (
        select(AuditEvent.id, AuditEvent.at)
        .where(AuditEvent.centre_id == centre_id, AuditEvent.act == act, AuditEvent.at >= since)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(MOST)
        .subquery()
        for act in WRONG
    )
    few = union_all(*map(select, newest)).cte("wrong").prefix_with("MATERIALIZED")
    query = select(AuditEvent).join(few, few.c.id == AuditEvent.id)
    query = query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(MOST)
    return list(look.session.scalars(query.options(lazyload(AuditEvent.subjects))))
