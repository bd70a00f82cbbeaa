"""Persons alike, as they are shown to whoever says whether one of them is meant (E24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.life.validity import handed_over
from issuance.web.frame.i18n import partial_day
from issuance.web.words.nationalities import nationality_name
from issuance.web.words.states import word

NEW_PERSON = "new"
"""What a form sends for none of them."""


def options_of(look: Look, alike: Sequence[Person]) -> list[tuple[UUID, str, str]]:
    """Persons alike as a choice: name, and by what they are told apart."""
    known = known_documents(look, alike)
    return [(each.id, each.full_name, " · ".join(filter(None, _about(each, known)))) for each in alike]


def _about(person: Person, known: Mapping[UUID, list[str]]) -> tuple[str, ...]:
    born, nationality = partial_day(person.birth_date), nationality_name(person.nationality)
    return (person.native_name, born, person.birth_place, nationality, "; ".join(known.get(person.id, [])))


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
