"""What a recipient may have when two administrators agreed: its personal columns."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.office.feeds import Recipient
from issuance.models.feeds import FeedAllowance

PERSONAL = "personal"
OURS = FeedAllowance.what != "token"
"""Tokens of earlier releases stay in the table; the callers' have their place (ADR 0105)."""


def ask_personal(act: Act, recipient: Recipient, legal_basis: str) -> None:
    """Ask that a recipient's files have its personal columns, by the article that says so."""
    if not recipient.personal:
        raise Conflict("This recipient is never told who the holder is.")
    if not legal_basis.strip():
        raise InvalidInput("legal_basis", "Name the act and the article that allow it.")
    _ask(act, FeedAllowance(recipient=recipient.code, what=PERSONAL, legal_basis=legal_basis.strip()))


def _ask(act: Act, row: FeedAllowance) -> None:
    assert act.actor.id  # an administrator
    row.asked_by, row.asked_at = act.actor.id, act.clock.now()
    try:
        with act.apart():
            act.session.add(row)
            act.session.flush()
    except IntegrityError as error:
        raise Conflict("There is one already, or one waits for a second administrator. End that first.") from error
    act.record("feed.allowance_asked", row, recipient=row.recipient, what=row.what)


def agree(act: Act, row: FeedAllowance) -> None:
    """A second administrator agrees: it holds from now on. NotAllowed for who asked."""
    if row.agreed_at is not None or row.ended_at is not None:
        raise Conflict("Somebody answered this already. Open the page again.")
    if row.asked_by == act.actor.id:
        raise NotAllowed("You asked for this. Another administrator agrees to it.")
    row.agreed_by, row.agreed_at = act.actor.id, act.clock.now()
    act.record("feed.allowance_agreed", row, recipient=row.recipient, what=row.what)


def end(act: Act, row: FeedAllowance) -> None:
    """It holds no more, or nothing comes of it."""
    if row.ended_at is not None:
        raise Conflict("Somebody answered this already. Open the page again.")
    row.ended_by, row.ended_at = act.actor.id, act.clock.now()
    act.record("feed.allowance_ended", row, recipient=row.recipient, what=row.what)


def named(act: Act, code: str, row_id: UUID) -> FeedAllowance:
    """One of a recipient, held until the act ends; NotFound when there is none."""
    row = act.session.get(FeedAllowance, row_id, with_for_update={"of": FeedAllowance})
    if row is None or row.recipient != code or row.what == "token":
        raise NotFound("There is nothing of the kind. Open the recipient's page again.")
    return row


def live(look: Look, code: str) -> dict[str, FeedAllowance]:
    """What a recipient may have, or what waits for a second administrator, by what it is."""
    query = select(FeedAllowance).where(FeedAllowance.recipient == code, FeedAllowance.ended_at.is_(None), OURS)
    return {row.what: row for row in look.session.scalars(query)}


def is_allowed(look: Look, code: str, what: str) -> bool:
    """Whether two administrators let a recipient have this."""
    row = live(look, code).get(what)
    return row is not None and row.agreed_at is not None


def count_waiting(look: Look) -> Select[int]:
    """How many wait for somebody else than the actor, as a query."""
    waiting = (FeedAllowance.agreed_at.is_(None), FeedAllowance.ended_at.is_(None), OURS)
    return select(func.count()).select_from(FeedAllowance).where(*waiting, FeedAllowance.asked_by != look.actor.id)
