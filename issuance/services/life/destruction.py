"""The bin of a centre: old documents that are counted by one person and destroyed before another."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, func, select

from issuance.acts import Act, Look
from issuance.errors import InvalidInput
from issuance.models.documents import Document
from issuance.models.endings import Destruction, Ending
from issuance.services.life import minutes
from issuance.services.life.minutes import MOST, Things
from issuance.states import DocumentState, advance

DOCUMENTS = Things.DOCUMENTS


def bin_of(look: Look) -> list[Ending]:
    """What lies in the bin of the actor's centre, the oldest first; at most what one destruction takes."""
    query = select(Ending).where(Ending.binned_at == look.actor.centre_id, Ending.destruction_id.is_(None))
    return list(look.session.scalars(query.order_by(Ending.at, Ending.id).limit(MOST)))


def count(look: Look) -> Select[int]:
    """How many lie there, as a query."""
    query = select(func.count()).select_from(Ending)
    return query.where(Ending.binned_at == look.actor.centre_id, Ending.destruction_id.is_(None))


def is_destroyed(look: Look, document: Document) -> bool:
    """Whether two persons destroyed it, whatever it was then: a document that was void before stays void."""
    query = select(Ending.id).join(Destruction, Destruction.id == Ending.destruction_id)
    query = query.where(Ending.document_id == document.id, Destruction.witnessed_at.is_not(None))
    return look.session.scalar(query) is not None


def open_destruction(look: Look) -> Destruction | None:
    """The destruction that was counted at the actor's centre and waits for its witness."""
    return minutes.waiting(look, DOCUMENTS)


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
    row = minutes.start(act, DOCUMENTS, len(found))
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
    minutes.sign(act, row, method)
    endings = counted(act, row)
    for ending in endings:
        if ending.document.state in (DocumentState.SURRENDERED, DocumentState.DAMAGED):
            advance(ending.document, DocumentState.DESTROYED, actor=act.actor)
    act.record("destruction.witnessed", row, centre_id=row.centre_id, hits=len(endings))


def give_up(act: Act, row: Destruction) -> None:
    """The count was wrong or nobody came: the documents lie in the bin again."""
    minutes.check_waits(act, row)
    for ending in counted(act, row):
        ending.destruction_id = None
    row.given_up_at = act.clock.now()
    act.record("destruction.given_up", row, centre_id=row.centre_id)


def opened(look: Look, destruction_id: UUID) -> Destruction:
    """One of the actor's own centre; NotFound otherwise."""
    return minutes.opened(look, destruction_id, DOCUMENTS)


def finished(look: Look) -> list[Destruction]:
    """The last destructions of the actor's centre that were witnessed, the newest first."""
    return minutes.finished(look, DOCUMENTS)
