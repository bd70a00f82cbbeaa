"""Addresses that holders give at the status page: each counts once the code that was sent there was typed (ADR 0086).

So nobody lets the office write to a stranger, who would get a code or three and may stop even those by one tap. The
public pages put into boxes what holders give and that they typed a code, as with `ToldTime`; they read no address.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from issuance.acts import Act, Look
from issuance.errors import InvalidInput
from issuance.models.notices import Contact, Notice, NoticeKind, ToldCode, ToldContact, ToldStop
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.notices import channels, contacts, outbox
from issuance.services.notices.contacts import ASKED, UNPROVED
from issuance.settings import key_file
from issuance.states import RequestState

DIGITS = 6
LASTS = dt.timedelta(minutes=30)
"""How long a code may be typed, from when the office sends it."""

A_DAY = 3
"""Codes of one person within a day."""

DAY = dt.timedelta(days=1)
MOST = 100
OVER = (RequestState.REFUSED, RequestState.WITHDRAWN, RequestState.CLOSED)


@dataclass(frozen=True, slots=True)
class Stand:
    """How it stands with a holder's addresses: by which channels they are written to, with the contact of each.

    `waits` are those to which a code goes, or went and was not typed; `may_ask` whether another code may be asked for:
    none is on its way into the box, nor were too many today.
    """

    request_id: UUID
    person_id: UUID
    written_to: dict[str, UUID]
    waits: frozenset[str]
    may_ask: bool


# The status page


def stand(look: Look, holder: ColumnElement[bool]) -> Stand | None:
    """How it stands with this holder (`receipts.shown_by`); None where the request is over."""
    query = select(IssuanceRequest.id, IssuanceRequest.person_id, ToldContact.channel)
    query = query.join(Person, IssuanceRequest.person_id == Person.id)
    query = query.outerjoin(ToldContact, ToldContact.request_id == IssuanceRequest.id)
    found = look.session.execute(query.where(holder, IssuanceRequest.state.not_in(OVER))).one_or_none()
    if found is None:
        return None
    request_id, person_id, told = found
    rows = _rows(look, person_id)
    waits = {channel for _, channel, until, proved in rows if until and not proved}
    written_to = {channel: key for key, channel, until, proved in rows if proved or until is None}
    if told:
        waits.add(told)
    may_ask = not told and _given_lately(look, person_id) < A_DAY
    return Stand(request_id, person_id, written_to, frozenset(waits), may_ask)


def _rows(look: Look, person_id: UUID) -> list[tuple[UUID, str, dt.datetime | None, bool]]:
    """The addresses of a person that were not stopped, those whose code was typed last: the boxes count already."""
    typed = ToldCode.contact_id.is_not(None)
    query = select(Contact.id, Contact.channel, Contact.code_until, typed)
    query = query.outerjoin(ToldCode, ToldCode.contact_id == Contact.id)
    query = query.outerjoin(ToldStop, ToldStop.contact_id == Contact.id).where(ToldStop.contact_id.is_(None))
    soon = (Contact.code_until.is_(None)) | typed | (Contact.code_until > look.clock.now())
    mine = (Contact.person_id == person_id, Contact.mandate_id.is_(None))
    query = query.where(*mine, Contact.withdrawn_at.is_(None), soon)
    return [(*row,) for row in look.session.execute(query.order_by(typed, Contact.id))]


def _given_lately(look: Look, person_id: UUID) -> int:
    """How many addresses the holder gave within a day; the desk's do not count."""
    query = select(func.count()).select_from(Contact).where(Contact.person_id == person_id)
    query = query.where(Contact.given_by.is_(None), Contact.given_at > look.clock.now() - DAY)
    return look.session.scalar(query) or 0


def give(look: Look, at: Stand, channel: str, address: str) -> None:
    """Put an address into the box; nothing when one lies there, or no other code may be asked for.

    InvalidInput on `address` for what is none.
    """
    kept = contacts.read(channel, address)
    if at.may_ask:
        told = ToldContact(request_id=at.request_id, channel=channel, address=kept, told_at=look.clock.now())
        look.session.add(told)


def prove(look: Look, at: Stand, code: str) -> bool:
    """Whether this is the code that was sent to one of the holder's addresses: then that goes into the box."""
    query = select(Contact.id, Contact.code_digest).where(Contact.person_id == at.person_id, ASKED)
    query = query.outerjoin(ToldStop, ToldStop.contact_id == Contact.id).where(ToldStop.contact_id.is_(None))
    for key, digest in look.session.execute(query.where(Contact.code_until > look.clock.now())):
        if hmac.compare_digest(digest, code_digest(look, key, code)):
            if look.session.get(ToldCode, key) is None:
                look.session.add(ToldCode(contact_id=key, told_at=look.clock.now()))
            return True
    return False


def stop(look: Look, at: Stand, channel: str) -> None:
    """The holder wants nothing there any more: it counts at once, as a tap on the link of a message."""
    key = at.written_to.get(channel)
    if key and look.session.get(ToldStop, key) is None:
        look.session.add(ToldStop(contact_id=key, told_at=look.clock.now()))


# The office


def code_of(look: Look, contact: Contact) -> str:
    """The code that is sent to an address: of the master key, so that nobody who reads the register has it."""
    number = int(look.vault.digest(b"code " + contact.id.bytes), 16) % 10**DIGITS
    return f"{number:0{DIGITS}}"


def code_digest(look: Look, contact_id: UUID, code: str) -> str:
    """By which the public pages know a code that was typed."""
    key = look.once("attempts", lambda: key_file(look.settings, "attempts"))
    return hmac.new(key, f"contact\0{contact_id}\0{code}".encode(), hashlib.sha256).hexdigest()


def first(look: Look) -> UUID | None:
    """The request of whose holder an address lies in the box the longest."""
    return look.session.scalar(select(ToldContact.request_id).order_by(ToldContact.told_at).limit(1))


def take(act: Act, request_id: UUID) -> None:
    """Send a code to the address in the box, and empty it; the event says when it came to nothing."""
    row = act.session.get(ToldContact, request_id, with_for_update=True)
    if row is None:
        return
    channel, address = row.channel, row.address
    act.session.delete(row)
    request = act.session.get_one(IssuanceRequest, request_id)
    act.session.get_one(Person, request.person_id, with_for_update=True)  # two requests of one take turns
    if not _is_wanted(act, request, channel, address):
        act.record("contact.not_asked", request, centre_id=request.centre_id, channel=channel)
        return
    for before in contacts.asked(act, request.person):
        if before.channel == channel:
            contacts.end(act, before, UNPROVED)
    act.flush()
    contact = contacts.made(act, request, channel, address)
    contact.code_until = act.clock.now() + LASTS
    contact.code_digest = code_digest(act, contact.id, code_of(act, contact))
    act.session.add(contact)
    act.flush()
    outbox.write_to(act, contact, request, NoticeKind.CODE, str(contact.id))
    act.record("contact.code_asked", request, contact, centre_id=request.centre_id, channel=channel)


def _is_wanted(act: Act, request: IssuanceRequest, channel: str, address: str) -> bool:
    """Whether a code may go there: what the public pages put into the box is looked at again."""
    if request.state in OVER or channel not in channels.names(act.settings):
        return False
    try:
        good = contacts.read(channel, address) == address
    except InvalidInput:
        return False
    before = contacts.live(act, request.person).get(channel)
    is_new = before is None or before.refused_at is not None or contacts.address_of(act, before) != address
    return good and is_new and _given_lately(act, request.person_id) < A_DAY


def first_typed(look: Look) -> UUID | None:
    """The address whose code was typed first."""
    return look.session.scalar(select(ToldCode.contact_id).order_by(ToldCode.told_at).limit(1))


def take_typed(act: Act, contact_id: UUID) -> None:
    """Let the address count from now on, and empty the box; the event says when it came to nothing."""
    row = act.session.get(ToldCode, contact_id, with_for_update=True)
    if row is None:
        return
    told_at = row.told_at
    act.session.delete(row)
    contact = act.session.get_one(Contact, contact_id, with_for_update=True)
    about = select(IssuanceRequest).join(Notice, Notice.request_id == IssuanceRequest.id)
    about = about.where(Notice.contact_id == contact_id, Notice.kind == NoticeKind.CODE)
    request = act.session.scalars(about).one()
    in_time = contact.withdrawn_at is None and contact.code_until is not None and told_at <= contact.code_until
    if not in_time or request.person_id != contact.person_id or act.session.get(ToldStop, contact_id) is not None:
        act.record("contact.not_proved", request, contact, centre_id=request.centre_id, channel=contact.channel)
        return
    contacts.replace(act, contact, request)
    act.record("contact.proved", request, contact, centre_id=request.centre_id, channel=contact.channel)


def lapse(act: Act) -> int:
    """Forget the addresses whose code nobody typed in time; how many, at most MOST."""
    typed = select(ToldCode.contact_id).where(ToldCode.contact_id == Contact.id)
    query = select(Contact).where(ASKED, Contact.code_until < act.clock.now(), ~typed.exists())
    rows = act.session.scalars(query.order_by(Contact.code_until).limit(MOST).with_for_update(of=Contact)).all()
    for contact in rows:
        contacts.end(act, contact, UNPROVED)
        act.record("contact.lapsed", contact, contact.person, channel=contact.channel)
    return len(rows)
