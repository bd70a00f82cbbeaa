"""The bin of a centre: old documents that are counted by one person and destroyed before another."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.endings import Destruction, Ending
from issuance.services import centres
from issuance.states import DocumentState, advance
from issuance.values.codes import one_of

METHODS = ("shredded", "burnt")
MOST = 500
"""Documents of one destruction: what two persons read and check in an hour."""


def bin_of(look: Look) -> list[Ending]:
    """What lies in the bin of the actor's centre, the oldest first; at most what one destruction takes."""
    query = select(Ending).where(Ending.binned_at == look.actor.centre_id, Ending.destruction_id.is_(None))
    return list(look.session.scalars(query.order_by(Ending.at, Ending.id).limit(MOST)))


def count(look: Look) -> int:
    """How many lie there."""
    query = select(func.count()).select_from(Ending)
    query = query.where(Ending.binned_at == look.actor.centre_id, Ending.destruction_id.is_(None))
    return look.session.scalar(query) or 0


def is_destroyed(look: Look, document: Document) -> bool:
    """Whether two persons destroyed it, whatever it was then: a document that was void before stays void."""
    query = select(Ending.id).join(Destruction, Destruction.id == Ending.destruction_id)
    query = query.where(Ending.document_id == document.id, Destruction.witnessed_at.is_not(None))
    return look.session.scalar(query) is not None


def open_destruction(look: Look) -> Destruction | None:
    """The destruction that was counted at the actor's centre and waits for its witness."""
    query = select(Destruction).where(
        Destruction.centre_id == look.actor.centre_id,
        Destruction.witnessed_at.is_(None),
        Destruction.given_up_at.is_(None),
    )
    return look.session.scalar(query)


def counted(look: Look, destruction: Destruction) -> list[Ending]:
    """What one destruction takes."""
    query = select(Ending).where(Ending.destruction_id == destruction.id).order_by(Ending.at, Ending.id)
    return list(look.session.scalars(query))


def begin(act: Act, numbers: list[str]) -> Destruction:
    """A first person takes documents out of the bin and reads their numbers, each scanned from the document itself.

    InvalidInput names what does not lie in the bin; Conflict while another destruction waits for its witness.
    """
    wanted = ["".join(number.split()).upper() for number in numbers if number.strip()]
    found = {ending.document.number: ending for ending in _in_bin(act, wanted)}
    _check_read(wanted, set(found))
    if open_destruction(act) is not None:
        raise Conflict("A destruction waits for its witness. Finish that one first.")
    row = Destruction(
        centre_id=act.actor.centre_id, counted_by=act.actor.id, counted_at=act.clock.now(), count=len(found)
    )
    act.session.add(row)
    act.session.flush()
    for ending in found.values():
        ending.destruction_id = row.id
    act.record("destruction.counted", row, centre_id=row.centre_id, hits=row.count)
    return row


def _in_bin(look: Look, numbers: list[str]) -> list[Ending]:
    query = select(Ending).join(Document, Document.id == Ending.document_id).where(Document.number.in_(numbers))
    query = query.where(Ending.binned_at == look.actor.centre_id, Ending.destruction_id.is_(None))
    return list(look.session.scalars(query))


def _check_read(wanted: list[str], found: set[str]) -> None:
    if not wanted:
        raise InvalidInput("numbers", "Scan the documents that are destroyed, one number a line.")
    if len(wanted) > MOST:
        raise InvalidInput("numbers", "At most %(most)s documents at once. Do the others afterwards.", most=MOST)
    if strange := sorted(set(wanted) - found):
        raise InvalidInput(
            "numbers",
            "%(numbers)s does not lie in the bin of this centre. Put it aside and look it up.",
            numbers=", ".join(strange),
        )


def witness(act: Act, row: Destruction, method: str) -> None:
    """A second person read the numbers too and saw them shredded or burnt. NotAllowed for the one who counted."""
    _check_waits(act, row)
    if row.counted_by == act.actor.id:
        raise NotAllowed("You counted these documents. Another person witnesses their destruction.")
    row.method = one_of("method", method, METHODS)
    row.witnessed_by, row.witnessed_at = act.actor.id, act.clock.now()
    endings = counted(act, row)
    for ending in endings:
        if ending.document.state in (DocumentState.SURRENDERED, DocumentState.DAMAGED):
            advance(ending.document, DocumentState.DESTROYED, actor=act.actor)
    act.record("destruction.witnessed", row, centre_id=row.centre_id, hits=len(endings))


def give_up(act: Act, row: Destruction) -> None:
    """The count was wrong or nobody came: the documents lie in the bin again."""
    _check_waits(act, row)
    for ending in counted(act, row):
        ending.destruction_id = None
    row.given_up_at = act.clock.now()
    act.record("destruction.given_up", row, centre_id=row.centre_id)


def _check_waits(look: Look, row: Destruction) -> None:
    centres.check_own(look, row)
    if row.witnessed_at is not None or row.given_up_at is not None:
        raise Conflict("This destruction is finished. Open the bin to see what lies in it.")


def opened(look: Look, destruction_id: UUID) -> Destruction:
    """One of the actor's own centre; NotFound otherwise."""
    row = look.session.get(Destruction, destruction_id)
    if row is None or row.centre_id != look.actor.centre_id:
        raise NotFound("There are no such minutes in your centre. Open the bin.")
    return row


def finished(look: Look) -> list[Destruction]:
    """The last destructions of the actor's centre that were witnessed, the newest first."""
    query = select(Destruction).where(
        Destruction.centre_id == look.actor.centre_id, Destruction.witnessed_at.is_not(None)
    )
    return list(look.session.scalars(query.order_by(Destruction.witnessed_at.desc()).limit(20)))
