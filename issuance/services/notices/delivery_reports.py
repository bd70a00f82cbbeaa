"""What the gateway of SMS tells of messages that it took. The public pages only put it into a box of their own.

A gateway is believed about what the office gave it, and once: what it tells of another message, of one that it did not
take, or against what it told before, changes nothing (ADR 0074).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from issuance.actors import SYSTEM
from issuance.acts import Act, Look
from issuance.db import written
from issuance.models.notices import ChannelName, DeliveryReport, Notice, ToldDeliveryReport
from issuance.services.notices import turn
from issuance.states import NoticeState, advance

GIVEN = (NoticeState.SENDING, NoticeState.ACCEPTED, NoticeState.UNKNOWN)
"""Given to a gateway, and not ended: it may still tell something of it. Of one that is being sent, sooner than it
answers."""


class Given(NamedTuple):
    """An SMS that was put to the gateway, as far as the public pages may read it."""

    id: UUID
    state: NoticeState


def by_ours(look: Look, key: str) -> Given | None:
    """The SMS of this id of ours, if it was ever put to a gateway."""
    try:
        return _only(look, Notice.id == UUID(key))
    except ValueError:
        return None


def by_theirs(look: Look, key: str) -> Given | None:
    """The SMS that the gateway calls so; None when it called two so."""
    return _only(look, and_(Notice.gateway_id == key, Notice.gateway_id != written("")))


def _only(look: Look, called: ColumnElement[bool]) -> Given | None:
    query = select(Notice.id, Notice.state).where(called, Notice.channel == ChannelName.SMS)
    found = look.session.execute(query.where(Notice.taken_at.is_not(None)).limit(2)).all()
    return Given(*found[0]) if len(found) == 1 else None


def tell(look: Look, told: Iterable[tuple[Given, DeliveryReport]]) -> None:
    """Put into the box what is told of these; nothing of those that have ended, nor what lies there already."""
    now = look.clock.now()
    for given, says in told:
        if given.state in GIVEN and look.session.get(ToldDeliveryReport, (given.id, says)) is None:
            look.session.add(ToldDeliveryReport(notice_id=given.id, says=says, told_at=now))


def first(look: Look) -> tuple[UUID, DeliveryReport] | None:
    """What was told first of a message that is not being sent at this moment."""
    told = (
        select(ToldDeliveryReport.notice_id, ToldDeliveryReport.says)
        .join(Notice, ToldDeliveryReport.notice_id == Notice.id)
        .where(Notice.state != NoticeState.SENDING)
        .order_by(ToldDeliveryReport.told_at, ToldDeliveryReport.says)
        .limit(1)
    )
    row = look.session.execute(told).one_or_none()
    return (row.notice_id, DeliveryReport(row.says)) if row else None


def take(look: Look, notice_id: UUID, says: DeliveryReport) -> bool:
    """Put down at the notice what was told, and empty the box of it; False when it needs an act, `refuse`.

    What ended stays as it ended first.
    """
    row, notice = _told(look, notice_id, says)
    if row is None or notice.state == NoticeState.SENDING:
        return True
    if notice.state in GIVEN:
        if says is DeliveryReport.REFUSED:
            return False
        _put_down(row, notice, says)
    look.session.delete(row)
    return True


def refuse(act: Act, notice_id: UUID) -> None:
    """The message did not come: as `take`, and the desk asks for another number."""
    row, notice = _told(act, notice_id, DeliveryReport.REFUSED)
    if row and notice.state in (NoticeState.ACCEPTED, NoticeState.UNKNOWN):
        notice.delivery_report, notice.told_at = DeliveryReport.REFUSED, row.told_at
        act.session.delete(row)
        turn.refuse(act, notice)


def _told(look: Look, notice_id: UUID, says: DeliveryReport) -> tuple[ToldDeliveryReport | None, Notice]:
    notice = look.session.get_one(Notice, notice_id, with_for_update=True)
    return look.session.get(ToldDeliveryReport, (notice_id, says), with_for_update=True), notice


def _put_down(row: ToldDeliveryReport, notice: Notice, says: DeliveryReport) -> None:
    notice.delivery_report, notice.told_at = says, row.told_at
    end = NoticeState.DELIVERED if says is DeliveryReport.DELIVERED else NoticeState.ACCEPTED
    if notice.state != end:
        advance(notice, end, actor=SYSTEM)
