"""Referrals: a paper to who can help, with what is needed and, of why, as much as the person agreed to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.law.persons import care
from issuance.models.care import Observation, Referral
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.care import observations
from issuance.services.care.observations import Reason
from issuance.values.codes import one_of

SHARES: tuple[Literal["need", "category", "note"], ...] = ("need", "category", "note")
"""How much of why a paper says; each more than the one before."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """To whom somebody is referred, how much of why the paper says, and whether they agreed to that."""

    recipient: str
    shares: str
    consents: bool


def refer(act: Act, request: IssuanceRequest, row: Observation, wanted: Wanted) -> Reason:
    """Refer the person; what the paper may say of why. InvalidInput while they did not agree to more than the need."""
    centres.check_own(act, request)
    if not observations.is_read_by(act, row):
        raise NotAllowed("Who noted this, a decision officer or a supervisor refers the person. Ask one of them.")
    if row.ended_at is not None:
        raise Conflict("This has ended. Note what holds now, and refer the person for that.")
    recipient = one_of("recipient", wanted.recipient, care.recipients())
    shares = one_of("shares", wanted.shares, SHARES)
    if shares != "need" and not wanted.consents:
        raise InvalidInput("consents", "Ask the person first; otherwise the paper says only what is needed.")
    said = Referral(person_id=request.person_id, observation_id=row.id, recipient=recipient, shares=shares)
    assert act.actor.id
    said.referred_by, said.referred_at = act.actor.id, act.clock.now()
    act.session.add(said)
    act.record("observation.referred", request, request.person, row, said)
    note = act.vault.get(act.session, row.note_id).decode() if shares == "note" and row.note_id else ""
    return Reason(row, note)


def of(look: Look, rows: Collection[Observation]) -> dict[UUID, list[Referral]]:
    """The referrals for these observations, by observation, the newest first."""
    query = select(Referral).where(Referral.observation_id.in_([row.id for row in rows])).order_by(Referral.id.desc())
    found: dict[UUID, list[Referral]] = {}
    for referral in look.session.scalars(query) if rows else ():
        found.setdefault(referral.observation_id, []).append(referral)
    return found
