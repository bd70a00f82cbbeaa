"""What its holder does not collect: noted at night, put into the vault, destroyed by the dates of its type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection as Several
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select

from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE, office_day
from issuance.document_types.rules import Collection
from issuance.errors import Conflict, InvalidInput
from issuance.law.documents import endings as law
from issuance.models.documents import Document, QualityCheck
from issuance.models.endings import Ending, Uncollected
from issuance.models.notices import NoticeKind
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services import centres
from issuance.services.departures import noting as departures
from issuance.services.notices import outbox
from issuance.services.production import contradictions, documents
from issuance.services.rule_versions import rules_today, types
from issuance.states import DocumentState, RequestState, advance

MOST = 200
"""Documents that are noted in one act."""

LONGEST_PLACE = 60


def terms(look: Look, document_type: str) -> Collection | None:
    """How long a document of this type waits for its holder, by today's rules."""
    return rules_today(look, document_type).collection


def last_day(look: Look, document_type: str, ready_on: dt.date) -> dt.date | None:
    """The last day on which the holder gets a document that has waited since that day, by today's rules."""
    rules = terms(look, document_type)
    return rules.destroyed_on(ready_on) - dt.timedelta(days=1) if rules else None


# Noting, at night


def note(act: Act) -> int:
    """Note what waits longer than its type's rules say: uncollected from now on. Returns how many, at most MOST."""
    today = act.clock.today()
    at = list(act.session.scalars(select(Centre.id)))
    found = list[IssuanceRequest]()
    for kind in types(act).values():
        if kind.rules[0].from_date <= today and (rules := kind.rules_on(today).collection) and len(found) < MOST:
            limit = today - dt.timedelta(days=rules.noted_after_days)
            found += _waiting(act, kind.code, at, limit)[: MOST - len(found)]
    for request in found:
        _note(act, request)
    return len(found)


def _waiting(look: Look, document_type: str, at: Several[UUID], limit: dt.date) -> list[IssuanceRequest]:
    """Requests of these centres whose document has been ready since before this day, without a break."""
    midnight = dt.datetime.combine(limit, dt.time(), OFFICE_ZONE)
    came_back = select(Uncollected.id).where(
        Uncollected.request_id == IssuanceRequest.id, Uncollected.left_at >= midnight
    )
    passed = select(QualityCheck.id).join(Document, Document.id == QualityCheck.document_id)
    passed = passed.where(
        Document.request_id == IssuanceRequest.id,
        Document.state == DocumentState.CHECKED,
        QualityCheck.passed,
        QualityCheck.checked_at < midnight,
    )
    query = select(IssuanceRequest).where(
        IssuanceRequest.centre_id.in_(at),
        IssuanceRequest.state == RequestState.READY,
        IssuanceRequest.document_type == document_type,
        passed.exists(),
        ~came_back.exists(),
    )
    return list(look.session.scalars(query.order_by(IssuanceRequest.due_on, IssuanceRequest.id).limit(MOST)))


def _note(act: Act, request: IssuanceRequest) -> None:
    row = Uncollected(
        request=request, centre_id=request.centre_id, ready_on=ready_on(act, request), noted_at=act.clock.now()
    )
    act.session.add(row)
    advance(request, RequestState.UNCOLLECTED, actor=act.actor)
    act.record("document.uncollected", request, centre_id=request.centre_id)
    outbox.write(act, request, NoticeKind.REMINDER, str(row.id))


def ready_on(look: Look, request: IssuanceRequest) -> dt.date:
    """The day since which the document of this request waits: that of its check, or when it last came back."""
    checked = select(func.max(QualityCheck.checked_at)).join(Document, Document.id == QualityCheck.document_id)
    came = look.session.scalar(select(func.max(Uncollected.left_at)).where(Uncollected.request_id == request.id))
    passed = look.session.scalar(checked.where(Document.request_id == request.id, QualityCheck.passed))
    return max(office_day(moment) for moment in (passed, came) if moment is not None)


# What people do with it


def vault(act: Act, request: IssuanceRequest, place: str) -> None:
    """A clerk put the document into the vault, and says where it lies; again, when it was moved there.

    InvalidInput names the field; Conflict before the day that the type's rules give.
    """
    centres.check_own(act, request)
    row = _open(act, request)
    _check_day(act, dates(act, row).vault_on, "Until %(day)s it waits at the desk. Put it into the vault after that.")
    place = place.strip()
    if not place or len(place) > LONGEST_PLACE:
        raise InvalidInput("place", "Say where in the vault it lies, in at most 60 letters.")
    row.place, row.vaulted_at, row.vaulted_by = place, act.clock.now(), act.actor.id
    act.record("document.vaulted", request, row)


def bring_back(act: Act, request: IssuanceRequest) -> None:
    """The holder came after all: the document lies at the window again, and waits anew."""
    centres.check_own(act, request)
    _leave(act, _open(act, request), back=True)
    advance(request, RequestState.READY, actor=act.actor)
    act.record("document.brought_back", request)


def discard(act: Act, request: IssuanceRequest) -> Document:
    """Nobody came in time: the document is void for ever and lies in the bin; two persons destroy it. The request ends.

    Conflict before the day that the type's rules give.
    """
    centres.check_own(act, request)
    row, document = _open(act, request), documents.current(act, request)
    _check_day(act, dates(act, row).destroyed_on, "The holder may still come until %(day)s. Destroy it after that.")
    contradictions.check_none(act, document)
    _leave(act, row, back=False)
    advance(document, DocumentState.CANCELLED, actor=act.actor)
    advance(request, RequestState.CLOSED, actor=act.actor)
    departures.end_with(act, request)
    request.ended_on = act.clock.today()
    request.count_term_from(act.clock.today())
    ground = law.grounds()["uncollected"].code
    at, by = act.clock.now(), act.actor.id
    act.session.add(Ending(document=document, ground=ground, at=at, by=by, binned_at=act.actor.centre_id))
    act.record("document.discarded", request, document)
    return document


def _check_day(look: Look, day: dt.date, sentence: str) -> None:
    if look.clock.today() < day:
        raise Conflict(sentence, day=f"{day - dt.timedelta(days=1):%d.%m.%Y}")


def _leave(act: Act, row: Uncollected, *, back: bool) -> None:
    row.back, row.left_at, row.left_by = back, act.clock.now(), act.actor.id


def _open(look: Look, request: IssuanceRequest) -> Uncollected:
    row = opened(look, request)
    if row is None:
        raise Conflict("This document is not among those that nobody collects. Open the case to see where it is.")
    return row


# Looking


@dataclass(frozen=True)
class Dates:
    """What becomes of an uncollected document by the `rules` of its type, and when."""

    rules: Collection
    vault_on: dt.date
    destroyed_on: dt.date


def dates(look: Look, row: Uncollected) -> Dates:
    """The days of this document, by today's rules of its type."""
    rules = terms(look, row.request.document_type)
    if rules is None:
        raise Conflict("The rules of this type do not say how long a document waits. Add them to the type's file.")
    return Dates(rules, rules.vault_on(row.ready_on), rules.destroyed_on(row.ready_on))


def opened(look: Look, request: IssuanceRequest) -> Uncollected | None:
    """The record of this request's document while nobody collects it."""
    query = select(Uncollected).where(Uncollected.request_id == request.id, Uncollected.left_at.is_(None))
    return look.session.scalar(query)


def listed(look: Look) -> list[Uncollected]:
    """What nobody collects at the actor's centre, what waits longest first."""
    query = select(Uncollected).where(Uncollected.centre_id == look.actor.centre_id, Uncollected.left_at.is_(None))
    return list(look.session.scalars(query.order_by(Uncollected.ready_on, Uncollected.id).limit(500)))


def count(look: Look) -> Select[int]:
    """How many those are, as a query."""
    query = select(func.count()).select_from(Uncollected)
    return query.where(Uncollected.centre_id == look.actor.centre_id, Uncollected.left_at.is_(None))
