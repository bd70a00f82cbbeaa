"""The rows a test needs around the one it is about: a centre, a person, a request. All invented."""

from __future__ import annotations

import datetime as dt
from itertools import count

from sqlalchemy.orm import Session

from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest, RuleVersion
from issuance.models.staff import Centre

DAY = dt.date(2026, 3, 2)
_numbers = count(1)


def a_centre(session: Session) -> Centre:
    """A centre of its own."""
    centre = Centre(code=f"centre-{next(_numbers)}", name="Somewhere")
    session.add(centre)
    session.flush()
    return centre


def a_request(session: Session, centre: Centre | None = None) -> IssuanceRequest:
    """A lodged request of a person of its own."""
    number = next(_numbers)
    person = Person(
        family_name="EXAMPLE", mrz_name="EXAMPLE", birth_date="1990-01-01", sex="F", nationality="XXA", status="refugee"
    )
    rule = RuleVersion(document_type="RP-R", applies_from=DAY, digest=f"rule-{number}", content="")
    session.add_all([person, rule])
    session.flush()
    request = IssuanceRequest(
        reference=f"REF{number}",
        person_id=person.id,
        centre_id=(centre or a_centre(session)).id,
        document_type="RP-R",
        kind="first",
        rule_version_id=rule.id,
        entitlement_source="case_handling",
        lodged_on=DAY,
        due_on=DAY + dt.timedelta(days=30),
    )
    session.add(request)
    session.flush()
    return request
