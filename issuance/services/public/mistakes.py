"""What holders say is wrong: told at the status page, looked at by the desk, answered in words (E20, ADR 0079).

Nothing is corrected here: what is wrong is corrected as always (`casework.corrections`), or by a request of that kind.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, delete, exists, func, or_, select
from sqlalchemy.orm import joinedload

from issuance.acts import Act, Look
from issuance.clock import office_day
from issuance.db import written
from issuance.errors import Conflict, NotFound
from issuance.models.holders import Mistake, ToldMistake
from issuance.models.people import Person, PersonVersion
from issuance.models.requests import IssuanceRequest
from issuance.models.vault import Blob
from issuance.services import centres
from issuance.states import RequestState
from issuance.values.codes import one_of

FIELDS = ("name", "birth_date", "sex", "nationality", "address", "other")
CORRECTED = "corrected"
OUTCOMES = (CORRECTED, "papers_agree", "no_proof")
"""How the desk answers: it was corrected, the papers say what the office has, or no paper says otherwise."""

WAITING = "waiting"
LONGEST = 300
SHOWN_FOR = dt.timedelta(days=30)
"""How long the holder reads the answer."""

AT_ONCE = 100
OVER = (RequestState.REFUSED, RequestState.WITHDRAWN, RequestState.CLOSED)
OPEN = Mistake.outcome == written("")


# The status page


def tell(look: Look, holder: ColumnElement[bool], field: str, said: str) -> None:
    """Put into the box that something is wrong; nothing while the last is not answered, or when the request is over."""
    one_of("field", field, FIELDS)
    query = (
        select(IssuanceRequest.id)
        .join(Person, IssuanceRequest.person_id == Person.id)
        .where(holder, IssuanceRequest.state.not_in(OVER))
        .where(~select(ToldMistake.request_id).where(ToldMistake.request_id == IssuanceRequest.id).exists())
        .where(~select(Mistake.request_id).where(Mistake.request_id == IssuanceRequest.id, OPEN).exists())
    )
    request_id = look.session.scalar(query)
    if request_id is not None:
        look.session.add(ToldMistake(request_id=request_id, field=field, said=said, told_at=look.clock.now()))


def shown(since: ColumnElement[dt.datetime]) -> ColumnElement[str | None]:
    """Of requests what became of what their holders said is wrong: `waiting`, or an outcome that is not older."""
    told = select(written(WAITING)).where(ToldMistake.request_id == IssuanceRequest.id)
    newest = (
        select(case((OPEN, WAITING), else_=Mistake.outcome))
        .where(Mistake.request_id == IssuanceRequest.id, or_(Mistake.settled_at.is_(None), Mistake.settled_at > since))
        .order_by(Mistake.id.desc())
        .limit(1)
    )
    return func.coalesce(told.scalar_subquery(), newest.scalar_subquery())


# The office


def first(look: Look) -> UUID | None:
    """The request of which something was told first and not yet taken."""
    return look.session.scalar(select(ToldMistake.request_id).order_by(ToldMistake.told_at).limit(1))


def take(act: Act, request_id: UUID) -> None:
    """Make of what was told a task of the desk, and empty the box of it."""
    row = act.session.get(ToldMistake, request_id, with_for_update=True)
    if row is None:
        return
    request = act.session.get_one(IssuanceRequest, request_id)
    act.session.delete(row)
    if _open_of(act, request) is not None:
        act.record("mistake.told_again", request, centre_id=request.centre_id)
        return
    kept = act.vault.put(act.session, request.id, "mistake", row.said.encode()) if row.said else None
    mistake = Mistake(request=request, field=row.field, blob_id=kept.id if kept else None, told_at=row.told_at)
    act.session.add(mistake)
    act.record("mistake.told", mistake, request, centre_id=request.centre_id)


def settle(act: Act, request: IssuanceRequest, outcome: str) -> None:
    """Answer the holder. Conflict when that was done already, or nothing was corrected since it was told."""
    centres.check_own(act, request)
    one_of("outcome", outcome, OUTCOMES)
    act.session.execute(select(IssuanceRequest.id).where(IssuanceRequest.id == request.id).with_for_update())
    mistake = _open_of(act, request)
    if mistake is None:
        raise Conflict("This was answered already. Open the list again.")
    if outcome == CORRECTED and not _is_corrected(act, mistake):
        message = "Nothing was corrected since then. Correct the person's data first, or lodge a request of correction."
        raise Conflict(message, field="outcome")
    kept, mistake.blob_id = mistake.blob_id, None
    mistake.outcome, mistake.settled_at, mistake.settled_by = outcome, act.clock.now(), act.actor.id
    act.session.flush()
    act.session.execute(delete(Blob).where(Blob.id == kept))
    act.record("mistake.settled", mistake, request, outcome=outcome)


def of(look: Look, request: IssuanceRequest) -> Mistake:
    """What the holder of a request said is wrong and nobody answered; NotFound when there is nothing."""
    mistake = _open_of(look, request)
    if mistake is None:
        raise NotFound("The holder of this request waits for no answer. Open the list again.")
    return mistake


def is_open(look: Look, request: IssuanceRequest) -> bool:
    """Whether the holder waits for an answer."""
    return _open_of(look, request) is not None


def words_of(look: Look, mistake: Mistake) -> str:
    """What the holder wrote; empty when nothing."""
    return look.vault.get(look.session, mistake.blob_id).decode() if mistake.blob_id else ""


def listed(look: Look) -> list[Mistake]:
    """What waits for the desk of the actor's centre, the oldest first: at most AT_ONCE."""
    query = _here(look, select(Mistake)).options(joinedload(Mistake.request)).order_by(Mistake.told_at, Mistake.id)
    return list(look.session.scalars(query.limit(AT_ONCE)))


def count(look: Look) -> Select[int]:
    """How many those are, as a query."""
    return _here(look, select(func.count()).select_from(Mistake))


def _here(look: Look, query: Select[Any]) -> Select[Any]:
    """Those that wait are few: each is asked for its centre, where a join could begin with every request."""
    here = select(IssuanceRequest.id).where(IssuanceRequest.centre_id == look.actor.centre_id)
    return query.where(OPEN, here.where(IssuanceRequest.id == Mistake.request_id).exists())


def _open_of(look: Look, request: IssuanceRequest) -> Mistake | None:
    return look.session.scalar(select(Mistake).where(Mistake.request_id == request.id, OPEN))


def _is_corrected(look: Look, mistake: Mistake) -> bool:
    """Whether the register says otherwise since, or a document is made anew for an error of the office."""
    person_id = mistake.request.person_id
    changed = exists().where(PersonVersion.person_id == person_id, PersonVersion.made_at > mistake.told_at)
    anew = exists().where(
        IssuanceRequest.person_id == person_id,
        IssuanceRequest.kind == "correction",
        IssuanceRequest.lodged_on >= office_day(mistake.told_at),
    )
    return bool(look.session.scalar(select(or_(changed, anew))))
