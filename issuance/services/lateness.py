"""Acts that came late: noted by the act itself, listed until a supervisor says why; nothing is refused for it."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from issuance.acts import Act, Look
from issuance.clock import office_day
from issuance.db import written
from issuance.errors import NotFound
from issuance.law.office.clocks import clocks, reasons
from issuance.models.clocks import Lateness
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.care import protection
from issuance.services.lists import in_order
from issuance.values.codes import one_of

PAGE_ROWS = 30


def note(act: Act, clock: str, request: IssuanceRequest, due_on: dt.date, done_on: dt.date | None = None) -> None:
    """The act at hand ends this clock of a request, today or on an earlier day; when that was after its last day,
    somebody will say why.
    """
    done = done_on or act.clock.today()
    if done > due_on:
        _add(act, clock, request, due_on, done)


def note_by(act: Act, clock: str, request: IssuanceRequest, due_at: dt.datetime) -> None:
    """The same of a clock that counts hours."""
    if act.clock.now() > due_at:
        _add(act, clock, request, office_day(due_at), act.clock.today())


def _add(act: Act, clock: str, request: IssuanceRequest, due_on: dt.date, done_on: dt.date) -> None:
    assert clocks()[clock].late, f"clocks.toml says of {clock} that nobody asks why it was late"
    known = select(Lateness.id).where(Lateness.clock == clock, Lateness.request_id == request.id)
    if act.session.scalar(known.where(Lateness.due_on == due_on)):
        return  # the same loss, reported a second time
    row = Lateness(clock=clock, request_id=request.id, centre_id=request.centre_id)
    row.due_on, row.done_on = due_on, done_on
    act.session.add(row)


def explain(act: Act, lateness_id: UUID, because: str) -> None:
    """Say why an act came late; said again, the later reason counts. Errors as of `own`."""
    row = own(act, lateness_id)
    row.because = one_of("because", because, reasons())
    row.said_by, row.said_at = act.actor.id, act.clock.now()
    act.record("clock.lateness_explained", row.request, row, clock=row.clock, because=because)


def own(look: Look, lateness_id: UUID) -> Lateness:
    """A late act of one's own centre. NotFound when there is none, NotAllowed for another centre's."""
    row = look.session.get(Lateness, lateness_id)
    if row is None:
        raise NotFound("There is no such late act. Open the list again.")
    centres.check_own(look, row.request)
    return row


def of(look: Look, request: IssuanceRequest) -> list[Lateness]:
    """What came late about this request, in its order."""
    query = select(Lateness).where(Lateness.request_id == request.id)
    return list(look.session.scalars(query.order_by(Lateness.id)))


def listed(look: Look, centre_id: UUID | None, *, said: bool = False, page: int = 1) -> list[Lateness]:
    """30 late acts of a centre, or of all, without a reason or with one; the newest first."""
    query = select(Lateness.id).where(*_where(centre_id, said=said))
    if hidden := protection.hidden(look):  # few, so the list is read by its own index all the same
        whose = select(IssuanceRequest.person_id).where(IssuanceRequest.id == Lateness.request_id)
        query = query.where(whose.scalar_subquery().not_in(hidden))
    query = query.order_by(Lateness.done_on.desc(), Lateness.id.desc())
    keys = look.session.scalars(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)).all()
    return in_order(look, Lateness, keys, joinedload(Lateness.request).lazyload(IssuanceRequest.person))


def unexplained(centre_id: UUID | None) -> Select[int]:
    """How many late acts nobody gave a reason for, as a query."""
    return select(func.count()).select_from(Lateness).where(*_where(centre_id, said=False))


def _where(centre_id: UUID | None, *, said: bool) -> list[ColumnElement[bool]]:
    """As the partial indexes say it."""
    nothing = written("")
    reason = Lateness.because != nothing if said else Lateness.because == nothing
    return [reason, *([Lateness.centre_id == centre_id] if centre_id else [])]
