"""The turn of a notice: taken by one worker, sent outside any transaction, and what came of it written down.

A notice is taken before it is sent, and never taken again unless the other side said that it has it not: of a worker
that ended in between nobody knows, and the notice says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.acts import Act, Look
from issuance.db import written
from issuance.models.documents import Document
from issuance.models.notices import Contact, Notice, NoticeKind, ToldStop
from issuance.models.requests import IssuanceRequest
from issuance.sending import DOWN, Message, Outcome, Sent
from issuance.services import duties
from issuance.services.notices import contacts, offered, outbox, texts
from issuance.services.notices.texts import Facts
from issuance.states import OPEN, DocumentState, NoticeState, RequestState, advance
from issuance.values import references

PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
"""Before each further try. After the last it is given up: it was true two days ago."""

DAMAGED = "damaged"
"""The reason of a notice that was never sent, since what is kept of its address does not open."""

NOT_YET = dt.timedelta(minutes=30)
LEASE = dt.timedelta(minutes=10)
"""After which a worker that took a notice cannot be at it any more."""

MOST = 100

STILL_ON = tuple(state for state in RequestState if state not in offered.OVER)
TRUE_WHILE = {
    NoticeKind.RECEIVED: OPEN,
    NoticeKind.MISSING: (RequestState.INCOMPLETE,),
    NoticeKind.READY: (RequestState.READY, RequestState.UNCOLLECTED),
    NoticeKind.REMINDER: (RequestState.UNCOLLECTED,),
    NoticeKind.EXPIRING: (RequestState.DELIVERED,),
    NoticeKind.DECREE: (RequestState.DELIVERED,),
    NoticeKind.CODE: STILL_ON,
    NoticeKind.REFERENCE: STILL_ON,
}
"""The states of its request in which a notice still says what is so."""

EVENTS = {
    Outcome.ACCEPTED: NoticeState.ACCEPTED,
    Outcome.REFUSED: NoticeState.REFUSED,
    Outcome.UNKNOWN: NoticeState.UNKNOWN,
    Outcome.RETRY: NoticeState.GIVEN_UP,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A notice that this worker sends now; `tries` counts this one."""

    message: Message
    channel: str
    tries: int


@dataclass(frozen=True, slots=True)
class Damaged:
    """A notice whose address does not open: it is set aside (`set_aside`), and the others go on."""

    id: UUID


class _Wanted(StrEnum):
    """What becomes of a notice whose turn it is."""

    NOW = "now"
    LATER = "later"
    NOT = "not"


# Taking


def take(look: Look, channels: Collection[str]) -> Taken | Damaged | None:
    """Take the next that is due by one of these channels, for this worker alone; None when there is none.

    What nobody wants any more is dropped on the way. Of what cannot be sent nothing is changed.
    """
    for _ in range(MOST):
        row = _next(look, channels)
        if row is None:
            return None
        wanted = _wanted(look, row)
        if wanted is _Wanted.NOW:
            return _taken(look, row) if contacts.address_of(look, row.contact) else Damaged(row.id)
        if wanted is _Wanted.LATER:
            row.next_at = look.clock.now() + NOT_YET
        else:
            advance(row, NoticeState.DROPPED, actor=SYSTEM)
        look.session.flush()
    return None


def resting(look: Look, channels: Iterable[str]) -> set[str]:
    """Those of the channels whose other side was not there a moment ago: it is asked once a minute, whatever waits."""
    waits = (Notice.state == written(NoticeState.WAITING), Notice.next_at > look.clock.now())
    since = (Notice.reason == DOWN, Notice.told_at > look.clock.now() - PAUSES[0])
    down = select(Notice.channel).where(*waits, *since)
    return {name for name in channels if look.session.scalar(down.where(Notice.channel == name).limit(1))}


def _next(look: Look, channels: Collection[str]) -> Notice | None:
    waits = (Notice.state == written(NoticeState.WAITING), Notice.next_at <= look.clock.now())
    query = select(Notice).where(*waits, Notice.channel.in_(channels)).order_by(Notice.next_at, Notice.id).limit(1)
    return look.session.scalar(query.with_for_update(skip_locked=True, of=Notice))


def _wanted(look: Look, row: Notice) -> _Wanted:
    """Whether the holder still wants to hear it and it is still so; nobody is called for what may not be given yet."""
    contact, request = row.contact, row.request
    if contact.withdrawn_at or contact.refused_at or look.session.get(ToldStop, contact.id):
        return _Wanted.NOT
    if look.session.scalar(select(Contact.id).where(Contact.id == contact.id, outbox.counts(look))) is None:
        return _Wanted.NOT  # whoever acted for the person acts no more
    if _is_about_a_code(row) != _waits_for_a_code(look, contact):
        return _Wanted.NOT
    if request.state not in TRUE_WHILE[NoticeKind(row.kind)]:
        return _Wanted.NOT
    if row.kind == NoticeKind.EXPIRING and not _holds(look, request):
        return _Wanted.NOT
    if row.kind in (NoticeKind.READY, NoticeKind.REMINDER) and _is_unclosed(look, request):
        return _Wanted.LATER
    return _Wanted.NOW


def _is_about_a_code(row: Notice) -> bool:
    return row.kind == NoticeKind.CODE


def _waits_for_a_code(look: Look, contact: Contact) -> bool:
    """Whether nothing but its code goes there, and that still can be typed."""
    return contact.code_until is not None and contact.code_until > look.clock.now()


def _holds(look: Look, request: IssuanceRequest) -> bool:
    valid = select(Document.id).where(Document.request_id == request.id, Document.state == DocumentState.VALID)
    return look.session.scalar(valid.limit(1)) is not None


def _is_unclosed(look: Look, request: IssuanceRequest) -> bool:
    query = select(IssuanceRequest.id).where(IssuanceRequest.id == request.id, duties.unclosed())
    return look.session.scalar(query) is not None


def _taken(look: Look, row: Notice) -> Taken:
    advance(row, NoticeState.SENDING, actor=SYSTEM)
    row.tries, row.taken_at = row.tries + 1, look.clock.now()
    contact, at = row.contact, look.settings.public_url
    stop = f"{at}/stop/{contacts.stop_token(look, contact)}"
    days, _, _ = row.occasion.partition(outbox.FOR)[0].partition(" ")  # of a decree its last day follows
    facts = Facts(f"{at}/status", stop, _place(row.request), days, *_typed(look, row))
    if contact.mandate_id:
        facts = replace(facts, acts_for=references.grouped(row.request.reference))
    words = texts.text(row.kind, row.channel, row.language, facts)
    heading = texts.subject(row.kind, row.language)
    message = Message(row.id, contacts.address_of(look, contact), heading, words, row.language, stop)
    return Taken(message, row.channel, row.tries)


def _typed(look: Look, row: Notice) -> tuple[str, str]:
    """What the holder types at the status page: the code that lets the address count, or the lost reference."""
    code = offered.code_of(look, row.contact) if row.kind == NoticeKind.CODE else ""
    return code, references.grouped(row.request.reference) if row.kind == NoticeKind.REFERENCE else ""


def _place(request: IssuanceRequest) -> str:
    """Where to come; empty for who needs a place that is not public, as on the status page."""
    centre = request.centre
    return "" if request.person.hides_place else ", ".join(filter(None, (centre.name, centre.address)))


# What came of it


def is_tried_again(taken: Taken, sent: Sent) -> bool:
    """Whether the other side may take it later, and there is a later."""
    return sent.outcome is Outcome.RETRY and taken.tries <= len(PAUSES)


def try_again(look: Look, taken: Taken, sent: Sent) -> None:
    """It waits for another try, after a longer pause each time."""
    row = _told(look, taken.message.id, sent)
    if row:
        row.next_at = look.clock.now() + PAUSES[taken.tries - 1]
        advance(row, NoticeState.WAITING, actor=SYSTEM)


def end(act: Act, taken: Taken, sent: Sent) -> None:
    """It is not tried any more; the desk of the request's centre asks for another address when this one is none."""
    row = _told(act, taken.message.id, sent)
    if row:
        _end(act, row, EVENTS[sent.outcome])


def set_aside(act: Act, notice_id: UUID) -> None:
    """What is kept of the address does not open: nothing is sent, and the desk asks for it anew, as for a wrong one."""
    row = act.session.get(Notice, notice_id, with_for_update=True)
    if row is None or row.state != NoticeState.WAITING:
        return
    row.reason, row.told_at = DAMAGED, act.clock.now()
    advance(row, NoticeState.REFUSED, actor=SYSTEM)
    _ask_anew(act, row)
    act.record("contact.damaged", row.contact, row.request, centre_id=row.request.centre_id, channel=row.channel)


def refuse(act: Act, row: Notice) -> None:
    """What was given away did not come: the other side says so afterwards."""
    _end(act, row, NoticeState.REFUSED)


def _end(act: Act, row: Notice, state: NoticeState) -> None:
    advance(row, state, actor=SYSTEM)
    if state is NoticeState.REFUSED:
        _ask_anew(act, row)
    _record(act, row)


def _told(look: Look, notice_id: UUID, sent: Sent) -> Notice | None:
    """The notice with what the other side said; None when it took so long that it counts as unknown, or is gone."""
    row = look.session.get(Notice, notice_id, with_for_update=True)
    if row is None or row.state != NoticeState.SENDING:
        return None
    row.code, row.reason, row.told_at = sent.code, sent.reason, look.clock.now()
    row.gateway_id = sent.gateway_id or row.gateway_id
    return row


def _ask_anew(act: Act, row: Notice) -> None:
    contact = row.contact
    if row.kind == NoticeKind.CODE:  # nobody was sent it: the holder looks at what was typed
        if contact.withdrawn_at is None and contact.code_until:
            contacts.end(act, contact, contacts.UNPROVED)
    elif contact.withdrawn_at is None:
        contact.refused_at, contact.refused_in = act.clock.now(), row.request.centre_id


def lose(act: Act) -> int:
    """Say of those whose worker ended in between that nobody knows; how many, at most MOST."""
    before = act.clock.now() - LEASE
    query = select(Notice).where(Notice.state == written(NoticeState.SENDING), Notice.taken_at < before)
    query = query.order_by(Notice.taken_at).limit(MOST).with_for_update(skip_locked=True, of=Notice)
    rows = act.session.scalars(query).all()
    for row in rows:
        advance(row, NoticeState.UNKNOWN, actor=SYSTEM)
        _record(act, row)
    return len(rows)


def _record(act: Act, row: Notice) -> None:
    said = {"channel": row.channel, "notice": row.kind}
    centre_id = row.request.centre_id
    if row.state == NoticeState.ACCEPTED:
        act.record("notice.sent", row.request, centre_id=centre_id, **said)
    elif row.state == NoticeState.REFUSED:
        act.record("notice.refused", row.request, centre_id=centre_id, **said)
    elif row.state == NoticeState.GIVEN_UP:
        act.record("notice.given_up", row.request, centre_id=centre_id, **said)
    else:
        act.record("notice.unknown", row.request, centre_id=centre_id, **said)
