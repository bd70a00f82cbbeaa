"""Forms filled in ahead: put into the register by the public pages, opened and used up at the window (ADR 0076)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

from sqlalchemy import ColumnElement, delete, func, select

from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE
from issuance.db import wait_turn
from issuance.errors import Conflict, LimanError, NotFound
from issuance.models.ahead import AheadForm
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.ahead import codes, said
from issuance.services.ahead.said import Family
from issuance.settings import key_file

LIFE = dt.timedelta(days=14)
"""How long a form waits for its family."""

MOST_OF_ADDRESS = 60
"""Forms of one address a day that wait: a kiosk's are used up as they are lodged."""

MOST_OF_DAY = 3_000
"""Forms of one day from everywhere that wait; at its peak the office gave out 1,049 permits a day."""

MOST_BYTES = 40_000
PADDED_TO = 2_048
"""A form is kept in steps of so many bytes: how long it is tells little of how many there are."""

USED = "request.form_used"


class TooManyForms(LimanError):
    """No form is taken any more today, from this address or from anywhere."""

    code = "too_many_forms"


# At home


def keep(look: Look, family: Family, caller: str) -> str:
    """The code of a form that waits from now on; it is kept nowhere. TooManyForms names nobody.

    `caller` is whose address it came from (`addresses.customer`).
    """
    sender = _sender(look, caller)
    wait_turn(look.session, "ahead forms")
    _check_room(look, AheadForm.sender == sender, MOST_OF_ADDRESS)
    _check_room(look, AheadForm.made_at >= _morning(look), MOST_OF_DAY)
    code = codes.new()
    look.session.add(
        AheadForm(id=codes.name(code), encrypted=_sealed(code, family), sender=sender, made_at=look.clock.now())
    )
    look.session.flush()
    return code


def _check_room(look: Look, of_whom: ColumnElement[bool], most: int) -> None:
    waiting = select(AheadForm.id).where(of_whom).limit(most).subquery()
    if (look.session.scalar(select(func.count()).select_from(waiting)) or 0) >= most:
        raise TooManyForms("Too many forms were filled in today. Come to the office, or try again tomorrow.")


def _sealed(code: str, family: Family) -> bytes:
    plain = said.packed(family)
    if len(plain) > MOST_BYTES:
        raise TooManyForms("This form is too long. Fill in a form for fewer people, then another one.")
    return codes.encrypt(code, plain.ljust(-(-len(plain) // PADDED_TO) * PADDED_TO))


def _sender(look: Look, caller: str) -> str:
    """The same for one address on one day, and no way back to it."""
    said_by = f"ahead\0{look.clock.today()}\0{caller}".encode()
    return hmac.new(key_file(look.settings, "attempts"), said_by, hashlib.sha256).hexdigest()


def _morning(look: Look) -> dt.datetime:
    return dt.datetime.combine(look.clock.today(), dt.time.min, OFFICE_ZONE).astimezone(dt.UTC)


# At the window


def opened(act: Act, code: str) -> Family:
    """What the family said, for whom it came to; recorded. NotFound says what to do instead."""
    row = _row(act, code)
    act.record("request.form_opened", row)
    return said.unpacked(codes.decrypt(code, row.encrypted))


def found(look: Look, code: str) -> Family | None:
    """What of an opened form is not lodged yet; None when nothing is kept of it."""
    try:
        return said.unpacked(codes.decrypt(code, _row(look, code).encrypted))
    except NotFound:
        return None


def take(act: Act, code: str, place: int, request: IssuanceRequest) -> None:
    """The person at this place of the form is lodged by `request`, and goes from it; after the last one it goes itself.

    Conflict when the person was lodged by another.
    """
    centres.check_own(act, request)
    try:
        row = _row(act, code, lock=True)
        family = said.unpacked(codes.decrypt(code, row.encrypted))
    except NotFound as error:
        raise _gone() from error
    if place not in family.waiting:
        raise _gone()
    rest = family.lodged(place, request.id)
    act.record(USED, row, request, left=len(rest.waiting))
    if rest.waiting:
        row.encrypted = _sealed(code, rest)
    else:
        act.session.delete(row)


def drop(act: Act, code: str) -> None:
    """Delete what is left of an opened form: nobody else of it comes. NotFound when nothing is kept of it."""
    row = _row(act, code, lock=True)
    act.record("request.form_dropped", row)
    act.session.delete(row)


def _row(look: Look, code: str, *, lock: bool = False) -> AheadForm:
    query = select(AheadForm).where(AheadForm.id == codes.name(code), AheadForm.made_at > look.clock.now() - LIFE)
    row = look.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise _used() if _was_used(look, code) else _unknown()
    return row


def _was_used(look: Look, code: str) -> bool:
    """Whether somebody of this form was lodged: the audit knows, when nothing else is left."""
    about = (AuditSubject.kind == AheadForm.__tablename__, AuditSubject.subject_id == codes.name(code))
    query = select(AuditEvent.id).join(AuditSubject, AuditSubject.event_id == AuditEvent.id)
    return look.session.scalar(query.where(*about, AuditEvent.act == USED).limit(1)) is not None


def _used() -> NotFound:
    return NotFound("Everybody of this form is lodged already, and nothing of it is kept. Search for the name.")


def _unknown() -> NotFound:
    return NotFound(
        "Nothing is kept for this code: it is older than 14 days, or of another office. Ask the family, and write it"
        " here as for everybody else."
    )


def _gone() -> Conflict:
    return Conflict("Somebody lodged this person of the form meanwhile. Search for the name before you go on.")


# By itself


def purge(look: Look) -> None:
    """Delete the forms whose family did not come."""
    look.session.execute(delete(AheadForm).where(AheadForm.made_at <= look.clock.now() - LIFE))
