"""What is in the way of a merge, a split, an undoing: what one person cannot have, and documents that depend on it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select

from issuance.acts import Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document, HandOver
from issuance.models.duties import Duty
from issuance.models.people import FamilyLink, Mandate, Person, Regrouping
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.services.casework import corrections, persons
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.persons import guardians
from issuance.services.regrouping import rows
from issuance.states import ENDED, DocumentState, RequestState


def check_mergeable(look: Look, merged: Person, person: Person) -> None:
    """Conflict for records merged already, and where one person could not have what both have."""
    if merged.merged_into or person.merged_into:
        raise Conflict("This record was merged already. Open the person to whom it leads.", field="other")
    if merged.cnp and person.cnp:
        raise Conflict("Both have a CNP, and a person has one. Correct the wrong one first.", field="other")
    _check_family(look, merged, person)
    check_room(look, persons.of_person(look, merged), person)


def _check_family(look: Look, merged: Person, person: Person) -> None:
    """Conflict for links that would have to be those of the other record, and for who acts for oneself."""
    mine = or_(FamilyLink.person_id == merged.id, FamilyLink.relative_id == merged.id)
    if look.session.scalar(select(FamilyLink.id).where(mine, FamilyLink.ended_at.is_(None)).limit(1)):
        raise Conflict(
            "The record that ends has family. End its links on the page of its family, and record them with the person"
            " who stays.",
            field="other",
        )
    for one, other in ((merged, person), (person, merged)):
        acting = (Mandate.person_id == one.id, Mandate.holder_id == other.id)
        if look.session.scalar(select(Mandate.id).where(*acting).limit(1)):
            raise Conflict("One of the two acts for the other, so they are two persons.", field="other")
    if guardians.waiting_for(look, merged) and guardians.searched(look, person):
        raise Conflict(
            "The record that ends waits for a guardian, and the other one had its own search. Say on its page how the"
            " search ended.",
            field="other",
        )


def check_room(look: Look, requests: list[IssuanceRequest], to: Person) -> None:
    """Conflict, naming them, for documents that exclude each other and open requests for one document."""
    theirs = [(each.document_type, each.kind) for each in _open(persons.of_person(look, to))]
    if twice := [each for each in _open(requests) if (each.document_type, each.kind) in theirs]:
        message = "Both have an open request for %(type)s of one kind. Withdraw one first: %(reference)s."
        raise Conflict(message, field="other", type=twice[0].document_type, reference=twice[0].reference)
    _check_one_review(look, requests, to)
    held = Document.state.in_(HELD_BY_HOLDER)
    ids = [each.id for each in requests]
    moving = list(look.session.scalars(select(Document).where(held, Document.request_id.in_(ids))))
    kept = list(look.session.scalars(select(Document).where(held, Document.person_id == to.id)))
    for each in moving:
        if both := [other for other in kept if other.exclusive == each.exclusive]:
            message = "One person cannot hold %(one)s and %(other)s. End one of them first, on its own page."
            raise Conflict(message, field="other", one=both[0].number, other=each.number)


def _check_one_review(look: Look, requests: list[IssuanceRequest], to: Person) -> None:
    """Conflict when both have an open review of their status: a review goes with the case that it was opened from."""
    ids = [each.id for each in requests]
    whose = {each.person_id for each in requests}
    going = (Review.person_id.in_(whose), Review.request_id.in_(ids))
    for about in (going, (Review.person_id == to.id,)):
        if look.session.scalar(select(Review.id).where(*about, Review.ended_at.is_(None)).limit(1)) is None:
            return
    raise Conflict(
        "Both have an open review of their status, and a person has one. End one of them first.", field="other"
    )


def _open(requests: list[IssuanceRequest]) -> list[IssuanceRequest]:
    return [each for each in requests if each.state not in ENDED]


def check_splittable(look: Look, row: Regrouping) -> list[IssuanceRequest]:
    """The chosen requests; InvalidInput when they are none, all or another's, Conflict when a document binds them."""
    all_of_them = persons.of_person(look, rows.from_(look, row))
    chosen = [each for each in all_of_them if str(each.id) in row.requests]
    if not chosen or len(chosen) != len(row.requests):
        raise InvalidInput("requests", "Choose the requests of this person that are the other's.")
    if len(chosen) == len(all_of_them):
        raise InvalidInput(
            "requests", "One request at least stays. If all are the other's, the two records are merged."
        )
    _check_unbound(look, chosen, [each for each in all_of_them if each not in chosen])
    if row.to_id is not None:
        if rows.to(look, row).merged_into:
            raise Conflict("This record was merged already. Open the person to whom it leads.", field="to")
        check_room(look, chosen, rows.to(look, row))
    return chosen


def _check_unbound(look: Look, chosen: list[IssuanceRequest], staying: list[IssuanceRequest]) -> None:
    """Conflict when a document of the one follows, or replaced, one of the other: both are one person's by then."""
    for some, others in ((chosen, staying), (staying, chosen)):
        ids = [each.id for each in others]
        made = select(Document.number).where(Document.request_id.in_(ids), Document.state != DocumentState.CANCELLED)
        numbers = set(look.session.scalars(made))
        for request in some:
            if request.state in (RequestState.REFUSED, RequestState.WITHDRAWN):
                continue
            if bound := sorted(number for number in numbers if number in _taken(look, request)):
                raise Conflict(
                    "The request %(reference)s follows the document %(number)s, so both are one person's. Choose both"
                    " or neither; if the one was issued by mistake, end it and lodge anew for the right person.",
                    field="requests",
                    reference=request.reference,
                    number=bound[0],
                )


def _taken(look: Look, request: IssuanceRequest) -> str:
    """The numbers of documents that this request follows, or that were taken back at its hand-over."""
    query = select(HandOver.surrendered_number).join(Document).where(Document.request_id == request.id)
    return " ".join((request.previous_number, *look.session.scalars(query)))


def check_undoable(look: Look, row: Regrouping) -> Regrouping:
    """The merge to be undone; Conflict when it is none any more, or a document depends on it, which is named."""
    merge = look.session.get(Regrouping, row.undoes_id)
    if merge is None or not rows.is_standing(look, merge):
        raise Conflict("This merge was undone, or the record merged again since. Open the person again.")
    since = Duty.document_id == Document.id
    query = select(Document.number).where(
        Document.person_id == merge.to_id,
        Document.state != DocumentState.CANCELLED,
        select(Duty.id).where(since, Duty.at > merge.settled_at).exists(),
    )
    if number := look.session.scalar(query.order_by(Document.id).limit(1)):
        raise Conflict(
            "The document %(number)s was approved, made or handed over since, and depends on the merge. End it first if"
            " it is wrong, and split the record: choose the requests that are the other person's.",
            number=number,
        )
    return merge


def check_nothing_waits(look: Look, row: Regrouping, both: Collection[Person]) -> None:
    """Conflict while something about one of them waits for its second person."""
    for person in both:
        other = rows.waiting(look, person)
        if other is not None and other is not row:
            raise Conflict("Something about this person waits for a second person. Settle that one first.")
        if corrections.waiting(look, person) is not None:
            raise Conflict("A correction of this person waits for a second person. Settle that one first.")
