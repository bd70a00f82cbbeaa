"""Duties kept apart over the whole life of a document: who did what, and whom that keeps from doing more.

The indexes of `models.duties.Duty` are the last word; what they refuse is said here in the same sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import is_new, written
from issuance.errors import NotAllowed
from issuance.models.documents import Document
from issuance.models.duties import Duty, DutyName, DutyOverride
from issuance.models.requests import IssuanceRequest
from issuance.services import restrictions
from issuance.states import DocumentState

LODGING, CASE, DECISION, OPERATION, CHECK, HAND_OVER = DutyName

SENTENCES: Mapping[tuple[DutyName, DutyName], str] = {
    (LODGING, DECISION): "You lodged this request or took its portrait, so you do not decide on it. Leave it to another"
    " decision officer, or ask for an override.",
    (
        CASE,
        DECISION,
    ): "You confirmed the spelling, accepted the portrait or completed this request, so you do not decide"
    " on it. Leave it to another decision officer, or ask for an override.",
    (DECISION, OPERATION): "You approved this document, so your shift does not print it. Let another operator open the"
    " shift, or ask for an override.",
    (DECISION, CHECK): "You approved this document, so you do not check it. Leave it to another quality officer, or ask"
    " for an override.",
    (OPERATION, CHECK): "This document was printed in your shift, so you do not check it. Leave it to another quality"
    " officer, or ask for an override.",
    (LODGING, HAND_OVER): "You lodged this request or took its portrait, so you do not hand the document over. Ask"
    " another clerk, or for an override.",
    (DECISION, HAND_OVER): "You approved this document, so you do not hand it over. Ask another clerk, or for an"
    " override.",
    (OPERATION, HAND_OVER): "This document was printed in your shift, so you do not hand it over. Ask another clerk, or"
    " for an override.",
    (CHECK, HAND_OVER): "You checked this document, so you do not hand it over. Ask another clerk, or for an override.",
}
STOPPED = ((LODGING, False), (DECISION, False), (HAND_OVER, True))
"""What nobody does while the person's data are restricted: on a request, or (True) on its document."""

OTHERWISE = "You did another duty on this document already. Leave this one to another person, or ask for an override."


class Barred(NotAllowed):
    """Another duty of the same person on this request or document excludes this one."""

    code = "barred"


@dataclass(frozen=True)
class Task:
    """One duty on one request; on one of its documents from the production on."""

    duty: DutyName
    request: IssuanceRequest
    document: Document | None = None

    @property
    def document_id(self) -> UUID | None:
        """The document, None for what is done before there is one."""
        return self.document.id if self.document else None


def take(act: Act, task: Task, staff_id: UUID | None = None) -> None:
    """Write that the actor, or the member of staff named, does this duty. Barred when another of theirs excludes it,
    RuleViolation while the data of the person are restricted (`restrictions`)."""
    who = staff_id or (act.actor.id if act.actor.kind == "staff" else None)
    if who is None:
        return
    if (task.duty, task.document is not None) in STOPPED:
        restrictions.check_goes_on(act, task.request)
    done = _done(act, task, who)
    if any(row.duty == task.duty and row.document_id == task.document_id for row in done):
        return
    if task.duty in (LODGING, CASE) and _joins(done, task.duty):
        return
    used = None
    if excluded := _hindrance(done, task.duty):
        used = granted(act, task, who)
        if used is None:
            raise _barred(excluded, task.duty)
    row = Duty(
        request_id=task.request.id,
        document_id=task.document_id,
        staff_id=who,
        duty=task.duty,
        at=act.clock.now(),
        override_id=used.id if used else None,
    )
    _add(act, row, task, who)


def _joins(done: list[Duty], duty: DutyName) -> bool:
    """Whether somebody of the desk did something before: one row says it, `lodging` says more than `case`."""
    earlier = next((row for row in done if row.duty in (LODGING, CASE)), None)
    if earlier is not None and duty == LODGING:
        earlier.duty = LODGING
    return earlier is not None


def _add(act: Act, row: Duty, task: Task, who: UUID) -> None:
    """Add the row; Barred when another act of the same person was kept at this very moment."""
    act.flush()  # what else the act changed is not this row's to answer for
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        done = _hindrance(_done(act, task, who), task.duty)
        raise (_barred(done, task.duty) if done else Barred(OTHERWISE)) from error


def follow(act: Act, document: Document) -> None:
    """A document is made anew, or for the first time: whoever approved its request approved it too."""
    if approver := document.request.decided_by:
        take(act, Task(DECISION, document.request, document), approver)


def check(look: Look, task: Task) -> None:
    """Barred, in a sentence, when the actor may not do this duty; an override that was given opens it."""
    if barred := hindrance(look, task):
        raise barred


def hindrance(look: Look, task: Task) -> Barred | None:
    """Why the actor may not do this duty; None when nothing is in the way."""
    if look.actor.id is None:
        return None
    done = _hindrance(_done(look, task, look.actor.id), task.duty)
    return _barred(done, task.duty) if done and granted(look, task, look.actor.id) is None else None


def granted(look: Look, task: Task, staff_id: UUID) -> DutyOverride | None:
    """The override that opens this duty to this person and was not used yet."""
    query = select(DutyOverride).where(
        DutyOverride.request_id == task.request.id,
        DutyOverride.document_id == task.document_id,
        DutyOverride.staff_id == staff_id,
        *_opens(task.duty),
    )
    return look.session.scalar(query.limit(1))


def _opens(duty: DutyName) -> list[ColumnElement[bool]]:
    """An override opens its duty once it is given; a hand-over, which makes the document valid, once it is closed."""
    ready = DutyOverride.closed_at if duty == HAND_OVER else DutyOverride.given_at
    used = exists().where(Duty.override_id == DutyOverride.id)
    return [DutyOverride.duty == duty, DutyOverride.given_by.is_not(None), ready.is_not(None), ~used]


def open_to(staff_id: UUID | None, duty: DutyName) -> ColumnElement[bool]:
    """Of documents those on which this person may do `operation` or `check`: as a condition on Document."""
    did = exists().where(Duty.document_id == Document.id, Duty.staff_id == staff_id, Duty.duty != duty)
    leave = exists().where(DutyOverride.document_id == Document.id, DutyOverride.staff_id == staff_id, *_opens(duty))
    return or_(~did, leave)


def requests_open_to(staff_id: UUID | None, duty: DutyName) -> ColumnElement[bool]:
    """Of requests those on which this person may decide, or hand the document over: a condition on IssuanceRequest.

    Who operated or checked an attempt that was spoiled is left out too: a list offers the request to somebody else.
    """
    excluding = (LODGING, CASE) if duty == DECISION else (LODGING, DECISION, OPERATION, CHECK)
    did = exists().where(
        Duty.request_id == IssuanceRequest.id,
        Duty.staff_id == staff_id,
        Duty.duty.in_([str(each) for each in excluding]),
    )
    leave = exists().where(
        DutyOverride.request_id == IssuanceRequest.id, DutyOverride.staff_id == staff_id, *_opens(duty)
    )
    return or_(~did, leave)


def unclosed() -> ColumnElement[bool]:
    """Of requests those whose checked document was made by an override that no supervisor closed: as a condition."""
    made_by = select(Duty.id).join(DutyOverride, Duty.override_id == DutyOverride.id)
    made_by = made_by.outerjoin(Document, Document.id == Duty.document_id)
    counts = or_(Duty.document_id.is_(None), Document.state == written(DocumentState.CHECKED))
    return made_by.where(Duty.request_id == IssuanceRequest.id, DutyOverride.closed_at.is_(None), counts).exists()


def barred(look: Look, duty: DutyName, document_ids: Iterable[UUID]) -> list[UUID]:
    """Those of these documents on which the actor may not do `operation` or `check`, asked once for all."""
    among = Document.id.in_(document_ids)
    return list(look.session.scalars(select(Document.id).where(among, ~open_to(look.actor.id, duty))))


def _done(look: Look, task: Task, staff_id: UUID) -> list[Duty]:
    """What this person did that may exclude this duty: on the request before production, then on the document."""
    if is_new(task.request):
        return []
    here: ColumnElement[bool] = Duty.document_id == task.document_id
    if task.duty == HAND_OVER:
        here = or_(here, and_(Duty.document_id.is_(None), Duty.duty == LODGING))
    query = select(Duty).where(Duty.request_id == task.request.id, Duty.staff_id == staff_id, here)
    return list(look.session.scalars(query.order_by(Duty.id)))


def _hindrance(done: list[Duty], duty: DutyName) -> DutyName | None:
    """The duty done that keeps a person from this one."""
    at_the_desk = (LODGING, CASE) if duty in (LODGING, CASE) else ()
    return next((DutyName(row.duty) for row in done if row.duty != duty and row.duty not in at_the_desk), None)


def _barred(done: DutyName, duty: DutyName) -> Barred:
    return Barred(SENTENCES.get((done, duty), OTHERWISE))
