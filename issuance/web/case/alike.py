"""Persons alike, as they are shown to whoever says whether one of them is meant (E24)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.life.validity import handed_over
from issuance.web.words.states import word

NEW_PERSON = "new"
"""What a form sends for none of them."""


def known_documents(look: Look, alike: Sequence[Person]) -> dict[UUID, list[str]]:
    """What each person alike already has or asked for, as `RP-R, valid`: enough to recognise, no more."""
    columns = (IssuanceRequest.id, IssuanceRequest.person_id, IssuanceRequest.document_type, IssuanceRequest.state)
    query = select(*columns).where(IssuanceRequest.person_id.in_([person.id for person in alike]))
    found = look.session.execute(query).all()
    standings = handed_over(look, [request_id for request_id, *_ in found])
    known: dict[UUID, list[str]] = {}
    for request_id, person_id, code, state in found:
        known.setdefault(person_id, []).append(f"{code}, {word(standings.get(request_id, state))}")
    return known
