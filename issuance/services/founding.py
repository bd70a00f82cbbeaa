"""Founding an office: its centres, the roles, case handling's account."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from issuance.acts import Look
from issuance.law.centres import founding_centres
from issuance.models.staff import Centre, Role, RoleName, Staff
from issuance.services import centres
from issuance.services.trust.accounts import CASE_HANDLING


def found_centres(look: Look) -> None:
    """The centres of `law/centres.toml`, the roles, and case handling's account; what exists stays as it is."""
    known = set(look.session.scalars(select(Centre.code)))
    look.session.add_all(Centre(**one.model_dump()) for one in founding_centres() if one.code not in known)
    roles = set(look.session.scalars(select(Role.name)))
    look.session.add_all(Role(name=role) for role in RoleName if role not in roles)
    look.session.flush()
    if look.session.scalar(select(Staff.id).where(Staff.email == CASE_HANDLING)) is None:
        _add_case_handling(look)


def _add_case_handling(look: Look) -> None:
    account = Staff(email=CASE_HANDLING, full_name="Case handling", fs_uniquifier=secrets.token_hex(16), active=False)
    account.centre = centres.named(look, "bucuresti")
    look.session.add(account)
    look.session.flush()
