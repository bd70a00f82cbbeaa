"""A supervisor says which cases of the centre go to another one, and why; families go whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName
from issuance.models.transfers import Transfer
from issuance.services import centres
from issuance.services.care import protection
from issuance.states import OPEN
from issuance.values.codes import one_of

BECAUSE = ("moved_home", "joins_family", "too_many_here", "no_machine", "centre_closes")
"""Why a case goes: codes, so that nothing of a person is written here."""

TOLD = "told"
"""Why a case goes of which case handling told, which nobody here chooses."""

CASE_HANDLING = "case_handling"

MOST = 300
"""How many cases are sent at once, their families not counted."""

LISTED = 50
TASK = "transfer"


@dataclass(frozen=True, slots=True)
class Wanted:
    """To which centre (its short name), why, and whether who can go of a family goes though others cannot."""

    to: str
    because: str
    apart: bool = False


def ask(act: Act, request_ids: Collection[UUID], wanted: Wanted) -> int:
    """These cases of the own centre and their families go in their turn, each family in an act of its own.

    How many they are; what is another centre's, has ended or waits to go already is passed over. InvalidInput names
    the field; Conflict when nothing is left.
    """
    if not request_ids:
        raise InvalidInput("case", "Tick the cases to send: x ticks a row, Shift and x all of them.")
    if len(request_ids) > MOST:
        raise InvalidInput("case", "At most %(most)s cases are sent at once. Tick fewer.", most=MOST)
    rows = rows_of(act, _here(act, request_ids), wanted)
    if not rows:
        raise Conflict("None of these can be sent: they go already, have ended, or are not here. Open the list again.")
    enqueue(act.session, TASK, clock=act.clock, centre_id=str(act.actor.centre_id))
    act.record("transfer.asked", *(row.request for row in rows), count=len(rows), to=wanted.to, because=wanted.because)
    return len(rows)


def rows_of(act: Act, requests: Collection[IssuanceRequest], wanted: Wanted) -> list[Transfer]:
    """The transfers of these requests of the own centre, as they wait for their turn. A part of an act."""
    told = CASE_HANDLING in act.actor.roles
    if not told and RoleName.SUPERVISOR not in act.actor.roles:
        raise NotAllowed("A supervisor of the centre sends its cases to another one. Ask one.")
    there = _there(act, wanted.to, {each.centre_id for each in requests})
    centres.check_makes(there, *(each.document_type for each in requests))
    because = one_of("because", wanted.because, (TOLD,) if told else BECAUSE)
    common = {"to_centre_id": there.id, "because": because, "apart": wanted.apart}
    common |= {"asked_by": act.actor.id, "asked_at": act.clock.now()}
    rows = [Transfer(request=each, from_centre_id=each.centre_id, **common) for each in requests]
    try:
        with act.session.begin_nested():
            act.session.add_all(rows)
    except IntegrityError as error:
        raise Conflict("Somebody sends one of these cases at this moment. Look at what goes, below.") from error
    return rows


def _there(look: Look, code: str, here: Collection[UUID]) -> Centre:
    there = centres.named(look, code)
    if there.id in here:
        raise InvalidInput("centre", "The cases are at this centre already. Choose another one.")
    return there


def _here(look: Look, ids: Collection[UUID]) -> Sequence[IssuanceRequest]:
    """Those of them, and of their parties, that are open at the own centre and do not wait to go."""
    parties = select(IssuanceRequest.party_id).where(IssuanceRequest.id.in_(ids), IssuanceRequest.party_id.is_not(None))
    return _open(look, IssuanceRequest.id.in_(ids) | IssuanceRequest.party_id.in_(parties), look.actor.centre_id)


def family(look: Look, request: IssuanceRequest) -> list[IssuanceRequest]:
    """The request, and what else of its party is open at its centre and does not wait to go."""
    if request.party_id is None:
        return [request]
    others = _open(look, IssuanceRequest.party_id == request.party_id, request.centre_id)
    return [request, *(each for each in others if each.id != request.id)]


def _open(look: Look, which: object, centre_id: UUID | None) -> Sequence[IssuanceRequest]:
    goes = select(Transfer.id).where(Transfer.request_id == IssuanceRequest.id, Transfer.outcome == written(""))
    query = select(IssuanceRequest).where(
        which,  # type: ignore[arg-type]
        IssuanceRequest.centre_id == centre_id,
        IssuanceRequest.state.in_(OPEN),
        ~goes.exists(),
        *protection.open_to(look),
    )
    return look.session.scalars(query.order_by(IssuanceRequest.id)).all()


# What the sending centre sees of it


def sent(look: Look) -> list[Transfer]:
    """What the own centre sent last, the newest first: LISTED at most."""
    query = select(Transfer).where(Transfer.from_centre_id == look.actor.centre_id)
    return list(look.session.scalars(query.order_by(Transfer.id.desc()).limit(LISTED)))


def waiting_count(look: Look) -> Select[int]:
    """How many cases of the own centre wait for their turn to go, as a query."""
    waits = (Transfer.from_centre_id == look.actor.centre_id, Transfer.outcome == written(""))
    return select(func.count()).select_from(Transfer).where(*waits)
