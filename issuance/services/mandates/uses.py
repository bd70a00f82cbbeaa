"""What was done by a mandate, each time: a status told, a document collected, a paper signed, a file looked at."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.law.persons.families import Scope
from issuance.models.mandates import Mandate, MandateUse
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.mandates import asking

WHAT: Mapping[str, Scope] = {
    "status_told": "see_status",
    "collected": "collect",
    "receipt_signed": "sign",
    "rights_signed": "sign",
    "file_seen": "see_file",
}
"""What is done by a mandate, and the scope that it takes."""

LISTED = 50


def note(act: Act, mandate: Mandate, what: str, request: IssuanceRequest | None = None) -> None:
    """Something is done by a mandate that allows it (`asking.one_who_may`). A part of an act."""
    assert what in WHAT, what
    assert act.actor.id  # somebody was there
    row = MandateUse(person_id=mandate.person_id, mandate_id=mandate.id, what=what, at=act.clock.now())
    row.request_id, row.by = request.id if request else None, act.actor.id
    act.session.add(row)


def tell_status(act: Act, request: IssuanceRequest, mandate_id: UUID | None) -> Mandate:
    """At the window somebody with a mandate was told how far the request is."""
    centres.check_own(act, request)
    mandate = asking.one_who_may(act, request.person, "see_status", mandate_id)
    note(act, mandate, "status_told", request)
    act.record("mandate.status_told", request, request.person, mandate, kind=mandate.kind)
    return mandate


def sign_rights(act: Act, request: IssuanceRequest, mandate_id: UUID) -> None:
    """The notice of rights is signed by whoever may sign for the person. A part of the act that records the notice."""
    note(act, asking.one_who_may(act, request.person, "sign", mandate_id, "signed_by"), "rights_signed", request)


def of(look: Look, person: Person) -> list[MandateUse]:
    """What was done by mandates for this person, the newest first."""
    query = select(MandateUse).where(MandateUse.person_id == person.id)
    return list(look.session.scalars(query.order_by(MandateUse.at.desc(), MandateUse.id.desc()).limit(LISTED)))
