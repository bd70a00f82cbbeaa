"""What adding a passkey and logging in with one share: the site, and the challenge that waits for its answer."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from flask import request, session

from issuance.clock import Clock
from issuance.services.passkeys import ceremony
from issuance.services.passkeys.ceremony import WITHIN_SECONDS, Site
from issuance.web.frame.current import current_office

PLACE = "passkey_asked"


class Asked(NamedTuple):
    """A challenge and when it was made."""

    challenge: bytes
    at: dt.datetime


def site() -> Site:
    """This site as the browser names it. A key is good for the name that people type, and for no other."""
    scheme = "https" if current_office().settings.secure_cookies else request.scheme
    return Site(request.host.partition(":")[0], f"{scheme}://{request.host}")


def ask(clock: Clock) -> bytes:
    """A new challenge, which this browser may answer once and soon."""
    asked = ceremony.challenge()
    session[PLACE] = [asked.hex(), clock.now().timestamp()]
    return asked


def asked(clock: Clock) -> Asked | None:
    """The challenge that this browser was given, which is then forgotten; None when there is none, or it is too old."""
    kept = session.pop(PLACE, None)
    if kept is None:
        return None
    at = dt.datetime.fromtimestamp(kept[1], dt.UTC)
    fresh = dt.timedelta() <= clock.now() - at <= dt.timedelta(seconds=WITHIN_SECONDS)
    return Asked(bytes.fromhex(kept[0]), at) if fresh else None
