"""Retention: what the register may no longer keep is destroyed, key and words, as two administrators agreed (E18).

A request's term counts from the day `retained_since`; how long it is the rules of its type say (`retention`), and of
what ended without a document `retention.toml`. Who has no request left that is kept is forgotten too.
Of a person whose data are restricted (Art 18) nothing goes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, or_, select

from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict, NotAllowed
from issuance.law.documents.retention import retention_rules_on
from issuance.models.care import Attempt, Named, Observation, Protection, Referral
from issuance.models.departures import Departure
from issuance.models.documents import Document, HandOver, Showing
from issuance.models.endings import RetentionPlan
from issuance.models.exchange import CaseEvent, CaseProposal, HandledCase
from issuance.models.groups import GroupMember
from issuance.models.holders import ReceiptCode
from issuance.models.mandates import Consent, Mandate, MandateUse
from issuance.models.notices import Contact, Notice, ToldCode, ToldDeliveryReport, ToldStop
from issuance.models.people import (
    HOLDER_FIELDS,
    Correction,
    FamilyLink,
    LoneChild,
    Person,
    PersonKey,
    PersonVersion,
    Regrouping,
    RightsNotice,
)
from issuance.models.privacy import AccessReport, Demand, Disclosure, Informed, Restriction
from issuance.models.requests import Fingerprint, IssuanceRequest, Portrait, Signature
from issuance.models.residence import Residence
from issuance.models.reunification import Reunification, ReunificationMember
from issuance.models.reviews import Review, ReviewDelivery, ReviewPresence
from issuance.models.rights import Grant
from issuance.models.vault import Blob
from issuance.services import restrictions
from issuance.services.capture import fingerprints
from issuance.services.life import extensions
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.mandates import giving
from issuance.services.persons import records
from issuance.services.rule_versions import types
from issuance.states import ENDED, RequestState
from issuance.values.travel_documents import TravelDocument

MONTH = dt.timedelta(days=31)
"""How far a plan looks ahead. No term is shorter, so all that falls due in it is known when it is drawn up."""

MOST = 100
"""Requests that are destroyed in one act."""

LISTED = 500

OF_A_PERSON: Mapping[str, object] = {
    "family_name": "",
    "given_names": "",
    "native_name": "",
    "mrz_name": "",
    "birth_date": "XXXX-XX-XX",
    "birth_place": "",
    "sex": "X",
    "nationality": "",
    "other_nationalities": "",
    "address": "",
    "eurodac_reference": None,
    "cnp": None,
    "names": [],
}
"""What a person's row says when everything about the person was destroyed."""

OF_A_VERSION: Mapping[str, object] = {"evidence": ""} | {
    name: value for name, value in OF_A_PERSON.items() if name in HOLDER_FIELDS
}
OF_A_CORRECTION: Mapping[str, object] = {"said": {}, "evidence": "", "reason": ""}
OF_A_REQUEST: Mapping[str, object] = {
    "mandate_id": None,
    "phone": "",
    "note": "",
    "decision_reason": "",
    "travel_document_shown": TravelDocument.NONE,
    "travel_document_number": "",
    "travel_document_state": "",
}
OF_A_FINGERPRINT: Mapping[str, object] = {"finger": "", "why": ""}
OF_A_SIGNATURE: Mapping[str, object] = {"reason": ""}
OF_A_HAND_OVER: Mapping[str, object] = {"representative": "", "refusal_reason": ""}
OF_A_REGROUPING: Mapping[str, object] = {"reason": "", "evidence": ""}
OF_A_NOTICE: Mapping[str, object] = {"interpreter": ""}
OF_A_REVIEW: Mapping[str, object] = {
    "institution": "",
    "why": "",
    "interview_place": "",
    "heard_paper": "",
    "explained_interpreter": "",
    "reasons": "",
    "appeal_paper": "",
    "final_paper": "",
}
"""What stays of a review is codes and days, which are counted; its restricted detail goes with the key of its case."""
OF_A_DELIVERY: Mapping[str, object] = {"interpreter": ""}
OF_A_PRESENCE: Mapping[str, object] = {"name": "", "body": ""}
GOES_WITH_A_PERSON = (
    *(Informed, Disclosure, AccessReport, Restriction, Demand),
    *(PersonKey, FamilyLink, LoneChild, Grant, Residence, Referral, Observation),
    *(Attempt, Named, Protection),
    *(ReunificationMember, Reunification),
    *(ToldDeliveryReport, Notice, ToldStop, ToldCode, Contact),
    *(MandateUse, Consent, Mandate),
    *(CaseProposal, CaseEvent, HandledCase),
    *(GroupMember, Departure),
)
"""Rows that go themselves, in the order in which they can."""


# At the hand-over


def after_hand_over(act: Act, request_id: UUID) -> int:
    """Only what lives with the document stays: portraits that were not printed are deleted. Returns how many.

    With them go the pictures of its documents that were shown to an officer elsewhere.
    """
    request = act.session.get_one(IssuanceRequest, request_id)
    query = select(Portrait).where(Portrait.request_id == request_id).order_by(Portrait.id)
    *earlier, newest = act.session.scalars(query)
    superseded = [portrait for portrait in earlier if portrait.master_id]
    assert newest.accepted_by  # it was printed
    blobs = [blob_id for portrait in superseded for blob_id in (portrait.master_id, portrait.print_id)]
    blobs += _forget_shown(act, request_id)
    for portrait in superseded:
        portrait.master_id = portrait.print_id = None
    act.session.flush()
    act.session.execute(delete(Blob).where(Blob.id.in_(blobs)))
    fingers = fingerprints.forget(act, request_id)
    act.record("retention.applied", request, portraits=len(superseded), fingerprints=fingers)
    return len(superseded)


def _forget_shown(act: Act, request_id: UUID) -> list[UUID]:
    """Let the showings of a request's documents hold nothing any more; the blobs that are to be deleted."""
    found = act.session.scalars(select(Showing).where(Showing.request_id == request_id)).all()
    return [blob_id for showing in found for blob_id in showing.let_go()]


# Fingerprints


def delete_fingerprints(act: Act) -> int:
    """Delete the fingerprints of requests that are over, and of all that are as old as the law lets them be (E18).

    How many requests, at most MOST. Nobody agrees to it: nothing can be printed of them.
    """
    kept = select(Fingerprint.request_id).join(IssuanceRequest).where(Fingerprint.template_id.is_not(None))
    query = select(IssuanceRequest).where(IssuanceRequest.id.in_(kept.where(_too_old(act))))
    found = act.session.scalars(query.order_by(IssuanceRequest.id).limit(MOST)).all()
    for request in found:
        act.record("retention.fingerprints_deleted", request, hits=fingerprints.forget(act, request.id))
    return len(found)


def _too_old(look: Look) -> ColumnElement[bool]:
    """On fingerprints and their requests: whether they may not be kept any more, by today's rules."""
    today, conditions = look.clock.today(), list[ColumnElement[bool]]([IssuanceRequest.state.in_(ENDED)])
    for kind in types(look).values():
        days = kind.rules_on(today).retention.fingerprints_days if kind.rules[0].from_date <= today else None
        if days is not None:
            taken_before = Fingerprint.taken_at < look.clock.now() - dt.timedelta(days=days)
            conditions.append(and_(IssuanceRequest.document_type == kind.code, taken_before))
    return or_(*conditions)


# What is due


def _is_due(look: Look, day: dt.date) -> ColumnElement[bool]:
    """On requests: whether the term ends before this day, by today's rules."""
    today, conditions = look.clock.today(), list[ColumnElement[bool]]()
    delivered = IssuanceRequest.state == written(RequestState.DELIVERED)
    without_document = retention_rules_on(today).ended_without_document_days
    for kind in types(look).values():
        days = kind.rules_on(today).retention.after_end_days if kind.rules[0].from_date <= today else None
        over = ~delivered & _ended_before(day, without_document)
        if days is not None:
            over |= delivered & _ended_before(day, days) & ~_holds_from(look, day - dt.timedelta(days=days))
        first = min(without_document, days if days is not None else without_document)
        # The day comes first: by the state a planner would go through all that was ever delivered.
        conditions.append(and_(IssuanceRequest.document_type == kind.code, _ended_before(day, first), over))
    is_over = IssuanceRequest.retained_since.is_not(None) & or_(*conditions)
    held = _held(look)  # few: named one by one, or a planner would begin with everybody
    return is_over & IssuanceRequest.person_id.not_in(held) if held else is_over


def _held(look: Look) -> set[UUID]:
    """Of whom nothing is destroyed: a review is open, decided on what is kept, or their data are restricted."""
    reviewed = look.session.scalars(select(Review.person_id).where(Review.ended_at.is_(None)))
    return {*reviewed, *look.session.scalars(restrictions.held())}


def _ended_before(day: dt.date, days: int) -> ColumnElement[bool]:
    return IssuanceRequest.retained_since < day - dt.timedelta(days=days)


def _holds_from(look: Look, day: dt.date) -> ColumnElement[bool]:
    """On requests: whether a decree lets their document hold on this day or a later one: its term begins after that."""
    longer = [each for each in extensions.agreed(look) if each.until >= day]
    mine = (Document.request_id == IssuanceRequest.id, Document.state.in_(HELD_BY_HOLDER))
    return select(Document.id).where(*mine, extensions.concern(longer)).exists() if longer else false()


def due(look: Look, day: dt.date, most: int = LISTED) -> list[IssuanceRequest]:
    """The requests whose term ends before this day, the oldest first."""
    query = select(IssuanceRequest).where(_is_due(look, day))
    return list(look.session.scalars(query.order_by(IssuanceRequest.retained_since, IssuanceRequest.id).limit(most)))


def due_count(look: Look, day: dt.date) -> int:
    """How many those are."""
    return look.session.scalar(select(func.count()).select_from(IssuanceRequest).where(_is_due(look, day))) or 0


def next_month(look: Look) -> dt.date:
    """The day until which a plan that is drawn up today goes."""
    return look.clock.today() + MONTH


# Two administrators agree


def draw_up(act: Act) -> RetentionPlan:
    """An administrator saw what the next month destroys. Conflict while another plan waits for its second person."""
    if waiting(act) is not None:
        raise Conflict("A plan waits for a second administrator. Agree to it, or give it up first.")
    until = next_month(act)
    row = RetentionPlan(
        until=until, count=due_count(act, until), asked_by=act.actor.id, asked_at=act.clock.now(), open=True
    )
    act.session.add(row)
    act.record("retention.planned", row, hits=row.count)
    return row


def agree(act: Act) -> None:
    """A second administrator saw it too: the nightly task destroys it, each on its day. NotAllowed for the first."""
    row = _waiting(act)
    if row.asked_by == act.actor.id:
        raise NotAllowed("You drew up this plan. Another administrator agrees to it.")
    row.agreed_by, row.agreed_at, row.open = act.actor.id, act.clock.now(), False
    act.record("retention.agreed", row, hits=row.count)


def give_up(act: Act) -> None:
    """Nothing is destroyed by this plan."""
    row = _waiting(act)
    row.open = False
    act.record("retention.given_up", row)


def waiting(look: Look) -> RetentionPlan | None:
    """The plan that waits for its second administrator."""
    return look.session.scalar(select(RetentionPlan).where(RetentionPlan.open))


def _waiting(look: Look) -> RetentionPlan:
    row = waiting(look)
    if row is None:
        raise Conflict("No plan waits any more. Look at what the next month destroys.")
    return row


def agreed_until(look: Look) -> dt.date | None:
    """Until which day two administrators agreed."""
    return look.session.scalar(select(func.max(RetentionPlan.until)).where(RetentionPlan.agreed_at.is_not(None)))


def count_waiting(_look: Look) -> Select[int]:
    """One while a plan waits for its second administrator, as a query."""
    return select(func.count()).select_from(RetentionPlan).where(RetentionPlan.open)


# At night


def destroy_ended(act: Act) -> int:
    """Destroy what is due and was agreed: keys, words, and persons of whom nothing is left. How many, at most MOST."""
    until = agreed_until(act)
    if until is None:
        return 0
    found = due(act, min(until, act.clock.today()), MOST)
    for request in found:
        _erase(act, request)
    for person in {request.person.id: request.person for request in found}.values():
        if not _is_kept(act, person):
            _forget_all(act, person)
    return len(found)


def _erase(act: Act, request: IssuanceRequest) -> None:
    act.vault.destroy(act.session, request.id, clock=act.clock)
    _blank(request, OF_A_REQUEST)
    for finger in act.session.scalars(select(Fingerprint).where(Fingerprint.request_id == request.id)):
        _blank(finger, OF_A_FINGERPRINT)
    for signature in act.session.scalars(select(Signature).where(Signature.request_id == request.id)):
        _blank(signature, OF_A_SIGNATURE)
    handed_over = select(HandOver).join(Document).where(Document.request_id == request.id)
    for row in act.session.scalars(handed_over):
        _blank(row, OF_A_HAND_OVER)
    for code in act.session.scalars(select(ReceiptCode).where(ReceiptCode.request_id == request.id)):
        act.session.delete(code)
    request.retained_since, request.erased_on = None, act.clock.today()
    act.record("retention.key_destroyed", request)


def _is_kept(look: Look, person: Person) -> bool:
    look.session.flush()
    query = select(IssuanceRequest.id).where(
        IssuanceRequest.person_id == person.id, IssuanceRequest.erased_on.is_(None)
    )
    return look.session.scalar(query.limit(1)) is not None


def _forget_all(act: Act, person: Person) -> None:
    """The person with every record that was merged into it."""
    for record in records.of(act, person):
        _forget(act, record)


def _forget(act: Act, person: Person) -> None:
    _blank(person, OF_A_PERSON)
    for version in act.session.scalars(select(PersonVersion).where(PersonVersion.person_id == person.id)):
        _blank(version, OF_A_VERSION)
    for correction in act.session.scalars(select(Correction).where(Correction.person_id == person.id)):
        _blank(correction, OF_A_CORRECTION)
    giving.end_forgotten(act, person)
    for kind in _kept_of(act, person):
        for row in act.session.scalars(select(kind).where(_is_about(kind, person))):
            act.session.delete(row)
        act.session.flush()
    for notice in act.session.scalars(select(RightsNotice).where(RightsNotice.person_id == person.id)):
        _blank(notice, OF_A_NOTICE)
    _forget_reviews(act, person)
    about = or_(Regrouping.from_id == person.id, Regrouping.to_id == person.id)
    for regrouping in act.session.scalars(select(Regrouping).where(about)):
        _blank(regrouping, OF_A_REGROUPING)
    act.record("retention.person_forgotten", person)


def _kept_of(act: Act, person: Person) -> list[type[Any]]:
    """Of GOES_WITH_A_PERSON those that have a row about this one, asked once for all: most have none."""
    act.flush()
    asked = (select(kind).where(_is_about(kind, person)).exists() for kind in GOES_WITH_A_PERSON)
    found = act.session.execute(select(*asked)).one()
    return [kind for kind, is_there in zip(GOES_WITH_A_PERSON, found, strict=True) if is_there]


def _forget_reviews(act: Act, person: Person) -> None:
    for review in act.session.scalars(select(Review).where(Review.person_id == person.id)):
        _blank(review, OF_A_REVIEW)
        for kind, words in ((ReviewDelivery, OF_A_DELIVERY), (ReviewPresence, OF_A_PRESENCE)):
            for row in act.session.scalars(select(kind).where(kind.review_id == review.id)):
                _blank(row, words)


def _is_about(kind: type[Any], person: Person) -> ColumnElement[bool]:
    if kind is AccessReport:
        return AccessReport.demand_id.in_(select(Demand.id).where(Demand.person_id == person.id))
    addresses = select(Contact.id).where(Contact.person_id == person.id)
    if kind is ToldDeliveryReport:
        return ToldDeliveryReport.notice_id.in_(select(Notice.id).where(Notice.contact_id.in_(addresses)))
    if kind in (Notice, ToldStop, ToldCode):
        sent: ColumnElement[bool] = kind.contact_id.in_(addresses)
        return sent
    if kind is Consent:
        return Consent.mandate_id.in_(select(Mandate.id).where(Mandate.person_id == person.id))
    if kind is Departure:
        return Departure.request_id.in_(select(IssuanceRequest.id).where(IssuanceRequest.person_id == person.id))
    if kind is CaseEvent:
        return CaseEvent.case_id.in_(select(HandledCase.id).where(HandledCase.person_id == person.id))
    if kind in (Attempt, Named):
        of_theirs: ColumnElement[bool] = kind.protection_id.in_(
            select(Protection.id).where(Protection.person_id == person.id)
        )
        return of_theirs
    if kind is ReunificationMember:
        asked = select(Reunification.id).where(Reunification.person_id == person.id)
        return or_(ReunificationMember.relative_id == person.id, ReunificationMember.reunification_id.in_(asked))
    mine = kind.person_id == person.id
    return or_(mine, FamilyLink.relative_id == person.id) if kind is FamilyLink else mine


def _blank(row: object, words: Mapping[str, object]) -> None:
    for name, value in words.items():
        setattr(row, name, list(value) if isinstance(value, list) else value)
