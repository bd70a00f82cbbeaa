"""Where what a clock runs on is acted on, and where somebody says why an act came late: each in one place."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app, url_for

from issuance.law.office.clocks import Clock, clocks
from issuance.web.frame.auth import NOBODY, access_of
from issuance.web.frame.current import current_actor
from issuance.web.frame.i18n import language

ACTED_ON: Mapping[str, str] = {
    "case_event": "exchange.held.listed",
    "breach": "privacy.breaches.listed",
    "parcel": "stock.parcels.late",
}
"""The page of what is no request, by clock."""

WHY_LATE: Mapping[str, str] = {
    "registration": "oversight.registrations.late",
    "residence": "residence.listed.show",
    "breach": "privacy.breaches.listed",
}
"""Where a reason is kept with what it is about; every other late act of `late` is on the list of those."""

LIST = "clocks.late.listed"


def acted_on(clock: Clock) -> str:
    """The address where it is acted on; empty for who has no role there."""
    return _address(ACTED_ON.get(clock.code, ""))


def why_late(clock: Clock) -> str:
    """The address where somebody says why an act came late; empty when nobody asks, or not this reader."""
    return _address(WHY_LATE.get(clock.code, LIST if clock.late else ""))


def besides() -> list[tuple[str, str]]:
    """The terms whose reasons are not on the list of late acts, each with its address for who has a role there."""
    return [(clocks()[code].title.text(language()), _address(endpoint)) for code, endpoint in WHY_LATE.items()]


def _address(endpoint: str) -> str:
    access = (access_of(current_app, endpoint) if endpoint else None) or NOBODY
    return url_for(endpoint) if access.roles & current_actor().roles else ""
