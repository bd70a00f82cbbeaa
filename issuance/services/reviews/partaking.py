"""UNHCR's part in a review: by the person's consent alone, which stands with the mandates like any other (E12)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.models.mandates import Body, Consent, Mandate
from issuance.models.reviews import Review
from issuance.services import centres
from issuance.services.mandates import asking, bodies, consents, giving
from issuance.services.mandates.consents import Said
from issuance.services.mandates.giving import Given
from issuance.services.reviews import files

KIND = "unhcr"


def offices(look: Look) -> list[Body]:
    """The offices of UNHCR that act, by name."""
    return [body for body in bodies.acting(look) if body.kind == KIND]


def consented(look: Look, review: Review, day: dt.date) -> Consent | None:
    """The consent by which UNHCR may see the person's file on a day; None when there is none in force."""
    query = select(Consent).join(Mandate, Mandate.id == Consent.mandate_id)
    query = query.where(Mandate.person_id == review.person_id, Mandate.kind == KIND, asking.holds("see_file", day))
    query = query.where(Consent.withdrawn_at.is_(None), Consent.given_on <= day)
    return look.session.scalar(query.order_by(Consent.given_on, Consent.id).limit(1))


def consent(act: Act, review: Review, office_id: UUID | None, said: Said) -> Consent:
    """The person lets an office of UNHCR see the file (Art 103(6)): by the mandate that is there, or a new one."""
    centres.check_own(act, review)
    files.check_role(act, files.DESK, "A clerk or a decision officer records the consent. Ask one.")
    files.check_open(review)
    row = _mandate(act, review, office_id) or _given(act, review, office_id)
    given = consents.record(act, review.request, row, said)
    act.record("review.unhcr_consent", review, review.request, review.person, given=True)
    return given


def _mandate(look: Look, review: Review, office_id: UUID | None) -> Mandate | None:
    """The one by which this office sees the file, or would with a consent."""
    mine = (Mandate.person_id == review.person_id, Mandate.kind == KIND, Mandate.body_id == office_id)
    query = select(Mandate).where(*mine, asking.lasts(look.clock.today())).order_by(Mandate.id.desc())
    return next((row for row in look.session.scalars(query) if "see_file" in row.scopes.split()), None)


def _given(act: Act, review: Review, office_id: UUID | None) -> Mandate:
    """A mandate that lets the office see the file, and nothing else."""
    given = Given(KIND, "", "UNHCR", ["see_file"], "Law 122/2006, Art 103(6)", granted_by="person", body_id=office_id)
    return giving.give(act, review.request, given)


def withdraw(act: Act, review: Review) -> None:
    """The person takes it back: UNHCR sees the file no more, whichever office did. Conflict when none might."""
    centres.check_own(act, review)
    files.check_role(act, files.DESK, "A clerk or a decision officer records the consent. Ask one.")
    found = [row for row in asking.who_may(act, review.person, "see_file") if row.kind == KIND]
    if not found:
        raise Conflict("No consent is in force here. Open the page again.")
    for row in found:
        consents.withdraw(act, review.request, row)
    act.record("review.unhcr_consent", review, review.request, review.person, given=False)
