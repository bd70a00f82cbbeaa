"""Suspected forgeries (E26): reported with what was seen, told to whom it concerns, settled by another person.

Nothing happens to the document of ours that has the number: its holder may have been copied. Whoever looks at it sees
the suspicion.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import uuid7, written
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.documents import forgeries as law
from issuance.models.forgeries import Suspicion, SuspicionTold
from issuance.models.staff import RoleName
from issuance.services.evidence.scans import Scan
from issuance.services.life import entries
from issuance.services.public import police
from issuance.values.codes import one_of

OUTCOMES = ("forged", "genuine")
PAGE_ROWS = 50
MOST = 100
REPORTERS = frozenset(
    {RoleName.POLICE, RoleName.BORDER_POLICE, RoleName.CLERK, RoleName.QUALITY_OFFICER, RoleName.SUPERVISOR}
)


@dataclass(frozen=True)
class Seen:
    """What somebody saw: the number as read or scanned, where, which features (codes), in words, and a picture.

    `withheld`: the document was kept, and does not go back to who showed it.
    """

    read: str
    place: str
    features: Collection[str]
    note: str = ""
    withheld: bool = False
    picture: Scan | None = None


def report(act: Act, seen: Seen) -> Suspicion:
    """Record that a shown document may be forged. InvalidInput names the field."""
    if not REPORTERS & act.actor.roles or not act.actor.id or not act.actor.centre_id:
        raise NotAllowed("Only whoever is shown documents reports a forgery. Tell the supervisor of your centre.")
    number, chosen = police.number_in(seen.read), set(seen.features)
    if not number:
        raise InvalidInput("number", "Type the number that the document bears, or scan its lines.")
    found = [code for code in law.features() if code in chosen]
    if not found:
        raise InvalidInput("features", "Say what is wrong about the document: tick at least one.")
    document = entries.numbered(act, number)
    row = Suspicion(id=uuid7(), number=number[:40], document_id=document.id if document else None)
    row.centre_id, row.reported_by, row.reported_at = act.actor.centre_id, act.actor.id, act.clock.now()
    row.place, row.note = seen.place.strip(), seen.note.strip()
    row.features, row.withheld = " ".join(found), seen.withheld
    if seen.picture:
        row.picture, row.picture_kind = act.vault.encrypt(seen.picture.data, row.id.bytes), seen.picture.kind
    act.session.add(row)
    about = [document, document.request] if document else []
    act.record("forgery.suspected", row, *about, withheld=seen.withheld, count=len(found))
    return row


def tell(act: Act, row: Suspicion, body: str, reference: str) -> None:
    """Record that a body was told, with the number it gave. Conflict when it was told already."""
    _check_own(act, row)
    assert act.actor.id  # no machine tells anybody
    told = SuspicionTold(suspicion_id=row.id, body=one_of("body", body, law.bodies()), reference=reference.strip())
    told.told_at, told.told_by = act.clock.now(), act.actor.id
    try:
        with act.apart():
            act.session.add(told)
            act.session.flush()
    except IntegrityError:
        raise Conflict("They were told already. Open the page again.") from None
    act.record("forgery.told", row, told, kind=body)


def settle(act: Act, row: Suspicion, outcome: str, grounds: str) -> None:
    """A supervisor who did not report it says what it was, and on what paper that rests.

    The picture of a genuine one goes. InvalidInput names the field; Conflict when it is settled.
    """
    _check_own(act, row)
    if row.outcome:
        raise Conflict("This was settled already. Open the page again.")
    if row.reported_by == act.actor.id:
        raise NotAllowed("Whoever reported it does not settle it. Ask another supervisor.")
    found = one_of("outcome", outcome, OUTCOMES)
    if not grounds.strip():
        raise InvalidInput("grounds", "Give the number and the date of the paper that says so.")
    row.outcome, row.grounds = found, grounds.strip()
    row.settled_at, row.settled_by = act.clock.now(), act.actor.id
    if found == "genuine":
        row.picture = None
    act.record("forgery.settled", row, outcome=found)


def forget_pictures(act: Act) -> int:
    """Delete the pictures of forgeries whose term is over; how many, at most MOST."""
    before = act.clock.now() - dt.timedelta(days=law.forgeries().keeping.picture_days)
    query = select(Suspicion).where(Suspicion.picture.is_not(None), Suspicion.settled_at < before).limit(MOST)
    rows = list(act.session.scalars(query))
    for row in rows:
        row.picture = None
        act.record("forgery.picture_deleted", row)
    return len(rows)


def opened(look: Look, suspicion_id: UUID) -> Suspicion:
    """One of the actor's own centre, or any for an auditor; NotFound otherwise."""
    row = look.session.get(Suspicion, suspicion_id)
    if row is None or (row.centre_id != look.actor.centre_id and RoleName.AUDITOR not in look.actor.roles):
        raise NotFound("There is no such report at your centre. Open the list again.")
    return row


def picture(look: Look, row: Suspicion) -> bytes:
    """What was photographed or scanned; NotFound when there is none, or it was deleted."""
    if row.picture is None:
        raise NotFound("There is no picture, or it was deleted under the retention rules.")
    return look.vault.decrypt(row.picture, row.id.bytes)


def told(look: Look, row: Suspicion) -> list[SuspicionTold]:
    """Who was told, in that order."""
    query = select(SuspicionTold).where(SuspicionTold.suspicion_id == row.id)
    return list(look.session.scalars(query.order_by(SuspicionTold.id)))


def is_suspected(look: Look, number: str) -> bool:
    """Whether a document with this number was shown that may be forged, and nobody found it genuine."""
    said = select(Suspicion.id).where(Suspicion.number == number, Suspicion.outcome != "genuine").limit(1)
    return look.session.scalar(said) is not None


def listed(look: Look, *, settled: bool = False, page: int = 1) -> list[Suspicion]:
    """50 of the actor's centre, or of all for an auditor: the open ones oldest first, the settled newest first."""
    query = select(Suspicion).where(*_here(look), _is_open(not settled))
    order = Suspicion.id.desc() if settled else Suspicion.reported_at
    rows = query.order_by(order, Suspicion.id).limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    return list(look.session.scalars(rows))


def count(look: Look) -> Select[int]:
    """How many are open there, as a query."""
    return select(func.count()).select_from(Suspicion).where(*_here(look), _is_open(True))


def _is_open(is_open: bool) -> ColumnElement[bool]:
    """As the partial index says it."""
    return Suspicion.outcome == written("") if is_open else Suspicion.outcome != written("")


def _here(look: Look) -> list[ColumnElement[bool]]:
    return [] if RoleName.AUDITOR in look.actor.roles else [Suspicion.centre_id == look.actor.centre_id]


def _check_own(act: Act, row: Suspicion) -> None:
    if row.centre_id != act.actor.centre_id:
        raise NotAllowed("This was reported at another centre, which follows it up.")
