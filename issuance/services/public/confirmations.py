"""A holder's confirmation: a code by which one reader sees that the document holds, for one purpose and 30 days.

Holders make and withdraw it from the status page, whose process does no acts: it writes the row, which holds from that
moment, and the office records each as an act of the holder within seconds, as with `told`. See
docs/adr/0077-confirmations.md.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, delete, select

from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.law.documents.work import may_work
from issuance.models.documents import MOST_CONFIRMATIONS, Confirmation, Document
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.life import validity
from issuance.services.life.validity import Held
from issuance.services.public import receipts, told, verdict
from issuance.services.public.verdict import Judged, Verdict

LASTS = dt.timedelta(days=30)


class Purpose(StrEnum):
    """Who will read it."""

    EMPLOYER = "employer"
    BANK = "bank"
    SCHOOL = "school"
    LANDLORD = "landlord"
    OFFICE = "office"


class Holder(NamedTuple):
    """What the holder shows: reference and birth date, or the code of a receipt alone (`receipts.holder`)."""

    reference: str
    birth_date: str


@dataclass(frozen=True)
class Confirmed:
    """What a reader sees: the verdict, for what purpose it was made, and until which day it may be shown.

    An employer also sees by which articles the holder may work (`law.work`), where the document says so and holds.
    """

    judged: Judged
    purpose: Purpose
    until: dt.date
    may_work: tuple[str, ...] = ()


def may_make(look: Look, holder: Holder) -> bool:
    """Whether the holder has a document that holds."""
    return told.held(look, *holder) is not None


def make(look: Look, holder: Holder, purpose: Purpose, code: str) -> dt.date | None:
    """Let the code confirm the holder's document; the last day of it. None where no document holds.

    The same code again changes nothing. Conflict when as many work as may.
    """
    document = told.held(look, *holder)
    if document is None:
        return None
    kept = look.session.scalars(select(Confirmation).where(Confirmation.document_id == document.id)).all()
    found = next((each for each in kept if each.digest == _digest(code)), None)
    if found is not None:
        return None if found.withdrawn_at else found.until
    now, last = look.clock.now(), look.clock.today() + LASTS
    row = Confirmation(document_id=document.id, place=_free(each.place for each in kept), purpose=purpose)
    row.digest, row.made_at, row.waits_since = _digest(code), now, now
    row.until = min(last, validity.last_day(look, Held._make(document[2:])) or last)
    look.session.add(row)
    return row.until


def _free(taken: Iterable[int]) -> int:
    """The first place that no confirmation of the document has."""
    kept = set(taken)
    free = next((place for place in range(1, MOST_CONFIRMATIONS + 1) if place not in kept), None)
    if free is None:
        raise Conflict("As many codes work as may. Stop one of them first.")
    return free


def working(look: Look, holder: Holder) -> list[Confirmation]:
    """What the holder made and what still works, the newest first."""
    query = _of(holder).where(Confirmation.withdrawn_at.is_(None), Confirmation.until >= look.clock.today())
    return list(look.session.scalars(query.order_by(Confirmation.made_at.desc(), Confirmation.id.desc())))


def withdraw(look: Look, holder: Holder, confirmation_id: UUID) -> None:
    """Let it work no more, from now on; nothing where it is not this holder's."""
    row = look.session.scalar(_of(holder).where(Confirmation.id == confirmation_id))
    if row is not None and row.withdrawn_at is None:
        row.withdrawn_at = row.waits_since = look.clock.now()


def _of(holder: Holder) -> Select[Confirmation]:
    request = IssuanceRequest
    return (
        select(Confirmation)
        .join(Document, Confirmation.document_id == Document.id)
        .join(request, Document.request_id == request.id)
        .join(Person, request.person_id == Person.id)
        .where(receipts.shown_by(*holder))
    )


def confirmed(look: Look, code: str) -> Confirmed | None:
    """What a code confirms; None for one that ended, was withdrawn or never was: by the same statement."""
    row = look.session.execute(
        select(Confirmation.document_id, Confirmation.purpose, Confirmation.until)
        .where(Confirmation.digest == _digest(code), Confirmation.withdrawn_at.is_(None))
        .where(Confirmation.until >= look.clock.today())
    ).one_or_none()
    if row is None:
        return None
    judged, purpose = verdict.of_document(look, row.document_id), Purpose(row.purpose)
    asks = purpose is Purpose.EMPLOYER and judged.verdict is Verdict.VALID
    return Confirmed(judged, purpose, row.until, may_work(judged.document_type, look.clock.today()) if asks else ())


def _digest(code: str) -> str:
    return hashlib.sha256(f"confirmation {code}".encode()).hexdigest()


# What the office does


def first(look: Look) -> UUID | None:
    """What waits longest to be recorded."""
    query = select(Confirmation.id).where(Confirmation.waits_since.is_not(None))
    return look.session.scalar(query.order_by(Confirmation.waits_since).limit(1))


def take(act: Act, confirmation_id: UUID) -> bool:
    """Record that it was made; or, once that is recorded, that it was withdrawn, and delete it. False when neither."""
    row = act.session.get(Confirmation, confirmation_id, with_for_update=True)
    if row is None or row.waits_since is None:
        return False
    document = act.session.get_one(Document, row.document_id)
    centre_id = document.request.centre_id
    if not row.recorded:
        row.recorded, row.waits_since = True, row.withdrawn_at
        act.record("confirmation.made", document, centre_id=centre_id, purpose=row.purpose)
    else:
        act.session.delete(row)
        act.record("confirmation.withdrawn", document, centre_id=centre_id, purpose=row.purpose)
    return True


def purge(look: Look) -> None:
    """Delete what ended before today and was recorded."""
    over = (Confirmation.until < look.clock.today(), Confirmation.waits_since.is_(None))
    look.session.execute(delete(Confirmation).where(*over))
