"""The way back for who lost the reference: it is sent to the address on record of who was born on that day (ADR 0086).

Whoever asks gets one answer, whatever is found: the public pages put what was typed into a box and read nothing. The
office looks whose address it is, and writes to nobody else.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.models.notices import Contact, NoticeKind, ToldLostReference
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.notices import contacts, outbox
from issuance.services.notices.contacts import COUNTS
from issuance.services.notices.offered import OVER

MOST = 5
"""Persons who share an address and a birth date, and requests of one: they get one message each."""


def ask(look: Look, channel: str, address: str, birth_date: str) -> None:
    """Put into the box what somebody typed; `birth_date` is YYYY-MM-DD with XX. InvalidInput on `address`."""
    kept = contacts.read(channel, address)
    row = ToldLostReference(channel=channel, address=kept, birth_date=birth_date, told_at=look.clock.now())
    look.session.add(row)


def first(look: Look) -> UUID | None:
    """What was asked first."""
    return look.session.scalar(select(ToldLostReference.id).order_by(ToldLostReference.told_at).limit(1))


def take(look: Look, key: UUID) -> None:
    """Write the reference to whose address it is, once a day, and empty the box. What nobody finds leaves no trace.

    It is upkeep: strangers who guess must not fill the audit trail, and what is sent is an event of its own.
    """
    row = look.session.get(ToldLostReference, key, with_for_update=True)
    if row is None:
        return
    look.session.delete(row)
    digest = contacts.address_digest(look, row.channel, row.address)
    query = select(Contact).join(Person, Contact.person_id == Person.id)
    query = query.where(Contact.address_digest == digest, Contact.address_digest != "", COUNTS)
    query = query.where(Contact.refused_at.is_(None), Person.birth_date == row.birth_date)
    for contact in look.session.scalars(query.order_by(Contact.id).limit(MOST)):
        mine = select(IssuanceRequest).where(IssuanceRequest.person_id == contact.person_id)
        mine = mine.where(IssuanceRequest.state.not_in(OVER)).order_by(IssuanceRequest.id.desc())
        for request in look.session.scalars(mine.limit(MOST)):
            outbox.write_to(look, contact, request, NoticeKind.REFERENCE, str(look.clock.today()))
