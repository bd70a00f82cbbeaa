"""Centres opened, described and closed: what holders read of them on papers and the status page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Staff, Station
from issuance.services import centres
from issuance.services.roles import CASE_HANDLING
from issuance.states import OPEN
from issuance.values import names
from issuance.values.hours import check_hours

CODE = re.compile(r"[a-z]{2,30}")


@dataclass(frozen=True)
class Said:
    """What a centre says of itself: its name, where it is, and its opening hours in the form of OpenStreetMap."""

    name: str
    address: str
    opening_hours: str

    def checked(self) -> dict[str, str]:
        """All three as kept; InvalidInput names the field."""
        kept = {name: check_filled(name, getattr(self, name)) for name in ("name", "address")}
        return kept | {"opening_hours": check_hours(self.opening_hours)}


def check_code(code: str) -> str:
    """A short name that a centre may have; InvalidInput otherwise."""
    if not CODE.fullmatch(code):
        raise InvalidInput("code", "A short name is 2 to 30 small letters without accents, for example timisoara.")
    return code


def check_filled(field: str, text: str) -> str:
    """A name or an address as kept; InvalidInput names the field."""
    kept = names.check_text(field, text.strip())
    if not kept:
        raise InvalidInput(field, "Fill this in: holders read it on their papers.")
    return kept


def add(act: Act, code: str, said: Said, *, mission: bool = False) -> Centre:
    """A new centre, open for requests, or a mission abroad. InvalidInput names the field."""
    if act.session.scalar(select(Centre.id).where(Centre.code == check_code(code))):
        raise InvalidInput("code", "There is already a centre with this short name.")
    centre = Centre(code=code, mission=mission, **said.checked())
    act.session.add(centre)
    act.session.flush()
    act.record("centre.added", centre, centre_id=centre.id)
    return centre


def describe(act: Act, centre: Centre, said: Said) -> None:
    """Change what the centre says of itself: papers and the status page say it from now on. Conflict for no change."""
    centres.check_here(act, centre)
    kept = said.checked()
    changed = [name for name, text in kept.items() if getattr(centre, name) != text]
    if not changed:
        raise Conflict("This is what the centre says already. Change it, or leave the page.")
    for name in changed:
        setattr(centre, name, kept[name])
    act.record("centre.described", centre, centre_id=centre.id, fields=" ".join(changed))


def close(act: Act, centre: Centre) -> None:
    """Nothing is lodged there any more, nobody and no station is added. Conflict while anything is open there."""
    act.session.refresh(centre, with_for_update=True)
    if not centre.active:
        raise Conflict("This centre is closed already.")
    left: dict[str, Any] = {**what_is_open(act, centre)}
    if any(left.values()):
        raise Conflict(
            "Open there: accounts %(accounts)s, stations %(stations)s, requests %(requests)s. Close or move them.",
            **left,
        )
    centre.active = False
    act.record("centre.closed", centre, centre_id=centre.id)


def reopen(act: Act, centre: Centre) -> None:
    """Requests are lodged there again."""
    if centre.active:
        raise Conflict("This centre is open already.")
    centre.active = True
    act.record("centre.reopened", centre, centre_id=centre.id)


def what_is_open(look: Look, centre: Centre) -> dict[str, int]:
    """How many accounts, stations and requests of a centre are not over."""
    rows = {
        "accounts": select(Staff.id).where(Staff.centre_id == centre.id, Staff.active, Staff.email != CASE_HANDLING),
        "stations": select(Station.id).where(Station.centre_id == centre.id, Station.active),
        "requests": select(IssuanceRequest.id).where(
            IssuanceRequest.centre_id == centre.id, IssuanceRequest.state.in_(OPEN)
        ),
    }
    counted = {name: select(func.count()).select_from(query.subquery()) for name, query in rows.items()}
    return {name: look.session.scalar(query) or 0 for name, query in counted.items()}
