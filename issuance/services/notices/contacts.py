"""Where persons agreed to be written to: given, changed and withdrawn at the desk, a channel at a time.

What holders give at the status page counts once a code was typed (`offered`).
"""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select

from issuance.acts import Act, Look
from issuance.db import uuid7
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.notices import ChannelName, Contact, Notice
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.notices import channels, outbox
from issuance.states import NoticeState
from issuance.values import contacts as values
from issuance.vault import VaultError

DESK, CHANGED, STOPPED, UNPROVED = "desk", "changed", "stopped", "unproved"
"""Why a contact is withdrawn: at the desk, since another address was given, by the holder's own tap, or since the code
that was sent there was not typed."""

COUNTS = and_(Contact.withdrawn_at.is_(None), Contact.code_until.is_(None), Contact.mandate_id.is_(None))
"""Of the addresses of a person, those that count; who acts for them has others (`representatives`)."""

ASKED = and_(Contact.withdrawn_at.is_(None), Contact.code_until.is_not(None))

TOKEN_BYTES = 12
"""Of the address that stops: short enough for a part of an SMS, and nobody guesses it."""

LISTED = 500
UNREADABLE = "-"
"""What stands for the digest of an address that does not open."""


# At the desk


def give(act: Act, request: IssuanceRequest, channel: str, typed: str) -> Contact:
    """The person of this request agrees to be written to here; an earlier address of the channel is none any more.

    InvalidInput on `address` for what is none, Conflict when nothing changes.
    """
    centres.check_own(act, request)
    if channel not in channels.names(act.settings):
        raise InvalidInput("channel", "This office does not write by this channel. Choose another one.")
    address, before = read(channel, typed), live(act, request.person).get(channel)
    if before and before.refused_at is None and address_of(act, before) == address:
        raise Conflict("That is the address already. Nothing was changed.")
    assert act.actor.id  # somebody asked the person
    contact = made(act, request, channel, address)
    replace(act, contact, request)
    act.record("contact.given", request, contact, channel=channel)
    return contact


def made(act: Act, request: IssuanceRequest, channel: str, address: str) -> Contact:
    """An address of this person, not added yet. A part of an act."""
    key, token = uuid7(), secrets.token_urlsafe(TOKEN_BYTES)
    contact = Contact(id=key, person_id=request.person_id, channel=channel, stop_digest=digest(token))
    contact.encrypted = act.vault.encrypt(f"{token} {address}".encode(), _bound_to(key))
    contact.address_digest = address_digest(act, channel, address)
    contact.given_by, contact.given_at = act.actor.id, act.clock.now()
    return contact


def replace(act: Act, contact: Contact, request: IssuanceRequest) -> None:
    """From now on this address counts, and no earlier one of its channel; it hears how far the request is.

    A part of an act. An address of the channel that waits for its code is forgotten.
    """
    mine = [Contact.person_id == contact.person_id, Contact.channel == contact.channel, Contact.id != contact.id]
    mine.append(Contact.mandate_id.is_not_distinct_from(contact.mandate_id))
    for before in act.session.scalars(select(Contact).where(*mine, Contact.withdrawn_at.is_(None))):
        end(act, before, CHANGED)
    act.flush()
    contact.code_until, contact.code_digest = None, ""
    act.session.add(contact)
    act.flush()
    outbox.write_now(act, contact, request)


def withdraw(act: Act, request: IssuanceRequest, contact_id: UUID) -> None:
    """The person does not want to be written to there any more. NotFound for another person's contact."""
    centres.check_own(act, request)
    contact = act.session.get(Contact, contact_id)
    if contact is None or contact.person_id != request.person_id:
        raise NotFound("There is no such address of this person. Open the page again.")
    if contact.withdrawn_at:
        raise Conflict("Nothing is sent there any more. Nothing was changed.")
    end(act, contact, DESK)
    act.record("contact.withdrawn", request, contact, channel=contact.channel)


def end(act: Act, contact: Contact, because: str) -> None:
    """Nothing is sent there from now on, and the address goes at once. A part of an act."""
    contact.withdraw(act.actor.id, act.clock.now(), because)


def read(channel: str, typed: str) -> str:
    """An address as it is kept. InvalidInput on `address`."""
    if channel == ChannelName.SMS:
        return values.phone("address", typed)
    try:
        address = values.email(typed)
        address.rpartition("@")[0].encode("ascii")
    except (InvalidInput, UnicodeError) as error:
        raise InvalidInput("address", "This is no e-mail address. Write it as name@office.example.") from error
    return address


# Looking


def live(look: Look, person: Person) -> dict[str, Contact]:
    """Where the person agreed to be written to, by channel."""
    query = select(Contact).where(Contact.person_id == person.id, COUNTS)
    return {each.channel: each for each in look.session.scalars(query)}


def asked(look: Look, person: Person) -> list[Contact]:
    """What the person gave at the status page, and the code that was sent there was not typed yet."""
    return list(look.session.scalars(select(Contact).where(Contact.person_id == person.id, ASKED)))


def wrong(look: Look, person: Person) -> list[str]:
    """The channels by which what was sent to the person came back, and no other address was given since."""
    return [channel for channel, contact in live(look, person).items() if contact.refused_at]


def address_of(look: Look, contact: Contact) -> str:
    """The address of a contact that is not withdrawn; empty when what is encrypted does not open."""
    try:
        return _opened(look, contact)[1]
    except VaultError:
        return ""


def stop_token(look: Look, contact: Contact) -> str:
    """What stands in the address that stops it; VaultError when what is encrypted does not open."""
    return _opened(look, contact)[0]


def address_digest(look: Look, channel: str, address: str) -> str:
    """By which an address is found."""
    return look.vault.digest(f"address {channel} {address}".encode())


def find_earlier(look: Look) -> int:
    """Give addresses of releases before what they are found by, so many at once; how many there were."""
    without = (Contact.withdrawn_at.is_(None), Contact.address_digest == "")
    rows = look.session.scalars(select(Contact).where(*without).limit(LISTED)).all()
    for row in rows:
        address = address_of(look, row)
        row.address_digest = address_digest(look, row.channel, address) if address else UNREADABLE
    return len(rows)


def _opened(look: Look, contact: Contact) -> tuple[str, str]:
    token, _, address = look.vault.decrypt(contact.encrypted, _bound_to(contact.id)).decode().partition(" ")
    return token, address


def digest(token: str) -> str:
    """By which a token is found."""
    return hashlib.sha256(token.encode()).hexdigest()


def _bound_to(key: UUID) -> bytes:
    return b"contact " + key.bytes


# What came back


def refused(look: Look) -> list[tuple[Contact, Notice]]:
    """The contacts that the actor's centre has to ask anew for, each with what came back, the oldest first."""
    query = select(Contact, Notice).join(Notice, Notice.contact_id == Contact.id)
    query = query.where(*_came_back(look), Notice.state == NoticeState.REFUSED)
    found = look.session.execute(query.order_by(Contact.refused_at, Contact.id, Notice.id).limit(LISTED))
    return list({contact.id: (contact, notice) for contact, notice in found}.values())


def count_refused(look: Look) -> Select[int]:
    """How many those are, as a query."""
    return select(func.count()).select_from(Contact).where(*_came_back(look))


def _came_back(look: Look) -> tuple[ColumnElement[bool], ...]:
    return Contact.refused_in == look.actor.centre_id, Contact.withdrawn_at.is_(None)
