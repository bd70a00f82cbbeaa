"""Founding an office: its centres, the roles, case handling's account."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from issuance.acts import Look
from issuance.models.staff import Centre, Role, RoleName, Staff
from issuance.services import centres
from issuance.services.trust.accounts import CASE_HANDLING

CENTRES = {
    "bucuresti": ("București", "Str. Vasile Stolnicul 15, București"),
    "timisoara": ("Timișoara", "Str. Armoniei 33, Timișoara"),
    "galati": ("Galați", "Str. Eroilor 14, Galați"),
    "radauti": ("Rădăuți", "Str. Bogdan Vodă 1, Rădăuți"),
    "somcuta": ("Șomcuta Mare", "Str. Mihai Eminescu 3, Șomcuta Mare"),
    "giurgiu": ("Giurgiu", "Șos. Sloboziei 1, Giurgiu"),
}
OPENING_HOURS = "Mo-Fr 09:00-12:00, 14:00-16:00"


def found_centres(look: Look) -> None:
    """The regional centres of domain section 1, the roles, and case handling's account; what exists stays as it is."""
    known = set(look.session.scalars(select(Centre.code)))
    for code, (name, address) in CENTRES.items():
        if code not in known:
            look.session.add(Centre(code=code, name=name, address=address, opening_hours=OPENING_HOURS))
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
