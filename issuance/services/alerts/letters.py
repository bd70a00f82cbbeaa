"""Letters to owners of accounts: written in the act that they tell of, sent as notices are (`turn`, ADR 0109).

They hold no link and no name: whoever else reads the mailbox learns that something changed, and no more.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from issuance.actors import SYSTEM
from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE
from issuance.db import uuid7, written
from issuance.errors import NotFound
from issuance.models.notices import ChannelName
from issuance.models.notices.letters import AccountLetter
from issuance.models.staff import Staff
from issuance.sending import DOWN, Message, Sent
from issuance.sending.tries import ENDS, LEASE, MOST, PAUSES, Taken
from issuance.services import roles
from issuance.states import NoticeState, advance
from printing.papers.wording import LANGUAGES

STALE = dt.timedelta(days=3)
"""One that still waits then is dropped: the office sends no mail any more, and the page of alerts says the same."""

WAITING = AccountLetter.state == written(NoticeState.WAITING)


def write(act: Act, account: Staff, kinds: Iterable[str]) -> None:
    """One letter about all that happened at once; none in an office without a relay. A part of the act that did it."""
    said = " ".join(kinds)
    if said and act.settings.smtp_url:
        now, about = act.clock.now(), {"kinds": said, "at": act.wall.now(), "language": account.language}
        act.session.add(AccountLetter(id=uuid7(), staff_id=account.id, written_at=now, next_at=now, **about))


def take(look: Look, ways: Collection[str]) -> Taken | None:
    """Take the next that is due, for this worker alone; of an account that was closed none is sent."""
    while ChannelName.EMAIL in ways and (row := _next(look)) is not None:
        if row.account.active:
            advance(row, NoticeState.SENDING, actor=SYSTEM)
            row.tries, row.taken_at = row.tries + 1, look.clock.now()
            return Taken(_message(row), ChannelName.EMAIL, row.tries, is_letter=True)
        advance(row, NoticeState.DROPPED, actor=SYSTEM)
        look.session.flush()
    return None


def rests(look: Look) -> bool:
    """Whether the relay was not there a moment ago."""
    now = look.clock.now()
    since = (AccountLetter.reason == DOWN, AccountLetter.told_at > now - PAUSES[0], AccountLetter.next_at > now)
    return look.session.scalar(select(AccountLetter.id).where(WAITING, *since).limit(1)) is not None


def try_again(look: Look, taken: Taken, sent: Sent) -> None:
    """It waits for another try, after a longer pause each time."""
    row = _told(look, taken.message.id, sent)
    if row:
        row.next_at = look.clock.now() + PAUSES[taken.tries - 1]
        advance(row, NoticeState.WAITING, actor=SYSTEM)


def end(act: Act, taken: Taken, sent: Sent) -> None:
    """It is not tried any more; one that came back waits for an administrator."""
    row = _told(act, taken.message.id, sent)
    if row:
        _end(act, row, ENDS[sent.outcome])


def lose(act: Act) -> int:
    """Say of those whose worker ended in between that nobody knows, and drop what waits for a relay that is no more;
    how many, at most MOST."""
    now = act.clock.now()
    gone = (AccountLetter.state == written(NoticeState.SENDING)) & (AccountLetter.taken_at < now - LEASE)
    stale = WAITING & (AccountLetter.written_at < now - STALE)
    query = select(AccountLetter).where(gone | stale).order_by(AccountLetter.id).limit(MOST)
    rows = act.session.scalars(query.with_for_update(skip_locked=True, of=AccountLetter)).all()
    for row in rows:
        _end(act, row, NoticeState.DROPPED if row.state == NoticeState.WAITING else NoticeState.UNKNOWN)
    return len(rows)


def came_back(look: Look) -> list[AccountLetter]:
    """Those of the actor's centre that did not arrive, not the actor's own, the oldest first; at most MOST."""
    query = select(AccountLetter).join(Staff, AccountLetter.staff_id == Staff.id).where(*_to_settle(look))
    return list(look.session.scalars(query.order_by(AccountLetter.id).limit(MOST)))


def count_came_back(look: Look) -> Select[int]:
    """How many wait for the actor, as a query."""
    query = select(func.count()).select_from(AccountLetter).join(Staff, AccountLetter.staff_id == Staff.id)
    return query.where(*_to_settle(look))


def settle(act: Act, letter_id: UUID) -> None:
    """An administrator told the owner. NotFound when it does not wait for them."""
    row = act.session.get(AccountLetter, letter_id, with_for_update={"of": AccountLetter})
    came = row is not None and row.state in (NoticeState.REFUSED, NoticeState.GIVEN_UP)
    if row is None or not came or row.settled_at is not None:
        raise NotFound("This is settled already. Open the list again.")
    roles.check_other(act, row.account)
    row.settled_by, row.settled_at = act.actor.id, act.clock.now()
    act.record("account.letter_settled", row.account, centre_id=row.account.centre_id, odd=row.kinds)


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Every sentence, by name (that of a kind of alert, or of what stands around it) and language."""
    return tomllib.loads(Path(__file__).with_name("letters.toml").read_text("utf-8"))


def text(kinds: Iterable[str], at: dt.datetime, language: str) -> str:
    """What is sent about what happened then."""
    said = {name: by[language] for name, by in words().items()}
    when = f"{said['when']} {at.astimezone(OFFICE_ZONE):%d.%m.%Y, %H:%M}"
    what = "\n".join([said["happened"], *(f"- {said[kind]}" for kind in kinds)])
    return "\n\n".join([what, when, said["mine"], said["not-mine"], said["no-link"], said["no-answer"]]) + "\n"


def _next(look: Look) -> AccountLetter | None:
    query = select(AccountLetter).where(WAITING, AccountLetter.next_at <= look.clock.now())
    query = query.order_by(AccountLetter.next_at, AccountLetter.id).limit(1)
    return look.session.scalar(query.with_for_update(skip_locked=True, of=AccountLetter))


def _message(row: AccountLetter) -> Message:
    language = row.language if row.language in LANGUAGES else "en"
    said = text(row.kinds.split(), row.at, language)
    return Message(row.id, row.account.email, words()["subject"][language], said, language)


def _told(look: Look, letter_id: UUID, sent: Sent) -> AccountLetter | None:
    """The letter with what the relay said; None when it took so long that it counts as unknown."""
    row = look.session.get(AccountLetter, letter_id, with_for_update={"of": AccountLetter})
    if row is None or row.state != NoticeState.SENDING:
        return None
    row.code, row.reason, row.told_at = sent.code, sent.reason, look.clock.now()
    return row


def _end(act: Act, row: AccountLetter, state: NoticeState) -> None:
    advance(row, state, actor=SYSTEM)
    account, centre_id = row.account, row.account.centre_id
    if state is NoticeState.ACCEPTED:
        act.record("account.letter_sent", account, centre_id=centre_id, odd=row.kinds)
    elif state is NoticeState.REFUSED:
        act.record("account.letter_refused", account, centre_id=centre_id, odd=row.kinds)
    elif state is NoticeState.GIVEN_UP:
        act.record("account.letter_given_up", account, centre_id=centre_id, odd=row.kinds)
    elif state is NoticeState.DROPPED:
        act.record("account.letter_dropped", account, centre_id=centre_id, odd=row.kinds)
    else:
        act.record("account.letter_unknown", account, centre_id=centre_id, odd=row.kinds)


def _to_settle(look: Look) -> Iterable[ColumnElement[bool]]:
    """On letters and their accounts: of the actor's centre, not the actor's own."""
    came = AccountLetter.state.in_([written(NoticeState.REFUSED), written(NoticeState.GIVEN_UP)])
    mine = (Staff.centre_id == look.actor.centre_id, Staff.id != look.actor.id)
    return came, AccountLetter.settled_at.is_(None), *mine
