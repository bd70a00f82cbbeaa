"""Signing at lodging on a phone: an address for one request and for minutes, at which the holder draws (ADR 0046).

What was drawn waits, encrypted, until the clerk who made the address has looked at it; only taking it is signing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotFound, StaleState
from issuance.models.requests import DRAWN, IssuanceRequest, PhonePad, Signature
from issuance.services import centres
from issuance.services.persons import signatures
from issuance.services.persons.signatures import Signed
from issuance.states import UNDECIDED

LIFE = dt.timedelta(minutes=10)
"""How long an address works, and how long what was drawn then waits to be looked at."""

TOKEN_BYTES = 16
MOST_PIXELS = 1_000_000
"""Of a drawing: the canvas of the page has a third of it."""

_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"  # then four bytes of width and four of height


# At the desk


def open_pad(act: Act, request: IssuanceRequest) -> str:
    """The token of a new address of the request, which voids an earlier one; Conflict where no phone may sign.

    Only its digest is kept: nobody can show the address a second time.
    """
    signatures.check_open(act, request)
    if not act.settings.phone_url:
        raise Conflict("No phone signs in this office. Let the person sign on the pad or on paper.")
    signatures.forget(act, [request.id])
    token = secrets.token_hex(TOKEN_BYTES)
    assert act.actor.id  # no machine hands over a phone
    ends_at = act.clock.now() + LIFE
    row = PhonePad(request_id=request.id, token_digest=_digest(token), opened_by=act.actor.id, ends_at=ends_at)
    act.session.add(row)
    act.record("signature.phone_asked", request)
    return token


def close_pad(act: Act, request: IssuanceRequest) -> None:
    """The address works no longer, and what was drawn there goes. Conflict when there is none."""
    centres.check_own(act, request)
    if not signatures.forget(act, [request.id]):
        raise Conflict("No phone waits for this signature any more. Let the person sign on the pad, or ask again.")
    act.record("signature.phone_closed", request)


def accept(act: Act, request: IssuanceRequest, seen: str) -> Signature:
    """Keep what was drawn, the pad `seen` (its id), as the signature. StaleState when that does not wait any more."""
    centres.check_own(act, request)
    row = pad(act, request)
    if row is None or row.drawing_id is None or str(row.id) != seen:
        raise StaleState("This signature does not wait any more. Ask for it again.")
    return signatures.keep(act, request, Signed(act.vault.get(act.session, row.drawing_id), "phone"))


def pad(look: Look, request: IssuanceRequest) -> PhonePad | None:
    """The address of the request that who looks has made, with what was drawn there, until its time is over."""
    query = select(PhonePad).where(
        PhonePad.request_id == request.id,
        PhonePad.opened_by == look.actor.id,
        PhonePad.ends_at > look.clock.now(),
    )
    return look.session.scalar(query)


def drawing(look: Look, request: IssuanceRequest) -> bytes:
    """What was drawn, as it would be printed (PNG). NotFound while nothing was."""
    row = pad(look, request)
    if row is None or row.drawing_id is None:
        raise NotFound("Nothing was drawn on a phone. Ask for it again.")
    return look.vault.get(look.session, row.drawing_id)


# At the phone


def live(look: Look, token: str, *, lock: bool = False) -> PhonePad:
    """What is behind an address that takes a signature now. NotFound, the same for used, late and unknown ones."""
    query = select(PhonePad).join(PhonePad.request).options(joinedload(PhonePad.request))
    query = query.where(
        PhonePad.token_digest == _digest(token),
        PhonePad.drawing_id.is_(None),
        PhonePad.ends_at > look.clock.now(),
        IssuanceRequest.state.in_(UNDECIDED),
    )
    row = look.session.scalar(query.with_for_update(of=PhonePad) if lock else query)
    if row is None:
        raise NotFound("This address takes no signature. Ask for another one.")
    return row


def read(drawn: bytes) -> bytes:
    """What was drawn as it would be printed (PNG), outside any transaction; InvalidInput for what no phone draws."""
    width, height = (int.from_bytes(drawn[at : at + 4]) for at in (len(_HEAD), len(_HEAD) + 4))
    if not drawn.startswith(_HEAD) or width * height > MOST_PIXELS:
        raise InvalidInput("signature", "This is no drawing of a phone. Let the person sign again.")
    signed = signatures.read(b"", drawn)
    assert signed
    return signed.picture


def receive(act: Act, token: str, picture: bytes) -> None:
    """Keep what was drawn until the clerk has looked at it; it uses the address up. NotFound as of `live`."""
    row = live(act, token, lock=True)
    row.drawing_id = act.vault.put(act.session, row.request_id, DRAWN, picture).id
    row.ends_at = act.clock.now() + LIFE
    act.record("signature.phone_sent", row.request, centre_id=row.request.centre_id)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# By itself


def purge(look: Look) -> None:
    """Delete the addresses whose time is over, with what was drawn there."""
    over = select(PhonePad.request_id).where(PhonePad.ends_at <= look.clock.now()).with_for_update()
    signatures.forget(look, look.session.scalars(over).all())
