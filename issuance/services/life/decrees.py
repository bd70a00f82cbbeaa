"""Decrees (E27): an administrator writes down an act that lets a class of documents hold longer, another one agrees.

What was agreed is never changed: a later decree takes its place or only ends it, from a day on, so that every day stays
answerable. No document's row is touched (`life.extensions`, ADR 0078).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import written
from issuance.document_types import DocumentType
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.decrees import Decree
from issuance.models.documents import Document
from issuance.models.machinery import StatusList
from issuance.models.notices import Contact, NoticeKind
from issuance.services.life import extensions
from issuance.services.notices import outbox
from issuance.services.rule_versions import types
from issuance.states import DocumentState

MOST_COUNTED = 10_000
"""Documents that are counted for who reads a decree; of more it is said that there are more."""

LISTED = 200
PAGE = 500
"""Documents of one page of `documents`."""

TELL = "tell-of-decree"
"""The task that writes to holders."""


@dataclass(frozen=True)
class LegalAct:
    """The act as it was published: its name and number, the article, its words, the day of the Official Gazette."""

    reference: str
    article: str
    text: str
    gazette_day: dt.date


@dataclass(frozen=True)
class Scope:
    """Which documents hold longer, and until when: types, and the first and last of their printed last days."""

    types: tuple[str, ...]
    printed_from: dt.date
    printed_to: dt.date
    until: dt.date


# Acts


def write(act: Act, legal: LegalAct, from_day: dt.date, scope: Scope | None, replaces: Decree | None = None) -> Decree:
    """Write a decree down: it waits for a second administrator, and applies from a day on.

    Without a scope it only ends the one that it `replaces`. InvalidInput names the field; Conflict when another
    follows that one already, or it is over.
    """
    _check_days(act, legal, from_day)
    if scope is not None:
        _check_scope(act, scope, from_day)
    if replaces is not None:
        _check_lasts(act, replaces)
    row = Decree(
        reference=legal.reference,
        article=legal.article,
        text=legal.text,
        gazette_day=legal.gazette_day,
        types=sorted(scope.types) if scope else [],
        printed_from=scope.printed_from if scope else None,
        printed_to=scope.printed_to if scope else None,
        until=scope.until if scope else None,
        from_day=from_day,
        replaces=replaces,
        written_by=act.actor.id,
        written_at=act.clock.now(),
    )
    _keep(act, row)
    act.record("decree.written", row, *([replaces] if replaces else []), **_details(row))
    return row


def agree(act: Act, row: Decree) -> None:
    """A second administrator agrees: it applies from its day, from today at the earliest. NotAllowed for its author."""
    _check_waits(row)
    if row.written_by == act.actor.id:
        raise NotAllowed("You wrote this decree down. Another administrator agrees to it.")
    today = act.clock.today()
    if row.until is not None and row.until < today:
        raise Conflict("Its last day has passed. Decline it.")
    row.from_day = max(row.from_day, today)
    row.agreed_by, row.agreed_at = act.actor.id, act.clock.now()
    followed = act.session.get(Decree, row.replaces_id, with_for_update={"of": Decree}) if row.replaces_id else None
    if followed is not None:
        followed.over_from = row.from_day
    _look_again(act)
    subjects = [row, followed] if followed else [row]
    act.record("decree.agreed" if row.until else "decree.ended", *subjects, **_details(row))


def decline(act: Act, row: Decree) -> None:
    """It is not agreed to, or whoever wrote it takes it back; nothing comes of it."""
    _check_waits(row)
    row.declined_by, row.declined_at = act.actor.id, act.clock.now()
    act.record("decree.declined", row, **_details(row))


def named(act: Act, decree_id: UUID) -> Decree:
    """The decree with this id, held until the act ends; NotFound when there is none."""
    row = act.session.get(Decree, decree_id, with_for_update={"of": Decree})
    if row is None:
        raise _not_found()
    return row


def _keep(act: Act, row: Decree) -> None:
    try:
        with act.apart():
            act.session.add(row)
            act.session.flush()
    except IntegrityError as error:
        raise Conflict("Another decree waits to follow this one, or does already. Open its page again.") from error


def _look_again(act: Act) -> None:
    """Let the lists look at every document anew, as they do when a day begins: the class of a decree has no rows.

    They are held in the order of their names, as whoever writes several holds them.
    """
    held = act.session.scalars(select(StatusList.id).order_by(StatusList.name).with_for_update()).all()
    mine = update(StatusList).where(StatusList.id.in_(held)).execution_options(synchronize_session=False)
    act.session.execute(mine.values(after=""))
    yesterday = act.clock.today() - dt.timedelta(days=1)
    act.session.execute(mine.where(StatusList.day.is_not(None)).values(day=yesterday))


def _details(row: Decree) -> dict[str, Any]:
    until = row.until.isoformat() if row.until else ""
    return {"document_type": ",".join(row.types), "from_day": row.from_day.isoformat(), "until": until}


def _check_days(look: Look, legal: LegalAct, from_day: dt.date) -> None:
    if from_day < look.clock.today():
        raise InvalidInput("from_day", "It applies from today or a later day: what was answered before stays so.")
    if legal.gazette_day > from_day:
        raise InvalidInput("gazette_day", "An act applies from its publication on. Give an earlier day of the Gazette.")


def _check_scope(look: Look, scope: Scope, from_day: dt.date) -> None:
    if not scope.types or not set(scope.types) <= {kind.code for kind in extendable(look)}:
        raise InvalidInput("types", "Choose the documents that hold longer.")
    if scope.printed_to < scope.printed_from:
        raise InvalidInput("printed_to", "This day lies before the first one. Give a later one.")
    if scope.until < max(scope.printed_to, from_day):
        raise InvalidInput("until", "They would hold no longer than is printed. Give a later day.")


def _check_lasts(look: Look, row: Decree) -> None:
    last = row.last_day
    if row.agreed_at is None or last is None or last < look.clock.today():
        raise Conflict("Only a decree by which documents hold is ended or replaced. This one is over, or waits.")


def _check_waits(row: Decree) -> None:
    if not row.waits:
        raise Conflict("Somebody answered this already. Open its page again.")


# Looking


def extendable(look: Look) -> list[DocumentType]:
    """The types whose documents have a printed last day: others end by an event alone."""
    today = look.clock.today()
    known = [kind for kind in types(look).values() if kind.rules[0].from_date <= today]
    return [kind for kind in known if kind.rules_on(today).validity.period != "open"]


def shown(look: Look, decree_id: UUID) -> Decree:
    """The decree with this id, to be looked at; NotFound when there is none."""
    row = look.session.get(Decree, decree_id)
    if row is None:
        raise _not_found()
    return row


def follower(look: Look, row: Decree) -> Decree | None:
    """The decree that takes the place of this one, or waits to."""
    query = select(Decree).where(Decree.replaces_id == row.id, Decree.declined_at.is_(None))
    return look.session.scalar(query)


def listed(look: Look) -> list[Decree]:
    """The newest decrees first, whatever became of them."""
    return list(look.session.scalars(select(Decree).order_by(Decree.id.desc()).limit(LISTED)))


def count_waiting(look: Look) -> Select[int]:
    """How many wait for somebody else than the actor, as a query."""
    waits = (Decree.agreed_at.is_(None), Decree.declined_at.is_(None), Decree.written_by != look.actor.id)
    return select(func.count()).select_from(Decree).where(*waits)


def concerned(look: Look, row: Decree) -> int:
    """How many valid documents are of its class, at most MOST_COUNTED and one."""
    if row.until is None:
        return 0
    some = _valid(row).with_only_columns(Document.id).limit(MOST_COUNTED + 1).subquery()
    return look.session.scalar(select(func.count()).select_from(some)) or 0


def documents(look: Look, row: Decree, after: Document | None = None) -> list[Document]:
    """The next PAGE valid documents of its class after this one, by type and printed last day; [] at the end."""
    if row.until is None:
        return []
    place = (Document.document_type, Document.expiry_date, Document.id)
    query = _valid(row).order_by(*place).limit(PAGE)
    if after is not None:
        query = query.where(tuple_(*place) > (after.document_type, after.expiry_date, after.id))
    return list(look.session.scalars(query))


def tell(act: Act, decree_id: UUID, after_id: UUID | None) -> UUID | None:
    """Write to holders of the next PAGE documents of its class who agreed to be written to; the last document of them.

    None at the end. What was written before is not written again.
    """
    row = act.session.get_one(Decree, decree_id)
    found = documents(act, row, act.session.get_one(Document, after_id) if after_id else None)
    if not found:
        return None
    agreed = select(Contact.person_id).where(Contact.person_id.in_([each.person_id for each in found]))
    people = set(act.session.scalars(agreed.where(Contact.withdrawn_at.is_(None))))
    told = [each for each in found if each.person_id in people]
    for document in told:
        outbox.write(act, document.request, NoticeKind.DECREE, str(row.id))
    act.record("decree.told", row, count=len(told))
    return found[-1].id


def _valid(row: Decree) -> Select[Document]:
    assert row.printed_from
    assert row.printed_to
    mine = extensions.in_class(row.types, row.printed_from, row.printed_to)
    return select(Document).where(mine, Document.state == written(DocumentState.VALID))


def _not_found() -> NotFound:
    return NotFound("There is no such decree. Open the list of decrees again.")
