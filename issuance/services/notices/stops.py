"""One tap stops what is sent to an address: the public pages put it into a box, and the office makes it an act.

As with what holders tell at the status page (ADR 0072): those pages have no key and do no acts. While a stop lies in
the box nothing is sent.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.models.notices import Contact, Notice, ToldStop
from issuance.models.requests import IssuanceRequest
from issuance.services.notices import contacts


def channel_of(look: Look, token: str) -> str:
    """By what is written to the address that this token stops, also when it is stopped; empty for no token of ours."""
    query = select(Contact.channel).where(Contact.stop_digest == contacts.digest(token))
    return look.session.scalar(query) or ""


def tell(look: Look, token: str) -> str:
    """Put the stop into the box; the channel, as of `channel_of`. A second time, nothing changes."""
    query = select(Contact.id, Contact.channel, Contact.withdrawn_at)
    found = look.session.execute(query.where(Contact.stop_digest == contacts.digest(token))).one_or_none()
    if found is None:
        return ""
    if found.withdrawn_at is None and look.session.get(ToldStop, found.id) is None:
        look.session.add(ToldStop(contact_id=found.id, told_at=look.clock.now()))
    return str(found.channel)


def first(look: Look) -> UUID | None:
    """The contact of the stop that lies in the box the longest."""
    return look.session.scalar(select(ToldStop.contact_id).order_by(ToldStop.told_at).limit(1))


def take(act: Act, contact_id: UUID) -> None:
    """Withdraw the contact for its holder, and empty the box of it."""
    row = act.session.get(ToldStop, contact_id, with_for_update=True)
    if row is None:
        return
    act.session.delete(row)
    contact = act.session.get_one(Contact, contact_id)
    if contact.withdrawn_at is None:
        contacts.end(act, contact, contacts.STOPPED)
    about = select(IssuanceRequest).join(Notice).where(Notice.contact_id == contact_id).order_by(Notice.id.desc())
    case = act.session.scalars(about.limit(1)).all()  # whose history shows it
    act.record("contact.stopped", contact, contact.person, *case, channel=contact.channel)
