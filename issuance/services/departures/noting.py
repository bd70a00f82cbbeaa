"""A departure noted by a clerk, agreed by a supervisor, withdrawn, and over with its request (ADR 0101)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import uuid7
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.documents import departures as law
from issuance.models.departures import Departure
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres, lateness, parties
from issuance.services.departures import days
from issuance.states import ENDED
from issuance.values.codes import one_of

NOTING = (RoleName.CLERK, RoleName.SUPERVISOR)
"""Who notes a departure, and sees why somebody leaves."""

CLOCK = "departure"
NOTE = "departure-note"
"""The purpose of a note in the vault."""

MOST_NOTE = 300
TWICE = "A departure of this request is noted already. Withdraw that one first if the day changed."


@dataclass(frozen=True, slots=True)
class Leaving:
    """When somebody leaves, why, and by which paper that was seen; `note` is its number, or what else it says."""

    leaves_on: dt.date | None
    ground: str
    evidence: str
    note: str = ""


def note(act: Act, request: IssuanceRequest, leaving: Leaving) -> Departure:
    """Note that the holder leaves on a day; nothing goes ahead before a supervisor agreed.

    InvalidInput names the field, as of `days.needed_by`; Conflict for a second one, or a request that has ended.
    """
    centres.check_own(act, request)
    _check_role(act, *NOTING)
    _check_open(request)
    if leaving.leaves_on is None:
        raise InvalidInput("leaves_on", "Give the day on which the person leaves.")
    ground = law.grounds()[one_of("ground", leaving.ground, law.grounds())]
    if one_of("evidence", leaving.evidence, law.evidence()) not in ground.evidence:
        raise InvalidInput("evidence", "This paper does not show this reason. Choose another paper, or the reason.")
    row = Departure(id=uuid7(), request=request, leaves_on=leaving.leaves_on, ground=ground.code)
    row.evidence, row.noted_by, row.noted_at = leaving.evidence, _staff(act), act.clock.now()
    row.needed_by = days.needed_by(request, leaving.leaves_on, act.clock.now())
    if said := leaving.note.strip():
        row.note_id = act.vault.put(act.session, request.id, NOTE, said.encode()).id
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        raise Conflict(TWICE, field="leaves_on") from error
    act.record("departure.noted", request, row)
    return row


def agree(act: Act, row: Departure) -> None:
    """A supervisor agrees, who did not note it: what is needed goes ahead from now on, whatever of it is being made."""
    _begin(act, row)
    _check_role(act, RoleName.SUPERVISOR)
    if row.noted_by == act.actor.id:
        raise NotAllowed("You noted this departure yourself. Another supervisor agrees to it.")
    if not row.waits:
        raise Conflict("Somebody agreed to this already, or it has ended. Open the page again.")
    _check_open(row.request)
    row.needed_by = days.needed_by(row.request, row.leaves_on, act.clock.now())
    row.agreed_by, row.agreed_at = act.actor.id, act.clock.now()
    row.request.needed_by = row.needed_by
    act.flush()
    parties.order_anew(act, Document.request_id == row.request_id)
    act.record("departure.agreed", row.request, row)


def withdraw(act: Act, row: Departure) -> None:
    """The person leaves later, or not at all, or a supervisor does not agree: nothing goes ahead for it any more."""
    _begin(act, row)
    _check_role(act, *NOTING)
    if row.ended_at is not None:
        raise Conflict("This departure has ended already. Open the page again.")
    refused = row.waits and row.noted_by != act.actor.id and RoleName.SUPERVISOR in act.actor.roles
    _end(act, row, "refused" if refused else "withdrawn")
    act.record("departure.withdrawn", row.request, row, because=row.ended_because)


def end_with(act: Act, request: IssuanceRequest, because: str = "over") -> None:
    """The request ends: a part of that act. Handed over too late, somebody will say why."""
    row = open_of(act, request)
    if row is None:
        return
    if because == "handed_over" and row.agreed_at is not None:
        lateness.note(act, CLOCK, request, row.needed_by)
    _end(act, row, because)


def _end(act: Act, row: Departure, because: str) -> None:
    row.ended_by = act.actor.id if act.actor.kind == "staff" else None
    row.ended_at, row.ended_because = act.clock.now(), because
    if row.agreed_at is None:
        return
    row.request.needed_by = None
    act.flush()
    if row.request.state not in ENDED and not parties.goes_ahead(row.request):
        parties.order_anew(act, Document.request_id == row.request_id, ahead=False)


# Looking


def open_of(look: Look, request: IssuanceRequest) -> Departure | None:
    """The departure of a request that was noted and has not ended."""
    query = select(Departure).where(Departure.request_id == request.id, Departure.ended_at.is_(None))
    return look.session.scalar(query)


def of(look: Look, request: IssuanceRequest) -> list[Departure]:
    """Every departure of a request, the newest first."""
    query = select(Departure).where(Departure.request_id == request.id).order_by(Departure.id.desc())
    return list(look.session.scalars(query))


def of_case(look: Look, request: IssuanceRequest, departure_id: UUID) -> Departure:
    """The departure of this request with this id; NotFound otherwise."""
    row = look.session.get(Departure, departure_id)
    if row is None or row.request_id != request.id:
        raise NotFound("There is no such departure. Open the list again.")
    return row


def notes(look: Look, rows: list[Departure]) -> Mapping[UUID, str]:
    """What the papers of these say, by departure; without those whose key was destroyed."""
    opened = look.vault.open_all(look.session, [row.note_id for row in rows if row.note_id])
    found = {row.id: opened.get(row.note_id) for row in rows if row.note_id}
    return {key: said.decode() for key, said in found.items() if isinstance(said, bytes)}


def _begin(act: Act, row: Departure) -> None:
    centres.check_own(act, row.request)
    act.session.refresh(row, with_for_update={"of": Departure})


def _check_role(act: Act, *roles: RoleName) -> None:
    if not act.actor.roles & set(roles):
        raise NotAllowed("A clerk or supervisor notes a departure, and a supervisor agrees to it. Ask one of them.")


def _check_open(request: IssuanceRequest) -> None:
    if request.state in ENDED:
        raise Conflict("This request has ended. A departure belongs to a request that is open.")


def _staff(act: Act) -> UUID:
    assert act.actor.id
    return act.actor.id
