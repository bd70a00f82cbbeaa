"""What adding a passkey and logging in with one share: the site, and the challenge that waits for its answer."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from flask import request, session

from issuance.clock import Clock
from issuance.models.staff import Passkey
from issuance.services.passkeys import ceremony, keys
from issuance.services.passkeys.ceremony import WITHIN_SECONDS, Site
from issuance.web.frame.current import current_office

PLACE, PROOF_PLACE = "passkey_asked", "proof_asked"
"""Where a session keeps the challenge: of a key that is added or logs in, and of the proof of an act."""


class Asked(NamedTuple):
    """A challenge and when it was made."""

    challenge: bytes
    at: dt.datetime


def site() -> Site:
    """This site as the browser names it. A key is good for the name that people type, and for no other."""
    scheme = "https" if current_office().settings.secure_cookies else request.scheme
    return Site(request.host.partition(":")[0], f"{scheme}://{request.host}")


def ask(clock: Clock, place: str = PLACE) -> bytes:
    """A new challenge, which this browser may answer once and soon."""
    asked = ceremony.challenge()
    session[place] = [asked.hex(), clock.now().timestamp()]
    return asked


def asked(clock: Clock, place: str = PLACE) -> Asked | None:
    """The challenge that this browser was given, which is then forgotten; None when there is none, or it is too old."""
    kept = session.pop(place, None)
    if kept is None:
        return None
    at = dt.datetime.fromtimestamp(kept[1], dt.UTC)
    fresh = dt.timedelta() <= clock.now() - at <= dt.timedelta(seconds=WITHIN_SECONDS)
    return Asked(bytes.fromhex(kept[0]), at) if fresh else None


def proved(answer: str, place: str = PLACE) -> Passkey | None:
    """The passkey that signed the challenge of this browser, which is spent by it; None for any other answer."""
    office, wanted = current_office(), asked(current_office().clock, place)
    if wanted is None:
        return None
    with office.reading() as look:
        key = keys.find(look, ceremony.credential_of(answer))
    count = ceremony.proved(site(), answer, wanted.challenge, key) if key else None
    if key is None or count is None:
        return None
    with office.upkeep() as look:
        return key if keys.spend(look, key, count, wanted.at) else None
