"""Whom the identity provider knows as which account: connected by its owner alone, ended by owner or administrators.

No account is made by what a provider says, and none is found by an e-mail address: issuer and subject are the key
(OpenID Connect Core 1.0, 2 and 5.7).
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.models.staff import ProvidedIdentity, Staff
from issuance.services.alerts import owners
from issuance.services.alerts.owners import Kind


class Subject(NamedTuple):
    """A person as a provider names them: unique and never given to another within `issuer`."""

    issuer: str
    subject: str


def of_account(look: Look, account_id: UUID) -> ProvidedIdentity | None:
    """By what the provider opens a session of this account; None where it opens none."""
    living = ProvidedIdentity.staff_id == account_id, ProvidedIdentity.ended_at.is_(None)
    return look.session.scalars(select(ProvidedIdentity).where(*living)).unique().one_or_none()


def find(look: Look, who: Subject) -> ProvidedIdentity | None:
    """The account that the provider means, None when nobody connected it."""
    meant = ProvidedIdentity.issuer == who.issuer, ProvidedIdentity.subject == who.subject
    living = select(ProvidedIdentity).where(*meant, ProvidedIdentity.ended_at.is_(None))
    return look.session.scalars(living).unique().one_or_none()


def connect(act: Act, who: Subject, session_id: UUID | None = None) -> None:
    """The actor's own account is the one that the provider means, as said in this session.

    Conflict when either is connected already.
    """
    account = act.session.get_one(Staff, act.actor.id, with_for_update={"of": Staff})
    if of_account(act, account.id):
        raise Conflict("Your account is connected already. Take the connection away first.")
    if find(act, who):
        raise Conflict("This person of the identity provider is connected with another account.")
    row = ProvidedIdentity(staff_id=account.id, connected_at=act.clock.now(), **who._asdict())
    act.session.add(row)
    owners.tell(act, account, Kind.PROVIDER_CONNECTED, session_id=session_id)
    act.record("account.provider_connected", account, centre_id=account.centre_id)


def end(act: Act, account: Staff) -> bool:
    """Take the connection of an account away; whether there was one. A part of an act that says so."""
    row = of_account(act, account.id)
    if row is not None:
        row.ended_at = act.clock.now()
    return row is not None
