"""The only door out of kept-apart duties: one asks, a second person gives leave, a supervisor who is neither closes."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from issuance.acts import Act, Look
from issuance.db import wait_turn
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.duties import Duty, DutyName, DutyOverride
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres, duties
from issuance.services.duties import Task
from issuance.services.production import documents
from issuance.states import DocumentState, RequestState

PAGE_ROWS = 50

ROLES: Mapping[DutyName, RoleName] = {
    DutyName.DECISION: RoleName.DECISION_OFFICER,
    DutyName.OPERATION: RoleName.OPERATOR,
    DutyName.CHECK: RoleName.QUALITY_OFFICER,
    DutyName.HAND_OVER: RoleName.CLERK,
}
"""The duties that somebody barred may ask to do, and whose they are."""

GIVERS = (*ROLES.values(), RoleName.SUPERVISOR)
"""Who may be the second person: everybody who works on documents."""

FROM_A_DISTANCE = "An override needs a second person beside you, where the document is. Leave it to them."

UNCLOSED = "An override that this document was made by is not closed. Ask a supervisor to close it, then hand over."

WAITS: Mapping[DutyName, RequestState | DocumentState] = {
    DutyName.DECISION: RequestState.COMPLETE,
    DutyName.OPERATION: DocumentState.PREPARED,
    DutyName.CHECK: DocumentState.PERSONALISED,
    DutyName.HAND_OVER: DocumentState.CHECKED,
}
"""The state in which a duty is still to be done."""


def ask(act: Act, request: IssuanceRequest, duty: DutyName, why: str) -> DutyOverride:
    """Somebody barred asks to do this duty on this one document all the same, and says why."""
    centres.check_own(act, request)
    if act.actor.remote:
        raise NotAllowed(FROM_A_DISTANCE)
    task = task_of(act, request, duty)
    if ROLES[duty] not in act.actor.roles:
        raise NotAllowed("Your account has no role for this duty. Leave it to somebody who has.")
    if duties.hindrance(act, task) is None:
        raise Conflict("Nothing keeps you from this: do it without an override.")
    if not why.strip():
        raise InvalidInput("why", "Say why nobody else can do it now.")
    wait_turn(act.session, f"ask for an override of {request.id}")
    if is_asked(act, task):
        raise Conflict("You asked for this already. A colleague gives it under Overrides asked for.")
    override = DutyOverride(
        request=request,
        document=task.document,
        duty=duty,
        staff_id=act.actor.id,
        why=why.strip(),
        asked_at=act.clock.now(),
    )
    act.session.add(override)
    act.record("override.asked", *_subjects(override), duty=duty, reason=override.why)
    return override


def give(act: Act, override: DutyOverride, reason: str) -> None:
    """A second person gives leave for this one duty; the one who asked may then do it once."""
    centres.check_own(act, override.request)
    if not set(GIVERS) & act.actor.roles:
        raise NotAllowed("Your account has no role for this. Ask somebody who works on documents.")
    if override.staff_id == act.actor.id:
        raise NotAllowed("Nobody gives an override to themselves. Ask a colleague.")
    if override.given_by or not _is_waiting(override):
        raise Conflict("This was answered or done meanwhile. Open the list again.")
    if not reason.strip():
        raise InvalidInput("reason", "Say why you give it; the supervisor reads this.")
    override.given_by, override.given_at, override.reason = act.actor.id, act.clock.now(), reason.strip()
    act.record("override.given", *_subjects(override), duty=override.duty, reason=override.reason)


def close(act: Act, override: DutyOverride) -> None:
    """A supervisor who neither asked nor gave looked at what was done by an override. Only then a hand-over follows.

    Conflict while nothing was done by it; of a hand-over, which makes the document valid, it is closed before.
    """
    centres.check_own(act, override.request)
    if RoleName.SUPERVISOR not in act.actor.roles or act.actor.id in (override.staff_id, override.given_by):
        raise NotAllowed("A supervisor who neither asked for the override nor gave it closes it. Ask another one.")
    if override.closed_at or not (override.given_by or not override.why):
        raise Conflict("This override is closed, or nobody gave it. Open the list again.")
    if may_be_used(override):
        raise Conflict("Nothing was done by this override yet. Close it when you can look at what was done.")
    override.closed_by, override.closed_at = act.actor.id, act.clock.now()
    act.record("override.closed", *_subjects(override), duty=override.duty)


def check_closed(look: Look, document: Document) -> None:
    """Conflict while an override that this document was made by is not closed: it does not become valid."""
    if is_unclosed(look, document):
        raise Conflict(UNCLOSED)


def is_unclosed(look: Look, document: Document) -> bool:
    """Whether an override that this document was made by waits for a supervisor."""
    on_request = and_(Duty.document_id.is_(None), Duty.request_id == document.request_id)
    query = select(DutyOverride.id).join(Duty, Duty.override_id == DutyOverride.id)
    query = query.where(or_(Duty.document_id == document.id, on_request), DutyOverride.closed_at.is_(None))
    return look.session.scalar(query.limit(1)) is not None


def own(look: Look, override_id: UUID) -> DutyOverride:
    """The override of the actor's own centre with this id; NotFound also for another centre's."""
    override = look.session.get(DutyOverride, override_id)
    if override is None or override.request.centre_id != look.actor.centre_id:
        raise NotFound("There is no such override in your centre. Open the list again.")
    return override


def asked(look: Look) -> list[DutyOverride]:
    """What somebody of the actor's centre asked for and nobody gave yet, while it is still to be done."""
    query = _at(look.actor.centre_id).where(DutyOverride.given_by.is_(None), DutyOverride.why != "")
    return [each for each in look.session.scalars(query.order_by(DutyOverride.id)).unique() if _is_waiting(each)]


def listed(look: Look, centre_id: UUID | None, *, page: int = 1) -> list[DutyOverride]:
    """50 overrides that were given, in one centre or all: those to close first, then the newest."""
    query = _at(centre_id).where(GIVEN).order_by(DutyOverride.closed_at.is_not(None), DutyOverride.id.desc())
    rows = look.session.scalars(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS))
    return list(rows.unique())


def to_close(centre_id: UUID | None) -> Select[int]:
    """How many overrides wait for a supervisor, as a query."""
    waiting = _at(centre_id).where(GIVEN, DutyOverride.closed_at.is_(None))
    return select(func.count()).select_from(waiting.with_only_columns(DutyOverride.id).subquery())


GIVEN = or_(DutyOverride.given_by.is_not(None), DutyOverride.why == "")
"""Given by a second person; or done, in an earlier release, without anybody's leave."""


def _at(centre_id: UUID | None) -> Select[DutyOverride]:
    """Overrides are few: each is asked for its centre, where a join could begin with every request."""
    of_centre = select(IssuanceRequest.id).where(IssuanceRequest.centre_id == centre_id)
    query = select(DutyOverride)
    return query.where(of_centre.where(IssuanceRequest.id == DutyOverride.request_id).exists()) if centre_id else query


def task_of(look: Look, request: IssuanceRequest, duty: DutyName) -> Task:
    """The duty as it waits on this request; Conflict when it does not wait."""
    document = documents.current(look, request) if duty != DutyName.DECISION else None
    if (document or request).state != WAITS[duty]:
        raise Conflict("This does not wait to be done any more. Open the list again.")
    return Task(duty, request, document)


def may_be_used(override: DutyOverride) -> bool:
    """Whether the duty that it opens is still to be done, and not one that is closed first: a hand-over."""
    return override.duty != DutyName.HAND_OVER and bool(override.why) and _is_waiting(override)


def _is_waiting(override: DutyOverride) -> bool:
    return (override.document or override.request).state == WAITS[DutyName(override.duty)]


def is_asked(look: Look, task: Task) -> bool:
    """Whether the actor asked for this one already."""
    query = select(DutyOverride.id).where(
        DutyOverride.request_id == task.request.id,
        DutyOverride.document_id == task.document_id,
        DutyOverride.duty == task.duty,
        DutyOverride.staff_id == look.actor.id,
    )
    return look.session.scalar(query.limit(1)) is not None


def _subjects(override: DutyOverride) -> list[IssuanceRequest | Document]:
    return [override.request, *([override.document] if override.document else [])]
