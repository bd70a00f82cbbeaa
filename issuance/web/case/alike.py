"""Persons alike, as they are shown to whoever says whether one of them is meant (E24)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.web.words.states import word

NEW_PERSON = "new"
"""What a form sends for none of them."""


def known_documents(look: Look, alike: Sequence[Person]) -> dict[UUID, list[str]]:
    """What each person alike already asked for, as `RP-R, delivered`: enough to recognise, no more."""
    query = select(IssuanceRequest.person_id, IssuanceRequest.document_type, IssuanceRequest.state).where(
        IssuanceRequest.person_id.in_([person.id for person in alike])
    )
    known: dict[UUID, list[str]] = {}
    for person_id, code, state in look.session.execute(query):
        known.setdefault(person_id, []).append(f"{code}, {word(state)}")
    return known
