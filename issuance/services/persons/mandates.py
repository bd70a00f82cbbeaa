"""Mandates: who acts for a person, for what, from when to when, on what evidence (E14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.law.families import Scope, mandate_kinds
from issuance.models.people import Mandate, Person
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.persons import family, guardians
from issuance.values import names
from issuance.values.codes import one_of

SCOPES: tuple[str, ...] = get_args(Scope)
KINDS = tuple(mandate_kinds())


@dataclass(frozen=True)
class Given:
    """A mandate as it is given. `holder` is a name, or the reference or document number of a known person."""

    kind: str
    holder: str
    relation: str
    scopes: Collection[str]
    evidence: str
    from_day: dt.date | None = None
    to_day: dt.date | None = None


def give(act: Act, request: IssuanceRequest, given: Given) -> Mandate:
    """Somebody acts for the person of this case from now on. A guardian ends the alarm of a lone child.

    InvalidInput names the field.
    """
    centres.check_own(act, request)
    kind = mandate_kinds()[one_of("kind", given.kind, KINDS)]
    if not given.evidence.strip():
        raise InvalidInput("evidence", "Say on what paper the mandate rests.")
    if not given.relation.strip():
        raise InvalidInput("relation", "Say what the holder is to the person, or for whom they work.")
    scopes = [scope for scope in SCOPES if scope in set(given.scopes)]
    if not scopes:
        raise InvalidInput("scopes", "Say what the mandate allows; one that allows nothing is none.")
    row = _row(act, request.person, _holder(act, given.holder, "holder"), given.relation.strip())
    row.kind, row.scopes, row.evidence = kind.code, " ".join(scopes), given.evidence.strip()
    row.from_day, row.to_day = _days(act, given)
    act.session.add(row)
    act.session.flush()
    if kind.is_guardian:
        guardians.settle(act, request.person, row)
    act.record("person.mandate_given", request, request.person, row, kind=kind.code)
    return row


def end(act: Act, request: IssuanceRequest, row: Mandate) -> None:
    """The mandate ends now. The child whose guardian it was is alone again, and the hours begin anew."""
    centres.check_own(act, request)
    if row.ended_at is not None:
        raise Conflict("This mandate ended already. Look at the list again.")
    row.ended_at, row.ended_by = act.clock.now(), act.actor.id
    guardians.begin_again(act, row)
    act.record("person.mandate_ended", request, row.person, row, kind=row.kind)


def end_forgotten(act: Act, holder: Person) -> None:
    """What this person held for others ends, since nobody knows any more who that was; its evidence goes."""
    for row in act.session.scalars(select(Mandate).where(Mandate.holder_id == holder.id)):
        row.evidence = ""
        if row.ended_at is None:
            row.ended_at = act.clock.now()
            guardians.begin_again(act, row)
            act.record("person.mandate_ended", row.person, row, kind=row.kind)


def accompany(act: Act, person: Person, representative: str) -> Mandate:
    """Who accompanies a minor at lodging, `Popa Ana (mother)`: the mandate that is there, or a new one.

    A known person is named by reference or document number instead. InvalidInput (field `representative`).
    """
    who, relation = names.split_representative(representative)
    holder = _holder(act, who, "representative")
    row = _row(act, person, holder, relation)
    today = act.clock.today()
    for earlier in of(act, person):
        same = (earlier.holder_id, earlier.holder_name, earlier.relation) == (row.holder_id, row.holder_name, relation)
        if same and earlier.allows("collect", today):
            return earlier
    kind = mandate_kinds()["representative"]
    row.kind, row.scopes, row.from_day = kind.code, " ".join(kind.scopes), today
    act.session.add(row)
    act.flush()
    return row


def of(look: Look, person: Person) -> list[Mandate]:
    """Every mandate for this person, the newest first."""
    if is_new(person):
        return []
    query = select(Mandate).where(Mandate.person_id == person.id).order_by(Mandate.id.desc())
    return list(look.session.scalars(query))


def who_may(look: Look, person: Person, scope: str) -> list[Mandate]:
    """The mandates by which somebody may do this for the person today."""
    return [row for row in of(look, person) if row.allows(scope, look.clock.today())]


def mandate_of(look: Look, request: IssuanceRequest, mandate_id: UUID) -> Mandate:
    """The mandate for the person of this case with this id; NotFound for another's."""
    row = look.session.get(Mandate, mandate_id)
    if row is None or row.person_id != request.person_id:
        raise NotFound("There is no such mandate for this person. Open the list again.")
    return row


def _holder(look: Look, who: str, field: str) -> Person | str:
    """The known person of this code, else the name. InvalidInput for a number that nobody has."""
    found = family.known(look, who)
    if found is None and any(map(str.isdigit, who)):
        return family.person_of(look, who, field)
    return found or names.check_name(field, who)


def _row(act: Act, person: Person, holder: Person | str, relation: str) -> Mandate:
    if isinstance(holder, Person) and holder.id == person.id:
        raise InvalidInput("representative", "Nobody is the own representative. Name who acts for this person.")
    row = Mandate(person_id=person.id, relation=relation, given_by=act.actor.id, given_at=act.clock.now())
    if isinstance(holder, Person):
        row.holder_id, row.holder_name = holder.id, ""
    else:
        row.holder_id, row.holder_name = None, holder
    return row


def _days(look: Look, given: Given) -> tuple[dt.date, dt.date | None]:
    begins = given.from_day or look.clock.today()
    if given.to_day and given.to_day < max(begins, look.clock.today()):
        raise InvalidInput("to_day", "The last day lies before the first, or has passed. Give a later one.")
    return begins, given.to_day
