"""Where those who act for a person are written to: by a mandate to receive notices, as long as it holds (E14).

Their address is a contact of the person's with the mandate beside it. It counts while the mandate allows it, whatever
became of the mandate since; what is written there names the request, as the holder's own notices never do.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.notices import ChannelName, Contact
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.mandates import asking
from issuance.services.notices import channels, contacts


def give(act: Act, request: IssuanceRequest, mandate_id: UUID, typed: str) -> Contact:
    """Whoever holds this mandate agrees to be written to here; an earlier address of theirs is none any more.

    InvalidInput on `address` for what is none, on `mandate` where it does not allow it today.
    """
    centres.check_own(act, request)
    mandate = asking.one_who_may(act, request.person, "receive_notices", mandate_id)
    if ChannelName.EMAIL not in channels.names(act.settings):
        raise Conflict("This office writes no e-mail: the administrator has not set a relay.", field="address")
    address, before = contacts.read(ChannelName.EMAIL, typed), live(act, request.person).get(mandate.id)
    if before and before.refused_at is None and contacts.address_of(act, before) == address:
        raise InvalidInput("address", "That is the address already. Nothing was changed.")
    contact = contacts.made(act, request, ChannelName.EMAIL, address)
    contact.mandate_id = mandate.id
    contacts.replace(act, contact, request)
    act.record("contact.given_by_mandate", request, contact, mandate, channel=contact.channel)
    return contact


def live(look: Look, person: Person) -> dict[UUID, Contact]:
    """The addresses of those who act for the person, by mandate; also where the mandate does not hold today."""
    query = select(Contact).where(Contact.person_id == person.id, Contact.mandate_id.is_not(None))
    rows = look.session.scalars(query.where(Contact.withdrawn_at.is_(None)))
    return {row.mandate_id: row for row in rows if row.mandate_id}
