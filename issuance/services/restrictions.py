"""What is forbidden while the data of a person are restricted (Art 18): the one place that says and enforces it.

Storing goes on, and nothing is destroyed. Nobody takes a portrait, decides or hands over, unless the person agreed that
the requests go on (Art 18(2), consent); what a station makes meanwhile waits. What the law asks in the interest of all
goes on: checks by police, reports of loss, the end of a document; so do papers that show it, and corrections.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, select

from issuance.acts import Look
from issuance.db import is_new
from issuance.errors import RuleViolation
from issuance.models.people import Person
from issuance.models.privacy import Restriction
from issuance.models.requests import IssuanceRequest

ARTICLE = "Regulation (EU) 2016/679, Art 18(2)"

STILL_TOLD = ("court", "prosecutor", "lawyer")
"""Who may be told something meanwhile: legal claims (Art 18(2))."""


def of_person(look: Look, person_id: UUID) -> Restriction | None:
    """The restriction that is in force for the data of this person."""
    query = select(Restriction).where(Restriction.person_id == person_id, Restriction.lifted_at.is_(None))
    return look.still((of_person, person_id), lambda: look.session.scalar(query))


def check_goes_on(look: Look, request: IssuanceRequest) -> None:
    """RuleViolation for a duty on a request of somebody whose data are restricted and who did not agree to it."""
    found = None if is_new(request.person) else of_person(look, request.person.id)
    if found is not None and not found.goes_on:
        raise RuleViolation(
            "GDPR",
            ARTICLE,
            "The data of this person are restricted. Ask whether the request may go on, and note the consent on the"
            " page of data protection.",
        )


def check_told(look: Look, person: Person, recipient: str) -> None:
    """RuleViolation for telling somebody about a person whose data are restricted, but for legal claims."""
    if recipient not in STILL_TOLD and of_person(look, person.id) is not None:
        raise RuleViolation(
            "GDPR",
            ARTICLE,
            "The data of this person are restricted: courts, prosecutors and the person's lawyer alone are told now.",
            field="recipient",
        )


def held() -> Select[UUID]:
    """Of whom nothing may be destroyed, since their data are restricted, as a query."""
    return select(Restriction.person_id).where(Restriction.lifted_at.is_(None))
