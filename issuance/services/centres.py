"""The centres of the office, by their short names."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance.errors import InvalidInput
from issuance.models.staff import Centre


def named(session: Session, code: str) -> Centre:
    """The centre with this short name; InvalidInput names the field."""
    found = session.scalar(select(Centre).where(Centre.code == code))
    if found is None:
        raise InvalidInput("centre", "There is no centre %(code)s. Use the short name of a regional centre.", code=code)
    return found
