"""The bodies that act for persons, and which accounts are whose (E12)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.persons.families import body_kinds
from issuance.models.mandates import Body, BodyAccount
from issuance.models.staff import RoleName, Staff
from issuance.services import roles
from issuance.services.trust import accounts
from issuance.values.codes import one_of

MOST = 500
TAKEN = "There is a body of this name already. Use that one."


def add(act: Act, name: str, kind: str) -> Body:
    """A body that acts for persons from now on. InvalidInput names the field."""
    kind, name = one_of("kind", kind, body_kinds()), " ".join(name.split())
    if not name:
        raise InvalidInput("name", "Write the name of the body, as its papers have it.")
    row = Body(name=name, kind=kind, added_by=act.actor.id, added_at=act.clock.now())
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        raise InvalidInput("name", TAKEN) from error
    act.record("body.added", row, kind=kind)
    return row


def end(act: Act, row: Body) -> None:
    """The body acts for nobody any more: its mandates allow nothing from now on, and its accounts see nothing."""
    if row.ended_at is not None:
        raise Conflict("This body ended already. Look at the list again.")
    row.ended_by, row.ended_at = act.actor.id, act.clock.now()
    act.record("body.ended", row, kind=row.kind)


# Their accounts


def let_see(act: Act, body: Body, email: str) -> BodyAccount:
    """The account of this address is the body's, once a second administrator agreed. InvalidInput on `email`."""
    account = accounts.in_centre(act, accounts.named(act, email).id)
    roles.check_other(act, account)
    if body.ended_at is not None:
        raise Conflict("This body ended already. Look at the list again.")
    if not any(given.role == RoleName.PARTNER and given.ended_at is None for given in account.given):
        raise InvalidInput("email", "Give this account the role of a partner first: it has that role and no other.")
    row = BodyAccount(staff_id=account.id, body_id=body.id, added_by=act.actor.id, added_at=act.clock.now())
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        raise InvalidInput("email", "This account is a body's already. Take it from that one first.") from error
    act.record("body.account_proposed", body, row, account, centre_id=account.centre_id)
    return row


def agree(act: Act, row: BodyAccount) -> None:
    """A second administrator agrees: the account sees what its body may see. NotAllowed for the first."""
    _check_open(row)
    if row.agreed_at is not None:
        raise Conflict("Somebody agreed already. Open the page of the body again.")
    if row.added_by == act.actor.id:
        raise NotAllowed("You said whose account this is. Another administrator agrees.")
    row.agreed_by, row.agreed_at = act.actor.id, act.clock.now()
    act.record("body.account_agreed", row.body, row, row.account, centre_id=row.account.centre_id)


def take_away(act: Act, row: BodyAccount) -> None:
    """The account is not the body's any more, or never becomes it."""
    _check_open(row)
    row.ended_by, row.ended_at = act.actor.id, act.clock.now()
    act.record("body.account_taken", row.body, row, row.account, centre_id=row.account.centre_id)


def _check_open(row: BodyAccount) -> None:
    if row.ended_at is not None:
        raise Conflict("This account is not the body's any more. Open the page of the body again.")


def account_of(look: Look, body: Body, row_id: UUID) -> BodyAccount:
    """The account of this body with this id, of the actor's centre; NotFound for any other."""
    row = look.session.get(BodyAccount, row_id)
    if row is None or row.body_id != body.id or row.account.centre_id != look.actor.centre_id:
        raise NotFound("There is no such account of this body. Open its page again.")
    return row


def accounts_of(look: Look, body: Body) -> list[BodyAccount]:
    """The accounts of a body that are its own now, or wait for a second administrator."""
    query = select(BodyAccount).where(BodyAccount.body_id == body.id, BodyAccount.ended_at.is_(None))
    return list(look.session.scalars(query.order_by(BodyAccount.id)))


def seeing(look: Look) -> Body | None:
    """The body whose account looks; None for an account that is nobody's, and where the body ended."""
    mine = (BodyAccount.staff_id == look.actor.id, BodyAccount.agreed_at.is_not(None), BodyAccount.ended_at.is_(None))
    query = select(Body).join(BodyAccount, BodyAccount.body_id == Body.id)
    return look.session.scalar(query.where(*mine, Body.ended_at.is_(None)))


def count_to_agree(look: Look) -> Select[int]:
    """How many accounts of the actor's centre wait for an administrator who did not propose them, as a query."""
    query = select(func.count()).select_from(BodyAccount).join(Staff, Staff.id == BodyAccount.staff_id)
    waits = (BodyAccount.agreed_at.is_(None), BodyAccount.ended_at.is_(None))
    return query.where(*waits, BodyAccount.added_by != look.actor.id, Staff.centre_id == look.actor.centre_id)


# Looking


def listed(look: Look) -> list[Body]:
    """Every body by name, those that act first."""
    query = select(Body).order_by(Body.ended_at.is_not(None), Body.name).limit(MOST)
    return list(look.session.scalars(query))


def acting(look: Look) -> list[Body]:
    """The bodies that act, by name."""
    return list(look.session.scalars(select(Body).where(Body.ended_at.is_(None)).order_by(Body.name).limit(MOST)))


def with_id(look: Look, body_id: UUID | None) -> Body:
    """The body with this id; NotFound when there is none."""
    row = look.session.get(Body, body_id) if body_id else None
    if row is None:
        raise NotFound("There is no such body. Open the list again.")
    return row
