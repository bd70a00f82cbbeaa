"""The history of where a person lives. What the register says of a person's address follows it, in the same act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select

from issuance.acts import Act, Look
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.residence import Residence

MOVES = {"lodged": "lodged", "residence": "desk"}
"""How the office came to know of another address, by why a version of the person was made (`PersonVersion.why`)."""

CORRECTED = "corrected"


def current(look: Look, person: Person) -> Residence | None:
    """Where the person lives now, so far as the office knows."""
    return look.session.scalar(select(Residence).where(Residence.person_id == person.id, Residence.ended_at.is_(None)))


def is_missing(look: Look, request: IssuanceRequest) -> bool:
    """Whether the office does not know where the person lives: a housing counts until its announced last day."""
    now = current(look, request.person)
    return now is None or not holds_on(now, look.clock.today())


def missing_of(look: Look, requests: Collection[IssuanceRequest]) -> set[UUID]:
    """Those of these requests whose person lives nowhere that the office knows, asked once for all."""
    today, persons = look.clock.today(), {request.person_id for request in requests}
    rows = look.session.scalars(select(Residence).where(Residence.person_id.in_(persons), Residence.ended_at.is_(None)))
    known = {row.person_id for row in rows if holds_on(row, today)}
    return {request.id for request in requests if request.person_id not in known}


def holds_on(row: Residence, day: dt.date) -> bool:
    """Whether somebody lives there on this day; nobody knows that of a housing after its announced last day."""
    return row.ended_at is None and (row.leaves_on is None or day <= row.leaves_on)


def begin(act: Act, person: Person) -> None:
    """Somebody new lives where was said at the lodging. A part of an act; it asks the register nothing."""
    if person.address:
        act.session.add(_said(act, person, 1, "lodged"))


def follow(act: Act, person: Person, why: str) -> None:
    """The register says another address of the person, for this reason: so does the history. A part of an act.

    A correction says that the person never lived there: the row says so now, its versions are the person's.
    """
    now = current(act, person)
    if person.address == (now.text if now else ""):
        return
    if now and person.address and not now.house_id and why not in MOVES:
        now.address = person.address
        return
    if now:
        end(act, now, None)
    if person.address:
        act.session.add(_said(act, person, next_number(act, person), MOVES.get(why, CORRECTED)))


def end(act: Act, row: Residence, on: dt.date | None) -> None:
    """The person lives there no more, since this day where it is known. A part of an act."""
    row.moved_out_on, row.ended_at = on, act.clock.now()
    act.session.flush()


def next_number(look: Look, person: Person) -> int:
    """The number of the next residence of this person."""
    query = select(func.max(Residence.number)).where(Residence.person_id == person.id)
    return (look.session.scalar(query) or 0) + 1


def staff_of(act: Act) -> UUID | None:
    """Who acts, where that is a member of staff."""
    return act.actor.id if act.actor.kind == "staff" else None


def _said(act: Act, person: Person, number: int, reported_by: str) -> Residence:
    """An address that was said, and not since when: nobody asked."""
    return Residence(
        person=person,
        number=number,
        address=person.address,
        reported_on=act.clock.today(),
        reported_by=reported_by,
        recorded_by=staff_of(act),
        recorded_at=act.clock.now(),
    )
