"""Founding an office: its centres, its first administrators, case handling's account. What exists stays as it is."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import or_, select

from issuance.acts import Act, Look
from issuance.law.office.centres import FoundingCentre, founding_centres
from issuance.models.staff import Centre, RoleName, Staff
from issuance.services import centres, roles
from issuance.services.roles import CASE_HANDLING
from issuance.services.trust import accounts, audit_adoption
from issuance.services.trust.accounts import NewAccount
from issuance.values import contacts

ADMINISTRATORS = 2
"""How many a centre needs: what one gives, another agrees to (ADR 0047)."""


def found_centres(act: Act, wanted: Sequence[FoundingCentre] = ()) -> None:
    """The centres `wanted`, in a new register else those of `centres.toml`; and case handling's account."""
    known = set(act.session.scalars(select(Centre.code)))
    proposed = wanted or (() if known else founding_centres())
    fresh = [Centre(**one.model_dump()) for one in proposed if one.code not in known]
    act.session.add_all(fresh)
    act.session.flush()
    is_first = act.session.scalar(select(Staff.id).where(Staff.email == CASE_HANDLING)) is None
    if is_first:
        _add_case_handling(act, fresh[0] if fresh else centres.listed(act)[0])
    if fresh or is_first:
        # Where nothing was before, every row has been witnessed from its first act on.
        complete, filled = is_first and not known, " ".join(audit_adoption.FILLED.values())
        act.record("office.founded", centres=len(fresh), complete=complete, filled=filled)


def account(look: Look, email: str) -> Staff | None:
    """The account with this address, if there is one."""
    return look.session.scalar(select(Staff).where(Staff.email == contacts.folded(email)))


def add_administrator(act: Act, email: str, full_name: str, centre: str, password_hash: str) -> Staff:
    """One of the first administrators, at once: nobody is there who could agree. `centre` is a short name."""
    new = NewAccount(email, full_name, centres.named(act, centre), [RoleName.ADMINISTRATOR], password_hash)
    return accounts.add_account(act, new)


def administrators(look: Look) -> Counter[str]:
    """How many people may administer today, by the short name of their centre."""
    today = look.clock.today()
    query = select(Centre.code).join(Staff, Staff.centre_id == Centre.id).where(Staff.active)
    query = query.where(or_(Staff.ends_on.is_(None), Staff.ends_on >= today))
    held = query.where(Staff.given.any(roles.held(RoleName.ADMINISTRATOR, today)))
    return Counter(look.session.scalars(held))


def too_few(look: Look) -> str:
    """Why nobody can give roles here, and how to go on; empty when somebody can."""
    there = administrators(look)
    if not there:
        return "Nobody administers this office: name two people by flask set-up --from FILE, or at a terminal."
    if max(there.values()) < ADMINISTRATORS:
        return (
            "No centre has two administrators, and what one gives another agrees to: add one by flask add-account"
            " --role administrator."
        )
    return ""


def _add_case_handling(act: Act, centre: Centre) -> None:
    made = Staff(email=CASE_HANDLING, full_name="Case handling", fs_uniquifier=secrets.token_hex(16), active=False)
    made.centre = centre
    act.session.add(made)
    act.session.flush()
