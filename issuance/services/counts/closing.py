"""A day of a centre is closed: its balance is kept with every difference named, and never changed again.

It can always be closed: what does not agree is named and gets a word, not smoothed away (ADR 0063).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Detail, Look
from issuance.clock import OFFICE_ZONE
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import Centre, RoleName
from issuance.models.supply import DayAccount, DayDifference, DayPrinter, StockDay, StockMove, Why
from issuance.services import centres
from issuance.services.casework import queues
from issuance.services.counts import differences, printers
from issuance.services.counts.differences import Difference, Line
from issuance.services.counts.printers import Reading
from issuance.services.stock import accounts
from issuance.services.trust import audit_chain
from issuance.states import BlankState, RequestState
from issuance.values.calendar import is_working_day

LAST = 60
MOST_MISSED = 10
"""Working days without a closing that are named one by one."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A day as it would be closed now. `waiting` are finished documents, `tested` blanks spent on test prints."""

    lines: Sequence[Line]
    printers: Sequence[Reading]
    waiting: int
    tested: int
    differences: Sequence[Difference]

    @property
    def rejects(self) -> int:
        """What lies in the reject bin."""
        return sum(line.closing for line in self.lines if line.kind == BlankState.SPOILED)


def draft(look: Look) -> Draft:
    """The day of the actor's centre as it stands: from the running counts, and the closing before."""
    before = last(look, look.actor.centre_id)
    since = before.closed_at if before else dt.datetime.combine(look.clock.today(), dt.time(), OFFICE_ZONE)
    lines = _lines(look, before)
    read = printers.readings(look, printers_of(look, before) if before else [], since)
    return Draft(
        lines=lines,
        printers=read,
        waiting=queues.count(look, RequestState.READY, look.actor.centre_id),
        tested=_tested(look, lines, since),
        differences=differences.all_of(look, lines, read, missed(look)),
    )


def _lines(look: Look, before: StockDay | None) -> list[Line]:
    known = {(row.place_id, row.stock): row for row in accounts_of(look, before)} if before else {}
    found = []
    for row in accounts.of_centre(look, look.actor.centre_id):
        then = known.get((row.place_id, row.stock))
        came, lay = (then.total_came, then.closing) if then else (0, 0)
        station = row.place.station.name if row.place.station else ""
        to_centre = row.place.to_centre.name if row.place.to_centre else ""
        counts = (lay, row.came - came, row.went - (came - lay), row.came)
        found.append(Line(row.place_id, row.place.kind, station, to_centre, row.stock, *counts))
    return found


def _tested(look: Look, lines: Sequence[Line], since: dt.datetime) -> int:
    bins = {line.place_id for line in lines if line.kind == BlankState.SPOILED}
    query = select(StockMove.id).where(StockMove.to_id.in_(bins), StockMove.at > since, StockMove.why == Why.TESTED)
    return len(look.session.scalars(query).all())


def close(act: Act, centre: Centre, words: Mapping[str, str], word: str = "") -> StockDay:
    """A supervisor closes today, with a word on each difference by its key. InvalidInput names one without a word.

    Conflict when it is closed.
    """
    centres.check_here(act, centre)
    if act.actor.kind == "staff" and RoleName.SUPERVISOR not in act.actor.roles:
        raise NotAllowed("A supervisor closes the day. Ask one.")
    before = last(act, centre.id)
    if before is not None and before.day >= act.clock.today():
        raise Conflict("Today is closed already, as day %(number)s of this centre.", number=before.number)
    found = draft(act)
    for each in found.differences:
        if not words.get(each.key, "").strip():
            raise InvalidInput(each.key, 'Say what is known of this; "not known" is an answer too.')
    row = _kept(act, centre, found, before)
    row.word = word.strip()
    try:
        with act.session.begin_nested():
            act.session.add(row)
    except IntegrityError as error:
        raise Conflict("Somebody closed this day at this moment. Open the list again.") from error
    act.session.add_all(_parts(row, found, words))
    about: dict[str, Detail] = {"number": row.number, "day": row.day.isoformat(), "differ": row.differ}
    end: dict[str, Detail] = {"events_before": row.position, "head": row.head}
    act.record("stock.day_closed", row, centre_id=centre.id, reason=row.word, **about, **end)
    return row


def _kept(act: Act, centre: Centre, found: Draft, before: StockDay | None) -> StockDay:
    end = audit_chain.last_place(act.session, str(centre.id))
    return StockDay(
        centre_id=centre.id,
        day=act.clock.today(),
        number=before.number + 1 if before else 1,
        closed_by=act.actor.id,
        closed_at=act.clock.now(),
        waiting=found.waiting,
        tested=found.tested,
        differ=len(found.differences),
        position=end.position,
        head=end.digest,
    )


def _parts(row: StockDay, found: Draft, words: Mapping[str, str]) -> list[DayAccount | DayPrinter | DayDifference]:
    lines = [
        DayAccount(
            day_id=row.id,
            place_id=line.place_id,
            stock=line.stock,
            opening=line.opening,
            came=line.came,
            went=line.went,
            closing=line.closing,
            total_came=line.total_came,
        )
        for line in found.lines
    ]
    read = [
        DayPrinter(
            day_id=row.id,
            station_id=each.station.id,
            unit=each.unit,
            counted=each.counted,
            since=each.since,
            made=each.made,
        )
        for each in found.printers
    ]
    named = [
        DayDifference(
            day_id=row.id,
            number=number,
            name=each.name,
            about=each.about,
            count=each.count,
            word=words[each.key].strip(),
        )
        for number, each in enumerate(found.differences, 1)
    ]
    return [*lines, *read, *named]


def last(look: Look, centre_id: UUID | None) -> StockDay | None:
    """The newest closed day of a centre."""
    query = select(StockDay).where(StockDay.centre_id == centre_id).order_by(StockDay.number.desc()).limit(1)
    return look.session.scalar(query)


def missed(look: Look) -> list[dt.date]:
    """Working days between the last closing and today on which the actor's centre was not closed; at most so many.

    None before the first closing.
    """
    of_centre = select(StockDay.day).where(StockDay.centre_id == look.actor.centre_id)
    newest, today = look.session.scalar(of_centre.order_by(StockDay.number.desc()).limit(1)), look.clock.today()
    if newest is None:
        return []
    between = (newest + dt.timedelta(days=n) for n in range(1, (today - newest).days))
    return [day for day in between if is_working_day(day)][-MOST_MISSED:]


def waiting(look: Look) -> int:
    """How many days of the actor's centre wait to be closed before today; today's own is no delay yet."""
    return len(missed(look))


def listed(look: Look, centre_id: UUID | None) -> list[StockDay]:
    """The last closed days of a centre, the newest first."""
    query = select(StockDay).where(StockDay.centre_id == centre_id).order_by(StockDay.number.desc()).limit(LAST)
    return list(look.session.scalars(query).unique())


def opened(look: Look, day_id: UUID) -> StockDay:
    """A closed day of the actor's own centre, for an auditor of any; NotFound otherwise."""
    row = look.session.get(StockDay, day_id)
    if row is None or (RoleName.AUDITOR not in look.actor.roles and row.centre_id != look.actor.centre_id):
        raise NotFound("There is no such closed day at your centre. Open the list again.")
    return row


def accounts_of(look: Look, row: StockDay) -> list[DayAccount]:
    """The accounts of a closed day, in the order of a blank's life."""
    found = look.session.scalars(select(DayAccount).where(DayAccount.day_id == row.id)).unique()
    order = list(BlankState)
    return sorted(found, key=lambda each: (order.index(each.place.kind), str(each.place_id), each.stock))


def printers_of(look: Look, row: StockDay) -> list[DayPrinter]:
    """What the printers had counted, by station."""
    found = look.session.scalars(select(DayPrinter).where(DayPrinter.day_id == row.id)).unique()
    return sorted(found, key=lambda each: each.station.name)


def differences_of(look: Look, row: StockDay) -> list[DayDifference]:
    """The named differences of a closed day, in their order."""
    query = select(DayDifference).where(DayDifference.day_id == row.id).order_by(DayDifference.number)
    return list(look.session.scalars(query))
