"""Founding an office: its centres, case handling's account."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from issuance.acts import Act
from issuance.law.centres import founding_centres
from issuance.models.staff import Centre, Staff
from issuance.services import centres
from issuance.services.roles import CASE_HANDLING
from issuance.services.trust import audit_adoption


def found_centres(act: Act) -> None:
    """The centres of `law/centres.toml`, and case handling's account; what exists stays as it is."""
    known = set(act.session.scalars(select(Centre.code)))
    fresh = [Centre(**one.model_dump()) for one in founding_centres() if one.code not in known]
    act.session.add_all(fresh)
    act.session.flush()
    is_first = act.session.scalar(select(Staff.id).where(Staff.email == CASE_HANDLING)) is None
    if is_first:
        _add_case_handling(act)
    if fresh or is_first:
        # Where nothing was before, every row has been witnessed from its first act on.
        complete, filled = is_first and not known, " ".join(audit_adoption.FILLED)
        act.record("office.founded", centres=len(fresh), complete=complete, filled=filled)


def _add_case_handling(act: Act) -> None:
    account = Staff(email=CASE_HANDLING, full_name="Case handling", fs_uniquifier=secrets.token_hex(16), active=False)
    account.centre = centres.named(act, "bucuresti")
    act.session.add(account)
    act.session.flush()
